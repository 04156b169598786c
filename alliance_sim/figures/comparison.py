"""One's own data beside simulated trials: sums over patients alone, over the band that simulated trials make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from alliance_sim.figures import theme
from alliance_sim.model.timetable import Planned

BAND = 0.2  # opacity
SIZE = 4.5  # points of a marker
PERCENT = 100.0
WIDTH = 0.18  # of the distance between two shares, by which arms stand apart
ROOM = 0.5  # of the days shown that sessions take at least where their phases are named
NOTE = (
    "Band: 95 % of simulated trials of the data's size and schedule;\nthin line: their mean. No patient's row is drawn."
)


def _handles(arms: Sequence[str]) -> list[Any]:
    made: list[Any] = [theme.handle(theme.look(place), arm or "your data", SIZE) for place, arm in enumerate(arms)]
    return [*made, Patch(color=theme.GREY, alpha=BAND, label="simulated trials")]


def course(table: pd.DataFrame, label: str, plan: list[Planned], ax: Axes | None = None) -> Axes:
    """Draw the mean of an instrument on each occasion by arm, over the band of simulated trials.

    Args:
        table: Rows of one instrument's means: arm, day, observed, simulated, lower, upper.
        label: Name of the instrument.
        plan: The course of a patient, whose phases are shaded.
        ax: Axes to draw into.
    """
    arms = list(dict.fromkeys(table["arm"]))
    with theme.axes(ax) as ax:
        held = [step.day for step in plan if step.phase != "assessment"]
        theme.phases(
            ax, plan, named=bool(held) and held[-1] - held[0] > ROOM * (table["day"].max() - table["day"].min())
        )
        for place, arm in enumerate(arms):
            own, look = table[table["arm"] == arm].sort_values("day"), theme.look(place)
            ax.fill_between(own["day"], own["lower"], own["upper"], color=look.colour, alpha=BAND, linewidth=0)
            ax.plot(own["day"], own["simulated"], color=look.colour, linewidth=0.6)
            ax.plot(own["day"], own["observed"], **look.line, markersize=SIZE)
        ax.set(xlabel="Day from enrolment", ylabel=f"{label} mean (points)")
        return theme.finished(
            ax, f"{label}: your data over simulated trials", NOTE, _handles(arms), low=theme.PHASE_ROOM
        )


def falls(table: pd.DataFrame, shares: Sequence[float], label: str, ax: Axes | None = None) -> Axes:
    """Draw how many patients fell how far by arm, over what 95 % of simulated trials show.

    Args:
        table: Arm, share (the fall, of baseline), observed, simulated, lower, upper: shares of patients.
        shares: Falls in their order.
        label: What fell, by when.
        ax: Axes to draw into.
    """
    arms = list(dict.fromkeys(table["arm"]))
    with theme.axes(ax) as ax:
        for place, arm in enumerate(arms):
            own, look = table[table["arm"] == arm], theme.look(place)
            at = np.array([shares.index(share) for share in own["share"]]) + WIDTH * (place - (len(arms) - 1) / 2)
            ends = PERCENT * own[["lower", "upper"]].to_numpy()
            ax.bar(at, ends[:, 1] - ends[:, 0], WIDTH, ends[:, 0], color=look.colour, alpha=BAND, linewidth=0, zorder=1)
            for x, middle in zip(at, PERCENT * own["simulated"], strict=True):
                ax.plot([x - WIDTH / 2, x + WIDTH / 2], [middle, middle], color=look.colour, linewidth=0.6)
            ax.plot(at, PERCENT * own["observed"], color=look.colour, marker=look.marker, linestyle="", markersize=SIZE)
        ax.set_xticks(range(len(shares)), [f"{PERCENT * share:.0f} % or more" for share in shares])
        ax.set(xlabel="Fall of the score, of baseline", ylabel="Patients (%)", ylim=(0, PERCENT))
        return theme.finished(ax, f"How many fell how far: {label}", NOTE, _handles(arms))


def alliance_line(lines: pd.DataFrame, label: str, ax: Axes | None = None) -> Axes:
    """Draw the change that a line through patients expects at a rating of the early alliance, over simulated trials.

    Args:
        lines: Arm, rating, observed, simulated, lower, upper.
        label: Whose change, by when.
        ax: Axes to draw into.
    """
    arms = list(dict.fromkeys(lines["arm"]))
    with theme.axes(ax) as ax:
        for place, arm in enumerate(arms):
            own, look = lines[lines["arm"] == arm], theme.look(place)
            ax.fill_between(own["rating"], own["lower"], own["upper"], color=look.colour, alpha=BAND, linewidth=0)
            ax.plot(own["rating"], own["simulated"], color=look.colour, linewidth=0.6)
            ax.plot(own["rating"], own["observed"], color=look.colour, linestyle=look.dashes)
        handles: list[Any] = [
            Line2D([], [], color=theme.look(place).colour, linestyle=theme.look(place).dashes, label=arm or "your data")
            for place, arm in enumerate(arms)
        ]
        handles.append(Patch(color=theme.GREY, alpha=BAND, label="simulated trials"))
        ax.set(xlabel="Early alliance, WAI-SR (points)", ylabel=f"{label} (points)")
        return theme.finished(ax, "Alliance and change: least-squares lines", NOTE, handles)
