"""Who treats whom in many worlds: the rules of `model.caseload`, world by world where they ask for it."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.arms import Arms
from alliance_sim.model import caseload, draws, learning
from alliance_sim.model.state import Clinician
from alliance_sim.world.clinicians import Whom
from alliance_sim.world.scenario import Rule

Array = np.ndarray[Any, np.dtype[Any]]


_NOTHING = (partial(np.empty, 0),) * 3  # balanced assignment asks for nothing


class Caseloads(NamedTuple):
    """Clinician numbers of patients, then of cohorts; last axes (arms, replicates), or (1, 1) where all agree."""

    lead: Array
    co: Array


def caseloads(arms: Arms, key: draws.Stream, clinicians: Callable[[], Clinician]) -> Caseloads:
    """Assign clinicians in every world.

    Args:
        arms: Points of one timetable.
        key: Address of the draws; its replicate has shape (replicates,).
        clinicians: Gives everyone hired, fields of shape (clinicians, arms, replicates); asked only if a rule needs it.
    """
    n, m, cohorts = arms.base.patients.number, arms.base.clinicians.number, arms.base.cohorts
    rules = set(arms.rules)
    if rules == {Rule.balanced}:
        lead, co = caseload.assign("balanced", n, m, n, *_NOTHING, cohorts)
        return Caseloads(lead[:, None, None], co[:, None, None])
    replicates = len(key.replicate)
    drawn = _lots(key, n, m) if Rule.random in rules else np.empty(0)
    matched = Rule.attachment in rules
    insecure = _insecurity(arms, key) if matched else np.empty(0)
    skill = (
        np.broadcast_to(caseload.overall_skill(clinicians()), (m, len(arms), replicates)) if matched else np.empty(0)
    )
    made = np.empty((2, n + cohorts.count(n), len(arms), replicates), dtype=np.int64)
    known: dict[Any, Any] = {}  # what does not depend on the arm
    for arm, (rule, most) in enumerate(zip(arms.rules, arms.caseloads, strict=True)):
        for world in range(replicates):
            alike = rule, most, arm if rule is Rule.attachment else world if rule is Rule.random else 0, world
            if alike not in known:
                known[alike] = caseload.assign(
                    rule.value,
                    n,
                    m,
                    int(most),
                    partial(insecure.__getitem__, (slice(None), arm, world)),
                    partial(skill.__getitem__, (slice(None), arm, world)),
                    partial(np.take, drawn, world, -1),
                    cohorts,
                )
            made[:, :, arm, world] = known[alike]
    return Caseloads(*made)


def supervised(arms: Arms, clinicians: Callable[[], Clinician], replicates: int) -> Array:
    """Which clinicians are supervised, 1 or 0 of shape (clinicians, arms, replicates); nobody where no session is.

    Args:
        arms: Points of one timetable.
        clinicians: Gives everyone hired, fields of shape (clinicians, arms, replicates); asked only if a rule needs it.
        replicates: How many replicates.
    """
    m = arms.base.clinicians.number
    made = np.zeros((m, len(arms), replicates))
    skill = made
    if any(whom is not Whom.evenly for _, whom in arms.supervision):
        skill = np.broadcast_to(caseload.overall_skill(clinicians()), made.shape)
    for arm in np.flatnonzero(arms.trained.supervised).tolist():
        share, whom = arms.supervision[arm]
        made[:, arm] = learning.who(share, whom.value, m, partial(skill.__getitem__, (slice(None), arm)))
    return made


def _lots(key: draws.Stream, patients: int, clinicians: int) -> Array:
    """The dyads' lots for random assignment, shape (patients, clinicians, replicates)."""
    who = np.arange(patients, dtype=np.uint64)[:, None, None]
    drawn: Array = draws.dyad_lot(key, who, np.arange(clinicians, dtype=np.uint64)[:, None])
    return drawn


def _insecurity(arms: Arms, key: draws.Stream) -> Array:
    """Attachment insecurity that matching ranks by, shape (patients, arms, replicates)."""
    noise = draws.trait_noise(key, np.arange(arms.base.patients.number, dtype=np.uint64)[:, None])
    sample = arms.admitted
    own: Array = (
        sample.attachment_anxiety
        + sample.attachment_avoidance
        + (noise.attachment_anxiety + noise.attachment_avoidance)[:, None]
    )
    return own
