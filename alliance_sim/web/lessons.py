"""The lessons: read from `lessons/*.yaml`, checked, and every number in them computed by the engine.

A text names a number as `{{name}}`; digits of its own it may not hold. A number that is a difference says in which
direction it lies, and a lesson whose claim the numbers do not bear out is refused. `[[word]]` opens the glossary.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.engine.worlds import simulate
from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import DECLARED, NAMES
from alliance_sim.model.policies import BUILT_IN, USUAL
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameters
from alliance_sim.model.timetable import Kind
from alliance_sim.web import menus, settings
from alliance_sim.web.menus import TRIALS, USUAL_CASELOAD
from alliance_sim.world.clinicians import EffortLimits
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import (
    DEFAULT_SEED,
    SESSION_PHASES,
    Assignment,
    Patients,
    Rule,
    Scenario,
    load_protocol,
)

FOLDER = Path(__file__).with_suffix("")
CLEAR = 2.0  # errors that a difference must exceed to be called one
PERCENT = 100.0
AFTER_RUPTURE = "after_rupture"
SHARES = ("response", "remission", "dropout", "adverse", "guess", "mended", "worked_through")
PLACE = re.compile(r"\{\{(\w+)\}\}")
TERM = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")
LETTERS = 31  # of a code: see static/codes.js
LONGEST_CODE = 12

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = dict[str, str | int | float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ------------------------------------------------------------------------------------------------- what is written


class Claim(Enum):
    """In which direction a difference lies."""

    above = "above"  # 0, by more than two of its errors
    below = "below"
    unclear = "unclear"  # not further from 0 than two of its errors
    any = "any"  # the lesson says nothing of it


class OverTrials(Enum):
    """What is taken of the single trials instead of their mean."""

    lowest = "lowest"
    highest = "highest"
    range = "range"


class Source(Enum):
    """Where a parameter's number comes from."""

    assumption = "assumption"
    calibrated = "calibrated"
    published = "published"


class Clinic(_Strict):
    """The clinician of a world; what is not named is usual."""

    caseload: int = USUAL_CASELOAD
    policy: str = USUAL
    budget: float = EffortLimits.budget
    fatigue: float = EffortLimits.fatigue
    boundaries: float = DECLARED["boundaries"].mean
    active_listening: float = DECLARED["active_listening"].mean
    authenticity: float = DECLARED["authenticity"].mean
    empathy: float = DECLARED["empathy"].mean
    collaboration: float = DECLARED["collaboration"].mean
    preparation: dict[str, float] = {}
    therapy: dict[str, float] = {}
    dosing: dict[str, float] = {}
    integration: dict[str, float] = {}
    after_rupture: dict[str, float] = {}

    @model_validator(mode="after")
    def _known(self) -> "Clinic":
        named = {one for when in (*SESSION_PHASES, AFTER_RUPTURE) for one in getattr(self, when)}
        if named - {*NAMES} or self.policy not in BUILT_IN:
            raise ValueError("there is no such behaviour or policy")
        return self


class World(_Strict):
    """One arm's world, in the keys of a link; `also` are dotted keys that the page does not offer."""

    clinic: Clinic
    protocol: str = settings.PROTOCOL
    condition: str = menus.CONDITION
    dose: int = 100  # % of what was published
    patients: int = Patients.number
    spacing: int = Assignment.enrolment_spacing
    rule: str = Rule.balanced.value
    seed: str = str(DEFAULT_SEED)
    also: dict[str, str | int | float] = {}


class Number(_Strict):
    """A number of a lesson: of a world, of two worlds with the same patients, of two numbers, or of the registry."""

    of: str = ""
    less: str = ""
    measure: str = ""
    halves: str = ""  # the better half less the worse half of the patients, by this measure
    days: tuple[int, int] | None = None  # of the trial, the first and the last that count
    over_trials: OverTrials | None = None
    minus: tuple[str, str] | None = None
    parameters: Source | None = None
    times: float = 1.0
    unit: str = ""
    direction: Annotated[Claim | None, Field(alias="is")] = None

    @model_validator(mode="after")
    def _whole(self) -> "Number":
        if sum((bool(self.of), self.minus is not None, self.parameters is not None)) != 1:
            raise ValueError("a number is `of` a world, `minus` of two numbers, or of `parameters`")
        differs = bool(self.less or self.halves or self.minus) and self.over_trials is None
        if differs != (self.direction is not None):
            raise ValueError("a difference says in which direction it lies (`is`), and nothing else does")
        return self


class Bar(_Strict):
    """A bar to guess, and the number that it is compared with."""

    name: str
    answer: str
    arm: str


class Beside(_Strict):
    """A line that stands beside the guess from the beginning."""

    name: str
    answers: list[str]


