"""The worlds of points: one base world and the points' columns, checked column by column.

A key whose value is only a number of the laws is `plain`: its column goes into an engine's arrays as it is. Every
combination of values of the other keys is made once, as a world, and asked for what follows from it.
"""

import functools
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from alliance_sim.engine.arms import Arms
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import bare, hint
from alliance_sim.model.instruments import Scale
from alliance_sim.model.registry import known_keys, quantity
from alliance_sim.model.timetable import Planned
from alliance_sim.study.columns import Array, Column, Label, Point, Points, combined, reported, small
from alliance_sim.world.configuration import NAMED, changed, from_files
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import SESSION_PHASES, Scenario, check

PLAIN = ("parameters.", "clinicians.", "patients.", "protocol.co_share")  # how keys begin whose values laws only read
ASKED = (
    "clinicians.number",
    "clinicians.max_caseload",
    "clinicians.supervision.share",
    "patients.number",
    "patients.entry.",
)  # but these
BOUNDS = (".highest", ".step")  # of instruments: from them the bounds of entry follow
MEASURED = tuple(f"parameters.instruments.{scale.value}." for scale in Scale)  # and from all of these who was referred
INSTRUMENTS = "parameters.instruments."
NEVER_CHECKED = ("parameters.",)  # what neither contradicts other keys nor decides what can run together
NO_COURSE = (
    "protocol.entry.",
    "protocol.active_share",
    "protocol.allocation",
    "protocol.blinding",
)  # keys of a protocol that do not change its course
ALONE = ("policy", "policy.name", "policy.other", "policy.code", "policy.other_code")  # worlds are made one by one
PHASES = "clinicians.phases."  # how keys begin of which a protocol may lack the phase
PROBE = 0.123456789
COURSES = 1000  # of protocols that are kept while worlds are made

Worlds = Mapping[Label, Scenario]


NUMBERS = (
    "numbers",
    "sample",
    "levels",
    "conduct",
    "training",
    "shares",
)  # of `Arms`: the arrays that hold numbers of the laws


