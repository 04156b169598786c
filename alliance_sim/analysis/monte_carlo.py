"""What replicates say together: an estimate, its Monte Carlo standard error and an interval.

A replicate is one simulated trial. Replicates share nothing, so the spread between them is the only measure of chance
that needs no assumption; whatever is compared is compared inside a replicate first.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtrit

Array = np.ndarray[Any, np.dtype[Any]]
UPPER = 0.975  # of a 95 % interval
FOUND = ["estimate", "mcse", "lower", "upper"]


class Found(NamedTuple):
    """Estimates with their Monte Carlo standard errors and 95 % intervals, arrays of one shape."""

    estimate: Array
    mcse: Array
    lower: Array
    upper: Array


def averaged(values: Array) -> Found:
    """Mean over replicates, its standard error and Student's interval; NaN replicates are left out.

    Args:
        values: One value a replicate, replicates on the first axis.

    Returns:
        Arrays without that axis; NaN without a value, and no error with only one.
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = _over(np.where(known, values, 0.0).sum(axis=0), count)
    squares = np.where(known, values - mean, 0.0) ** 2
    error = np.sqrt(_over(_over(squares.sum(axis=0), count - 1), count))
    return around(mean, error, count)


def jackknifed(parts: Array, statistic: Callable[[Array], Array]) -> Found:
    """A statistic of the replicates' mean parts, with the delete-one jackknife's error and Student's interval.

    For ratios and other curved functions of means, whose mean over replicates would be biased.

    Args:
        parts: Shape (replicates, ..., parts): what each replicate adds.
        statistic: Turns mean parts, shape (..., parts), into values of shape (...).

    Returns:
        Arrays of shape (...); no error with only one replicate.
    """
    count = len(parts)
    whole = parts.mean(axis=0)
    estimate = np.asarray(statistic(whole))
    if count == 1:
        return around(estimate, np.full(estimate.shape, np.nan), np.array(count))
    without = np.stack([np.asarray(statistic((whole * count - part) / (count - 1))) for part in parts])
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return around(estimate, np.sqrt(spread * (count - 1) / count), np.array(count))


def around(estimate: Array, error: Array, count: Array) -> Found:
    """Student's 95 % interval around an estimate whose error rests on `count` replicates."""
    wide = margin(error, count)
    return Found(estimate, error, estimate - wide, estimate + wide)


def margin(error: Array, count: Array) -> Array:
    """Half the width of Student's 95 % interval of a mean over `count` replicates; NaN below two."""
    error, degrees = np.asarray(error, dtype=float), np.asarray(count, dtype=float) - 1
    half: Array = np.where(degrees > 0, stdtrit(np.maximum(degrees, 1), UPPER) * error, np.nan)
    return half


def share(successes: Array, trials: Array) -> Found:
    """A share of replicates with its binomial standard error and Wilson's 95 % interval, which never leaves [0, 1]."""
    z = float(stdtrit(np.inf, UPPER))
    part = _over(np.asarray(successes, dtype=float), np.asarray(trials))
    middle = (part + z * z / (2 * trials)) / (1 + z * z / trials)
    wide = z / (1 + z * z / trials) * np.sqrt(part * (1 - part) / trials + z * z / (4 * trials**2))
    return Found(part, np.sqrt(part * (1 - part) / trials), middle - wide, middle + wide)


def _over(top: Array, bottom: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    divided: Array = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return divided
