"""Does the posterior of all numbers together hold the truth as often as it promises? Two tests of it.

TARP [Lemos et al. 2023, Sampling-based accuracy testing of posterior estimators]: of each set, the share of the answer
that lies nearer to a random reference point than the truth does. Joint rank: the share of the answer that is more
probable than the truth, which is the level of the region of highest density that just holds it. Both are even on [0, 1]
if the answers are right, whichever way their numbers hang together.
"""

from typing import Any

import numpy as np
from scipy import stats

from alliance_sim.calibration.checks.line import Answers, Line
from alliance_sim.calibration.checks.strict import Share, Strict

Array = np.ndarray[Any, np.dtype[Any]]
DRAWS = 500  # of each answer
BAND = 0.99  # chance that a right calibration stays within the band
TARP, JOINT = 12, 13  # what a random number is for


class Coverage(Strict):
    """Empirical coverage against credibility level, over all levels."""

    deviation: Share  # the largest: a Kolmogorov-Smirnov statistic
    allowed: Share  # what a right calibration stays within, but once in a hundred
    p: Share  # chance of so large a deviation in a right calibration


def tarp(true: Array, seen: Array, answers: Answers, known: Line, seed: int) -> Array:
    """Share of each answer nearer to its reference than the truth is, in (0, 1), shape (sets,).

    References are drawn from the prior of the answers, and half of their variance follows what each set shows: only so
    does an answer that has learned nothing fail. Distances are in standard deviations of the answers, so that what the
    evidence knows sharply counts as much as what it does not.

    Args:
        true: Shape (sets, numbers).
        seen: The sets, shape (sets, targets).
        answers: Of the same sets.
        known: The prior of the answers.
        seed: Of references and draws.
    """
    rng = np.random.default_rng([seed % 2**32, TARP])
    aside = (_standard((seen - known.level) @ known.slopes) + rng.standard_normal(true.shape)) / np.sqrt(2)
    references = known.middle + np.sqrt(known.spread.diagonal()) * aside
    scale = np.sqrt(answers.covariance.diagonal())
    away = (((answers.draws(DRAWS, rng) - references[:, None]) / scale) ** 2).sum(axis=2)
    of_truth = (((true - references) / scale) ** 2).sum(axis=1)
    return _share(away < of_truth[:, None], rng)


def _standard(values: Array) -> Array:
    """Columns at mean 0 and standard deviation 1; one that does not vary is 0."""
    off = values - values.mean(axis=0)
    sd = off.std(axis=0)
    made: Array = np.divide(off, sd, out=np.zeros_like(off), where=sd > 0)
    return made


def joint(true: Array, answers: Answers, seed: int) -> Array:
    """Share of each answer that is more probable than the truth, in (0, 1), shape (sets,).

    Args:
        true: Shape (sets, numbers).
        answers: Of the same sets.
        seed: Of the draws.
    """
    rng = np.random.default_rng([seed % 2**32, JOINT])
    heights = answers.heights(answers.draws(DRAWS, rng))
    return _share(heights > answers.heights(true[:, None]), rng)


def _share(counted: Array, rng: np.random.Generator) -> Array:
    """Share of draws counted, made continuous: the truth takes a random place within its step."""
    made: Array = (counted.sum(axis=1) + rng.random(len(counted))) / (counted.shape[1] + 1)
    return made


def even(shares: Array) -> Coverage:
    """How far shares are from even on [0, 1], shape (sets,)."""
    found = stats.ks_1samp(shares, stats.uniform.cdf)
    allowed = float(stats.kstwo.ppf(BAND, len(shares)))
    return Coverage(deviation=float(found.statistic), allowed=allowed, p=float(found.pvalue))
