"""What figures of estimates share: rows with their intervals, and the zone that does not matter to a patient."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from alliance_sim.analysis import printing
from alliance_sim.analysis.running import MEASURES, STANDARDISED
from alliance_sim.figures import theme
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

ZONE = "#DDDDDD"
ROW_HEIGHT = 0.27  # inches, one row of a figure with rows
FRAME = 1.35  # inches, title, legend and axis of such a figure
RIGHT = 5.0  # points between the axes and the numbers beside a row
ERROR = "Beside each row: estimate (Monte Carlo\nstandard error). Bars: 95 % interval."
MARGIN = 0.05  # of the range shown, left and right
PRIMARY = ("change", "endpoint")  # measures in points of the primary scale
MINUS = "\N{MINUS SIGN}"
UNKNOWN = "?"  # stands for an error that is not known


def height(rows: int) -> float:
    """Height of a figure with so many rows, inches."""
    return FRAME + ROW_HEIGHT * rows


def number(value: float, error: float) -> str:
    """A number with its error behind it, with as many digits as the error is worth; `?` is an unknown one."""
    return numbers([value], [error])[0]


def numbers(values: Sequence[float], errors: Sequence[float]) -> list[str]:
    """Numbers with their errors behind them, all with as many digits as the middle error is worth."""
    places = printing.digits(errors)
    return [
        f"{printing.number(value, places)} ({_error(error, places)})" if np.isfinite(value) else "not known"
        for value, error in zip(values, errors, strict=True)
    ]


def _error(error: float, places: int) -> str:
    return UNKNOWN if not np.isfinite(error) else f"{error:.{places}f}" if error else "none"


def unknown(errors: Iterable[float]) -> str:
    """A line for the note below a figure that says what `?` means; empty where all errors are known."""
    return "" if np.isfinite(list(errors)).all() else f"\n{UNKNOWN}: its error is not known, so it has no bar."


def worded(name: str) -> str:
    """A name as it is read: without underscores and without what every key begins with."""
    return name.removeprefix("parameters.").replace("_", " ")


def quantity(scenario: Scenario, measure: str) -> str:
    """A measure with its unit, for an axis."""
    if measure == "change":
        return f"{scenario.instrument(scenario.primary).name} change (points)"
    if measure == STANDARDISED:
        return "standardised change (SD)"
    unit = units(scenario)[measure]
    return MEASURES.get(measure, worded(measure)) + (f" ({unit})" if unit != "1" else "")


def unimportant(ax: Axes, scenario: Scenario, measure: str = "change", along: str = "x") -> list[Patch]:
    """Shade differences of the primary score that are too small to matter; returns the legend's entry, if any."""
    important = scenario.instrument(scenario.primary).important
    if measure not in PRIMARY or not important:
        return []
    span = ax.axvspan if along == "x" else ax.axhspan
    span(-important, important, color=ZONE, linewidth=0, zorder=0)
    return [Patch(color=ZONE, label=f"smaller than the least\nimportant difference ({important:g})")]


def reach(ax: Axes, frame: pd.DataFrame, scenario: Scenario, measure: str = "change") -> None:
    """Show all intervals, zero, and on the side where the estimates lie the end of the zone that does not matter."""
    ends = frame[["estimate", "lower", "upper"]].to_numpy(dtype=float)
    low, high = float(np.nanmin(ends, initial=0.0)), float(np.nanmax(ends, initial=0.0))
    important = scenario.instrument(scenario.primary).important if measure in PRIMARY else 0.0
    low = min(low, -important) if low < 0 and -low > high * MARGIN else low
    high = max(high, important) if high > 0 and high > -low * MARGIN else high
    if low == high:  # nothing differs at all
        low, high = -(important or 1.0), important or 1.0
    ax.set_xlim(low - MARGIN * (high - low), high + MARGIN * (high - low))


def each(frame: pd.DataFrame) -> list[Any]:
    """The rows of a frame, their columns as attributes."""
    return list(frame.itertuples())


def rows(ax: Axes, frame: pd.DataFrame, names: Sequence[str], looks: Sequence[Any] = ()) -> None:
    """Draw one estimate a row with its interval, and its number beside it, the first on top; as `forest`."""
    ax.axvline(0, color=theme.GREY, linewidth=0.6, zorder=0.5)
    for place, row in enumerate(each(frame)):
        interval(ax, row, place, looks[place] if looks else theme.look(1))
    all_beside(ax, frame)
    named(ax, names)


def named(ax: Axes, names: Sequence[str]) -> None:
    """Write what each row is called, the first on top; long names are folded."""
    ax.set_yticks(range(len(names)), [theme.literal(name, theme.FOLDED) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)


def forest(
    ax: Axes | None,
    frame: pd.DataFrame,
    names: Sequence[str],
    texts: tuple[str, str, str],
    zone: tuple[Scenario, str] | None = None,
    looks: Sequence[Any] = (),
) -> Axes:
    """Draw a figure of one estimate a row.

    Args:
        ax: Where to draw; a new one-column figure if None.
        frame: Columns estimate, mcse, lower, upper.
        names: What each row is called.
        texts: The title, the label of the axis, the note below it.
        zone: The world and measure whose least important difference is shaded.
        looks: A `theme.Look` a row; all alike unless given.
    """
    title, label, note = texts
    with theme.axes(ax, height(len(frame))) as ax:
        handles = unimportant(ax, *zone) if zone else []
        rows(ax, frame, names, looks)
        if zone:
            reach(ax, frame, *zone)
        return theme.finished(ax, title, note + unknown(frame["mcse"]), handles, xlabel=label)


def beside_one_another(
    ax: Axes, frames: Mapping[str, tuple[pd.DataFrame, theme.Look]], names: Sequence[str], apart: float, **line: Any
) -> list[Any]:
    """Draw several estimates a row; returns the legend's entries.

    Args:
        ax: The axes; x is the estimate.
        frames: For each legend entry a frame whose index are the names, with estimate, lower and upper, and its look.
        names: Rows, the first on top.
        apart: Distance of neighbours, of a row.
        line: How legend entries differ from lines with markers.
    """
    for turn, (frame, look) in enumerate(frames.values()):
        for place, name in enumerate(names):
            interval(ax, frame.loc[name], place + (turn - (len(frames) - 1) / 2) * apart, look)
    named(ax, [worded(name) for name in names])
    return [theme.handle(look, label, **line) for label, (_, look) in frames.items()]


def interval(ax: Axes, row: Any, place: float, look: theme.Look) -> None:
    """Draw one estimate and its interval at a height."""
    ax.plot([row.lower, row.upper], [place, place], color=look.colour, linewidth=1.0, solid_capstyle="butt")
    face: Any = {"markeredgecolor": "white", "markeredgewidth": 0.4}
    ax.plot(row.estimate, place, color=look.colour, marker=look.marker, markersize=4.5, linestyle="", **face)


def all_beside(ax: Axes, frame: pd.DataFrame, shift: float = 0.0) -> None:
    """Write each row's estimate and error beside it, `shift` of a row lower."""
    for place, said in enumerate(numbers(frame["estimate"].tolist(), frame["mcse"].tolist())):
        beside(ax, place + shift, said)


def beside(ax: Axes, place: float, text: str) -> None:
    """Write beside a row, right of the axes."""
    ax.annotate(
        text,
        xy=(1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(RIGHT, 0),
        textcoords="offset points",
        va="center",
        fontsize=theme.SMALL,
        color=theme.INK,
        annotation_clip=False,
    )
