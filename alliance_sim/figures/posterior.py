"""What data leave of a few keys: prior and posterior of each."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_sim.analysis import printing
from alliance_sim.figures import theme

BEFORE, AFTER = theme.GREY, theme.PALETTE[1]
SHOWN = 0.002  # of the highest density, below which a tail is cut off
WIDE = 2  # panels beside one another
PANEL = 1.75  # inches, height of a panel


def posterior(curves: pd.DataFrame, table: pd.DataFrame, ax: Axes | None = None) -> Axes | Figure:
    """Draw prior and posterior of each key, with the posterior's 90 % interval.

    Args:
        curves: Densities: key, value, prior, posterior.
        table: A row a key: key, unit, mean, lower, upper, informed.
        ax: Axes for the first key; a figure with a panel a key unless given.
    """
    rows: list[dict[Any, Any]] = table.to_dict("records")
    if ax is not None:
        return _panel(ax, curves, rows[0])
    columns = min(WIDE, len(rows))
    lines = math.ceil(len(rows) / columns)
    with theme.applied():
        figure = Figure(figsize=(theme.COLUMN * columns, PANEL * lines + 0.45), layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for place, row in zip(panels, rows, strict=False):
            _panel(place, curves, row)
        for place in panels[len(rows) :]:
            place.set_axis_off()
        handles = [
            Line2D([], [], color=BEFORE, linestyle=theme.DASHES[1], label="prior"),
            Line2D([], [], color=AFTER, label="posterior"),
            Line2D([], [], color=AFTER, linewidth=3, marker="o", markersize=4, label="its mean and 90 % interval"),
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)
        return figure


def _panel(ax: Axes, curves: pd.DataFrame, row: dict[Any, Any]) -> Axes:
    own = curves[curves["key"] == row["key"]]
    high = float(np.nanmax(own[["prior", "posterior"]].to_numpy()))
    own = own[own[["prior", "posterior"]].max(axis=1) > SHOWN * high]
    ax.plot(own["value"], own["prior"], color=BEFORE, linestyle=theme.DASHES[1])
    ax.fill_between(own["value"], own["posterior"], color=AFTER, alpha=0.15, linewidth=0)
    ax.plot(own["value"], own["posterior"], color=AFTER)
    low = -0.06 * high
    ax.plot([row["lower"], row["upper"]], [low, low], color=AFTER, linewidth=3, solid_capstyle="butt")
    ax.plot(row["mean"], low, color=AFTER, marker="o", markersize=4, markeredgecolor="white", markeredgewidth=0.4)
    ax.set(yticks=[], ylim=(2 * low, None))
    unit = str(row["unit"])
    ax.set_xlabel(f"{row['key']}" + (f" ({unit})" if unit not in ("", "1") else ""), fontsize=theme.SMALL)
    said = "informed" if row["informed"] else "not informed"
    ax.set_title(f"{said}: {printing.number(100 * row['width_ratio'], 0)} % of the prior's width")
    ax.spines["left"].set_visible(False)
    return theme.tidy(ax)
