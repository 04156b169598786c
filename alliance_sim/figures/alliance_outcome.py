"""What one study would see: the alliance before dosing against symptom change, patient by patient."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from alliance_sim.figures import theme
from alliance_sim.world.scenario import EARLY_SESSIONS, Scenario

NOTE = (
    "Colour and shape: lead clinician. Line: least squares.\nPart of r is confounding: what patients bring moves both."
)
FEWEST = 3  # patients for a line and a correlation


def alliance_against_change(
    patients: pd.DataFrame, scenario: Scenario, arm: str, ax: Axes | None = None, replicate: int | None = None
) -> Axes:
    """Draw patients' WAI-SR before dosing against their symptom change in one trial, the first unless one is named."""
    own = patients[patients["arm"].astype(str) == arm]
    trial = int(own["replicate"].min()) if replicate is None else replicate
    own = own[own["replicate"] == trial].dropna(subset=["wai_early", "change"])
    dosed = any(step.phase == "dosing" for step in scenario.course())
    scale = scenario.instrument(scenario.primary)
    with theme.axes(ax) as ax:
        for place, (_, group) in enumerate(own.groupby("lead", observed=True)):
            colour, marker, _ = theme.look(place)
            face: Any = {"color": colour, "edgecolors": "white", "linewidths": 0.4}
            ax.scatter(group["wai_early"], group["change"], s=20, marker=marker, **face)
        found = ""
        if len(own) >= FEWEST and own["wai_early"].nunique() > 1:
            slope, level = np.polyfit(own["wai_early"], own["change"], 1)
            ends = np.array([own["wai_early"].min(), own["wai_early"].max()])
            ax.plot(ends, level + slope * ends, color=theme.INK, linewidth=1.1)
            r = float(np.corrcoef(own["wai_early"], own["change"])[0, 1])
            found = f", r = {r:.2f}".replace("-", "\N{MINUS SIGN}")
        when = "before the first dosing session" if dosed else f"by session {EARLY_SESSIONS}"
        ax.set(xlabel=f"WAI-SR {when} (points)", ylabel=f"{scale.name} change (points)")
        ax.set_title(theme.literal(f"One simulated trial, arm {arm}: n = {len(own)}{found}", theme.TITLED))
        return theme.finished(ax, "", NOTE)
