"""What the data say of the fitted keys: the posterior in numbers, and how far it can be trusted."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.calibration.own import abc
from alliance_sim.calibration.own.abc import Array, Sample, Trials
from alliance_sim.calibration.own.priors import INSIDE, Prior

LEVEL = 0.9  # of intervals
HALF = 0.5  # an interval at most so wide, of the prior's, says that the data inform a key
SURE = 2.58  # standard errors beyond which a share counts as another
ALIKE = 0.7  # correlation from which on two keys cannot be told apart
ODD = 0.01  # share of trials near the data that are as odd, below which the fit must not be trusted
EXPLAINED = 400  # simulated trials whose known keys are sought
RESAMPLED = 100  # times the blocks are drawn anew, for Monte Carlo errors
DRAWS = 1000  # of the posterior that are kept
GRID = np.linspace(-3.2, 3.2, 129)  # standard normals at which densities are given
NARROW = 0.25  # bandwidth of a density, beside Silverman's rule, at least


class Posterior(NamedTuple):
    """What a fit found.

    Attributes:
        priors: Of the keys.
        table: A row a key: prior, mean, 90 % interval, its width beside the prior's, each with its Monte Carlo error
            (`…_mcse`); recovery (share of simulated trials of known keys whose interval held the truth),
            recovery_correlation (of posterior means with the truth, over those trials) and `informed`.
        pairs: A row a pair of keys: posterior correlation and its error.
        draws: Draws that weigh the same, a column a key.
        curves: Densities of prior and posterior: key, value, prior, posterior, per unit of the key.
        odd: Share of simulated trials near the data that are at least as odd, with the number of them.
        odd_summaries: Summaries that lie farthest from those of near trials, with their distance in SD.
        kept: How many simulated trials the posterior rests on.
        explained: How many simulated trials recovery rests on.
    """

    priors: tuple[Prior, ...]
    table: pd.DataFrame
    pairs: pd.DataFrame
    draws: pd.DataFrame
    curves: pd.DataFrame
    odd: tuple[float, int]
    odd_summaries: pd.DataFrame
    kept: int
    explained: int

    @property
    def trusted(self) -> bool:
        """Simulated trials can look like the data."""
        return self.odd[0] >= ODD


def posterior(priors: Sequence[Prior], trials: Trials, observed: Array, names: Sequence[str], seed: int) -> Posterior:
    """Find the posterior of keys and how far it can be trusted.

    Half of the simulated trials teach the reduction that the other half is used with, and the other way round; recovery
    and misfit are of one way alone.

    Args:
        priors: Of the keys, in the order of the trials' columns.
        trials: Simulated trials, at draws of the priors.
        observed: Summaries of the data, shape (summaries,).
        names: Of the summaries.
        seed: Of the draws that Monte Carlo errors take.
    """
    learned, used = abc.halves(trials)
    reduced = abc.reduction(learned)
    ways = [_Way.of(used, reduced, observed), _Way.of(learned, abc.reduction(used), observed)]
    found = _both([way.sample() for way in ways])
    draws = np.random.default_rng(seed)
    others = [_both([way.resampled(draws) for way in ways]) for _ in range(RESAMPLED)]
    explained = abc.recovered(used, reduced, EXPLAINED)
    misfit = abc.misfit(used, observed, reduced)
    known = [_numbers(priors, one) for one in (found, *others)]
    errors = {name: np.std([one[name] for one in known[1:]], axis=0, ddof=1) for name in known[0]}
    farthest = np.argsort(-np.abs(misfit.away), kind="stable")[:3]
    count = len(trials.block)
    return Posterior(
        tuple(priors),
        _table(priors, known[0], errors, explained),
        _pairs(priors, known[0]["correlation"], errors["correlation"]),
        _draws(priors, found),
        _curves(priors, found),
        (misfit.share, misfit.among),
        pd.DataFrame({"summary": [names[place] for place in farthest], "away": misfit.away[farthest]}),
        min(count, len(found.weights)),
        len(explained.places),
    )


class _Way(NamedTuple):
    """Simulated trials and data, reduced by what other trials taught."""

    keys: Array
    shown: Array
    goal: Array
    block: Array  # numbered from 0

    @classmethod
    def of(cls, trials: Trials, reduced: abc.Reduction, observed: Array) -> "_Way":
        block = np.unique(trials.block, return_inverse=True)[1]
        return cls(trials.keys, reduced.of(trials.summaries), reduced.of(observed), block)

    def sample(self, again: Array | None = None) -> Sample:
        return abc.near(self.keys, self.shown, self.goal, again)

    def resampled(self, draws: np.random.Generator) -> Sample:
        """The sample with blocks drawn anew."""
        count = int(self.block.max()) + 1
        times = np.bincount(draws.integers(0, count, count), minlength=count)
        return self.sample(times[self.block].astype(float))


def _both(samples: Sequence[Sample]) -> Sample:
    """Samples as one; each counts the same."""
    keys, weights, chosen = zip(*samples, strict=True)
    return Sample(np.concatenate(keys), np.concatenate(weights) / len(samples), np.concatenate(chosen))


def _numbers(priors: Sequence[Prior], found: Sample) -> dict[str, Array]:
    """Mean, SD, ends of the interval and its width beside the prior's of each key; correlations of all."""
    values = np.column_stack([one.values(found.keys[:, place]) for place, one in enumerate(priors)])
    mean = found.weights @ values
    lower, upper = (abc.quantile(values, found.weights, share) for share in INSIDE)
    before = np.array([one.interval for one in priors])
    centred = found.keys - found.weights @ found.keys
    covariance = (centred * found.weights[:, None]).T @ centred
    spread = np.sqrt(covariance.diagonal())
    return {
        "mean": mean,
        "sd": np.sqrt(found.weights @ (values - mean) ** 2),
        "lower": lower,
        "upper": upper,
        "width_ratio": (upper - lower) / (before[:, 1] - before[:, 0]),
        "correlation": covariance / np.outer(spread, spread),
    }


