"""What a parameter carries (unit, symbol, range, prior, source) and the tables read from it."""

import dataclasses
import difflib
import functools
import math
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from annotated_types import Ge, GroupedMetadata, Le

CALIBRATED = "calibrated"
ASSUMPTION = "assumption"


@dataclasses.dataclass(frozen=True)
class Quantity(GroupedMetadata):
    """Annotation of one parameter: pydantic reads the bounds, people read the rest.

    Attributes:
        symbol: Symbol used in the model description.
        unit: Unit in words; "1" for a pure number.
        lower: Smallest allowed value, inclusive.
        upper: Largest allowed value, inclusive.
        source: Evidence key, DOI, `calibrated` or `assumption` (then how it was chosen).
        meaning: One plain sentence.
        prior: `uniform` over the range, or `normal(mean, sd)` cut to the range.
    """

    symbol: str
    unit: str
    lower: float
    upper: float
    source: str
    meaning: str
    prior: str = "uniform"

    def __iter__(self) -> Iterator[object]:
        """Yield the bounds in the form pydantic understands."""
        yield Ge(self.lower)
        yield Le(self.upper)


class Declared(NamedTuple):
    """A parameter as its class declares it: the one home of its default, and what it is."""

    default: Any
    about: Quantity


def parameter(
    default: float,
    symbol: str,
    unit: str,
    lower: float,
    upper: float,
    source: str,
    meaning: str,
    prior: str = "uniform",
) -> Any:
    """Declare one parameter of a class of settings (`configurable`): its default, then what `Quantity` holds."""
    return Declared(default, Quantity(symbol, unit, lower, upper, source, meaning, prior))


class Parameter(NamedTuple):
    """One row of the parameter table: a dotted key, its default and what its annotation carries."""

    key: str
    default: Any
    symbol: str
    unit: str
    lower: float
    upper: float
    prior: str
    source: str
    meaning: str


@functools.cache
def hints(owner: Any) -> dict[str, Any]:
    """Return the resolved type hints of a parameter class, annotations kept."""
    return get_type_hints(owner, include_extras=True)


def quantity(hint: Any) -> Quantity | None:
    """Return the `Quantity` inside a type hint, or None."""
    if get_origin(hint) is not Annotated:
        return None
    return next((extra for extra in get_args(hint) if isinstance(extra, Quantity)), None)


def parameters(root: Any, prefix: str = "") -> list[Parameter]:
    """List every annotated number below a parameter object, depth first, in source order.

    An object with a `source` text of its own (an instrument, a drug) lends it to fields that
    name none.
    """
    rows: list[Parameter] = []
    owner: Any = type(root)
    known = hints(owner)
    for field in dataclasses.fields(root):
        value = getattr(root, field.name)
        key = f"{prefix}{field.name}"
        about = quantity(known[field.name])
        if about is not None:
            source = about.source or str(getattr(root, "source", ""))
            rows.append(
                Parameter(
                    key,
                    value,
                    about.symbol,
                    about.unit,
                    about.lower,
                    about.upper,
                    about.prior,
                    source,
                    about.meaning,
                )
            )
        elif dataclasses.is_dataclass(value):
            rows.extend(parameters(value, f"{key}."))
    return rows


@functools.cache
def record_type(owner: Any) -> Any:
    """Make the named tuple with the numeric fields of a parameter class: what laws receive as `p`.

    Laws read `p.name`; a named tuple serves floats, arrays and compiled code alike.
    """
    names = [name for name, hint in hints(owner).items() if quantity(hint) is not None]
    return NamedTuple(f"{owner.__name__}Record", [(name, Any) for name in names])


def record(group: Any) -> Any:
    """Turn a parameter object into its named tuple of floats."""
    owner: Any = type(group)
    kind = record_type(owner)
    return kind(*(float(getattr(group, name)) for name in kind._fields))


def plain(value: Any) -> Any:
    """Turn a configuration object into plain dictionaries, lists, numbers and words."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def known_keys(root: Any, prefix: str = "") -> list[str]:
    """List every dotted key of a configuration object, groups included."""
    keys: list[str] = []
    for field in dataclasses.fields(root):
        value = getattr(root, field.name)
        keys.append(f"{prefix}{field.name}")
        if dataclasses.is_dataclass(value):
            keys.extend(known_keys(value, f"{prefix}{field.name}."))
    return keys


def nearest(key: str, keys: list[str], count: int = 3) -> list[str]:
    """Name the known keys that look most like a mistyped one; the last word counts most."""
    last = key.rsplit(".", 1)[-1]
    by_path = difflib.get_close_matches(key, keys, n=count, cutoff=0.6)
    by_word = [known for known in keys if difflib.get_close_matches(last, [known.rsplit(".", 1)[-1]], cutoff=0.75)]
    return list(dict.fromkeys([*by_path, *by_word]))[:count]


def table(rows: list[Parameter], pattern: str = "") -> str:
    """Print-ready parameter table, one parameter a row, sorted as in the source.

    Args:
        rows: From `parameters`.
        pattern: Keep rows whose key, meaning or source contains this text (case does not matter).
    """
    wanted = [row for row in rows if pattern.lower() in f"{row.key} {row.meaning} {row.source}".lower()]
    if not wanted:
        return ""
    cells = [("parameter", "symbol", "default", "unit", "range", "prior", "source", "meaning")]
    cells += [
        (
            row.key,
            row.symbol,
            _number(row.default),
            row.unit,
            f"{_number(row.lower)} … {_number(row.upper)}",
            row.prior,
            row.source,
            row.meaning,
        )
        for row in wanted
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(7)]
    lines = [
        "  ".join([*(word.ljust(width) for word, width in zip(line, widths, strict=False)), line[7]]) for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, int | float) and math.isfinite(value) else str(value)
