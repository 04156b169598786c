"""Many worlds at once in NumPy: the laws over arrays of shape (arms, replicates), event by event, nothing compiled."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from alliance_sim.engine import intervention as holding
from alliance_sim.engine.intervention import Held
from alliance_sim.engine.recording import Recorded, Recorder
from alliance_sim.model import admission, caseload, draws, session, tally
from alliance_sim.model.state import NOTHING_HELD, Clinician, Patient, Plan, Traits
from alliance_sim.model.timetable import Kind
from alliance_sim.world.scenario import Rule, Scenario

Array = np.ndarray[Any, np.dtype[Any]]
LOW_WORD = 0xFFFFFFFF


def stream(seed: int, replicates: Sequence[int]) -> draws.Stream:
    """Make the address part that a block of worlds shares; the replicate has shape (replicates,)."""
    return draws.Stream(
        np.uint64(seed & LOW_WORD), np.uint64(seed >> 32 & LOW_WORD), np.asarray(replicates, dtype=np.uint64)
    )


def stacked(records: Sequence[Any]) -> Any:
    """Stack equal named tuples of floats over arms: every number becomes an array of shape (arms, 1)."""
    first = records[0]
    if isinstance(first, tuple):
        parts = [stacked(values) for values in zip(*records, strict=True)]
        return type(first)(*parts)
    return np.array(records, dtype=np.float64)[:, None]


def lots(key: draws.Stream, patients: int, clinicians: int) -> Array:
    """The dyads' lots for random assignment, shape (patients, clinicians, replicates)."""
    who = np.arange(patients, dtype=np.uint64)[:, None, None]
    drawn: Array = draws.dyad_lot(key, who, np.arange(clinicians, dtype=np.uint64)[:, None])
    return drawn


def insecurity(sample: Any, dosing_noise: draws.TraitNoise) -> Array:
    """Attachment insecurity that matching ranks by; `dosing_noise` as (patients, replicates), `sample` per arm."""
    own: Array = (
        sample.attachment_anxiety
        + sample.attachment_avoidance
        + (dosing_noise.attachment_anxiety + dosing_noise.attachment_avoidance)[:, None]
    )
    return own


def row(records: Any, index: int) -> Any:
    """Take one agent's row out of a named tuple of arrays whose first axis is the agent."""
    return type(records)(*(values[index] for values in records))


def gather(staff: Clinician, who: Array) -> Clinician:
    """Take each world's own clinician: fields of shape (clinicians, arms, replicates) by `who` (arms, replicates)."""
    return Clinician(*(np.take_along_axis(values, who[None], 0)[0] for values in staff))


def scatter(values: Array, who: Array, new: Array) -> None:
    """Write each world's own clinician back; shapes as in `gather`."""
    np.put_along_axis(values, who[None], np.broadcast_to(new, who.shape)[None], 0)


