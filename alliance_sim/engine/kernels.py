"""Sixteen whole worlds at once: the timetable walked with the laws compiled for lanes.

A lane is one world: a design point in one replicate. All worlds of a tile share the timetable. A tile holds either
one design point in sixteen replicates, with one set of numbers and each lane's own draws, or sixteen design points
in one replicate, with each lane's own numbers and draws made once for all (common random numbers).

Memory is flat float64 arrays of `WIDTH` neighbours a place: `numbers` and `sample` (where they differ by lane),
`staff` (clinician × field), `people`, `traits` and `tallies` (patient × field), `kept_*` (event × column).
"""

from typing import Any

import numpy as np

from alliance_sim.engine.compile import inline, kernel
from alliance_sim.engine.lanes import WIDTH, by_replicate, count_up, load, spread_float, store
from alliance_sim.engine.layout import blank, names, reader, size, writer
from alliance_sim.model import admission, draws, session, tally
from alliance_sim.model.state import (
    Assessment,
    Clinician,
    Encounter,
    Experience,
    Hold,
    Moment,
    Patient,
    Plan,
    Ratings,
    Sample,
    SkillLevels,
    Traits,
)
from alliance_sim.model.tally import Outcome, Tally
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
HEAD = "row, base"
READ, WRITE = "load(row, base + {place} * WIDTH)", "store(row, base + {place} * WIDTH, {value})"
SCOPE = {"load": load, "store": store, "WIDTH": WIDTH}
PATTERN = Scenario().numbers()  # shape of the numbers only; the values are never read


def _reader(pattern: Any) -> Any:
    return reader(pattern, HEAD, READ, SCOPE)


def _writer(kind: Any, fields: list[str] | None = None) -> Any:
    return writer(kind, HEAD, WRITE, SCOPE, fields)


read_numbers, read_own_numbers = _reader(PATTERN), reader(PATTERN)
read_sample, read_own_sample = _reader(blank(Sample)), reader(blank(Sample))
read_levels = _reader(blank(SkillLevels))
read_clinician = _reader(blank(Clinician))
read_patient = _reader(blank(Patient))
read_traits = _reader(blank(Traits))
read_tally = _reader(blank(Tally))
read_hold = _reader(blank(Hold))
read_moment = _reader(blank(Moment))
hold_nothing = reader(blank(Hold), "zero", "zero")
write_clinician = _writer(Clinician)
write_patient = _writer(Patient)
write_traits = _writer(Traits)
write_tally = _writer(Tally)
write_outcome = _writer(Outcome)
write_moment = _writer(Moment)

# What is kept of a session and of an assessment, in this order of columns.
STATE_FIELDS = [name for name in Patient._fields if name not in ("alliance_rating_bias", "felt_severity", "last_day")]
MET_FIELDS = names(Encounter)
SESSION_FIELDS = [
    *STATE_FIELDS,
    *(name.replace(".", "_") for name in MET_FIELDS),
    "wai",
    "wai_clinician",
    "fatigue",
    *Experience._fields,
]
ASSESSMENT_FIELDS = [*(f"score_{name}" for name in Assessment._fields), *STATE_FIELDS]
write_state = _writer(Patient, STATE_FIELDS)
write_met = _writer(Encounter)
write_ratings = _writer(Ratings)
write_experience = _writer(Experience)
write_scores = _writer(Assessment)

CLINICIAN, PATIENT, TRAIT, TALLY = size(blank(Clinician)), size(blank(Patient)), size(blank(Traits)), size(blank(Tally))
HOLD, MOMENT = len(Hold._fields), len(Moment._fields)
OUTCOME, SESSION, ASSESSMENT = len(Outcome._fields), len(SESSION_FIELDS), len(ASSESSMENT_FIELDS)
STATES, MET, RATINGS, SCORES = len(STATE_FIELDS), len(MET_FIELDS), len(Ratings._fields), len(Assessment._fields)
FATIGUE, LAST_DAY = Clinician._fields.index("fatigue"), Clinician._fields.index("last_day")
CHANGE = Outcome._fields.index("change")
NO_PINS = np.zeros(0)
ASSESS, DOSE = 0, 2  # values of timetable.Kind; the other is a talking session


