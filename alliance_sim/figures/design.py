"""What a design of points shows: the primary score along each key, and which keys move it most."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_sim.analysis.summary import keys
from alliance_sim.figures import parts, shown, theme
from alliance_sim.world.scenario import Scenario

PANEL = 2.0  # inches, one key
MOST_KEYS = 4  # keys in one figure
PAIR = 2
CROWD = 200  # points from which on no error is drawn
FEW = 7  # levels that get lines of their own
MOST_ROWS = 15  # keys in the figure of effects


def along_key(
    by_point: pd.DataFrame,
    design: pd.DataFrame,
    key: str,
    scenario: Scenario,
    measure: str = "change",
    beside: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a measure's mean at every point, from `analysis.estimates.by_arm`, against the value of one key.

    Points of a design one at a time that vary another key are left out. The few levels of a second key, `beside`, get
    a line each.
    """
    own = by_point[by_point["measure"] == measure].merge(design, on="point")
    if "varied" in own and "row" not in own:
        own = own[own["varied"].isin(["", key])]
    words = not pd.api.types.is_numeric_dtype(own[key])
    own = own.sort_values(key, kind="stable")
    others = [name for name in keys(design) if name not in (key, beside)]
    levels = own[beside].drop_duplicates().sort_values().tolist() if beside else [None]
    with theme.axes(ax) as ax:
        handles = []
        for place, level in enumerate(levels):
            look = theme.look(place if beside else 1)
            part = own if level is None else own[own[beside] == level]
            lines = not others or len(part[others].drop_duplicates()) == 1  # points that differ in nothing else
            x = part[key].astype(str) if words else part[key]
            dashes: Any = look.dashes if lines else ""
            mark: Any = {"color": look.colour, "marker": look.marker, "linestyle": dashes}
            if len(part) > CROWD:
                ax.plot(x, part["estimate"], **mark, markersize=1.2, alpha=0.4)
            else:
                half = (part["upper"] - part["estimate"]).fillna(0.0)
                ax.errorbar(x, part["estimate"], yerr=half, **mark, markersize=3.5 if lines else 2.5, elinewidth=0.7)
            if beside:
                said = f"{level:g}".replace("-", parts.MINUS) if isinstance(level, int | float) else str(level)
                handles.append(Line2D([], [], label=said, markersize=3.5, **mark))
        ax.set(xlabel=parts.worded(key), ylabel=parts.quantity(scenario, measure))
        return theme.finished(ax, "Points of the design" if handles else "", "", handles, parts.worded(beside))


def along_keys(
    by_point: pd.DataFrame,
    design: pd.DataFrame,
    ordered: Sequence[str],
    scenario: Scenario,
    measure: str = "change",
    which: str = "strongest",
) -> Figure:
    """Make one figure with a panel as `along_key` for each key, at most four; two keys of few levels share one panel.

    `ordered` are the design's keys, those that move the measure most first; `which` says in a word what the first are.
    """
    levels = {key: len(design[key].unique()) for key in ordered}
    fewest = min(levels, key=lambda key: levels[key])
    full = "varied" not in design and len(design) == math.prod(levels.values())
    beside = fewest if full and len(ordered) == PAIR and levels[fewest] <= FEW else ""
    drawn, part = shown.head(pd.Index([key for key in ordered if key != beside]), MOST_KEYS, which, "keys")
    with theme.applied():
        height = theme.ROW + 0.3 if len(drawn) == 1 else PANEL * len(drawn)
        figure = Figure(figsize=(theme.COLUMN, height), layout="constrained")
        panels = figure.subplots(len(drawn), 1, sharey=True, squeeze=False)[:, 0]
        for ax, key in zip(panels, drawn, strict=True):
            along_key(by_point, design, key, scenario, measure, beside, ax)
        if not beside:
            panels[0].set_title("Points of the design")
        bars = "" if len(design) > CROWD else "; bars: 95 % Monte Carlo interval"
        unknown = parts.unknown(by_point.loc[by_point["measure"] == measure, "mcse"]) if bars else ""
        theme.note(panels[-1], f"Each point's mean over trials{bars}.{unknown}")
        shown.say(panels[-1], part)
        return figure


def key_effects(main: pd.DataFrame, scenario: Scenario, ax: Axes | None = None) -> Axes:
    """Draw `analysis.estimates.main_effects`: the two levels of each key between which the primary score moves most."""
    own, part = shown.head(main.rename(columns={"difference": "estimate"}), MOST_ROWS, "strongest", "keys")
    label = f"Difference in {parts.quantity(scenario, 'change')}"
    note = (
        f"{parts.ERROR}\nThey allow for picking the two levels.\nA hint, no index: other keys vary within each level."
    )
    names = [f"{parts.worded(row['key'])}\n{row['level']} − {row['reference']}" for row in own.to_dict("records")]
    ax = parts.forest(ax, own, names, ("What moves the primary score", label, note))
    shown.say(ax, part)
    return ax