class PointWorlds(Mapping[Label, Scenario]):
    """Each point's world by its number; a world is made when it is asked for."""

    def __init__(self, base: Scenario, points: Points) -> None:
        """Check every point.

        Args:
            base: The world that points change.
            points: Points whose values are no mappings.

        Raises:
            ScenarioError: A point, the first of them, is no valid world.
        """
        self.base, self.points = base, points
        self.set: dict[str, Column] = {}  # the points' values as worlds have them
        self._places: dict[Hashable, dict[str, Array]] = {}  # of a key in an engine's arrays
        self.groups, sizes = self._checked()  # which points run together
        self._visits, self._patients = np.array(sizes, dtype=np.int64).reshape(-1, 2).T  # of a world, by group

    @classmethod
    def _of(cls, whole: "PointWorlds", places: Array) -> "PointWorlds":
        made = cls.__new__(cls)
        made.base, made.points, made._places = whole.base, Points(whole.points.numbers[places], {}), whole._places
        made.set = {key: column.take(places) for key, column in whole.set.items()}
        made.groups, made._visits, made._patients = whole.groups[places], whole._visits, whole._patients
        return made

    def size(self, place: int) -> tuple[int, int]:
        """Visits, sessions and assessments together, and patients of one trial of a point."""
        group = self.groups[place]
        return int(self._visits[group]), int(self._patients[group])

    @property
    def visits(self) -> int:
        """Sessions and assessments of one trial of every point."""
        return int(self._visits[self.groups].sum())

    @property
    def patients(self) -> int:
        """Patients of one trial of every point."""
        return int(self._patients[self.groups].sum())

    @functools.cached_property
    def labels(self) -> list[Label]:
        """Numbers of the points."""
        return list(self.points.numbers.tolist())

    @functools.cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.points.numbers)

    def __len__(self) -> int:
        """How many points."""
        return len(self.points)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __contains__(self, label: object) -> bool:
        return label in self._index

    def __getitem__(self, label: Label) -> Scenario:
        """One point's world."""
        place = int(self._index.get_indexer(pd.Index([label]))[0])
        if place < 0:
            raise KeyError(label)
        return self.at(place)

    def at(self, place: int) -> Scenario:
        """The world of the point at a place."""
        return altered(self.base, {key: column[place] for key, column in self.set.items()})

    def part(self, labels: Sequence[Label]) -> "PointWorlds":
        """Some of the points, as they were checked."""
        return self._of(self, self._index.get_indexer(pd.Index(labels)))

    def arms(self) -> Arms:
        """All points as engines read them; those of one group can be run together."""
        codes, first = self._combinations(self._others)
        kinds = [self._kind(place, self._others) for place in first.tolist()]
        made = Arms.of(kinds).take(codes, self.at(0))
        alike = [(kind.protocol.drug, kind.primary, kind.secondary) for kind in kinds]
        for same in dict.fromkeys(alike):
            own = np.flatnonzero(np.array([one == same for one in alike])[codes])
            for key in self.set.keys() - set(self._others):
                values = self.set[key].array()[own]
                for part, places in self._laid(key, kinds[alike.index(same)], same).items():
                    held = getattr(made, part)
                    held[np.ix_(places, own) if held.ndim > 1 else own] = values
        return made

    def _laid(self, key: str, kind: Scenario, same: Hashable) -> dict[str, Array]:
        """Where the value of a plain key lies in each array of `Arms`: what a value of it shows to be that."""
        if (key, same) not in self._places:
            one = Arms.of([altered(kind, {key: PROBE})])
            found = {part: np.flatnonzero(getattr(one, part) == PROBE) for part in NUMBERS}
            self._places[key, same] = {part: places for part, places in found.items() if places.size}
        return self._places[key, same]

    @functools.cached_property
    def _others(self) -> list[str]:
        """Keys that are not plain."""
        return [key for key in self.set if not is_plain(key)]

    def _combinations(self, keys: list[str], count: int | None = None) -> tuple[Array, Array]:
        """Which combination of values of some keys each point has, and the first point of each."""
        return combined((self.set[key].different()[1][:count] for key in keys), len(self) if count is None else count)

    def _kind(self, place: int, keys: list[str]) -> Scenario:
        """The world of a point as far as some keys decide it."""
        return altered(self.base, {key: self.set[key][place] for key in keys})

    def _checked(self) -> tuple[Array, list[tuple[int, int]]]:
        """Check values one column at a time, then each combination of those that are not plain.

        Returns:
            For each point the number of the group that can run together; and of each group visits and patients.
        """
        known = set(known_keys(self.base))
        if len(self) and not self._are_apart(known):
            self._refuse(0, known)
        wrong = np.zeros(len(self), dtype=bool)
        for key, column in _with_files(self.base, self.points.values).items():
            self.set[key], bad = accepted(column, key)
            wrong |= bad
        count = int(wrong.argmax()) if wrong.any() else len(self)
        keys = [key for key in self._others if not key.startswith(NEVER_CHECKED)]
        plans = [key for key in keys if key.startswith("protocol") and not key.startswith(NO_COURSE)]
        codes, first = self._combinations(keys, count)
        plan, _ = self._combinations(plans, count)
        courses: dict[int, tuple[Planned, ...]] = {}
        found: dict[Hashable, int] = {}
        sizes: list[tuple[int, int]] = []
        group = np.empty(len(first), dtype=np.int32)
        for number, (place, own) in enumerate(zip(first.tolist(), plan[first].tolist(), strict=True)):
            world = self._kind(place, keys)
            try:
                check(world)
            except ScenarioError:
                self._refuse(place, known)
            self._check_phases(world, codes == number, known)
            if own not in courses:
                if len(courses) >= COURSES:
                    courses.clear()
                courses[own] = tuple(world.course())
            group[number] = found.setdefault(together(world, courses[own]), len(found))
            if len(sizes) < len(found):
                sizes.append((len(courses[own]) * world.patients.number, world.patients.number))
        if count < len(self):
            self._refuse(count, known)
        return group[codes], sizes

    def _check_phases(self, world: Scenario, own: Array, known: set[str]) -> None:
        """Refuse shifts, of points like `world`, in phases that its protocol has not."""
        lacking = {*SESSION_PHASES} - {*used_phases(world.protocol)}
        for key in self.set:
            if key.startswith(PHASES) and key.split(".")[2] in lacking:
                shifted = np.flatnonzero(own & (self.set[key].array()[: len(own)] != 0.0))
                if shifted.size:
                    self._refuse(int(shifted[0]), known)

    def _are_apart(self, known: set[str]) -> bool:
        """True if every key is known and none is a part of another."""
        keys = self.points.values
        return known >= keys.keys() and not any(key.startswith(f"{group}.") for key in keys for group in keys)

    def _refuse(self, place: int, known: set[str]) -> None:
        """Make a point's world as one that is alone, which raises what is wrong with it."""
        one_world(self.base, self.points[place], known)


