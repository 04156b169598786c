"""Many worlds in lanes of sixteen: what `arrays.simulate` computes, compiled and equal to the last bit."""

import functools
import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine import kernels, policies
from alliance_sim.engine.arms import Arms
from alliance_sim.engine.arrays import LOW_WORD, Staff, hired, stream
from alliance_sim.engine.assigning import caseloads, supervised
from alliance_sim.engine.hours import clinician_hours, mean_hours
from alliance_sim.engine.intervention import Fixed, followed
from alliance_sim.engine.lanes import WIDTH
from alliance_sim.engine.recording import (
    ASSESSMENT_COLUMNS,
    CLINICIAN_COLUMNS,
    HOURS,
    OUTCOME_COLUMNS,
    PATIENT_COLUMNS,
    SESSION_COLUMNS,
    STATES,
    TRAITS,
    TRIAL_COLUMNS,
    Keep,
    Recorded,
    blank_absent,
    quantiles,
)
from alliance_sim.model.state import Entry, Experience, Plan
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.world.scenario import SESSION_PHASES, Scenario

Array = np.ndarray[Any, np.dtype[Any]]
ENTRIES = tuple(f"entry_{name}" for name in Entry._fields)
CACHE_LINE = 8  # doubles: lanes that lie across two of a processor's cost more to read
COST_OWN, COST_SHARED = 3, 2  # of a tile: draws are a third of one in which each lane has its own


class Timeline(NamedTuple):
    """The timetable as arrays, one place an event, and each patient's day of enrolment."""

    kind: Array
    patient: Array
    code: Array
    day: Array
    hours: Array
    dose: Array
    step: Array  # place in a patient's course
    step_days: Array  # by place in the course: days since the visit before
    step_quiet: Array  # and those of them before the baseline
    step_hours: Array
    step_kind: Array
    step_code: Array
    pair: Array  # 1.0 where two clinicians are present
    more: Array  # 1.0 while further sessions are planned
    early: Array  # 1.0 where the rating may be the early one
    primary: Array  # 1.0 on the primary day
    counted: Array  # 1.0 from the baseline on
    quiet: Array  # days before the baseline since the visit before
    dosed: Array  # 1.0 from the first dosing session on
    opens: Array  # true in the first event of a session; of one alone in its only one
    closes: Array  # true in the last
    members: Array  # patients who share the session, 0 where it is of one alone; integers
    first: Array  # the first of them
    cohort: Array  # which cohort they are
    holds: Array  # whose clinicians hold it: place in a caseload, the patient, or behind all patients the cohort
    phase: Array  # place among the phases of `Shifts`, integers; 0 in assessments
    preparation: Array  # 1.0 in sessions of that phase; as the next three
    therapy: Array
    dosing: Array
    integration: Array
    session: Array  # which of the patient's sessions it is
    enrolled: Array
    by_weight: float
    feedback: float


class Points(NamedTuple):
    """The numbers of all points: what kernels read of `Arms`."""

    numbers: Array
    sample: Array
    levels: Array
    shares: Array
    conduct: Array
    acting: Array  # (points,): clinicians do anything but follow the usual policy
    looking: Array  # (points,): and see more than is there at a glance
    tiring: Array  # (points,): and tire of their effort
    followed: Array  # (clinicians, points): places among the addresses
    training: Array
    learning: Array  # (points,): skill moves
    supervised: Array  # (clinicians, points, replicates), 1 or 0; empty where nobody learns
    addresses: Array  # of policies
    untried: Array  # which of them are a person's own


class Tiles(NamedTuple):
    """Which worlds are run together, sixteen a tile."""

    arms: Array  # (tiles, lanes), places
    replicates: Array  # (tiles, lanes), places
    filled: Array  # (tiles,): lanes in use; the others repeat the last one
    shared: bool  # all lanes of a tile are in one replicate


