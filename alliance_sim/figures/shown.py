"""What a figure draws of what there is, and the one line in it that says so where that is a part."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from alliance_sim.figures import theme

if TYPE_CHECKING:
    from alliance_sim.analysis.opened import Opened

LABEL = "drawn"  # of the line among a figure's texts


class Part(NamedTuple):
    """So many of what there is."""

    which: str  # such as first
    drawn: int
    there: int
    of: str  # what they are, in the plural

    def __str__(self) -> str:
        """In words; empty where all are drawn."""
        if self.drawn >= self.there:
            return ""
        count = f" {self.drawn:,}" if self.drawn > 1 else ""
        return f"the {self.which}{count} of {self.there:,} {self.of}"


def head[Rows: (pd.DataFrame, pd.Index)](rows: Rows, most: int, which: str, of: str) -> tuple[Rows, Part]:
    """Take the rows that are drawn, at most so many from the first on, and say which part of all they are."""
    return rows[:most], Part(which, min(most, len(rows)), len(rows), of)


def replicates(opened: "Opened", kind: str, arms: Sequence[str] = (), whole: bool = False, one: bool = False) -> Part:
    """Which part of the replicates in a folder `Opened.drawn` holds.

    Args:
        opened: The folder.
        kind: `patients` or `sessions`.
        arms: Only replicates of these arms; of any unless given.
        whole: Only replicates that have all these arms.
        one: Only the first of them is drawn.
    """
    drawn = opened.drawn[("patients", "sessions").index(kind)]
    count, there = (_count(rows, arms, whole) for rows in (drawn, opened.trials_with(kind)))
    return Part("first", min(count, 1) if one else count, there, "replicates")


def _count(rows: pd.DataFrame, arms: Sequence[str], whole: bool) -> int:
    if rows.empty:
        return 0
    own = rows[rows["arm"].astype(str).isin(list(arms))] if arms else rows
    return int((own.groupby("replicate")["arm"].nunique() >= (len(arms) if whole else 1)).sum())


def say(ax: Axes, *parts: Part) -> int:
    """Write below the axes and their note which part is drawn, where it is one; returns the lines that this takes."""
    text = _sentence(map(str, parts))
    if not text:
        return 0
    with theme.applied():
        return 1 + theme.below(ax, text, LABEL).get_text().count("\n")


def said(figure: Figure) -> str:
    """What a figure says of the part it draws; empty where it draws everything."""
    lines = [text.get_text() for text in figure.findobj(Text) if text.get_label() == LABEL]
    return " ".join("\n".join(dict.fromkeys(lines)).split())


def _sentence(parts: Iterable[str]) -> str:
    known = [part for part in parts if part]
    return f"drawn: {', '.join(known)}" if known else ""
