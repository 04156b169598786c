"""How trust, felt empathy and rapport go through the phases, arm by arm."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_sim.analysis.monte_carlo import known
from alliance_sim.figures import theme
from alliance_sim.model.timetable import Planned

BONDS = ("trust", "felt_empathy", "rapport")
BAND = (0.1, 0.9)  # quantiles over patients
WIDE = 1.96  # standard errors of a 95 % interval
BAND_LABEL = "Line: mean; bars: 95 % Monte Carlo interval of the mean;\nband: 10-90 % of the patients attending"
FIGURE_HEIGHT = 5.6  # inches
INSIDE = 3.9  # inches, the least that the panels have together


def summary(sessions: pd.DataFrame, state: str) -> pd.DataFrame:
    """Summarise a state after each session over the patients who attended it.

    Args:
        sessions: One row an arm, replicate and visit; assessments are left out.
        state: Column of a state, such as `trust`.

    Returns:
        Columns arm, patient_day, mean, mcse (Monte Carlo standard error over replicates, NaN where it is
        not known), low, high (10 and 90 % of patients).
    """
    held = sessions[sessions["attended"] > 0.5]
    days = held.groupby(["arm", "patient_day"], observed=True)[state]
    made = days.agg(mean="mean", low=lambda x: x.quantile(BAND[0]), high=lambda x: x.quantile(BAND[1]))
    trials = held.groupby(["arm", "patient_day", "replicate"], observed=True)[state].mean()
    spread = trials.groupby(["arm", "patient_day"], observed=True)
    count = spread.size().to_numpy()
    error = known(spread.std().to_numpy() / np.sqrt(count), count)
    table: pd.DataFrame = made.assign(mcse=error).reset_index()
    return table


def bond_course(sessions: pd.DataFrame, course: list[Planned], ax: Axes | None = None, state: str = "trust") -> Axes:
    """Draw a state in [0, 1] after each session: mean and band of the patients by arm; a course's phases are shaded."""
    with theme.axes(ax) as ax:
        table = summary(sessions, state)
        handles = _draw(ax, sessions, table, course, named=True)
        word, low = state.replace("_", " ").capitalize(), theme.PHASE_ROOM
        ax.set(xlabel="Day from enrolment", ylabel=f"{word} (0-1)")
        return theme.finished(ax, f"{word} by arm", BAND_LABEL + _unknown(table), handles, low=low)


def bond_figure(sessions: pd.DataFrame, course: list[Planned], phases_of: str = "") -> Figure:
    """Make one figure of trust, felt empathy and rapport below one another, on one scale.

    A course's phases are shaded; `phases_of` is the name of its arm where arms differ in their course.
    """
    with theme.applied():
        figure = Figure(figsize=(theme.COLUMN, FIGURE_HEIGHT), layout="constrained")
        panels = figure.subplots(len(BONDS), 1, sharex=True, sharey=True)
        tables = {state: summary(sessions, state) for state in BONDS}
        for ax, (state, table) in zip(panels, tables.items(), strict=True):
            handles = _draw(ax, sessions, table, course, named=ax is panels[0] and not phases_of)
            ax.set_ylabel(f"{state.replace('_', ' ').capitalize()} (0-1)")
            if ax is panels[0]:
                theme.heading(
                    ax, "Trust, felt empathy and rapport by arm", handles, low=3.0 if phases_of else theme.PHASE_ROOM
                )
            theme.tidy(ax)
        panels[-1].set_xlabel("Day from enrolment")
        shaded = f"\nshaded: preparation and integration of arm {phases_of}" if phases_of else ""
        theme.note(panels[-1], BAND_LABEL + _unknown(pd.concat(tables.values())) + shaded)
        theme.grow(figure, INSIDE)
        return figure


def _unknown(table: pd.DataFrame) -> str:
    return "\nno bar: the error of the mean is not known" if table["mcse"].isna().any() else ""


def _draw(ax: Axes, sessions: pd.DataFrame, table: pd.DataFrame, course: list[Planned], named: bool) -> list[Line2D]:
    theme.phases(ax, course, named)
    handles = []
    for place, arm in enumerate(theme.arms(sessions)):
        own = table[table["arm"].astype(str) == arm]
        if own.empty:
            continue
        look = theme.look(place)
        days, mean = own["patient_day"], own["mean"]
        ax.fill_between(days, own["low"], own["high"], color=look.colour, alpha=0.12, linewidth=0)
        for edge in ("low", "high"):
            ax.plot(days, own[edge], color=look.colour, linestyle=look.dashes, linewidth=0.5, alpha=0.7)
        ax.errorbar(days, mean, yerr=WIDE * own["mcse"].fillna(0.0), **look.line, markersize=3.5, elinewidth=0.8)
        handles.append(theme.handle(look, arm, 3.5, linestyle=look.dashes))
    if any(step.phase == "dosing" for step in course):
        handles.append(theme.dosing_handle())
    ax.set_ylim(0, 1)
    return handles
