"""The statistics of papers, over many worlds at once: means, spreads, correlations, shares of variance.

Each takes arrays of shape (patients, points, trials) and returns (points, trials): one number a simulated sample.
Patients without a value (NaN) are left out, as papers leave them out.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def mean(values: Array, here: Array | None = None) -> Array:
    """Mean over patients; `here` (true or false) says who counts."""
    kept = np.isfinite(values) if here is None else np.isfinite(values) & here
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Array = np.where(kept, values, 0.0).sum(axis=0) / kept.sum(axis=0)
    return made


def variance(values: Array, here: Array | None = None) -> Array:
    """Variance over patients, with n - 1."""
    kept = np.isfinite(values) if here is None else np.isfinite(values) & here
    middle = mean(values, kept)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Array = np.where(kept, (values - middle) ** 2, 0.0).sum(axis=0) / (kept.sum(axis=0) - 1.0)
    return made


def sd(values: Array, here: Array | None = None) -> Array:
    """Standard deviation over patients."""
    return np.sqrt(variance(values, here))


def correlation(one: Array, two: Array) -> Array:
    """Pearson correlation over patients who have both."""
    both = np.isfinite(one) & np.isfinite(two)
    first = np.where(both, one - mean(one, both), 0.0)
    second = np.where(both, two - mean(two, both), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        made: Array = (first * second).sum(axis=0) / np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return made


def cohens_d(one: Array, two: Array) -> Array:
    """Difference of means over the pooled standard deviation, `one` less `two`."""
    first, second = np.isfinite(one).sum(axis=0), np.isfinite(two).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = ((first - 1) * variance(one) + (second - 1) * variance(two)) / (first + second - 2)
        made: Array = (mean(one) - mean(two)) / np.sqrt(pooled)
    return made


def standardised_rise(before: Array, after: Array) -> Array:
    """Mean of the rise over its standard deviation: d of paired measurements."""
    rise = after - before
    return mean(rise) / sd(rise)


def all_positive(early: Array, rapport: Array, *experiences: Array) -> Array:
    """1 where the alliance goes with rapport before the second dose, and that with every experience."""
    signs = [correlation(early, rapport), *(correlation(rapport, experience) for experience in experiences)]
    made: Array = (np.stack(signs) > 0).all(axis=0).astype(float)
    return made


def stayed_against_left(values: Array, left: Array) -> Array:
    """Cohen's d between those who stayed and those who left."""
    return cohens_d(np.where(left < 0.5, values, np.nan), np.where(left > 0.5, values, np.nan))


def single_session(ratings: Array) -> Array:
    """Generalizability of one session's rating as the person's score, in (0, 1).

    Variance between persons over it and the variance within, from a one-way analysis of persons who have all.

    Args:
        ratings: Shape (sessions, patients, points, trials).
    """
    sessions = ratings.shape[0]
    own = ratings.mean(axis=0)  # NaN, and left out, where any is missing
    within = mean(ratings.var(axis=0, ddof=1))
    between = variance(own) - within / sessions
    made: Array = between / (between + within)
    return made


def share_between(values: Array, groups: int) -> Array:
    """Share of variance between groups, by analysis of variance: equal to REML for groups of equal size.

    Args:
        values: Shape (patients, points, trials) without gaps; patient i belongs to group i mod `groups` of its own
            trial. All trials of a point count as one sample.
        groups: Groups in one trial.

    Returns:
        Shape (points,); may be a little below 0 by chance, where REML stops at 0.
    """
    size = values.shape[0] // groups
    parts = values[: size * groups].reshape(size, groups, *values.shape[1:])
    middle = parts.mean(axis=0)
    count = groups * values.shape[2]
    within = ((parts - middle) ** 2).sum(axis=(0, 1, 3)) / (count * (size - 1))
    grand = middle.mean(axis=(0, 2), keepdims=True)
    between = size * ((middle - grand) ** 2).sum(axis=(0, 2)) / (count - 1)
    spread = (between - within) / size
    made: Array = spread / (spread + within)
    return made
