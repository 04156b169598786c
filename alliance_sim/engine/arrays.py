"""Many worlds at once in NumPy: the laws over arrays of shape (arms, replicates), event by event, nothing compiled."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from alliance_sim.engine.arms import Arms
from alliance_sim.engine.assigning import caseloads, supervised
from alliance_sim.engine.hours import clinician_hours
from alliance_sim.engine.intervention import Fixed, interventions
from alliance_sim.engine.policies import laws_of
from alliance_sim.engine.recording import Recorded, Recorder, states
from alliance_sim.model import acting, admission, draws, groups, learning, tally, visit
from alliance_sim.model.acting import FIRST_SESSION, Act, Seen
from alliance_sim.model.behaviours import NAMES, Behaviours
from alliance_sim.model.maths import maximum
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.policies import Choose
from alliance_sim.model.policies.own import check, name_of
from alliance_sim.model.records import filled, leaves, mapped, names
from alliance_sim.model.state import ALONE, NO_INTERVENTION, Clinician, Intervention, Patient, Traits
from alliance_sim.model.timetable import Kind
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
LOW_WORD = 0xFFFFFFFF
FATIGUE, LAST_DAY = names(Clinician).index("fatigue"), names(Clinician).index("last_day")
SUPERVISED = names(Clinician).index("supervised")


def stream(seed: int, replicates: Sequence[int]) -> draws.Stream:
    """Make the address part that a block of worlds shares; the replicate has shape (replicates,)."""
    return draws.Stream(
        np.uint64(seed & LOW_WORD), np.uint64(seed >> 32 & LOW_WORD), np.asarray(replicates, dtype=np.uint64)
    )


def row(records: Any, index: int) -> Any:
    """Take one agent's row out of a record of arrays whose first axis is the agent."""
    return mapped(lambda values: values[index], records)


class Staff:
    """The clinicians of all worlds in one block: numbers of a clinician × clinicians × arms × replicates."""

    def __init__(self, hired: Sequence[Clinician], shape: tuple[int, int]) -> None:
        """Take the clinicians in, each number a float or an array that fits the worlds' shape (arms, replicates)."""
        columns = zip(*map(leaves, hired), strict=True)
        self._block = np.stack([[np.broadcast_to(one, shape) for one in column] for column in columns])
        self._worlds: Any = np.ogrid[: shape[0], : shape[1]]

    @property
    def all(self) -> Clinician:
        """Every clinician, numbers of shape (clinicians, arms, replicates)."""
        everybody: Clinician = filled(Clinician, self._block)
        return everybody

    def gather(self, who: Array) -> Clinician:
        """Each world's own clinician, of `who` (arms, replicates)."""
        found: Clinician = filled(Clinician, self._block[:, who, *self._worlds])
        return found

    def tire(self, who: Array, fatigue: Any, day: float) -> None:
        """Write each world's own clinician's fatigue back, updated on `day`."""
        self._block[FATIGUE, who, *self._worlds] = fatigue
        self._block[LAST_DAY, who, *self._worlds] = day

    def learn(self, who: Array, skill: Behaviours) -> None:
        """Write each world's own clinician's skill back."""
        for place, values in enumerate(skill):
            self._block[place, who, *self._worlds] = values

    def supervise(self, whom: Array) -> None:
        """Note who is supervised, 1 or 0 of shape (clinicians, arms, replicates)."""
        self._block[SUPERVISED] = whom


def hired(arms: Arms, key: draws.Stream) -> list[Clinician]:
    """The clinicians of every world as they are hired, numbers that fit (arms, replicates)."""
    noise = draws.skill_noise(key, np.arange(arms.base.clinicians.number, dtype=np.uint64)[:, None])
    p, levels = arms.p, arms.population
    return [admission.hire(row(noise, number), levels, p) for number in range(arms.base.clinicians.number)]


