"""The therapy trial as a Mesa model: events on protocol days, tidy frames, the same laws and draws as every engine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from mesa import DataCollector, Model
from mesa.time import Priority

from alliance_sim.engine import dyad
from alliance_sim.engine.arrays import LOW_WORD
from alliance_sim.engine.intervention import Held, pins
from alliance_sim.engine.layout import flat
from alliance_sim.engine.recording import Recorded, Recorder
from alliance_sim.model import caseload, state, tally
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.trial.agents import BEFORE, Clinician, Patient, appointments
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario

PATIENT_REPORTERS = (
    "time",
    "number",
    "phase",
    "trust",
    "felt_empathy",
    "rapport",
    "alliance",
    "openness",
    "fear",
    "severity",
    "set_point",
    "wellbeing",
    "insight",
    "in_treatment",
    "last_day",
)
CLINICIAN_REPORTERS = ("number", "fatigue")


class Setup:
    """What Mesa calls a scenario: our scenario, the seed and the replicate; Mesa asks it for `rng`."""

    def __init__(self, world: Scenario, seed: int, replicate: int) -> None:
        """Bundle what makes one trial; `rng` only feeds Mesa's own shuffling, never the science."""
        self.world = world
        self.seed = seed
        self.replicate = replicate
        self.rng = seed & LOW_WORD
        self.model: TherapyTrial | None = None


class DayCollector(DataCollector):
    """Mesa's collector whose agent frame has a row a patient and day."""

    def get_agent_vars_dataframe(self) -> pd.DataFrame:
        """Each enrolled patient at the end of each day on which anything happened in the trial.

        The state is that of the patient's latest contact, on `last_day`: between contacts nobody looks.
        """
        frame: pd.DataFrame = self.get_agenttype_vars_dataframe(Patient)
        return frame[frame["phase"] != BEFORE]


