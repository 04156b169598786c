"""How many patients a planned trial needs: power and type I error by simulation.

Both arms are simulated as one trial of patients and clinicians, once with every clinician of the control arm and once
of the treated one; each patient counts in the world of the own arm. Patients and clinicians of the two arms are
therefore different people with the same trial's noise, as in a real trial. Two things are simpler than there. Where
clinicians treat in one arm only and two share a session, the last clinician of an arm is assisted by the first of the
other, as trained as the arm's own. Where they treat in both arms, a clinician is as tired in each as with a whole
caseload of it.

The mixed model groups patients by their lead clinician alone: where pairs treat, its type I error exceeds the level in
large trials (about .07 at .05 with COMP001's pair on the dosing day).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr

from alliance_sim.analysis import paired, reml
from alliance_sim.analysis.monte_carlo import UPPER, Array, Found, averaged, share
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.errors import AnswerError
from alliance_sim.study.plan import ARMS, Analysis as Analysis, Missing as Missing, Power as Power
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

EFFECT, NULL = "effect", "null"


class Tested(NamedTuple):
    """What each trial's analysis says of the difference between arms."""

    estimate: Array
    error: Array
    p: Array  # two-sided
    icc: Array
    analysed: Array  # patients


def analyse(
    endpoint: Array, baseline: Array, treated: Array, clinician: Array, analysis: Analysis, shared: bool = False
) -> Tested:
    """Analyse trials.

    Args:
        endpoint: Scores, shape (trials, patients); NaN for who was not assessed.
        baseline: Scores at entry, same shape.
        treated: True for patients of the treated arm, shape (patients,).
        clinician: Lead clinician, whole numbers, shape (patients,).
        analysis: How.
        shared: Clinicians treat in both arms.

    Raises:
        AnswerError: A trial is too small for its analysis.
    """
    arm = np.broadcast_to(treated.astype(float), endpoint.shape)
    terms = [np.ones_like(arm), arm]
    outcome = endpoint - baseline
    if analysis is not Analysis.t_test:
        terms.append(baseline - baseline.mean())
        outcome = endpoint
    x = np.stack(terms, axis=2)
    mixed = analysis in (Analysis.mixed_model, Analysis.mixed_model_wald)
    who = np.broadcast_to(clinician, endpoint.shape)
    fitted = reml.fit(outcome, x, who) if mixed else reml.least_squares(outcome, x)
    free = fitted.patients - len(terms)
    if analysis is Analysis.mixed_model:
        # The arm is compared between clinicians, or between patients within them.
        free = fitted.patients - fitted.clinicians - (len(terms) - 1) if shared else fitted.clinicians - len(ARMS)
    if (free < 1).any():
        raise AnswerError("a trial has too few clinicians or patients left to be analysed; plan larger trials.")
    estimate, error = fitted.coefficients[:, 1], fitted.errors[:, 1]
    against = -np.abs(np.divide(estimate, error, out=np.full(len(error), np.nan), where=error > 0))
    p = 2 * (ndtr(against) if analysis is Analysis.mixed_model_wald else stdtr(free, against))
    return Tested(estimate, error, p, fitted.icc, fitted.patients)


def planned_trials(plan: Power, scenario: Scenario, replicates: int, seed: int) -> pd.DataFrame:
    """Simulate and analyse trials of every size, with the planned effect and with none.

    Args:
        plan: The planned trial.
        scenario: The control arm's world; its numbers of patients and clinicians are the plan's.
        replicates: Simulated trials of each size.
        seed: Seed of every draw.

    Returns:
        One row a size, truth (effect, null) and replicate: size (patients an arm), clinicians, estimate (difference
        of arms), error, p, icc, analysed (patients), true_effect (mean over the same patients of what the treatment
        did to each; 0 under null).

    Raises:
        ScenarioError: The plan contradicts the scenario.
        AnswerError: A trial is too small for its analysis.
    """
    frames = []
    for size in sorted({plan.layout(size)[0] for size in plan.sizes}):
        frames += list(_of_size(plan, scenario, size, replicates, seed))
    return pd.concat(frames, ignore_index=True)


def _of_size(plan: Power, scenario: Scenario, size: int, replicates: int, seed: int) -> Iterator[pd.DataFrame]:
    arms, (treated, lead) = plan.arms(scenario, size), plan.members(size)
    engine = paired.engine_for(list(arms.values()), replicates)
    for part in paired.batches(list(arms.values()), replicates):
        worlds = paired.together(arms, part, seed, Keep.patients, engine)
        control, everyone = (_scores(plan, worlds[arm]) for arm in ARMS)
        mixed = (np.where(treated, everyone[0], control[0]), np.where(treated, everyone[1], control[1]))
        before, after = (worlds[arm][0].outcomes["endpoint"][:, worlds[arm][1]] for arm in ARMS)
        done = (after - before).mean(axis=0)
        for truth, (endpoint, baseline), effect in ((EFFECT, mixed, done), (NULL, control, 0.0 * done)):
            found = analyse(endpoint, baseline, treated, lead, plan.analysis, plan.shared)
            frame = pd.DataFrame({"replicate": list(part), **found._asdict(), "true_effect": effect})
            yield frame.assign(size=size, clinicians=plan.layout(size)[1], truth=truth)


