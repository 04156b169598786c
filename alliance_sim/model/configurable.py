"""Classes of settings: every value is checked, an unknown argument is refused by name, every error is one sentence."""

import dataclasses
import functools
import types
from enum import Enum
from typing import Annotated, Any, cast, dataclass_transform, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
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


def explained(error: ValidationError, owner: type, prefix: str = "") -> str:
    """Turn a validation error of pydantic into one sentence.

    Args:
        error: What was raised.
        owner: The class that was to be made.
        prefix: Dotted key of that object, with a dot at its end.
    """
    problems = error.errors()
    problem = next((one for one in problems if one["type"] == UNKNOWN), problems[0])
    if isinstance(problem.get("ctx", {}).get("error"), ScenarioError):
        return str(problem["ctx"]["error"])
    *path, last = map(str, problem["loc"])
    group = "".join(f"{word}." for word in path)
    if problem["type"] == UNKNOWN:
        inside = bare(hint(owner, group[:-1]))
        fields = [field.name for field in dataclasses.fields(inside)]
        near = fields if nearest(last, fields) else keys(inside)
        return unknown(f"{prefix}{group}{last}", [f"{prefix}{group}{name}" for name in near])
    if problem["type"].startswith(MISSING):
        return f"{prefix}{group}{last} is missing; {owner.__name__} needs it."
    return f"{prefix}{_unfit(problem, owner, f'{group}{last}', problem['input'])}"


def unfit(owner: type, key: str, value: Any, typed: str | None = None) -> str:
    """Say why a value does not fit a key, as far as the type of the key alone decides it; empty if it does.

    Args:
        owner: Class of settings.
        key: Dotted key of it.
        value: The value, as plain data.
        typed: How it was typed, where that is known.
    """
    try:
        _validator(owner, key).validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]
        cause = problem.get("ctx", {}).get("error")
        if isinstance(cause, ScenarioError):
            return str(cause)
        place = [str(word) for word in problem["loc"] if not isinstance(word, str)]  # in a list
        shown = value if typed is None else typed
        return _unfit(problem, owner, ".".join([key, *place]), problem["input"] if place else shown)
    return ""


@functools.cache
def _validator(owner: type, key: str) -> TypeAdapter[Any]:
    return TypeAdapter(hint(owner, key))


def _unfit(problem: Any, owner: type, key: str, value: Any) -> str:
    """Say what a key takes that was given something else."""
    given, about = f"{key}={shortened(str(value))}", quantity(hint(owner, key))
    if about is not None and problem["type"] in OUTSIDE:
        return f"{given} is outside {_range(about)}; type a value in that range."
    return misfit(given, owner, key) or f"{given}: {problem['msg'][0].lower()}{problem['msg'][1:]}."


def shortened(text: str, most: int = 60) -> str:
    """A text, or its beginning where it is too long for a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def misfit(given: str, owner: type, key: str) -> str:
    """Say what a key takes where it was given something of another type; empty where its type says little."""
    full = hint(owner, key)
    kind, about = bare(full), quantity(full)
    if about is not None:
        return f"{given} is not a {'whole ' if kind is int else ''}number; type one in {_range(about)}."
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{given} is not among its choices; choose one of: {', '.join(choice.name for choice in kind)}."
    if is_settings(kind):
        inner = [f"{key}.{field.name}" for field in dataclasses.fields(kind)]
        return f"{key} is a group of keys; set one of them, such as {inner[0]}=…, {inner[-1]}=…."
    if get_origin(kind) is list:
        return f"{given} is no list; type {key}='[A, B]'."
    said = {bool: "is not true or false; type one of them", str: "is no text; put it in quotes"}
    return f"{given} {said[kind]}." if kind in (bool, str) else ""


def hint(owner: Any, key: str) -> Any:
    """Type of the field at a dotted key, annotations kept: the class itself without a key, None where there is none.

    A number in the key is a place in a list.
    """
    for word in filter(None, key.split(".")):
        kind = bare(owner)
        if get_origin(kind) is list and word.isdigit():
            (owner,) = get_args(kind)
        else:
            owner = hints(kind).get(word) if is_settings(kind) else None
    return owner


@functools.cache
def keys(owner: Any, prefix: str = "") -> list[str]:
    """Every dotted key of a class of settings, groups included."""
    found: list[str] = []
    for name, full in hints(owner).items():
        kind = bare(full)
        found += [f"{prefix}{name}", *(keys(kind, f"{prefix}{name}.") if is_settings(kind) else ())]
    return found


def is_settings(kind: Any) -> bool:
    """True for a class of settings."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def bare(full: Any) -> Any:
    """A type without its annotations, and without None."""
    if get_origin(full) is Annotated:
        return get_args(full)[0]
    if isinstance(full, types.UnionType):
        return next(kind for kind in get_args(full) if kind is not types.NoneType)
    return full


def _range(about: Quantity) -> str:
    unit = "" if about.unit == "1" else f" {about.unit}"
    lower, upper = (str(int(end)) if end == int(end) else f"{end:g}" for end in (about.lower, about.upper))
    return f"[{lower}, {upper}]{unit}"
