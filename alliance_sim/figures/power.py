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

    A curve for each caseload or number of clinicians that is held; crosses are the closed formula's power, where one
    holds.

    From `analysis.power`: `power`, the `smallest` size, and the plan of both.
    """
    key = "caseload" if plan.by_caseload and "caseload" in found else "clinicians"
    curves = (
        list(found.groupby(key))
        if found.groupby("size")[key].nunique().max() > 1 or _held(found, key)
        else [("", found)]
    )
    with theme.axes(ax) as ax:
        handles: list[Any] = []
        for turn, (which, own) in enumerate(curves):
            for name in ("power", "type I error"):
                look = theme.look(turn + (name == "power") if len(curves) == 1 else turn)
                line = look.line if name == "power" else {**look.line, "markerfacecolor": "white"}
                rows = own[own["quantity"] == name].sort_values("size")
                for one in parts.each(rows):
                    ax.plot([one.size, one.size], [one.lower, one.upper], color=look.colour, linewidth=1.0)
                ax.plot(rows["size"], rows["estimate"], **line, markersize=4)
                if name == "power" and "formula" in rows and rows["formula"].notna().any():
                    ax.plot(rows["size"], rows["formula"], color=theme.INK, marker="x", linestyle="", markersize=4)
                if len(curves) == 1 or name == "power":
                    label = name if len(curves) == 1 else f"power, {_words(key, which)}"
                    handles.append(theme.handle(look, label, 4, linestyle=look.dashes))
        for level in (plan.target, plan.alpha):
            ax.axhline(level, color=theme.GREY, linewidth=0.7, linestyle=theme.DASHES[2], zorder=0.5)
        for row in parts.each(least):
            if np.isfinite(row.estimate):
                ax.plot([row.estimate] * 2, [0, plan.target], color=theme.INK, linewidth=0.8, linestyle=theme.DASHES[1])
        _axis(ax, sorted(found["size"].unique()), plan)
        return theme.finished(ax, "Power of the planned trial", _note(found, least, plan, len(curves)), handles)


def _held(found: pd.DataFrame, key: str) -> bool:
    """True if sizes of several curves lie on the axis."""
    return key == "caseload" and found[key].nunique() > 1


def _words(key: str, which: object) -> str:
    return f"{which} patients each" if key == "caseload" else f"{which} clinicians"


def _axis(ax: Axes, sizes: list[int], plan: Power) -> None:
    ax.set_xscale("log")
    shown = [size for place, size in enumerate(sizes) if place == 0 or size >= 1.25 * sizes[place - 1]]
    ax.set_xticks(shown)
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.set(xlabel="Patients an arm", ylabel=f"Share of trials with p < {plan.alpha:g}", ylim=(0, 1))


def _note(found: pd.DataFrame, least: pd.DataFrame, plan: Power, curves: int) -> str:
    words = plan.analysis.value.replace("_", " ")
    said = f"Analysis: {words}. Bars: 95 % binomial intervals."
    if curves > 1:
        said += " Open marks: type I error."
    if "formula" in found and found["formula"].notna().any():
        said += " Crosses: closed formula."
    said += f"\nDotted: power wanted {plan.target:g}, level of significance {plan.alpha:g}."
    for row in parts.each(least):
        own = str(row.note)
        if np.isfinite(row.estimate):
            own = f"{plan.target:.0%} power needs {parts.number(row.estimate, row.mcse)} patients an arm"
            own = own.replace("%", " %", 1)
        if curves > 1:
            own = f"{_words(row.held, int(row.which))}: {own}"
        said += f"\n{own[:1].upper()}{own[1:]}."
    return said + parts.unknown(least["mcse"][least["estimate"].notna()])