class TherapyTrial(Model):
    """One simulated trial of clinicians and patients.

    `TherapyTrial()` is COMP001 at 25 mg with 60 patients. Run it with `run_until(trial.end_day)`. All
    randomness is addressed by (seed, replicate, agent, session, purpose): Mesa's generators play no part.

    Attributes:
        end_day: Day of the last event; `running` is False after it.
        patients: Agent set of `Patient`.
        clinicians: Agent set of `Clinician`.
        datacollector: A row a patient and day (`get_agent_vars_dataframe`), a row a day (model).
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        replicate: int = 0,
        seed: int = DEFAULT_SEED,
        rng: Any = None,
        held: Held | None = None,
        collect: bool = True,
    ) -> None:
        """Hire clinicians, admit patients and schedule every session.

        Args:
            scenario: The world to simulate; None for the default one.
            replicate: Which of the study's trials, >= 0.
            seed: Seed of every draw, in [0, 2⁶⁴).
            rng: An integer takes the place of `seed`, as Mesa's own tools hand it over.
            held: States held at the trajectory of one other recorded world, if any.
            collect: Let the data collector note every agent at every day's end, which takes most of the time.
        """
        world = Scenario() if scenario is None else scenario
        setup = Setup(world, seed if rng is None else int(rng), replicate)
        super().__init__(scenario=setup)
        self.world = world
        self._collect = collect
        self.key = np.array([setup.seed & LOW_WORD, setup.seed >> 32 & LOW_WORD, replicate], dtype=np.uint64)
        self.numbers = flat(world.numbers())
        self.sample = flat(world.sample())
        self.skill_levels = flat(world.skill_levels())
        n, m = world.patients.number, world.clinicians.number
        self.staff = np.zeros((m, len(state.Clinician._fields)))
        self.people = np.zeros((n, len(state.Patient._fields)))
        self.traits = np.zeros((n, len(state.Traits._fields)))
        self.entries = np.zeros((n, len(state.Entry._fields)))
        self._shown = np.zeros((2, len(state.Behaviours._fields)))
        self._occurrences = np.zeros(len(dyad.OCCURRENCE_FIELDS))
        self._ratings = np.zeros(len(state.Ratings._fields))
        self._answers = np.zeros(len(state.Experience._fields))
        self._scores = np.zeros(len(state.Assessment._fields))

        self._early, self._last = world.early_codes(), world.last_code()
        events = world.events()
        self.end_day = events[-1].day
        talks = [place for place, event in enumerate(events) if event.planned.kind is not Kind.ASSESSMENT]
        self._session_places = {place: session for session, place in enumerate(talks)}
        self._nothing_held = np.zeros(len(state.Hold._fields))
        self._pins = None if held is None else pins(held, events, 1, setup.seed, [replicate])[:, :, 0, 0].copy()
        self.recorder = Recorder(world, events, 1, setup.seed, [replicate])
        staff = [Clinician(self, number) for number in range(m)]
        self.recorder.staff(
            state.Clinician(*(self.staff[:, place, None, None] for place in range(self.staff.shape[1])))
        )
        lead, co = self._assign()
        courses = appointments(events, n)
        spacing = world.assignment.enrolment_spacing
        people = [
            Patient(self, number, number * spacing, staff[lead[number]], staff[co[number]], courses[number])
            for number in range(n)
        ]
        self.patients = self.agents_by_type[Patient]
        self.clinicians = self.agents_by_type[Clinician]
        self._tallies = [tally.opened(self.entry(number), math.nan) for number in range(n)]
        self.datacollector = DayCollector(
            model_reporters={"time": "time", "in_treatment": "in_treatment", "alliance": "mean_alliance"},
            agenttype_reporters={
                Patient: {name: name for name in PATIENT_REPORTERS},
                Clinician: {name: name for name in CLINICIAN_REPORTERS},
            },
        )
        for event in events:
            self.schedule_event(people[event.patient].keep_appointment, at=event.day)
        for day in sorted({event.day for event in events}):
            self.schedule_event(self.close_day, at=day, priority=Priority.LOW)

    def _assign(self) -> tuple[Any, Any]:
        n, m = self.world.patients.number, self.world.clinicians.number
        return caseload.assign(
            self.world.assignment.rule.value,
            n,
            m,
            self.world.clinicians.max_caseload,
            lambda: np.array([dyad.insecurity(number, self.key, self.sample) for number in range(n)]),
            lambda: np.asarray(caseload.overall_skill(state.Clinician(*self.staff.T))),
            lambda: np.array([[dyad.lot(number, other, self.key) for other in range(m)] for number in range(n)]),
        )

    @property
    def in_treatment(self) -> int:
        """How many enrolled patients have not left treatment."""
        return int(sum(patient.in_treatment for patient in self.patients if patient.is_enrolled))

    @property
    def mean_alliance(self) -> float:
        """Mean bond over all enrolled patients, in [0, 1]."""
        return float(np.mean([patient.alliance for patient in self.patients if patient.is_enrolled]))

    def entry(self, number: int) -> state.Entry:
        """Scores of patient `number` at entry, in instrument points."""
        return state.Entry(*self.entries[number])

    def hold_session(self, place: int, patient: Patient, event: Event) -> None:
        """Hold one session of a patient with the clinicians present and record it."""
        planned, protocol = event.planned, self.world.protocol
        share = protocol.co_share if planned.clinicians > 1 else 0.0
        more = float(planned.code != self._last)
        plan = np.array([event.day, planned.hours, share, planned.dose, float(protocol.dose_per_kg), more])
        common = (
            self.people,
            self.traits,
            self.staff,
            patient.number,
            patient.lead.number,
            patient.co.number,
            plan,
            planned.code,
            self.key,
            self.numbers,
            self._nothing_held if self._pins is None else self._pins[self._session_places[place]],
            self._shown,
            self._occurrences,
            self._ratings,
        )
        if planned.kind is Kind.DOSE:
            dyad.dose(*common, self._answers)
        else:
            dyad.talk(*common)
        met = state.Encounter(state.Behaviours(*self._shown[0]), state.Behaviours(*self._shown[1]), *self._occurrences)
        so_far = self._tallies[patient.number]
        if planned.kind is Kind.DOSE:
            answers = state.Experience(*self._answers)
            so_far = tally.after_experience(so_far, met, answers)
            self.recorder.experience(place, met, answers)
        ratings = state.Ratings(*self._ratings)
        self._tallies[patient.number] = tally.after_session(so_far, met, ratings, float(planned.code in self._early))
        now = state.Patient(*self.people[patient.number])
        self.recorder.session(place, now, met, ratings, patient.lead.fatigue)

    def assess(self, place: int, patient: Patient, event: Event) -> None:
        """Assess a patient, in treatment or not, and record it."""
        dyad.assess(
            self.people,
            self.traits,
            patient.number,
            float(event.day),
            event.planned.code,
            self.key,
            self.numbers,
            self._scores,
        )
        scores = state.Assessment(*self._scores)
        if event.planned.number == self.world.protocol.assessments.primary_day:
            self._tallies[patient.number] = tally.after_primary(self._tallies[patient.number], scores)
        self.recorder.assessment(place, state.Patient(*self.people[patient.number]), scores)

    def close_day(self) -> None:
        """Collect the day's end; the trial stops running after its last day."""
        if self._collect:
            self.datacollector.collect(self)
        if self.time >= self.end_day:
            self.running = False

    @property
    def recorded(self) -> Recorded:
        """Every session and assessment so far, in the form the tables read."""
        self.recorder.outcomes(self._tallies, self.world.numbers())
        return self.recorder.finish()