class Guess(_Strict):
    """What a student guesses: bars, a number or a line, between `low` and `high` in steps."""

    kind: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    bars: list[Bar] = []
    answer: str = ""
    days: list[int] = []
    answers: list[str] = []
    beside: Beside | None = None

    @property
    def asked(self) -> list[str]:
        """The numbers that are guessed, in order."""
        return [bar.answer for bar in self.bars] or self.answers or [self.answer]

    @model_validator(mode="after")
    def _fits(self) -> "Guess":
        if self.kind not in ("bars", "number", "line"):
            raise ValueError("a guess is bars, number or line")
        if len(self.days) != len(self.answers) or (self.kind == "line") != bool(self.days):
            raise ValueError("a line has an answer a day")
        levels = round((self.high - self.low) / self.step) + 1
        letters = 1 if levels <= LETTERS else 2
        if levels > LETTERS**2 or 2 + letters * len(self.asked) > LONGEST_CODE:
            raise ValueError(f"the guess does not fit into a code of {LONGEST_CODE} letters; take larger steps")
        return self


class Setting(_Strict):
    """Two worlds side by side, and where to look at them."""

    a: str
    b: str
    screen: str = "compare"
    patient: int | None = None


class Try(Setting):
    """Something to try, one click away."""

    text: str


class Question(_Strict):
    """A question of the worksheet, with the answer of the teacher's page."""

    ask: str
    answer: str


class Belief(_Strict):
    """What is often believed, and what to say."""

    wrong: str
    right: str


class Teacher(_Strict):
    """What only the teacher's page holds."""

    beliefs: list[Belief]
    assumed: list[str]


class Lesson(_Strict):
    """One lesson as it is written."""

    title: str
    minutes: int
    aims: list[str]
    worlds: dict[str, World]
    numbers: dict[str, Number]
    question: str
    guess: Guess
    reveal: str
    why: list[str]
    start: Setting
    tries: list[Try]
    questions: list[Question]
    teacher: Teacher

    def texts(self) -> Iterator[str]:
        """Everything that is read, line by line."""
        yield from (self.title, *self.aims, self.question, self.guess.label, self.guess.unit, self.reveal, *self.why)
        yield from (bar.name for bar in self.guess.bars)
        yield from (one.text for one in self.tries)
        yield from (part for one in self.questions for part in (one.ask, one.answer))
        yield from (part for one in self.teacher.beliefs for part in (one.wrong, one.right))
        yield from self.teacher.assumed


