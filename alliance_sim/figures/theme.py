"""One look for every figure: colour-blind-safe, and readable in print at the width of one column."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import IO, Any, NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from alliance_sim.model.timetable import Planned

COLUMN = 3.5  # inches, one column of a journal
ROW = 2.8  # inches, one panel
DOTS = 200  # per inch, in PNG
SMALL, TEXT = 7.0, 8.0  # points
POINTS = 72  # an inch
LINE = 1.3  # height of a line of the legend, in its font size
LETTERS, LETTERS_OF_HANDLE = 60, 8  # that fit beside one another in a legend one column wide
TITLED, NOTED, FOLDED = 54, 66, 36  # most characters a line of the title, of the note, and of a label
FEW_LINES, TALL = 6, 100.0  # lines of a legend that a figure has room for, and inches in which there is room for any
USUAL, FOLD = 0.65, 0.8  # width of a character in its font size; of the width of a line, where it is folded
AROUND, INSIDE = 1.2, 0.85  # inches around the axes, and the least share of the rest that the axes have
PHASE_ROOM = 12.0  # points above the axes that the names of the phases need
# Okabe and Ito's palette without its yellow, which is lost on white.
PALETTE = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1)), (0, (1, 3)))
# As what figures are written, and what is left out so that the same figure gives the same bytes.
ENDINGS: dict[str, Any] = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
DOSING = (0, (2, 1.5))
NOTE = "note"  # label of the text below the axis label
INK, GREY, SHADE = "#222222", "#777777", "#F3F3F3"
RC: Any = {
    "font.family": "sans-serif",
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "text.color": INK,
    "svg.hashsalt": "alliance_sim",
    "text.parse_math": False,  # names of arms may hold dollar signs
}


class Look(NamedTuple):
    """How one arm is drawn."""

    colour: str
    marker: str
    dashes: Any

    @property
    def line(self) -> dict[str, Any]:
        """What `Axes.plot` takes to draw a line with markers."""
        return {"color": self.colour, "marker": self.marker, "linestyle": self.dashes}


def look(place: int) -> Look:
    """Return the look of the arm or clinician at this place; where colours recur, markers differ."""
    turn, colour = divmod(place, len(PALETTE))
    mark = (place + turn) % len(MARKERS)
    return Look(PALETTE[colour], MARKERS[mark], DASHES[mark])


@contextmanager
def applied() -> Iterator[None]:
    """Draw inside this context to get the theme; outside it nothing changes."""
    with mpl.rc_context(RC):
        yield


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that the axes stand in."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # only axes taken out of their figure have none
    return figure


@contextmanager
def axes(ax: Axes | None, height: float = ROW, width: float = COLUMN) -> Iterator[Axes]:
    """Draw with the theme on the axes given, or on those of a new figure so many inches high and wide.

    A new figure becomes higher where its texts leave too little of it to the data.
    """
    with applied():
        if ax is not None:
            yield ax
            return
        figure = Figure(figsize=(width, height), layout="constrained")
        own = figure.subplots()
        yield own
        lines = [str(label.get_text()).count("\n") + 1.5 for label in own.get_yticklabels()]
        grow(figure, max(INSIDE * (height - AROUND), len(lines) * max(lines, default=0) * SMALL * LINE / POINTS))


def grow(figure: Figure, least: float) -> None:
    """Make a figure with many or long texts so high that its panels together are at least so many inches high."""
    legends = {ax: legend for ax in figure.axes if (legend := ax.get_legend())}
    lines = sum(text.get_text().count("\n") + 1 for legend in legends.values() for text in legend.get_texts())
    beside = [text.get_text() for ax in figure.axes for text in (ax.title, *ax.get_yticklabels())]
    if lines <= FEW_LINES and max(text.count("\n") for text in beside) <= 1:
        return
    usual, height = figure.get_figheight(), TALL  # in which there is room for any texts
    for _ in range(2):  # spaces between panels grow along
        figure.set_figheight(height)
        figure.draw_without_rendering()
        for ax, legend in legends.items():
            above = legend.get_window_extent().y1 - ax.get_window_extent().y1
            ax.set_title(ax.get_title(), pad=above * POINTS / figure.dpi + SMALL)
        panels = sum(ax.get_window_extent().height for ax in figure.axes) / figure.dpi
        height = max(usual, height - panels + least)
    figure.set_figheight(height)


def literal(text: str, width: int = 0) -> str:
    """A text as it can be drawn: what the font lacks is written as its code point, lines are folded.

    Args:
        text: Any text.
        width: Most characters of usual width in a line; longer ones are folded, at less; 0 folds none.
    """
    known = _glyphs()
    drawn = "".join(letter if letter == "\n" or ord(letter) in known else f"U+{ord(letter):04X}" for letter in text)
    lines = drawn.split("\n")
    wide = [max(map(_wide, [line, *(word for word in line.split() if len(word) > width // 3)])) for line in lines]
    return "\n".join(
        "\n".join(wrap(line, int(FOLD * width / share))) if 0 < width < len(line) * share else line
        for line, share in zip(lines, wide, strict=True)
    )


@functools.cache
def _font() -> FT2Font:
    """The theme's font, in a size of its own."""
    with applied():
        font = FT2Font(findfont(FontProperties()))
    font.set_size(POINTS, POINTS)
    return font


@functools.cache
def _glyphs() -> frozenset[int]:
    """Code points that the theme's font has."""
    return frozenset(_font().get_charmap())


