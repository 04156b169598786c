"""One look for every figure: colour-blind-safe, and readable in print at the width of one column."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, Any, NamedTuple

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from alliance_sim.model.timetable import Planned

COLUMN = 3.5  # inches, one column of a journal
ROW = 2.8  # inches, one panel
DOTS = 200  # per inch, in PNG
SMALL, TEXT = 7.0, 8.0  # points
POINTS = 72  # an inch
LINE = 1.3  # height of a line of the legend, in its font size
LETTERS, LETTERS_OF_HANDLE = 60, 8  # that fit beside one another in a legend one column wide
PHASE_ROOM = 12.0  # points above the axes that the names of the phases need
# Okabe and Ito's palette without its yellow, which is lost on white.
PALETTE = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)), (0, (3, 1)), (0, (1, 3)))
# As what figures are written, and what is left out so that the same figure gives the same bytes.
ENDINGS: dict[str, Any] = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
DOSING = (0, (2, 1.5))
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
    """Draw with the theme on the axes given, or on those of a new figure so many inches high and wide."""
    with applied():
        yield Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax


def arms(frame: pd.DataFrame) -> list[str]:
    """Names of the arms in a stable order: the categories where the column has them, else as they come."""
    column = frame["arm"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [str(name) for name in column.cat.categories]
    return [str(name) for name in column.unique()]


def note(ax: Axes, text: str) -> None:
    """Write a small note below the axis label."""
    ax.annotate(
        text,
        xy=(0.5, 0.0),
        xycoords=ax.xaxis.label,
        xytext=(0, -2),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=SMALL,
        color=GREY,
        linespacing=1.15,
        annotation_clip=False,
    )


def heading(ax: Axes, title: str, handles: Sequence[Any], legend_title: str = "", low: float = 3.0) -> None:
    """Put the legend above the axes, where it covers no data, and the title above the legend; as `finished`."""
    if not handles:
        ax.set_title(title, pad=low + SMALL)
        return
    letters = [max(len(line) for line in str(handle.get_label()).split("\n")) for handle in handles]
    columns = len(handles)
    while columns > 1 and sum(max(letters[i::columns]) + LETTERS_OF_HANDLE for i in range(columns)) > LETTERS:
        columns -= 1
    rows = [handles[start : start + columns] for start in range(0, len(handles), columns)]
    lines = sum(max(str(handle.get_label()).count("\n") + 1 for handle in row) for row in rows)
    ax.legend(
        handles=[row[column] for column in range(columns) for row in rows if column < len(row)],
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
    sns.despine(ax=ax)
    ax.tick_params(length=2.5)
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
