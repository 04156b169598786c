"""Could the model have produced what was published? The whole summary at once, and row by row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from alliance_sim.calibration.checks.line import Line
from alliance_sim.calibration.checks.strict import Share, Strict

Array = np.ndarray[Any, np.dtype[Any]]
IMPLAUSIBLE = 3.0  # standard deviations of comparison; three as history matching takes it [Pukelsheim 1994]


class Fit(Strict):
    """How far the published summary lies from what the model shows."""

    distance: float  # squared Mahalanobis distance from what the posterior predicts
    usual: float  # median of the same over synthetic sets
    p_sets: Share  # share of synthetic sets that lie as far off; the published one was fitted to, so it lies nearer
    least: float  # least sum of squares, of the rows at the best point and of its distance from the prior
    p_chi2: Share  # chance of a larger one if the model with its prior is right


def distances(known: Line, covariance: Array, seen: Array) -> Array:
    """Squared Mahalanobis distance of sets of published numbers from what the posterior predicts, shape (sets,).

    Args:
        known: What points are expected to show.
        covariance: Of comparison, shape (targets, targets).
        seen: Shape (sets, targets).
    """
    off = seen - known.level
    made: Array = (off * np.linalg.solve(known.scatter(covariance), off.T).T).sum(axis=1)
    return made


def fit(known: Line, covariance: Array, seen: Array, published: Array, height: float) -> Fit:
    """Compare the published summary with synthetic ones, and its best point with chi-squared.

    Args:
        known: What points are expected to show.
        covariance: Of comparison, shape (targets, targets).
        seen: Synthetic sets, shape (sets, targets).
        published: Shape (targets,).
        height: Log posterior of the best point, up to the constants of likelihood and prior.
    """
    own = float(distances(known, covariance, published[None])[0])
    others = distances(known, covariance, seen)
    farther = (1 + int((others >= own).sum())) / (1 + len(others))
    least = -2 * height
    chance = float(stats.chi2.sf(least, len(published)))
    return Fit(distance=own, usual=float(np.median(others)), p_sets=farther, least=least, p_chi2=chance)


def implausibility(keys: Sequence[str], published: Array, level: Array, covariance: Array) -> pd.DataFrame:
    """How far each row lies from what the best point is expected to show.

    Args:
        keys: Of the rows.
        published: Shape (targets,).
        level: Expectation at the best point, shape (targets,).
        covariance: Of comparison, shape (targets, targets).

    Returns:
        Columns key, published, expected (both on the scale of comparison), sd, implausibility, flagged;
        the worst first.
    """
    sd = np.sqrt(covariance.diagonal())
    found = abs(published - level) / sd
    made = pd.DataFrame(
        {
            "key": list(keys),
            "published": published,
            "expected": level,
            "sd": sd,
            "implausibility": found,
            "flagged": found > IMPLAUSIBLE,
        }
    )
    return made.sort_values("implausibility", ascending=False, ignore_index=True)
