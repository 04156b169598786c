"""How nested records of numbers are walked: their fields by name, and the same numbers as one flat row."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@functools.cache
def blank(kind: Any) -> Any:
    """Make a (nested) named tuple of zeros from its type, for its shape."""
    hints = getattr(kind, "__annotations__", {})
    return kind(*(blank(hints[name]) if hasattr(hints.get(name), "_fields") else 0.0 for name in kind._fields))


def size(kind: Any) -> int:
    """How many numbers a (nested) named tuple type holds."""
    return len(leaves(blank(kind)))


def leaves(record: Any) -> list[Any]:
    """The numbers of a (nested) named tuple, depth first."""
    return [leaf for value in record for leaf in (leaves(value) if isinstance(value, tuple) else (value,))]


def flat(record: Any) -> Array:
    """The numbers of a (nested) named tuple of floats as one row, in the order of `leaves`."""
    return np.array(leaves(record), dtype=np.float64)


def mapped(function: Callable[[Any], Any], record: Any) -> Any:
    """Apply a function to every number of a (nested) named tuple; returns a record of the same kind."""
    return type(record)(*(mapped(function, one) if isinstance(one, tuple) else function(one) for one in record))


def filled(kind: Any, numbers: Iterable[Any]) -> Any:
    """Make a (nested) named tuple from its type and its numbers, in the order of `leaves`."""
    coming = iter(numbers)
    return mapped(lambda _: next(coming), blank(kind))


def paths(kind: Any) -> list[str]:
    """Dotted names of the numbers of a (nested) named tuple type, in the order of `leaves`."""
    return paths_of(blank(kind))


def paths_of(record: Any) -> list[str]:
    """Dotted names of the numbers of a (nested) named tuple, in the order of `leaves`."""
    return list(_paths(record, ""))


def _paths(pattern: Any, prefix: str) -> Iterator[str]:
    for name, value in zip(pattern._fields, pattern, strict=True):
        if isinstance(value, tuple):
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def names(kind: Any) -> list[str]:
    """Names of the numbers of a (nested) named tuple type without those of the records they lie in."""
    return [path.rpartition(".")[2] for path in paths(kind)]