SESSION_DRAWS, DOSING_DRAWS = len(draws.SessionNoise._fields), len(draws.DosingNoise._fields)
ROW_DRAWS = SESSION_DRAWS + DOSING_DRAWS  # of one step of the course in the table of shared draws
FROM_TABLE, TABLE_READ = "row, base, stride", "row[base + {place} * stride]"
TABLE_WRITE = "store(row, base + {place} * stride, {value})"
table_session = reader(blank(draws.SessionNoise), FROM_TABLE, TABLE_READ)
table_dosing = reader(blank(draws.DosingNoise), FROM_TABLE, TABLE_READ)
table_assessment = reader(blank(draws.AssessmentNoise), FROM_TABLE, TABLE_READ)
write_session_draws = writer(draws.SessionNoise, FROM_TABLE, TABLE_WRITE, SCOPE)
write_dosing_draws = writer(draws.DosingNoise, FROM_TABLE, TABLE_WRITE, SCOPE)
write_assessment_draws = writer(draws.AssessmentNoise, FROM_TABLE, TABLE_WRITE, SCOPE)


@inline
def _own_session(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return draws.session_noise(stream, np.uint64(patient), code)


@inline
def _own_dosing(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return draws.dosing_noise(stream, np.uint64(patient), code)


@inline
def _own_assessment(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return draws.assessment_noise(stream, np.uint64(patient), code)


@inline
def _table_session(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return table_session(table, at + patient, stride)


@inline
def _table_dosing(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return table_dosing(table, at + SESSION_DRAWS * stride + patient, stride)


@inline
def _table_assessment(stream: Any, patient: Any, code: Any, table: Any, at: Any, stride: Any) -> Any:
    return table_assessment(table, at + patient, stride)


# Draws of a contact: each lane's own made on the spot, a shared replicate's read from its table.
session_draws = by_replicate(_own_session, _table_session)
dosing_draws = by_replicate(_own_dosing, _table_dosing)
assessment_draws = by_replicate(_own_assessment, _table_assessment)


@kernel
def draw_table(seed: Any, replicate: Any, plan: Any, stride: Any, table: Any) -> None:
    """Make all session and assessment draws of one replicate, sixteen patients at a time.

    The table has, for each step of the course, `ROW_DRAWS` rows of `stride` patients.
    """
    stream = draws.Stream(seed[0], seed[1], replicate[0])
    for step in range(plan.step_days.size):
        code = plan.step_code[step]
        for first in range(0, stride, WIDTH):
            who = count_up(np.uint64(first))
            at = step * ROW_DRAWS * stride + first
            if plan.step_kind[step] == ASSESS:
                write_assessment_draws(table, at, stride, draws.assessment_noise(stream, who, code))
                continue
            write_session_draws(table, at, stride, draws.session_noise(stream, who, code))
            if plan.step_kind[step] == DOSE:
                dosing_noise = draws.dosing_noise(stream, who, code)
                write_dosing_draws(table, at + SESSION_DRAWS * stride, stride, dosing_noise)


@inline
def clinicians_of(staff: Any, who: Any, alike: Any, patient: Any, room: Any) -> Any:
    """Read each lane's clinician of a patient; `alike` says that all lanes have the same."""
    base = patient * WIDTH
    if alike[patient]:
        return read_clinician(staff, who[base] * CLINICIAN * WIDTH)
    for lane in range(WIDTH):
        start = who[base + lane] * CLINICIAN * WIDTH + lane
        for field in range(CLINICIAN):
            room[field * WIDTH + lane] = staff[start + field * WIDTH]
    return read_clinician(room, 0)


@inline
def tire(staff: Any, who: Any, alike: Any, patient: Any, fatigue: Any, day: Any, room: Any) -> None:
    """Write each lane's clinician's fatigue back, updated on `day`."""
    base = patient * WIDTH
    if alike[patient]:
        start = who[base] * CLINICIAN * WIDTH
        store(staff, start + FATIGUE * WIDTH, fatigue)
        store(staff, start + LAST_DAY * WIDTH, day)
        return
    store(room, 0, fatigue)
    for lane in range(WIDTH):
        start = who[base + lane] * CLINICIAN * WIDTH + lane
        staff[start + FATIGUE * WIDTH] = room[lane]
        staff[start + LAST_DAY * WIDTH] = day


@inline
def hold_at(pins: Any, at: Any, holding: Any) -> Any:
    """Read a session's pins; without any the compiler sees constants and drops every trace of them."""
    if holding:
        return read_hold(pins, at)
    return hold_nothing(spread_float(0.0))


@inline
def open_trial(stream: Any, plan: Any, world: Any, memory: Any, kept: Any, sample: Any, p: Any) -> None:
    """Admit every patient; clinicians have been hired."""
    effect = admission.drug_effect(draws.trial_noise(stream), p)
    for patient in range(plan.enrolled.size):
        dosing_noise = draws.trait_noise(stream, np.uint64(patient))
        match = draws.dyad_effect(stream, np.uint64(patient), load(world.lead_word, patient * WIDTH))
        own, state, entry = admission.arrive(plan.enrolled[patient], dosing_noise, match, effect, sample, p)
        write_patient(memory.people, patient * PATIENT * WIDTH, state)
        write_traits(memory.traits, patient * TRAIT * WIDTH, own)
        write_tally(memory.tallies, patient * TALLY * WIDTH, tally.opened(entry, np.nan))
        if kept.wanted:
            write_state(kept.arrivals, patient * STATES * WIDTH, state)


@inline
def walk(
    stream: Any, plan: Any, world: Any, memory: Any, kept: Any, pins: Any, holding: Any, co_share: Any, p: Any
) -> None:
    """Walk the timetable once: every session and assessment in order."""
    for step in range(plan.step_days.size):
        write_moment(
            memory.moments, step * MOMENT * WIDTH, session.moment(plan.step_days[step], plan.step_hours[step], p)
        )
    sessions = 0
    assessments = 0
    for event in range(plan.kind.size):
        patient = plan.patient[event]
        code = plan.code[event]
        day = plan.day[event]
        at, trait_at, tally_at = patient * PATIENT * WIDTH, patient * TRAIT * WIDTH, patient * TALLY * WIDTH
        before = read_patient(memory.people, at)
        own = read_traits(memory.traits, trait_at)
        drawn = plan.step[event] * ROW_DRAWS * memory.stride
        moment = read_moment(memory.moments, plan.step[event] * MOMENT * WIDTH)
        if plan.kind[event] == ASSESS:
            noise = assessment_draws(stream, patient, code, memory.table, drawn, memory.stride)
            now, scores = session.assess(before, own, day, moment, noise, p)
            write_patient(memory.people, at, now)
            if plan.primary[event]:
                so_far = read_tally(memory.tallies, tally_at)
                write_tally(memory.tallies, tally_at, tally.after_primary(so_far, scores))
            if kept.wanted:
                row = assessments * ASSESSMENT * WIDTH
                write_scores(kept.assessments, row, scores)
                write_state(kept.assessments, row + SCORES * WIDTH, now)
            assessments += 1
            continue
        pair = plan.pair[event]
        lead = clinicians_of(memory.staff, world.lead, world.lead_alike, patient, memory.room)
        co = lead
        if pair > 0.0:
            co = clinicians_of(memory.staff, world.co, world.co_alike, patient, memory.room)
        visit = Plan(day, plan.hours[event], co_share * pair, plan.dose[event], plan.by_weight, plan.more[event])
        noise = session_draws(stream, patient, code, memory.table, drawn, memory.stride)
        hold = hold_at(pins, sessions * HOLD * WIDTH, holding)
        so_far = read_tally(memory.tallies, tally_at)
        row = sessions * SESSION * WIDTH
        if plan.kind[event] == DOSE:
            dosing_noise = dosing_draws(stream, patient, code, memory.table, drawn, memory.stride)
            after, tired, co_tired, met = session.dose(
                before, own, lead, co, visit, moment, noise, dosing_noise, hold, p
            )
            answers = session.recall(met, dosing_noise, p)
            so_far = tally.after_experience(so_far, met, answers)
            ratings = session.rate(after, noise, p)
            close(memory, world, patient, at, after, pair, co_tired, tired, day)
            write_tally(memory.tallies, tally_at, tally.after_session(so_far, met, ratings, plan.early[event]))
            if kept.wanted:
                keep(kept.sessions, row, after, met, ratings, tired)
                write_experience(kept.sessions, row + (SESSION - EXPERIENCES) * WIDTH, answers)
        else:
            after, tired, co_tired, met = session.talk(before, own, lead, co, visit, moment, noise, hold, p)
            ratings = session.rate(after, noise, p)
            close(memory, world, patient, at, after, pair, co_tired, tired, day)
            write_tally(memory.tallies, tally_at, tally.after_session(so_far, met, ratings, plan.early[event]))
            if kept.wanted:
                keep(kept.sessions, row, after, met, ratings, tired)
        sessions += 1


EXPERIENCES = len(Experience._fields)


@inline
def close(
    memory: Any, world: Any, patient: Any, at: Any, after: Any, pair: Any, co_tired: Any, tired: Any, day: Any
) -> None:
    """Write back what a session changed in patient and clinicians; the lead last, as every engine does."""
    write_patient(memory.people, at, after)
    if pair > 0.0:
        tire(memory.staff, world.co, world.co_alike, patient, co_tired, day, memory.room)
    tire(memory.staff, world.lead, world.lead_alike, patient, tired, day, memory.room)


@inline
def keep(rows: Any, row: Any, after: Any, met: Any, ratings: Any, tired: Any) -> None:
    """Keep one session's columns."""
    write_state(rows, row, after)
    write_met(rows, row + STATES * WIDTH, met)
    write_ratings(rows, row + (STATES + MET) * WIDTH, ratings)
    store(rows, row + (STATES + MET + RATINGS) * WIDTH, tired)


@inline
def close_trial(memory: Any, patients: Any, kept: Any, summary: Any, p: Any) -> None:
    """Sum every patient's outcomes in order: means where given, and the spread of change."""
    for place in range((OUTCOME + 1) * WIDTH):
        summary[place] = 0.0
        memory.counts[place] = 0.0
    for patient in range(patients):
        found = tally.outcome(read_tally(memory.tallies, patient * TALLY * WIDTH), p)
        row = patient * OUTCOME * WIDTH
        write_outcome(kept.outcomes, row, found)
        for field in range(OUTCOME):
            value = load(kept.outcomes, row + field * WIDTH)
            place = field * WIDTH
            store(summary, place, load(summary, place) + tally.or_nothing(value))
            store(memory.counts, place, load(memory.counts, place) + tally.given(value))
    for field in range(OUTCOME):
        place = field * WIDTH
        store(summary, place, load(summary, place) / load(memory.counts, place))
    mean = load(summary, CHANGE * WIDTH)
    squares = mean * 0.0
    for patient in range(patients):
        value = load(kept.outcomes, (patient * OUTCOME + CHANGE) * WIDTH)
        squares = squares + (value - mean) * (value - mean)
    store(summary, OUTCOME * WIDTH, tally.spread(squares, float(patients)))


@kernel
def hire(seed: Any, replicates: Any, clinicians: Any, numbers: Any, levels: Any, staff: Any) -> None:
    """Hire the clinicians of sixteen worlds."""
    stream = draws.Stream(seed[0], seed[1], load(replicates, 0))
    p = read_numbers(numbers, 0)
    population = read_levels(levels, 0)
    for number in range(clinicians):
        made = admission.hire(draws.skill_noise(stream, np.uint64(number)), population, p)
        write_clinician(staff, number * CLINICIAN * WIDTH, made)


@kernel
def run_own(seed: Any, replicates: Any, plan: Any, world: Any, memory: Any, kept: Any, summary: Any) -> None:
    """Run one design point in sixteen replicates, each with draws of its own; clinicians are hired."""
    stream = draws.Stream(seed[0], seed[1], load(replicates, 0))
    p = read_own_numbers(world.numbers)
    open_trial(stream, plan, world, memory, kept, read_own_sample(world.sample), p)
    walk(stream, plan, world, memory, kept, NO_PINS, False, world.co_share[0], p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)


@kernel
def run_shared(seed: Any, replicates: Any, plan: Any, world: Any, memory: Any, kept: Any, summary: Any) -> None:
    """Run sixteen design points in one replicate, its draws made once for all; clinicians are hired."""
    stream = draws.Stream(seed[0], seed[1], replicates[0])
    p = read_numbers(world.numbers, 0)
    open_trial(stream, plan, world, memory, kept, read_sample(world.sample, 0), p)
    walk(stream, plan, world, memory, kept, NO_PINS, False, load(world.co_share, 0), p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)


@kernel
def run_held(
    seed: Any, replicates: Any, plan: Any, world: Any, memory: Any, kept: Any, summary: Any, pins: Any
) -> None:
    """Run as `run_own`, with states held at recorded trajectories."""
    stream = draws.Stream(seed[0], seed[1], load(replicates, 0))
    p = read_own_numbers(world.numbers)
    open_trial(stream, plan, world, memory, kept, read_own_sample(world.sample), p)
    walk(stream, plan, world, memory, kept, pins, True, world.co_share[0], p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)
