"""Which point explains the published numbers best? Damped Gauss-Newton on the posterior, prior included.

With a Gaussian likelihood and priors that are standard normals, the log posterior is a sum of squares. Its slope comes
from central differences; all points meet the same trials, so differences between points are sharp.
"""

from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.likelihood import Likelihood

Array = np.ndarray[Any, np.dtype[Any]]
STEP = 0.2  # standard normals, of the central differences: wide enough that single patients do not count
DAMPING = 1.0  # of the first step, as if the prior were that much narrower
FACTORS = (0.2, 1.0, 5.0, 25.0)  # of damping, tried together
EASED, TIGHTENED = 0.4, 3.0  # what damping is multiplied by after a step that helped, and one that did not
ROUNDS = 30
SETTLED = 0.02  # gain in log posterior below which the search has settled
REACH = 4.0  # standard normals: farther from its prior no number is looked for


class Best(NamedTuple):
    """The best point found, and how sharply the evidence bends around it."""

    normals: Array
    height: float  # log posterior, up to a constant
    slopes: Array  # of each target's expectation by each number, shape (targets, numbers)
    covariance: Array  # of the posterior, if it were normal


def best(likelihood: Likelihood, start: Array) -> Best:
    """Find the point of highest posterior density, from a start in standard normals on."""
    inverse = np.linalg.inv(likelihood.reference.covariance)
    now, level = start.copy(), likelihood.expected(start[None])[0]
    height = _height(likelihood, now, level)
    damping, made = DAMPING, slopes(likelihood, now)
    for _ in range(ROUNDS):
        bend = made.T @ inverse @ made + np.eye(now.size)
        pull = made.T @ inverse @ (likelihood.values - level) - now
        damped = [bend + factor * damping * np.eye(now.size) for factor in FACTORS]
        tried = np.clip(now + np.stack([np.linalg.solve(one, pull) for one in damped]), -REACH, REACH)
        levels = likelihood.expected(tried)
        heights = np.array([_height(likelihood, one, own) for one, own in zip(tried, levels, strict=True)])
        place = int(heights.argmax())
        gain = float(heights[place]) - height
        if gain > 0:
            now, level, height = tried[place], levels[place], float(heights[place])
            made = slopes(likelihood, now)
        damping *= EASED if gain > 0 else TIGHTENED
        if 0 <= gain < SETTLED or damping > 1e4:
            break
    bend = made.T @ inverse @ made + np.eye(now.size)
    return Best(now, height, made, np.linalg.inv(bend))


def slopes(likelihood: Likelihood, normals: Array) -> Array:
    """Slope of each target's expectation by each number at a point, by central differences."""
    away = STEP * np.eye(normals.size)
    levels = likelihood.expected(np.concatenate([normals + away, normals - away]))
    up, down = np.split(levels, 2)
    made: Array = ((up - down) / (2 * STEP)).T
    return made


def _height(likelihood: Likelihood, normals: Array, level: Array) -> float:
    return float(likelihood.of_expected(level[None])[0]) - 0.5 * float(normals @ normals)
