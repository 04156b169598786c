"""How configuration files become validated objects: every error is one sentence."""

import dataclasses
import re
from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
)
from pydantic import BeforeValidator, ValidationError

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import explained, hint, no_member, no_number, numbers, unknown as unknown
from alliance_sim.model.registry import known_keys, nearest, plain
from alliance_sim.world.places import folder as folder, names as names


def group[T](kind: str, name: str, owner: type[T]) -> T:
    """Load one file of a configuration group into its class.

    Raises:
        ScenarioError: There is no such file, or a value is not allowed.
    """
    return build(owner, _file(kind, name), f"{kind}.")


def named(kind: str) -> BeforeValidator:
    """Annotation of a field that also takes the name of a file of a configuration group, such as `protocol`."""
    return BeforeValidator(lambda value: _file(kind, value) if isinstance(value, str) else value)


def _file(kind: str, name: str) -> dict[str, Any]:
    """What a file of a configuration group says."""
    path = folder() / kind / f"{name}.yaml"
    if not path.is_file():
        raise ScenarioError(no_choice(kind, name))
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def build[T](owner: type[T], values: Any, prefix: str = "") -> T:
    """Turn plain values into a validated configuration object; what is not named keeps its default.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed, said with its range and unit.
    """
    try:
        schema = OmegaConf.structured(owner)
        made: T = OmegaConf.to_object(OmegaConf.merge(schema, values))  # type: ignore[assignment]
        return made
    except (OmegaConfBaseException, ScenarioError, ValidationError) as error:
        raise ScenarioError(explain(error, owner, prefix, values)) from error


def from_words[T](owner: type[T], words: Iterable[str], example: str) -> T:
    """Turn key=value words into a small configuration object; nothing in a value is looked up elsewhere.

    Args:
        owner: Its class.
        words: The words.
        example: A command that is right, for the error of a word that has another form.

    Raises:
        ScenarioError: A word has another form, a key is unknown or a value is not allowed.
    """
    values: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ScenarioError(f"{word!r} is not of the form key=value; such as {example}.")
        values[key] = value.replace("${", "\\${")
    return build(owner, values)


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
    except (ScenarioError, ValidationError) as error:
        raise ScenarioError(explain(error, type(whole), prefix)) from error


def no_choice(kind: str, name: str) -> str:
    """Say that a configuration group has no such file and which ones look like it."""
    near = nearest(name, names(kind)) or names(kind)
    return f"there is no {kind} {name!r}; choose one of: {', '.join(near)}."


def explain(error: Exception, owner: type, prefix: str = "", given: Any = None) -> str:
    """Turn an error of omegaconf, pydantic or a class of settings into one sentence.

    Args:
        error: What was raised.
        owner: The class that was to be made; all its fields have defaults.
        prefix: Dotted key of that object, with a dot at its end.
        given: The values it was to be made of: they tell which of several like-named keys is meant.
    """
    raised = error.__cause__ if isinstance(error, ScenarioError) else error  # a class of settings says it as its own
    if isinstance(raised, ValidationError):
        return explained(raised, owner, prefix, given)
    if isinstance(error, ScenarioError):
        return str(error)
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
    row = next((row for row in numbers(owner) if row.key == key), None)
    if row is not None:
        return no_number(given, row)
    kind = hint(owner, key)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return no_member(given, kind)
    if dataclasses.is_dataclass(kind):
        inner = [f"{key}.{field.name}" for field in dataclasses.fields(kind)]
        return f"{key} is a group of keys; set one of them, such as {inner[0]}=…, {inner[-1]}=…."
    if kind is bool:
        return f"{given} is not true or false."
    return f"{key}: {first}." if key else f"{first}."


def as_yaml(whole: Any) -> str:
    """Write a configuration object as YAML, every value resolved."""
    return str(yaml.safe_dump(plain(whole), sort_keys=False, allow_unicode=True))


def is_group(value: Any) -> bool:
    """True for a nested configuration object."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)
