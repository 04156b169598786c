"""How much of an effect is belief about the arm: the same pairs as run, under perfect blinding and open."""

import pandas as pd
from matplotlib.axes import Axes

from alliance_sim.figures import parts, theme
from alliance_sim.world.scenario import Scenario

MOST = 12  # pairs in one figure
APART = 0.25  # of a row, between the kinds of blinding
ROW_HEIGHT = 0.4  # inches, one pair
LOOKS = {"perfect": 1, "as run": 0, "open": 2}  # kinds of blinding as they are drawn
ADDED = "as run less perfect"
NOTE = (
    "Same patients, same random draws.\nBars: 95 % interval. Beside each pair:\n"
    "as run less perfect (Monte Carlo\nstandard error)."
)


def effects_by_blinding(
    effects: pd.DataFrame, scenario: Scenario, measure: str = "change", ax: Axes | None = None
) -> Axes:
    """Draw the effects of `analysis.blinding.effects`, a pair a row, and beside it what belief adds as run."""
    own = effects[effects["measure"] == measure]
    own = own.assign(pair=own["arm"].astype(str) + f"\n{parts.MINUS} " + own["versus"].astype(str))
    names = list(dict.fromkeys(own["pair"]))[:MOST]
    own = own[own["pair"].isin(names)]
    drawn, added = own[own["blinding"].isin(LOOKS)], own[own["blinding"] == ADDED]
    with theme.axes(ax, parts.FRAME + ROW_HEIGHT * len(names) + 0.25) as ax:
        shaded = [patch.get_label() for patch in parts.unimportant(ax, scenario, measure)]
        ax.axvline(0, color=theme.GREY, linewidth=0.6, zorder=0.5)
        frames = {
            kind: (drawn[drawn["blinding"] == kind].set_index("pair"), theme.look(place))
            for kind, place in LOOKS.items()
        }
        handles = parts.beside_one_another(ax, frames, names, APART, linestyle="")
        parts.named(ax, names)
        parts.all_beside(ax, added)
        parts.reach(ax, drawn, scenario, measure)
        grey = "".join(f"\nGrey: {label}." for label in shaded)
        said = NOTE + grey + parts.unknown([*drawn["mcse"], *added["mcse"]])
        label = f"Difference in {parts.quantity(scenario, measure)}"
        return theme.finished(ax, "What belief about the arm adds", said, handles, xlabel=label)
