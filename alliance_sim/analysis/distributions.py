"""How patients' outcomes are distributed, arm by arm, and how far apart two distributions lie.

Everything is counted inside a replicate first: patients of one trial share clinicians and the trial's noise.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import Pair, key
from alliance_sim.analysis.monte_carlo import Array, Found, averaged
from alliance_sim.errors import AnswerError
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
BANDWIDTH = 0.05  # share of patients on each side over which the density at a quantile is taken
GOALS = ("response", "remission")


def by_patient(patients: pd.DataFrame, measure: str) -> dict[int | str, Array]:
    """One measure of every patient by arm or point, each an array (replicates, patients); NaN where it is missing.

    Raises:
        AnswerError: A patient appears twice, or arms do not hold the same replicates and patients.
    """
    name = key(patients)
    labels = patients[name].astype(str) if name == "arm" else patients[name]
    frame = patients.assign(**{name: labels})
    if frame.duplicated([name, "replicate", "patient"]).any():
        raise AnswerError("a patient appears twice in one trial; give one row an arm, replicate and patient.")
    wide = frame.pivot(index=[name, "replicate"], columns="patient", values=measure)
    made = {label: wide.loc[label] for label in labels.unique()}
    first = next(iter(made.values()))
    if any(not own.index.equals(first.index) for own in made.values()):
        raise AnswerError("arms hold different replicates; give the same replicates of every arm.")
    return {label: own.to_numpy(dtype=float) for label, own in made.items()}


def cumulative(patients: pd.DataFrame, scenario: Scenario, measure: str = "change") -> pd.DataFrame:
    """The share of patients at or below each score that occurs.

    Args:
        patients: One row an arm or point, replicate and patient.
        scenario: Their world, for the unit.
        measure: An outcome of patients.

    Returns:
        Columns arm or point, value (in `unit`), estimate (share in [0, 1]), mcse, lower, upper, unit.
    """
    rows, name = [], key(patients)
    held = by_patient(patients, measure)
    scores = _scores(held)
    for label, own in held.items():
        found = averaged(_shares(own, scores))
        frame = pd.DataFrame({"value": scores, **found._asdict()})
        rows.append(frame.assign(**{name: label}, unit=units(scenario)[measure]))
    return pd.concat(rows, ignore_index=True)[[name, "value", *Found._fields, "unit"]]


def quantiles(
    patients: pd.DataFrame,
    scenario: Scenario,
    pairs: Sequence[Pair] = (),
    levels: Sequence[float] = LEVELS,
    measure: str = "change",
) -> pd.DataFrame:
    """Quantiles of a measure in every arm, and how far those of two arms lie apart.

    A score is a rounded number: a quantile is interpolated inside the step it falls into. Its error is the replicates'
    spread of the share below it over the density there (Woodruff 1952).

    Args:
        patients: One row an arm or point, replicate and patient.
        scenario: Their world, for the unit.
        pairs: (arm, comparator) whose quantiles are compared.
        levels: Shares of patients, in (0, 1).
        measure: An outcome of patients.

    Returns:
        Columns arm or point, versus (missing for an arm's own quantile), level, estimate, mcse, lower, upper, unit.
    """
    name, held = key(patients), by_patient(patients, measure)
    scores = _scores(held)
    shares = np.asarray(levels, dtype=float)
    # One linearised value a replicate: their mean is the quantile, and differences of them are paired.
    values = {label: _linearised(own, scores, shares) for label, own in held.items()}
    rows = []
    for one, two in [*((label, None) for label in held), *pairs]:
        found = averaged(values[one] if two is None else values[one] - values[two])
        frame = pd.DataFrame({"level": shares, **found._asdict()})
        rows.append(frame.assign(**{name: one, "versus": two}, unit=units(scenario)[measure]))
    columns = [name, "versus", "level", *Found._fields, "unit"]
    return pd.concat([row.astype({"versus": object}) for row in rows], ignore_index=True)[columns]


def comparisons(patients: pd.DataFrame, pairs: Sequence[Pair], scenario: Scenario) -> pd.DataFrame:
    """How far two arms lie apart: means, Cohen's d, superiority, response, remission and numbers needed to treat.

    Superiority is the chance that a patient of the arm has changed for the better of another patient of the
    comparator in the same trial, ties counted half. The number needed to treat is one over the difference in shares;
    where that difference may be zero its interval goes through infinity, and none is given.

    Args:
        patients: One row an arm or point, replicate and patient.
        pairs: (arm, comparator).
        scenario: Their world, for the unit.

    Returns:
        Columns arm or point, versus, measure, estimate, mcse, lower, upper, unit. Negative difference and d: severity
        fell more than in the comparator.
    """
    name, change = key(patients), by_patient(patients, "change")
    reached = {goal: by_patient(patients, goal) for goal in GOALS}
    points = units(scenario)["change"]
    rows = []

    def add(pair: Pair, measure: str, found: Found, unit: str) -> None:
        numbers = {part: float(value) for part, value in found._asdict().items()}
        rows.append({name: pair[0], "versus": pair[1], "measure": measure, **numbers, "unit": unit})

    for pair in pairs:
        one, two = (change[label] for label in pair)
        difference = np.nanmean(one, axis=1) - np.nanmean(two, axis=1)
        pooled = np.sqrt((_variance(one) + _variance(two)) / len(pair))
        d = np.divide(difference, pooled, out=np.full(len(one), np.nan), where=pooled > 0)
        add(pair, "difference in change", averaged(difference), points)
        add(pair, "Cohen's d", averaged(d), "SD")
        add(pair, "probability of superiority", averaged(_superiority(one, two)), "1")
        for goal, held in reached.items():
            risk = averaged(np.nanmean(held[pair[0]], axis=1) - np.nanmean(held[pair[1]], axis=1))
            add(pair, f"difference in {goal}", risk, "1")
            add(pair, f"number needed to treat for {goal}", _needed(risk), "patients")
    return pd.DataFrame(rows, columns=[name, "versus", "measure", *Found._fields, "unit"])


def _variance(own: Array) -> Array:
    """Variance over the patients of each trial; NaN below two patients."""
    many = np.isfinite(own).sum(axis=1) > 1
    found = np.full(len(own), np.nan)
    found[many] = np.nanvar(own[many], axis=1, ddof=1)
    return found


def _scores(held: dict[int | str, Array]) -> Array:
    """Every score that occurs, in order."""
    values = np.concatenate([own.ravel() for own in held.values()])
    scores: Array = np.unique(values[np.isfinite(values)])
    if not len(scores):
        raise AnswerError("no patient has a value of this measure; choose another measure or protocol.")
    return scores


def _shares(own: Array, scores: Array) -> Array:
    """Share of a trial's patients at or below each score, shape (replicates, scores)."""
    ordered = np.sort(own, axis=1)  # NaN last
    below = np.stack([np.searchsorted(trial, scores, side="right") for trial in ordered])
    share: Array = below / np.isfinite(own).sum(axis=1, keepdims=True)
    return share


def _linearised(own: Array, scores: Array, levels: Array) -> Array:
    """Quantiles plus what each replicate pulls them by, shape (replicates, levels); their mean is the quantile."""
    if len(scores) == 1:
        return np.full((len(own), len(levels)), scores[0])
    half = np.diff(scores).min() / 2
    shares = _shares(own, scores)
    # The cumulative distribution as a line: flat where no score can be, straight across the step of each score.
    edges = np.column_stack((scores - half, scores + half)).ravel()
    below = np.concatenate((np.zeros((len(own), 1)), shares[:, :-1]), axis=1)
    lines = np.stack((below, shares), axis=2).reshape(len(own), -1)
    whole = lines.mean(axis=0)

    def at(level: Array) -> Array:
        place: Array = np.interp(level, whole, edges)
        return place

    found = at(levels)
    wide = np.minimum(BANDWIDTH, np.minimum(levels, 1 - levels) / 2)
    slope = (at(levels + wide) - at(levels - wide)) / (2 * wide)  # one over the density
    pulls = np.stack([np.interp(found, edges, line) for line in lines]) - levels
    values: Array = found - pulls * slope
    return values


def _superiority(one: Array, two: Array) -> Array:
    """Chance in each replicate that a patient's value is lower than another patient's in the other arm."""
    chances = np.empty(len(one))
    for place, (first, second) in enumerate(zip(one, two, strict=True)):
        both = np.isfinite(first) & np.isfinite(second)
        ordered = np.sort(second[np.isfinite(second)])
        mine = first[np.isfinite(first)]
        right, left = (np.searchsorted(ordered, mine, side=side) for side in ("right", "left"))
        won = (len(ordered) - right + (right - left) / 2).sum()
        # The same patient in both arms is not two patients.
        own = np.where(first[both] < second[both], 1.0, np.where(first[both] == second[both], 0.5, 0.0)).sum()
        pairs = len(mine) * len(ordered) - both.sum()
        chances[place] = (won - own) / pairs if pairs else np.nan
    return chances


def _needed(risk: Found) -> Found:
    """One over a difference in shares, its error by the delta method; unknown where there is no difference."""
    if risk.estimate == 0:
        return Found(*(np.array(value) for value in (np.nan, np.nan, np.nan, np.nan)))
    needed = 1 / risk.estimate
    clear = risk.lower * risk.upper > 0
    ends = (1 / risk.upper, 1 / risk.lower) if clear else (np.array(np.nan), np.array(np.nan))
    return Found(needed, risk.mcse * needed**2, *ends)
