"""What each clinician behaviour does, what two do together, and how much of one is enough."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.analysis.behaviours import ALL, AND
from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

ARMS_APART = 0.7  # of a row, from the first arm's place to beyond the last
ARM_HEIGHT = 0.11  # inches, one arm's interval


def behaviour_effects(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the effect of one standard deviation more of each behaviour, and of all, from `analysis.behaviours`."""
    own = effects[(effects["measure"] == measure)]
    own = own[(own["kind"] == "effect") | ((own["kind"] == "joint") & (own["behaviour"] == ALL))]
    own = own.sort_values("estimate", key=abs, ascending=False, kind="stable")
    looks = [theme.look(0 if name == ALL else 1) for name in own["behaviour"]]
    label = f"Effect on {parts.quantity(scenario, measure)}"
    texts = ("One population SD more of a behaviour", label, f"Same patients, same random draws.\n{parts.ERROR}")
    return parts.forest(ax, own, [parts.worded(name) for name in own["behaviour"]], texts, (scenario, measure), looks)


def behaviours_by_arm(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the same effects in several arms on one scale beside one another; their frame has a column `arm`."""
    own = effects[(effects["measure"] == measure) & (effects["kind"] == "effect")]
    sizes = own.groupby("behaviour")["estimate"].agg(lambda values: values.abs().mean())
    names, arms = sizes.sort_values(ascending=False).index.tolist(), own["arm"].unique().tolist()
    with theme.axes(ax, parts.FRAME + len(names) * max(parts.ROW_HEIGHT, ARM_HEIGHT * len(arms))) as ax:
        handles: list[Any] = list(parts.unimportant(ax, scenario, measure))
        ax.axvline(0, color=theme.GREY, linewidth=0.6, zorder=0.5)
        frames = {
            str(arm): (own[own["arm"] == arm].set_index("behaviour"), theme.look(place))
            for place, arm in enumerate(arms)
        }
        handles += parts.beside_one_another(ax, frames, names, ARMS_APART / len(arms), linestyle="")
        parts.reach(ax, own, scenario, measure)
        said = "Same patients, same random draws. Bars: 95 % interval." + parts.unknown(own["mcse"])
        title, label = "One population SD more of a behaviour, by arm", f"Effect on {parts.quantity(scenario, measure)}"
        return theme.finished(ax, title, said, handles, xlabel=label)


def behaviour_interactions(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw what two behaviours do together beyond the sum of what each does, from the same effects."""
    own = effects[(effects["measure"] == measure) & (effects["kind"] == "interaction")]
    own = own.sort_values("estimate", key=abs, ascending=False, kind="stable")
    looks = [theme.look(0 if name == ALL else 1) for name in own["behaviour"]]
    important = scenario.instrument(scenario.primary).important
    scale = f"\nThe least important difference is {important:g}." if measure in parts.PRIMARY else ""
    label = f"Beyond the sum, {parts.quantity(scenario, measure)}"
    names = [parts.worded(name).replace(AND, " and ") for name in own["behaviour"]]
    return parts.forest(ax, own, names, ("Interactions of behaviours", label, parts.ERROR + scale), looks=looks)


def dose_response(
    curve: pd.DataFrame,
    saturation: pd.DataFrame,
    scenario: Scenario,
    behaviour: str,
    measure: str = "change",
    ax: Axes | None = None,
) -> Axes:
    """Draw how a measure gains with the level of one behaviour that all clinicians share.

    From `analysis.behaviours`: the `curve` and its `saturation`. The base world's population of clinicians is marked.
    """
    own = curve[(curve["measure"] == measure) & (curve["kind"] == "gain")]
    place = saturation[saturation["measure"] == measure]
    skill, look = getattr(scenario.clinicians, behaviour), theme.look(1)
    with theme.axes(ax) as ax:
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
        said = "Against level 0, same patients and draws. Band: 95 % Monte\n"
        said += "Carlo interval; in brackets: Monte Carlo standard error."
        said += parts.unknown([*own.loc[own["level"] > own["level"].min(), "mcse"], *place["mcse"]])
        title, label = f"Dose and response of {parts.worded(behaviour)}", f"Gain, {parts.quantity(scenario, measure)}"
        return theme.finished(ax, title, said, handles, ylabel=label)
