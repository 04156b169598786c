"""Caseload: which clinician leads and which assists each patient."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Cohorts(NamedTuple):
    """How patients share sessions."""

    size: int  # patients in a cohort, the last one perhaps fewer; 1 where nobody shares any
    always: bool  # they share all their sessions

    def count(self, patients: int) -> int:
        """How many cohorts there are."""
        return -(-patients // self.size) if self.size > 1 else 0

    def first(self, patients: int) -> Array:
        """Number of each cohort's first patient."""
        return np.arange(0, patients, self.size)

    def members(self, patients: int) -> Array:
        """How many patients each cohort has."""
        return np.diff(np.append(self.first(patients), patients))


NO_COHORTS = Cohorts(1, False)


def overall_skill(staff: Any) -> Any:
    """Sum of each clinician's behaviours in the order of their declaration, for ranking."""
    first, *others = staff.skill
    return sum(others, first)


def in_turn(patients: int, clinicians: int) -> tuple[Array, Array]:
    """Patient i is led by clinician i mod m and assisted by the next one.

    Returns:
        Lead and co-therapist of each patient, integers in [0, clinicians).
    """
    lead = np.arange(patients) % clinicians
    return lead, (lead + 1) % clinicians


def by_lot(lots: Array, most: int, sizes: Array | None = None) -> tuple[Array, Array]:
    """Each patient in turn gets the free clinician with the lowest lot; the next lowest lot assists.

    A patient's lots are the patient's own, so one more patient at the end moves nobody.

    Args:
        lots: Shape (patients, clinicians), one uniform a dyad.
        most: Most patients one clinician leads; there is room for all.
        sizes: How many patients each row stands for, one unless given.

    Returns:
        Lead and co-therapist of each patient, integers in [0, clinicians).
    """
    patients, clinicians = lots.shape
    ranked = np.argsort(lots, axis=1, kind="stable")
    places = np.full(clinicians, most)
    lead = np.empty(patients, dtype=np.int64)
    for patient, size in enumerate(np.ones(patients, dtype=np.int64) if sizes is None else sizes):
        lead[patient] = next(choice for choice in ranked[patient] if places[choice] >= size)
        places[lead[patient]] -= size
    first = ranked[:, 0]
    second = ranked[:, min(1, clinicians - 1)]
    return lead, np.where(first == lead, second, first)


def by_attachment(insecurity: Array, skill: Array) -> tuple[Array, Array]:
    """The most insecurely attached patients go to the most skilled clinicians, in equal shares.

    Args:
        insecurity: Shape (patients,), higher is less secure.
        skill: Shape (clinicians,), sum of the behaviours.

    Returns:
        Lead and co-therapist (the next in skill) of each patient, integers in [0, clinicians).
    """
    patients, clinicians = insecurity.size, skill.size
    best = np.argsort(-skill, kind="stable")
    rank = np.empty(patients, dtype=np.int64)
    rank[np.argsort(-insecurity, kind="stable")] = np.arange(patients)
    place = rank * clinicians // patients
    return best[place], best[(place + 1) % clinicians]


def assign(
    rule: str,
    patients: int,
    clinicians: int,
    most: int,
    insecurity: Callable[[], Array],
    skill: Callable[[], Array],
    lots: Callable[[], Array],
    cohorts: Cohorts = NO_COHORTS,
) -> tuple[Array, Array]:
    """Assign clinicians in one world: to each patient, and to each cohort for the sessions that its patients share.

    Args:
        rule: `balanced`, `random` or `attachment`.
        patients: How many patients.
        clinicians: How many clinicians.
        most: Most patients one clinician leads; as many again in sessions that they share.
        insecurity: Gives attachment insecurity, shape (patients,); asked only if the rule needs it.
        skill: Gives overall skill, shape (clinicians,).
        lots: Gives the dyads' lots, shape (patients, clinicians).
        cohorts: How patients share sessions. A cohort goes by its first patient's lots, and by its mean insecurity.

    Returns:
        Lead and co-therapist of each patient, then of each cohort: integers in [0, clinicians). Patients who share all
        their sessions have the cohort's.

    Raises:
        ValueError: The rule is unknown.
    """

    def found(insecurity: Callable[[], Array], lots: Callable[[], Array], sizes: Array) -> tuple[Array, Array]:
        if rule == "balanced":
            return in_turn(len(sizes), clinicians)
        if rule == "random":
            return by_lot(lots(), most, sizes)
        if rule == "attachment":
            return by_attachment(insecurity(), skill())
        raise ValueError(f"assignment.rule={rule!r} is unknown; use balanced, random or attachment.")

    own = found(insecurity, lots, np.ones(patients, dtype=np.int64))
    if cohorts.size == 1:
        return own
    first, members = cohorts.first(patients), cohorts.members(patients)
    shared = found(lambda: np.add.reduceat(insecurity(), first) / members, lambda: lots()[first], members)
    if cohorts.always:
        own = np.repeat(shared[0], members), np.repeat(shared[1], members)
    lead, co = (np.concatenate(both) for both in zip(own, shared, strict=True))
    return lead, co