def _scores(plan: Power, world: tuple[Recorded, int]) -> tuple[Array, Array]:
    """Endpoint and baseline of each trial's patients, shape (trials, patients); NaN for who was not assessed."""
    recorded, place = world
    found = {name: recorded.outcomes[name][:, place].T for name in ("endpoint", "baseline", "dropout")}
    gone = (found["dropout"] > 0) & (plan.missing is Missing.lost)
    return np.where(gone, np.nan, found["endpoint"]), found["baseline"]


def power(trials: pd.DataFrame, plan: Power, scenario: Scenario) -> pd.DataFrame:
    """Power, type I error and what the analysis estimates, size by size.

    Args:
        trials: From `planned_trials`.
        plan: The same plan.
        scenario: The control arm's world, for the unit.

    Returns:
        Columns size (patients an arm), clinicians, quantity (power, type I error, estimated effect, true effect, ICC,
        patients analysed), estimate, mcse, lower, upper (Wilson's for shares), unit.
    """
    rows = []
    points = units(scenario)["endpoint"]
    for (size, clinicians), own in trials.groupby(["size", "clinicians"]):
        effect, null = own[own["truth"] == EFFECT], own[own["truth"] == NULL]
        count = np.array(len(effect))
        found = {
            "power": (share(np.array((effect["p"] < plan.alpha).sum()), count), "1"),
            "type I error": (share(np.array((null["p"] < plan.alpha).sum()), count), "1"),
            "estimated effect": (averaged(effect["estimate"].to_numpy()), points),
            "true effect": (averaged(effect["true_effect"].to_numpy()), points),
            "ICC": (averaged(effect["icc"].to_numpy()), "1"),
            "patients analysed": (averaged(effect["analysed"].to_numpy()), "patients"),
        }
        rows += [(size, clinicians, name, *map(float, numbers), unit) for name, (numbers, unit) in found.items()]
    return pd.DataFrame(rows, columns=["size", "clinicians", "quantity", *Found._fields, "unit"])


def smallest(trials: pd.DataFrame, plan: Power) -> pd.DataFrame:
    """The smallest size with the power wanted.

    Between simulated sizes the power's normal deviate is taken as a straight line in the root of the size; where
    chance makes the power fall from one size to the next, neighbours are averaged. The interval holds the sizes whose
    power is the target within its binomial error.

    Args:
        trials: From `planned_trials`.
        plan: The same plan.

    Returns:
        One row: target, estimate (patients an arm), mcse, lower, upper, unit, note. Numbers are NaN where no simulated
        size brackets the target; the note then says what to simulate.
    """
    from scipy.optimize import isotonic_regression  # takes longer to import than most studies to run

    effect = trials[trials["truth"] == EFFECT]
    hits = effect.assign(hit=effect["p"] < plan.alpha).groupby("size")["hit"].agg(["mean", "size"])
    sizes, count = hits.index.to_numpy(dtype=float), float(hits["size"].min())
    rates = isotonic_regression(hits["mean"].to_numpy(dtype=float)).x
    deviates = ndtri(np.clip(rates, 0.5 / count, 1 - 0.5 / count))
    error = np.sqrt(plan.target * (1 - plan.target) / count)
    wide = ndtri(UPPER) * error
    wanted = np.array([plan.target, plan.target - wide, plan.target + wide, plan.target - error, plan.target + error])
    places = [_size_at(ndtri(min(level, 1 - 0.5 / count)), sizes, deviates) for level in wanted]
    note = ""
    if rates[-1] < plan.target:
        note = f"power is {rates[-1]:.2f} with {sizes[-1]:.0f} patients an arm; name larger sizes"
    elif rates[0] > plan.target:
        note = f"power is {rates[0]:.2f} with {sizes[0]:.0f} patients an arm already; name smaller sizes"
    mcse = (places[4] - places[3]) / 2
    row = {"target": plan.target, "estimate": places[0], "mcse": mcse, "lower": places[1], "upper": places[2]}
    return pd.DataFrame([{**row, "unit": "patients an arm", "note": note}])


def _size_at(deviate: float, sizes: Array, deviates: Array) -> float:
    """Size at which the line through the simulated sizes first reaches a deviate; NaN outside of them."""
    if not deviates[0] <= deviate <= deviates[-1]:
        return float("nan")
    after = int(np.argmax(deviates >= deviate))
    if after == 0:
        return float(sizes[0])
    part = (deviate - deviates[after - 1]) / (deviates[after] - deviates[after - 1])
    roots = np.sqrt(sizes)
    return float((roots[after - 1] + part * (roots[after] - roots[after - 1])) ** 2)


def power_curve(plan: Power, scenario: Scenario, replicates: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the plan; return `power` by size and the `smallest` size with the power wanted."""
    trials = planned_trials(plan, scenario, replicates, seed)
    return power(trials, plan, scenario), smallest(trials, plan)
