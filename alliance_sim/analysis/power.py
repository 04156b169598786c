"""How large a planned trial must be: power, type I error, bias and coverage by simulation.

Both arms are simulated as one trial of patients and clinicians, once with everybody in the control arm and once in the
treated one; each patient counts in the world of the own arm. Patients and clinicians of the two arms are therefore
different people with the same trial's noise, as in a real trial, and what treatment did to each is known. Two things
are simpler than there. Where clinicians treat in one arm only and two share a session, the last clinician of an arm is
assisted by the first of the other, as trained as the arm's own. Where they treat in both arms, a clinician is as tired
in each as with a whole caseload of it.
"""

import functools
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from alliance_sim.analysis import paired, planned_outcomes
from alliance_sim.analysis.monte_carlo import UPPER, Array, share
from alliance_sim.analysis.planned_analysis import Tested, analyse
from alliance_sim.analysis.planned_members import group_size, members
from alliance_sim.analysis.planned_outcomes import World
from alliance_sim.analysis.planned_table import performance
from alliance_sim.study.engines import EngineName, visits
from alliance_sim.study.plan import (
    ARMS,
    Analysis as Analysis,
    Endpoint,
    Estimand,
    Layout,
    Missing as Missing,
    Power as Power,
)
from alliance_sim.study.planned_trials import PlannedTrials, address
from alliance_sim.world.scenario import Scenario, with_values

EFFECT, NULL = "effect", "null"
LAYOUT = ["clinicians", "caseload", "size", "treated_size"]
COLUMNS = [*LAYOUT, "truth", "replicate", *Tested._fields, "p", "covered", "true_effect", "moved"]
SECONDS = 30.0  # between two writings of trials that are done
MEASURED = 40_000  # visits that are simulated to say how long a plan takes
HARMFUL = (Endpoint.change, Endpoint.dropout)  # where more is worse


def planned_trials(
    plan: Power,
    scenario: Scenario,
    replicates: int,
    seed: int,
    treated: Scenario | None = None,
    kept: PlannedTrials | None = None,
) -> pd.DataFrame:
    """Simulate and analyse trials of every size, with the planned effect and with none.

    Args:
        plan: The planned trial.
        scenario: The control arm's world; its numbers of patients and clinicians are the plan's.
        replicates: Simulated trials of each size.
        seed: Seed of every draw.
        treated: The world of the plan's `arm`, where it names one.
        kept: Where trials are kept as they are done, and those of an earlier run lie.

    Returns:
        One row a size, truth (effect, null) and replicate: clinicians and size (of the control arm), caseload,
        treated_size, estimate (difference of arms, or slope), error, free (degrees of freedom), icc, variance,
        unclustered (squared error if patients were independent), analysed (patients), p, covered (by the 95 %
        interval; NaN where there is no truth), true_effect (mean over the same patients of what treatment did to
        each; 0 under null).

    Raises:
        ScenarioError: The plan contradicts the scenario.
        AnswerError: A trial is too small for its analysis.
    """
    frames, kept = {}, kept or PlannedTrials(None)
    for layout in layouts(plan, scenario, treated):
        arms = plan.arms(scenario, layout, treated)
        name = address(plan, layout, arms, seed)
        frames[name] = _of_layout(
            plan, layout, arms, replicates, seed, functools.partial(kept.put, name), kept.whole(name)
        )
    kept.only(frames)
    return pd.concat(frames.values(), ignore_index=True)


def _of_layout(
    plan: Power,
    layout: Layout,
    arms: dict[str, Scenario],
    replicates: int,
    seed: int,
    put: Callable[[pd.DataFrame], None],
    held: pd.DataFrame,
) -> pd.DataFrame:
    """The trials of a size: those of an earlier run, and what is missing; an interrupted run keeps what it did.

    Args:
        plan: The plan.
        layout: The size.
        arms: Its worlds.
        replicates: How many trials are wanted.
        seed: Seed of every draw.
        put: Keeps the trials so far.
        held: Those that were kept.
    """
    parts = [held[(held["replicate"] < replicates) & ~held["moved"]]] if len(held) else []
    done = int(parts[0]["replicate"].max()) + 1 if parts else 0

    def made() -> pd.DataFrame:
        own = _judged(pd.concat(parts, ignore_index=True), plan)
        return own.assign(**{name: getattr(layout, name) for name in LAYOUT})[COLUMNS]

    wrote = time.monotonic()
    try:
        for part in (
            _simulated(plan, layout, arms, range(done, replicates), seed, replicates) if done < replicates else ()
        ):
            parts.append(part)
            if time.monotonic() - wrote > SECONDS:
                put(made())
                wrote = time.monotonic()
    finally:
        if parts and not (found := made()).equals(held):
            put(found)
    return found


