"""Who is in which arm of a planned trial, and by what the analysis groups them: clinicians, pairs or therapy groups."""

from typing import NamedTuple

import numpy as np

from alliance_sim.analysis.monte_carlo import Array
from alliance_sim.errors import ScenarioError
from alliance_sim.study.plan import Allocation, Analysis, Layout, Power
from alliance_sim.world.scenario import Scenario


class Members(NamedTuple):
    """Of each patient the arm and the cluster, and how arms are compared."""

    treated: Array  # (patients,), true or false
    cluster: Array  # (patients,): a row of the weights
    weights: Array | None  # shares of clinicians by cluster; None where each cluster is its own
    between: bool  # clusters are of one arm, so that arms are compared between them
    clustered: tuple[bool, bool]  # in the control and in the treated arm

    @property
    def independent(self) -> float:
        """How many independent clinicians have means that vary as much as those of one in a pair: (0, 1]."""
        if self.weights is None:
            return 1.0
        shared = self.weights @ self.weights[0]  # with the first one's; all are alike
        return float(shared[0] ** 2 / (shared**2).sum())

    @property
    def apart(self) -> bool:
        """Arms are clustered in other ways (partially nested), so that each is analysed for itself."""
        return self.clustered[0] != self.clustered[1]


def group_size(arms: dict[str, Scenario]) -> int:
    """Patients who share sessions in any of the arms; 1 where nobody does."""
    return max(world.cohorts.size for world in arms.values())


def members(plan: Power, layout: Layout, arms: dict[str, Scenario]) -> Members:
    """Who is in which arm and cluster.

    Patients come in turn to the clinicians, or whole groups of them do.

    Raises:
        ScenarioError: Clinicians are allocated, and arms have groups that meet others of them too.
    """
    control, treated = arms["control"], arms["treated"]
    staff, unit = control.clinicians.number, group_size(arms)
    grouped = [world.cohorts.size > 1 for world in (control, treated)]
    if (
        plan.allocation is Allocation.clinician
        and unit > 1
        and not (control.cohorts == treated.cohorts and control.cohorts.always)
    ):
        raise ScenarioError(
            "patients share some sessions only, or those of one arm only, and so meet clinicians of both arms; "
            "type power.allocation=patient."
        )
    number = np.arange(layout.patients)
    turn = number // unit
    lead, place = turn % staff, turn // staff
    if plan.allocation is Allocation.clinician:
        in_treated = lead >= layout.clinicians
    else:
        share = layout.treated_caseload / (layout.caseload + layout.treated_caseload)
        in_treated = np.floor((place + 1) * share + 1e-9) > np.floor(place * share + 1e-9)
    met = tuple(any(step.hours > 0 for step in world.course()) for world in (control, treated))
    differ = met[0] != met[1] or grouped[0] != grouped[1]
    if differ:  # a random effect in the arm alone that has groups, or clinicians
        clustered = (grouped[0], grouped[1]) if met[0] == met[1] else (met[0], met[1])
        return Members(in_treated, lead, None, True, clustered)
    if unit > 1 and plan.allocation is Allocation.patient:
        return Members(in_treated, turn, None, True, (True, True))  # groups are what is allocated
    weights = None
    if plan.analysis is not Analysis.mixed_model_wald:
        weights = pair_weights(staff, max(assistant_share(world) for world in (control, treated)))
    return Members(in_treated, lead, weights, plan.allocation is Allocation.clinician, (True, True))


def assistant_share(world: Scenario) -> float:
    """The co-therapist's share of what a patient gets, over the hours of all sessions: [0, 0.5]."""
    steps = world.course()
    hours = sum(step.hours for step in steps)
    paired = sum(step.hours for step in steps if step.clinicians > 1)
    return world.protocol.co_share * paired / hours if hours else 0.0


def pair_weights(staff: int, share: float) -> Array | None:
    """Shares of clinicians in the outcome of those whom each leads, the next one assisting; None without assistants."""
    if not share or staff < 2:
        return None
    alone = np.eye(staff)
    made: Array = (1.0 - share) * alone + share * np.roll(alone, 1, axis=1)
    return made
