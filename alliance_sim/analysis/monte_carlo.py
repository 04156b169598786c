"""What replicates say together: an estimate, its Monte Carlo standard error and an interval.

A replicate is one simulated trial. Replicates share nothing, so the spread between them is the only measure of chance
that needs no assumption; whatever is compared is compared inside a replicate first.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

Array = np.ndarray[Any, np.dtype[Any]]
UPPER = 0.975  # of a 95 % interval
FOUND = ["estimate", "mcse", "lower", "upper"]
ROUNDED = 1e-5  # spread between replicates that the rounding of stored numbers makes of none
FEW = 30  # replicates below which their spread is not trusted to go far


class Found(NamedTuple):
    """Estimates with their Monte Carlo standard errors and 95 % intervals, arrays of one shape."""

    estimate: Array
    mcse: Array
    lower: Array
    upper: Array


def known(error: Array | float, count: Array | float, exact: Array | bool = False) -> Array:
    """The error that may be reported of one that was estimated; NaN where it is not known.

    Replicates that all agree say how large an error is no more than one replicate does: an estimated error of 0 is not
    known. It is 0 only where nothing random can move the number: `exact`.

    Args:
        error: Standard errors from the spread between replicates, >= 0; NaN below two.
        count: How many replicates each rests on.
        exact: Where the number is without error by construction, as the difference between two equal worlds is.
    """
    differ = np.asarray(error) * np.sqrt(count) > ROUNDED
    return np.where(exact, 0.0, np.where(differ, error, np.nan))


def equal(differences: Array, count: Array) -> Array:
    """Where paired differences are 0 by construction as far as replicates can say: 0 in each of `FEW` or more.

    Args:
        differences: Largest size of the differences; NaN where there are none.
        count: How many there are.
    """
    same: Array = (np.asarray(differences) == 0) & (np.asarray(count) >= FEW)
    return same


def reported(found: pd.DataFrame, replicates: int) -> pd.DataFrame:
    """Answers as they are reported: an error is left out where it is not `known`, and the interval that it made.

    Args:
        found: Columns estimate, mcse, lower, upper, unit, one estimate a row.
        replicates: On how many it rests. An effect that all of `FEW` or more find to be 0 is 0 by construction; a share
            of patients or trials (unit 1) may be 0 in all of them by chance.
    """
    error, estimate = found["mcse"].to_numpy(dtype=float), found["estimate"].to_numpy(dtype=float)
    exact = (error == 0) & equal(estimate, np.array(replicates)) & (found["unit"].astype(str) != "1")
    error = known(error, replicates, exact)
    lost = np.isnan(error) & (found["lower"] == found["upper"]).to_numpy()
    ends = {name: found[name].mask(lost) for name in ("lower", "upper")}
    return found.assign(mcse=error, **ends)


def averaged(values: Array) -> Found:
    """Mean over replicates, its standard error and Student's interval; NaN replicates are left out.

    Args:
        values: One value a replicate, replicates on the first axis.

    Returns:
        Arrays without that axis; NaN without a value, and no error with only one.
    """
    values = np.asarray(values, dtype=float)
    there = np.isfinite(values)
    count = there.sum(axis=0)
    mean = over(np.where(there, values, 0.0).sum(axis=0), count)
    squares = np.where(there, values - mean, 0.0) ** 2
    error = np.sqrt(over(over(squares.sum(axis=0), count - 1), count))
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
    """Half the width of Student's 95 % interval of a mean over `count` replicates; NaN where the error is not known."""
    error, degrees = np.asarray(error, dtype=float), np.asarray(count, dtype=float) - 1
    half: Array = np.where((degrees > 0) | (error == 0), stdtrit(np.maximum(degrees, 1), UPPER) * error, np.nan)
    return half


def share(successes: Array, trials: Array) -> Found:
    """A share of replicates with its binomial standard error and Wilson's 95 % interval, which never leaves [0, 1]."""
    z = float(stdtrit(np.inf, UPPER))
    part = over(np.asarray(successes, dtype=float), np.asarray(trials))
    middle = (part + z * z / (2 * trials)) / (1 + z * z / trials)
    wide = z / (1 + z * z / trials) * np.sqrt(part * (1 - part) / trials + z * z / (4 * trials**2))
    return Found(part, np.sqrt(part * (1 - part) / trials), middle - wide, middle + wide)


def over(top: Array, bottom: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float))
    divided: Array = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return divided