def _wide(line: str) -> float:
    """How wide the characters of a line are on average, in those of usual width; at least 1."""
    if not line:
        return 1.0
    _font().set_text(line)
    return max(1.0, _font().get_width_height()[0] / 64 / len(line) / POINTS / USUAL)


def arms(frame: pd.DataFrame) -> list[str]:
    """Names of the arms in a stable order: the categories where the column has them, else as they come."""
    column = frame["arm"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(name) for name in column.cat.categories]
    return [str(name) for name in column.unique()]


def note(ax: Axes, text: str) -> None:
    """Write a small note below the axis label."""
    below(ax, text, NOTE)


def below(ax: Axes, text: str, label: str) -> Text:
    """Write small below the axis label and what was written there before; the text has the label."""
    written = [one for one in ax.texts if one.get_label() in (NOTE, label)]
    return ax.annotate(
        literal(text, NOTED),
        xy=(0.5, 0.0),
        xycoords=written[-1] if written else ax.xaxis.label,
        xytext=(0, -2),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=SMALL,
        color=GREY,
        linespacing=1.15,
        annotation_clip=False,
        label=label,
    )


def heading(ax: Axes, title: str, handles: Sequence[Any], legend_title: str = "", low: float = 3.0) -> None:
    """Put the legend above the axes, where it covers no data, and the title above the legend; as `finished`."""
    title = literal(title, TITLED)
    if not handles:
        ax.set_title(title, pad=low + SMALL)
        return
    labels = [literal(str(handle.get_label()), FOLDED) for handle in handles]
    letters = [max(len(line) * _wide(line) for line in label.split("\n")) for label in labels]
    columns = len(handles)
    while columns > 1 and sum(max(letters[i::columns]) + LETTERS_OF_HANDLE for i in range(columns)) > LETTERS:
        columns -= 1
    rows = [range(start, min(start + columns, len(labels))) for start in range(0, len(labels), columns)]
    lines = sum(max(labels[place].count("\n") + 1 for place in row) for row in rows)
    order = [row[column] for column in range(columns) for row in rows if column < len(row)]
    legend = ax.legend(
        handles=[handles[place] for place in order],
        labels=[str(place) for place in order],  # Matplotlib leaves labels out that begin with an underscore
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        bbox_transform=ax.transAxes + ScaledTranslation(0, low / POINTS, figure_of(ax).dpi_scale_trans),
        ncols=columns,
        borderpad=0.0,
        borderaxespad=0.0,
        columnspacing=1.2,
        labelspacing=0.3,
        title=legend_title or None,
    )
    for text, place in zip(legend.get_texts(), order, strict=True):
        text.set_text(labels[place])
    height = (lines + bool(legend_title)) * SMALL * LINE
    ax.set_title(title, pad=low + height + SMALL)


def handle(look: Look, label: str, size: float = 4.5, **other: Any) -> Line2D:
    """Return the legend entry of what is drawn with this look; as a line too unless `linestyle=""`."""
    return Line2D([], [], color=look.colour, marker=look.marker, markersize=size, label=label, **other)


def dosing_handle() -> Line2D:
    """Return the legend entry of the lines that mark dosing days."""
    return Line2D([], [], color=GREY, linewidth=0.9, linestyle=DOSING, label="dosing")


def phases(ax: Axes, course: list[Planned], named: bool = True) -> None:
    """Shade the phases of a course, name them above the axes and mark the dosing days.

    Args:
        ax: Axes whose x is the day from enrolment.
        course: Sessions and assessments of one patient.
        named: Write the phases' names.
    """
    held = [step for step in course if step.phase != "assessment"]
    for phase, run in groupby(held, key=lambda step: step.phase):
        days = [step.day for step in run]
        if phase == "dosing":
            for day in days:
                ax.axvline(day, color=GREY, linewidth=0.9, linestyle=DOSING, zorder=0.5)
            continue
        ax.axvspan(days[0], days[-1], color=SHADE, linewidth=0, zorder=0)
        if named:
            ax.annotate(
                phase,
                xy=((days[0] + days[-1]) / 2, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=GREY,
            )


def finished(
    ax: Axes, title: str, below: str = "", handles: Sequence[Any] = (), legend: str = "", low: float = 3.0, **texts: Any
) -> Axes:
    """Write what stands around the axes, and take away what carries no information.

    Args:
        ax: The axes.
        title: What is shown, no finding.
        below: A small note below the axis label.
        handles: Legend entries in reading order, row by row.
        legend: Heading of the legend.
        low: Room left for what stands right above the axes, points.
        texts: What `Axes.set` takes, such as xlabel and ylabel.
    """
    ax.set(**texts)
    if below:
        note(ax, below)
    if title:
        heading(ax, title, handles, legend, low)
    return tidy(ax)


def tidy(ax: Axes) -> Axes:
    """Take away what carries no information."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(length=2.5)
    for text in ax.findobj(Text):
        text.set_parse_math(False)  # also what was there before
    return ax


def write(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as PNG and SVG, the same bytes each time; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    for path in paths:
        save(figure, path)
    return paths


def save(figure: Figure, place: Path | IO[bytes], ending: str = "") -> None:
    """Write a figure to a path or an open file, the same bytes each time; the ending says as what."""
    kind = ending or (place.suffix if isinstance(place, Path) else "")
    with applied():
        figure.savefig(place, format=kind.lstrip("."), dpi=DOTS, metadata=ENDINGS[kind])