def _table(
    priors: Sequence[Prior], known: dict[str, Array], errors: dict[str, Array], explained: abc.Explained
) -> pd.DataFrame:
    low, high = INSIDE
    held = ((explained.ranks > low) & (explained.ranks < high)).mean(axis=0)
    count = len(explained.places)
    made = pd.DataFrame({"key": [one.key for one in priors], "unit": [one.unit for one in priors]})
    made["prior"] = [one.text for one in priors]
    made["prior_lower"], made["prior_upper"] = np.array([one.interval for one in priors]).T
    for name in ("mean", "sd", "lower", "upper", "width_ratio"):
        made[name], made[f"{name}_mcse"] = known[name], errors[name]
    made["recovery"], made["recovery_mcse"] = held, np.sqrt(held * (1 - held) / count)
    made["recovery_correlation"] = explained.agree
    made["recovery_correlation_mcse"] = (1 - explained.agree**2) / math.sqrt(count - 1)
    widths = [one.values(explained.upper[:, at]) - one.values(explained.lower[:, at]) for at, one in enumerate(priors)]
    before = made["prior_upper"] - made["prior_lower"]
    made["usual_width_ratio"] = np.median(widths, axis=1) / before  # in simulated trials at draws of the prior
    agrees = held >= LEVEL - SURE * math.sqrt(LEVEL * (1 - LEVEL) / count)
    made["informed"] = (made["width_ratio"] <= HALF) & agrees
    return made


def _pairs(priors: Sequence[Prior], correlation: Array, error: Array) -> pd.DataFrame:
    rows = [
        (one.key, two.key, correlation[a, b], error[a, b])
        for a, one in enumerate(priors)
        for b, two in enumerate(priors)
        if a < b
    ]
    return pd.DataFrame(rows, columns=["key", "other", "correlation", "mcse"])


def _draws(priors: Sequence[Prior], found: Sample) -> pd.DataFrame:
    """Draws that weigh the same, in an order that says nothing."""
    places = np.searchsorted(np.cumsum(found.weights), (np.arange(DRAWS) + 0.5) / DRAWS)
    places = np.minimum(places, len(found.weights) - 1)
    return pd.DataFrame({one.key: one.values(found.keys[places, at]) for at, one in enumerate(priors)})


def _curves(priors: Sequence[Prior], found: Sample) -> pd.DataFrame:
    """Densities, smoothed on the whole line and brought back to the key's range."""
    frames = []
    normal = np.exp(-0.5 * GRID**2) / math.sqrt(2 * math.pi)
    count = 1.0 / (found.weights**2).sum()
    for place, one in enumerate(priors):
        keys, values = found.keys[:, place], one.values(GRID)
        spread = math.sqrt(found.weights @ (keys - found.weights @ keys) ** 2)
        wide = max(1.06 * spread * count ** (-0.2), NARROW * spread)
        near = np.exp(-0.5 * ((GRID[:, None] - keys) / wide) ** 2) @ found.weights / (wide * math.sqrt(2 * math.pi))
        slope = np.gradient(values, GRID)  # a unit of the normal, in the key's
        there = slope > 0
        own = {"value": values[there], "prior": (normal / slope)[there], "posterior": (near / slope)[there]}
        frames.append(pd.DataFrame({"key": one.key, **own}))
    return pd.concat(frames, ignore_index=True)