def simulate(
    arms: Sequence[Scenario] | Arms, replicates: Sequence[int], seed: int, fixed: Fixed | None = None
) -> Recorded:
    """Run every arm in every replicate, all draws shared between arms (common random numbers).

    Args:
        arms: Scenarios that share one timetable and the same number of clinicians.
        replicates: Replicate numbers, >= 0.
        seed: Study seed, in [0, 2⁶⁴).
        fixed: States fixed at another run's trajectory, if any.

    Returns:
        What the worlds recorded, last two axes (arms, replicates).
    """
    arms = Arms.of(arms)
    base = arms.base
    shape = (len(arms), len(replicates))
    events = base.events()
    key = stream(seed, replicates)
    p, sample = arms.p, arms.admitted
    n = base.patients.number
    staff = Staff(hired(arms, key), shape)

    people = np.arange(n, dtype=np.uint64)[:, None]
    trait_noise = draws.trait_noise(key, people)
    lead, co = (np.broadcast_to(who, (len(who), *shape)) for who in caseloads(arms, key, lambda: staff.all))

    learns, training = bool(arms.learning.any()), arms.trained
    if learns:
        staff.supervise(supervised(arms, lambda: staff.all, len(replicates)))
    recorder = Recorder(base, events, len(arms), seed, replicates)
    effect = admission.drug_effect(draws.trial_noise(key), p)
    choices = laws_of(arms.policies)
    asked, acts = arms.asked, bool(arms.acting.any())
    before = [FIRST_SESSION] * n
    traits: list[Traits] = []
    patients: list[Patient] = []
    tallies: list[tally.Tally] = []
    for number, day in enumerate(base.enrolment()):
        dyad = draws.dyad_noise(key, np.uint64(number), lead[number].astype(np.uint64))
        own, state, entry = admission.arrive(float(day), row(trait_noise, number), dyad, effect, sample, p)
        traits.append(own)
        patients.append(state)
        tallies.append(tally.opened(entry, np.nan))
        recorder.arrival(number, own, state, entry, lead[number], co[number])
    recorder.staff(staff.all)

    size = base.cohorts.size
    formed = range(base.cohorts.count(n))
    cohorts = [groups.formed(draws.group_noise(key, np.uint64(place)), p.groups) for place in formed]
    noise, dosing_noise = _drawn(key, people, base)
    fixed_values = interventions(fixed, events, len(arms), seed, replicates)
    sessions = 0
    moments: dict[tuple[float, float, float], Any] = {}
    shares = arms.shares[:, None]
    plans = base.plans()
    for place, event in enumerate(events):
        number, planned = event.patient, event.planned
        plan = plans[planned.code]._replace(day=float(event.day))
        z = row(noise[planned.code], number)
        days = plan.day - patients[number].course.last_day
        if (days, plan.quiet, planned.hours) not in moments:
            moments[days, plan.quiet, planned.hours] = visit.moment(days, plan.quiet, planned.hours, p)
        now = moments[days, plan.quiet, planned.hours]
        if planned.kind is Kind.ASSESSMENT:
            patients[number], scores = visit.assess(patients[number], traits[number], plan, now, z, p)
            if plan.primary:
                tallies[number] = tally.after_primary(tallies[number], scores)
            recorder.assessment(place, (*scores, *states(leaves(patients[number]))))
            continue
        pair = planned.clinicians > 1
        plan = plan._replace(co_share=shares if pair else 0.0)
        if event.opens:
            present = sum(patients[member].course.in_treatment for member in event.members)
            together = groups.company(cohorts[number // size], present, np.nan, p.groups) if event.members else ALONE
            shared, most = groups.NOTHING_SHARED, (0.0, 0.0)
        holds = n + number // size if event.members else number  # who holds it: the cohort's clinicians, or one's own
        first, second = staff.gather(lead[holds]), staff.gather(co[holds])
        who = visit.Dyad(patients[number], traits[number], tallies[number], first, second, together)
        do = NO_INTERVENTION if fixed is None else Intervention(*fixed_values[sessions])
        sessions += 1
        here = visit.days_pass(who, plan, now, z, p)
        if acts:
            seen = visit.see(
                here, plan, before[number], draws.sight_noise(key, np.uint64(number), np.uint64(planned.code)), p
            )
            chosen = _chosen(arms, choices, lead[holds], seen, p)
            of_phase = getattr(asked.shifts, planned.phase)
            act = acting.act(chosen, of_phase, asked.shifts.after_rupture, seen, planned.hours, asked.effort)
        else:
            act = Act(visit.of_habit(here, plan, p), 1.0)
        answers: Sequence[Any] = ()
        if planned.kind is Kind.DOSE:
            left, answers = visit.dose(here, plan, now, z, row(dosing_noise[planned.code], number), act, do, p)
        else:
            left = visit.talk(here, plan, now, z, act, do, p)
        patients[number], tallies[number], before[number] = left.patient, left.tally, visit.remembered(left)
        of_clinicians = (left.lead_fatigue, learning.overall(first.skill), together.cohesion, lead[holds])
        kept = (*states(leaves(left.patient)), *leaves(left.encounter), *left.ratings, *of_clinicians, *answers)
        recorder.session(place, kept)
        tired = (left.lead_fatigue, left.co_fatigue)
        if event.members:  # clinicians tire once, as the member whose session strained them most tires them
            shared = groups.joined(shared, left.encounter, p.groups)
            most = (maximum(most[0], tired[0]), maximum(most[1], tired[1]))
            if not event.closes:
                continue
            cohorts[number // size] = groups.after(
                cohorts[number // size], present, shared, now.cohesion_pace, p.groups
            )
            recorder.tired(place, len(event.members), most[0])
            tired = most
        met = present if event.members else left.encounter.attended
        for whom, clinician, fatigue in ((co[holds], second, tired[1]), (lead[holds], first, tired[0]))[not pair :]:
            staff.tire(whom, fatigue, plan.day)
            if learns:
                staff.learn(whom, visit.school(clinician, met, training, p))
    hours = partial(clinician_hours, base, training, lead, co, staff.all.supervised)
    recorder.outcomes(tallies, p, hours)
    return recorder.finish()


def _chosen(arms: Arms, choices: list[Choose], lead: Array, seen: Seen, p: Numbers) -> Behaviours:
    """What each world's lead chooses by its own policy; `lead` has shape (arms, replicates).

    Raises:
        PolicyError: A policy chose what is no shift in [-1, 1].
    """
    own = arms.followed[lead, np.arange(len(arms))[:, None]]
    made = Behaviours(*(np.zeros(lead.shape) for _ in NAMES))
    for place, (policy, choose) in enumerate(zip(arms.policies, choices, strict=True)):
        follows = own == place
        if not follows.any():
            continue
        chosen = choose(seen, p)
        for name, shift, whole in zip(NAMES, chosen, made, strict=True):
            taken = np.broadcast_to(shift, lead.shape)[follows]
            wrong = ~((taken >= -1.0) & (taken <= 1.0))
            if policy.text and wrong.any():
                check(name_of(policy.text), name, taken[wrong][0])
            whole[follows] = taken
    return made


def _drawn(key: draws.Stream, people: Array, base: Scenario) -> tuple[dict[int, Any], dict[int, Any]]:
    """Draws of every step of the course, and the further draws of dosing sessions, by the step's code."""
    noise: dict[int, Any] = {}
    dosing_noise: dict[int, Any] = {}
    for planned in base.course():
        code = np.uint64(planned.code)
        if planned.kind is Kind.ASSESSMENT:
            noise[planned.code] = draws.assessment_noise(key, people, code)
            continue
        noise[planned.code] = draws.session_noise(key, people, code)
        if planned.kind is Kind.DOSE:
            dosing_noise[planned.code] = draws.dosing_noise(key, people, code)
    return noise, dosing_noise
