"""Clinicians, patients and groups as Mesa agents: they hold state and call laws; they contain no maths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mesa import Agent

from alliance_sim.engine import dyad
from alliance_sim.errors import ScenarioError
from alliance_sim.model import groups, state
from alliance_sim.model.acting import Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.records import names
from alliance_sim.model.timetable import Event

if TYPE_CHECKING:
    from alliance_sim.trial.model import TherapyTrial


BEFORE = "not enrolled"
IN_TREATMENT = names(state.Patient).index("in_treatment")


class Cell:
    """An attribute that reads and writes one place of the agent's row in one of the trial's arrays."""

    def __init__(self, table: str, place: int) -> None:
        """Remember which array of the trial and which place in the agent's row."""
        self._table = table
        self._place = place

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        """Return the state as a float (or the cell itself, asked of the class)."""
        return self if agent is None else float(getattr(agent.model, self._table)[agent.number, self._place])

    def __set__(self, agent: Any, value: float) -> None:
        """Write the state."""
        getattr(agent.model, self._table)[agent.number, self._place] = value


def holds(table: str, fields: list[str]) -> Any:
    """Class decorator: give an agent one attribute per field of its row."""

    def add(owner: type) -> type:
        for place, name in enumerate(fields):
            setattr(owner, name, Cell(table, place))
        return owner

    return add


@holds("staff", names(state.Clinician))
class Clinician(Agent):
    """A clinician: skills, responsiveness and fatigue (see `model.state.Clinician`), and a caseload."""

    def __init__(self, model: TherapyTrial, number: int) -> None:
        """Hire clinician `number` of the trial; skills come from the clinician's own draws."""
        super().__init__(model)
        self.number = number
        dyad.hire(model.staff, number, model.key, model.skill_levels, model.numbers)

    def choose(self, seen: Seen) -> Behaviours:
        """What to show more or less of in a session that is about to begin; a subclass may decide in its own way.

        Args:
            seen: What the clinician goes by.

        Returns:
            Shifts, behaviour by behaviour, each in [-1, 1].
        """
        policy = self.model.policies[self.number].choose
        return policy(seen, self.model.p)  # type: ignore[no-any-return]

    @property
    def caseload(self) -> list[Patient]:
        """The trial's patients whose lead this clinician is, in the order of their numbers."""
        everybody = zip(self.model.by_number[Patient], self.model.present, strict=False)  # who are admitted so far
        return [patient for patient, present in everybody if present and patient.lead is self]

    def view_of(self, patient: Patient) -> float:
        """The clinician's own view of the alliance with a patient, in bond points, its bias included."""
        return float(patient.alliance + patient.alliance_rating_bias)


class Seat:
    """An attribute that gives a clinician and keeps the number: agents hold no agents, so a trial can be copied."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember where the number is kept."""
        self._kept = f"_{name}"

    def __get__(self, patient: Any, owner: type | None = None) -> Any:
        """Return the clinician."""
        return self if patient is None else patient.model.by_number[Clinician][getattr(patient, self._kept)]

    def __set__(self, patient: Any, clinician: Clinician) -> None:
        """Keep the clinician's number."""
        setattr(patient, self._kept, clinician.number)


@holds("traits", names(state.Traits))
@holds("people", names(state.Patient))
class Patient(Agent):
    """A patient: traits and states (see `model.state`), a lead and an assisting clinician, a course."""

    lead = Seat()
    co = Seat()

    def __init__(
        self,
        model: TherapyTrial,
        number: int,
        enrolled: int,
        lead: Clinician,
        co: Clinician,
        course: list[tuple[int, Event]],
    ) -> None:
        """Admit patient `number` on day `enrolled`; `course` is the patient's (place, event) list."""
        super().__init__(model)
        self.number = number
        self.enrolled = enrolled
        self.lead = lead
        self.co = co
        self._course, self._kept = course, 0
        self._talks_left = sum(event.planned.phase != "assessment" for _, event in course)
        model.phases[number] = "enrolled" if self._talks_left else "waiting"
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

    @property
    def alliance(self) -> float:
        """The bond as a whole, in [0, 1]: the mean of trust, felt empathy and rapport."""
        return float(dyad.alliance(self.model.people[self.number]))

    @property
    def is_enrolled(self) -> bool:
        """True from the day of enrolment on."""
        return bool(self.model.time >= self.enrolled)

    @property
    def phase(self) -> str:
        """Where the patient stands: the phase of the latest session, or what comes before and after sessions."""
        return self.model.phases[self.number] if self.is_enrolled else BEFORE

    @property
    def time(self) -> float:
        """Days since the trial began."""
        return float(self.model.time)

    def remove(self) -> None:
        """Leave the trial's agents, as `mesa.Agent.remove`: no more appointments, and no rows from this day on."""
        self.model.present[self.number] = False
        super().remove()

    @property
    def next_appointment(self) -> Event | None:
        """The next session or assessment of the course; None after the last."""
        return self._course[self._kept][1] if self._kept < len(self._course) else None

    def keep_appointment(self) -> int:
        """Keep the next appointment of the course, a session with the clinicians or an assessment.

        Returns:
            Its place in the trial's timetable.
        """
        place, event = self._course[self._kept]
        self._kept += 1
        if event.planned.phase == "assessment":
            self.model.assess(place, self, event)
            return place
        phases, number, people = self.model.phases, self.number, self.model.people
        present = people[number, IN_TREATMENT] > 0.5
        self.model.hold_session(place, self, event)
        self._talks_left -= 1
        if present:
            phases[number] = event.planned.phase
        if people[number, IN_TREATMENT] < 0.5:
            phases[number] = "left"
        elif self._talks_left == 0:
            phases[number] = "follow-up"
        return place


@holds("cohorts", names(groups.Group))
class Group(Agent):
    """A cohort of patients who share sessions: its cohesion (see `model.groups.Group`), and who holds these."""

    lead = Seat()
    co = Seat()

    def __init__(self, model: TherapyTrial, number: int, lead: Clinician, co: Clinician) -> None:
        """Form group `number` of the trial, from its own draw."""
        super().__init__(model)
        self.number = number
        self.lead, self.co = lead, co
        dyad.form(model.cohorts, number, model.key, model.numbers)

    @property
    def members(self) -> list[Patient]:
        """The cohort's patients in the order of their numbers, without those who were removed from the trial."""
        first = self.number * self.model.world.cohorts.size
        everybody = self.model.by_number[Patient][first : first + self.model.world.cohorts.size]
        return [patient for patient in everybody if self.model.present[patient.number]]

    @property
    def in_treatment(self) -> int:
        """How many members have not left treatment."""
        return int(sum(self.model.people[patient.number, IN_TREATMENT] for patient in self.members))

    def meet(self) -> None:
        """Hold the next shared session with the clinicians.

        Raises:
            ScenarioError: It is not what comes next for each member.
        """
        members = self.members
        for member in members:
            coming = member.next_appointment
            if coming is None or not coming.members:
                said = "none any more" if coming is None else f"{coming.planned.name}, which is not shared"
                raise ScenarioError(
                    f"group {self.number} cannot meet now: the next appointment of patient {member.number} is {said}; "
                    f"let the trial hold its appointments, with step() or run_until()."
                )
        if members:
            self.model.hold_shared(self, members)
