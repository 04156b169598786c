"""Alliance and outcome within and between clinicians: what the model holds, and what one trial would report."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

APART = 0.3  # of a row, between the two views
VIEWS = {"model": "model", "one trial": "one trial's mixed model, mean"}


def alliance_slopes(slopes: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw the slopes of outcome on alliance, within and between clinicians.

    Args:
        slopes: From `analysis.clinicians.alliance_slopes`.
        scenario: The arm's world.
        ax: Where to draw; a new one-column figure if None.
    """
    names = list(dict.fromkeys(slopes["slope"]))
    with theme.applied():
        ax = theme.axes(ax, parts.height(2 * len(names)))
        ax.axvline(0, color=theme.GREY, linewidth=0.6)
        handles: list[Any] = []
        for turn, (view, label) in enumerate(VIEWS.items()):
            look, own = theme.look(turn), slopes[slopes["view"] == view].set_index("slope")
            for row, name in enumerate(names):
                parts.interval(ax, own.loc[name], row + (turn - 0.5) * APART, look)
            parts.all_beside(ax, own.loc[names], (turn - 0.5) * APART)
            handles.append(Line2D([], [], color=look.colour, marker=look.marker, markersize=4.5, label=label))
        ax.set_yticks(range(len(names)), [name.replace(" - ", f"\n{parts.MINUS} ") for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        scale = scenario.instrument(scenario.primary).name
        ax.set_xlabel(f"{scale} points per WAI-SR point")
        theme.note(ax, parts.ERROR)
        theme.heading(ax, "Alliance and change, within and between clinicians", handles)
        return theme.tidy(ax)


def clinicians_apart(patients: pd.DataFrame, scenario: Scenario, arm: str, ax: Axes | None = None) -> Axes:
    """Draw each clinician's mean change in one simulated trial, in order, with the patients behind it.

    Args:
        patients: One row an arm, replicate and patient.
        scenario: The arm's world.
        arm: Which arm; its first replicate is shown.
        ax: Where to draw; a new one-column figure if None.
    """
    own = patients[(patients["arm"].astype(str) == arm) & patients["change"].notna()]
    own = own[own["replicate"] == own["replicate"].min()]
    means = own.groupby("lead")["change"].mean().sort_values()
    look = theme.look(1)
    with theme.applied():
        ax = theme.axes(ax)
        for place, lead in enumerate(means.index):
            change = own.loc[own["lead"] == lead, "change"]
            ax.plot(np.full(len(change), place), change, color=theme.GREY, marker=".", markersize=4, linestyle="")
        ax.plot(range(len(means)), means, color=look.colour, marker=look.marker, markersize=4.5, linestyle="")
        ax.axhline(own["change"].mean(), color=theme.INK, linewidth=0.8)
        ax.set_xticks(range(len(means)), [str(lead) for lead in means.index])
        ax.set(xlabel="Lead clinician, in order of the patients' mean", ylabel=parts.quantity(scenario, "change"))
        handles = [
            Line2D(
                [], [], color=look.colour, marker=look.marker, markersize=4.5, linestyle="", label="clinician's mean"
            ),
            Line2D([], [], color=theme.GREY, marker=".", markersize=4, linestyle="", label="patient"),
        ]
        theme.note(ax, "Line: mean of the trial. A mean of few patients is noisy.")
        theme.heading(ax, f"Clinicians of one simulated trial, arm {arm}", handles)
        return theme.tidy(ax)
