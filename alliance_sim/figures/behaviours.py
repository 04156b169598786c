"""What each clinician behaviour does, what two do together, and how much of one is enough."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.analysis.behaviours import ALL, AND
from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

ARM_HEIGHT = 0.11  # inches, one arm's interval


def behaviour_effects(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the effect of one standard deviation more of each behaviour, and of all.

    Args:
        effects: From `analysis.behaviours.effects`.
        scenario: The base world.
        measure: Which measure of it.
        ax: Where to draw; a new one-column figure if None.
    """
    own = effects[(effects["measure"] == measure)]
    own = own[(own["kind"] == "effect") | ((own["kind"] == "joint") & (own["behaviour"] == ALL))]
    own = own.sort_values("estimate", key=abs, ascending=False, kind="stable")
    with theme.applied():
        ax = theme.axes(ax, parts.height(len(own)))
        handles = parts.unimportant(ax, scenario, measure)
        looks = [theme.look(0 if name == ALL else 1) for name in own["behaviour"]]
        parts.rows(ax, own, own["behaviour"].tolist(), looks)
        parts.reach(ax, own, scenario, measure)
        ax.set_xlabel(f"Effect on {parts.quantity(scenario, measure)}")
        theme.note(ax, f"Same patients, same random draws.\n{parts.ERROR}")
        theme.heading(ax, "One population SD more of a behaviour", list(handles))
        return theme.tidy(ax)


def behaviours_by_arm(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the effect of one standard deviation more of each behaviour in several arms beside one another.

    Args:
        effects: From `analysis.behaviours.effects` of each arm, with a column `arm`; all on one scale.
        scenario: The world of one of the arms.
        measure: Which measure of it.
        ax: Where to draw; a new one-column figure if None.
    """
    own = effects[(effects["measure"] == measure) & (effects["kind"] == "effect")]
    sizes = own.groupby("behaviour")["estimate"].agg(lambda values: values.abs().mean())
    names, arms = sizes.sort_values(ascending=False).index.tolist(), own["arm"].unique().tolist()
    apart = 0.7 / len(arms)  # of a row
    with theme.applied():
        ax = theme.axes(ax, parts.FRAME + len(names) * max(parts.ROW_HEIGHT, ARM_HEIGHT * len(arms)))
        handles: list[Any] = list(parts.unimportant(ax, scenario, measure))
        ax.axvline(0, color=theme.GREY, linewidth=0.6, zorder=0.5)
        for place, arm in enumerate(arms):
            look, rows = theme.look(place), own[own["arm"] == arm].set_index("behaviour")
            for height, name in enumerate(names):
                parts.interval(ax, rows.loc[name], height + (place - (len(arms) - 1) / 2) * apart, look)
            handles.append(
                Line2D([], [], color=look.colour, marker=look.marker, markersize=4.5, linestyle="", label=str(arm))
            )
        parts.reach(ax, own, scenario, measure)
        ax.set_yticks(range(len(names)), [parts.worded(name) for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel(f"Effect on {parts.quantity(scenario, measure)}")
        theme.note(ax, "Same patients, same random draws. Bars: 95 % interval.")
        theme.heading(ax, "One population SD more of a behaviour, by arm", handles)
        return theme.tidy(ax)


def behaviour_interactions(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw what two behaviours do together beyond the sum of what each does; arguments as `behaviour_effects`."""
    own = effects[(effects["measure"] == measure) & (effects["kind"] == "interaction")]
    own = own.sort_values("estimate", key=abs, ascending=False, kind="stable")
    with theme.applied():
        ax = theme.axes(ax, parts.height(len(own)))
        looks = [theme.look(0 if name == ALL else 1) for name in own["behaviour"]]
        parts.rows(ax, own, [name.replace(AND, " and ") for name in own["behaviour"]], looks)
        ax.set_xlabel(f"Beyond the sum, {parts.quantity(scenario, measure)}")
        important = scenario.instrument(scenario.primary).important
        scale = f"\nThe least important difference is {important:g}." if measure in parts.PRIMARY else ""
        theme.note(ax, parts.ERROR + scale)
        theme.heading(ax, "Interactions of behaviours", [])
        return theme.tidy(ax)


def dose_response(
    curve: pd.DataFrame,
    saturation: pd.DataFrame,
    scenario: Scenario,
    behaviour: str,
    measure: str = "change",
    ax: Axes | None = None,
) -> Axes:
    """Draw how a measure gains with the level of one behaviour that all clinicians share.

    Args:
        curve: From `analysis.behaviours.curve`.
        saturation: From `analysis.behaviours.saturation`.
        scenario: The base world; its population of clinicians is marked.
        behaviour: Which behaviour was varied.
        measure: Which measure.
        ax: Where to draw; a new one-column figure if None.
    """
    own = curve[(curve["measure"] == measure) & (curve["kind"] == "gain")]
    place = saturation[saturation["measure"] == measure]
    skill, look = getattr(scenario.clinicians, behaviour), theme.look(1)
    with theme.applied():
        ax = theme.axes(ax)
        handles: list[Any] = list(parts.unimportant(ax, scenario, measure, along="y"))
        ax.fill_between(own["level"], own["lower"], own["upper"], color=look.colour, alpha=0.2, linewidth=0)
        ax.plot(own["level"], own["estimate"], color=look.colour, marker=look.marker, markersize=3.5, clip_on=False)
        ax.plot(
            np.clip([skill.mean - skill.spread, skill.mean, skill.mean + skill.spread], 0, 1),
            [0.0, 0.0, 0.0], color=theme.INK, marker="|", markersize=6, linewidth=1.0, clip_on=False,
            transform=ax.get_xaxis_transform(),
        )  # fmt: skip
        handles.append(Line2D([], [], color=theme.INK, marker="|", label="clinicians here: mean ± SD"))
        for row in parts.each(place.dropna(subset=["estimate"])):
            line: Any = {"color": theme.look(0).colour, "linestyle": theme.DASHES[1], "linewidth": 1.0}
            ax.axvline(row.estimate, **line)
            said = parts.number(row.estimate, row.mcse)
            handles.append(Line2D([], [], label=f"90 % of the gain at {said}", **line))
        ax.set(xlabel=f"{parts.worded(behaviour).capitalize()} of all clinicians (0-1)", xlim=(0, 1))
        ax.set_ylabel(f"Gain, {parts.quantity(scenario, measure)}")
        theme.note(
            ax,
            "Against level 0, same patients and draws. Band: 95 % Monte\n"
            "Carlo interval; in brackets: Monte Carlo standard error.",
        )
        theme.heading(ax, f"Dose and response of {parts.worded(behaviour)}", handles)
        return theme.tidy(ax)