def read(path: Path) -> Lesson:
    """One lesson from its file.

    Raises:
        ScenarioError: It does not fit the schema, names what is not there, or holds a number of its own.
    """
    try:
        made = Lesson.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path.name} is no YAML: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(f"{path.name}, {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    _check(path.name, made)
    return made


def _check(name: str, lesson: Lesson) -> None:
    known, worlds = {*lesson.numbers, "trials", "patients"}, {*lesson.worlds}
    for text in lesson.texts():
        if missing := {*PLACE.findall(text)} - known:
            raise ScenarioError(f"{name}: there is no number {missing.pop()}.")
        if re.search(r"\d", PLACE.sub("", text)):
            raise ScenarioError(f"{name} holds a number written by hand: {text[:60]}.")
    asked = [*lesson.guess.asked, *(lesson.guess.beside.answers if lesson.guess.beside else [])]
    if missing := {*asked} - known:
        raise ScenarioError(f"{name}: there is no number {missing.pop()}.")
    order = list(lesson.numbers)
    for at, number in enumerate(lesson.numbers.values()):
        if missing := {*(number.minus or ())} - {*order[:at]}:
            raise ScenarioError(f"{name}: there is no number {missing.pop()} above {order[at]}.")
    named = [one for number in lesson.numbers.values() for one in (number.of, number.less) if one]
    pairs = [side for setting in (lesson.start, *lesson.tries) for side in (setting.a, setting.b)]
    if missing := {*named, *pairs} - worlds:
        raise ScenarioError(f"{name}: there is no world {missing.pop()}.")
    hidden = [side for side in pairs if lesson.worlds[side].also]
    if hidden:
        raise ScenarioError(f"{name}: the page cannot show the world {hidden[0]}.")


@functools.cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons in their order."""
    return tuple(map(read, sorted(FOLDER.glob("*.yaml"))))


# ------------------------------------------------------------------------------------------------- worlds


def scenario(world: World) -> Scenario:
    """The scenario of a world: one clinician, whose colleagues are copies.

    Raises:
        ScenarioError: A value is not allowed.
    """
    clinic, present = world.clinic, menus.present(load_protocol(world.protocol))
    made = settings.scenario(
        {
            "protocol": world.protocol,
            "condition": world.condition,
            "patients": world.patients,
            "spacing": world.spacing,
            "clinicians": max(present, math.ceil(world.patients / clinic.caseload)),
            "rule": world.rule,
            "dose": world.dose / PERCENT,
            "seed": world.seed,
            "skills": {name: getattr(clinic, name) for name in NAMES},
            "phases": {phase: shifts for phase in SESSION_PHASES if (shifts := getattr(clinic, phase))},
            "after_rupture": clinic.after_rupture,
            "policy": clinic.policy,
            "budget": clinic.budget,
            "fatigue": clinic.fatigue,
        }
    )
    return changed(made, world.also)


def _shifts(clinic: Clinic) -> Iterator[tuple[str, float]]:
    for when in (*SESSION_PHASES, AFTER_RUPTURE):
        for name, shift in getattr(clinic, when).items():
            yield f"{when}.{name}", shift


def pairs(a: World, b: World) -> Pairs:
    """A link's keys for two worlds side by side.

    Raises:
        ScenarioError: They differ in what both sides of the page share.
    """
    common = ("protocol", "condition", "dose", "patients", "spacing", "rule", "seed")
    made: Pairs = {name: getattr(a, name) for name in common}
    apart = [name for name in common if getattr(a, name) != getattr(b, name)]
    if apart:
        raise ScenarioError(f"two worlds of one page differ in {apart[0]}.")
    for arm, world in (("a", a), ("b", b)):
        made |= {f"{arm}.{name}": getattr(world.clinic, name) for name in ("caseload", "policy", "budget", "fatigue")}
        made |= {f"{arm}.{name}": getattr(world.clinic, name) for name in NAMES}
        made |= {f"{arm}.{key}": shift for key, shift in _shifts(world.clinic)}
    return made


# ------------------------------------------------------------------------------------------------- measures


class Met(NamedTuple):
    """A world and what it recorded."""

    scenario: Scenario
    recorded: Recorded


@functools.lru_cache(maxsize=4)
def _met(written: str) -> Met:
    world = World.model_validate_json(written)
    made = scenario(world)
    return Met(made, simulate([made], range(TRIALS), int(world.seed), Keep.sessions))


def met(world: World) -> Met:
    """Simulate a world: sixteen trials."""
    return _met(world.model_dump_json())


def measured(one: Met, number: Number) -> Array:
    """A measure of a world in each trial."""
    if number.halves:
        return _halves(one, number.measure, number.halves)
    values = MEASURES[number.measure](one, number) if number.measure in MEASURES else _outcome(one, number.measure)
    return values * PERCENT if number.measure in SHARES else values


def _outcome(one: Met, name: str) -> Array:
    if name not in one.recorded.trials:
        raise ScenarioError(f"there is no measure {name}.")
    found: Array = one.recorded.trials[name][0]
    return found


def _halves(one: Met, measure: str, by: str) -> Array:
    """How far those above the median of `by` lie above the others, trial by trial."""
    sign, name = (-1.0, "change") if measure == "improvement" else (1.0, measure)
    found = []
    for split, values in zip(
        one.recorded.outcomes[by][:, 0].T, sign * one.recorded.outcomes[name][:, 0].T, strict=True
    ):
        rated = ~np.isnan(split)
        better = split > np.median(split[rated])
        found.append(values[rated & better].mean() - values[rated & ~better].mean())
    return np.array(found)


def _rows(one: Met, wanted: Callable[[Any], bool]) -> Array:
    return np.array([wanted(event) for event in one.recorded.session_events])


def _over(one: Met, name: str, rows: Array) -> Array:
    """Mean of a session's column over the sessions attended, of some rows, by trial."""
    values, here = (one.recorded.sessions[column][rows, 0] for column in (name, "attended"))
    total: Array = np.where(here > 0.5, values, 0.0).sum(axis=0) / (here > 0.5).sum(axis=0)
    return total


def _in_sessions(name: str) -> Callable[[Met, Number], Array]:
    def read(one: Met, number: Number) -> Array:
        low, high = number.days or (0, np.inf)
        return _over(one, name, _rows(one, lambda event: low <= event.day <= high))

    return read


def _before_dosing(name: str) -> Callable[[Met, Number], Array]:
    def read(one: Met, number: Number) -> Array:
        steps = [step for step in one.scenario.course() if step.phase != "assessment"]
        first = next(place for place, step in enumerate(steps) if step.kind is Kind.DOSE)
        return _over(one, name, _rows(one, lambda event: event.planned.code == steps[first - 1].code))

    return read


def _worked_through(one: Met, number: Number) -> Array:
    dosing = _rows(one, lambda event: event.planned.kind is Kind.DOSE)
    return _over(one, "resolved", dosing) / _over(one, "challenge", dosing)


MEASURES: dict[str, Callable[[Met, Number], Array]] = {
    "improvement": lambda one, number: -_outcome(one, "change"),
    "mended": lambda one, number: _outcome(one, "repairs") / _outcome(one, "ruptures"),
    "left_open": lambda one, number: _outcome(one, "ruptures") - _outcome(one, "repairs"),
    "worked_through": _worked_through,
    "fatigue": _in_sessions("fatigue"),
    "delivered_empathy": _in_sessions("delivered_empathy"),
    **{f"{name}_before_dosing": _before_dosing(name) for name in ("trust", "felt_empathy", "rapport")},
}
UNITS = {
    "improvement": "points",
    "ceq": "% of the scale",
    "ebi": "% of the scale",
    "wai_final": "WAI-SR points",
    "clinician_hours": "hours",
}


def unit(number: Number) -> str:
    """What a number counts."""
    if number.unit or number.minus or number.parameters:
        return number.unit
    if number.measure in SHARES:
        differs = number.less or number.halves or number.over_trials is OverTrials.range
        return "percentage points" if differs else "%"
    return UNITS.get(number.measure, "")


# ------------------------------------------------------------------------------------------------- numbers


class Found(NamedTuple):
    """A number and its Monte Carlo standard error, which is NaN where it has none."""

    value: float
    error: float


def found(lesson: Lesson) -> dict[str, Found]:
    """Every number of a lesson.

    Raises:
        ScenarioError: A difference does not lie where the lesson says.
    """
    by_trial: dict[str, Array] = {}
    made: dict[str, Found] = {}
    for name, number in lesson.numbers.items():
        if number.parameters is not None:
            made[name] = Found(float(sources()[number.parameters]), math.nan)
            continue
        values = by_trial[name] = _by_trial(lesson, number, by_trial)
        if number.over_trials is not None:
            low, high = float(values.min()), float(values.max())
            ends = {OverTrials.lowest: low, OverTrials.highest: high, OverTrials.range: high - low}
            made[name] = Found(ends[number.over_trials], math.nan)
            continue
        made[name] = Found(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))
        if number.direction is not None and not holds(number.direction, made[name]):
            value, error = made[name]
            raise ScenarioError(
                f"“{lesson.title}” says that {name} is {number.direction.value}, but it is {value:.3g} ± {error:.3g}."
            )
    return made


