"""Learning: how clinicians' skill moves with supervision, deliberate practice and experience."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.model.behaviours import NAMES, Behaviours, total
from alliance_sim.model.caseload import Array
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, each, exp, law, maximum, unit, where
from alliance_sim.model.registry import parameter

BEHAVIOURS = float(len(NAMES))
ROUNDING = 1e-9  # clinicians, by which a product may miss a whole number


# fmt: off
@configurable
class Learning:
    """How fast clinicians learn; nobody is supervised or practises unless a study says so."""

    supervision: float = parameter(0.0206, "r_s", "1", 0, 1,
        "fitted to CL007: calibrated apart from the posterior (calibration/clinicians.py), at one session in four",
        "Rate at which a supervised session brings the skill that is still missing.")
    practice: float = parameter(0.0307, "r_p", "1/h", 0, 1,
        "fitted to CL008: calibrated apart from the posterior (calibration/clinicians.py), at ten hours of empathy",
        "The same of an hour of deliberate practice, in the behaviour practised.")
    experience: float = parameter(0.0, "r_e", "1", -0.1, 0.1,
        "assumption near CL009: outcomes do not improve with experience alone (a very small decline)",
        "The same of a session held, supervised or not; below 0 skill is lost.")
# fmt: on


class Training(NamedTuple):
    """What the clinicians of a world do to learn."""

    supervised: Value  # share of the sessions of supervised clinicians that is supervised, [0, 1]
    hours: Value  # that a supervised session takes beside it, of clinician and supervisor together
    practice: Behaviours  # hours of deliberate practice of each behaviour, for each session held


def moves(training: Training, experience: Any) -> Any:
    """True where the skill of any clinician may move; numbers of one shape."""
    found = experience != 0.0
    for effort in (training.supervised, *training.practice):
        found = found | (effort != 0.0)
    return found


@law
def _learned(skill: Value, hours: Value, common: Value, practice: Value) -> Value:
    rate = common + practice * hours
    moved = 1.0 - exp(-maximum(rate, -rate))
    return unit(where(rate < 0.0, skill - skill * moved, skill + (1.0 - skill) * moved))


@law
def overall(skill: Behaviours) -> Value:
    """Mean of a clinician's skills, [0, 1]."""
    return total(skill) / BEHAVIOURS


@law
def learned(skill: Behaviours, supervised: Value, training: Training, p: Learning) -> Behaviours:
    """Skill after one more session held, each in [0, 1].

    What is missing shrinks by the same share every time: after n sessions at a rate r it is (1 - skill)·exp(-n·r). At
    a rate below 0 skill itself does: skill·exp(n·r). At 0 it stays what it is to the last bit.

    Args:
        skill: Skill in the session.
        supervised: 1 for a clinician who is supervised, else 0.
        training: What clinicians do to learn.
        p: How fast they do.
    """
    common = p.experience + p.supervision * training.supervised * supervised
    return each(_learned, skill, training.practice, common, p.practice)


def who(share: float, whom: str, clinicians: int, skill: Callable[[], Array]) -> Array:
    """Which clinicians are supervised, true or false.

    Args:
        share: How many of them, in [0, 1].
        whom: `evenly`, `least_skilled` or `most_skilled`.
        clinicians: How many there are.
        skill: Gives overall skill, shape (clinicians, …); asked only if the rule needs it.

    Returns:
        Shape (clinicians, …), or (clinicians, 1) where skill does not count.
    """
    if whom == "evenly":
        return evenly(clinicians, share)[:, None]
    return ranked(skill() if whom == "least_skilled" else -skill(), share)


def evenly(clinicians: int, share: float) -> Array:
    """Which clinicians, evenly spread over their numbers, the first among them: a further one changes nobody else's.

    True or false; of any share above 0 at least one.
    """
    return np.diff([many(number, share) for number in range(clinicians + 1)]) > 0


def many(clinicians: int, share: float) -> int:
    """A share of the clinicians, rounded up: how many are supervised."""
    return math.ceil(clinicians * share - ROUNDING)


def ranked(skill: Array, share: float) -> Array:
    """Which clinicians, the least skilled first; true or false.

    Args:
        skill: Overall skill, shape (clinicians, …); of equal ones the lower number counts as less skilled.
        share: How many of them, in [0, 1].
    """
    rank = np.argsort(np.argsort(skill, axis=0, kind="stable"), axis=0, kind="stable")
    found: Array = rank < many(len(skill), share)
    return found
