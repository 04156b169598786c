"""How ways of deciding differ from the usual one: a situation a panel, a policy a row."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim.figures import parts, theme
from alliance_sim.figures.theme import Look
from alliance_sim.world.scenario import Scenario

TITLE = "Policies less the usual one, by situation"
NOTE = f"Same patients, same random draws.\n{parts.ERROR}"
LOOKS = {
    "better for patients": theme.look(1),
    "worse": theme.look(0),
    "not clear: 95 % interval holds 0 or is unknown": Look(theme.GREY, theme.MARKERS[2], theme.DASHES[0]),
}
BETTER, WORSE, UNCLEAR = LOOKS.values()
AROUND, PANEL_MORE = 1.25, 0.3  # inches: title, legend, axis and note; what a panel has above its rows


def policy_differences(differences: pd.DataFrame, scenario: Scenario) -> Figure:
    """Make one figure of differences in the primary score, the best policy of each situation first.

    Args:
        differences: A policy in a situation a row: columns situation, name, estimate, mcse, lower, upper; less is
            better.
        scenario: The world of one of the arms, for the units; all are measured on one scale.
    """
    panels = {str(situation): own for situation, own in differences.groupby("situation", sort=False)}
    with theme.applied():
        height = AROUND + sum(PANEL_MORE + parts.ROW_HEIGHT * len(own) for own in panels.values())
        figure = Figure(figsize=(theme.COLUMN, height), layout="constrained")
        ratios = [0.01, *(len(own) for own in panels.values())]
        above, *axes = figure.subplots(len(ratios), 1, height_ratios=ratios)
        above.set(xticks=[], yticks=[], frame_on=False)
        drawn = []
        for ax, (situation, own) in zip(axes, panels.items(), strict=True):
            drawn += _panel(ax, own.sort_values("estimate", kind="stable"))
            ax.set_title(theme.literal(situation, theme.TITLED), fontsize=theme.SMALL)
            parts.reach(ax, differences, scenario, "")
            ax.tick_params(labelbottom=ax is axes[-1])
            theme.tidy(ax)
        label = f"Difference in {parts.quantity(scenario, 'change')}"
        theme.finished(axes[-1], "", NOTE + parts.unknown(differences["mcse"]), xlabel=label)
        handles = [theme.handle(look, said, linestyle="") for said, look in LOOKS.items() if look in drawn]
        theme.heading(above, TITLE, handles)
        return figure


def _panel(ax: Axes, own: pd.DataFrame) -> list[Look]:
    """Draw one situation; returns the looks of its rows."""
    looks = [WORSE if row.lower > 0 else BETTER if row.upper < 0 else UNCLEAR for row in parts.each(own)]
    parts.rows(ax, own, [parts.worded(name) for name in own["name"]], looks)
    return looks
