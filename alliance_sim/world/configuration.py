"""How configuration files become validated objects: every error is one sentence."""

import dataclasses
import re
from collections.abc import Collection
from enum import Enum
from math import isnan
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
)
from pydantic import ValidationError

from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import Parameter, hints, known_keys, nearest, parameters, plain
from alliance_sim.world.places import folder as folder, names as names

OUTSIDE = ("greater_than_equal", "less_than_equal")  # what pydantic calls a number out of range


def group[T](kind: str, name: str, owner: type[T]) -> T:
    """Load one file of a configuration group into its class.

    Raises:
        ScenarioError: There is no such file, or a value is not allowed.
    """
    path = folder() / kind / f"{name}.yaml"
    if not path.is_file():
        raise ScenarioError(no_choice(kind, name))
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return build(owner, values, f"{kind}.")


def build[T](owner: type[T], values: Any, prefix: str = "") -> T:
    """Turn plain values into a validated configuration object; what is not named keeps its default.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed, said with its range and unit.
    """
    try:
        schema = OmegaConf.structured(owner)
        made: T = OmegaConf.to_object(OmegaConf.merge(schema, values))  # type: ignore[assignment]
        return made
    except (OmegaConfBaseException, ValidationError) as error:
        raise ScenarioError(explain(error, owner, prefix, values)) from error


def changed[T](whole: T, values: dict[str, Any], known: Collection[str] | None = None) -> T:
    """Return a configuration object with some dotted keys set to other values.

    Args:
        whole: The object, which stays as it is.
        values: Values by dotted key; nested mappings are dotted keys too.
        known: Its `known_keys`, where many changes are made of one object.

    Raises:
        ScenarioError: A key is unknown, a value is not allowed or the result contradicts itself.
    """
    known = set(known_keys(whole)) if known is None else known
    tree: dict[str, Any] = {}
    for key, value in _flat(values).items():
        if key not in known:
            raise ScenarioError(unknown(key, sorted(known)))
        branch = tree
        *path, last = key.split(".")
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = value
    return _replaced(whole, tree, "")


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Write nested mappings as dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _replaced[T](whole: T, tree: dict[str, Any], prefix: str) -> T:
    """Rebuild a configuration object with the values of a nested mapping; each rebuilt part is validated."""
    parts = {
        name: _replaced(getattr(whole, name), value, f"{prefix}{name}.")
        if is_group(getattr(whole, name)) and isinstance(value, dict)
        else value
        for name, value in tree.items()
    }
    try:
        made: T = dataclasses.replace(whole, **parts)  # type: ignore[type-var]
        return made
    except ValidationError as error:
        raise ScenarioError(explain(error, type(whole), prefix)) from error


def no_choice(kind: str, name: str) -> str:
    """Say that a configuration group has no such file and which ones look like it."""
    near = nearest(name, names(kind)) or names(kind)
    return f"there is no {kind} {name!r}; choose one of: {', '.join(near)}."


def unknown(key: str, known: list[str]) -> str:
    """Say that a key is unknown and which known ones look like it."""
    near = nearest(key, known)
    hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all keys."
    return f"there is no key {key!r}; {hint}"


def explain(error: Exception, owner: type, prefix: str = "", given: Any = None) -> str:
    """Turn a validation error of omegaconf or pydantic into one sentence.

    Args:
        error: What was raised.
        owner: The class that was to be made; all its fields have defaults.
        prefix: Dotted key of that object, with a dot at its end.
        given: The values it was to be made of: they tell which of several like-named keys is meant.
    """
    if isinstance(error, ValidationError):
        return _explain_bounds(error, owner, prefix, given)
    key = str(getattr(error, "full_key", None) or "")
    if isinstance(error, InterpolationResolutionError):
        return f"{prefix}{key}: {str(error).splitlines()[0].rstrip('.')}."
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        return unknown(f"{prefix}{key}", [f"{prefix}{known}" for known in known_keys(owner())])
    return f"{prefix}{_explain_type(error, owner, key)}"


def _explain_type(error: Exception, owner: type, key: str) -> str:
    """Say what a key takes, by its type in the class."""
    first = str(error).splitlines()[0].rstrip(".")
    said = re.search(r"[Vv]alue:? '?(.*?)'?(?:$|,| of type| is not| could)", first)
    given = f"{key}={said.group(1)}" if said else key
    row = next((row for row in parameters(owner()) if row.key == key), None)
    if row is not None:
        return _no_number(given, row)
    kind = _hint(owner, key)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _no_member(given, kind)
    if dataclasses.is_dataclass(kind):
        inner = [f"{key}.{field.name}" for field in dataclasses.fields(kind)]
        return f"{key} is a group of keys; set one of them, such as {inner[0]}=…, {inner[-1]}=…."
    if kind is bool:
        return f"{given} is not true or false."
    return f"{key}: {first}." if key else f"{first}."


def _hint(owner: Any, key: str) -> Any:
    """Type of the field at a dotted key; None where there is none."""
    for word in key.split("."):
        if not dataclasses.is_dataclass(owner) or word not in hints(owner):  # type: ignore[arg-type]
            return None
        owner = hints(owner)[word]  # type: ignore[arg-type]
    return owner


def _explain_bounds(error: ValidationError, owner: type, prefix: str, given: Any) -> str:
    problem = error.errors()[0]
    if isinstance(problem.get("ctx", {}).get("error"), ScenarioError):
        return str(problem["ctx"]["error"])
    path = ".".join(str(part) for part in problem["loc"])
    rows = [row for row in parameters(owner()) if row.key == path or row.key.endswith(f".{path}")]
    if given is not None:
        rows = [row for row in rows if _same(_at(given, row.key), problem["input"])] or rows
    about = rows[0] if len({_range(row) for row in rows}) == 1 else None
    key = about.key if about is not None and (len(rows) == 1 or given is not None) else path
    said = f"{prefix}{key}={problem['input']}"
    if about is None:
        kind = _hint(owner, path)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return _no_member(said, kind)
        return f"{said}: {problem['msg']}."
    if problem["type"] not in OUTSIDE:
        return _no_number(said, about)
    return f"{said} is outside {_range(about)}; type a value in that range."


def _no_member(given: str, kind: type[Enum]) -> str:
    return f"{given} is not among its choices; choose one of: {', '.join(choice.name for choice in kind)}."


def _no_number(given: str, row: Parameter) -> str:
    kind = "a whole number" if isinstance(row.default, int) else "a number"
    return f"{given} is not {kind}; type one in {_range(row)}."


def _range(row: Parameter) -> str:
    unit = "" if row.unit == "1" else f" {row.unit}"
    lower, upper = (str(int(end)) if end == int(end) else f"{end:g}" for end in (row.lower, row.upper))
    return f"[{lower}, {upper}]{unit}"


def _at(values: Any, key: str) -> Any:
    """Value at a dotted key of nested mappings; None where there is none."""
    for word in key.split("."):
        try:
            values = values[word]
        except (KeyError, TypeError, IndexError, OmegaConfBaseException):
            return None
    return values


def _same(held: Any, given: Any) -> bool:
    """True for equal values, also where one is still the text that was typed; not a number equals itself."""
    try:
        return held is not None and (float(held) == float(given) or (isnan(float(held)) and isnan(float(given))))
    except (TypeError, ValueError):
        return bool(held == given)


def as_yaml(whole: Any) -> str:
    """Write a configuration object as YAML, every value resolved."""
    return str(yaml.safe_dump(plain(whole), sort_keys=False, allow_unicode=True))


def is_group(value: Any) -> bool:
    """True for a nested configuration object."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)
