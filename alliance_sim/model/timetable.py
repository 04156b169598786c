"""Who meets whom, when: the sorted events that the Mesa trial and every engine follow."""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np


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
    group: int = 1  # patients who share it; 1 where each meets the clinicians alone

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
    members: range = range(0)  # who share it, its own patient among them; empty where nobody does

    @property
    def opens(self) -> bool:
        """True for the first event of a session: of a shared one that of its first member."""
        return not self.members or self.patient == self.members[0]

    @property
    def closes(self) -> bool:
        """True for the last event of a session."""
        return not self.members or self.patient == self.members[-1]


def cohort(patient: int, patients: int, size: int) -> range:
    """Who shares sessions with a patient: patients in the order of their numbers, the last cohort with who is left."""
    first = patient // size * size
    return range(first, min(first + size, patients))


def order(events: Sequence[Event]) -> list[int]:
    """Places of a trial's events by day; on one day assessments first, then by patient, then by order in the course.

    Patients who share any sessions take their turns in all of them together, so that the events of a shared one follow
    one another.
    """
    steps = {id(event.planned): event.planned for event in events}
    size = max((step.group for step in steps.values()), default=1)
    turns = {key: (step.kind is not Kind.ASSESSMENT, step.code) for key, step in steps.items()}
    late, codes = np.array([turns[id(event.planned)] for event in events], dtype=np.int64).reshape(-1, 2).T
    days, patients = np.array([event[:2] for event in events], dtype=np.int64).reshape(-1, 2).T
    placed: list[int] = np.lexsort((patients, codes, patients // size, late, days)).tolist()
    return placed


def _members(patient: int, patients: int, size: int) -> range:
    together = cohort(patient, patients, size)
    return together if len(together) > 1 else range(0)


def timetable(planned: list[Planned], enrolment: list[int]) -> list[Event]:
    """Sort every patient's sessions and assessments into one list of events.

    Args:
        planned: The course of one patient, days from enrolment.
        enrolment: Enrolment day of each patient, days from the trial's start; the same for all of a cohort.

    Returns:
        Events as `order` says.
    """
    n, alone = len(enrolment), range(0)
    events = [
        Event(start + step.day, patient, step, _members(patient, n, step.group) if step.group > 1 else alone)
        for patient, start in enumerate(enrolment)
        for step in planned
    ]
    return [events[place] for place in order(events)]
