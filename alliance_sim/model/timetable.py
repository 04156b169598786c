"""Who meets whom, when: the sorted events that the Mesa trial and every engine follow."""

from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What an event is; on one day assessments come before sessions."""

    ASSESSMENT = 0
    TALK = 1
    DOSE = 2


PHASES = ("preparation", "therapy", "dosing", "integration", "assessment")
_PHASE_BITS, _DOSE_BITS = 20, 12  # a code is phase × 2²⁰ + dose before × 2¹² + number: names never collide


class Planned(NamedTuple):
    """One session or assessment of any patient, in days from that patient's enrolment."""

    phase: str
    number: int  # from 1 in sessions; the day itself in assessments
    day: int
    hours: float
    clinicians: int
    dose: float
    after: int = 1  # of integration: the dose it follows

    @property
    def name(self) -> str:
        """The name that addresses its draws: `preparation.2`, `assessment.21`, `integration.2.1` (after dose 2)."""
        return f"{self.phase}.{self.number}" if self.after == 1 else f"{self.phase}.{self.after}.{self.number}"

    @property
    def code(self) -> int:
        """The name as a number: what `draws` hashes."""
        return ((PHASES.index(self.phase) + 1) << _PHASE_BITS) + ((self.after - 1) << _DOSE_BITS) + self.number

    @property
    def kind(self) -> Kind:
        """Which law sequence it runs."""
        if self.phase == "assessment":
            return Kind.ASSESSMENT
        return Kind.DOSE if self.phase == "dosing" else Kind.TALK


class Event(NamedTuple):
    """One session or assessment of one patient, in days from the trial's start."""

    day: int
    patient: int
    planned: Planned


def sort_key(event: Event) -> tuple[int, bool, int, int]:
    """Order of events: by day, assessments first, by patient, by phase and number."""
    return event.day, event.planned.kind is not Kind.ASSESSMENT, event.patient, event.planned.code


def timetable(planned: list[Planned], enrolment: list[int]) -> list[Event]:
    """Sort every patient's sessions and assessments into one list of events.

    Args:
        planned: The course of one patient, days from enrolment.
        enrolment: Enrolment day of each patient, days from the trial's start.

    Returns:
        Events by day; on one day assessments first, then by patient, then by order in the course.
    """
    events = [Event(start + step.day, patient, step) for patient, start in enumerate(enrolment) for step in planned]
    return sorted(events, key=sort_key)
