"""What a planned trial measures of each patient: the endpoint as its estimand has it, and who is not assessed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alliance_sim.analysis import paired
from alliance_sim.analysis.monte_carlo import Array
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.model.instruments import remitted, responded
from alliance_sim.study.engines import EngineName
from alliance_sim.study.plan import ARMS, Analysis, Endpoint, Estimand, Missing, Power
from alliance_sim.world.scenario import Scenario, with_values
from alliance_sim.world.seeds import MOST_TRIALS

STAY = {"parameters.retention.base": -12.0}  # the lowest there is: one in 10⁵ leaves
ELSEWHERE = MOST_TRIALS // 2  # how far the trial is away whose alliance has nothing to do with these outcomes
MISSED = 0x6D697373  # names the draws of who is not assessed
COLUMNS = ("score_primary", "in_treatment")


class World(NamedTuple):
    """Everybody of a trial in one of its arms, shape (trials, patients)."""

    score: Array  # the primary score as the estimand has it
    baseline: Array
    left: Array  # true for who left treatment
    alliance: Array  # rated early, NaN where it never was


def simulated(
    plan: Power, arms: dict[str, Scenario], replicates: Sequence[int], seed: int, engine: EngineName
) -> tuple[dict[str, World], dict[str, World]]:
    """Simulate everybody in both arms.

    Returns:
        What the trials measure, by arm; and what the estimand is about, which differs where it is hypothetical.
    """
    measured = _worlds(plan, arms, replicates, seed, engine)
    if plan.estimand is not Estimand.hypothetical:
        return measured, measured
    stay = {name: with_values(world, STAY) for name, world in arms.items()}
    return measured, _worlds(plan, stay, replicates, seed, engine)


def _worlds(
    plan: Power, arms: dict[str, Scenario], replicates: Sequence[int], seed: int, engine: EngineName
) -> dict[str, World]:
    while_there = plan.estimand is Estimand.while_on_treatment
    keep = Keep.sessions if while_there else Keep.patients
    held = paired.together(arms, replicates, seed, keep, engine, COLUMNS)
    made = {}
    for arm in ARMS:
        recorded, place = held[arm]
        found = {name: recorded.outcomes[name][:, place].T for name in ("endpoint", "baseline", "dropout", "wai_early")}
        left = found["dropout"] > 0
        score = found["endpoint"]
        if while_there:
            score = np.where(left, last_score(recorded, place, found["baseline"], arms[arm]), score)
        elif plan.estimand is Estimand.composite:
            score = np.where(left, found["baseline"], score)
        made[arm] = World(score, found["baseline"], left, found["wai_early"])
    return made


def last_score(recorded: Recorded, place: int, baseline: Array, scenario: Scenario) -> Array:
    """Each patient's last score in treatment up to the primary day; the baseline of who has none."""
    score, there = (recorded.assessments[name][:, place].T for name in COLUMNS)
    found = baseline.copy()
    for event, planned in enumerate(recorded.assessment_events):  # in order of time
        if planned.planned.number <= scenario.protocol.assessments.primary_day:
            own = (there[:, event] > 0.5) & np.isfinite(score[:, event])
            found[own, planned.patient] = score[own, event]
    return found


def outcome(plan: Power, world: World, scenario: Scenario) -> Array:
    """The endpoint of every patient, shape (trials, patients): a score, or 1 and 0."""
    scale = scenario.instrument(scenario.primary)
    failed = world.left & (plan.estimand is Estimand.composite)
    made: Array
    match plan.endpoint:
        case Endpoint.dropout:
            made = world.left.astype(float)
        case Endpoint.response:
            made = np.where(responded(world.baseline, world.score, scale) & ~failed, 1.0, 0.0)
        case Endpoint.remission:
            made = np.where(remitted(world.score, scale) & ~failed, 1.0, 0.0)
        case _:
            made = world.score - world.baseline if plan.analysis is Analysis.t_test else world.score
    return made


def unassessed(plan: Power, score: Array, left: Array, replicates: Sequence[int], seed: int) -> Array:
    """Who is not assessed, true or false, shape (trials, patients).

    Leaving is itself the outcome of a composite, known of everybody; what was measured after it does not count where
    the question is what had been without.
    """
    gone = np.zeros(score.shape, dtype=bool)
    if plan.missing in (Missing.random, Missing.worse):
        draws = np.stack([np.random.default_rng([seed, one, MISSED]).random(score.shape[1]) for one in replicates])
        chance = np.full(score.shape, plan.missing_share)
        if plan.missing is Missing.worse:  # from none of the best to twice the share of the worst in the trial
            rank = score.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
            chance = 2 * plan.missing_share * (rank + 0.5) / score.shape[1]
        gone = draws < chance
    if plan.missing is Missing.dropout:
        gone = left
    if plan.estimand is Estimand.composite:
        return gone & ~left
    return gone | left if plan.estimand is Estimand.hypothetical else gone


def unrelated_alliance(control: Scenario, replicates: Sequence[int], seed: int, engine: EngineName) -> Array:
    """The alliance in other trials of the control arm, of as many patients and clinicians: shape (trials, patients)."""
    others = [(one + ELSEWHERE) % MOST_TRIALS for one in replicates]
    recorded = paired.simulate([control], others, seed, Keep.patients, engine)
    made: Array = recorded.outcomes["wai_early"][:, 0].T
    return made
