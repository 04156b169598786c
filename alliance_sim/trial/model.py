"""The therapy trial as a Mesa model: events on protocol days, tidy frames, the same laws and draws as every engine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from mesa import Model
from mesa.experimental.scenarios import Scenario as MesaScenario
from mesa.time import Priority

from alliance_sim.engine import dyad, policies
from alliance_sim.engine.arms import NOTHING_ASKED
from alliance_sim.engine.arrays import LOW_WORD, SUPERVISED
from alliance_sim.engine.hours import clinician_hours
from alliance_sim.engine.intervention import Fixed, interventions
from alliance_sim.engine.recording import STATE_PLACES, TRAIT_PLACES, Recorded, Recorder
from alliance_sim.model import caseload, groups, learning, state, tally
from alliance_sim.model.acting import Remembered, Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.policies import BUILT_IN, USUAL, own
from alliance_sim.model.records import filled, flat, size
from alliance_sim.model.timetable import Event
from alliance_sim.trial import copies
from alliance_sim.trial.agents import IN_TREATMENT, Clinician, Group, Patient
from alliance_sim.trial.batches import BatchSignature
from alliance_sim.trial.collecting import COLUMNS, TRIAL_COLUMNS, Array, DayCollector, alliances
from alliance_sim.trial.layout import laid_out
from alliance_sim.world import seeds
from alliance_sim.world.policy import named
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario

OF_PROCESS = ("policies", "p", "_addresses")  # what a copy in another process makes anew
CHOSEN = slice(len(NOTHING_ASKED), len(NOTHING_ASKED) + size(Behaviours))  # of `acts`: then comes what is seen


class TherapyTrial(Model):
    """One simulated trial of clinicians and patients.

    `TherapyTrial()` is COMP001 at 25 mg with 60 patients. Run it with `run_until(trial.end_day)`. All
    randomness is addressed by (seed, replicate, agent, session, purpose): Mesa's generators play no part.

    Attributes:
        end_day: Day of the last event; `running` is False after it.
        patients: Agent set of `Patient`.
        clinicians: Agent set of `Clinician`.
        groups: Agent set of `Group`, one a cohort; empty where patients share no sessions.
        datacollector: A row a patient and day (`get_agent_vars_dataframe`), a row a day (model).

    A subclass may name subclasses of `Patient` and `Clinician` as its `patient_type` and `clinician_type`. A trial can
    be copied (`copy.deepcopy`) and pickled on any day; the copy goes on by itself, to the same values.
    """

    patient_type: type[Patient] = Patient
    clinician_type: type[Clinician] = Clinician
    __signature__ = BatchSignature()

    def __init__(
        self,
        scenario: Scenario | MesaScenario | None = None,
        *,
        replicate: int = 0,
        seed: int | None = DEFAULT_SEED,
        rng: int | None = None,
        fixed: Fixed | None = None,
        collect: bool = True,
        model_reporters: dict[str, Any] | None = None,
        agent_reporters: dict[str, Any] | None = None,
        agenttype_reporters: dict[type, dict[str, Any]] | None = None,
    ) -> None:
        """Hire clinicians, admit patients and schedule every session.

        Args:
            scenario: The world to simulate; None for the default one. Of a scenario of Mesa's, the `world` it holds.
            replicate: Which of the study's trials, >= 0.
            seed: Seed of every draw, in [0, 2⁶⁴); None for the default one.
            rng: Takes the place of `seed` unless it is None: Mesa's own tools hand a seed over under this name.
            fixed: States fixed at the trajectory of one other recorded world, if any.
            collect: Let the data collector note every agent at every day's end.
            model_reporters: Reporters of one's own for the data collector, as Mesa takes them.
            agent_reporters: The same, of every agent.
            agenttype_reporters: The same, of the agents of one type.

        Raises:
            ScenarioError: The seed or the replicate is no whole number in its range.
        """
        if isinstance(scenario, MesaScenario):  # SolaraViz hands one over when it resets
            scenario = getattr(scenario, "world", None)
        world = Scenario() if scenario is None else scenario
        start = seeds.seed(seed) if rng is None else seeds.seed(rng, "rng")
        self.seed, self.replicate = start, seeds.replicate(replicate)
        # What Mesa shuffles with plays no part in the science.
        setup = MesaScenario(rng=start & LOW_WORD, world=world, seed=start, replicate=self.replicate)
        super().__init__(scenario=setup)
        self.world = world
        self._collect = collect
        self.key = np.array([start & LOW_WORD, start >> 32 & LOW_WORD, self.replicate], dtype=np.uint64)
        self._take_up(world)
        self.numbers = flat(self.p)
        self.sample = flat(world.sample())
        self.skill_levels = flat(world.skill_levels())
        n, m = world.patients.number, world.clinicians.number
        self.staff = np.zeros((m, size(state.Clinician)))
        self.people = np.zeros((n, size(state.Patient)))
        self.traits = np.zeros((n, size(state.Traits)))
        self.entries = np.zeros((n, size(state.Entry)))
        self.tallies = np.zeros((n, size(tally.Tally)))
        self.remembered = np.zeros((n, size(Remembered)))
        self.acts = np.concatenate([flat(world.conduct()), np.zeros(size(Behaviours) + size(Seen))])
        cohorts = world.cohorts.count(n)
        self.cohorts = np.zeros((cohorts, size(groups.Group)))
        self.under_way = np.zeros(dyad.UNDER_WAY)  # about the session that is being held
        self.under_way[dyad.COMPANY : dyad.SHARED] = state.ALONE
        self.training = np.concatenate([[float(self._learns(world))], flat(world.training())])
        self.phases = [""] * n
        self.by_number: dict[type, list[Any]] = {Clinician: [], Patient: [], Group: []}
        self.overridden: dict[type | None, set[str]] = {
            None: _new(type(self), TherapyTrial, TRIAL_COLUMNS.values()),
            Patient: _new(self.patient_type, Patient, COLUMNS[Patient]),
            Clinician: _new(self.clinician_type, Clinician, COLUMNS[Clinician]),
            Group: set(),
        }

        self.enrolment = np.array(world.enrolment())
        self.present = np.ones(n, dtype=bool)  # patients who were not removed
        layout = laid_out(tuple(world.course()), tuple(self.enrolment.tolist()))
        events = layout.events
        self.end_day = events[-1].day
        plans = world.plans()
        steps = {code: flat(plan) for code, plan in plans.items()}
        self._codes, self._places, self._agenda = layout.codes, layout.places, layout.agenda
        self._plans = np.array([steps[code] for code in self._codes])
        self._plans[:, state.Plan._fields.index("day")] = [event.day for event in events]
        self._interventions = (
            np.zeros((layout.sessions, size(state.Intervention)))
            if fixed is None
            else interventions(fixed, events, 1, start, [self.replicate])[:, :, 0, 0].copy()
        )
        self.recorder = Recorder(world, events, 1, start, [self.replicate])

        staff = self.by_number[Clinician]
        for number, policy in enumerate(self.policies):
            staff.append((policy.clinician or self.clinician_type)(self, number))
        self._addresses = self._addressed()
        if world.clinicians.supervision.sessions > 0:
            taught = world.clinicians.supervision
            skill = caseload.overall_skill(filled(state.Clinician, self.staff.T))
            whom = learning.who(taught.share, taught.whom.value, m, lambda: skill)
            self.staff[:, SUPERVISED] = whom.reshape(m)
        self.recorder.staff(filled(state.Clinician, self.staff.T[:, :, None, None]))
        lead, co = self._assign()
        people = self.by_number[Patient]
        for number, (first, second) in enumerate(zip(lead[:n], co[:n], strict=True)):
            day = int(self.enrolment[number])
            people.append(self.patient_type(self, number, day, staff[first], staff[second], layout.courses[number]))
        self.recorder.patients[:, :, 0, 0] = np.column_stack(
            [self.enrolment, self.traits[:, TRAIT_PLACES], self.entries, self.people[:, STATE_PLACES], lead[:n], co[:n]]
        ).T
        for number in range(cohorts):
            first, second = staff[lead[n + number]], staff[co[n + number]]
            self.by_number[Group].append(Group(self, number, first, second))
        self.patients = self.agents_by_type[self.patient_type]
        self.clinicians = self.agents.select(agent_type=Clinician)
        self.groups = self.agents.select(agent_type=Group)
        self.datacollector = DayCollector(
            self,
            model_reporters=model_reporters,
            agent_reporters=agent_reporters,
            agenttype_reporters=agenttype_reporters,
        )
        for at in self._agenda:
            self.schedule_event(self.hold_day, at=at)
            self.schedule_event(self.close_day, at=at, priority=Priority.LOW)

    def __getstate__(self) -> dict[str, Any]:
        """Everything, with the events to come.

        Raises:
            ScenarioError: An event calls something that a copy cannot keep.
        """
        copies.keep(self)
        return {name: held for name, held in self.__dict__.items() if name not in OF_PROCESS}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        """Take everything over; the events keep their order."""
        self.__dict__.update(kept)
        self._take_up(self.world)
        self._addresses = self._addressed()
        copies.renumber(self)

    def _take_up(self, world: Scenario) -> None:
        """Take the clinicians' policies and the numbers up, in this process.

        Raises:
            PolicyError: A policy was written in another program.
        """
        self.policies, self.p = named(world.policy, world.clinicians.number), world.numbers()

    def _addressed(self) -> list[int]:
        """Where each clinician's policy lies, compiled; or who else decides."""
        asked = bool((self.acts[: len(NOTHING_ASKED)] != NOTHING_ASKED).any())
        found = []
        for clinician, policy in zip(self.by_number[Clinician], self.policies, strict=True):
            if type(clinician).choose is not Clinician.choose:
                found.append(dyad.OWN_CHOICE)
            elif policy.choose is BUILT_IN[USUAL] and not asked:
                found.append(dyad.HABIT)
            else:
                found.append(policies.for_one(policy.choose).address)
        return found

    def hold_day(self) -> None:
        """Let everyone with an appointment today keep it, in the order of the timetable."""
        people, size_of_cohort = self.by_number[Patient], self.world.cohorts.size
        for who in self._agenda[self.time]:
            if isinstance(who, range):
                self.by_number[Group][who.start // size_of_cohort].meet()
            elif self.present[who]:
                people[who].keep_appointment()

    def _assign(self) -> tuple[Any, Any]:
        n, m = self.world.patients.number, self.world.clinicians.number
        return caseload.assign(
            self.world.assignment.rule.value,
            n,
            m,
            self.world.clinicians.max_caseload,
            lambda: np.array([dyad.insecurity(number, self.key, self.sample) for number in range(n)]),
            lambda: np.asarray(caseload.overall_skill(filled(state.Clinician, self.staff.T))),
            lambda: np.array([[dyad.lot(number, other, self.key) for other in range(m)] for number in range(n)]),
            self.world.cohorts,
        )

    @staticmethod
    def _learns(world: Scenario) -> bool:
        """True if the skill of any clinician may move."""
        return bool(learning.moves(world.training(), world.parameters.learning.experience))

    @property
    def enrolled(self) -> Array:
        """Who has enrolled and was not removed, true or false by number."""
        here: Array = (self.enrolment <= self.time) & self.present
        return here

    @property
    def in_treatment(self) -> int:
        """How many enrolled patients have not left treatment."""
        return int(self.people[self.enrolled, IN_TREATMENT].sum())

    @property
    def mean_alliance(self) -> float:
        """Mean bond over all enrolled patients, in [0, 1]."""
        return float(np.mean(alliances(self.people[self.enrolled])))

    def entry(self, number: int) -> state.Entry:
        """Scores of patient `number` at entry, in instrument points."""
        return state.Entry(*self.entries[number])

    def hold_session(self, place: int, patient: Patient, event: Event) -> None:
        """Hold one session of a patient with the clinicians present and record it."""
        lead, co = self._holders(patient, event)
        session, address = self._places[place], self._addresses[lead]
        self.under_way[dyad.PAIR] = event.planned.clinicians > 1
        if address == dyad.OWN_CHOICE:
            self._choose(place, patient, lead, co)
        (dyad.dose if event.planned.phase == "dosing" else dyad.talk)(
            *self._meeting(place, patient, lead, co),
            self._interventions[session],
            self.recorder.sessions,
            session,
            address,
            self.acts,
            self.training,
            self.remembered,
        )
        policy = self.policies[lead]
        if policy.text and policy.choose is not None:
            policies.check_choice(policy, self.acts[CHOSEN])

    def _holders_of_all(self) -> tuple[list[int], list[int]]:
        """Lead and co-therapist of each patient, then of each cohort."""
        everybody = [*self.by_number[Patient], *self.by_number[Group]]
        return [who._lead for who in everybody], [who._co for who in everybody]

    def _holders(self, patient: Patient, event: Event) -> tuple[int, int]:
        """Who holds a session, by number: the patient's own clinicians, or of a shared one the group's."""
        who = self.by_number[Group][patient.number // self.world.cohorts.size] if event.members else patient
        return who._lead, who._co

    def _meeting(self, place: int, patient: Patient, lead: int, co: int) -> tuple[Any, ...]:
        """Who meets, when and with which draws and numbers: what every kernel of a session takes first."""
        who = self.people, self.traits, self.tallies, self.staff, patient.number, lead, co
        return *who, self._plans[place], self._codes[place], self.under_way, self.key, self.numbers

    def hold_shared(self, group: Group, members: list[Patient]) -> None:
        """Hold one session of a group, with those members who were not removed."""
        cohort = self.cohorts[group.number]
        dyad.begin_shared(cohort, np.array([one.number for one in members]), self.people, self.numbers, self.under_way)
        places = [member.keep_appointment() for member in members]
        dyad.end_shared(
            cohort,
            self.staff,
            group._lead,
            group._co,
            self._plans[places[0]],
            self.under_way,
            self.numbers,
            self.training,
            self.recorder.sessions,
            np.array([self._places[place] for place in places]),
        )

    def _choose(self, place: int, patient: Patient, lead: int, co: int) -> None:
        """Let the lead clinician see and choose for itself.

        Raises:
            PolicyError: It chose what is no shift in [-1, 1].
        """
        dyad.see(*self._meeting(place, patient, lead, co), self.acts, self.remembered)
        chooser = self.by_number[Clinician][lead]
        chosen = chooser.choose(Seen(*self.acts[CHOSEN.stop :].tolist()))
        own.check_all(type(chooser).__name__, chosen)
        self.acts[CHOSEN] = chosen

    def assess(self, place: int, patient: Patient, event: Event) -> None:
        """Assess a patient, in treatment or not, and record it."""
        dyad.assess(
            self.people,
            self.traits,
            self.tallies,
            patient.number,
            self._plans[place],
            self._codes[place],
            self.key,
            self.numbers,
            self.recorder.assessments,
            self._places[place],
        )

    def close_day(self) -> None:
        """Collect the day's end; the trial stops running after its last day."""
        if self._collect:
            self.datacollector.collect(self)
        if self.time >= self.end_day:
            self.running = False

    @property
    def recorded(self) -> Recorded:
        """Every session and assessment so far, in the form the tables read."""
        so_far = filled(tally.Tally, self.tallies.T[:, :, None, None])
        lead, co = (np.array(whose)[:, None, None] for whose in self._holders_of_all())
        taught = self.staff[:, SUPERVISED, None, None]
        hours = partial(clinician_hours, self.world, self.world.training(), lead, co, taught)
        self.recorder.found(tally.outcome(so_far, self.p), hours)
        return self.recorder.finish(copies=True)


def _new(owner: type, base: type, attributes: Iterable[str]) -> set[str]:
    """Those attributes that a subclass defines anew."""
    return {name for name in attributes if getattr(owner, name, None) is not getattr(base, name, None)}