class Memory(NamedTuple):
    """The working state of a tile, flat rows of lanes unless said otherwise."""

    numbers: Array
    sample: Array
    levels: Array
    co_share: Array
    words: Array  # the replicates' numbers
    arms: Array
    replicates: Array
    lead: Array  # clinician numbers, by patient, then by cohort
    lead_word: Array  # the same as words, for the draws of a dyad
    lead_alike: Array  # (patients,): all lanes have the same lead
    co: Array
    co_alike: Array
    staff: Array
    people: Array
    traits: Array
    tallies: Array
    room: Array
    conduct: Array
    acts: Array  # (1,): in a world of the tile clinicians do anything but follow the usual policy
    looks: Array  # (1,): and see more than is there at a glance
    tires: Array  # (1,): and tire of their effort
    learns: Array  # (1,): skill moves in a world of the tile
    training: Array
    cohorts: Array  # cohesion of each
    company: Array  # of the session under way, as the next three
    present: Array
    shared: Array
    tired: Array  # lead and co-therapist
    own: Array  # which policy each lead follows, by patient, then by cohort
    own_alike: Array  # (patients,): in all lanes the same
    remembered: Array  # of each patient's session before
    seen: Array
    one: Array  # what one policy chooses
    chosen: Array
    freshness: Array
    wrong: Array  # (1,): which policy chose what is no shift; -1 while none did
    flaw: Array  # (behaviours,): and what it chose
    counts: Array
    summary: Array
    moments: Array
    intervention: Array
    outcomes: Array
    arrivals: Array
    sessions: Array
    assessments: Array
    table: Array  # draws of a shared replicate: rows of `stride` patients
    stride: int  # patients, rounded up to whole lanes


class Columns(NamedTuple):
    """Columns to keep: their places in a row, and where they are taken to, (columns, rows, arms, replicates)."""

    places: Array
    into: Array


class Kept(NamedTuple):
    """What a batch leaves."""

    visits: bool  # rows of visits are wanted
    means: Array  # (outcomes and the spread of change, arms, replicates)
    changes: Array  # (arms, replicates, patients)
    attended: Array  # sessions of each patient, integers, the same shape
    clinicians: Columns
    outcomes: Columns
    traits: Columns
    entries: Columns
    arrivals: Columns
    sessions: Columns
    assessments: Columns


