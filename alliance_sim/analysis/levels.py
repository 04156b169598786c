"""Which values the keys of a design take, and which keys always change together so that no design can part them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import Array

MOST_LEVELS = 12  # different numbers from which on a key is taken to vary continuously
GROUPS = 4  # of equally many points, into which such a key is cut
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


def levels(key: str, column: pd.Series) -> Levels:
    """The levels of a key: each value one, but of more than `MOST_LEVELS` different numbers groups of them."""
    numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numbers and column.nunique() > MOST_LEVELS:
        order = column.rank(method="first").to_numpy() - 1
        codes = (order * GROUPS // len(column)).astype(np.int64)
        ends = [column[codes == group] for group in range(GROUPS)]
        return Levels(key, [f"{own.min():.3g} … {own.max():.3g}" for own in ends], codes, continuous=True)
    codes, values = pd.factorize(column, sort=pd.api.types.is_numeric_dtype(column), use_na_sentinel=False)
    return Levels(key, list(values), codes.astype(np.int64))


def varied(design: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    """The keys that take more than one value."""
    return [key for key in keys if design[key].nunique(dropna=False) > 1]


def determined(by: Array, own: Array) -> bool:
    """True if a point's code in `by` says which code it has in `own`."""
    pairs = np.unique(np.stack([by, own]), axis=1)
    return bool(pairs.shape[1] == len(np.unique(by)))


def confounded(design: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, str, float]]:
    """Pairs of keys whose effects a design cannot tell apart, or hardly.

    Returns:
        (key, other key, correlation): 1 where each value of one goes with one value of the other; else the correlation
        of two numbers, where it is beyond `ALIKE`.
    """
    own = varied(design, keys)
    codes = {key: pd.factorize(design[key], use_na_sentinel=False)[0] for key in own}
    found = []
    for place, one in enumerate(own):
        for two in own[place + 1 :]:
            if determined(codes[one], codes[two]) and determined(codes[two], codes[one]):
                found.append((one, two, 1.0))
            elif all(pd.api.types.is_numeric_dtype(design[key]) for key in (one, two)):
                size = abs(float(np.corrcoef(design[one].astype(float), design[two].astype(float))[0, 1]))
                found += [(one, two, size)] if size > ALIKE else []
    return found


def text(value: Any) -> str:
    """A level as it is read: numbers short, words and lists as the design has them."""
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)
