"""What treating takes of people: the hours that clinicians give to each patient."""

from typing import Any

import numpy as np

from alliance_sim.model.behaviours import total
from alliance_sim.model.learning import Training
from alliance_sim.model.timetable import Kind, Planned
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]


def clinician_hours(
    base: Scenario, training: Training, lead: Array, co: Array, supervised: Array, attended: Array
) -> Array:
    """Hours that clinicians give to each patient: those of a pair count twice, those of a shared session once.

    Who attends a shared session has an equal part of it. Supervision and deliberate practice count, and where a measure
    is fed back giving, scoring and reading it. Patients leave for good, so that who attended so many sessions attended
    the first of the course.

    Args:
        base: A world with the course, the cohorts and the measuring, that all worlds share.
        training: What clinicians do to learn, numbers that fit (arms, replicates).
        lead: Clinician numbers of patients, then of cohorts; last axes fit (arms, replicates).
        co: The same of co-therapists.
        supervised: Which clinicians are supervised, 1 or 0 of shape (clinicians, arms, replicates).
        attended: How many sessions each patient attended, integers of shape (patients, arms, replicates).

    Returns:
        Hours, of the same shape.
    """
    sessions, measuring = _sessions(base)
    practice, taught = total(training.practice), training.supervised * training.hours
    if base.cohorts.size == 1 and not np.any(practice) and not np.any(taught):
        return hours_so_far(base).take(attended)
    shape = attended.shape[1:]
    worlds = np.ix_(*map(np.arange, shape))
    lead, co = (np.broadcast_to(who, (len(who), *shape)) for who in (lead, co))
    hours = np.zeros(attended.shape)
    for number, step in enumerate(sessions, 1):
        here = attended >= number
        part, holds = _shared(base, step, here)
        beside = practice * step.clinicians
        if np.any(taught):
            for whose in (lead, co)[: step.clinicians]:
                beside = beside + taught * supervised[whose[holds], *worlds]
        hours += np.where(here, (step.hours * step.clinicians + beside) * part + measuring, 0.0)
    return hours


def hours_so_far(base: Scenario) -> Array:
    """Hours of clinicians that the first sessions of a course take of a patient alone; from none to all of them.

    Examples:
        >>> hours_so_far(Scenario(protocol="comp001"))[[0, 3, 4, 6]].tolist()  # 3 × 1.5 h, 7 h with two, 2 × 1 h
        [0.0, 4.5, 18.5, 20.5]
    """
    sessions, measuring = _sessions(base)
    return np.cumsum([0.0, *(step.hours * step.clinicians + measuring for step in sessions)])


def _sessions(base: Scenario) -> tuple[list[Planned], float]:
    """Sessions of a course, and the hours that measuring takes in each."""
    plan = base.protocol
    measuring = plan.measuring if plan.feedback else 0.0
    return [step for step in base.course() if step.kind is not Kind.ASSESSMENT], measuring


def _shared(base: Scenario, step: Planned, here: Array) -> tuple[Array | float, Array]:
    """Which part of a session is each patient's, and whose clinicians hold it: places in a caseload."""
    n, cohorts = len(here), base.cohorts
    patients = np.arange(n)
    if step.group == 1:
        return 1.0, patients
    first, members = cohorts.first(n), cohorts.members(n)
    present = np.repeat(np.add.reduceat(here, first, axis=0, dtype=np.int64), members, axis=0)
    holds = np.where(np.repeat(members, members) > 1, n + patients // cohorts.size, patients)
    return 1.0 / np.maximum(present, 1), holds


def mean_hours(hours: Array) -> Array:
    """Mean over patients, the first axis, added in order as every engine adds."""
    total_hours = np.zeros(hours.shape[1:])
    for own in hours:
        total_hours += own
    return total_hours / len(hours)
