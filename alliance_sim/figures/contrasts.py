"""How arms differ from their comparators, pair by pair."""

import pandas as pd
from matplotlib.axes import Axes

from alliance_sim.figures import parts, shown
from alliance_sim.world.scenario import Scenario

MOST = 15  # pairs in one figure


def arm_contrasts(contrasts: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None) -> Axes:
    """Draw `analysis.estimates.contrasts`, one pair a row, all on the primary scale of the base arm's world."""
    whole = contrasts[contrasts["measure"] == measure].dropna(subset=["difference"])
    own, part = shown.head(whole.rename(columns={"difference": "estimate"}), MOST, "first", "pairs of arms")
    names = [f"{arm} {parts.MINUS} {versus}" for arm, versus in zip(own["arm"], own["versus"], strict=True)]
    label = f"Difference in {parts.quantity(scenario, measure)}"
    paired, same = (own.get(name, pd.Series(dtype=bool)).all() for name in ("paired", "same_patients"))
    said = "Same random draws, not the same patients in all." if paired else "Unpaired where conditions differ."
    said = "Same patients, same random draws." if paired and same else said
    texts = ("Differences between arms", label, f"{said}\n{parts.ERROR}")
    ax = parts.forest(ax, own, names, texts, (scenario, measure))
    shown.say(ax, part)
    return ax
