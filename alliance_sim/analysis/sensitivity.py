"""Which parameters an outcome depends on: Sobol indices, with the noise of replicates taken out.

The model is a function of parameters and random draws. With f(x, r) the outcome of replicate r at parameters x, the
first-order index is the share of the variance of E[f | x] that one parameter explains alone, the total index the share
that would be left if all others were known (estimators of Saltelli and others 2010 and Jansen 1999). Squares and
products are taken between different replicates only, so that noise, which does not repeat, drops out of every
variance; what it adds is reported beside it.

Rows are found by the design's own columns (point, block, row), never by their order, and every point is checked to hold
the values that its block says. One missing value makes an index meaningless, so it is refused.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import FOUND, UPPER, Array
from alliance_sim.errors import AnswerError
from alliance_sim.study.designs import ROLES
from alliance_sim.study.units import units
from alliance_sim.world import seeds
from alliance_sim.world.scenario import Scenario

RESAMPLES = 400  # of the bootstrap
HALVES = 4  # times that the convergence table halves the design
FIRST, TOTAL = "first", "total"
PARTS = ("parameters", "noise shared by all points", "noise that depends on parameters")


class Saltelli(NamedTuple):
    """A Sobol design's outcomes in order."""

    keys: list[str]
    values: Array  # (rows, blocks, replicates); blocks A, B, then A with one key at a time from B


