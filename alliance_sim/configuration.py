"""Where configuration files lie, and how they become validated objects: every error is one sentence."""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from pydantic import ValidationError

from alliance_sim.registry import known_keys, nearest, parameters, plain
from alliance_sim.scenario import ScenarioError


@functools.cache
def folder() -> Path:
    """The configuration folder: the one packed into the installed package, else the repository's."""
    packed = Path(__file__).parent / "conf"
    return packed if packed.is_dir() else Path(__file__).parents[1] / "conf"


def names(kind: str) -> list[str]:
    """Names of the files in one configuration group, such as `protocol`."""
    return sorted(path.stem for path in (folder() / kind).glob("*.yaml"))


def group[T](kind: str, name: str, owner: type[T]) -> T:
    """Load one file of a configuration group into its class.

    Raises:
        ScenarioError: There is no such file, or a value is not allowed.
    """
    path = folder() / kind / f"{name}.yaml"
    if not path.is_file():
        near = nearest(name, names(kind)) or names(kind)
        raise ScenarioError(f"there is no {kind} {name!r}; choose one of: {', '.join(near)}.")
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
        raise ScenarioError(explain(error, owner, prefix)) from error


def changed[T](whole: T, values: dict[str, Any]) -> T:
    """Return a configuration object with some dotted keys set to other values.

    Raises:
        ScenarioError: A key is unknown, a value is not allowed or the result contradicts itself.
    """
    tree = OmegaConf.create(plain(whole))
    known = set(known_keys(whole))
    for key, value in values.items():
        if key not in known:
            raise ScenarioError(unknown(key, sorted(known)))
        OmegaConf.update(tree, key, value, merge=True)
    return build(type(whole), tree)


def unknown(key: str, known: list[str]) -> str:
    """Say that a key is unknown and which known ones look like it."""
    near = nearest(key, known)
    hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all keys."
    return f"there is no key {key!r}; {hint}"


def explain(error: Exception, owner: type, prefix: str = "") -> str:
    """Turn a validation error of omegaconf or pydantic into one sentence."""
    if isinstance(error, ValidationError):
        return _explain_bounds(error, owner, prefix)
    if isinstance(error, ConfigKeyError):
        return unknown(f"{prefix}{error.full_key}", [f"{prefix}{key}" for key in known_keys(owner())])
    first = str(error).splitlines()[0]
    key = f"{prefix}{error.full_key}" if isinstance(error, OmegaConfBaseException) and error.full_key else prefix
    return f"{key.rstrip('.')}: {first.rstrip('.')}."


def _explain_bounds(error: ValidationError, owner: type, prefix: str) -> str:
    problem = error.errors()[0]
    if isinstance(problem.get("ctx", {}).get("error"), ScenarioError):
        return str(problem["ctx"]["error"])
    path = ".".join(str(part) for part in problem["loc"])
    matches = [row for row in parameters(owner()) if row.key == path or row.key.endswith(f".{path}")]
    about = matches[0] if len({(row.lower, row.upper, row.unit) for row in matches}) == 1 else None
    key = about.key if about is not None and len(matches) == 1 else path
    given = f"{prefix}{key}={problem['input']!r}"
    if about is None:
        return f"{given}: {problem['msg']}."
    unit = "" if about.unit == "1" else f" {about.unit}"
    return f"{given} is outside [{about.lower:g}, {about.upper:g}]{unit}; type a value in that range."


def as_yaml(whole: Any) -> str:
    """Write a configuration object as YAML, every value resolved."""
    return yaml.safe_dump(plain(whole), sort_keys=False, allow_unicode=True)


def is_group(value: Any) -> bool:
    """True for a nested configuration object."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)
