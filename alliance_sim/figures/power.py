"""How many patients a planned trial needs: power and type I error by size."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from alliance_sim.analysis.power import Power
from alliance_sim.figures import parts, theme

QUANTITIES = ("power", "type I error")
CURVE = 0.5  # inches that a further curve needs for its lines of text


def power_curve(found: pd.DataFrame, least: pd.DataFrame, plan: Power, ax: Axes | None = None) -> Axes:
    """Draw power and type I error by size, with the level, the power wanted and the size that reaches it.

    A curve for each caseload or number of clinicians that is held; crosses are the closed formula's power, where one
    holds.

    From `analysis.power`: `power`, the `smallest` size, and the plan of both.
    """
    key = "caseload" if plan.by_caseload and "caseload" in found else "clinicians"
    several = "held" in least and len(least) > 1
    curves = list(found.groupby(key)) if several else [("", found)]
    with theme.axes(ax, theme.ROW + CURVE * (len(curves) - 1)) as ax:
        handles: list[Any] = []
        for turn, (which, own) in enumerate(curves):
            for name in QUANTITIES:
                look = theme.look(turn if several else int(name == "power"))
                line = {**look.line, "markerfacecolor": look.colour if name == "power" else "white"}
                rows = own[own["quantity"] == name].sort_values("size")
                for one in parts.each(rows):
                    ax.plot([one.size, one.size], [one.lower, one.upper], color=look.colour, linewidth=1.0)
                ax.plot(rows["size"], rows["estimate"], **line, markersize=4)
                if name == "power" and _has_formula(rows):
                    ax.plot(rows["size"], rows["formula"], color=theme.INK, marker="x", linestyle="", markersize=4)
                if name == "power" or not several:
                    label = f"power, {_words(key, which)}" if several else name
                    handles.append(theme.handle(look, label, 4, linestyle=look.dashes))
        for level in (plan.target, plan.alpha):
            ax.axhline(level, color=theme.GREY, linewidth=0.7, linestyle=theme.DASHES[2], zorder=0.5)
        for row in parts.each(least):
            if np.isfinite(row.estimate):
                ax.plot([row.estimate] * 2, [0, plan.target], color=theme.INK, linewidth=0.8, linestyle=theme.DASHES[1])
        _axis(ax, sorted(found["size"].unique()), plan)
        return theme.finished(ax, "Power of the planned trial", _note(found, least, plan, len(curves)), handles)


def _has_formula(found: pd.DataFrame) -> bool:
    """True if a closed formula holds of some size; tables of earlier versions have none."""
    return "formula" in found and bool(found["formula"].notna().any())


def _words(key: str, which: object) -> str:
    return f"{which} patients each" if key == "caseload" else f"{which} clinicians"


def _axis(ax: Axes, sizes: list[int], plan: Power) -> None:
    ax.set_xscale("log")
    shown = [size for place, size in enumerate(sizes) if place == 0 or size >= 1.25 * sizes[place - 1]]
    ax.set_xticks(shown)
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    found = "Share of trials that show it" if plan.margin else f"Share of trials with p < {plan.alpha:g}"
    ax.set(xlabel="Patients of the control arm" if plan.ratio != 1 else "Patients an arm", ylabel=found, ylim=(0, 1))


def _note(found: pd.DataFrame, least: pd.DataFrame, plan: Power, curves: int) -> str:
    words = plan.analysis.value.replace("_", " ")
    said = f"Analysis: {words}. Bars: 95 % binomial intervals."
    said += " Open marks: type I error." if curves > 1 else ""
    said += " Crosses: closed formula." if _has_formula(found) else ""
    said += f"\nDotted: power wanted {plan.target:g}, level of significance {plan.alpha:g}."
    left = ""
    for row in parts.each(least):
        if not np.isfinite(row.estimate):
            more = str(row.note).rpartition("; ")[2]
            left = str(row.note) if curves == 1 else f"where no size is named, none simulated reaches it; {more}"
            continue
        own = f"{plan.target:.0%} power needs {parts.number(row.estimate, row.mcse)} patients an arm"
        own = own.replace("%", " %", 1)
        said += f"\n{_words(row.held, int(row.which))}: {own}." if curves > 1 else f"\n{own}."
    if left:
        said += f"\n{left[:1].upper()}{left[1:]}."
    return said + parts.unknown(least["mcse"][least["estimate"].notna()])
