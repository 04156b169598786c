"""What a study's parameters rest on: for each number in force its kind of source, rows of the evidence, and works."""

import csv
import functools
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from alliance_sim.calibration import space
from alliance_sim.calibration.evidence.rows import TABLES, Row, rows
from alliance_sim.calibration.evidence.targets import FITTED, targets
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, Parameter, parameters, plain
from alliance_sim.report import wording
from alliance_sim.study.designs import CHOICE
from alliance_sim.study.identity import described
from alliance_sim.world.configuration import flat
from alliance_sim.world.places import names
from alliance_sim.world.protocol import DrugName
from alliance_sim.world.scenario import SCALES, Condition, Scenario, load_patients, load_protocol

if TYPE_CHECKING:
    from alliance_sim.report.records.facts import Facts

OF_PROTOCOL = "the protocol's own source"
HEADS = (
    *("key", "value", "levels", "unit", "arms", "kind", "default", "lower", "upper"),
    *("source", "evidence", "works", "meaning"),
)
VARIED, OF_ARMS = "varied", "differs between arms"
OF_CONDITION = ("patients.severity_mean", "patients.severity_spread")  # whose registered source is of depression
ENTRY = "patients.entry."  # scores at entry that a trial printed
KEY = re.compile(r"\b([A-Z]{2,3})(\d{3})([a-z]?)(?:-(?:([a-z])\b|\1(\d{3})))?")  # TD265a, TD265a-c, TD079-TD083


class Kind(Enum):
    """Where a number is from."""

    fitted = "fitted"  # to published rows
    published = "published"  # taken from a publication
    partly = "published and assumed"
    assumed = "assumed"
    protocol = "of the protocol"  # what the trial's protocol or population says
    chosen = "chosen"  # by the study: how many, how long
    changed = "changed by the study"  # away from the model's default
    varied = "varied by the design"  # it has no one value


class Ground(NamedTuple):
    """One number in force, and what it rests on."""

    row: Parameter
    arms: tuple[str, ...]  # in which it has this value
    kind: Kind
    usual: Any  # the model's default; None where there is none of its own
    keys: tuple[str, ...]  # rows of the evidence
    source: str = ""  # as the registry, the protocol or the population says it
    levels: str = ""  # of what the design varies


def evidence_keys(text: str) -> list[str]:
    """Keys of evidence that a text names and that are there; TD265a-c and TD079-TD083 stand for all between."""
    found: list[str] = []
    for stem, number, letter, to_letter, to_number in KEY.findall(text):
        first = int(number)
        letters = [chr(code) for code in range(ord(letter), ord(to_letter) + 1)] if letter and to_letter else [letter]
        for place in range(first, min(int(to_number or number), first + 100) + 1):
            found += [key for one in letters if (key := f"{stem}{place:03d}{one}") in evidence()]
    return list(dict.fromkeys(found))


@functools.cache
def evidence() -> dict[str, Row]:
    """Every row of the evidence by its key."""
    return {key: row for table in TABLES for key, row in rows(table).items()}


NOTHING_VARIED: Mapping[str, str] = {}


def grounds(worlds: Mapping[str, Scenario], varied: Mapping[str, str] = NOTHING_VARIED) -> list[Ground]:
    """Every number in force in some worlds, once for each value that it has.

    Args:
        worlds: By arm. What none of them uses (a drug that nobody gets, a scale that nobody fills in, a policy that
            nobody follows) is left out.
        varied: The levels of the keys that a design varies, which have no one value.
    """
    made: dict[tuple[str, Any, str], Ground] = {}
    for arm, world in worlds.items():
        usual = _usual(world)
        for row in parameters(world):
            if not _in_force(row.key, world):
                continue
            own = _ground(row, world, usual)
            place = (row.key, row.default, own.source)
            if row.key in varied:
                own = own._replace(kind=Kind.varied, keys=(), levels=varied[row.key])
                place = (row.key, None, "")
            before = made.get(place, own)
            made[place] = own._replace(arms=(*before.arms, arm))
    return list(made.values())


def _ground(row: Parameter, world: Scenario, usual: Mapping[str, Any]) -> Ground:
    of_trial = row.source == OF_PROTOCOL or row.key.startswith(ENTRY)  # what its own trial says
    source = world.protocol.source if of_trial else row.source
    other = row.key in OF_CONDITION and world.patients.condition is not Condition.depression
    if other or row.key.startswith(ENTRY):
        source = world.patients.source
    known, keys = usual.get(row.key), tuple(evidence_keys(source))
    if row.source == CHOICE:
        return Ground(row, (), Kind.chosen, None, (), row.source)
    if known != row.default:
        return Ground(row, (), Kind.changed, known, (), row.source)
    return Ground(row, (), Kind.protocol if of_trial else _kind(source, keys), known, keys, source)


def _kind(source: str, keys: tuple[str, ...]) -> Kind:
    if source.startswith(CHOICE):
        return Kind.chosen
    if CALIBRATED in source:
        return Kind.fitted
    if source.startswith(ASSUMPTION) or not keys:
        return Kind.assumed
    return Kind.partly if ASSUMPTION in source else Kind.published