class Forecast(NamedTuple):
    """How large a plan is."""

    sizes: int
    patients: int  # of all its trials
    times: int  # in how many worlds each is simulated
    seconds: float


def forecast(plan: Power, scenario: Scenario, replicates: int, seed: int, treated: Scenario | None = None) -> Forecast:
    """Count a plan's trials, and measure a few of its smallest; arguments as `planned_trials`.

    Raises:
        ScenarioError: The plan contradicts the scenario.
    """
    made = layouts(plan, scenario, treated)
    smallest = min(made, key=lambda one: one.patients)
    arms = plan.arms(scenario, smallest, treated)
    work = visits(list(arms.values()), 1)
    few = range(min(replicates, max(1, MEASURED // work)))
    for _ in range(2):  # the first time it is compiled, where that is needed
        began = time.perf_counter()
        for _ in _simulated(plan, smallest, arms, few, seed, replicates):
            pass
        seconds = time.perf_counter() - began
    patients = sum(one.patients for one in made)
    times = len(arms) * (1 + (plan.estimand is Estimand.hypothetical)) + (plan.endpoint is Endpoint.alliance)
    share = patients / smallest.patients * replicates / len(few)
    return Forecast(len(made), patients * replicates, times, seconds * share)


def layouts(plan: Power, scenario: Scenario, treated: Scenario | None = None) -> list[Layout]:
    """Every trial of the plan, checked against its worlds.

    Raises:
        ScenarioError: The plan contradicts the scenario.
    """
    changed = with_values(scenario if treated is None else treated, plan.changes)
    made = plan.layouts(group_size({"control": scenario, "treated": changed}))
    for layout in made:
        members(plan, layout, plan.arms(scenario, layout, treated))
    return made


def _simulated(
    plan: Power, layout: Layout, arms: dict[str, Scenario], replicates: range, seed: int, of: int
) -> Iterator[pd.DataFrame]:
    """Trials of a size as they are done, some at a time; by the engine that is faster for `of` of them."""
    who = members(plan, layout, arms)
    engine = paired.engine_for(list(arms.values()), of)
    slim = engine is EngineName.lanes and plan.estimand is not Estimand.while_on_treatment  # keeps patients alone
    related = plan.endpoint is Endpoint.alliance
    for few in paired.batches(list(arms.values()), len(replicates), len(arms) * layout.patients if slim else 0):
        part = replicates[few.start : few.stop]
        measured, meant = planned_outcomes.simulated(plan, arms, part, seed, engine)
        control, treatment = (measured[arm] for arm in ARMS)
        own = World(*(np.where(who.treated, one, two) for one, two in zip(treatment, control, strict=True)))
        after, without = (planned_outcomes.outcome(plan, measured[arm], arms[arm]) for arm in ("treated", "control"))
        with_it, without_it = (planned_outcomes.outcome(plan, meant[arm], arms[arm]) for arm in ("treated", "control"))
        done = np.full(len(after), np.nan) if related else (with_it - without_it).mean(axis=1)
        observed = {EFFECT: (np.where(who.treated, after, without), own, own.alliance)}
        if related:
            other = planned_outcomes.unrelated_alliance(arms["control"], part, seed, engine)
            observed[NULL] = (without, control, other)
        elif not who.apart:
            observed[NULL] = (without, control, control.alliance)
        for truth, (y, world, alliance) in observed.items():
            gone = planned_outcomes.unassessed(plan, world.score, world.left, part, seed)
            y = np.where(gone, np.nan, y)
            found = analyse(y, world.baseline, who, plan.analysis, alliance if related else None)
            effect = done if truth == EFFECT else 0.0 * done
            row = {"replicate": list(part), **found._asdict(), "true_effect": effect, "truth": truth, "moved": False}
            yield pd.DataFrame(row)


def _judged(trials: pd.DataFrame, plan: Power) -> pd.DataFrame:
    """Trials of one layout with p and coverage.

    Where arms differ in format, a trial without an effect still has the clusters of both: it is the trial with the
    effect, its outcomes moved by the mean of what treatment did.
    """
    if NULL not in set(trials["truth"]):
        effect = trials["true_effect"].mean()
        moved = trials.assign(truth=NULL, estimate=trials["estimate"] - effect, true_effect=0.0, moved=True)
        trials = pd.concat([trials, moved], ignore_index=True)
    found = Tested(*(trials[name].to_numpy() for name in Tested._fields))
    truth = trials.groupby("truth")["true_effect"].transform("mean").to_numpy()
    inside = np.where(np.isnan(truth), np.nan, np.abs(found.estimate - truth) <= found.half())
    return trials.assign(p=_p(plan, found, (trials["truth"] == EFFECT).to_numpy()), covered=inside)


def _p(plan: Power, found: Tested, effect: Array) -> Array:
    """Two-sided p; of a non-inferiority trial the two-sided p whose half is that of being worse by the margin.

    Without an `effect` the treated arm is worse by the margin: outcomes are moved by it, which moves estimate and
    margin alike.
    """
    if not plan.margin:
        return found.p()
    worse = 1.0 if plan.endpoint in HARMFUL else -1.0
    away = np.where(effect, worse * plan.margin, 0.0)
    p = found.p(away)
    return np.where(worse * found.over(away) < 0, p, 2.0 - p)


def power(trials: pd.DataFrame, plan: Power, scenario: Scenario) -> pd.DataFrame:
    """Power, type I error and what the analysis estimates, size by size, as `planned_table.performance` gives it."""
    return performance(trials, plan, scenario)


def smallest(trials: pd.DataFrame, plan: Power) -> pd.DataFrame:
    """The smallest size with the power wanted, at each caseload or number of clinicians.

    Between simulated sizes the power's normal deviate is taken as a straight line in the root of the size; where
    chance makes the power fall from one size to the next, neighbours are averaged. The interval holds the sizes whose
    power is the target within its binomial error.

    Args:
        trials: From `planned_trials`.
        plan: The same plan.

    Returns:
        One row a caseload or number of clinicians: held, which, target, estimate (patients of the control arm), mcse,
        lower, upper, unit, clinicians (of the control arm, NaN where they are held), note. Numbers are NaN where no
        simulated size brackets the target; the note then says what to type.
    """
    key = "caseload" if plan.by_caseload else "clinicians"
    effect = trials[trials["truth"] == EFFECT]
    rows = [{"held": key, "which": which, **_smallest(own, plan)} for which, own in effect.groupby(key)]
    frame = pd.DataFrame(rows)
    needed = np.ceil(frame["estimate"] / frame["which"]) if plan.by_caseload else np.nan
    return frame.assign(clinicians=needed)


def _smallest(effect: pd.DataFrame, plan: Power) -> dict[str, object]:
    from scipy.optimize import isotonic_regression  # takes longer to import than most studies to run

    hits = effect.assign(hit=effect["p"] < plan.alpha).groupby("size")["hit"].agg(["mean", "size"])
    sizes, count = hits.index.to_numpy(dtype=float), float(hits["size"].min())
    rates = isotonic_regression(hits["mean"].to_numpy(dtype=float)).x
    deviates = ndtri(np.clip(rates, 0.5 / count, 1 - 0.5 / count))
    error = np.sqrt(plan.target * (1 - plan.target) / count)
    wide = ndtri(UPPER) * error
    wanted = np.array([plan.target, plan.target - wide, plan.target + wide, plan.target - error, plan.target + error])
    places = [_size_at(ndtri(np.clip(level, 0.5 / count, 1 - 0.5 / count)), sizes, deviates) for level in wanted]
    note = ""
    key = "clinicians" if plan.by_caseload and not plan.sizes else "sizes"
    who = "patients an arm" if plan.ratio == 1 else f"patients of the control arm, {plan.ratio:g} times as many treated"
    end, way = (-1, "larger") if rates[-1] < plan.target else (0, "smaller")
    if way == "larger" or rates[0] > plan.target:
        found = share(np.array(rates[end] * count), np.array(count))
        interval = f"95 % interval {found.lower:.2f} to {found.upper:.2f}"
        beside = f"{'below' if way == 'larger' else 'above'} the {plan.target:g} wanted"
        note = f"power is {rates[end]:.2f} ({interval}) with {sizes[end]:.0f} {who}, {beside}; type {way} power.{key}"
    mcse = (places[4] - places[3]) / 2
    row = {"target": plan.target, "estimate": places[0], "mcse": mcse, "lower": places[1], "upper": places[2]}
    return {**row, "unit": "patients an arm", "note": note}


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


def power_curve(
    plan: Power,
    scenario: Scenario,
    replicates: int,
    seed: int,
    treated: Scenario | None = None,
    kept: PlannedTrials | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the plan; return `power` by size and the `smallest` size with the power wanted."""
    trials = planned_trials(plan, scenario, replicates, seed, treated, kept)
    return power(trials, plan, scenario), smallest(trials, plan)
