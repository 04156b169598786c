"""Which worlds a study runs: named arms, a grid, one key at a time, a Latin hypercube, Sobol points or a file's."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable, is_settings
from alliance_sim.model.registry import Parameter, known_keys, parameter, parameters, plain
from alliance_sim.study import points_table
from alliance_sim.study.points_table import MOST_POINTS as MOST_POINTS
from alliance_sim.world.configuration import is_group, unknown
from alliance_sim.world.places import GROUPS, names
from alliance_sim.world.scenario import Scenario

Label = int | str  # what rows of results carry: a point's number, or its name where it is an arm
CHOICE = "a choice of the study"
LARGEST = 2**31 - 1  # number of a point
ROLES = ("point", "of", "draw", "base", "varied", "block", "row")  # columns of a design that are no keys
WORDS, WHOLE = ("varied", "block"), ("of", "draw", "row")  # roles by what their cells are; `of` names arms too
MAY_BE_EMPTY = ("varied", "arm", "changes", "id")
OF_FOLDERS = ("arm", "changes", "id")  # columns of a results folder's design that its other columns say too
SHOWN_VALUES = 4


class Kind(Enum):
    """How points are chosen."""

    arms = "arms"
    grid = "grid"
    one_at_a_time = "one_at_a_time"
    latin_hypercube = "latin_hypercube"
    sobol = "sobol"
    file = "file"


# Which of a design's keys each kind reads.
READ = {
    Kind.arms: (),
    Kind.grid: ("over", "levels", "steps", "ranges"),
    Kind.one_at_a_time: ("over", "levels", "steps", "ranges"),
    Kind.latin_hypercube: ("over", "ranges", "points"),
    Kind.sobol: ("over", "ranges", "points"),
    Kind.file: ("file",),
}
NOTHING: dict[str, Any] = {"over": [], "levels": {}, "ranges": {}, "steps": 2, "points": 0, "file": ""}


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


@configurable
class Design:
    """Which points of the base world's keys are run.

    `over` names the keys; `ranges` narrows what the registry allows; `levels` lists values, `steps` counts them;
    `points` is the number of points (of Sobol's base points); `file` holds points of one's own.
    """

    kind: Kind = Kind.arms
    over: list[str] = field(default_factory=list)
    ranges: dict[str, Any] = field(default_factory=dict)
    levels: dict[str, Any] = field(default_factory=dict)
    steps: int = parameter(2, "k", "levels", 2, 1000, CHOICE, "Levels of a key that design.levels does not list.")
    points: int = parameter(0, "N", "points", 0, MOST_POINTS, CHOICE, "Points; of a Sobol design base points.")
    file: str = ""

    def __post_init__(self) -> None:
        """Refuse keys that this kind of design does not read."""
        for name, nothing in NOTHING.items():
            if getattr(self, name) != nothing and name not in READ[self.kind]:
                kinds = [f"design={kind.value}" for kind, read in READ.items() if name in read]
                raise ScenarioError(
                    f"design.{name} means nothing to design={self.kind.value}; type {' or '.join(kinds)}."
                )

    @property
    def of_arms(self) -> bool:
        """True for named arms."""
        return self.kind is Kind.arms

    def keys(self) -> list[str]:
        """The keys that points set, in their order; empty for arms and files, which bring their own."""
        return list(dict.fromkeys([*self.over, *self.levels]))

    def expand(self, base: Scenario, seed: int) -> list[Point]:
        """List the points of any design but arms.

        Args:
            base: The world that points change.
            seed: The study's seed: it scrambles Sobol points and shuffles Latin hypercubes.

        Raises:
            ScenarioError: The design contradicts itself or the registry.
        """
        if self.kind is Kind.file:
            return _from_file(self.file, base)
        axes = _axes(self, base)
        made = list(_EXPAND[self.kind](self, axes, seed))
        if len(made) > MOST_POINTS:
            raise ScenarioError(f"the design has {len(made)} points; use at most {MOST_POINTS}.")
        return made


class Axis(NamedTuple):
    """One key of a design."""

    key: str
    now: Any  # its value in the base world
    low: float
    high: float
    listed: list[Any] | None  # levels given one by one

    @property
    def whole(self) -> bool:
        """True for a key that takes whole numbers."""
        return isinstance(self.now, int)

    def levels(self, steps: int) -> list[Any]:
        """The listed levels, or that many from low to high, whole where the key is."""
        if self.listed is not None:
            return self.listed
        even = [float(level) for level in np.linspace(self.low, self.high, steps)]
        return list(dict.fromkeys(round(level) for level in even)) if self.whole else even

    def at(self, share: float) -> Any:
        """The value below which that share of the range lies; each whole number has the same chance."""
        if self.whole:
            return int(min(self.high, math.floor(self.low + share * (self.high - self.low + 1))))
        return float(self.low + share * (self.high - self.low))


def reported(values: dict[str, Any]) -> str:
    """Write what a point sets, the first few keys of many."""
    shown = [f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items()]
    return ", ".join([*shown[:SHOWN_VALUES], *(["…"] if len(shown) > SHOWN_VALUES else [])])


def _axes(design: Design, base: Scenario) -> list[Axis]:
    """The design's keys with their ranges and levels.

    Raises:
        ScenarioError: A key is unknown, has no range or is named without need; a range or a level is not allowed.
    """
    keys, known = design.keys(), known_keys(base)
    if not keys:
        raise ScenarioError("design.over names no key; such as design.over='[clinicians.empathy.mean]'.")
    if len(set(design.over)) < len(design.over):
        twice = next(key for key in design.over if design.over.count(key) > 1)
        raise ScenarioError(f"design.over names {twice} twice; once is enough.")
    for key in [*keys, *design.ranges]:
        if key not in known:
            raise ScenarioError(f"design: {unknown(key, known)}")
    idle = [key for key in design.ranges if key not in keys or key in design.levels]
    if idle:
        why = "design.levels lists its values" if idle[0] in keys else "design.over does not name it"
        raise ScenarioError(f"design.ranges gives {idle[0]} a range, but {why}; leave one of them out.")
    rows = {row.key: row for row in parameters(base)}
    return [_axis(design, key, at(base, key), rows.get(key)) for key in keys]


def _axis(design: Design, key: str, now: Any, row: Parameter | None) -> Axis:
    listed = design.levels.get(key)
    if listed is not None:
        if not isinstance(listed, list) or not listed:
            raise ScenarioError(f"design.levels gives {key} no list of values; such as {{{key}: [{plain(now)}]}}.")
        return Axis(key, now, math.nan, math.nan, listed)
    if row is None:
        raise ScenarioError(_no_range(key, now))
    given = design.ranges.get(key, [row.lower, row.upper])
    numbers = isinstance(given, list) and all(isinstance(end, int | float) for end in given)
    if not numbers or len(given) != len(("low", "high")) or not given[0] < given[1]:
        raise ScenarioError(f"design.ranges gives {key} {given}; type two numbers, low before high.")
    if given[0] < row.lower or given[1] > row.upper:
        raise ScenarioError(
            f"design.ranges gives {key} {given}, beyond [{row.lower:g}, {row.upper:g}]; type a range inside."
        )
    if isinstance(now, int) and any(end != int(end) for end in given):
        raise ScenarioError(f"design.ranges gives {key} {given}, but it takes whole numbers; type whole ends.")
    return Axis(key, now, given[0], given[1], None)


def _no_range(key: str, now: Any) -> str:
    """Say what to type for a key that takes no numbers between two ends."""
    if is_settings(type(now)) and key not in GROUPS:
        first = next(name for name in known_keys(now))
        return f"design.over names {key}, which is a group of keys; name one of them, such as {key}.{first}."
    kind = (
        [choice.value for choice in type(now)]
        if isinstance(now, Enum)
        else names(key)
        if key in GROUPS
        else [plain(now)]
    )
    values = ", ".join(map(str, kind))
    return (
        f"design.over names {key}, which is no number with a range; leave it out there and list its values: type "
        f"design=grid design.levels='{{{key}: [{values}]}}'."
    )


def at(whole: Any, key: str) -> Any:
    """The value at a dotted key of a configuration object."""
    for word in key.split("."):
        whole = getattr(whole, word)
    return whole


def _grid(design: Design, axes: list[Axis], seed: int) -> Iterator[Point]:
    levels = [axis.levels(design.steps) for axis in axes]
    count = math.prod(map(len, levels))
    if count > MOST_POINTS:
        raise ScenarioError(f"the grid has {count} points; use at most {MOST_POINTS}, with fewer keys or levels.")
    now = tuple(axis.now for axis in axes)
    for number, values in enumerate(itertools.product(*levels)):
        yield Point(number, dict(zip(design.keys(), values, strict=True)), {"base": values == now})


def _one_at_a_time(design: Design, axes: list[Axis], seed: int) -> Iterator[Point]:
    yield Point(0, {axis.key: axis.now for axis in axes}, {"base": True, "varied": ""})
    numbers = itertools.count(1)
    for axis in axes:
        for level in axis.levels(design.steps):
            if level != axis.now:
                values = {other.key: level if other is axis else other.now for other in axes}
                yield Point(next(numbers), values, {"base": False, "varied": axis.key})


def _latin_hypercube(design: Design, axes: list[Axis], seed: int) -> Iterator[Point]:
    from scipy.stats import qmc

    if not design.points:
        raise ScenarioError("design.points=0 leaves nothing to run; type how many, such as design.points=64.")
    shares = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed)).random(design.points)
    return (Point(number, _values(axes, row)) for number, row in enumerate(shares))


def _sobol(design: Design, axes: list[Axis], seed: int) -> Iterator[Point]:
    """Saltelli's scheme: base points A and B, and A with each key in turn taken from B.

    A point's number depends on its base row and block only, so that more base points leave the first as they were.
    """
    from scipy.stats import qmc

    count, wide = design.points, len(axes)
    if count < 1 or count & (count - 1):
        near = 2 ** max(0, count.bit_length() - 1)
        raise ScenarioError(
            f"design.points={count} is no power of two, which a Sobol sequence needs; "
            f"type design.points={near or 1} or design.points={near * 2 or 2}."
        )
    if count * (wide + 2) > MOST_POINTS:
        raise ScenarioError(
            f"design.points={count} over {wide} keys makes {count * (wide + 2)} points; use at most {MOST_POINTS}."
        )
    shares = qmc.Sobol(2 * wide, scramble=True, rng=np.random.default_rng(seed)).random(count)
    for row, (first, second) in enumerate(zip(shares[:, :wide], shares[:, wide:], strict=True)):
        taken = np.where(np.eye(wide, dtype=bool), second, first)
        blocks = {"A": first, "B": second, **{f"AB_{place + 1}": own for place, own in enumerate(taken)}}
        for place, (block, own) in enumerate(blocks.items()):
            yield Point(row * (wide + 2) + place, _values(axes, own), {"block": block, "row": row})


_EXPAND = {
    Kind.grid: _grid,
    Kind.one_at_a_time: _one_at_a_time,
    Kind.latin_hypercube: _latin_hypercube,
    Kind.sobol: _sobol,
}


def _values(axes: list[Axis], shares: Any) -> dict[str, Any]:
    return {axis.key: axis.at(share) for axis, share in zip(axes, shares, strict=True)}


def _from_file(name: str, base: Scenario) -> list[Point]:
    """Read points from a table: columns are keys, or roles that an earlier design gave.

    Raises:
        ScenarioError: The file cannot be read, is empty, names an unknown key or leaves a cell empty.
    """
    if not name:
        raise ScenarioError("design.file names no file; type design.file= with a CSV or Parquet table of points.")
    known = known_keys(base)
    values = {key: at(base, key) for key in known}
    texts = [key for key, value in values.items() if isinstance(value, str)]
    heads, rows = points_table.read(name, [*WORDS, *OF_FOLDERS, *texts])
    keys = [head for head in heads if head not in (*ROLES, *OF_FOLDERS)]
    for key in keys:
        if key not in known:
            raise ScenarioError(f"design.file={name}: {unknown(key, known)}")
        if is_group(values[key]):
            raise ScenarioError(f"design.file={name}: {key} is a group of keys; give a column to each key of it.")
    if not rows or not (keys or "id" in heads):
        raise ScenarioError(f"design.file={name} holds no points; give a row each and dotted keys as columns.")
    numbers = [key for key in keys if type(values[key]) in (int, float)]
    made: dict[int, Point] = {}
    for place, cells in rows:
        row = dict(zip(heads, cells, strict=True))
        said = f"design.file={name}, {place}"
        for head in heads:
            if row[head] is None and head not in MAY_BE_EMPTY:
                raise ScenarioError(f"{said}: it leaves {head} empty; give every point a value.")
        for key in numbers:
            if type(row[key]) not in (int, float):
                raise ScenarioError(f"{said}, {key}: {points_table.shown(row[key])} is no number; type one.")
        number = _number(row.get("point", len(made)), said)
        if number in made:
            raise ScenarioError(f"{said}: point {number} is there twice; number each point once or leave point out.")
        roles = {role: _role(role, row[role], said) for role in ROLES[1:] if role in row}
        own = {key: None if row[key] is points_table.Null.NULL else row[key] for key in keys}
        made[number] = Point(number, own, roles)
    points = list(made.values())
    if {"of", "draw"} & points[0].roles.keys():
        _check_draws(name, points)
    return points


def _number(cell: Any, said: str) -> int:
    """A point's number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or cell != int(cell) or not 0 <= cell <= LARGEST:
        raise ScenarioError(
            f"{said}: point {points_table.shown(cell)} is no whole number from 0 to {LARGEST:,}; leave point out."
        )
    return int(cell)


def _role(role: str, cell: Any, said: str) -> Any:
    """A cell of a column that is no key, of the type that it has in a design of ours."""
    if role in WORDS:
        return cell or ""
    if role == "base" and isinstance(cell, bool):
        return cell
    if role == "of" and isinstance(cell, str):  # name of an arm
        return cell
    if role in WHOLE and isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell <= LARGEST:
        return cell
    takes = "true or false" if role == "base" else f"whole numbers from 0 to {LARGEST:,}"
    raise ScenarioError(f"{said}: {role} takes {takes}, not {points_table.shown(cell)}; leave the column out.")


def _check_draws(name: str, points: list[Point]) -> None:
    """Number what was asked for, which may have names, and see that it is there at the same draws of the posterior."""
    names = {of: number for number, of in enumerate(dict.fromkeys(point.roles.get("of") for point in points))}
    draws = {point.roles.get("draw") for point in points}
    own = {(point.roles.get("of"), point.roles.get("draw")) for point in points}
    if None in {*names, *draws} or len(own) < len(points) or len(own) < len(names) * len(draws):
        raise ScenarioError(
            f"design.file={name}: columns of and draw do not name each draw once for each point that was asked for; "
            "leave both out."
        )
    for point in points:
        point.roles["of"] = names[point.roles["of"]]