def every_trial(trials: pd.DataFrame, design: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure as points × replicates, each there.

    Args:
        trials: One row a point and replicate.
        design: One row a point.
        measure: A mean outcome of trials.

    Raises:
        AnswerError: A trial failed, is missing, is there twice, has no value or is of no point of the design.
    """
    failed = trials[trials["status"] != "done"]
    if len(failed):
        first = failed.iloc[0]
        raise AnswerError(
            f"{len(failed)} of {len(trials)} trials failed, first point {first['point']} in replicate "
            f"{first['replicate']}; an index needs every trial, so run the study again or narrow its ranges."
        )
    if design["point"].duplicated().any() or trials.duplicated(["point", "replicate"]).any():
        raise AnswerError("a point appears twice; give each point of the design once and each of its trials once.")
    strange = set(trials["point"]) - set(design["point"])
    if strange:
        raise AnswerError(f"point {min(strange)} is not in the design; give the trials and the design of one study.")
    wide = trials.pivot(index="point", columns="replicate", values=measure).reindex(design["point"])
    missing = ~np.isfinite(wide.to_numpy(dtype=float))
    if missing.any():
        point, replicate = np.argwhere(missing)[0]
        raise AnswerError(
            f"{int(missing.sum())} of {missing.size} trials are missing or have no {measure}, first point "
            f"{wide.index[point]} in replicate {wide.columns[replicate]}; run the study again to its end."
        )
    return wide


def arranged(trials: pd.DataFrame, design: pd.DataFrame, measure: str) -> Saltelli:
    """Put a Sobol design's outcomes in order by their blocks and rows.

    Raises:
        AnswerError: The design is no Sobol design, lacks points or holds values that do not belong to their block;
            or as `every_trial`.
    """
    if not {"block", "row"} <= set(design.columns):
        raise AnswerError("the design has no blocks and rows; run the study with design=sobol.")
    keys = [name for name in design.columns if name not in (*ROLES, "id")]
    blocks = ["A", "B", *(f"AB_{place + 1}" for place in range(len(keys)))]
    wide = every_trial(trials, design, measure)
    place = design.set_index(["row", "block"])
    rows = np.sort(design["row"].unique())
    expected = pd.MultiIndex.from_product([rows, blocks], names=["row", "block"])
    if place.index.has_duplicates or len(place) != len(expected) or not place.index.isin(expected).all():
        raise AnswerError(
            f"the design has {len(place)} points and not each of the blocks {', '.join(blocks)} once in each of "
            f"{len(rows)} rows; give the whole design.parquet of a study with design=sobol."
        )
    ordered = place.loc[expected]
    _keyed(ordered[keys].to_numpy(dtype=float).reshape(len(rows), len(blocks), len(keys)), keys, rows)
    values = wide.loc[ordered["point"]].to_numpy(dtype=float)
    return Saltelli(keys, values.reshape(len(rows), len(blocks), -1))


def _keyed(values: Array, keys: list[str], rows: Array) -> None:
    """Check that each mixed point holds the values of A, and one key's of B."""
    mixed = np.repeat(values[:, :1], len(keys), axis=1)
    one = np.arange(len(keys))
    mixed[:, one, one] = values[:, 1]
    wrong = np.argwhere(values[:, 2:] != mixed)
    if len(wrong):
        row, block, key = wrong[0]
        raise AnswerError(
            f"block AB_{block + 1} of row {rows[row]} holds a value of {keys[key]} that is not the one its block says; "
            "give design.parquet as the study wrote it."
        )


def sobol(
    trials: pd.DataFrame, design: pd.DataFrame, measure: str = "change", resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """First-order and total indices of every key.

    Args:
        trials: One row a point and replicate.
        design: One row a point, as design=sobol lays them out.
        measure: A mean outcome of trials.
        resamples: Of the bootstrap over rows and replicates, both drawn anew each time. It takes the rows as drawn
            independently; Sobol points are spread more evenly, so its errors are rather too large.
        seed: Of the bootstrap.

    Returns:
        Columns key, index (first, total), estimate, mcse, lower, upper, unit, replicates. With one replicate noise
        cannot be separated from parameters and counts as one.

    Raises:
        AnswerError: As `arranged`; or the outcome does not vary with the parameters.
    """
    held = arranged(trials, design, measure)
    return _reported(held, resamples, seed)


def convergence(
    trials: pd.DataFrame, design: pd.DataFrame, measure: str = "change", resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """The indices from the first half, quarter, … of the rows: they settle where there are enough.

    Returns:
        Columns rows, then those of `sobol`.
    """
    held = arranged(trials, design, measure)
    counts = [len(held.values) // 2**half for half in range(HALVES, -1, -1)]
    frames = [
        _reported(Saltelli(held.keys, held.values[:count]), resamples, seed).assign(rows=count)
        for count in counts
        if count > 1
    ]
    whole = pd.concat(frames, ignore_index=True)
    return whole[["rows", *(name for name in whole.columns if name != "rows")]]


def variance_parts(
    trials: pd.DataFrame,
    design: pd.DataFrame,
    scenario: Scenario,
    measure: str = "change",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Where the variance of one trial's outcome comes from: parameters, noise, and noise that parameters change.

    Arguments are those of `sobol`, with two replicates or more, and the base world for the unit.

    Returns:
        Columns part, estimate, mcse, lower, upper (variances), unit, share (of the whole variance).

    Raises:
        AnswerError: As `arranged`; or there is one replicate only.
    """
    held = arranged(trials, design, measure)
    if held.values.shape[2] == 1:
        raise AnswerError("one replicate cannot separate parameters from noise; run it with replicates=2 or more.")
    frame = _bootstrapped(held.values, _parts, resamples, seed)
    frame.insert(0, "part", PARTS)
    return frame.assign(unit=f"({units(scenario)[measure]})²", share=frame["estimate"] / frame["estimate"].sum())


def _reported(held: Saltelli, resamples: int, seed: int) -> pd.DataFrame:
    # Taking each replicate's mean out changes no index and leaves products of small numbers, which scatter less.
    centred = held.values - held.values[:, :2].mean(axis=(0, 1))
    frame = _bootstrapped(centred, _indices, resamples, seed)
    named = [(key, index) for index in (FIRST, TOTAL) for key in held.keys]
    keys, index = zip(*named, strict=True)
    frame.insert(0, "key", keys)
    frame.insert(1, "index", index)
    return frame.assign(unit="1", replicates=held.values.shape[2])


Statistic = Callable[[Array, Array, Array], Array]  # values, weights of rows, weights of replicates


def _bootstrapped(values: Array, statistic: Statistic, resamples: int, seed: int) -> pd.DataFrame:
    """A statistic with its bootstrap error and percentile interval."""
    rows, _, replicates = values.shape
    estimate = statistic(values, np.ones(rows), np.ones(replicates))
    if not np.isfinite(estimate).all():
        raise AnswerError("the outcome does not vary with the parameters beyond noise; widen design.ranges.")
    drawn = np.stack([statistic(values, *weights) for weights in resampled(rows, replicates, resamples, seed)])
    low, high = np.nanquantile(drawn, [1 - UPPER, UPPER], axis=0)
    numbers = (estimate, np.nanstd(drawn, axis=0, ddof=1), low, high)
    return pd.DataFrame(dict(zip(FOUND, numbers, strict=True)))


def resampled(rows: int, replicates: int, resamples: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """How often each row and each replicate is drawn, resample by resample."""
    rng = np.random.default_rng(seeds.seed(seed))
    for _ in range(resamples):
        chosen = rng.multinomial(rows, np.full(rows, 1 / rows)).astype(float)
        repeated = rng.multinomial(replicates, np.full(replicates, 1 / replicates)).astype(float)
        # A resample with one replicate over and over has no pair of different ones.
        while replicates > 1 and (repeated > 0).sum() == 1:
            repeated = rng.multinomial(replicates, np.full(replicates, 1 / replicates)).astype(float)
        yield chosen, repeated


def across(one: Array, two: Array, noise: Array) -> Array:
    """Mean product of two arrays (…, replicates) over pairs of different replicates; over all if there is one."""
    if len(noise) == 1:
        product: Array = (one * two)[..., 0]
        return product
    alike = noise * noise
    pairs: Array = ((one @ noise) * (two @ noise) - (one * two) @ alike) / (noise.sum() ** 2 - alike.sum())
    return pairs


def _spread(points: Array, weights: Array, noise: Array) -> float:
    """Variance over points of what replicates share, points (points, replicates) weighted."""
    centred = points - weights @ points / weights.sum()
    return float(weights @ across(centred, centred, noise) * _unbiased(weights))


def _unbiased(weights: Array) -> float:
    """What turns a weighted sum of squares into the variance between different members."""
    return float(weights.sum() / (weights.sum() ** 2 - weights @ weights))


def _indices(values: Array, rows: Array, noise: Array) -> Array:
    """First-order indices, then total ones."""
    first, second, mixed = values[:, :1], values[:, 1:2], values[:, 2:]
    whole = _spread(np.concatenate((values[:, 0], values[:, 1])), np.tile(rows, 2), noise)
    if whole <= 0:
        return np.full(2 * mixed.shape[1], np.nan)
    alone = rows @ across(second, mixed - first, noise) / rows.sum()
    left = rows @ across(first - mixed, first - mixed, noise) / (2 * rows.sum())
    return np.concatenate((alone, left)) / whole


def _parts(values: Array, rows: Array, noise: Array) -> Array:
    """Variances of `PARTS`: what replicates share of points, what points share of replicates, and the rest."""
    points, weights = np.concatenate((values[:, 0], values[:, 1])), np.tile(rows, 2)
    ours = _spread(points, weights, noise)
    centred = points - weights @ points / weights.sum()
    each = weights @ centred**2 * _unbiased(weights)
    within = float(noise @ each / noise.sum())
    return np.array([ours, _spread(points.T, noise, weights), within - ours])
