"""Which behaviour matters when: a behaviour a row, a phase a column, a measure a panel."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from alliance_sim.analysis import printing
from alliance_sim.analysis.phases import AFTER
from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

# The measures drawn: which sign is better for patients, and what each is called.
BETTER = {name: printing.BETTER[name] for name in ("change", "wai_final", "adverse", "dropout")}
CALLED = {"wai_final": "Alliance at the end", "adverse": "Adverse events", "dropout": "Dropout"}
MOST = 3  # arms in one figure
BESIDE = 2  # panels beside one another
WORSE_COLOUR, UNCLEAR, BETTER_COLOUR = "#E69F00", "#FFFFFF", "#56B4E9"  # Okabe and Ito's orange and sky blue
COLOURS = LinearSegmentedColormap.from_list("better", [WORSE_COLOUR, UNCLEAR, BETTER_COLOUR])
EDGE = "#CCCCCC"
CELL = 0.66, 0.29  # inches, width and height of a cell
NAMES_WIDE, PANEL_MORE, AROUND = 0.95, 0.42, 1.75  # inches: names of rows; title and names of a panel; all else
TITLE = "Effect of more of a behaviour in one phase alone"
NOTE = (
    "More: one SD of the clinician population.\n"
    "Same patients, same random draws.\n"
    "±: Monte Carlo standard error.\n"
    "Deepest colour: largest effect in any arm."
)


def effects_by_phase(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", deepest: float = 0.0, ax: Axes | None = None
) -> Axes:
    """Draw the effects of `analysis.phases` on one measure in one arm as a heat map.

    Args:
        effects: The effects of one arm.
        scenario: Its world, for the units.
        measure: One of `BETTER`.
        deepest: Size of the effect that has the deepest colour; of the largest one unless given.
        ax: Where to draw; a new figure unless given.
    """
    own = effects[effects["measure"] == measure]
    with theme.axes(ax, PANEL_MORE + AROUND + CELL[1] * own["behaviour"].nunique()) as ax:
        _cells(ax, own, measure, deepest)
        _named(ax, own, lengths=True)
        label = f"{_quantity(scenario, measure)}, by phase"
        return _plain(theme.finished(ax, TITLE, NOTE + _unknown(own), legend(), xlabel=label))


def phases_figure(
    effects: pd.DataFrame, scenario: Scenario, arms: Sequence[str] = (), measures: Sequence[str] = tuple(BETTER)
) -> Figure:
    """Make one figure of heat maps as `effects_by_phase` draws: two measures beside one another, arms below.

    Args:
        effects: The effects of several arms that are measured on one scale, with a column `arm`.
        scenario: The world of one of them, for the units.
        arms: Which of them are drawn; all unless given. A colour means the same in all.
        measures: Which of `BETTER`.
    """
    effects = effects.assign(arm=effects["arm"].astype(str))
    several = effects["arm"].nunique() > 1
    names = list(arms) or list(dict.fromkeys(effects["arm"]))
    known = [measure for measure in measures if (effects["measure"] == measure).any()]
    deepest = {measure: _deepest(effects[effects["measure"] == measure]) for measure in known}
    effects = effects[effects["arm"].isin(names) & effects["measure"].isin(known)]
    beside = min(BESIDE, len(known))
    lines = [(arm, known[at : at + beside]) for arm in names for at in range(0, len(known), beside)]
    with theme.applied():
        figure = Figure(figsize=_size(effects, len(lines), beside), layout="constrained")
        heights = [0.01, *[1.0] * len(lines), 0.01]
        grid = figure.add_gridspec(len(heights), beside, height_ratios=heights)
        theme.heading(_bare(figure.add_subplot(grid[0, :])), TITLE, legend())
        for row, (arm, few) in enumerate(lines, start=1):
            for column, measure in enumerate(few):
                ax = figure.add_subplot(grid[row, column])
                own = effects[(effects["arm"] == arm) & (effects["measure"] == measure)]
                _cells(ax, own, measure, deepest[measure])
                _named(ax, own, lengths=few[-1] == known[-1], rows=column == 0)
                above = f"{theme.literal(f'arm {arm}', theme.FOLDED)}\n" if several and measure == known[0] else ""
                ax.set_title(above + _quantity(scenario, measure), fontsize=theme.SMALL)
                _plain(theme.tidy(ax))
        theme.note(_bare(figure.add_subplot(grid[-1, :])), NOTE + _unknown(effects))
        return figure


def legend() -> list[Patch]:
    """What the colours of a heat map mean."""
    looks = {"better for patients": BETTER_COLOUR, "worse": WORSE_COLOUR, "grey: 95 % interval holds 0": UNCLEAR}
    return [Patch(facecolor=colour, edgecolor=EDGE, linewidth=0.6, label=label) for label, colour in looks.items()]


def _size(effects: pd.DataFrame, down: int, beside: int) -> tuple[float, float]:
    """Width and height of a figure with so many panels below and beside one another, inches."""
    rows, columns = effects["behaviour"].nunique(), effects.groupby("arm")["phase"].nunique().max()
    wide = NAMES_WIDE + beside * columns * CELL[0]
    return max(theme.COLUMN, wide), AROUND + down * (PANEL_MORE + rows * CELL[1])


def _bare(ax: Axes) -> Axes:
    """Axes that only hold texts."""
    ax.set(xticks=[], yticks=[], frame_on=False)
    return ax


def _deepest(effects: pd.DataFrame) -> float:
    clear = effects[_is_clear(effects)]
    return float(clear["estimate"].abs().max()) if len(clear) else 0.0


def _is_clear(effects: pd.DataFrame) -> "pd.Series[bool]":
    """Which effects have an interval that does not hold 0."""
    return (effects["lower"] > 0) | (effects["upper"] < 0)


def _cells(ax: Axes, own: pd.DataFrame, measure: str, deepest: float) -> None:
    """Colour each cell by how much better it is for patients, and write its effect and error into it."""
    behaviours, phases = (list(dict.fromkeys(own[name])) for name in ("behaviour", "phase"))
    deepest = deepest or _deepest(own) or 1.0
    clear = own[_is_clear(own)]
    better = pd.DataFrame(0.0, index=behaviours, columns=phases)
    for row in parts.each(clear):
        better.loc[row.behaviour, row.phase] = BETTER[measure] * row.estimate
    ax.pcolormesh(
        np.arange(len(phases) + 1) - 0.5, np.arange(len(behaviours) + 1) - 0.5, better.to_numpy(),
        cmap=COLOURS, vmin=-deepest, vmax=deepest, edgecolors=EDGE, linewidth=0.4, antialiased=False,
    )  # fmt: skip
    times = 100 if measure in printing.SHARES else 1
    numbers = parts.numbers((times * own["estimate"]).tolist(), (times * own["mcse"]).tolist())
    for row, is_clear, number in zip(parts.each(own), _is_clear(own), numbers, strict=True):
        said, _, error = number.removesuffix(")").partition(" (")
        place = (phases.index(row.phase), behaviours.index(row.behaviour))
        colour = theme.INK if is_clear else theme.GREY
        behind = "exactly" if error == "none" else f"± {error}" if error else ""
        for text, size, at, shift in ((said, theme.SMALL, "bottom", -1.0), (behind, theme.SMALL, "top", -0.5)):
            ax.annotate(
                text, xy=place, xytext=(0, shift), textcoords="offset points",
                ha="center", va=at, fontsize=size, color=colour,
            )  # fmt: skip
    if AFTER in phases and len(phases) > 1:
        ax.axvline(phases.index(AFTER) - 0.5, color=theme.INK, linewidth=1.0)  # no phase of its own


def _named(ax: Axes, own: pd.DataFrame, lengths: bool, rows: bool = True) -> None:
    """Write what rows and columns are, and how long each phase is."""
    behaviours, phases = (list(dict.fromkeys(own[name])) for name in ("behaviour", "phase"))
    held: Mapping[Any, Any] = own.groupby("phase")[["sessions", "hours"]].first().to_dict("index")
    said = [_length(phase, **held[phase]) if lengths else _read(phase) for phase in phases]
    ax.set_xticks(range(len(phases)), said)
    parts.named(ax, [parts.worded(name) if rows else "" for name in behaviours])


def _plain(ax: Axes) -> Axes:
    """Take away the lines around the cells, which have their own."""
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _read(phase: str) -> str:
    """A phase in two lines, so that all stand on one height."""
    return phase.replace("after a ", "after a\n") if phase == AFTER else f"{phase}\n"


def _length(phase: str, sessions: float, hours: float) -> str:
    """A phase with its sessions and hours."""
    if not math.isfinite(sessions):
        return _read(phase)
    return f"{phase}\n{sessions:g} session{'s' * (sessions != 1)}\n{hours:g} h"


def _quantity(scenario: Scenario, measure: str) -> str:
    """A measure with its unit."""
    said = parts.quantity(scenario, measure)
    unit = "percentage points" if measure in printing.SHARES else said.rpartition(" (")[2].rstrip(")")
    return f"{CALLED[measure]} ({unit})" if measure in CALLED else said


def _unknown(effects: pd.DataFrame) -> str:
    return "" if np.isfinite(effects["mcse"]).all() else f"\n{parts.UNKNOWN}: the error is not known."
