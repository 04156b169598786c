"""Which parameters an outcome depends on: Sobol indices, how they settle, and elementary effects."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import ScalarFormatter

from alliance_sim.analysis.sensitivity import FIRST, TOTAL
from alliance_sim.figures import parts, shown, theme
from alliance_sim.world.scenario import Scenario

APART = 0.3  # of a row, between the two indices
MOST = 15  # keys in one figure
LEGEND = 0.13  # inches, a line of the legend


def sobol_indices(indices: pd.DataFrame, of: str, ax: Axes | None = None) -> Axes:
    """Draw indices of `analysis.sensitivity.sobol`, the largest total first; `of` says in words of what."""
    total = indices[indices["index"] == TOTAL].set_index("key")["estimate"]
    ordered = total.sort_values(ascending=False, kind="stable").index
    names, part = shown.head(ordered, MOST, "largest", "keys")
    with theme.axes(ax, parts.height(len(names)) + 0.15) as ax:
        frames = {
            index: (indices[indices["index"] == index].set_index("key"), theme.look(1 - turn))
            for turn, index in enumerate((FIRST, TOTAL))
        }
        handles = parts.beside_one_another(ax, frames, names.tolist(), APART)
        parts.all_beside(ax, frames[TOTAL][0].loc[names])
        ax.axvline(0, color=theme.GREY, linewidth=0.6, zorder=0.5)
        said = "Beside each row: total index (standard error).\nBars: 95 % bootstrap interval."
        said += parts.unknown(indices["mcse"])
        label = "Share of the variance\nbetween parameter sets"
        theme.finished(ax, f"Sobol indices of {of}", said, handles, xlabel=label)
        shown.say(ax, part)
        return ax


def sobol_convergence(table: pd.DataFrame, of: str, ax: Axes | None = None) -> Axes:
    """Draw how total indices of `analysis.sensitivity.convergence` settle; `of` says in words of what they are."""
    own = table[table["index"] == TOTAL]
    last = own[own["rows"] == own["rows"].max()].sort_values("estimate", ascending=False, kind="stable")
    names, part = shown.head(pd.Index(last["key"]), len(theme.PALETTE), "largest", "keys")
    with theme.axes(ax) as ax:
        handles = []
        for place, name in enumerate(names):
            look, line = theme.look(place), own[own["key"] == name].sort_values("rows")
            ax.fill_between(line["rows"], line["lower"], line["upper"], color=look.colour, alpha=0.12, linewidth=0)
            ax.plot(line["rows"], line["estimate"], **look.line, markersize=3.5)
            handles.append(theme.handle(look, parts.worded(str(name)), 3.5))
        ax.set_xscale("log", base=2)
        ax.set_xticks(sorted(own["rows"].unique()))
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.set(xlabel="Base points of the design", ylabel="Total index")
        theme.finished(ax, f"Convergence of the indices of {of}", "Bands: 95 % bootstrap intervals.", handles)
        shown.say(ax, part)
        return ax


def elementary_effects(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the mean size of the elementary effects of `analysis.screening.morris` against their spread."""
    size, spread = (effects[effects["statistic"] == name].set_index("key") for name in ("mu_star", "sigma"))
    ordered = size["estimate"].sort_values(ascending=False, kind="stable").index
    names, part = shown.head(ordered, MOST, "largest", "keys")
    with theme.axes(ax, theme.ROW + LEGEND * len(names)) as ax:
        handles = []
        for place, name in enumerate(names):
            look = theme.look(place)
            across, up = size.loc[name], spread.loc[name]
            ax.plot([across["lower"], across["upper"]], [up["estimate"]] * 2, color=look.colour, linewidth=0.8)
            ax.plot([across["estimate"]] * 2, [up["lower"], up["upper"]], color=look.colour, linewidth=0.8)
            ax.plot(across["estimate"], up["estimate"], color=look.colour, marker=look.marker, markersize=4.5)
            label = f"{parts.worded(str(name))}: {parts.number(across['estimate'], across['mcse'])}"
            handles.append(theme.handle(look, label, linestyle=""))
        most = float(max(size["upper"].max(), spread["upper"].max(), np.finfo(float).eps))
        ax.plot([0, most], [0, most], color=theme.GREY, linewidth=0.6, zorder=0.5)
        ax.set(xlabel="Mean size of the effect over the whole range, μ*", ylabel="Its spread, σ")
        said = f"Of {parts.quantity(scenario, measure)}. Above the line: depends on the others.\n"
        said += "Bars: 95 % bootstrap intervals." + parts.unknown(size["mcse"])
        theme.finished(ax, "Elementary effects", said, handles, "Parameter: μ* (standard error)")
        shown.say(ax, part)
        return ax
