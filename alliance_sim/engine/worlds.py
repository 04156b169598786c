"""Many worlds in lanes of sixteen: what `arrays.simulate` computes, compiled and equal to the last bit."""

import math
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine import kernels
from alliance_sim.engine.arrays import LOW_WORD, insecurity, lots, stacked, stream
from alliance_sim.engine.intervention import Fixed, interventions
from alliance_sim.engine.lanes import WIDTH
from alliance_sim.engine.recording import (
    ASSESSMENT_COLUMNS,
    CLINICIAN_COLUMNS,
    PATIENT_COLUMNS,
    SESSION_COLUMNS,
    STATES,
    TRIAL_COLUMNS,
    Keep,
    Recorded,
    blank_absent,
    quantiles,
)
from alliance_sim.model import caseload, draws
from alliance_sim.model.records import filled, flat
from alliance_sim.model.registry import record
from alliance_sim.model.state import Clinician, Entry, Experience, Plan, Traits
from alliance_sim.model.tally import Outcome
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.world.scenario import Rule, Scenario

Array = np.ndarray[Any, np.dtype[Any]]


class Timeline(NamedTuple):
    """The timetable as arrays, one place an event, and each patient's day of enrolment."""

    kind: Array
    patient: Array
    code: Array
    day: Array
    hours: Array
    dose: Array
    step: Array  # place in a patient's course
    step_days: Array  # by place in the course: days since the contact before
    step_hours: Array
    step_kind: Array
    step_code: Array
    pair: Array  # 1.0 where two clinicians are present
    more: Array  # 1.0 while further sessions are planned
    early: Array  # 1.0 where the rating may be the early one
    primary: Array  # 1.0 on the primary day
    enrolled: Array
    by_weight: float


class Tile(NamedTuple):
    """What differs between the sixteen worlds of a tile."""

    numbers: Array  # one set, or one a lane
    sample: Array
    co_share: Array
    lead: Array  # (patients × lanes) clinician numbers
    co: Array
    lead_word: Array  # the same as words, for the draws of a dyad
    lead_alike: Array  # 1 where all lanes have the same lead
    co_alike: Array


class Laid(NamedTuple):
    """What a tile's replicates have in common."""

    numbers: Array  # lane by lane
    levels: Array
    tile: Tile | None  # where who treats whom depends on no draw


class Memory(NamedTuple):
    """The working state of a tile."""

    staff: Array
    people: Array
    traits: Array
    tallies: Array
    room: Array
    counts: Array
    moments: Array
    table: Array  # draws of a shared replicate
    stride: int  # patients, rounded up to whole lanes


class Kept(NamedTuple):
    """What a tile keeps; sessions and assessments only if wanted."""

    wanted: int
    sessions: Array
    assessments: Array
    arrivals: Array
    outcomes: Array


def timeline(scenario: Scenario, events: list[Event]) -> Timeline:
    """Lay a timetable out as arrays."""
    course = scenario.course()
    place = {step.code: at for at, step in enumerate(course)}
    steps = np.array([place[event.planned.code] for event in events], dtype=np.int64)
    kinds = np.array([int(step.kind) for step in course], dtype=np.int64)
    codes = np.array([step.code for step in course], dtype=np.uint64)
    pairs = np.array([float(step.clinicians > 1) for step in course])
    plan = Plan(*np.array(list(scenario.plans().values())).T[:, steps])
    return Timeline(
        kind=kinds[steps],
        patient=np.array([event.patient for event in events], dtype=np.int64),
        code=codes[steps],
        day=np.array([event.day for event in events], dtype=np.float64),
        hours=plan.hours,
        dose=plan.dose,
        step=steps,
        step_days=np.diff([0.0, *(step.day for step in course)]),
        step_hours=np.array([step.hours for step in course]),
        step_kind=kinds,
        step_code=codes,
        pair=pairs[steps],
        more=plan.more,
        early=plan.early,
        primary=plan.primary,
        enrolled=np.arange(scenario.patients.number) * float(scenario.assignment.enrolment_spacing),
        by_weight=float(scenario.protocol.dose_per_kg),
    )


