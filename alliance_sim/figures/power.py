"""How many patients a planned trial needs: power and type I error by size."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from alliance_sim.analysis.power import Power
from alliance_sim.figures import parts, theme


def power_curve(found: pd.DataFrame, least: pd.DataFrame, plan: Power, ax: Axes | None = None) -> Axes:
    """Draw power and type I error by size, with the level, the power wanted and the size that reaches it.

    From `analysis.power`: `power`, the `smallest` size, and the plan of both.
    """
    (row,) = parts.each(least)
    with theme.axes(ax) as ax:
        handles: list[Any] = []
        for turn, name in ((1, "power"), (0, "type I error")):
            look, own = theme.look(turn), found[found["quantity"] == name].sort_values("size")
            for one in parts.each(own):
                ax.plot([one.size, one.size], [one.lower, one.upper], color=look.colour, linewidth=1.0)
            ax.plot(own["size"], own["estimate"], **look.line, markersize=4)
            handles.append(theme.handle(look, name, 4, linestyle=look.dashes))
        for level in (plan.target, plan.alpha):
            ax.axhline(level, color=theme.GREY, linewidth=0.7, linestyle=theme.DASHES[2], zorder=0.5)
        said = str(row.note)
        if np.isfinite(row.estimate):
            ax.plot([row.estimate] * 2, [0, plan.target], color=theme.INK, linewidth=0.8, linestyle=theme.DASHES[1])
            said = f"{plan.target:.0%} power needs {parts.number(row.estimate, row.mcse)} patients an arm"
            said = said.replace("%", " %", 1)
        sizes = sorted(found["size"].unique())
        ax.set_xscale("log")
        ax.set_xticks(sizes)
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.minorticks_off()
        ax.set(xlabel="Patients an arm", ylabel=f"Share of trials with p < {plan.alpha:g}", ylim=(0, 1))
        words = plan.analysis.value.replace("_", " ")
        dotted = f"Dotted: power wanted {plan.target:g}, level of significance {plan.alpha:g}."
        said = said[:1].upper() + said[1:]
        said = f"Analysis: {words}. Bars: 95 % binomial intervals.\n{dotted}\n{said}."
        said += parts.unknown(least["mcse"][least["estimate"].notna()])
        return theme.finished(ax, "Power of the planned trial", said, handles)
