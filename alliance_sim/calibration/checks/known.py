"""Are known numbers found again? Recovery, and the ranks of true numbers (simulation-based calibration)."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from alliance_sim.calibration.checks.line import Answers
from alliance_sim.calibration.checks.strict import Share, Strict

Array = np.ndarray[Any, np.dtype[Any]]
BINS = 12
PROMISED = 0.9  # share of true numbers in their interval


class Recovery(Strict):
    """How often true numbers lie in their 90 % interval."""

    covered: Share
    lowest: Share  # of all numbers
    highest: Share
    p: Share  # chance that the share lies as far off in a right calibration


class Ranks(Strict):
    """How even the ranks of true numbers are."""

    chi2: float  # of the median number; `BINS` - 1 are expected
    p: Share  # of the most uneven number, times how many numbers there are


def ranks(true: Array, answers: Answers) -> Array:
    """Share of each answer below the true number, in [0, 1], shape (sets, numbers)."""
    off = (true - answers.middles) / np.sqrt(answers.covariance.diagonal())
    made: Array = stats.norm.cdf(off)
    return made


def table(keys: list[str], true: Array, answers: Answers) -> pd.DataFrame:
    """Every number: columns key, r (of true and found), covered, chi2, p (of its ranks' evenness); by r."""
    own = ranks(true, answers)
    uneven = np.array([chi2(one) for one in own.T])
    made = pd.DataFrame(
        {
            "key": keys,
            "r": [_correlation(*pair) for pair in zip(true.T, answers.middles.T, strict=True)],
            "covered": _inside(own).mean(axis=0),
            "chi2": uneven,
            "p": stats.chi2.sf(uneven, BINS - 1),
        }
    )
    return made.sort_values("r", ascending=False, ignore_index=True)


def recovery(own: Array) -> Recovery:
    """How often true numbers lie in their interval; numbers of one set hang together, so sets are what is counted.

    Args:
        own: Ranks, shape (sets, numbers).
    """
    inside = _inside(own)
    of_sets = inside.mean(axis=1)
    error = max(float(of_sets.std(ddof=1)), 1 / own.size) / np.sqrt(len(own))
    p = 2 * stats.norm.sf(abs(of_sets.mean() - PROMISED) / error)
    of_numbers = inside.mean(axis=0)
    return Recovery(
        covered=float(of_sets.mean()), lowest=float(of_numbers.min()), highest=float(of_numbers.max()), p=float(p)
    )


def even(own: Array) -> Ranks:
    """How even the ranks are, shape (sets, numbers): by chi-squared of `BINS` bins, the most uneven number counting."""
    uneven = np.array([chi2(one) for one in own.T])
    smallest = stats.chi2.sf(uneven.max(), BINS - 1) * len(uneven)
    return Ranks(chi2=float(np.median(uneven)), p=min(1.0, float(smallest)))


def chi2(own: Array) -> float:
    """How far the ranks of one number are from even, shape (sets,)."""
    counts, _ = np.histogram(own, BINS, (0, 1))
    each = len(own) / BINS
    return float(((counts - each) ** 2).sum() / each)


def _inside(own: Array) -> Array:
    off = (1 - PROMISED) / 2
    return (own > off) & (own < 1 - off)


def _correlation(one: Array, two: Array) -> float:
    return float(np.corrcoef(one, two)[0, 1]) if one.std() > 0 and two.std() > 0 else 0.0
