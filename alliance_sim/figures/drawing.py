"""A figure that can be drawn: what it shows in words, and how."""

from collections.abc import Callable
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim.figures import theme


class Drawing(NamedTuple):
    """One figure: what it shows, for those who cannot see it, how it is made, and the question it belongs to."""

    caption: str
    make: Callable[[Axes | None], Axes | Figure]  # into the axes given; a figure of several panels into its own
    question: str = ""

    def draw(self) -> Figure:
        """Draw it as a figure of its own."""
        made = self.make(None)
        return theme.figure_of(made) if isinstance(made, Axes) else made
