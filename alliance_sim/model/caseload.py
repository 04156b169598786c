"""Caseload: which clinician leads and which assists each patient."""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


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


def by_lot(lots: Array, most: int) -> tuple[Array, Array]:
    """Each patient in turn gets the free clinician with the lowest lot; the next lowest lot assists.

    A patient's lots are the patient's own, so one more patient at the end moves nobody.

    Args:
        lots: Shape (patients, clinicians), one uniform a dyad.
        most: Most patients one clinician leads; patients <= clinicians × most.

    Returns:
        Lead and co-therapist of each patient, integers in [0, clinicians).
    """
    patients, clinicians = lots.shape
    ranked = np.argsort(lots, axis=1, kind="stable")
    places = np.full(clinicians, most)
    lead = np.empty(patients, dtype=np.int64)
    for patient in range(patients):
        lead[patient] = next(choice for choice in ranked[patient] if places[choice] > 0)
        places[lead[patient]] -= 1
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
) -> tuple[Array, Array]:
    """Assign clinicians in one world.

    Args:
        rule: `balanced`, `random` or `attachment`.
        patients: How many patients.
        clinicians: How many clinicians.
        most: Most patients one clinician leads.
        insecurity: Gives attachment insecurity, shape (patients,); asked only if the rule needs it.
        skill: Gives overall skill, shape (clinicians,).
        lots: Gives the dyads' lots, shape (patients, clinicians).

    Returns:
        Lead and co-therapist of each patient, integers in [0, clinicians).

    Raises:
        ValueError: The rule is unknown.
    """
    if rule == "balanced":
        return in_turn(patients, clinicians)
    if rule == "random":
        return by_lot(lots(), most)
    if rule == "attachment":
        return by_attachment(insecurity(), skill())
    raise ValueError(f"assignment.rule={rule!r} is unknown; use balanced, random or attachment.")
