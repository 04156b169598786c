"""Configuration files of a person's own: read as data and checked, so that a mistake is said with its file and line.

Such a file may have come from elsewhere. It sets keys of ours and names files of our groups; nothing else in it is
composed, and nothing is executed.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from alliance_sim.errors import FolderError, ScenarioError
from alliance_sim.model.configurable import bare, hint, is_settings, keys, unfit, unknown
from alliance_sim.model.policies.own import KNOWN
from alliance_sim.model.registry import nearest
from alliance_sim.study.config import MAPPINGS, Study
from alliance_sim.study.executors import Executor
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.configuration import file_of, flat, no_choice
from alliance_sim.world.places import GROUPS, folder, names
from alliance_sim.world.policy import Policy
from alliance_sim.world.protocol import Protocol
from alliance_sim.world.scenario import Patients, Scenario

WHOLE = "_global_"  # a file with this package sets keys of the whole study
OWNERS: dict[str, type] = {
    "protocol": Protocol,
    "patients": Patients,
    "clinicians": Clinicians,
    "policy": Policy,
    "executor": Executor,
    **dict.fromkeys(("experiment", "design", "parameters"), Study),
}
HEADER = re.compile(r"#\s*@package\s+(\S+)")
OVERRIDE = re.compile(r"override /(\w+)")
POPULATION = re.compile(r"^patients:\s*[\"']?([\w-]+)", re.MULTILINE)  # that a protocol names
MARK = "\ufeff"  # of the order of bytes
OF_YAML, PLAIN = "tag:yaml.org,2002:", ("str", "int", "float", "bool", "null", "seq", "map", "timestamp")
DEFAULTS, ITSELF = "defaults", "_self_"
LARGEST, DEEPEST, MOST_NODES = 1_000_000, 20, 20_000  # bytes, levels, and nodes of a file
FOREIGN_INTERPOLATION = re.compile(r"\$\{(?![\w.\[\]-]+\})")  # one that reads anything but a key


class Line(NamedTuple):
    """A key of a file, the line it stands on and its value."""

    key: str
    line: int
    value: Any
    node: yaml.Node


class OwnFiles:
    """A folder with groups of one's own, such as `my/protocol/brief.yaml`; without a folder there are none."""

    def __init__(self, folder: str = "") -> None:
        """Take the folder.

        Raises:
            FolderError: It is not there, or holds no group.
        """
        self.folder = Path(folder).absolute() if folder else None
        self._population_of: dict[str, str] = {}  # by protocol, of those that were checked
        if self.folder is None:
            return
        if not self.folder.is_dir():
            raise FolderError(f"there is no folder {folder!r}; name the one that holds your {_or(GROUPS)}.")
        if not any((self.folder / kind).is_dir() for kind in GROUPS):
            raise FolderError(f"{folder} holds none of {_or(GROUPS)}; put your files into folders of these names.")

    def names(self, kind: str) -> list[str]:
        """Names of the files of one's own in a group."""
        return [] if self.folder is None else sorted(path.stem for path in (self.folder / kind).glob("*.yaml"))

    def populations(self) -> dict[str, Mapping[str, Any]]:
        """What the file of the population says that each protocol names: the built-in ones and those checked here."""
        own = {protocol: self._people(name) for protocol, name in self._population_of.items()}
        return {**_built_in_populations(), **own}

    def _people(self, name: str) -> Mapping[str, Any]:
        if name not in self.names("patients"):
            return file_of("patients", name)
        held: Mapping[str, Any] = yaml.safe_load(_read(self._path("patients", name))) or {}
        return held

    def check(self, kind: str, name: str) -> None:
        """Check that a group has a file, and what it says if it is one's own; files that it names too.

        Raises:
            ScenarioError: There is no such file, or it says what cannot be composed.
        """
        self._check(kind, name, ())

    def _check(self, kind: str, name: str, seen: tuple[tuple[str, str], ...]) -> None:
        own = self.names(kind)
        if kind == "policy" and name in KNOWN:  # of the program that runs
            return
        if name in own and name in names(kind):
            raise ScenarioError(
                f"{self._path(kind, name)} has the name of a built-in {kind}; rename it, such as to my-{name}.yaml."
            )
        if name not in own and name not in names(kind):
            raise ScenarioError(self._no_choice(kind, name))
        if name not in own:
            return
        path, people = self._path(kind, name), Protocol().patients
        for line, group, other in checked_file(path, kind):
            if (group, other) in (*seen, (kind, name)):
                raise ScenarioError(f"{path}, line {line}: {other} names itself again; leave it out of defaults.")
            if other not in (*names(group), *self.names(group)):
                raise ScenarioError(f"{path}, line {line}: {self._no_choice(group, other)}")
            self._check(group, other, (*seen, (kind, name)))
            if group == "protocol":  # what a protocol is made of brings its population
                people = self._population_of.get(other) or _built_in_population(other)
        if kind == "protocol":
            self._population_of[name] = _population(_read(path), people)
            self._check("patients", self._population_of[name], ())

    def _path(self, kind: str, name: str) -> Path:
        assert self.folder is not None
        return self.folder / kind / f"{name}.yaml"

    def _no_choice(self, kind: str, name: str) -> str:
        own = [*self.names(kind), *(KNOWN if kind == "policy" else ())]
        said = no_choice(kind, name, own)
        if nearest(name, [*names(kind), *own]):
            return said
        said = said.removesuffix(".")
        if self.folder is None:
            return f"{said}; files of your own are found with --config-dir FOLDER."
        there = self.folder / kind
        return f"{said}; {there} {'has no such file' if there.is_dir() else 'is no folder'}."


