"""How far two arms' outcomes lie apart, from the patients who did best to those who did worst."""

import pandas as pd
from matplotlib.axes import Axes

from alliance_sim.analysis.running import HEADLINE
from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

PERCENT = 100.0


def quantile_differences(
    quantiles: pd.DataFrame, scenario: Scenario, arm: str, versus: str, ax: Axes | None = None
) -> Axes:
    """Draw the difference of an arm and its comparator in `analysis.distributions.quantiles` of change."""
    own = quantiles[(quantiles["arm"] == arm) & (quantiles["versus"] == versus)]
    names = [f"{PERCENT * level:g} %" for level in own["level"]]
    label = f"Difference in {parts.quantity(scenario, HEADLINE)}"
    texts = (f"Quantiles of change: {arm} against {versus}", label, parts.ERROR)
    ax = parts.forest(ax, own, names, texts, (scenario, HEADLINE))
    with theme.applied():
        ax.set_ylabel("Patients with this change\nor a greater fall")
    return ax
