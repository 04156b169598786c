"""A trial's timetable laid out: made once for all trials that share it."""

import functools
from typing import NamedTuple

from alliance_sim.engine.recording import places
from alliance_sim.model.timetable import Event, Kind, Planned, timetable


class Layout(NamedTuple):
    """Who has an appointment when, and where it is kept; to be read only, since trials share it."""

    events: list[Event]
    codes: list[int]  # of each event
    places: list[int]  # of each event among the sessions, or among the assessments
    sessions: int
    courses: list[list[tuple[int, Event]]]  # of each patient: (place in the timetable, event)
    agenda: dict[float, list[int | range]]  # who has an appointment on a day, in order: a patient, or all who share it


@functools.lru_cache(maxsize=16)
def laid_out(course: tuple[Planned, ...], enrolment: tuple[int, ...]) -> Layout:
    """Lay out a timetable.

    Args:
        course: Sessions and assessments of one patient, days from enrolment.
        enrolment: Enrolment day of each patient, days from the trial's start.
    """
    events = timetable(list(course), list(enrolment))
    courses: list[list[tuple[int, Event]]] = [[] for _ in enrolment]
    agenda: dict[float, list[int | range]] = {}
    for place, event in enumerate(events):
        courses[event.patient].append((place, event))
        if event.opens:
            agenda.setdefault(event.day, []).append(event.members or event.patient)
    sessions = sum(event.planned.kind is not Kind.ASSESSMENT for event in events)
    return Layout(events, [event.planned.code for event in events], places(events), sessions, courses, agenda)
