"""Through what an effect runs: the direct part and one part a mediator, with the range over orders."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

NOTE = "Bars sum to the total; whisker: over all orders.\nBeside each row: estimate (Monte Carlo\nstandard error)."


def effect_parts(found: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None) -> Axes:
    """Draw the parts of a total effect, from `analysis.mediation.shapley`."""
    with theme.axes(ax, parts.height(len(found)) + 0.15) as ax:
        handles: list[Any] = list(parts.unimportant(ax, scenario, measure))
        for place, row in enumerate(parts.each(found)):
            look = theme.look({"total": 6, "direct": 0}.get(str(row.effect), 1))
            ax.barh(place, row.estimate, height=0.6, color=look.colour, alpha=0.85, linewidth=0)
            if row.lowest != row.highest:
                span = [row.lowest, row.highest]
                ax.plot(span, [place, place], color=theme.INK, linewidth=0.8, marker="|", markersize=5)
        parts.all_beside(ax, found)
        parts.reach(ax, found.assign(lower=found["lowest"], upper=found["highest"]), scenario, measure)
        ax.axvline(0, color=theme.GREY, linewidth=0.6)
        parts.named(ax, [parts.worded(name) for name in found["effect"]])
        handles.append(Line2D([], [], color=theme.INK, marker="|", linewidth=0.8, label="range over orders"))
        label = f"Effect on {parts.quantity(scenario, measure)}"
        said = NOTE + parts.unknown(found["mcse"])
        return theme.finished(ax, "Through what the effect runs", said, handles, xlabel=label)