def simulate(arms: Sequence[Scenario], replicates: Sequence[int], seed: int, held: Held | None = None) -> Recorded:
    """Run every arm in every replicate, all draws shared between arms (common random numbers).

    Args:
        arms: Scenarios that share one timetable and the same number of clinicians.
        replicates: Replicate numbers, >= 0.
        seed: Study seed, in [0, 2⁶⁴).
        held: States held at another run's trajectory, if any.

    Returns:
        What the worlds recorded, last two axes (arms, replicates).
    """
    base = arms[0]
    shape = (len(arms), len(replicates))
    events = base.events()
    key = stream(seed, replicates)
    p = stacked([arm.numbers() for arm in arms])
    sample = stacked([arm.sample() for arm in arms])
    levels = stacked([arm.skill_levels() for arm in arms])
    n, m = base.patients.number, base.clinicians.number

    numbers = np.arange(m, dtype=np.uint64)[:, None]
    dosing_noise = draws.skill_noise(key, numbers)
    hired = [admission.hire(row(dosing_noise, number), levels, p) for number in range(m)]
    staff = Clinician(
        *(np.stack([np.broadcast_to(part, shape) for part in parts]).copy() for parts in zip(*hired, strict=True))
    )

    people = np.arange(n, dtype=np.uint64)[:, None]
    trait_noise = draws.trait_noise(key, people)
    insecure = insecurity(sample, trait_noise)
    skill = caseload.overall_skill(staff)
    drawn = lots(key, n, m) if any(arm.assignment.rule is Rule.random for arm in arms) else None
    lead, co = np.empty((2, n, *shape), dtype=np.int64)
    for place, arm in enumerate(arms):
        for world in range(shape[1]):
            lead[:, place, world], co[:, place, world] = caseload.assign(
                arm.assignment.rule.value,
                n,
                m,
                arm.clinicians.max_caseload,
                partial(insecure.__getitem__, (slice(None), place, world)),
                partial(skill.__getitem__, (slice(None), place, world)),
                partial(np.take, drawn, world, -1),
            )

    recorder = Recorder(base, events, len(arms), seed, replicates)
    effect = admission.drug_effect(draws.trial_noise(key), p)
    traits: list[Traits] = []
    patients: list[Patient] = []
    tallies: list[tally.Tally] = []
    spacing = base.assignment.enrolment_spacing
    for number in range(n):
        match = draws.dyad_effect(key, np.uint64(number), lead[number].astype(np.uint64))
        own, state, entry = admission.arrive(
            float(number * spacing), row(trait_noise, number), match, effect, sample, p
        )
        traits.append(own)
        patients.append(state)
        tallies.append(tally.opened(entry, np.nan))
        recorder.arrival(number, own, state, entry, lead[number], co[number])
    recorder.staff(staff)

    steps = {event.planned.code: event.planned for event in events}
    noise: dict[int, Any] = {}
    dosing_draws_by_code: dict[int, Any] = {}
    for code, planned in steps.items():
        if planned.kind is Kind.ASSESSMENT:
            noise[code] = draws.assessment_noise(key, people, np.uint64(code))
            continue
        noise[code] = draws.session_noise(key, people, np.uint64(code))
        if planned.kind is Kind.DOSE:
            dosing_draws_by_code[code] = draws.dosing_noise(key, people, np.uint64(code))

    early, last = base.early_codes(), base.last_code()
    pinned = holding.pins(held, events, len(arms), seed, replicates)
    sessions = 0
    moments: dict[tuple[float, float], Any] = {}
    shares = np.array([[arm.protocol.co_share] for arm in arms])
    for place, event in enumerate(events):
        number, planned = event.patient, event.planned
        own = traits[number]
        z = row(noise[planned.code], number)
        days = float(event.day) - patients[number].last_day
        if (days, planned.hours) not in moments:
            moments[days, planned.hours] = session.moment(days, planned.hours, p)
        now = moments[days, planned.hours]
        if planned.kind is Kind.ASSESSMENT:
            patients[number], scores = session.assess(patients[number], own, float(event.day), now, z, p)
            if planned.number == base.protocol.assessments.primary_day:
                tallies[number] = tally.after_primary(tallies[number], scores)
            recorder.assessment(place, patients[number], scores)
            continue
        pair = planned.clinicians > 1
        first, second = gather(staff, lead[number]), gather(staff, co[number])
        plan = Plan(
            float(event.day),
            planned.hours,
            shares if pair else 0.0,
            planned.dose,
            float(base.protocol.dose_per_kg),
            float(planned.code != last),
        )
        hold = NOTHING_HELD if held is None else holding.hold_of(pinned, sessions)
        sessions += 1
        if planned.kind is Kind.DOSE:
            extra = row(dosing_draws_by_code[planned.code], number)
            patients[number], tired, co_tired, met = session.dose(
                patients[number], own, first, second, plan, now, z, extra, hold, p
            )
            answers = session.recall(met, extra, p)
            tallies[number] = tally.after_experience(tallies[number], met, answers)
            recorder.experience(place, met, answers)
        else:
            patients[number], tired, co_tired, met = session.talk(
                patients[number], own, first, second, plan, now, z, hold, p
            )
        if pair:
            scatter(staff.fatigue, co[number], co_tired)
            scatter(staff.last_day, co[number], np.asarray(plan.day))
        scatter(staff.fatigue, lead[number], tired)
        scatter(staff.last_day, lead[number], np.asarray(plan.day))
        ratings = session.rate(patients[number], z, p)
        tallies[number] = tally.after_session(tallies[number], met, ratings, float(planned.code in early))
        recorder.session(place, patients[number], met, ratings, tired)
    recorder.outcomes(tallies, p)
    return recorder.finish()