def holds(claim: Claim, number: Found) -> bool:
    """True if a difference lies where a lesson says that it lies."""
    value, error = number
    way = Claim.unclear if abs(value) <= CLEAR * error else Claim.above if value > 0 else Claim.below
    return claim is Claim.any or claim is way


def _by_trial(lesson: Lesson, number: Number, known: Mapping[str, Array]) -> Array:
    if number.minus is not None:
        first, second = (known[name] for name in number.minus)
        return first - second
    values = measured(met(lesson.worlds[number.of]), number)
    if number.less:
        values = values - measured(met(lesson.worlds[number.less]), number)
    return values * number.times


@functools.cache
def sources() -> Counter[Source]:
    """How many of the model's parameters come from where."""
    return Counter(_source(row.source) for row in parameters(Scenario().parameters))


def _source(text: str) -> Source:
    if text.startswith(ASSUMPTION):
        return Source.assumption
    return Source.calibrated if CALIBRATED in text else Source.published


# ------------------------------------------------------------------------------------------------- for the page


@functools.cache
def data() -> list[dict[str, Any]]:
    """All lessons with their numbers, ready for JSON."""
    return [_data(lesson) for lesson in lessons()]


def _data(lesson: Lesson) -> dict[str, Any]:
    numbers = {
        name: {
            "value": value,
            "error": None if math.isnan(error) else error,
            "unit": _said_unit(lesson, name),
            "chance": lesson.numbers[name].direction is not None and holds(Claim.unclear, Found(value, error)),
        }
        for name, (value, error) in found(lesson).items()
    }
    written = lesson.model_dump(mode="json", by_alias=True, exclude={"worlds", "numbers", "start", "tries"})
    return {
        **written,
        "numbers": numbers,
        "start": _setting(lesson, lesson.start),
        "tries": [{"text": one.text, **_setting(lesson, one)} for one in lesson.tries],
    }


def _said_unit(lesson: Lesson, name: str) -> str:
    number = lesson.numbers[name]
    return _said_unit(lesson, number.minus[0]) if number.minus and not number.unit else unit(number)


def _setting(lesson: Lesson, one: Setting) -> dict[str, Any]:
    shown: Pairs = {"screen": one.screen}
    if one.patient is not None:
        shown["patient"] = one.patient
    return {"set": shown | pairs(lesson.worlds[one.a], lesson.worlds[one.b])}
