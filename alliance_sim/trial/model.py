"""The therapy trial as a Mesa model: events on protocol days, tidy frames, the same laws and draws as every engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from mesa import DataCollector, Model
from mesa.time import Priority

from alliance_sim.engine import dyad
from alliance_sim.engine.arrays import LOW_WORD
from alliance_sim.engine.intervention import Fixed, interventions
from alliance_sim.engine.recording import STATE_PLACES, Recorded, Recorder
from alliance_sim.model import caseload, state, tally
from alliance_sim.model.records import filled, flat, size
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.trial.agents import BEFORE, Clinician, Patient, appointments
from alliance_sim.world import seeds
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

        The state is that of the patient's latest visit, on `last_day`: between visits nobody looks.
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
        seed: int | None = DEFAULT_SEED,
        rng: int | None = None,
        fixed: Fixed | None = None,
        collect: bool = True,
    ) -> None:
        """Hire clinicians, admit patients and schedule every session.

        Args:
            scenario: The world to simulate; None for the default one.
            replicate: Which of the study's trials, >= 0.
            seed: Seed of every draw, in [0, 2⁶⁴); None for the default one.
            rng: Takes the place of `seed` unless it is None: Mesa's own tools hand a seed over under this name.
            fixed: States fixed at the trajectory of one other recorded world, if any.
            collect: Let the data collector note every agent at every day's end, which takes most of the time.

        Raises:
            ScenarioError: The seed or the replicate is no whole number in its range.
        """
        world = Scenario() if scenario is None else scenario
        start = seeds.seed(seed) if rng is None else seeds.seed(rng, "rng")
        setup = Setup(world, start, seeds.replicate(replicate))
        super().__init__(scenario=setup)
        self.world = world
        self._collect = collect
        self.key = np.array([setup.seed & LOW_WORD, setup.seed >> 32 & LOW_WORD, setup.replicate], dtype=np.uint64)
        self.numbers = flat(world.numbers())
        self.sample = flat(world.sample())
        self.skill_levels = flat(world.skill_levels())
        n, m = world.patients.number, world.clinicians.number
        self.staff = np.zeros((m, size(state.Clinician)))
        self.people = np.zeros((n, size(state.Patient)))
        self.traits = np.zeros((n, size(state.Traits)))
        self.entries = np.zeros((n, size(state.Entry)))
        self.tallies = np.zeros((n, size(tally.Tally)))
        self._encounter = np.zeros(size(state.Encounter))
        self._ratings = np.zeros(size(state.Ratings))
        self._answers = np.zeros(size(state.Experience))
        self._scores = np.zeros(size(state.Assessment))

        events = world.events()
        self.end_day = events[-1].day
        plans = world.plans()
        self._plans = [flat(plans[event.planned.code]._replace(day=float(event.day))) for event in events]
        talks = [place for place, event in enumerate(events) if event.planned.kind is not Kind.ASSESSMENT]
        self._session_places = {place: session for session, place in enumerate(talks)}
        self._none_fixed = np.zeros(size(state.Intervention))
        self._fixed = (
            None if fixed is None else interventions(fixed, events, 1, setup.seed, [setup.replicate])[:, :, 0, 0].copy()
        )
        self.recorder = Recorder(world, events, 1, setup.seed, [setup.replicate])
        staff = [Clinician(self, number) for number in range(m)]
        self.recorder.staff(filled(state.Clinician, self.staff.T[:, :, None, None]))
        lead, co = self._assign()
        courses = appointments(events, n)
        spacing = world.assignment.enrolment_spacing
        people = [
            Patient(self, number, number * spacing, staff[lead[number]], staff[co[number]], courses[number])
            for number in range(n)
        ]
        self.patients = self.agents_by_type[Patient]
        self.clinicians = self.agents_by_type[Clinician]
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
            lambda: np.asarray(caseload.overall_skill(filled(state.Clinician, self.staff.T))),
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
        planned, number = event.planned, patient.number
        common = (
            self.people,
            self.traits,
            self.tallies,
            self.staff,
            number,
            patient.lead.number,
            patient.co.number,
            self._plans[place],
            planned.code,
            self.key,
            self.numbers,
            self._none_fixed if self._fixed is None else self._fixed[self._session_places[place]],
            self._encounter,
            self._ratings,
        )
        dosed = planned.kind is Kind.DOSE
        if dosed:
            dyad.dose(*common, self._answers)
        else:
            dyad.talk(*common)
        fatigue = [patient.lead.fatigue]
        parts = (self.people[number, STATE_PLACES], self._encounter, self._ratings, fatigue)
        self.recorder.session(place, np.concatenate((*parts, self._answers) if dosed else parts))

    def assess(self, place: int, patient: Patient, event: Event) -> None:
        """Assess a patient, in treatment or not, and record it."""
        number = patient.number
        dyad.assess(
            self.people,
            self.traits,
            self.tallies,
            number,
            self._plans[place],
            event.planned.code,
            self.key,
            self.numbers,
            self._scores,
        )
        self.recorder.assessment(place, np.concatenate((self._scores, self.people[number, STATE_PLACES])))

    def close_day(self) -> None:
        """Collect the day's end; the trial stops running after its last day."""
        if self._collect:
            self.datacollector.collect(self)
        if self.time >= self.end_day:
            self.running = False

    @property
    def recorded(self) -> Recorded:
        """Every session and assessment so far, in the form the tables read."""
        self.recorder.outcomes([filled(tally.Tally, row) for row in self.tallies], self.world.numbers())
        return self.recorder.finish()
