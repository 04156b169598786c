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
from alliance_sim.engine.layout import reader, writer
from alliance_sim.engine.recording import ASSESSMENT_COLUMNS, SESSION_COLUMNS, STATE_PATHS
from alliance_sim.model import admission, draws, tally, visit
from alliance_sim.model.records import blank, paths, size
from alliance_sim.model.state import (
    Assessment,
    Clinician,
    Encounter,
    Experience,
    Intervention,
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
read_intervention = _reader(blank(Intervention))
read_moment = _reader(blank(Moment))
no_intervention = reader(blank(Intervention), "zero", "zero")
write_clinician = _writer(Clinician)
write_patient = _writer(Patient)
write_traits = _writer(Traits)
write_tally = _writer(Tally)
write_outcome = _writer(Outcome)
write_moment = _writer(Moment)

write_state = _writer(Patient, list(STATE_PATHS))
write_encounter = _writer(Encounter)
write_ratings = _writer(Ratings)
write_experience = _writer(Experience)
write_scores = _writer(Assessment)

CLINICIAN, PATIENT, TRAIT, TALLY = size(Clinician), size(Patient), size(Traits), size(Tally)
INTERVENTION, MOMENT = size(Intervention), size(Moment)
OUTCOME, SESSION, ASSESSMENT = size(Outcome), len(SESSION_COLUMNS), len(ASSESSMENT_COLUMNS)
STATES, ENCOUNTER, RATINGS, SCORES = len(STATE_PATHS), size(Encounter), size(Ratings), size(Assessment)
EXPERIENCES = size(Experience)
FATIGUE, LAST_DAY = paths(Clinician).index("fatigue"), paths(Clinician).index("last_day")
CHANGE = Outcome._fields.index("change")
NOTHING_FIXED = np.zeros(0)
ASSESS, DOSE = 0, 2  # values of timetable.Kind; the other is a talking session


SESSION_DRAWS, DOSING_DRAWS = size(draws.SessionNoise), size(draws.DosingNoise)
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


# Draws of a visit: each lane's own made on the spot, a shared replicate's read from its table.
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
                further = draws.dosing_noise(stream, who, code)
                write_dosing_draws(table, at + SESSION_DRAWS * stride, stride, further)


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
def intervention_at(fixed: Any, at: Any, intervening: Any) -> Any:
    """Read a session's intervention; without any the compiler sees constants and drops every trace of them."""
    if intervening:
        return read_intervention(fixed, at)
    return no_intervention(spread_float(0.0))


@inline
def open_trial(stream: Any, plan: Any, world: Any, memory: Any, kept: Any, sample: Any, p: Any) -> None:
    """Admit every patient; clinicians have been hired."""
    effect = admission.drug_effect(draws.trial_noise(stream), p)
    for patient in range(plan.enrolled.size):
        noise = draws.trait_noise(stream, np.uint64(patient))
        fit = draws.dyad_effect(stream, np.uint64(patient), load(world.lead_word, patient * WIDTH))
        own, state, entry = admission.arrive(plan.enrolled[patient], noise, fit, effect, sample, p)
        write_patient(memory.people, patient * PATIENT * WIDTH, state)
        write_traits(memory.traits, patient * TRAIT * WIDTH, own)
        write_tally(memory.tallies, patient * TALLY * WIDTH, tally.opened(entry, np.nan))
        if kept.wanted:
            write_state(kept.arrivals, patient * STATES * WIDTH, state)


@inline
def walk(
    stream: Any, plan: Any, world: Any, memory: Any, kept: Any, fixed: Any, intervening: Any, co_share: Any, p: Any
) -> None:
    """Walk the timetable once: every session and assessment in order."""
    for place in range(plan.step_days.size):
        write_moment(
            memory.moments, place * MOMENT * WIDTH, visit.moment(plan.step_days[place], plan.step_hours[place], p)
        )
    sessions = 0
    assessments = 0
    for event in range(plan.kind.size):
        patient = plan.patient[event]
        code = plan.code[event]
        at, tally_at = patient * PATIENT * WIDTH, patient * TALLY * WIDTH
        before = read_patient(memory.people, at)
        own = read_traits(memory.traits, patient * TRAIT * WIDTH)
        drawn = plan.step[event] * ROW_DRAWS * memory.stride
        now = read_moment(memory.moments, plan.step[event] * MOMENT * WIDTH)
        pair = plan.pair[event]
        step = Plan(
            plan.day[event],
            plan.hours[event],
            co_share * pair,
            plan.dose[event],
            plan.by_weight,
            plan.more[event],
            plan.early[event],
            plan.primary[event],
        )
        if plan.kind[event] == ASSESS:
            noise = assessment_draws(stream, patient, code, memory.table, drawn, memory.stride)
            here, scores = visit.assess(before, own, step, now, noise, p)
            write_patient(memory.people, at, here)
            if plan.primary[event] > 0.5:
                so_far = read_tally(memory.tallies, tally_at)
                write_tally(memory.tallies, tally_at, tally.after_primary(so_far, scores))
            if kept.wanted:
                row = assessments * ASSESSMENT * WIDTH
                write_scores(kept.assessments, row, scores)
                write_state(kept.assessments, row + SCORES * WIDTH, here)
            assessments += 1
            continue
        lead = clinicians_of(memory.staff, world.lead, world.lead_alike, patient, memory.room)
        co = lead
        if pair > 0.0:
            co = clinicians_of(memory.staff, world.co, world.co_alike, patient, memory.room)
        noise = session_draws(stream, patient, code, memory.table, drawn, memory.stride)
        do = intervention_at(fixed, sessions * INTERVENTION * WIDTH, intervening)
        so_far = read_tally(memory.tallies, tally_at)
        who = visit.days_pass(visit.Dyad(before, own, so_far, lead, co), step, now, noise, p)
        row = sessions * SESSION * WIDTH
        if plan.kind[event] == DOSE:
            dosing_noise = dosing_draws(stream, patient, code, memory.table, drawn, memory.stride)
            left, answers = visit.dose(who, step, now, noise, dosing_noise, do, p)
            close(memory, world, patient, left, pair, step.day)
            if kept.wanted:
                keep(kept.sessions, row, left)
                write_experience(kept.sessions, row + (SESSION - EXPERIENCES) * WIDTH, answers)
        else:
            left = visit.talk(who, step, now, noise, do, p)
            close(memory, world, patient, left, pair, step.day)
            if kept.wanted:
                keep(kept.sessions, row, left)
        sessions += 1


@inline
def close(memory: Any, world: Any, patient: Any, left: Any, pair: Any, day: Any) -> None:
    """Write back what a session changed in patient and clinicians; the lead last, as every engine does."""
    write_patient(memory.people, patient * PATIENT * WIDTH, left.patient)
    write_tally(memory.tallies, patient * TALLY * WIDTH, left.tally)
    if pair > 0.0:
        tire(memory.staff, world.co, world.co_alike, patient, left.co_fatigue, day, memory.room)
    tire(memory.staff, world.lead, world.lead_alike, patient, left.lead_fatigue, day, memory.room)


@inline
def keep(rows: Any, row: Any, left: Any) -> None:
    """Keep one session's columns."""
    write_state(rows, row, left.patient)
    write_encounter(rows, row + STATES * WIDTH, left.encounter)
    write_ratings(rows, row + (STATES + ENCOUNTER) * WIDTH, left.ratings)
    store(rows, row + (STATES + ENCOUNTER + RATINGS) * WIDTH, left.lead_fatigue)


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
    walk(stream, plan, world, memory, kept, NOTHING_FIXED, False, world.co_share[0], p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)


@kernel
def run_shared(seed: Any, replicates: Any, plan: Any, world: Any, memory: Any, kept: Any, summary: Any) -> None:
    """Run sixteen design points in one replicate, its draws made once for all; clinicians are hired."""
    stream = draws.Stream(seed[0], seed[1], replicates[0])
    p = read_numbers(world.numbers, 0)
    open_trial(stream, plan, world, memory, kept, read_sample(world.sample, 0), p)
    walk(stream, plan, world, memory, kept, NOTHING_FIXED, False, load(world.co_share, 0), p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)


@kernel
def run_fixed(
    seed: Any, replicates: Any, plan: Any, world: Any, memory: Any, kept: Any, summary: Any, fixed: Any
) -> None:
    """Run as `run_own`, with states fixed at recorded trajectories."""
    stream = draws.Stream(seed[0], seed[1], load(replicates, 0))
    p = read_own_numbers(world.numbers)
    open_trial(stream, plan, world, memory, kept, read_own_sample(world.sample), p)
    walk(stream, plan, world, memory, kept, fixed, True, world.co_share[0], p)
    close_trial(memory, plan.enrolled.size, kept, summary, p)
