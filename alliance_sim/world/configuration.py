"""How configuration files become validated objects: every error is one sentence."""

import copy
import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import yaml
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import explained, unknown as unknown
from alliance_sim.model.registry import known_keys, nearest, plain
from alliance_sim.world.places import folder as folder, names as names

# Keys that only a file sets, and what to type instead.
OF_FILES = {"protocol.patients": "patients=NAME takes the patients of another trial"}

NAMED = ("protocol", "patients", "clinicians")  # parts of a world that a value may name a file of
OF_POPULATION = ("condition", "source", "entry.")  # keys that say whose scores and traits a population's are


def group[T](kind: str, name: str, owner: type[T]) -> T:
    """Load one file of a configuration group into its class.

    Raises:
        ScenarioError: There is no such file, or a value is not allowed.
    """
    return build(owner, file_of(kind, name), f"{kind}.")


def named(kind: str) -> BeforeValidator:
    """Annotation of a field that also takes the name of a file of a configuration group, such as `protocol`."""
    return BeforeValidator(lambda value: file_of(kind, value) if isinstance(value, str) else value)


def file_of(kind: str, name: str) -> dict[str, Any]:
    """What a file of a configuration group says."""
    if name not in names(kind):
        raise ScenarioError(no_choice(kind, name))
    return copy.deepcopy(_read((folder() / kind / f"{name}.yaml").read_text(encoding="utf-8")))


@functools.lru_cache(maxsize=64)
def _read(text: str) -> dict[str, Any]:
    """What the text of a file says: parsed once, whatever folder it lies in."""
    return yaml.safe_load(text) or {}


@functools.cache
def _adapter(owner: Any) -> TypeAdapter[Any]:
    """The validator of a class, made once."""
    return TypeAdapter(owner)


def build[T](owner: type[T], values: Any, prefix: str = "") -> T:
    """Turn plain values into a validated configuration object; what is not named keeps its default.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed, said with its range and unit.
    """
    try:
        kind: Any = owner
        made: T = _adapter(kind).validate_python(values)
        return made
    except ValidationError as error:
        raise ScenarioError(explained(error, owner, prefix)) from error


def from_words[T](owner: type[T], words: Iterable[str], example: str) -> T:
    """Turn key=value words into a small configuration object.

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
        values[key] = value
    return build(owner, values)


def changed[T](whole: T, values: dict[str, Any], known: Collection[str] | None = None) -> T:
    """Return a configuration object with some dotted keys set to other values.

    Keys below a file that is named beside them, such as `protocol` and `protocol.doses`, change what it says. What a
    named file brings is said at `from_files`.

    Args:
        whole: The object, which stays as it is.
        values: Values by dotted key; nested mappings are dotted keys too.
        known: Its `known_keys`, where many changes are made of one object.

    Raises:
        ScenarioError: A key is unknown, a value is not allowed or the result contradicts itself.
    """
    known = set(known_keys(whole)) if known is None else known
    tree: dict[str, Any] = {}
    dotted = flat(values)
    for key in dotted:
        if key not in known:
            raise ScenarioError(unknown(key, sorted(known)))
        refuse_of_files(key)
    parts = from_files(whole, dotted)
    if parts:
        whole = copy.copy(whole)
        vars(whole).update(parts)
        dotted = {key: value for key, value in dotted.items() if key not in parts}
    for key, value in dotted.items():
        branch = tree
        *path, last = key.split(".")
        for place, part in enumerate(path, 1):
            group = ".".join(path[:place])
            if group in dotted:
                raise ScenarioError(f"{key} is a part of {group}, which is set too; leave one of them out.")
            branch = branch.setdefault(part, {})
        branch[last] = value
    return _replaced(whole, tree, "")


def from_files(whole: Any, dotted: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a world that change as a whole where values name files of `protocol`, `patients` or `clinicians`.

    A protocol brings its population, unless the values name one, or the world's own was chosen beside its protocol.
    What was set for the world holds: keys of patients and clinicians in which it differs from its own files, but scores
    at entry and keys that the named file itself writes. Of a protocol nothing else holds.

    Args:
        whole: A world, or any other object, to which nothing happens.
        dotted: Values by dotted key.

    Raises:
        ScenarioError: There is no such file.
    """
    made: dict[str, Any] = {}
    if not all(hasattr(whole, kind) for kind in NAMED):
        return made
    plan = dotted.get("protocol")
    if isinstance(plan, str):
        made["protocol"] = plan = group("protocol", plan, type(whole.protocol))
    for kind in NAMED[1:]:
        if isinstance(dotted.get(kind), str):
            made[kind] = _carried(kind, getattr(whole, kind), dotted[kind])
    if isinstance(plan, type(whole.protocol)) and "patients" not in dotted and not _is_chosen(whole):
        made["patients"] = _carried("patients", whole.patients, plan.patients)
    return made


def _is_chosen(whole: Any) -> bool:
    """True if a world's patients are not the population of its protocol."""
    of_protocol = whole.protocol.patients
    files = [of_protocol] if of_protocol in names("patients") else []  # else a file of a person's own
    owner, source = type(whole.patients), whole.patients.source
    known = {name: group("patients", name, owner).source for name in names("patients")}
    return source not in [known[name] for name in files] if files else source in known.values()


def _carried(kind: str, held: Any, name: str) -> Any:
    """What a file of patients or clinicians says, with what was set for a world and the file does not write."""
    made, owner = group(kind, name, type(held)), type(held)
    origins = [group(kind, other, owner) for other in names(kind)]
    if kind == "patients":
        origins = [origin for origin in origins if origin.source == held.source]
    usual, own = [flat(plain(origin)) for origin in origins], flat(plain(held))
    apart = [[key for key in own if own[key] != origin.get(key)] for origin in usual] or [["number"]]
    written = flat(file_of(kind, name))
    kept = [key for key in min(apart, key=len) if key not in written and not key.startswith(OF_POPULATION)]
    return changed(made, {key: functools.reduce(getattr, key.split("."), held) for key in kept})


def refuse_of_files(key: str) -> None:
    """Refuse a key that only a file sets.

    Raises:
        ScenarioError: It is one.
    """
    if key in OF_FILES:
        raise ScenarioError(f"{key} is set by a protocol's file alone; {OF_FILES[key]}.")


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested dictionaries into one with dotted keys.

    Raises:
        ScenarioError: A key is there twice.
    """
    made: dict[str, Any] = {}
    for key, value in values.items():
        more = flat(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
        for twice in made.keys() & more.keys():
            raise ScenarioError(f"{twice} is set twice, nested and dotted; leave one of them out.")
        made |= more
    return made


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
    except ScenarioError as error:
        cause = error.__cause__
        said = explained(cause, type(whole), prefix) if isinstance(cause, ValidationError) else str(error)
        raise ScenarioError(said) from error


def no_choice(kind: str, name: str, own: Sequence[str] = ()) -> str:
    """Say that a configuration group has no such file and which ones look like it, a person's own among them."""
    known = [*names(kind), *own]
    return f"there is no {kind} {name[:60]!r}; choose one of: {', '.join(nearest(name, known) or known)}."


def as_yaml(whole: Any) -> str:
    """Write a configuration object as YAML, every value resolved."""
    return str(yaml.safe_dump(plain(whole), sort_keys=False, allow_unicode=True))


def is_group(value: Any) -> bool:
    """True for a nested configuration object."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)
