"""The laws compiled for one float: what the Mesa agents call, one dyad and one visit at a time.

State lives in arrays with one row an agent; a kernel reads rows into the records that the laws know, runs the same
visit as every engine, writes the rows back and keeps the visit as one place of a table of columns.
"""

from typing import Any

import numpy as np

from alliance_sim.engine.compile import call_at, inline, kernel
from alliance_sim.engine.layout import reader, writer
from alliance_sim.engine.recording import FATIGUE as FATIGUE_KEPT, RATING_COLUMNS, STATE_PATHS
from alliance_sim.model import acting, admission, bond, draws, groups, learning, state, tally, visit
from alliance_sim.model.acting import Act, Conduct, Remembered, Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.groups import NOTHING_SHARED, Group, Shared
from alliance_sim.model.learning import Training
from alliance_sim.model.maths import maximum
from alliance_sim.model.records import blank, paths, size
from alliance_sim.world.scenario import Scenario

PATTERN = Scenario().numbers()  # shape of the numbers only; the values are never read

read_numbers = reader(PATTERN)
read_sample = reader(blank(state.Sample))
read_levels = reader(blank(state.SkillLevels))
read_patient = reader(blank(state.Patient))
read_traits = reader(blank(state.Traits))
read_tally = reader(blank(tally.Tally))
read_clinician = reader(blank(state.Clinician))
read_plan = reader(blank(state.Plan))
read_intervention = reader(blank(state.Intervention))
read_remembered, write_remembered = reader(blank(Remembered)), writer(Remembered)
read_conduct, read_behaviours, write_seen = reader(blank(Conduct)), reader(blank(Behaviours)), writer(Seen)
read_training, write_behaviours = reader(blank(Training)), writer(Behaviours)
read_company, write_company = reader(blank(state.Company)), writer(state.Company)
read_shared, write_shared = reader(blank(Shared)), writer(Shared)
write_patient = writer(state.Patient)
write_traits = writer(state.Traits)
write_tally = writer(tally.Tally)
write_clinician = writer(state.Clinician)
write_entry = writer(state.Entry)
# One place of a recorder's table of one world, from a first column on.
KEPT, AT = "table, first, place", "table[first + {place}, place, 0, 0] = {value}"
keep_state = writer(state.Patient, KEPT, AT, fields=list(STATE_PATHS))
keep_encounter = writer(state.Encounter, KEPT, AT)
keep_ratings = writer(state.Ratings, KEPT, AT)
keep_experience = writer(state.Experience, KEPT, AT)
keep_scores = writer(state.Assessment, KEPT, AT)
MET = len(STATE_PATHS)
RATED = MET + size(state.Encounter)
TIRED, ANSWERED = RATED + RATING_COLUMNS.index("fatigue"), RATED + len(RATING_COLUMNS)
SCORES = size(state.Assessment)
BEHAVIOURS, CONDUCT = size(Behaviours), size(Conduct)
HABIT, OWN_CHOICE = 0, -1  # in place of the address of a policy: the usual one alone; what the agent itself chose
FATIGUE, LAST_DAY = paths(state.Clinician).index("fatigue"), paths(state.Clinician).index("last_day")
IN_TREATMENT = paths(state.Patient).index("course.in_treatment")
# Places of a row about the session under way: two clinicians hold it; it is shared; how many members are in treatment;
# the clinicians' fatigue by it; then what the group does for each member, and what they share.
PAIR, TOGETHER, PRESENT, LEAD_TIRED, CO_TIRED, COMPANY = range(6)
SHARED = COMPANY + size(state.Company)
UNDER_WAY = SHARED + size(Shared)
LEARNS, TAUGHT = 0, 1  # of a row about what clinicians do to learn: 1 where skill moves, then `Training`


@kernel
def hire(staff: Any, number: Any, key: Any, levels: Any, numbers: Any) -> None:
    """Make clinician `number` of a trial and write the row."""
    stream = draws.Stream(key[0], key[1], key[2])
    made = admission.hire(draws.skill_noise(stream, np.uint64(number)), read_levels(levels), read_numbers(numbers))
    write_clinician(staff[number], made)


@kernel
def arrive(
    people: Any,
    traits: Any,
    entry: Any,
    tallies: Any,
    number: Any,
    day: Any,
    lead: Any,
    key: Any,
    sample: Any,
    numbers: Any,
) -> None:
    """Admit patient `number` on `day` under clinician `lead`; write state, traits, entry scores and the tally."""
    stream = draws.Stream(key[0], key[1], key[2])
    p = read_numbers(numbers)
    who = np.uint64(number)
    own, brought, scores = admission.arrive(
        day,
        draws.trait_noise(stream, who),
        draws.dyad_noise(stream, who, np.uint64(lead)),
        admission.drug_effect(draws.trial_noise(stream), p),
        read_sample(sample),
        p,
    )
    write_patient(people[number], brought)
    write_traits(traits[number], own)
    write_entry(entry[number], scores)
    write_tally(tallies[number], tally.opened(scores, np.nan))