@functools.cache
def _built_in_populations() -> Mapping[str, Mapping[str, Any]]:
    return {protocol: file_of("patients", _built_in_population(protocol)) for protocol in names("protocol")}


def _built_in_population(protocol: str) -> str:
    return _population((folder() / "protocol" / f"{protocol}.yaml").read_text(encoding="utf-8"), Protocol().patients)


def _population(text: str, otherwise: str) -> str:
    """The population that a protocol's file names."""
    found = POPULATION.search(text)
    return found[1] if found else otherwise


def checked_file(path: Path, kind: str) -> list[tuple[int, str, str]]:
    """Check a file of a group.

    Returns:
        The files that it names in its defaults list: line, group and name.

    Raises:
        ScenarioError: It cannot be read, or says what cannot be composed; with file and line.
    """
    try:
        return _checked(_read(path), kind)
    except _LineError as problem:
        raise ScenarioError(f"{path}, line {problem.line}: {problem}") from problem


class _LineError(Exception):
    """What is wrong on a line."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


def _read(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise ScenarioError(f"{path} is no file of at most {LARGEST:,} bytes; name a configuration file.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is not written in UTF-8; save it as UTF-8 text.") from error
    if text.startswith(MARK):
        raise ScenarioError(f"{path} begins with a byte order mark; save it as UTF-8 without one.")
    return text


def _checked(text: str, kind: str) -> list[tuple[int, str, str]]:
    owner = OWNERS[kind]
    _check_header(text, kind, owner)
    lines = {line.key: line for line in _lines(text, owner)}
    for line in lines.values():
        if line.key != DEFAULTS:
            _check_line(line, owner)
    return _named(lines[DEFAULTS], kind) if DEFAULTS in lines else []


def _check_header(text: str, kind: str, owner: type) -> None:
    """Hydra reads a package from the first lines alone."""
    found = [(number, match[1]) for number, line in enumerate(text.split("\n"), 1) if (match := HEADER.match(line))]
    if owner is not Study:
        if found and found[0][1] != kind:
            raise _LineError(found[0][0], f"a file of {kind} sets keys of its group alone; leave the line out.")
        return
    if not found or found[0] != (1, WHOLE):
        raise _LineError(1, f"a file of {kind} begins with another line; let the first be '# @package {WHOLE}'.")


def _lines(text: str, owner: type) -> Iterator[Line]:
    """Every key that a file sets, by its dotted name; mappings with keys of their own are one."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return
        _check_nodes(root)
        values = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise _LineError(line, f"this is no YAML ({error.problem or error.context}); write key: value.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _LineError(1, f"this is no YAML ({' '.join(str(error).split())[:80]}); write key: value.") from error
    if not isinstance(root, yaml.MappingNode):
        raise _LineError(1, "the file is no list of keys; write key: value on each line.")
    yield from _under(root, values, owner, "")


def _check_nodes(root: yaml.Node) -> None:
    """Refuse a file that unfolds without end, or names a key twice in one place."""
    waiting, count = [(root, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if count > MOST_NODES or depth > DEEPEST:
            raise _LineError(_line(node), "the file is too large or too deep; leave repeated parts out.")
        if node.tag.removeprefix(OF_YAML) not in PLAIN:
            raise _LineError(
                _line(node), f"{node.tag.removeprefix(OF_YAML)} is none of {', '.join(PLAIN)}; write those."
            )
        if isinstance(node, yaml.ScalarNode) and not node.value.replace("\n", "").isprintable():
            raise _LineError(
                _line(node), f"{node.value[:60]!a} holds a character that cannot be printed; leave it out."
            )
        if isinstance(node, yaml.MappingNode):
            _check_once(node)
            waiting += [(part, depth + 1) for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(part, depth + 1) for part in node.value]


def _under(node: yaml.MappingNode, values: dict[Any, Any], owner: type, prefix: str) -> Iterator[Line]:
    for key, (name, below) in zip(values, node.value, strict=True):
        line = _line(name)
        if "." in key:
            group, _, rest = key.partition(".")
            raise _LineError(
                line, f"{prefix}{key} is dotted, which only arms and designs are; write {group}: {{{rest}: …}}."
            )
        whole, value = f"{prefix}{key}", values[key]
        inner = is_settings(bare(hint(owner, whole)))
        if inner and isinstance(below, yaml.MappingNode):
            yield from _under(below, value, owner, f"{whole}.")
        else:
            yield Line(whole, line, value, below)


def _check_once(node: yaml.MappingNode) -> None:
    seen: dict[str, int] = {}
    for name, _ in node.value:
        if name.value == "<<":
            raise _LineError(_line(name), "<< merges mappings, which is not read here; write the keys out.")
        if name.value in seen:
            raise _LineError(_line(name), f"{name.value} stands on line {seen[name.value]} already; leave one of them.")
        if name.tag != "tag:yaml.org,2002:str":
            raise _LineError(_line(name), f"{str(name.value)[:60]} is no word, and keys are words.")
        seen[name.value] = _line(name)


def _check_line(line: Line, owner: type) -> None:
    if FOREIGN_INTERPOLATION.search(repr(line.value)):
        raise _LineError(line.line, f"{line.key} holds an interpolation that names no key; only ${{KEY}} is read.")
    if line.key not in keys(owner):
        raise _LineError(line.line, unknown(line.key, keys(owner)))
    if owner is Study and line.key in GROUPS and isinstance(line.value, str):
        raise _LineError(
            line.line,
            f"{line.key}: {line.value} is a choice between files, which stands in a list: "
            f"defaults: [{{override /{line.key}: {line.value}}}]",
        )
    if owner is Study and line.key in MAPPINGS:
        _check_mapping(line)
    elif "${" not in repr(line.value):
        said = unfit(owner, line.key, line.value)
        if said:
            raise _LineError(line.line, said)


def _check_mapping(line: Line) -> None:
    """Arms and designs hold keys of a scenario, nested or dotted."""
    if not isinstance(line.value, dict):
        such = "{usual: {}}" if line.key == "arms" else "{clinicians.empathy.mean: …}"
        raise _LineError(line.line, f"{line.key} takes a mapping, such as {line.key}: {such}.")
    if line.key != "arms":
        _check_keys(line, line.node, line.value)
        return
    for (name, node), (arm, values) in zip(_pairs(line.node), line.value.items(), strict=False):
        if not isinstance(values, dict):
            raise _LineError(_line(name), f"arm {arm} takes the keys that it changes; write {arm}: {{}} for none.")
        _check_keys(line, node, values)


def _check_keys(line: Line, node: yaml.Node, values: dict[Any, Any]) -> None:
    try:
        flat(values)
    except ScenarioError as error:
        raise _LineError(_line(node), str(error)) from error
    _check_keys_below(line, node, values)


def _check_keys_below(line: Line, node: yaml.Node, values: dict[Any, Any], prefix: str = "") -> None:
    for (name, below), (word, value) in zip(_pairs(node), values.items(), strict=False):
        key = f"{prefix}{word}"
        if isinstance(value, dict) and value:
            _check_keys_below(line, below, value, f"{key}.")
            continue
        if key not in keys(Scenario):
            raise _LineError(_line(name), unknown(key, keys(Scenario)))
        listed = value if line.key == "design.levels" and isinstance(value, list) else [value]
        said = (
            "" if line.key == "design.ranges" else next(filter(None, (unfit(Scenario, key, one) for one in listed)), "")
        )
        if said and "${" not in repr(value):
            raise _LineError(_line(name), said)


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _named(line: Line, kind: str) -> list[tuple[int, str, str]]:
    """What a defaults list names: files of the same group to build on, or other choices of other groups."""
    if not isinstance(line.value, list):
        raise _LineError(line.line, f"defaults takes a list, such as defaults: [{names(kind)[0]}, _self_].")
    entries, found = line.value, []
    for entry in entries:
        if entry == ITSELF:
            continue
        if isinstance(entry, str) and "/" not in entry and "@" not in entry:
            found.append((line.line, kind, entry))
            continue
        if OWNERS[kind] is not Study:
            raise _LineError(
                line.line,
                f"defaults names {str(entry)[:60]!r}; here it takes files of {kind}, such as {names(kind)[0]}.",
            )
        pair = next(iter(entry.items()), None) if isinstance(entry, dict) and len(entry) == 1 else None
        match = OVERRIDE.fullmatch(str(pair[0])) if pair else None
        if pair is None or match is None or match[1] not in GROUPS or not isinstance(pair[1], str):
            raise _LineError(
                line.line,
                f"defaults names {str(entry)[:60]!r}; it takes entries such as 'override /protocol: mapp', "
                f"with one of: {', '.join(GROUPS)}.",
            )
        found.append((line.line, match[1], pair[1]))
    return found


def _or(kinds: tuple[str, ...]) -> str:
    return f"{', '.join(f'{kind}/' for kind in kinds[:-1])} or {kinds[-1]}/"
