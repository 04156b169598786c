"""Sixteen whole worlds at once: the timetable walked with the laws compiled for lanes.

A lane is one world: a design point in one replicate. All worlds share the timetable. A tile of sixteen holds any
worlds, each with numbers and draws of its own, or sixteen design points in one replicate, whose draws are made once for
all (common random numbers). One call runs every tile of a batch without the interpreter lock.

Memory of a tile is flat float64 arrays of `WIDTH` neighbours a place: `numbers` and `sample`, `staff` (clinician ×
field), `people`, `traits` and `tallies` (patient × field), rows of visits (visit × column).
"""

from typing import Any

import numpy as np

from alliance_sim.engine.compile import call_at, inline, kernel, spliced
from alliance_sim.engine.lanes import WIDTH, count_up, load, spread_float, store
from alliance_sim.engine.layout import reader, writer
from alliance_sim.engine.recording import ASSESSMENT_COLUMNS, SESSION_COLUMNS, STATE_PATHS
from alliance_sim.model import acting, admission, draws, groups, learning, tally, visit
from alliance_sim.model.acting import FIRST_SESSION, Act, Conduct, Remembered, Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.groups import NOTHING_SHARED, Group, Shared
from alliance_sim.model.learning import Training
from alliance_sim.model.maths import maximum
from alliance_sim.model.records import blank, leaves, paths, size
from alliance_sim.model.state import (
    ALONE,
    FIXABLE,
    Assessment,
    Clinician,
    Company,
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


read_numbers = _reader(PATTERN)
read_sample = _reader(blank(Sample))
read_levels = _reader(blank(SkillLevels))
read_clinician = _reader(blank(Clinician))
read_patient = _reader(blank(Patient))
read_traits = _reader(blank(Traits))
read_tally = _reader(blank(Tally))
read_intervention = _reader(blank(Intervention))
read_moment = _reader(blank(Moment))
read_remembered = _reader(blank(Remembered))
write_remembered = _writer(Remembered)
read_conduct = _reader(blank(Conduct))
read_seen = _reader(blank(Seen))
read_behaviours = _reader(blank(Behaviours))
read_training = _reader(blank(Training))
read_company, write_company = _reader(blank(Company)), _writer(Company)
read_shared, write_shared = _reader(blank(Shared)), _writer(Shared)
write_seen = _writer(Seen)
write_behaviours = _writer(Behaviours)
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
NUMBERS, SAMPLE, LEVELS = len(leaves(PATTERN)), size(Sample), size(SkillLevels)
INTERVENTION, MOMENT, SWITCHES = size(Intervention), size(Moment), len(FIXABLE)
OUTCOME, SESSION, ASSESSMENT = size(Outcome), len(SESSION_COLUMNS), len(ASSESSMENT_COLUMNS)
STATES, ENCOUNTER, RATINGS, SCORES = len(STATE_PATHS), size(Encounter), size(Ratings), size(Assessment)
EXPERIENCES = size(Experience)
REMEMBERED = size(Remembered)
CONDUCT, SEEN, BEHAVIOURS = size(Conduct), size(Seen), size(Behaviours)
TRAINING, COMPANY, SHARED = size(Training), size(Company), size(Shared)
FATIGUE, LAST_DAY = paths(Clinician).index("fatigue"), paths(Clinician).index("last_day")
SUPERVISED, IN_TREATMENT = paths(Clinician).index("supervised"), paths(Patient).index("course.in_treatment")
FATIGUE_KEPT = SESSION_COLUMNS.index("fatigue")
CHANGE, ATTENDED = Outcome._fields.index("change"), Outcome._fields.index("sessions")
ASSESS, DOSE = 0, 2  # values of timetable.Kind; the other is a talking session


SESSION_DRAWS, DOSING_DRAWS = size(draws.SessionNoise), size(draws.DosingNoise)
TRAIT_DRAWS = size(draws.TraitNoise)
ROW_DRAWS = SESSION_DRAWS + DOSING_DRAWS  # of one step of the course in the table of shared draws
FROM_TABLE, TABLE_READ = "row, base, stride", "spread(row[base + {place} * stride])"
TABLE_WRITE = "store(row, base + {place} * stride, {value})"
SPREAD = {"spread": spread_float}
table_traits = reader(blank(draws.TraitNoise), FROM_TABLE, TABLE_READ, SPREAD)
table_session = reader(blank(draws.SessionNoise), FROM_TABLE, TABLE_READ, SPREAD)
table_dosing = reader(blank(draws.DosingNoise), FROM_TABLE, TABLE_READ, SPREAD)
table_assessment = reader(blank(draws.AssessmentNoise), FROM_TABLE, TABLE_READ, SPREAD)
write_trait_draws = writer(draws.TraitNoise, FROM_TABLE, TABLE_WRITE, SCOPE)
write_session_draws = writer(draws.SessionNoise, FROM_TABLE, TABLE_WRITE, SCOPE)
write_dosing_draws = writer(draws.DosingNoise, FROM_TABLE, TABLE_WRITE, SCOPE)
write_assessment_draws = writer(draws.AssessmentNoise, FROM_TABLE, TABLE_WRITE, SCOPE)


@kernel
def draw_table(seed: Any, replicate: Any, plan: Any, memory: Any) -> None:
    """Make the draws of one replicate's patients, sixteen patients at a time.

    The table has `ROW_DRAWS` rows of `stride` patients for each step of the course, then `TRAIT_DRAWS` rows.
    """
    stream = draws.Stream(seed[0], seed[1], replicate)
    table, stride = memory.table, memory.stride
    steps = plan.step_days.size
    for first in range(0, stride, WIDTH):
        who = count_up(np.uint64(first))
        write_trait_draws(table, steps * ROW_DRAWS * stride + first, stride, draws.trait_noise(stream, who))
        for step in range(steps):
            code = plan.step_code[step]
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
def learn(staff: Any, who: Any, alike: Any, patient: Any, skill: Any, room: Any) -> None:
    """Write each lane's clinician's skill back; skills are the first numbers of a clinician."""
    base = patient * WIDTH
    if alike[patient]:
        write_behaviours(staff, who[base] * CLINICIAN * WIDTH, skill)
        return
    write_behaviours(room, 0, skill)
    for lane in range(WIDTH):
        start = who[base + lane] * CLINICIAN * WIDTH + lane
        for field in range(BEHAVIOURS):
            staff[start + field * WIDTH] = room[field * WIDTH + lane]


@inline
def open_shared(memory: Any, plan: Any, event: Any, p: Any) -> None:
    """Begin a shared session: who is still in treatment, and what the group does for each of them."""
    store(memory.present, 0, 0.0)
    for member in range(plan.first[event], plan.first[event] + plan.members[event]):
        here = load(memory.people, (member * PATIENT + IN_TREATMENT) * WIDTH)
        store(memory.present, 0, load(memory.present, 0) + here)
    group = Group(load(memory.cohorts, plan.cohort[event] * WIDTH))
    write_company(memory.company, 0, groups.company(group, load(memory.present, 0), np.nan, p.groups))
    write_shared(memory.shared, 0, NOTHING_SHARED)
    store(memory.tired, 0, 0.0)
    store(memory.tired, WIDTH, 0.0)


@inline
def join(memory: Any, left: Any, p: Any) -> None:
    """Count in one member's part; clinicians tire as the member whose session strained them most tires them."""
    write_shared(memory.shared, 0, groups.joined(read_shared(memory.shared, 0), left.encounter, p.groups))
    store(memory.tired, 0, maximum(load(memory.tired, 0), left.lead_fatigue))
    store(memory.tired, WIDTH, maximum(load(memory.tired, WIDTH), left.co_fatigue))


@inline
def close_shared(memory: Any, plan: Any, event: Any, p: Any) -> None:
    """End a shared session: the group goes on with what was shared."""
    pace = read_moment(memory.moments, plan.step[event] * MOMENT * WIDTH).cohesion_pace
    at = plan.cohort[event] * WIDTH
    shared = read_shared(memory.shared, 0)
    group = groups.after(Group(load(memory.cohorts, at)), load(memory.present, 0), shared, pace, p.groups)
    store(memory.cohorts, at, group.cohesion)
    write_company(memory.company, 0, ALONE)


@inline
def intervention_at(fixed: Any, memory: Any, session: Any, intervening: Any) -> Any:
    """Read a session's intervention; without any the compiler sees constants and drops every trace of them.

    Where a patient had left the recorded world there is nothing to follow, and nothing is fixed.
    """
    if intervening:
        for lane in range(WIDTH):
            arm, replicate = memory.arms[lane], memory.replicates[lane]
            there = min(arm, fixed.attended.shape[1] - 1)
            attended = fixed.attended[session, there, replicate]
            for place in range(SWITCHES):
                memory.intervention[place * WIDTH + lane] = fixed.switches[place, arm] * attended
            for place in range(INTERVENTION - SWITCHES):
                memory.intervention[(SWITCHES + place) * WIDTH + lane] = fixed.values[place, session, there, replicate]
        return read_intervention(memory.intervention, 0)
    return no_intervention(spread_float(0.0))


@inline
def choose(memory: Any, points: Any, holds: Any) -> None:
    """Let each lane's lead choose by its own policy.

    What is seen lies in `memory.seen`, what is chosen is left in `memory.chosen`.
    """
    base = holds * WIDTH
    if memory.own_alike[holds]:
        place = memory.own[base]
        call_at(points.addresses[place], memory.seen, memory.numbers, memory.chosen)
        if points.untried[place]:
            note_flaw(memory, memory.chosen, base, place)
        return
    for place in range(points.addresses.size):
        follows = False
        for lane in range(WIDTH):
            follows |= memory.own[base + lane] == place
        if not follows:
            continue
        call_at(points.addresses[place], memory.seen, memory.numbers, memory.one)
        if points.untried[place]:
            note_flaw(memory, memory.one, base, place)
        for lane in range(WIDTH):
            if memory.own[base + lane] == place:
                for field in range(BEHAVIOURS):
                    memory.chosen[field * WIDTH + lane] = memory.one[field * WIDTH + lane]


@inline
def note_flaw(memory: Any, chosen: Any, base: Any, place: Any) -> None:
    """Note the first choice of a policy that is no shift."""
    store(memory.room, 0, acting.fitting(read_behaviours(chosen, 0)))
    for lane in range(WIDTH):
        if memory.own[base + lane] == place and memory.room[lane] != BEHAVIOURS and memory.wrong[0] < 0:
            memory.wrong[0] = place
            for field in range(BEHAVIOURS):
                memory.flaw[field] = chosen[field * WIDTH + lane]


@inline
def act(
    who: Any, step: Any, stream: Any, code: Any, phase: Any, patient: Any, holds: Any, points: Any, memory: Any, p: Any
) -> None:
    """See, choose and act; leaves the shifts in `memory.chosen` and what the effort left in `memory.freshness`.

    Draws are made and fatigue is worked out only where they count.
    """
    before = read_remembered(memory.remembered, patient * REMEMBERED * WIDTH)
    if memory.looks[0]:
        seen = visit.see(who, step, before, draws.sight_noise(stream, np.uint64(patient), code), p)
        write_seen(memory.seen, 0, seen)
    else:
        write_seen(memory.seen, 0, visit.see_plainly(who, step, before))
    choose(memory, points, holds)
    seen_again = read_seen(memory.seen, 0)
    of_phase = read_behaviours(memory.conduct, phase * BEHAVIOURS * WIDTH)
    asked = read_conduct(memory.conduct, 0)
    chosen = read_behaviours(memory.chosen, 0)
    if memory.tires[0]:
        done = acting.act(chosen, of_phase, asked.shifts.after_rupture, seen_again, step.hours, asked.effort)
        write_behaviours(memory.chosen, 0, done.shift)
        store(memory.freshness, 0, done.freshness)
    else:
        shift = acting.act_untired(chosen, of_phase, asked.shifts.after_rupture, seen_again, asked.effort)
        write_behaviours(memory.chosen, 0, shift)


@spliced
def open_trial(stream: Any, shared: Any, plan: Any, memory: Any, kept: Any, p: Any) -> None:
    """Admit every patient; clinicians have been hired."""
    sample = read_sample(memory.sample, 0)
    effect = admission.drug_effect(draws.trial_noise(stream), p)
    table = plan.step_days.size * ROW_DRAWS * memory.stride
    for patient in range(plan.enrolled.size):
        if shared:
            noise = table_traits(memory.table, table + patient, memory.stride)
        else:
            noise = draws.trait_noise(stream, np.uint64(patient))
        lead = load(memory.lead_word, patient * WIDTH)
        if memory.acts[0]:
            dyad = draws.dyad_noise(stream, np.uint64(patient), lead)
        else:  # nobody goes by a guess
            nothing = spread_float(0.0)
            dyad = draws.DyadNoise(draws.dyad_effect(stream, np.uint64(patient), lead), nothing, nothing)
        own, state, entry = admission.arrive(plan.enrolled[patient], noise, dyad, effect, sample, p)
        write_patient(memory.people, patient * PATIENT * WIDTH, state)
        write_traits(memory.traits, patient * TRAIT * WIDTH, own)
        write_tally(memory.tallies, patient * TALLY * WIDTH, tally.opened(entry, np.nan))
        if memory.acts[0]:
            write_remembered(memory.remembered, patient * REMEMBERED * WIDTH, FIRST_SESSION)
        if kept.visits:
            write_state(memory.arrivals, patient * STATES * WIDTH, state)
    for cohort in range(memory.cohorts.size // WIDTH):
        store(
            memory.cohorts,
            cohort * WIDTH,
            groups.formed(draws.group_noise(stream, np.uint64(cohort)), p.groups).cohesion,
        )
    write_company(memory.company, 0, ALONE)


@spliced
def walk(
    stream: Any, shared: Any, plan: Any, points: Any, memory: Any, kept: Any, fixed: Any, intervening: Any, p: Any
) -> None:
    """Walk the timetable once: every session and assessment in order."""
    co_share = load(memory.co_share, 0)
    acts = memory.acts[0]
    for place in range(plan.step_days.size):
        write_moment(
            memory.moments,
            place * MOMENT * WIDTH,
            visit.moment(plan.step_days[place], plan.step_quiet[place], plan.step_hours[place], p),
        )
    sessions = 0
    assessments = 0
    for event in range(plan.kind.size):
        patient = plan.patient[event]
        code = plan.code[event]
        at, tally_at = patient * PATIENT * WIDTH, patient * TALLY * WIDTH
        before = read_patient(memory.people, at)
        own = read_traits(memory.traits, patient * TRAIT * WIDTH)
        drawn = plan.step[event] * ROW_DRAWS * memory.stride + patient
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
            plan.counted[event],
            plan.quiet[event],
            plan.dosed[event],
            plan.preparation[event],
            plan.therapy[event],
            plan.dosing[event],
            plan.integration[event],
            plan.session[event],
            plan.feedback,
        )
        if plan.kind[event] == ASSESS:
            if shared:
                asked = table_assessment(memory.table, drawn, memory.stride)
            else:
                asked = draws.assessment_noise(stream, np.uint64(patient), code)
            here, scores = visit.assess(before, own, step, now, asked, p)
            write_patient(memory.people, at, here)
            if plan.primary[event] > 0.5:
                so_far = read_tally(memory.tallies, tally_at)
                write_tally(memory.tallies, tally_at, tally.after_primary(so_far, scores))
            if kept.visits:
                row = assessments * ASSESSMENT * WIDTH
                write_scores(memory.assessments, row, scores)
                write_state(memory.assessments, row + SCORES * WIDTH, here)
            assessments += 1
            continue
        holds = plan.holds[event]
        lead = clinicians_of(memory.staff, memory.lead, memory.lead_alike, holds, memory.room)
        co = lead
        if pair > 0.0:
            co = clinicians_of(memory.staff, memory.co, memory.co_alike, holds, memory.room)
        if shared:
            noise = table_session(memory.table, drawn, memory.stride)
        else:
            noise = draws.session_noise(stream, np.uint64(patient), code)
        do = intervention_at(fixed, memory, sessions, intervening)
        so_far = read_tally(memory.tallies, tally_at)
        if plan.members[event] and plan.opens[event]:
            open_shared(memory, plan, event, p)
        company = read_company(memory.company, 0)
        who = visit.days_pass(visit.Dyad(before, own, so_far, lead, co, company), step, now, noise, p)
        if acts:
            act(who, step, stream, code, plan.phase[event], patient, holds, points, memory, p)
        else:
            write_behaviours(memory.chosen, 0, visit.of_habit(who, step, p))
        done = Act(read_behaviours(memory.chosen, 0), load(memory.freshness, 0))
        row = sessions * SESSION * WIDTH
        if plan.kind[event] == DOSE:
            if shared:
                further = table_dosing(memory.table, drawn + SESSION_DRAWS * memory.stride, memory.stride)
            else:
                further = draws.dosing_noise(stream, np.uint64(patient), code)
            left, answers = visit.dose(who, step, now, noise, further, done, do, p)
            if kept.visits:
                keep(memory, row, holds, left)
                write_experience(memory.sessions, row + (SESSION - EXPERIENCES) * WIDTH, answers)
            close(memory, plan, event, patient, left, p)
        else:
            left = visit.talk(who, step, now, noise, done, do, p)
            if kept.visits:
                keep(memory, row, holds, left)
            close(memory, plan, event, patient, left, p)
        if kept.visits and plan.members[event] and plan.closes[event]:
            tired = load(memory.tired, 0)
            for back in range(plan.members[event]):
                store(memory.sessions, ((sessions - back) * SESSION + FATIGUE_KEPT) * WIDTH, tired)
        sessions += 1


@inline
def close(memory: Any, plan: Any, event: Any, patient: Any, left: Any, p: Any) -> None:
    """Write back what a session changed in patient and clinicians, whose part of a shared session ends with it.

    What only some worlds need is read again from memory: kept at hand, it would slow every session down.
    """
    write_patient(memory.people, patient * PATIENT * WIDTH, left.patient)
    write_tally(memory.tallies, patient * TALLY * WIDTH, left.tally)
    if memory.acts[0]:
        write_remembered(memory.remembered, patient * REMEMBERED * WIDTH, visit.remembered(left))
    if plan.members[event]:
        join(memory, left, p)
        if plan.closes[event]:
            close_shared(memory, plan, event, p)
            lead_fatigue, co_fatigue = load(memory.tired, 0), load(memory.tired, WIDTH)
            tire_all(memory, plan, event, lead_fatigue, co_fatigue)
    else:
        tire_all(memory, plan, event, left.lead_fatigue, left.co_fatigue)
        if memory.learns[0]:
            store(memory.present, 0, left.encounter.attended)
    if memory.learns[0] and plan.closes[event]:
        learn_all(memory, plan, event, p)


@inline
def tire_all(memory: Any, plan: Any, event: Any, lead_fatigue: Any, co_fatigue: Any) -> None:
    """Write back the fatigue of those who held a session; the lead last, as every engine does."""
    holds = plan.holds[event]
    if plan.pair[event] > 0.0:
        tire(memory.staff, memory.co, memory.co_alike, holds, co_fatigue, plan.day[event], memory.room)
    tire(memory.staff, memory.lead, memory.lead_alike, holds, lead_fatigue, plan.day[event], memory.room)


@inline
def learn_all(memory: Any, plan: Any, event: Any, p: Any) -> None:
    """Let those who held a session learn by it, if anybody was there."""
    training, met, holds = read_training(memory.training, 0), load(memory.present, 0), plan.holds[event]
    if plan.pair[event] > 0.0:
        co = clinicians_of(memory.staff, memory.co, memory.co_alike, holds, memory.room)
        learn(memory.staff, memory.co, memory.co_alike, holds, visit.school(co, met, training, p), memory.room)
    lead = clinicians_of(memory.staff, memory.lead, memory.lead_alike, holds, memory.room)
    learn(memory.staff, memory.lead, memory.lead_alike, holds, visit.school(lead, met, training, p), memory.room)


@inline
def keep(memory: Any, row: Any, holds: Any, left: Any) -> None:
    """Keep one session's columns, before it closes."""
    rows = memory.sessions
    write_state(rows, row, left.patient)
    write_encounter(rows, row + STATES * WIDTH, left.encounter)
    write_ratings(rows, row + (STATES + ENCOUNTER) * WIDTH, left.ratings)
    at = row + (STATES + ENCOUNTER + RATINGS) * WIDTH
    store(rows, at, left.lead_fatigue)
    lead = clinicians_of(memory.staff, memory.lead, memory.lead_alike, holds, memory.room)
    store(rows, at + WIDTH, learning.overall(lead.skill))
    store(rows, at + 2 * WIDTH, read_company(memory.company, 0).cohesion)
    for lane in range(WIDTH):
        rows[at + 3 * WIDTH + lane] = memory.lead[holds * WIDTH + lane]


@spliced
def close_trial(memory: Any, patients: Any, p: Any) -> None:
    """Sum every patient's outcomes in order: means where given, and the spread of change."""
    for place in range((OUTCOME + 1) * WIDTH):
        memory.summary[place] = 0.0
        memory.counts[place] = 0.0
    for patient in range(patients):
        found = tally.outcome(read_tally(memory.tallies, patient * TALLY * WIDTH), p)
        row = patient * OUTCOME * WIDTH
        write_outcome(memory.outcomes, row, found)
        for field in range(OUTCOME):
            value = load(memory.outcomes, row + field * WIDTH)
            place = field * WIDTH
            store(memory.summary, place, load(memory.summary, place) + tally.or_nothing(value))
            store(memory.counts, place, load(memory.counts, place) + tally.given(value))
    for field in range(OUTCOME):
        place = field * WIDTH
        store(memory.summary, place, load(memory.summary, place) / load(memory.counts, place))
    mean = load(memory.summary, CHANGE * WIDTH)
    squares = mean * 0.0
    for patient in range(patients):
        value = load(memory.outcomes, (patient * OUTCOME + CHANGE) * WIDTH)
        squares = squares + (value - mean) * (value - mean)
    store(memory.summary, OUTCOME * WIDTH, tally.spread(squares, float(patients)))


@spliced
def lay(arms: Any, points: Any, memory: Any) -> None:
    """Lay the numbers of a tile's points side by side."""
    memory.acts[0] = memory.looks[0] = memory.tires[0] = memory.learns[0] = False
    for lane in range(WIDTH):
        arm = arms[lane]
        memory.acts[0] |= points.acting[arm]
        memory.looks[0] |= points.looking[arm]
        memory.tires[0] |= points.tiring[arm]
        memory.learns[0] |= points.learning[arm]
        memory.freshness[lane] = 1.0
        for place in range(points.numbers.shape[0]):
            memory.numbers[place * WIDTH + lane] = points.numbers[place, arm]
        for place in range(points.sample.shape[0]):
            memory.sample[place * WIDTH + lane] = points.sample[place, arm]
        for place in range(points.levels.shape[0]):
            memory.levels[place * WIDTH + lane] = points.levels[place, arm]
        if points.addresses.size:
            for place in range(points.conduct.shape[0]):
                memory.conduct[place * WIDTH + lane] = points.conduct[place, arm]
        for place in range(points.training.shape[0]):
            memory.training[place * WIDTH + lane] = points.training[place, arm]
        memory.co_share[lane] = points.shares[arm]


@spliced
def place(arms: Any, replicates: Any, points: Any, caseloads: Any, memory: Any) -> None:
    """Note who leads and who assists each patient and cohort in each lane, by which policy, and where all are alike."""
    apart = caseloads.lead.shape[1] > 1 or caseloads.lead.shape[2] > 1
    for holder in range(caseloads.lead.shape[0]):
        memory.lead_alike[holder] = memory.co_alike[holder] = memory.own_alike[holder] = True
        base = holder * WIDTH
        for lane in range(WIDTH):
            arm, replicate = (arms[lane], replicates[lane]) if apart else (0, 0)
            memory.lead[base + lane] = caseloads.lead[holder, arm, replicate]
            memory.lead_word[base + lane] = np.uint64(memory.lead[base + lane])
            memory.co[base + lane] = caseloads.co[holder, arm, replicate]
            if memory.acts[0]:
                memory.own[base + lane] = points.followed[memory.lead[base + lane], arms[lane]]
                memory.own_alike[holder] &= memory.own[base + lane] == memory.own[base]
            memory.lead_alike[holder] &= memory.lead[base + lane] == memory.lead[base]
            memory.co_alike[holder] &= memory.co[base + lane] == memory.co[base]


@inline
def take(rows: Any, width: Any, kept: Any, arms: Any, replicates: Any, filled: Any) -> None:
    """Take rows × columns × lanes over: what is wanted of each world."""
    for at in range(kept.places.size):
        for row in range(kept.into.shape[1]):
            base = (row * width + kept.places[at]) * WIDTH
            for lane in range(filled):
                kept.into[at, row, arms[lane], replicates[lane]] = rows[base + lane]


@spliced
def run_tiles(
    seed: Any, words: Any, plan: Any, points: Any, caseloads: Any, tiles: Any, memory: Any, kept: Any, fixed: Any,
    intervening: Any,
) -> None:  # fmt: skip
    """Run every tile: hire, admit, walk, and take over what it left."""
    drawn, patients = -1, plan.enrolled.size
    for tile in range(tiles.filled.size):
        arms, replicates, filled = tiles.arms[tile], tiles.replicates[tile], tiles.filled[tile]
        shared = tiles.shared
        if shared and drawn != replicates[0]:
            drawn = replicates[0]
            draw_table(seed, words[drawn], plan, memory)
        lay(arms, points, memory)
        place(arms, replicates, points, caseloads, memory)
        for lane in range(WIDTH):
            memory.words[lane] = words[replicates[lane]]
        stream = draws.Stream(seed[0], seed[1], load(memory.words, 0))
        p = read_numbers(memory.numbers, 0)
        population = read_levels(memory.levels, 0)
        for number in range(memory.staff.size // (CLINICIAN * WIDTH)):
            made = admission.hire(draws.skill_noise(stream, np.uint64(number)), population, p)
            write_clinician(memory.staff, number * CLINICIAN * WIDTH, made)
            if memory.learns[0]:
                for lane in range(WIDTH):
                    taught = points.supervised[number, arms[lane], replicates[lane]]
                    memory.staff[(number * CLINICIAN + SUPERVISED) * WIDTH + lane] = taught
        take(memory.staff, CLINICIAN, kept.clinicians, arms, replicates, filled)
        if intervening:
            for lane in range(WIDTH):
                memory.arms[lane], memory.replicates[lane] = arms[lane], replicates[lane]
        open_trial(stream, shared, plan, memory, kept, p)
        walk(stream, shared, plan, points, memory, kept, fixed, intervening, p)
        close_trial(memory, patients, p)
        for lane in range(filled):
            arm, replicate = arms[lane], replicates[lane]
            for field in range(OUTCOME + 1):
                kept.means[field, arm, replicate] = memory.summary[field * WIDTH + lane]
            for patient in range(patients):
                row = patient * OUTCOME * WIDTH + lane
                kept.changes[arm, replicate, patient] = memory.outcomes[row + CHANGE * WIDTH]
                kept.attended[arm, replicate, patient] = memory.outcomes[row + ATTENDED * WIDTH]
        take(memory.outcomes, OUTCOME, kept.outcomes, arms, replicates, filled)
        take(memory.traits, TRAIT, kept.traits, arms, replicates, filled)
        take(memory.tallies, TALLY, kept.entries, arms, replicates, filled)
        take(memory.arrivals, STATES, kept.arrivals, arms, replicates, filled)
        take(memory.sessions, SESSION, kept.sessions, arms, replicates, filled)
        take(memory.assessments, ASSESSMENT, kept.assessments, arms, replicates, filled)


@kernel
def run(
    seed: Any, words: Any, plan: Any, points: Any, caseloads: Any, tiles: Any, memory: Any, kept: Any, fixed: Any
) -> None:
    """Run a batch of worlds; `fixed` is not read."""
    run_tiles(seed, words, plan, points, caseloads, tiles, memory, kept, fixed, False)


@kernel
def run_fixed(
    seed: Any, words: Any, plan: Any, points: Any, caseloads: Any, tiles: Any, memory: Any, kept: Any, fixed: Any
) -> None:
    """Run a batch of worlds with states fixed at recorded trajectories."""
    run_tiles(seed, words, plan, points, caseloads, tiles, memory, kept, fixed, True)