@kernel
def insecurity(number: Any, key: Any, sample: Any) -> Any:
    """Attachment insecurity that matching on attachment ranks by, before anyone arrives."""
    noise = draws.trait_noise(draws.Stream(key[0], key[1], key[2]), np.uint64(number))
    who = read_sample(sample)
    return who.attachment_anxiety + who.attachment_avoidance + (noise.attachment_anxiety + noise.attachment_avoidance)


@kernel
def lot(number: Any, clinician: Any, key: Any) -> Any:
    """The lot of one dyad, for random assignment."""
    return draws.dyad_lot(draws.Stream(key[0], key[1], key[2]), np.uint64(number), np.uint64(clinician))


@inline
def begun(
    people: Any, traits: Any, tallies: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any,
    session: Any, key: Any, numbers: Any,
) -> Any:  # fmt: skip
    """What every session begins with: draws' address, numbers, plan, draws, moment, and who meets after the days."""
    stream = draws.Stream(key[0], key[1], key[2])
    p = read_numbers(numbers)
    step = read_plan(plan)
    noise = draws.session_noise(stream, np.uint64(number), np.uint64(code))
    who = visit.Dyad(
        read_patient(people[number]),
        read_traits(traits[number]),
        read_tally(tallies[number]),
        read_clinician(staff[lead]),
        read_clinician(staff[co]),
        read_company(session[COMPANY:]),
    )
    now = visit.moment(step.day - who.patient.course.last_day, step.quiet, step.hours, p)
    return stream, p, step, noise, now, visit.days_pass(who, step, now, noise, p)


@inline
def seen_by(who: Any, step: Any, stream: Any, number: Any, code: Any, remembered: Any, p: Any) -> Any:
    """What the lead clinician goes by before a session."""
    noise = draws.sight_noise(stream, np.uint64(number), np.uint64(code))
    return visit.see(who, step, read_remembered(remembered[number]), noise, p)


@inline
def acted(
    who: Any, step: Any, stream: Any, number: Any, code: Any, address: Any, acts: Any, remembered: Any, numbers: Any,
    p: Any,
) -> Any:  # fmt: skip
    """What the clinicians do differently; `acts` holds what all are asked, then room for what is seen and chosen."""
    if address == HABIT:
        return Act(visit.of_habit(who, step, p), 1.0)
    asked = read_conduct(acts)
    row, chosen = acts[CONDUCT + BEHAVIOURS :], acts[CONDUCT : CONDUCT + BEHAVIOURS]
    seen = seen_by(who, step, stream, number, code, remembered, p)
    if address != OWN_CHOICE:
        write_seen(row, seen)
        call_at(address, row, numbers, chosen)
    phase = int(step.therapy + 2.0 * step.dosing + 3.0 * step.integration)
    of_phase = read_behaviours(acts[phase * BEHAVIOURS :])
    return acting.act(read_behaviours(chosen), of_phase, asked.shifts.after_rupture, seen, step.hours, asked.effort)


@kernel
def see(
    people: Any, traits: Any, tallies: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any,
    session: Any, key: Any, numbers: Any, acts: Any, remembered: Any,
) -> None:  # fmt: skip
    """Leave what the lead goes by before a session of one patient in `acts`; nothing else changes."""
    stream, p, step, _, _, here = begun(
        people, traits, tallies, staff, number, lead, co, plan, code, session, key, numbers
    )
    write_seen(acts[CONDUCT + BEHAVIOURS :], seen_by(here, step, stream, number, code, remembered, p))


@inline
def written(staff: Any, who: Any, clinician: Any, fatigue: Any, day: Any, met: Any, training: Any, p: Any) -> None:
    """Write back what a session changed in a clinician."""
    staff[who, FATIGUE] = fatigue
    staff[who, LAST_DAY] = day
    if training[LEARNS] > 0.5:
        write_behaviours(staff[who], visit.school(clinician, met, read_training(training[TAUGHT:]), p))


@kernel
def form(cohorts: Any, number: Any, key: Any, numbers: Any) -> None:
    """Form group `number` of a trial and write its row."""
    stream = draws.Stream(key[0], key[1], key[2])
    cohorts[number, 0] = groups.formed(
        draws.group_noise(stream, np.uint64(number)), read_numbers(numbers).groups
    ).cohesion


@kernel
def begin_shared(cohort: Any, members: Any, people: Any, numbers: Any, session: Any) -> None:
    """Begin a shared session of `members`, numbers of patients: what the group does for each of them."""
    p = read_numbers(numbers)
    present = 0.0
    for number in members:
        present += people[number, IN_TREATMENT]
    session[TOGETHER], session[PRESENT], session[LEAD_TIRED], session[CO_TIRED] = 1.0, present, 0.0, 0.0
    write_company(session[COMPANY:], groups.company(Group(cohort[0]), present, np.nan, p.groups))
    write_shared(session[SHARED:], NOTHING_SHARED)


