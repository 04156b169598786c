"""Clinicians and patients as Mesa agents: they hold state and call laws; they contain no maths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesa import Agent

from alliance_sim.engine import dyad
from alliance_sim.model import state
from alliance_sim.model.records import filled, names
from alliance_sim.model.timetable import Event, Kind

if TYPE_CHECKING:
    from alliance_sim.trial.model import TherapyTrial


BEFORE = "not enrolled"


class Cell:
    """An attribute that reads and writes one place of the agent's row in the trial's arrays."""

    def __init__(self, row: str, place: int) -> None:
        """Remember which row of the agent and which place in it."""
        self._row = row
        self._place = place

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        """Return the state as a float (or the cell itself, asked of the class)."""
        return self if agent is None else float(getattr(agent, self._row)[self._place])

    def __set__(self, agent: Any, value: float) -> None:
        """Write the state."""
        getattr(agent, self._row)[self._place] = value


def holds(row: str, fields: list[str]) -> Any:
    """Class decorator: give an agent one attribute per field of its row."""

    def add(owner: type) -> type:
        for place, name in enumerate(fields):
            setattr(owner, name, Cell(row, place))
        return owner

    return add


@holds("_state", names(state.Clinician))
class Clinician(Agent):
    """A clinician: skills, responsiveness and fatigue (see `model.state.Clinician`), and a caseload."""

    def __init__(self, model: TherapyTrial, number: int) -> None:
        """Hire clinician `number` of the trial; skills come from the clinician's own draws."""
        super().__init__(model)
        self.number = number
        self.caseload: list[Patient] = []
        self._state = model.staff[number]
        dyad.hire(model.staff, number, model.key, model.skill_levels, model.numbers)

    def view_of(self, patient: Patient) -> float:
        """The clinician's own view of the alliance with a patient, in bond points, its bias included."""
        return float(patient.alliance + patient.alliance_rating_bias)


@holds("_traits", names(state.Traits))
@holds("_state", names(state.Patient))
class Patient(Agent):
    """A patient: traits and states (see `model.state`), a lead and an assisting clinician, a course."""

    def __init__(
        self,
        model: TherapyTrial,
        number: int,
        enrolled: int,
        lead: Clinician,
        co: Clinician,
        course: list[Any],
    ) -> None:
        """Admit patient `number` on day `enrolled`; `course` is the patient's (place, event) list."""
        super().__init__(model)
        self.number = number
        self.enrolled = enrolled
        self.lead = lead
        self.co = co
        self._course = iter(course)
        self._talks_left = sum(event.planned.kind is not Kind.ASSESSMENT for _, event in course)
        self._phase = "enrolled" if self._talks_left else "waiting"
        self._state = model.people[number]
        self._traits = model.traits[number]
        lead.caseload.append(self)
        dyad.arrive(
            model.people,
            model.traits,
            model.entries,
            model.tallies,
            number,
            float(enrolled),
            lead.number,
            model.key,
            model.sample,
            model.numbers,
        )
        model.recorder.arrival(
            number,
            state.Traits(*self._traits),
            filled(state.Patient, self._state),
            model.entry(number),
            lead.number,
            co.number,
        )

    @property
    def alliance(self) -> float:
        """The bond as a whole, in [0, 1]: the mean of trust, felt empathy and rapport."""
        return float(dyad.alliance(self._state))

    @property
    def is_enrolled(self) -> bool:
        """True from the day of enrolment on."""
        return bool(self.model.time >= self.enrolled)

    @property
    def phase(self) -> str:
        """Where the patient stands: the phase of the latest session, or what comes before and after sessions."""
        return self._phase if self.is_enrolled else BEFORE

    @property
    def time(self) -> float:
        """Days since the trial began."""
        return float(self.model.time)

    def keep_appointment(self) -> None:
        """Keep the next appointment of the course: a session with the clinicians or an assessment."""
        place, event = next(self._course)
        if event.planned.kind is Kind.ASSESSMENT:
            self.model.assess(place, self, event)
            return
        present = self.in_treatment > 0.5
        self.model.hold_session(place, self, event)
        self._talks_left -= 1
        if present:
            self._phase = event.planned.phase
        if self.in_treatment < 0.5:
            self._phase = "left"
        elif self._talks_left == 0:
            self._phase = "follow-up"


def appointments(events: list[Event], patients: int) -> list[list[tuple[int, Event]]]:
    """Split a timetable into each patient's own course of (place in the timetable, event)."""
    courses: list[list[tuple[int, Event]]] = [[] for _ in range(patients)]
    for place, event in enumerate(events):
        courses[event.patient].append((place, event))
    return courses