def simulate(
    arms: Sequence[Scenario],
    replicates: Sequence[int],
    seed: int,
    keep: Keep = Keep.sessions,
    fixed: Fixed | None = None,
    columns: Collection[str] | None = None,
) -> Recorded:
    """Run every arm in every replicate, sixteen worlds at a time.

    Args:
        arms: Scenarios that share one timetable and the same number of clinicians.
        replicates: Replicate numbers, >= 0.
        seed: Study seed, in [0, 2⁶⁴).
        keep: How much to keep; what is not kept costs nothing.
        fixed: States fixed at another run's trajectory, if any.
        columns: Which columns of sessions, assessments and patients to keep, all unless given: taking them over
            costs several times what computing them does. `attended` is always kept; quantiles of trials are not.

    Returns:
        What `arrays.simulate` returns, to the last bit.
    """
    return Run(arms, replicates, seed, keep, fixed, columns).finish()


def rows(arms: Sequence[Scenario]) -> Array:
    """All numbers of each arm, shape (numbers, arms); parameters that arms share are read once."""
    known: dict[int, Array] = {}
    wholes: dict[Any, Array] = {}

    def read(group: Any) -> Array:
        if id(group) not in known:
            known[id(group)] = flat(record(group))
        return known[id(group)]

    def whole(arm: Scenario) -> Array:
        alike = id(arm.parameters), arm.protocol.drug, arm.primary, arm.secondary
        if alike not in wholes:
            parts: Any = arm.numbers(read)
            wholes[alike] = np.concatenate(parts)
        return wholes[alike]

    return np.stack([whole(arm) for arm in arms], 1)