def timeline(scenario: Scenario, events: list[Event]) -> Timeline:
    """Lay a timetable out as arrays."""
    course = scenario.course()
    place = {step.code: at for at, step in enumerate(course)}
    steps = np.array([place[event.planned.code] for event in events], dtype=np.int64)
    kinds = np.array([int(step.kind) for step in course], dtype=np.int64)
    codes = np.array([step.code for step in course], dtype=np.uint64)
    size, patient = scenario.cohorts.size, np.array([event.patient for event in events], dtype=np.int64)
    first = patient // size * size
    members = np.array([len(event.members) for event in events]) if size > 1 else np.zeros_like(patient)
    pairs = np.array([float(step.clinicians > 1) for step in course])
    plans = scenario.plans()
    plan = Plan(*np.array(list(plans.values())).T[:, steps])
    return Timeline(
        kind=kinds[steps],
        patient=patient,
        code=codes[steps],
        day=np.array([event.day for event in events], dtype=np.float64),
        hours=plan.hours,
        dose=plan.dose,
        step=steps,
        step_days=np.diff([0.0, *(step.day for step in course)]),
        step_quiet=np.array([plans[step.code].quiet for step in course]),
        step_hours=np.array([step.hours for step in course]),
        step_kind=kinds,
        step_code=codes,
        pair=pairs[steps],
        more=plan.more,
        early=plan.early,
        primary=plan.primary,
        counted=plan.counted,
        quiet=plan.quiet,
        dosed=plan.dosed,
        phase=np.array([[*SESSION_PHASES, step.phase].index(step.phase) for step in course], dtype=np.int64)[steps]
        % len(SESSION_PHASES),
        preparation=plan.preparation,
        therapy=plan.therapy,
        dosing=plan.dosing,
        integration=plan.integration,
        session=plan.session,
        enrolled=np.array(scenario.enrolment(), dtype=np.float64),
        opens=np.where(members, patient == first, True),
        closes=np.where(members, patient == first + members - 1, True),
        members=members,
        first=first,
        cohort=patient // size,
        holds=np.where(members, scenario.patients.number + patient // size, patient),
        by_weight=float(scenario.protocol.dose_per_kg),
        feedback=float(scenario.protocol.feedback),
    )


def points_of(arms: Arms, acting: Array, compiled: list[Any], supervised: Array) -> Points:
    """What kernels read of points; `compiled` holds their policies, none where nobody acts."""
    return Points(
        numbers=np.ascontiguousarray(arms.numbers),
        sample=np.ascontiguousarray(arms.sample),
        levels=np.ascontiguousarray(arms.levels),
        shares=np.ascontiguousarray(arms.shares),
        conduct=np.ascontiguousarray(arms.conduct),
        acting=acting,
        looking=arms.looking,
        tiring=arms.tiring,
        followed=np.ascontiguousarray(arms.followed),
        training=np.ascontiguousarray(arms.training),
        learning=arms.learning,
        supervised=supervised,
        addresses=np.array([one.address for one in compiled], dtype=np.int64),
        untried=np.array([bool(one.text) for one in arms.policies]),
    )


def tiles(arms: int, replicates: int) -> Tiles:
    """Put worlds together, sixteen a tile: the points of one replicate, or any worlds, whichever costs less."""
    shared = replicates * math.ceil(arms / WIDTH) * COST_SHARED < math.ceil(arms * replicates / WIDTH) * COST_OWN
    own, whose = np.divmod(np.arange(arms * replicates), replicates)
    if shared:
        lanes = np.arange(math.ceil(arms / WIDTH) * WIDTH).reshape(-1, WIDTH)
        filled = np.tile(np.minimum(WIDTH, arms - lanes[:, 0]), replicates)
        own = np.tile(np.minimum(lanes, arms - 1), (replicates, 1))
        whose = np.repeat(np.arange(replicates), len(lanes))[:, None] + np.zeros(WIDTH, dtype=np.int64)
        return Tiles(own, whose, filled, True)
    lanes = np.arange(math.ceil(len(own) / WIDTH) * WIDTH).reshape(-1, WIDTH)
    places = np.minimum(lanes, len(own) - 1)
    return Tiles(own[places], whose[places], np.minimum(WIDTH, len(own) - lanes[:, 0]), False)


def simulate(
    arms: Sequence[Scenario] | Arms,
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
        columns: Which columns of sessions, assessments and patients to keep, all unless given; `attended` is always
            kept, quantiles of trials are not.

    Returns:
        What `arrays.simulate` returns, to the last bit.
    """
    points = Arms.of(arms)
    base, shape = points.base, (len(points), len(replicates))
    n, m = base.patients.number, base.clinicians.number
    key, events = stream(seed, replicates), base.events()
    plan = timeline(base, events)
    talks = [event for event in events if event.planned.kind is not Kind.ASSESSMENT]
    asked = [event for event in events if event.planned.kind is Kind.ASSESSMENT]
    people, visits = keep is not Keep.trials, keep is Keep.sessions
    wanted = None if columns is None else {*columns, "attended"}

    def room(fields: Sequence[str], rows: int, anything: bool) -> tuple[dict[str, Array], Columns]:
        """Make room for the wanted ones of a row's fields; returns the columns by name, and as kernels read them."""
        places = [at for at, name in enumerate(fields) if anything and (wanted is None or name in wanted)]
        into = np.full((len(places), rows if places else 0, *shape), np.nan)
        named = {fields[at]: column for at, column in zip(places, into, strict=True)}
        return named, Columns(np.array(places, dtype=np.int64), into)

    sessions, of_sessions = room(SESSION_COLUMNS, len(talks), visits)
    assessments, of_assessments = room(ASSESSMENT_COLUMNS, len(asked), visits)
    traits, of_traits = room(TRAITS, n, people)
    entries, of_entries = room(ENTRIES, n, people)
    arrivals, of_arrivals = room(STATES, n, visits)
    outcomes = np.full((kernels.OUTCOME if people else 0, n, *shape), np.nan)
    staff = np.full((kernels.CLINICIAN if people else 0, m, *shape), np.nan)
    kept = Kept(
        visits,
        np.full((kernels.OUTCOME + 1, *shape), np.nan),
        np.full((*shape, n), np.nan),
        np.zeros((*shape, n), dtype=np.int32),
        Columns(np.arange(len(staff)), staff),
        Columns(np.arange(len(outcomes)), outcomes),
        of_traits,
        of_entries,
        of_arrivals,
        of_sessions,
        of_assessments,
    )
    hires = functools.cache(lambda: Staff(hired(points, key), shape).all)
    whom = caseloads(points, key, hires)
    taught = supervised(points, hires, shape[1]) if points.learning.any() else np.zeros((0, 0, 0))
    run = kernels.run if fixed is None else kernels.run_fixed
    choices = policies.laws_of(points.policies)
    acting = points.acting
    compiled = [policies.for_lanes(choose) for choose in choices] if acting.any() else []
    cohorts = base.cohorts.count(n)
    room_of_tile = memory(n, cohorts, m, len(plan.step_days), len(talks) * visits, len(asked) * visits)
    run(
        np.array([seed & LOW_WORD, seed >> 32 & LOW_WORD], dtype=np.uint64),
        np.asarray(replicates, dtype=np.uint64),
        plan,
        points_of(points, acting, compiled, taught),
        whom,
        tiles(*shape),
        room_of_tile,
        kept,
        followed(fixed, events, shape[0], seed, replicates),
    )
    if room_of_tile.wrong[0] >= 0:
        policies.check_choice(points.policies[room_of_tile.wrong[0]], room_of_tile.flaw)
    patients = {**traits, **entries, **arrivals}
    if people:
        given = {"enrolled": plan.enrolled[:, None, None], "lead": whom.lead[:n], "co": whom.co[:n]}
        patients |= {
            name: np.broadcast_to(values, (n, *shape)).astype(np.float64)
            for name, values in given.items()
            if wanted is None or name in wanted
        }
    trials = dict(zip(TRIAL_COLUMNS, kept.means, strict=False))
    if wanted is None:
        trials |= quantiles(kept.changes)
    attended = np.moveaxis(kept.attended, -1, 0)
    hours = clinician_hours(base, points.trained, whom.lead, whom.co, taught, attended)
    trials[HOURS] = mean_hours(hours)
    without_drug = [event.planned.kind is not Kind.DOSE for event in talks]
    for name in sessions.keys() & set(Experience._fields):
        sessions[name][without_drug] = np.nan
    return blank_absent(
        Recorded(
            sessions=sessions,
            assessments=assessments,
            patients={name: patients[name] for name in PATIENT_COLUMNS if name in patients},
            outcomes=dict(zip(OUTCOME_COLUMNS, (*outcomes, hours), strict=True)) if people else {},
            trials=trials,
            clinicians=dict(zip(CLINICIAN_COLUMNS, staff, strict=False)),
            session_events=talks,
            assessment_events=asked,
            seed=seed,
            replicates=tuple(replicates),
        )
    )


def memory(patients: int, cohorts: int, clinicians: int, steps: int, sessions: int, assessments: int) -> Memory:
    """Make room for a tile: rows of visits only where they are kept."""
    stride = math.ceil(patients / WIDTH) * WIDTH

    def lanes(*rows: int, kind: type = np.float64) -> Array:
        count = math.prod(rows) * WIDTH
        whole: Array = np.zeros(count + CACHE_LINE, dtype=kind)
        start = -whole.ctypes.data // whole.itemsize % CACHE_LINE
        return whole[start : start + count]

    return Memory(
        numbers=lanes(kernels.NUMBERS),
        sample=lanes(kernels.SAMPLE),
        levels=lanes(kernels.LEVELS),
        co_share=lanes(),
        words=lanes(kind=np.uint64),
        arms=lanes(kind=np.int64),
        replicates=lanes(kind=np.int64),
        lead=lanes(patients + cohorts, kind=np.int64),
        lead_word=lanes(patients + cohorts, kind=np.uint64),
        lead_alike=np.zeros(patients + cohorts, dtype=np.bool_),
        co=lanes(patients + cohorts, kind=np.int64),
        co_alike=np.zeros(patients + cohorts, dtype=np.bool_),
        staff=lanes(clinicians, kernels.CLINICIAN),
        people=lanes(patients, kernels.PATIENT),
        traits=lanes(patients, kernels.TRAIT),
        tallies=lanes(patients, kernels.TALLY),
        room=lanes(kernels.CLINICIAN),
        conduct=lanes(kernels.CONDUCT),
        acts=np.zeros(1, dtype=np.bool_),
        looks=np.zeros(1, dtype=np.bool_),
        tires=np.zeros(1, dtype=np.bool_),
        learns=np.zeros(1, dtype=np.bool_),
        training=lanes(kernels.TRAINING),
        cohorts=lanes(cohorts),
        company=lanes(kernels.COMPANY),
        present=lanes(),
        shared=lanes(kernels.SHARED),
        tired=lanes(2),
        own=lanes(patients + cohorts, kind=np.int64),
        own_alike=np.zeros(patients + cohorts, dtype=np.bool_),
        remembered=lanes(patients, kernels.REMEMBERED),
        seen=lanes(kernels.SEEN),
        one=lanes(kernels.BEHAVIOURS),
        chosen=lanes(kernels.BEHAVIOURS),
        freshness=lanes(),
        wrong=np.full(1, -1, dtype=np.int64),
        flaw=np.zeros(kernels.BEHAVIOURS),
        counts=lanes(kernels.OUTCOME + 1),
        summary=lanes(kernels.OUTCOME + 1),
        moments=lanes(steps, kernels.MOMENT),
        intervention=lanes(kernels.INTERVENTION),
        outcomes=lanes(patients, kernels.OUTCOME),
        arrivals=lanes(patients * (sessions + assessments > 0), kernels.STATES),
        sessions=lanes(sessions, kernels.SESSION),
        assessments=lanes(assessments, kernels.ASSESSMENT),
        table=np.zeros((steps * kernels.ROW_DRAWS + kernels.TRAIT_DRAWS) * stride),
        stride=stride,
    )
