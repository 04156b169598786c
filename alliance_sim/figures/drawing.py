"""A figure that can be drawn: what it shows in words, and how."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim.figures import shown, theme


class Drawing(NamedTuple):
    """One figure: what it shows, for those who cannot see it, how it is made, and the question it belongs to.

    Where only a part of what the folder holds goes into it, `parts` has which, and the figure says so. `data` gives the
    numbers that it draws, for others to draw anew; of many patients it sums them up, and `summed` says how.
    """

    caption: str
    make: Callable[[Axes | None], Axes | Figure]  # into the axes given; a figure of several panels into its own
    question: str = ""
    parts: tuple[shown.Part, ...] = ()
    data: Callable[[], pd.DataFrame] | None = None
    summed: str = ""

    def into(self, ax: Axes | None) -> Axes | Figure:
        """Draw it into axes, or as a figure of its own."""
        made = self.make(ax)
        lines = shown.say(made if isinstance(made, Axes) else made.axes[-1], *self.parts)
        if ax is None and lines:
            figure = _whole(made)
            figure.set_figheight(figure.get_figheight() + lines * theme.SMALL * theme.LINE / theme.POINTS)
        return made

    def draw(self) -> Figure:
        """Draw it as a figure of its own."""
        return _whole(self.into(None))

    def described(self, figure: Figure) -> str:
        """The caption of the figure that was drawn: what it shows, and which part if it is one."""
        return "; ".join(filter(None, [self.caption, shown.said(figure)]))


def _whole(made: Axes | Figure) -> Figure:
    return theme.figure_of(made) if isinstance(made, Axes) else made
