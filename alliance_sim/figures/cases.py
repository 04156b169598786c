"""How skill and outcome move over clinicians' cases: a measure a panel, an arm a line."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

PANELS = {"skill": "Skill met (0-1)", "wai_final": "Alliance at the end\n(WAI-SR points)"}
TITLE = "Patients in the order of their clinician's cases"
NOTE = (
    "Same patients, same random draws in every arm.\n"
    "Line: mean of the patients who are such a case;\nbars: 95 % interval."
)
HEIGHT = 5.6  # inches
SHIFT = 0.06  # cases, by which arms stand beside one another
LABELS = 12  # numbers of cases below an axis, at most


def cases_figure(found: pd.DataFrame, scenario: Scenario, arms: Sequence[str]) -> Figure:
    """Make one figure of skill, alliance and the primary score by order of case.

    Args:
        found: Rows of `analysis.cases.by_case` with their arm.
        scenario: The world of one of the arms, for the units; all are measured on one scale.
        arms: The arms to draw.
    """
    panels = PANELS | {"change": parts.quantity(scenario, "change").replace(" (", "\n(")}
    with theme.applied():
        figure = Figure(figsize=(theme.COLUMN, HEIGHT), layout="constrained")
        axes = figure.subplots(len(panels), 1, sharex=True)
        for ax, (measure, label) in zip(axes, panels.items(), strict=True):
            handles = _lines(ax, found[found["measure"] == measure], arms)
            ax.set_ylabel(label)
            if ax is axes[0]:
                theme.heading(ax, TITLE, handles)
            theme.tidy(ax)
        last = int(found["case"].max())
        axes[-1].set_xticks(np.arange(1, last + 1, max(1, -(-last // LABELS))))
        axes[-1].set_xlabel("Case of the clinician")
        theme.note(axes[-1], NOTE + ("\nno bar: the error is not known" if found["mcse"].isna().any() else ""))
        theme.grow(figure, HEIGHT / 2)
        return figure


def _lines(ax: Axes, found: pd.DataFrame, arms: Sequence[str]) -> list[Line2D]:
    handles = []
    for place, arm in enumerate(arms):
        own, look = found[found["arm"].astype(str) == arm], theme.look(place)
        at = own["case"] + SHIFT * (place - (len(arms) - 1) / 2)
        wide = (own["upper"] - own["estimate"]).fillna(0.0)
        ax.errorbar(at, own["estimate"], yerr=wide, **look.line, markersize=3.5, elinewidth=0.8)
        handles.append(theme.handle(look, arm, 3.5, linestyle=look.dashes))
    return handles
