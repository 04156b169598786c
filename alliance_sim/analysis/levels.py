"""Which values the keys of a design take, and which keys always change together so that no design can part them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import Array

MOST_LEVELS = 12  # different numbers from which on a key is taken to vary continuously
FEWEST = 2  # different numbers from which no line can be told from a step
MOSTLY = 0.8  # share of points with different numbers from which on these fill a space
GROUPS = 2  # halves of equally many points, into which such a key is cut
SAME = 1e-9  # share of variance that one number leaves of another, below which it is rounding
ALIKE = 0.9  # correlation of two keys from which on their effects are hard to tell apart


class Levels(NamedTuple):
    """The values of one key.

    Attributes:
        key: The key.
        values: Its different values: numbers from the lowest, others as the design names them; of a key that varies
            continuously the ends of each group of points, as text.
        codes: For each point the place of its value, shape (points,).
        continuous: Whether it varies continuously.
    """

    key: str
    values: list[Any]
    codes: Array
    continuous: bool = False


def levels(key: str, column: pd.Series, beside: bool = False) -> Levels:
    """The levels of a key: each value one, but of numbers that vary continuously groups of points.

    Args:
        key: The key.
        column: Its value at each point.
        beside: Other keys vary too and fill a space: numbers that hardly ever come twice vary continuously, few as they
            are. Else more than `MOST_LEVELS` different numbers do.
    """
    several = column.nunique()
    if numeric(column) and (several > MOST_LEVELS or (beside and several > FEWEST and several > MOSTLY * len(column))):
        groups = max(2, min(GROUPS, len(column) // 2))
        order = column.rank(method="first").to_numpy() - 1
        codes = (order * groups // len(column)).astype(np.int64)
        ends = [column[codes == group] for group in range(groups)]
        return Levels(key, [_range(own.min(), own.max()) for own in ends], codes, continuous=True)
    codes, values = pd.factorize(column, sort=pd.api.types.is_numeric_dtype(column), use_na_sentinel=False)
    return Levels(key, list(values), codes.astype(np.int64))


def _range(low: float, high: float) -> str:
    """The ends of a group of numbers; of one number that."""
    one, two = f"{low:.3g}", f"{high:.3g}"
    return one if one == two else f"({one} to {two})"


def bound(correlation: float) -> bool:
    """True if numbers of this correlation give one another, so that no design of them can tell their effects apart."""
    return bool(1.0 - correlation**2 < SAME)


def numeric(column: pd.Series) -> bool:
    """True if a key is a number."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def varied(design: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """The keys that take more than one value."""
    return [key for key in keys if design[key].nunique(dropna=False) > 1]


def determined(by: Array, own: Array) -> bool:
    """True if a point's code in `by` says which code it has in `own`."""
    pairs = np.unique(np.stack([by, own]), axis=1)
    return bool(pairs.shape[1] == len(np.unique(by)))


def together(design: pd.DataFrame, keys: Sequence[str]) -> list[list[str]]:
    """Groups of keys of which each value of one goes with one value of every other: no effect can be told apart.

    Numbers that differ at every point are left to `correlated`: those of a Latin hypercube do, and can be told apart.
    """
    groups: dict[tuple[int, ...], list[str]] = {}
    for key in varied(design, keys):
        codes = pd.factorize(design[key], use_na_sentinel=False)[0]  # alike for such keys: in the order of appearance
        groups.setdefault(tuple(codes), []).append(key)
    apart = tuple(range(len(design)))
    if len(design) > FEWEST and all(numeric(design[key]) for key in groups.get(apart, [])):
        groups.pop(apart, None)
    return [own for own in groups.values() if len(own) > 1]


def correlated(design: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, str, float]]:
    """Pairs of numbers whose effects a design can hardly tell apart, with their correlation, beyond `ALIKE`.

    Keys that are `together` are left out.
    """
    alike = [set(own) for own in together(design, keys)]
    own = [key for key in varied(design, keys) if numeric(design[key])]
    if len(own) < 2:
        return []
    sizes = np.corrcoef(design[own].to_numpy(dtype=float), rowvar=False)
    return [
        (own[one], own[two], float(sizes[one, two]))
        for one, two in zip(*np.triu_indices(len(own), 1), strict=True)
        if abs(sizes[one, two]) > ALIKE and not any({own[one], own[two]} <= group for group in alike)
    ]


def text(value: Any) -> str:
    """A level as it is read: numbers short, words and lists as the design has them."""
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
