"""Classes of settings: every value is checked, an unknown argument is refused by name, every error is one sentence."""

import dataclasses
import functools
from enum import Enum
from math import isnan
from typing import Annotated, Any, NamedTuple, cast, dataclass_transform, get_args, get_origin

from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass

from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import Declared, Quantity, hints, nearest, quantity

OUTSIDE = ("greater_than_equal", "less_than_equal")  # what pydantic calls a number out of range
UNKNOWN = "unexpected_keyword_argument"  # an argument that the class does not have
MISSING = "missing"  # and, at the beginning, one without a default


@dataclass_transform(field_specifiers=(dataclasses.field,))
def configurable[T](owner: type[T]) -> type[T]:
    """Make a class of settings, whose declared parameters carry their `Quantity`.

    Its objects are dataclasses whose values are checked when they are made; making one raises a `ScenarioError`, also
    where the class's own `__post_init__` refuses a contradiction.
    """
    for name, declared in list(vars(owner).items()):
        if isinstance(declared, Declared):
            owner.__annotations__[name] = Annotated[owner.__annotations__[name], declared.about]
            setattr(owner, name, declared.default)
    made: Any = dataclass(config=ConfigDict(extra="forbid"))(owner)
    validated = made.__init__

    @functools.wraps(validated)
    def checked(self: T, *values: Any, **named: Any) -> None:
        try:
            validated(self, *values, **named)
        except ValidationError as error:
            raise ScenarioError(explained(error, type(self))) from error

    made.__init__ = checked
    return cast("type[T]", made)


def unknown(key: str, known: list[str]) -> str:
    """Say that a key is unknown and which known ones look like it."""
    near = nearest(key, known)
    hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all keys."
    return f"there is no key {key!r}; {hint}"


def explained(error: ValidationError, owner: type, prefix: str = "", given: Any = None) -> str:
    """Turn a validation error of pydantic into one sentence.

    Args:
        error: What was raised.
        owner: The class that was to be made.
        prefix: Dotted key of that object, with a dot at its end.
        given: The values it was to be made of: they tell which of several like-named keys is meant.
    """
    problems = error.errors()
    problem = next((one for one in problems if one["type"] == UNKNOWN), problems[0])
    if isinstance(problem.get("ctx", {}).get("error"), ScenarioError):
        return str(problem["ctx"]["error"])
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == UNKNOWN:
        group = path.rpartition(".")[0]
        fields = dataclasses.fields(hint(owner, group) if group else owner)
        return unknown(path, [f"{group}.{field.name}".lstrip(".") for field in fields])
    if problem["type"].startswith(MISSING):
        return f"{prefix}{path} is missing; {owner.__name__} needs it."
    rows = [row for row in numbers(owner) if row.key == path or row.key.endswith(f".{path}")]
    if given is not None:
        rows = [row for row in rows if _same(_at(given, row.key), problem["input"])] or rows
    about = rows[0] if len({_range(row) for row in rows}) == 1 else None
    key = about.key if about is not None and (len(rows) == 1 or given is not None) else path
    said = f"{prefix}{key}={problem['input']}"
    if about is None:
        kind = hint(owner, path)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return no_member(said, kind)
        return f"{said}: {problem['msg']}."
    if problem["type"] not in OUTSIDE:
        return no_number(said, about)
    return f"{said} is outside {_range(about)}; type a value in that range."


def hint(owner: Any, key: str) -> Any:
    """Type of the field at a dotted key; None where there is none."""
    for word in key.split("."):
        if not dataclasses.is_dataclass(owner) or word not in hints(owner):  # type: ignore[arg-type]
            return None
        owner = hints(owner)[word]  # type: ignore[arg-type]
        owner = get_args(owner)[0] if get_origin(owner) is Annotated else owner
    return owner


class Number(NamedTuple):
    """A number among the settings of a class: its dotted key, its type and what is declared of it."""

    key: str
    kind: type
    about: Quantity


def numbers(owner: Any, prefix: str = "") -> list[Number]:
    """List every declared number of a class of settings and of the classes of its fields."""
    found: list[Number] = []
    for name, full in hints(owner).items():
        about, kind = quantity(full), hint(owner, name)
        if about is not None:
            found.append(Number(f"{prefix}{name}", kind, about))
        elif dataclasses.is_dataclass(kind):
            found += numbers(kind, f"{prefix}{name}.")
    return found


def no_member(given: str, kind: type[Enum]) -> str:
    """Say that a value is none of its choices."""
    return f"{given} is not among its choices; choose one of: {', '.join(choice.name for choice in kind)}."


def no_number(given: str, row: Number) -> str:
    """Say that a value is no number of the kind that a key takes."""
    kind = "a whole number" if row.kind is int else "a number"
    return f"{given} is not {kind}; type one in {_range(row)}."


def _range(row: Number) -> str:
    unit = "" if row.about.unit == "1" else f" {row.about.unit}"
    lower, upper = (str(int(end)) if end == int(end) else f"{end:g}" for end in (row.about.lower, row.about.upper))
    return f"[{lower}, {upper}]{unit}"


def _at(values: Any, key: str) -> Any:
    """Value at a dotted key of nested mappings; None where there is none."""
    for word in key.split("."):
        try:
            values = values[word]
        except (AttributeError, LookupError, TypeError, ValueError):
            return None
    return values


def _same(held: Any, given: Any) -> bool:
    """True for equal values, also where one is still the text that was typed; not a number equals itself."""
    try:
        return held is not None and (float(held) == float(given) or (isnan(float(held)) and isnan(float(given))))
    except (TypeError, ValueError):
        return bool(held == given)
