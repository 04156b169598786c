"""Who gains most: individual effects, and the mean effect in each third of what patients brought."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.analysis.heterogeneity import THIRDS, spread_of_effects
from alliance_sim.figures import parts, theme
from alliance_sim.figures.outcomes import bin_edges
from alliance_sim.world.scenario import Scenario

NAMES = {"baseline": "severity at entry"}
APART = 0.22  # of a row, between thirds
PERCENT = 100.0


def individual_effects(effects: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw how individual effects are distributed.

    Args:
        effects: From `analysis.heterogeneity.individual_effects`.
        scenario: The comparator's world.
        ax: Where to draw; a new one-column figure if None.
    """
    scale = scenario.instrument(scenario.primary)
    own = effects["effect"].dropna()
    found = spread_of_effects(effects, scenario).set_index("quantity")
    with theme.applied():
        ax = theme.axes(ax)
        handles: list[object] = list(parts.unimportant(ax, scenario))
        edges = bin_edges(own, scale.step)
        percent = np.full(len(own), PERCENT / len(own))
        shares, _ = np.histogram(own, bins=edges, weights=percent)
        ax.stairs(shares, edges, fill=True, color=theme.look(1).colour, alpha=0.6)
        mean, spread = parts.each(found.loc[["mean effect", "SD of individual effects"]])
        ax.axvline(mean.estimate, color=theme.INK, linewidth=1.0)
        said = f"mean {parts.number(mean.estimate, mean.mcse)}\nSD {parts.number(spread.estimate, spread.mcse)}"
        handles.insert(0, Line2D([], [], color=theme.INK, linewidth=1.0, label=said))
        points = "point" if scale.step == 1 else f"{scale.step:g} points"
        ax.set(xlabel=f"Individual effect on {parts.quantity(scenario, 'change')}", ylabel=f"Patients per {points} (%)")
        theme.note(
            ax,
            "Each patient in both worlds, same draws. Negative: better off.\nIn brackets: Monte Carlo standard error.",
        )
        theme.heading(ax, "Individual effects", handles)
        return theme.tidy(ax)


def who_gains(moderation: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw the mean effect in each third of what patients brought.

    Args:
        moderation: From `analysis.heterogeneity.moderation`, with thirds.
        scenario: The comparator's world.
        ax: Where to draw; a new one-column figure if None.
    """
    names = list(dict.fromkeys(moderation["moderator"]))
    slopes = moderation[moderation["kind"] == "joint"].set_index("moderator")
    with theme.applied():
        ax = theme.axes(ax, parts.height(len(names)) + 0.35)
        handles: list[object] = []
        for turn, third in enumerate(THIRDS):
            look = theme.look(turn)
            own = moderation[moderation["kind"] == third].set_index("moderator")
            for place, name in enumerate(names):
                parts.interval(ax, own.loc[name], place + (turn - 1) * APART, look)
            handles.append(Line2D([], [], color=look.colour, marker=look.marker, markersize=4.5, label=third))
        parts.all_beside(ax, slopes.loc[names])
        ax.set_yticks(range(len(names)), [NAMES.get(name, parts.worded(name)) for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel(f"Mean effect on {parts.quantity(scenario, 'change')}")
        said = "Beside each row: change of the effect per SD, all others equal\n(Monte Carlo standard error). "
        said += "Bars: 95 % interval."
        theme.note(ax, said)
        theme.heading(ax, "Who gains most", handles)
        return theme.tidy(ax)