def _usual(world: Scenario) -> dict[str, Any]:
    """What the numbers of a world are where nobody changes them: the model's, its protocol's and its population's."""
    made = flat(plain(Scenario()))
    protocols = (load_protocol(name) for name in names("protocol"))
    found = next((plan for plan in protocols if plan.name == world.protocol.name), None)
    if found is not None:
        made |= {f"protocol.{key}": value for key, value in flat(plain(found)).items()}
    own, known = described(world.patients), [load_patients(name) for name in names("patients")]
    from_file = [one for one in known if one.source == world.patients.source] or known
    populations = map(described, from_file)
    nearest = max(populations, key=lambda one: sum(one.get(key) == value for key, value in own.items()))
    return made | {f"patients.{key}": value for key, value in nearest.items()}


def _in_force(key: str, world: Scenario) -> bool:
    scales = {world.primary.value, world.secondary.value, world.protocol.entry.scale.value}
    symptom = {scale.value for own in SCALES.values() for scale in own}
    drugs = {drug.value for drug in DrugName}
    part = key.split(".")
    if part[0] != "parameters":
        return True
    if part[1] in drugs:
        return part[1] == world.protocol.drug.value
    if part[1] == "instruments" and part[2] in symptom:
        return part[2] in scales
    if part[1] == "policies" and len(part) > 3:
        return any(name == part[2] for name, _ in world.policy.of(world.clinicians.number))
    return True


def counted(found: Iterable[Ground]) -> dict[Kind, int]:
    """How many keys of each kind; a key with several values counts once for each kind that it has."""
    held = Counter(kind for kind, _ in {(ground.kind, ground.row.key) for ground in found})
    return {kind: held[kind] for kind in Kind}


def shown(found: Iterable[Ground]) -> list[list[Any]]:
    """`counted` as the rows of a table: the kinds that there are."""
    return [[kind.value, count] for kind, count in counted(found).items() if count]


def fitted_rows() -> list[str]:
    """The rows to which the posterior is fitted."""
    return list(dict.fromkeys(target.row.id for target in targets(FITTED)))


def rests_on(found: Iterable[Ground]) -> list[str]:
    """Every row of the evidence that some numbers rest on: those that sources name, and all that the fit counted."""
    own = list(found)
    keys = [key for ground in own for key in ground.keys]
    if any(ground.kind is Kind.fitted and ground.row.key in calibrated() for ground in own):
        keys += fitted_rows()
    return list(dict.fromkeys(keys))


@functools.cache
def calibrated() -> frozenset[str]:
    """Keys of the numbers that the posterior holds."""
    return frozenset(number.row.key for number in space.calibrated())


class Word(NamedTuple):
    """What is no number and differs between arms or points: a name, a list, a choice among words."""

    key: str
    value: str
    levels: str
    arms: tuple[str, ...]
    meaning: str


def words(facts: "Facts", found: Iterable[Ground]) -> list[Word]:
    """What differs between arms or points besides the numbers in force, once for each value that it has."""
    numbers = {ground.row.key for ground in found}
    made: dict[tuple[str, str], Word] = {}
    for one in wording.of_points(facts.opened) if facts.varied else []:
        if one.key not in numbers:
            made[one.key, ""] = Word(one.key, "", facts.varied[one.key], tuple(facts.worlds), one.meaning)
    differ = wording.of_arms(facts.opened) if facts.arms_keys else {}
    every = {one.key: one for own in differ.values() for one in own if one.key not in numbers}
    for key, one in every.items():
        for arm in facts.worlds:
            own = next((other.values[1] for other in differ.get(arm, []) if other.key == key), one.values[0])
            before = made.get((key, own), Word(key, own, "", (), one.meaning))
            made[key, own] = before._replace(arms=(*before.arms, arm))
    return list(made.values())


def as_csv(found: Iterable[Ground], others: Iterable[Word], works: Mapping[str, str]) -> str:
    """A table of the numbers in force, and of what else differs between arms or points.

    Args:
        found: The numbers.
        others: What is no number.
        works: Of each row of the evidence the key of its work in the references.
    """
    room = io.StringIO()
    table = csv.writer(room, lineterminator="\n")
    table.writerow(HEADS)
    table.writerows(_line(ground, works) for ground in found)
    table.writerows(map(_in_words, others))
    return room.getvalue()


def _line(ground: Ground, works: Mapping[str, str]) -> Iterator[Any]:
    row, usual = ground.row, ground.usual
    yield from (row.key, VARIED if ground.levels else row.default, _word(ground.levels), row.unit)
    yield from (_word("; ".join(ground.arms)), ground.kind.value)
    yield "" if usual is None else usual
    source = f"of the default: {ground.source}" if ground.kind in (Kind.changed, Kind.varied) else ground.source
    yield from (row.lower, row.upper, _word(source), " ".join(ground.keys))
    yield " ".join(dict.fromkeys(works[key] for key in ground.keys if key in works))
    yield row.meaning


def _in_words(one: Word) -> list[str]:
    value, kind = (VARIED, Kind.varied.value) if one.levels else (one.value, OF_ARMS)
    return [one.key, _word(value), _word(one.levels), "", _word("; ".join(one.arms)), kind, *[""] * 6, one.meaning]


def _word(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line[:1] in ("=", "+", "-", "@") else line
