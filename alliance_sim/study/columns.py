"""Points as columns: one array a key, whatever the key takes; a point of its own only for who asks for one."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
SHOWN_VALUES = 4
Label = int | str  # what rows of results carry: a point's number, or its name where it is an arm


class Point(NamedTuple):
    """One point of a design: the keys it sets in the base world, and its part in the design."""

    number: int
    values: dict[str, Any]
    roles: dict[str, Any] = {}  # noqa: RUF012  (never changed)
    name: str = ""  # of an arm

    @property
    def label(self) -> Label:
        """What rows of results carry."""
        return self.name or self.number


def reported(values: dict[str, Any]) -> str:
    """Write what a point sets, the first few keys of many."""
    shown = [f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items()]
    return ", ".join([*shown[:SHOWN_VALUES], *(["…"] if len(shown) > SHOWN_VALUES else [])])


@dataclass(frozen=True, eq=False)
class Column:
    """The cells of one column, one a point: numbers as an array, anything else as few values and which of them.

    Attributes:
        values: Numbers, float64 or int64, one a point; where there are codes, any values.
        codes: For each point the place of its cell in `values`.
    """

    values: Array | list[Any]
    codes: Array | None = None

    @classmethod
    def of(cls, cells: Sequence[Any]) -> "Column":
        """Take cells as they are; each comes out with the type it has."""
        kinds = set(map(type, cells))
        if kinds in ({float}, {int}):
            try:
                return cls(np.array(cells, dtype=np.float64 if float in kinds else np.int64))
            except OverflowError:
                pass
        places: dict[Any, int] = {}
        codes = [
            places.setdefault((type(cell), cell if type(cell) is str else repr(cell)), len(places)) for cell in cells
        ]
        values: list[Any] = [None] * len(places)
        for code, cell in zip(codes, cells, strict=True):
            values[code] = cell
        return cls(values, small(np.array(codes, dtype=np.int64)))

    def __len__(self) -> int:
        """How many points."""
        return len(self.values if self.codes is None else self.codes)

    def __getitem__(self, place: int) -> Any:
        """One point's cell."""
        if self.codes is None:
            return self.values[place].item()
        return self.values[self.codes[place]]

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def take(self, places: Array) -> "Column":
        """The cells of some points; values that none of them has are left out."""
        if isinstance(self.values, np.ndarray) or self.codes is None:
            return Column(np.asarray(self.values)[places])
        used, codes = np.unique(self.codes[places], return_inverse=True)
        return Column([self.values[code] for code in used], small(codes))

    def tiled(self, times: int) -> "Column":
        """All points so many times, one whole after the other."""
        if self.codes is None:
            return Column(np.tile(self.values, times))
        return Column(self.values, np.tile(self.codes, times))

    def different(self) -> tuple[list[Any], Array]:
        """The different cells, in any order, and for each point which of them it has."""
        if isinstance(self.values, np.ndarray):
            codes, bits = pd.factorize(self.values.view(np.int64))  # by bits: -0.0 is not 0.0
            return bits.view(self.values.dtype).tolist(), codes
        assert self.codes is not None
        used, codes = np.unique(self.codes, return_inverse=True)
        return [self.values[code] for code in used], codes

    def array(self) -> Array:
        """Numbers as an array."""
        values = np.asarray(self.values)
        return values if self.codes is None else values[self.codes]

    def holds(self, kind: type) -> bool:
        """True if any cell is of that type."""
        return not isinstance(self.values, np.ndarray) and any(isinstance(value, kind) for value in self.values)

    def where(self, test: Callable[[Any], bool]) -> Array:
        """Which points' cells pass a test, true or false."""
        values, codes = self.different()
        return np.array([test(value) for value in values], dtype=bool)[codes]

    def mapped(self, function: Callable[[Any], Any]) -> "Column":
        """The same points with other cells; each different cell is asked for once."""
        values, codes = self.different()
        return Column([function(value) for value in values], small(codes))

    def frame(self, plain: bool = True) -> Any:
        """The column as a frame holds it: numbers and words as they are, anything else, unless it is plain, as JSON."""
        if isinstance(self.values, np.ndarray):
            return self.values
        values, codes = self.different()
        if not plain and not all(isinstance(value, int | float | str) for value in values):
            values = [json.dumps(value) for value in values]
        return pd.Series(values).take(codes).array


def small(codes: Array) -> Array:
    """Whole numbers from 0 in as few bytes as hold them."""
    return codes.astype(np.min_scalar_type(int(codes.max()))) if codes.size else codes.astype(np.uint8)


def combined(codes: Iterable[Array], count: int) -> tuple[Array, Array]:
    """Number the combinations that points have, in the order in which they first come.

    Args:
        codes: For each key which of its values each point has.
        count: How many points.

    Returns:
        Each point's combination, and the first point (place) of each.
    """
    whole = np.zeros(count, dtype=np.int64)
    for own in codes:
        whole = pd.factorize(whole * (int(own.max(initial=0)) + 1) + own)[0].astype(np.int64)
    first = np.zeros(int(whole.max(initial=-1)) + 1, dtype=np.int64)
    first[whole[::-1]] = np.arange(count)[::-1]
    return whole, first


class Points(Sequence[Point]):
    """Points of a design as columns; all set the same keys."""

    def __init__(self, numbers: Array, values: Mapping[str, Column], roles: Mapping[str, Column] | None = None) -> None:
        """Take columns.

        Args:
            numbers: Of the points, each once.
            values: What they set, by dotted key.
            roles: Their parts in the design.
        """
        self.numbers, self.values, self.roles = numbers, dict(values), dict(roles or {})

    def __len__(self) -> int:
        """How many points."""
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Point: ...

    @overload
    def __getitem__(self, place: slice) -> "Points": ...

    def __getitem__(self, place: int | slice) -> "Point | Points":
        """One point, or some of them."""
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[place])
        return Point(
            int(self.numbers[place]),
            {key: column[place] for key, column in self.values.items()},
            {name: column[place] for name, column in self.roles.items()},
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def take(self, places: Array) -> "Points":
        """Some of the points."""
        values, roles = (
            {name: column.take(places) for name, column in columns.items()} for columns in (self.values, self.roles)
        )
        return Points(self.numbers[places], values, roles)

    def frame(self) -> pd.DataFrame:
        """One row a point: its number, its part in the design and its values."""
        return pd.DataFrame(
            {
                "point": self.numbers.astype(np.int32),
                **{name: column.frame() for name, column in self.roles.items()},
                **{key: column.frame(plain=False) for key, column in self.values.items()},
            }
        )
