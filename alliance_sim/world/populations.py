"""Populations from what trials print: mean and standard deviation of the entry score, turned into who was referred.

A trial prints the scores of those it admitted. They are what its entry rule left of those who were referred: a normal
distribution cut at the lowest and the highest score admitted. `referred` finds the uncut one by solving.
"""

import functools
import math
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.special import erf

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.instruments import Scale
from alliance_sim.model.registry import parameter

CLOSE = 0.01  # points: how exactly mean and standard deviation must be met
REACH = 3.0  # published standard deviations around the published mean in which the uncut mean is looked for
WIDEST = 3.0  # of the uncut spread, in published ones
PLACES = 9  # decimals that are kept: processors solve to the same numbers but for the last bits

Array = np.ndarray[Any, np.dtype[Any]]
PRINTED = "a choice of the study: what its trial prints"


# fmt: off
@configurable
class EntryScores:
    """The entry scores of those a trial admitted, as it prints them.

    Where `sd` is given they take the place of `severity_mean` and `severity_spread`. `scale`, `lowest` and `highest`
    are the trial's own; where they are not given, they are the protocol's.
    """

    mean: float = parameter(0.0, "m_in", "points", 0, 100, PRINTED, "Mean entry score of those admitted.")
    sd: float = parameter(0.0, "s_in", "points", 0, 50, PRINTED, "Its standard deviation; 0: no scores are given.")
    scale: Scale | None = None
    lowest: float = parameter(0.0, "y_in", "points", 0, 80, PRINTED, "Lowest score admitted.")
    highest: float = parameter(0.0, "y_out", "points", 0, 80, PRINTED, "Highest score admitted; 0: the protocol's.")
# fmt: on


@functools.lru_cache(maxsize=4096)
def referred(mean: float, sd: float, lowest: float, highest: float, step: float = 1.0) -> tuple[float, float]:
    """Mean and standard deviation of the entry score among those referred, before the entry rule.

    Args:
        mean: Published mean of those admitted, points.
        sd: Their published standard deviation, points.
        lowest: Lowest score admitted; the cut lies half a step below it.
        highest: Highest score admitted; the cut lies half a step above it.
        step: Distance between neighbouring scores.

    Returns:
        Mean and standard deviation, points.

    Raises:
        ScenarioError: No normal distribution cut there has such a mean and spread.

    Examples:
        >>> from alliance_sim import referred
        >>> mean, sd = referred(24.3, 5.98, lowest=10, highest=40)
        >>> round(mean, 2), round(sd, 2)
        (24.22, 6.3)
    """
    low, high = lowest - 0.5 * step, highest + 0.5 * step
    if low < mean < high:
        bounds = ([mean - REACH * sd, 0.3 * sd], [mean + REACH * sd, WIDEST * sd])
        found = least_squares(_off, [mean, sd], bounds=bounds, args=(mean, sd, low, high))
        if np.abs(found.fun).max() < CLOSE:
            return round(float(found.x[0]), PLACES), round(float(found.x[1]), PLACES)
    raise ScenarioError(
        f"no population has patients.entry.mean={mean:g} and patients.entry.sd={sd:g} when scores from {lowest:g} to "
        f"{highest:g} are admitted; type a smaller patients.entry.sd or a lower protocol.entry.lowest."
    )


def _off(whole: Array, mean: float, sd: float, low: float, high: float) -> Array:
    return np.subtract(cut(float(whole[0]), float(whole[1]), low, high), (mean, sd))


def cut(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    """Mean and standard deviation of a normal distribution cut to [low, high]."""
    ends = (np.array([low, high]) - mean) / sd
    inside = np.diff(0.5 * (1.0 + erf(ends / math.sqrt(2.0))))[0]
    density = np.exp(-0.5 * ends**2) / math.sqrt(2.0 * math.pi)
    if inside < 1e-12:
        return mean, sd
    shift = (density[0] - density[1]) / inside
    spread = 1.0 + (ends[0] * density[0] - ends[1] * density[1]) / inside - shift**2
    return mean + sd * shift, sd * math.sqrt(max(spread, 0.0))
