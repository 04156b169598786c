"""What one key does at each level of another: means as lines, and paired effects and their differences below them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim.analysis.contrasts import INTERACTION
from alliance_sim.analysis.levels import levels, text
from alliance_sim.figures import parts, shown, theme
from alliance_sim.world.scenario import Scenario

MOST = 14  # rows of effects in one figure
BY = ("by", "by_reference")
FEW = 7  # levels that get lines of their own


def effects_by_level(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw effects of a key at each level of others, and the differences between them, one a row.

    Args:
        effects: From `analysis.asked_contrasts.effects`.
        scenario: The world whose primary scale they are in.
        measure: Which measure.
        ax: Where to draw.
    """
    held = effects[effects["measure"] == measure].fillna(dict.fromkeys(BY, ""))
    own, part = shown.head(held, MOST, "first", "effects")
    names = [_named(row) for row in own.to_dict("records")]
    looks = [theme.look(2 if kind == INTERACTION else 1) for kind in own["kind"]]
    label = f"Difference in {parts.quantity(scenario, measure)}"
    keys = ", ".join(dict.fromkeys(word.partition("=")[0] for name in held["by"].unique() for word in name.split(", ")))
    title = f"Effect of {parts.worded(own['key'].iloc[0])}" + (f"\nat levels of {parts.worded(keys)}" if keys else "")
    texts = (title, label, f"Same patients, same random draws.\n{parts.ERROR}")
    ax = parts.forest(ax, own, names, texts, (scenario, measure), looks)
    shown.say(ax, part)
    return ax


def _named(row: Mapping[Any, Any]) -> str:
    """What a row compares; a key of which only the values differ is named by the panel above or the axis."""
    what = f"{row['level']} {parts.MINUS} {row['reference']}"
    by, reference = (", ".join(word.partition("=")[2] for word in row[name].split(", ")) for name in BY)
    if row["kind"] == INTERACTION:
        return f"{what}: at {by} less at {reference}"
    return f"{what} at {by}" if row["by"] else what


def interaction(
    effects: pd.DataFrame, means: pd.DataFrame, keys: tuple[str, str], scenario: Scenario, measure: str = "change"
) -> Figure:
    """Make a figure of two panels: the mean at each level of one key as a line over the levels of the other; effects.

    Args:
        effects: As in `effects_by_level`.
        means: One row a point: both keys, estimate, lower, upper.
        keys: The key whose effect is drawn, and the one that it is taken by.
        scenario: The world whose primary scale they are in.
        measure: Which measure.
    """
    count = min(MOST, int((effects["measure"] == measure).sum()))
    with theme.applied():
        low = parts.height(count)
        figure = Figure(figsize=(theme.COLUMN, theme.ROW + low), layout="constrained")
        top, bottom = figure.subplots(2, 1, height_ratios=[theme.ROW, low])
        _lines(top, means, keys, scenario, measure)
        effects_by_level(effects, scenario, measure, ax=bottom)
        return figure


def _lines(ax: Axes, means: pd.DataFrame, keys: tuple[str, str], scenario: Scenario, measure: str) -> None:
    own, other = (levels(key, means[key]) for key in keys)
    alone = not means.duplicated(list(keys)).any()
    handles = []
    for place, value in enumerate(own.values[:FEW]):
        part = means[own.codes == place].assign(at=other.codes[own.codes == place])
        rows = part.groupby("at")[["estimate", "lower", "upper"]].mean()
        look = theme.look(place)
        x = rows.index.to_numpy() + 0.06 * (place - (len(own.values) - 1) / 2)
        half = (rows["upper"] - rows["estimate"]).fillna(0.0) if alone else None
        mark: Any = {"color": look.colour, "marker": look.marker, "linestyle": look.dashes}
        ax.errorbar(x, rows["estimate"], yerr=half, markersize=3.5, elinewidth=0.7, **mark)
        handles.append(theme.handle(look, text(value)))
    ax.set_xticks(range(len(other.values)), [theme.literal(text(value)) for value in other.values])
    ax.set(xlabel=parts.worded(keys[1]), ylabel=parts.quantity(scenario, measure))
    note = "Each point's mean over trials;\nbars: 95 % Monte Carlo interval." if alone else "Means over the other keys."
    theme.finished(ax, "Means", note, handles, parts.worded(keys[0]))