@kernel
def end_shared(
    cohort: Any, staff: Any, lead: Any, co: Any, plan: Any, session: Any, numbers: Any, training: Any, table: Any,
    places: Any,
) -> None:  # fmt: skip
    """End a shared session: cohesion moves, clinicians tire and learn once; keep their fatigue at its places."""
    p = read_numbers(numbers)
    step = read_plan(plan)
    present, shared = session[PRESENT], read_shared(session[SHARED:])
    group = groups.after(Group(cohort[0]), present, shared, groups.pace(step.hours, p.groups), p.groups)
    cohort[0] = group.cohesion
    first, second = read_clinician(staff[lead]), read_clinician(staff[co])
    if session[PAIR] > 0.5:
        written(staff, co, second, session[CO_TIRED], step.day, present, training, p)
    written(staff, lead, first, session[LEAD_TIRED], step.day, present, training, p)
    for place in places:
        table[FATIGUE_KEPT, place, 0, 0] = session[LEAD_TIRED]
    session[TOGETHER] = 0.0
    write_company(session[COMPANY:], state.ALONE)


@inline
def kept(
    left: Any,
    here: Any,
    session: Any,
    training: Any,
    p: Any,
    remembered: Any,
    plan: Any,
    people: Any,
    tallies: Any,
    staff: Any,
    number: Any,
    lead: Any,
    co: Any,
    table: Any,
    place: Any,
) -> None:
    """Write back what a session changed, the lead last, as every engine does; and keep the session."""
    write_patient(people[number], left.patient)
    write_tally(tallies[number], left.tally)
    write_remembered(remembered[number], visit.remembered(left))
    if session[TOGETHER] > 0.5:
        session[LEAD_TIRED] = maximum(session[LEAD_TIRED], left.lead_fatigue)
        session[CO_TIRED] = maximum(session[CO_TIRED], left.co_fatigue)
        write_shared(session[SHARED:], groups.joined(read_shared(session[SHARED:]), left.encounter, p.groups))
    else:
        met = left.encounter.attended
        if session[PAIR] > 0.5:
            written(staff, co, here.co, left.co_fatigue, plan.day, met, training, p)
        written(staff, lead, here.lead, left.lead_fatigue, plan.day, met, training, p)
    keep_state(table, 0, place, left.patient)
    keep_encounter(table, MET, place, left.encounter)
    keep_ratings(table, RATED, place, left.ratings)
    table[TIRED, place, 0, 0] = left.lead_fatigue
    table[TIRED + 1, place, 0, 0] = learning.overall(here.lead.skill)
    table[TIRED + 2, place, 0, 0] = here.company.cohesion
    table[TIRED + 3, place, 0, 0] = lead


@kernel
def talk(
    people: Any, traits: Any, tallies: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any,
    session: Any, key: Any, numbers: Any, intervention: Any, table: Any, place: Any, address: Any, acts: Any,
    training: Any, remembered: Any,
) -> None:  # fmt: skip
    """Hold a talking session of one dyad or triad, write everything back and keep it at a place of a table."""
    stream, p, step, noise, now, here = begun(
        people, traits, tallies, staff, number, lead, co, plan, code, session, key, numbers
    )
    done = acted(here, step, stream, number, code, address, acts, remembered, numbers, p)
    left = visit.talk(here, step, now, noise, done, read_intervention(intervention), p)
    kept(left, here, session, training, p, remembered, step, people, tallies, staff, number, lead, co, table, place)


@kernel
def dose(
    people: Any, traits: Any, tallies: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any,
    session: Any, key: Any, numbers: Any, intervention: Any, table: Any, place: Any, address: Any, acts: Any,
    training: Any, remembered: Any,
) -> None:  # fmt: skip
    """Hold a dosing session of one dyad or triad, write everything back and keep it at a place of a table."""
    stream, p, step, noise, now, here = begun(
        people, traits, tallies, staff, number, lead, co, plan, code, session, key, numbers
    )
    dosing_noise = draws.dosing_noise(stream, np.uint64(number), np.uint64(code))
    done = acted(here, step, stream, number, code, address, acts, remembered, numbers, p)
    left, asked = visit.dose(here, step, now, noise, dosing_noise, done, read_intervention(intervention), p)
    kept(left, here, session, training, p, remembered, step, people, tallies, staff, number, lead, co, table, place)
    keep_experience(table, ANSWERED, place, asked)


@kernel
def assess(
    people: Any, traits: Any, tallies: Any, number: Any, plan: Any, code: Any, key: Any, numbers: Any, table: Any,
    place: Any,
) -> None:  # fmt: skip
    """Assess one patient, write state and tally, and keep scores and state at a place of a table."""
    stream = draws.Stream(key[0], key[1], key[2])
    noise = draws.assessment_noise(stream, np.uint64(number), np.uint64(code))
    p = read_numbers(numbers)
    step = read_plan(plan)
    before = read_patient(people[number])
    now = visit.moment(step.day - before.course.last_day, step.quiet, 0.0, p)
    here, found = visit.assess(before, read_traits(traits[number]), step, now, noise, p)
    write_patient(people[number], here)
    if step.primary > 0.5:
        write_tally(tallies[number], tally.after_primary(read_tally(tallies[number]), found))
    keep_scores(table, 0, place, found)
    keep_state(table, SCORES, place, here)


@kernel
def alliance(row: Any) -> Any:
    """The bond as a whole of one patient's row, in [0, 1]."""
    return bond.alliance(read_patient(row).bond)
