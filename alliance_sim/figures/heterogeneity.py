"""Who gains most: individual effects, and the mean effect in each third of what patients brought."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.analysis.heterogeneity import THIRDS, spread_of_effects
from alliance_sim.analysis.monte_carlo import reported
from alliance_sim.figures import parts, theme
from alliance_sim.figures.outcomes import bin_edges
from alliance_sim.world.scenario import Scenario

NAMES = {"baseline": "severity at entry"}
APART = 0.22  # of a row, between thirds
PERCENT = 100.0


def individual_effects(effects: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw how effects of `analysis.heterogeneity.individual_effects` are distributed."""
    scale = scenario.instrument(scenario.primary)
    own = effects["effect"].dropna()
    found = reported(spread_of_effects(effects, scenario), effects["replicate"].nunique()).set_index("quantity")
    with theme.axes(ax) as ax:
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
        said = (
            "Each patient in both worlds, same draws. Negative: better off.\nIn brackets: Monte Carlo standard error."
        )
        said += parts.unknown([mean.mcse, spread.mcse])
        label = f"Individual effect on {parts.quantity(scenario, 'change')}"
        return theme.finished(
            ax, "Individual effects", said, handles, xlabel=label, ylabel=f"Patients per {points} (%)"
        )


def who_gains(moderation: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw the mean effect in each third of what patients brought, from `analysis.heterogeneity.moderation`."""
    names = list(dict.fromkeys(moderation["moderator"]))
    slopes = moderation[moderation["kind"] == "joint"].set_index("moderator")
    with theme.axes(ax, parts.height(len(names)) + 0.35) as ax:
        frames = {
            third: (moderation[moderation["kind"] == third].set_index("moderator"), theme.look(turn))
            for turn, third in enumerate(THIRDS)
        }
        handles = parts.beside_one_another(ax, frames, names, APART)
        parts.all_beside(ax, slopes.loc[names])
        ax.set_yticks(range(len(names)), [NAMES.get(name, parts.worded(name)) for name in names])
        said = "Beside each row: change of the effect per SD, all others equal\n(Monte Carlo standard error). "
        said += "Bars: 95 % interval." + parts.unknown(moderation["mcse"])
        label = f"Mean effect on {parts.quantity(scenario, 'change')}"
        return theme.finished(ax, "Who gains most", said, handles, xlabel=label)