class Run:
    """One call of `simulate`: the worlds, their tiles and what they leave."""

    def __init__(
        self,
        arms: Sequence[Scenario],
        replicates: Sequence[int],
        seed: int,
        keep: Keep,
        fixed: Fixed | None,
        columns: Collection[str] | None = None,
    ) -> None:
        """Lay out what all tiles share."""
        self._base = arms[0]
        self._arms, self._replicates = arms, list(replicates)
        self._whole_seed = seed
        self._words = np.asarray(self._replicates, dtype=np.uint64)
        self._people, self._visits = keep is not Keep.trials, keep is Keep.sessions
        self._columns = None if columns is None else {*columns, "attended"}
        self._seed = np.array([seed & LOW_WORD, seed >> 32 & LOW_WORD], dtype=np.uint64)
        self._key = stream(seed, replicates)
        self._events = self._base.events()
        self._plan = timeline(self._base, self._events)
        self._numbers = rows(arms)
        self._sample = np.stack([flat(arm.sample()) for arm in arms], 1)
        self._levels = np.stack([flat(arm.skill_levels()) for arm in arms], 1)
        self._shares = np.array([arm.protocol.co_share for arm in arms])
        n, m = self._base.patients.number, self._base.clinicians.number
        self._n, self._m = n, m
        steps, stride = len(self._plan.step_days), math.ceil(n / WIDTH) * WIDTH
        self._memory = Memory(
            np.zeros(m * kernels.CLINICIAN * WIDTH),
            np.zeros(n * kernels.PATIENT * WIDTH),
            np.zeros(n * kernels.TRAIT * WIDTH),
            np.zeros(n * kernels.TALLY * WIDTH),
            np.zeros(kernels.CLINICIAN * WIDTH),
            np.zeros((kernels.OUTCOME + 1) * WIDTH),
            np.zeros(steps * kernels.MOMENT * WIDTH),
            np.zeros(steps * kernels.ROW_DRAWS * stride),
            stride,
        )
        self._drawn = -1  # replicate (place) whose draws the table holds
        self._laid: dict[int, Laid] = {}  # by the first arm of a tile
        self._in_turn = [np.repeat(who[:, None], WIDTH, 1) for who in caseload.in_turn(n, m)]
        people = np.arange(n, dtype=np.uint64)[:, None]
        rules = {arm.assignment.rule for arm in arms}
        self._lots = lots(self._key, n, m) if Rule.random in rules else None
        self._insecure = (
            insecurity(stacked([arm.sample() for arm in arms]), draws.trait_noise(self._key, people))
            if Rule.attachment in rules
            else None
        )
        talks = int((self._plan.kind != kernels.ASSESS).sum())
        asked = len(self._events) - talks
        self._fixed = None if fixed is None else interventions(fixed, self._events, len(arms), seed, self._replicates)
        self._kept = Kept(
            int(self._visits),
            np.zeros((talks if self._visits else 0) * kernels.SESSION * WIDTH),
            np.zeros((asked if self._visits else 0) * kernels.ASSESSMENT * WIDTH),
            np.zeros((n if self._visits else 0) * kernels.STATES * WIDTH),
            np.zeros(n * kernels.OUTCOME * WIDTH),
        )
        self._summary = np.zeros((kernels.OUTCOME + 1) * WIDTH)
        shape = (len(arms), len(self._replicates))
        self._means = np.full((kernels.OUTCOME + 1, *shape), np.nan)  # of each outcome, and the spread of change
        self._changes = np.full((*shape, n), np.nan)
        self._recorded = self._room(shape, talks, asked)

    def _tiles(self) -> Iterator[tuple[Array, Array, bool]]:
        """Yield arms and replicates (places) of each tile's worlds, and whether all share a replicate.

        Whichever kind of tile needs fewer; a tile that is not full repeats its last world.
        """
        arms, replicates = range(len(self._arms)), range(len(self._replicates))
        many_arms, many_replicates = (math.ceil(len(places) / WIDTH) for places in (arms, replicates))
        lanes = np.arange(WIDTH)
        if self._fixed is None and len(replicates) * many_arms < len(arms) * many_replicates:
            rows = [np.minimum(tile * WIDTH + lanes, arms[-1]) for tile in range(many_arms)]
            for replicate in replicates:
                one = np.full(WIDTH, replicate)
                for row in rows:
                    yield row, one, True
            return
        rows = [np.minimum(tile * WIDTH + lanes, replicates[-1]) for tile in range(many_replicates)]
        for arm in arms:
            for row in rows:
                yield np.full(WIDTH, arm), row, False

    def _room(self, shape: tuple[int, int], talks: int, asked: int) -> Recorded:
        """Make room for what is kept."""

        def room(fields: Sequence[str], count: int, wanted: bool) -> dict[str, Array]:
            names = [name for name in fields if wanted and (self._columns is None or name in self._columns)]
            return {name: np.full((count, *shape), np.nan) for name in names}

        brought = PATIENT_COLUMNS if self._visits else [name for name in PATIENT_COLUMNS if name not in STATES]
        return Recorded(
            sessions=room(SESSION_COLUMNS, talks, self._visits),
            assessments=room(ASSESSMENT_COLUMNS, asked, self._visits),
            patients=room(brought, self._n, self._people),
            outcomes={name: np.full((self._n, *shape), np.nan) for name in (Outcome._fields if self._people else ())},
            trials={},
            clinicians={
                name: np.full((self._m, *shape), np.nan) for name in (CLINICIAN_COLUMNS if self._people else ())
            },
            session_events=[event for event in self._events if event.planned.kind is not Kind.ASSESSMENT],
            assessment_events=[event for event in self._events if event.planned.kind is Kind.ASSESSMENT],
            seed=self._whole_seed,
            replicates=tuple(self._replicates),
        )

    def finish(self) -> Recorded:
        """Run every tile and return what all worlds left."""
        for arms, replicates, shared in self._tiles():
            self._run(arms, replicates, shared)
        named = zip(TRIAL_COLUMNS[: len(self._means)], self._means, strict=True)
        self._recorded.trials.update(named)
        if self._columns is None:
            self._recorded.trials.update(quantiles(self._changes))
        if self._visits:
            talks = [event.planned.kind is not Kind.DOSE for event in self._recorded.session_events]
            for name in self._recorded.sessions.keys() & set(Experience._fields):
                self._recorded.sessions[name][talks] = np.nan
        return blank_absent(self._recorded)

    def _run(self, arms: Array, replicates: Array, shared: bool) -> None:
        """Run one tile: hire, assign, walk, and take over what it left."""
        numbers = self._words[replicates]
        staff = self._memory.staff
        laid = self._lay(arms, shared)
        kernels.hire(self._seed, numbers, self._m, laid.numbers, laid.levels, staff)
        tile = laid.tile
        if tile is None:
            tile = self._tile(laid, arms, shared, *self._assign(arms, replicates, staff))
        at = (slice(None), arms, replicates)
        if self._people:
            self._take(self._recorded.clinicians, CLINICIAN_COLUMNS, staff, at)
            for name, who in (("lead", tile.lead), ("co", tile.co)):
                if name in self._recorded.patients:
                    self._recorded.patients[name][at] = who.reshape(-1, WIDTH)
        common = (self._seed, numbers, self._plan, tile, self._memory, self._kept, self._summary)
        if self._fixed is not None:
            kernels.run_fixed(*common, np.ascontiguousarray(self._fixed[:, :, arms, replicates]).ravel())
        elif shared:
            if self._drawn != replicates[0]:
                kernels.draw_table(self._seed, numbers, self._plan, self._memory.stride, self._memory.table)
                self._drawn = replicates[0]
            kernels.run_shared(*common)
        else:
            kernels.run_own(*common)
        self._means[:, arms, replicates] = self._summary.reshape(-1, WIDTH)
        found = self._kept.outcomes.reshape(self._n, kernels.OUTCOME, WIDTH)
        self._changes[arms, replicates] = found[:, kernels.CHANGE].T
        if self._people:
            self._take_people(at)
        if self._visits:
            self._take_visits(at)

    def _lay(self, arms: Array, shared: bool) -> Laid:
        """Lay out the numbers of a tile's arms, once for all its replicates; who treats whom too, if that is fixed."""
        first = int(arms[0])
        if first not in self._laid:
            laid = Laid(self._numbers[:, arms].ravel(), self._levels[:, arms].ravel(), None)
            if all(self._arms[arm].assignment.rule is Rule.balanced for arm in arms):
                laid = laid._replace(tile=self._tile(laid, arms, shared, *self._in_turn))
            if not shared:
                self._laid.clear()  # arms come one after the other
            self._laid[first] = laid
        return self._laid[first]

    def _tile(self, laid: Laid, arms: Array, shared: bool, lead: Array, co: Array) -> Tile:
        own = arms if shared else arms[0]
        return Tile(
            laid.numbers if shared else self._numbers[:, own].ravel(),
            self._sample[:, own].ravel(),
            self._shares[arms],
            lead.ravel(),
            co.ravel(),
            lead.ravel().astype(np.uint64),
            (lead == lead[:, :1]).all(axis=1).astype(np.int64),
            (co == co[:, :1]).all(axis=1).astype(np.int64),
        )

    def _assign(self, arms: Array, replicates: Array, staff: Array) -> tuple[Array, Array]:
        """Assign clinicians in each world of a tile; both of shape (patients, lanes)."""
        skills = caseload.overall_skill(
            filled(Clinician, staff.reshape(self._m, kernels.CLINICIAN, WIDTH).swapaxes(0, 1))
        )
        lead, co = np.empty((2, self._n, WIDTH), dtype=np.int64)
        for lane, (arm, replicate) in enumerate(zip(arms, replicates, strict=True)):
            chosen = self._arms[arm]
            lead[:, lane], co[:, lane] = caseload.assign(
                chosen.assignment.rule.value,
                self._n,
                self._m,
                chosen.clinicians.max_caseload,
                partial(self._of_world, arm, replicate),
                partial(np.take, skills, lane, -1),
                partial(np.take, self._lots, replicate, -1),
            )
        return lead, co

    def _of_world(self, arm: int, replicate: int) -> Array:
        """Attachment insecurity of one world's patients."""
        assert self._insecure is not None
        insecure: Array = self._insecure[:, arm, replicate]
        return insecure

    def _take(self, kept: dict[str, Array], fields: Sequence[str], rows: Array, at: Any) -> None:
        """Take over a tile's rows × fields × lanes into arrays (rows, arms, replicates)."""
        blocks = rows.reshape(-1, len(fields), WIDTH)
        for place, name in enumerate(fields):
            if name in kept:
                kept[name][at] = blocks[:, place]

    def _take_people(self, at: Any) -> None:
        """Take over what patients brought and how they fared."""
        recorded, memory = self._recorded, self._memory
        self._take(recorded.outcomes, Outcome._fields, self._kept.outcomes, at)
        self._take(recorded.patients, Traits._fields, memory.traits, at)
        entries = memory.tallies.reshape(self._n, kernels.TALLY, WIDTH)
        self._take(recorded.patients, [f"entry_{name}" for name in Entry._fields], entries[:, : len(Entry._fields)], at)
        if "enrolled" in recorded.patients:
            recorded.patients["enrolled"][at] = self._plan.enrolled[:, None]

    def _take_visits(self, at: Any) -> None:
        """Take over sessions, assessments and the states on arrival."""
        recorded, kept = self._recorded, self._kept
        self._take(recorded.sessions, SESSION_COLUMNS, kept.sessions, at)
        self._take(recorded.assessments, ASSESSMENT_COLUMNS, kept.assessments, at)
        self._take(recorded.patients, STATES, kept.arrivals, at)