def one_world(base: Scenario, point: Point, known: Collection[str]) -> Scenario:
    """Make the world of one point.

    Raises:
        ScenarioError: It is no valid one.
    """
    try:
        return changed(base, point.values, known)
    except ScenarioError as error:
        raise ScenarioError(f"point {point.number} ({reported(point.values)}): {error}") from error


def worlds_of(base: Scenario, points: Sequence[Point]) -> Worlds:
    """Each point's world by its number.

    Raises:
        ScenarioError: A point, the first of them, is no valid world.
    """
    if isinstance(points, Points) and not any(
        key in ALONE or column.holds(dict) for key, column in points.values.items()
    ):
        keys = points.values.keys()
        of_files = {*NAMED} & keys | ({"patients"} if "protocol" in keys else set())
        if not any(key.startswith(f"{kind}.") for kind in of_files for key in keys):
            return PointWorlds(base, points)
    known = set(known_keys(base))  # a mapping sets keys of its own, which differ from point to point
    return {point.number: one_world(base, point, known) for point in points}


def _with_files(base: Scenario, values: Mapping[str, Column]) -> dict[str, Column]:
    """Points' values with what the files say that they name: of a protocol its population too."""
    made = dict(values)
    for kind in NAMED:
        column = made.get(kind)
        if column is None or not column.holds(str):
            continue
        found: dict[str, dict[str, Any]] = {}
        for name in {value for value in column.different()[0] if isinstance(value, str)}:
            try:
                found[name] = from_files(base, ({"patients": None} if "patients" in made else {}) | {kind: name})
            except ScenarioError:  # said of the point that names it
                return made
        if any("patients" in parts for parts in found.values()) and kind == "protocol":
            made["patients"] = column.mapped(lambda name: found[name].get("patients", base.patients))  # noqa: B023
        made[kind] = column.mapped(lambda name: found[name][kind])  # noqa: B023
    return made


def accepted(column: Column, key: str) -> tuple[Column, Array]:
    """A key's values as worlds have them, and which points' values are none that the key takes."""
    full = hint(Scenario, key)
    kind, about = bare(full), quantity(full)
    given = column.values
    if isinstance(given, np.ndarray) and about is not None:
        wrong = ~((given >= about.lower) & (given <= about.upper))
        if kind is float:
            return Column(given.astype(np.float64, copy=False)), wrong
        whole = np.where(wrong, 0, given).astype(np.int64, copy=False)
        return Column(whole), wrong | (whole != given)
    validator, (different, codes) = TypeAdapter(full), column.different()
    values: list[Any] = []
    fits = np.ones(len(different), dtype=bool)
    for place, value in enumerate(different):
        try:
            values.append(validator.validate_python(value))
        except (ValidationError, ScenarioError):
            values.append(None)
            fits[place] = False
    return Column(values, small(codes)), ~fits[codes]


@functools.cache
def is_plain(key: str) -> bool:
    """True for a key whose value is a number that the laws read, and nothing else."""
    decides = key.startswith((*ASKED, *MEASURED)) or (key.startswith(INSTRUMENTS) and key.endswith(BOUNDS))
    return quantity(hint(Scenario, key)) is not None and key.startswith(PLAIN) and not decides


def altered(world: Scenario, values: Mapping[str, Any]) -> Scenario:
    """A world with some dotted keys set to other values, which are not checked again; parts it keeps are shared."""
    made: Scenario = _copied(world)
    own: dict[str, Any] = {}
    for key, value in values.items():
        part: Any = made
        path = ""
        *groups, last = key.split(".")
        for name in groups:
            path += f".{name}"
            if path not in own:
                own[path] = vars(part)[name] = _copied(getattr(part, name))
            part = own[path]
        vars(part)[last] = value
    return made


def _copied(part: Any) -> Any:
    made = object.__new__(type(part))
    vars(made).update(vars(part))
    return made


def together(world: Scenario, course: tuple[Planned, ...] | None = None) -> Hashable:
    """What is the same in worlds that can run together: what an engine lays out once for all of them.

    Args:
        world: A world.
        course: Its course, where it is known.
    """
    return (
        tuple(world.course()) if course is None else course,
        world.patients.number,
        world.clinicians.number,
        world.assignment.enrolment_spacing,
        world.protocol.dose_per_kg,
        world.primary,
        world.secondary,
        world.protocol.assessments.primary_day,
        world.protocol.assessments.baseline,
        world.protocol.feedback,
        world.protocol.measuring,
    )
