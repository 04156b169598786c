"""How arms differ from their comparators, pair by pair."""

import pandas as pd
from matplotlib.axes import Axes

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

MOST = 15  # pairs in one figure


def arm_contrasts(contrasts: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None) -> Axes:
    """Draw paired differences between arms, one pair a row.

    Args:
        contrasts: From `analysis.estimates.contrasts`, all on the scenario's primary scale.
        scenario: The base arm's world.
        measure: The measure.
        ax: Where to draw; a new one-column figure if None.
    """
    own = contrasts[contrasts["measure"] == measure].dropna(subset=["difference"]).head(MOST)
    own = own.rename(columns={"difference": "estimate"})
    names = [f"{arm} {parts.MINUS} {versus}" for arm, versus in zip(own["arm"], own["versus"], strict=True)]
    with theme.applied():
        ax = theme.axes(ax, parts.height(len(own)))
        handles = parts.unimportant(ax, scenario, measure)
        parts.rows(ax, own, names)
        parts.reach(ax, own, scenario, measure)
        ax.set_xlabel(f"Difference in {parts.quantity(scenario, measure)}")
        theme.note(ax, f"Same patients, same random draws.\n{parts.ERROR}")
        theme.heading(ax, "Differences between arms", list(handles))
        return theme.tidy(ax)
