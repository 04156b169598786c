"""The laws compiled for one float: what the Mesa agents call, one dyad and one session at a time.

State lives in arrays with one row an agent; a kernel reads rows into the named tuples the laws know, runs the
same law sequence as every engine, and writes the rows back.
"""

from typing import Any

import numpy as np

from alliance_sim.engine.compile import kernel
from alliance_sim.engine.layout import blank, reader, writer
from alliance_sim.model import admission, bond, draws, session, state
from alliance_sim.model.state import Behaviours, Clinician, Encounter, Patient, Plan, Traits
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
PATTERN = Scenario().numbers()  # shape of the numbers only; the values are never read

read_numbers = reader(PATTERN)
read_sample = reader(blank(state.Sample))
read_levels = reader(blank(state.SkillLevels))
read_patient = reader(blank(Patient))
read_traits = reader(blank(Traits))
read_clinician = reader(blank(Clinician))
read_plan = reader(blank(Plan))
read_hold = reader(blank(state.Hold))
write_patient = writer(Patient)
write_traits = writer(Traits)
write_clinician = writer(Clinician)
write_entry = writer(state.Entry)
write_assessment = writer(state.Assessment)
write_ratings = writer(state.Ratings)
write_experience = writer(state.Experience)
write_behaviours = writer(Behaviours)
OCCURRENCE_FIELDS = Encounter._fields[2:]
write_occurrences = writer(Encounter, fields=list(OCCURRENCE_FIELDS))
FATIGUE = Clinician._fields.index("fatigue")
LAST_DAY = Clinician._fields.index("last_day")


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
    number: Any,
    day: Any,
    lead: Any,
    key: Any,
    sample: Any,
    numbers: Any,
) -> None:
    """Admit patient `number` on `day` under clinician `lead` and write state, traits and entry scores."""
    stream = draws.Stream(key[0], key[1], key[2])
    p = read_numbers(numbers)
    who = np.uint64(number)
    own, state, scores = admission.arrive(
        day,
        draws.trait_noise(stream, who),
        draws.dyad_effect(stream, who, np.uint64(lead)),
        admission.drug_effect(draws.trial_noise(stream), p),
        read_sample(sample),
        p,
    )
    write_patient(people[number], state)
    write_traits(traits[number], own)
    write_entry(entry[number], scores)


@kernel
def insecurity(number: Any, key: Any, sample: Any) -> Any:
    """Attachment insecurity that matching on attachment ranks by, before anyone arrives."""
    stream = draws.Stream(key[0], key[1], key[2])
    dosing_noise = draws.trait_noise(stream, np.uint64(number))
    who = read_sample(sample)
    return (
        who.attachment_anxiety
        + who.attachment_avoidance
        + (dosing_noise.attachment_anxiety + dosing_noise.attachment_avoidance)
    )


@kernel
def lot(number: Any, clinician: Any, key: Any) -> Any:
    """The lot of one dyad, for random assignment."""
    return draws.dyad_lot(draws.Stream(key[0], key[1], key[2]), np.uint64(number), np.uint64(clinician))


@kernel
def talk(
    people: Any, traits: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any, key: Any,
    numbers: Any, hold: Any, shown: Any, occurrences: Any, ratings: Any,
) -> None:  # fmt: skip
    """Hold a talking session of one dyad or triad and write everything back."""
    stream = draws.Stream(key[0], key[1], key[2])
    p = read_numbers(numbers)
    step = read_plan(plan)
    noise = draws.session_noise(stream, np.uint64(number), np.uint64(code))
    before = read_patient(people[number])
    after, tired, co_tired, met = session.talk(
        before,
        read_traits(traits[number]),
        read_clinician(staff[lead]),
        read_clinician(staff[co]),
        step,
        session.moment(step.day - before.last_day, step.hours, p),
        noise,
        read_hold(hold),
        p,
    )
    write_patient(people[number], after)
    if step.co_share > 0.0:
        staff[co, FATIGUE] = co_tired
        staff[co, LAST_DAY] = step.day
    staff[lead, FATIGUE] = tired
    staff[lead, LAST_DAY] = step.day
    write_behaviours(shown[0], met.delivered)
    write_behaviours(shown[1], met.perceived)
    write_occurrences(occurrences, met)
    write_ratings(ratings, session.rate(after, noise, p))


@kernel
def dose(
    people: Any, traits: Any, staff: Any, number: Any, lead: Any, co: Any, plan: Any, code: Any, key: Any,
    numbers: Any, hold: Any, shown: Any, occurrences: Any, ratings: Any, answers: Any,
) -> None:  # fmt: skip
    """Hold a dosing session of one dyad or triad and write everything back."""
    stream = draws.Stream(key[0], key[1], key[2])
    p = read_numbers(numbers)
    step = read_plan(plan)
    noise = draws.session_noise(stream, np.uint64(number), np.uint64(code))
    dosing_noise = draws.dosing_noise(stream, np.uint64(number), np.uint64(code))
    before = read_patient(people[number])
    after, tired, co_tired, met = session.dose(
        before,
        read_traits(traits[number]),
        read_clinician(staff[lead]),
        read_clinician(staff[co]),
        step,
        session.moment(step.day - before.last_day, step.hours, p),
        noise,
        dosing_noise,
        read_hold(hold),
        p,
    )
    write_patient(people[number], after)
    if step.co_share > 0.0:
        staff[co, FATIGUE] = co_tired
        staff[co, LAST_DAY] = step.day
    staff[lead, FATIGUE] = tired
    staff[lead, LAST_DAY] = step.day
    write_behaviours(shown[0], met.delivered)
    write_behaviours(shown[1], met.perceived)
    write_occurrences(occurrences, met)
    write_ratings(ratings, session.rate(after, noise, p))
    write_experience(answers, session.recall(met, dosing_noise, p))


@kernel
def assess(people: Any, traits: Any, number: Any, day: Any, code: Any, key: Any, numbers: Any, scores: Any) -> None:
    """Assess one patient and write state and scores."""
    stream = draws.Stream(key[0], key[1], key[2])
    noise = draws.assessment_noise(stream, np.uint64(number), np.uint64(code))
    p = read_numbers(numbers)
    before = read_patient(people[number])
    moment = session.moment(day - before.last_day, 0.0, p)
    now, answers = session.assess(before, read_traits(traits[number]), day, moment, noise, p)
    write_patient(people[number], now)
    write_assessment(scores, answers)


@kernel
def alliance(row: Any) -> Any:
    """The bond as a whole of one patient's row, in [0, 1]."""
    patient = read_patient(row)
    return bond.alliance(patient.trust, patient.felt_empathy, patient.rapport)
