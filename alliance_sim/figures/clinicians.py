"""Alliance and outcome within and between clinicians: what the model holds, and what one trial would report."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

APART = 0.3  # of a row, between the two views
VIEWS = {"model": "model", "one trial": "one trial's mixed model, mean"}


def alliance_slopes(slopes: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw `analysis.clinicians.alliance_slopes`: outcome on alliance, within and between clinicians."""
    names = list(dict.fromkeys(slopes["slope"]))
    with theme.axes(ax, parts.height(2 * len(names))) as ax:
        ax.axvline(0, color=theme.GREY, linewidth=0.6)
        own = {view: slopes[slopes["view"] == view].set_index("slope") for view in VIEWS}
        frames = {label: (own[view], theme.look(turn)) for turn, (view, label) in enumerate(VIEWS.items())}
        handles = parts.beside_one_another(ax, frames, names, APART)
        for turn, frame in enumerate(own.values()):
            parts.all_beside(ax, frame.loc[names], (turn - 0.5) * APART)
        ax.set_yticks(range(len(names)), [name.replace(" - ", f"\n{parts.MINUS} ") for name in names])
        label = f"{scenario.instrument(scenario.primary).name} points per WAI-SR point"
        title = "Alliance and change, within and between clinicians"
        return theme.finished(ax, title, parts.ERROR + parts.unknown(slopes["mcse"]), handles, xlabel=label)


def clinicians_apart(patients: pd.DataFrame, scenario: Scenario, arm: str, ax: Axes | None = None) -> Axes:
    """Draw each clinician's mean change in an arm's first replicate, in order, with the patients behind it."""
    own = patients[(patients["arm"].astype(str) == arm) & patients["change"].notna()]
    own = own[own["replicate"] == own["replicate"].min()]
    means = own.groupby("lead")["change"].mean().sort_values()
    look = theme.look(1)
    with theme.axes(ax) as ax:
        for place, lead in enumerate(means.index):
            change = own.loc[own["lead"] == lead, "change"]
            ax.plot(np.full(len(change), place), change, color=theme.GREY, marker=".", markersize=4, linestyle="")
        ax.plot(range(len(means)), means, color=look.colour, marker=look.marker, markersize=4.5, linestyle="")
        ax.axhline(own["change"].mean(), color=theme.INK, linewidth=0.8)
        ax.set_xticks(range(len(means)), [str(lead) for lead in means.index])
        ax.set(xlabel="Lead clinician, in order of the patients' mean", ylabel=parts.quantity(scenario, "change"))
        handles = [
            theme.handle(look, "clinician's mean", linestyle=""),
            Line2D([], [], color=theme.GREY, marker=".", markersize=4, linestyle="", label="patient"),
        ]
        said = "Line: mean of the trial. A mean of few patients is noisy."
        return theme.finished(ax, f"Clinicians of one simulated trial, arm {arm}", said, handles)
