"""Which assumption moves the headline most? One bar an assumption, the longest on top."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from alliance_sim.figures import parts, shown, theme

Z95 = 1.96
BAR = 0.62
WIDTH, ROW = 5.6, 0.17  # inches
SHOWN = 24  # bars


def tornado(effects: pd.DataFrame, title: str, unit: str, ax: Axes | None = None) -> Axes:
    """Draw how far a result moves when one number at a time goes to a low and to a high value.

    Args:
        effects: Columns key, low, high (values of the number), at_low, at_high (the result there), mcse of each
            difference from the base (low_mcse, high_mcse), base (the result at the defaults). Longest first.
        title: What the result is.
        unit: Its unit.
        ax: Where to draw; a new figure if None.
    """
    rows, part = shown.head(effects.reset_index(drop=True), SHOWN, "longest", "bars")
    with theme.axes(ax, ROW * len(rows) + 1.2, WIDTH) as ax:
        base = float(rows["base"].iloc[0])
        for place, row in enumerate(rows.to_dict("records")):
            for side, name in enumerate(("low", "high")):
                look = theme.look(side)
                ax.barh(place, row[f"at_{name}"] - base, left=base, height=BAR, color=look.colour, alpha=0.75)
                ax.errorbar(row[f"at_{name}"], place, xerr=Z95 * row[f"{name}_mcse"], color=theme.INK, elinewidth=0.7)
        ax.axvline(base, color=theme.INK, linewidth=0.8)
        labels = [f"{parts.worded(row['key'])}  [{row['low']:.3g}, {row['high']:.3g}]" for _, row in rows.iterrows()]
        ax.set_yticks(range(len(rows)), labels, fontsize=6)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        handles = [
            Line2D([], [], color=theme.look(side).colour, linewidth=5, alpha=0.75, label=f"{name} value")
            for side, name in enumerate(("low", "high"))
        ]
        said = "Line: at the defaults. Whiskers: ± 1.96 Monte Carlo errors."
        theme.finished(ax, title, said, handles, xlabel=unit)
        shown.say(ax, part)
        return ax
