"""Performance of a planned trial's analysis, with Monte Carlo errors, and the closed formula where one holds."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from alliance_sim.analysis.monte_carlo import Found, around, averaged, share
from alliance_sim.study.plan import Allocation, Analysis, Endpoint, Estimand, Missing, Power
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

LAYOUT = ["clinicians", "caseload", "size", "treated_size"]
COLUMNS = [*LAYOUT, "quantity", *Found._fields, "unit", "formula"]


def performance(trials: pd.DataFrame, plan: Power, scenario: Scenario) -> pd.DataFrame:
    """What trials of every size show.

    Args:
        trials: From `power.planned_trials`.
        plan: The same plan.
        scenario: The control arm's world, for the unit.

    Returns:
        Columns clinicians, caseload, size (of the control arm), treated_size, quantity, estimate, mcse, lower, upper
        (Wilson's for shares), unit, formula. Quantities: power, type I error, true effect, estimated effect, bias,
        coverage of the 95 % interval, standard error (empirical) and (model), ICC, design effect and design effect by
        ICC, patients analysed where some are missing; of a slope its correlation instead of true effect, bias and
        coverage. `formula` is the power by the closed formula, where one holds.
    """
    rows = []
    for layout, own in trials.groupby(LAYOUT):
        effect, null = own[own["truth"] == "effect"], own[own["truth"] == "null"]
        closed = closed_power(plan, effect, null)
        for name, numbers, unit in _quantities(plan, effect, null, scenario):
            rows.append((*layout, name, *map(float, numbers), unit, closed if name == "power" else np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def _quantities(
    plan: Power, effect: pd.DataFrame, null: pd.DataFrame, scenario: Scenario
) -> Iterator[tuple[str, Found, str]]:
    slope = plan.endpoint is Endpoint.alliance
    count = np.array(len(effect))
    points = units(scenario)["endpoint"] if plan.endpoint is Endpoint.change else "share of patients"
    points = f"{units(scenario)['endpoint']} a point of WAI-SR" if slope else points
    estimate = effect["estimate"].to_numpy()
    yield "power", share(np.array((effect["p"] < plan.alpha).sum()), count), "1"
    yield "type I error", share(np.array((null["p"] < plan.alpha).sum()), count), "1"
    if slope:
        t = estimate / effect["error"].to_numpy()
        yield "correlation", averaged(t / np.sqrt(t**2 + effect["analysed"].to_numpy() - 4)), "1"
        yield "estimated effect", averaged(estimate), points
    else:
        yield "true effect", averaged(effect["true_effect"].to_numpy()), points
        yield "estimated effect", averaged(estimate), points
        yield "bias", averaged(estimate - effect["true_effect"].to_numpy()), points
        yield "coverage", share(np.array(effect["covered"].sum()), count), "1"
    spread = np.array(estimate.std(ddof=1) if count > 1 else np.nan)
    yield "standard error (empirical)", around(spread, spread / np.sqrt(2 * np.maximum(count - 1, 1)), count), points
    yield "standard error (model)", averaged(effect["error"].to_numpy()), points
    if plan.mixed:
        icc = averaged(null["icc"].to_numpy())
        yield "ICC", icc, "1"
        if not slope:
            observed = null["estimate"].var(ddof=1) / null["unclustered"].mean()
            error = np.array(observed * np.sqrt(2 / max(int(count) - 1, 1)))
            yield "design effect", around(np.array(observed), error, count), "1"
            more = _more(plan, effect)
            yield (
                "design effect by ICC",
                Found(*(np.array(1 + more * part) for part in icc))._replace(mcse=np.array(abs(more) * icc.mcse)),
                "1",
            )
    if effect["analysed"].nunique() > 1:
        yield "patients analysed", averaged(effect["analysed"].to_numpy()), "patients"


def _more(plan: Power, rows: pd.DataFrame) -> float:
    """What multiplies the ICC in a design effect: patients of a clinician less one; -1 where each treats both arms."""
    return float(rows["caseload"].iloc[0]) - 1 if plan.allocation is Allocation.clinician else -1.0


def closed_power(plan: Power, effect: pd.DataFrame, null: pd.DataFrame) -> float:
    """Power by a formula, from the mean effect, variance and ICC of the same trials; NaN where none holds.

    A noncentral t distribution with the trial's degrees of freedom and the design effect of its allocation, where the
    endpoint is a score that nobody lacks; Fisher's z for a slope analysed without clinicians.
    """
    if plan.endpoint is Endpoint.alliance:
        if plan.analysis is not Analysis.ancova or plan.missing is not Missing.none:
            return float("nan")
        t = (effect["estimate"] / effect["error"]).to_numpy()
        count = effect["analysed"].mean()
        r = float(np.mean(t / np.sqrt(t**2 + effect["analysed"].to_numpy() - 4)))
        return fisher_power(r, count - 2, plan.alpha)
    whole = plan.missing is Missing.none and plan.estimand is not Estimand.hypothetical
    if plan.endpoint is not Endpoint.change or not whole or plan.analysis is Analysis.mixed_model_wald:
        return float("nan")
    icc = max(float(null["icc"].mean()), 0.0) if plan.mixed else 0.0
    inflated = 1 + _more(plan, effect) * icc if plan.mixed else 1.0
    squared = float(null["variance"].mean()) * inflated * float((1 / effect[["size", "treated_size"]].iloc[0]).sum())
    effect_size = float(effect["true_effect"].mean())
    free = float(effect["free"].mean())
    if plan.margin:
        return t_power(plan.margin - effect_size, np.sqrt(squared), free, plan.alpha, one_sided=True)
    return t_power(effect_size, np.sqrt(squared), free, plan.alpha)


def t_power(effect: float, error: float, free: float, alpha: float, one_sided: bool = False) -> float:
    """Power of a t test of a difference with this standard error; `alpha` is two-sided, half of it for one side."""
    limit, shift = float(stdtrit(free, 1 - alpha / 2)), effect / error
    above = 1 - float(nctdtr(free, shift, limit))
    return above if one_sided else above + float(nctdtr(free, shift, -limit))


def fisher_power(r: float, count: float, alpha: float) -> float:
    """Power to find a correlation among `count` patients, by Fisher's z."""
    shift, limit = np.sqrt(count - 3) * np.arctanh(abs(r)), ndtri(1 - alpha / 2)
    return float(ndtr(shift - limit) + ndtr(-shift - limit))
