"""Which worlds a study runs: named arms, a grid, one key at a time, a Latin hypercube, Sobol points or a file's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import Enum
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable, is_settings
from alliance_sim.model.registry import Parameter, known_keys, parameter, parameters, plain
from alliance_sim.study import points_table
from alliance_sim.study.columns import (
    Array,
    Column,
    Label as Label,
    Point as Point,
    Points,
    combined,
    reported as reported,
    small,
)
from alliance_sim.study.crossing import Axis as Axis, grid, one_at_a_time
from alliance_sim.study.points_table import MOST_POINTS as MOST_POINTS, Table
from alliance_sim.world.configuration import NAMED, from_files, group, is_group, unknown
from alliance_sim.world.places import GROUPS, names
from alliance_sim.world.scenario import Scenario

CHOICE = "a choice of the study"
FILES = (*NAMED, "policy")  # keys of which a point may name a file
LARGEST = 2**31 - 1  # number of a point
ROLES = ("point", "of", "draw", "base", "varied", "block", "row")  # columns of a design that are no keys
WORDS, WHOLE = ("varied", "block"), ("of", "draw", "row")  # roles by what their cells are; `of` names arms too
MAY_BE_EMPTY = ("varied", "arm", "changes", "id")
OF_FOLDERS = ("arm", "changes", "id")  # columns of a results folder's design that its other columns say too


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
    Kind.grid: ("over", "levels", "steps", "ranges", "together", "blocks"),
    Kind.one_at_a_time: ("over", "levels", "steps", "ranges", "together"),
    Kind.latin_hypercube: ("over", "ranges", "points"),
    Kind.sobol: ("over", "ranges", "points"),
    Kind.file: ("file",),
}
NOTHING: dict[str, Any] = {
    "over": [],
    "levels": {},
    "ranges": {},
    "steps": 2,
    "together": [],
    "blocks": [],
    "points": 0,
    "file": "",
}


@configurable
class Design:
    """Which points of the base world's keys are run.

    `over` names the keys; `ranges` narrows what the registry allows; `levels` lists values, `steps` counts them;
    keys of a list in `together` move in step, level by level; each list in `blocks` is a grid of its keys alone, one
    after another. `points` is the number of points (of Sobol's base points); `file` holds points of one's own.
    """

    kind: Kind = Kind.arms
    over: list[str] = field(default_factory=list)
    ranges: dict[str, Any] = field(default_factory=dict)
    levels: dict[str, Any] = field(default_factory=dict)
    steps: int = parameter(2, "k", "levels", 2, 1000, CHOICE, "Levels of a key that design.levels does not list.")
    points: int = parameter(0, "N", "points", 0, MOST_POINTS, CHOICE, "Points; of a Sobol design base points.")
    together: list[list[str]] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)
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

    def expand(self, base: Scenario, seed: int) -> Points:
        """List the points of any design but arms.

        Args:
            base: The world that points change.
            seed: The study's seed: it scrambles Sobol points and shuffles Latin hypercubes.

        Raises:
            ScenarioError: The design contradicts itself or the registry.
        """
        if self.kind is Kind.file:
            return _from_file(self.file, base)
        made = _EXPAND[self.kind](self, _axes(self, base), seed)
        if len(made) > MOST_POINTS:
            raise ScenarioError(f"the design has {len(made)} points; use at most {MOST_POINTS}.")
        return made


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
    return [_axis(design, base, key, rows.get(key)) for key in keys]


def _by_name(base: Scenario, key: str, now: Any) -> Any:
    """The name of the file that says a part of the base as it is, where one does; any other value as it is."""
    if not is_group(now):
        return now
    for name in names(key) if key in FILES else []:
        said = from_files(base, {key: name})[key] if key in NAMED else group(key, name, type(now))
        if said == now:
            return name
    return now


def _axis(design: Design, base: Scenario, key: str, row: Parameter | None) -> Axis:
    now = at(base, key)
    listed = design.levels.get(key)
    if listed is not None:
        if not isinstance(listed, list) or not listed:
            raise ScenarioError(f"design.levels gives {key} no list of values; such as {{{key}: [{plain(now)}]}}.")
        return Axis(key, _by_name(base, key, now), math.nan, math.nan, listed)
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


def _grid(design: Design, axes: list[Axis], seed: int) -> Points:
    return grid(axes, design.steps, design.together, design.blocks)


def _one_at_a_time(design: Design, axes: list[Axis], seed: int) -> Points:
    return one_at_a_time(axes, design.steps, design.together)


def _latin_hypercube(design: Design, axes: list[Axis], seed: int) -> Points:
    from scipy.stats import qmc

    if not design.points:
        raise ScenarioError("design.points=0 leaves nothing to run; type how many, such as design.points=64.")
    shares = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed)).random(design.points)
    return Points(np.arange(design.points), _values(axes, shares))


def _sobol(design: Design, axes: list[Axis], seed: int) -> Points:
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
    first, second = shares[:, :wide], shares[:, wide:]
    taken = [np.where(np.arange(wide) == place, second, first) for place in range(wide)]
    whole = np.stack([first, second, *taken], 1).reshape(-1, wide)
    blocks = Column(["A", "B", *(f"AB_{place + 1}" for place in range(wide))], small(np.arange(wide + 2)))
    roles = {"block": blocks.tiled(count), "row": Column(np.repeat(np.arange(count), wide + 2))}
    return Points(np.arange(len(whole)), _values(axes, whole), roles)


_EXPAND: dict[Kind, Callable[[Design, list[Axis], int], Points]] = {
    Kind.grid: _grid,
    Kind.one_at_a_time: _one_at_a_time,
    Kind.latin_hypercube: _latin_hypercube,
    Kind.sobol: _sobol,
}


def _values(axes: list[Axis], shares: Array) -> dict[str, Column]:
    return {axis.key: axis.at(own) for axis, own in zip(axes, shares.T, strict=True)}


def _from_file(name: str, base: Scenario) -> Points:
    """Read points from a table: columns are keys, or roles that an earlier design gave.

    Raises:
        ScenarioError: The file cannot be read, is empty, names an unknown key or leaves a cell empty.
    """
    if not name:
        raise ScenarioError("design.file names no file; type design.file= with a CSV or Parquet table of points.")
    known = known_keys(base)
    values = {key: at(base, key) for key in known}
    texts = [key for key, value in values.items() if isinstance(value, str) or key in FILES]
    table = points_table.read(name, [*WORDS, *OF_FOLDERS, *texts])
    heads, columns = table.heads, dict(zip(table.heads, table.columns, strict=True))
    keys = [head for head in heads if head not in (*ROLES, *OF_FOLDERS)]
    for key in keys:
        if key not in known:
            raise ScenarioError(f"design.file={name}: {unknown(key, known)}")
        if is_group(values[key]) and not (key in FILES and _holds_names(columns[key])):
            raise ScenarioError(f"design.file={name}: {key} is a group of keys; give a column to each key of it.")
    if not len(table.places) or not (keys or "id" in heads):
        raise ScenarioError(f"design.file={name} holds no points; give a row each and dotted keys as columns.")
    numbers = _checked(name, table, [key for key in keys if type(values[key]) in (int, float)])
    roles = {
        role: columns[role].mapped(lambda cell: cell or "") if role in WORDS else columns[role]
        for role in ROLES[1:]
        if role in columns
    }
    if {"of", "draw"} & roles.keys():
        roles["of"] = _check_draws(name, roles, len(table.places))
    own = {key: columns[key] for key in keys}
    nulls = [key for key, column in own.items() if column.holds(points_table.Null)]
    own |= {key: own[key].mapped(lambda cell: None if cell is points_table.Null.NULL else cell) for key in nulls}
    return Points(numbers, own, roles)


def _holds_names(column: Column) -> bool:
    """True if every cell is a name of a file, or empty, which is refused later."""
    return bool(column.where(lambda cell: cell is None or isinstance(cell, str)).all())


def _checked(name: str, table: Table, numeric: Sequence[str]) -> Array:
    """See that every row says what a point needs; returns the numbers of the points.

    Raises:
        ScenarioError: A row, the first of them, does not.
    """
    columns = dict(zip(table.heads, table.columns, strict=True))
    wrong = np.zeros(len(table.places), dtype=bool)
    for head, column in columns.items():
        if head not in MAY_BE_EMPTY and column.holds(type(None)):
            wrong |= column.where(lambda cell: cell is None)
    for key in numeric:
        if not isinstance(columns[key].values, np.ndarray):
            wrong |= ~columns[key].where(lambda cell: type(cell) in (int, float))
    for role in ROLES[1:]:
        if role in columns:
            wrong |= ~columns[role].where(partial(_is_role, role))
    numbers = np.arange(len(table.places))
    if "point" in columns:
        allowed = columns["point"].where(_is_number)
        wrong |= ~allowed
        numbers = columns["point"].mapped(lambda cell: int(cell) if _is_number(cell) else -1).array()
    again = pd.Index(numbers).duplicated()
    for place in np.flatnonzero(wrong | again)[:1].tolist():
        row = {head: column[place] for head, column in columns.items()}
        _refuse(f"design.file={name}, {table.places[place]}", row, numeric, bool(again[place]))
    return numbers


def _refuse(said: str, row: dict[str, Any], numeric: Sequence[str], again: bool) -> None:
    """Say what is wrong with a row of a table, whose point may be there again."""
    for head, cell in row.items():
        if cell is None and head not in MAY_BE_EMPTY:
            raise ScenarioError(f"{said}: it leaves {head} empty; give every point a value.")
    for key in numeric:
        if type(row[key]) not in (int, float):
            raise ScenarioError(f"{said}, {key}: {points_table.shown(row[key])} is no number; type one.")
    if "point" in row and not _is_number(row["point"]):
        raise ScenarioError(
            f"{said}: point {points_table.shown(row['point'])} is no whole number from 0 to {LARGEST:,}; "
            "leave point out."
        )
    if again:
        point = int(row["point"])
        raise ScenarioError(f"{said}: point {point} is there twice; number each point once or leave point out.")
    for role in ROLES[1:]:
        if role in row and not _is_role(role, row[role]):
            takes = "true or false" if role == "base" else f"whole numbers from 0 to {LARGEST:,}"
            cell = points_table.shown(row[role])
            raise ScenarioError(f"{said}: {role} takes {takes}, not {cell}; leave the column out.")


def _is_number(cell: Any) -> bool:
    """True for what may be a point's number."""
    return not isinstance(cell, bool) and isinstance(cell, int | float) and cell == int(cell) and 0 <= cell <= LARGEST


def _is_role(role: str, cell: Any) -> bool:
    """True for a cell that a column that is no key may have, of the type that it has in a design of ours."""
    if role in WORDS:
        return True
    if role == "base":
        return isinstance(cell, bool)
    if role == "of" and isinstance(cell, str):  # name of an arm
        return True
    return isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell <= LARGEST


def _check_draws(name: str, roles: dict[str, Column], count: int) -> Column:
    """See that what was asked for, which may have names, is there at the same draws of the posterior; number it."""
    if not {"of", "draw"} <= roles.keys():
        raise _no_draws(name)
    of, draw = (combined([roles[role].different()[1]], count)[0] for role in ("of", "draw"))
    each, _ = combined([of, draw], count)
    several = (int(codes.max()) + 1 for codes in (each, of, draw))
    found, names, draws = several
    if found < count or found < names * draws:
        raise _no_draws(name)
    return Column(of)


def _no_draws(name: str) -> ScenarioError:
    return ScenarioError(
        f"design.file={name}: columns of and draw do not name each draw once for each point that was asked for; "
        "leave both out."
    )
