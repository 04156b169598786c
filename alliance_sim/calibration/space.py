"""Which numbers are calibrated, and what was believed of each before: priors, as one standard normal a number."""

import functools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from alliance_sim.model.registry import CALIBRATED, Parameter, parameters
from alliance_sim.study.posterior import OF, SPREAD, dotted
from alliance_sim.world.scenario import Scenario, load_patients

Array = np.ndarray[Any, np.dtype[Any]]
NORMAL = re.compile(r"normal\((-?[\d.]+), ([\d.]+)\)")
# Numbers of a patient population belong to one condition, which stands before the key.
OF_CONDITION = {
    "patients.severity_mean": ("depression", "ptsd"),
    "patients.severity_spread": ("depression", "ptsd"),
    "patients.symptom_volatility": ("ptsd",),
}
EDGE = 1e-12  # of the prior's probability: keeps quantiles finite


class Calibrated(NamedTuple):
    """One calibrated number."""

    row: Parameter
    mean: float
    sd: float
    condition: str = ""

    @property
    def key(self) -> str:
        """Its dotted key, with the condition before it if it has one: `ptsd:patients.symptom_volatility`."""
        return f"{self.condition}{OF}{self.row.key}" if self.condition else self.row.key

    @property
    def default(self) -> float:
        """Its present value in the registry, or in the file of its patient population."""
        if not self.condition:
            return float(self.row.default)
        return float(getattr(load_patients(self.condition), self.row.key.removeprefix("patients.")))

    @property
    def bounds(self) -> tuple[float, float]:
        """Probability of the uncut prior below the range's two ends."""
        low, high = ndtr((np.array([self.row.lower, self.row.upper]) - self.mean) / self.sd)
        return float(low), float(high)


@functools.cache
def calibrated() -> tuple[Calibrated, ...]:
    """All calibrated numbers, in the order of the registry.

    Raises:
        ValueError: A calibrated number has no normal prior.
    """
    made = []
    for row in parameters(Scenario()):
        if not row.source.startswith(CALIBRATED) or row.key in SPREAD[1:]:
            continue
        found = NORMAL.fullmatch(row.prior)
        if found is None:
            raise ValueError(f"{row.key} is calibrated and has the prior {row.prior!r}; give it normal(mean, sd).")
        for condition in OF_CONDITION.get(row.key, ("",)):
            made.append(Calibrated(row, float(found[1]), float(found[2]), condition))
    return tuple(made)


def names() -> list[str]:
    """Keys of the calibrated numbers."""
    return [one.key for one in calibrated()]


def defaults() -> Array:
    """The registry's present values, as standard normals."""
    made: Array = to_normal(np.array([one.default for one in calibrated()])[None])[0]
    return made


def to_values(normals: Array) -> Array:
    """From standard normals to numbers of the model, so that the prior is uncorrelated standard normal.

    Args:
        normals: Shape (points, numbers).
    """
    made = np.empty_like(normals)
    for place, one in enumerate(calibrated()):
        low, high = one.bounds
        share = np.clip(low + ndtr(normals[:, place]) * (high - low), low + EDGE, high - EDGE)
        made[:, place] = np.clip(one.mean + one.sd * ndtri(share), one.row.lower, one.row.upper)
    return made


def to_normal(values: Array) -> Array:
    """Undo `to_values`."""
    made = np.empty_like(values)
    for place, one in enumerate(calibrated()):
        low, high = one.bounds
        share = (ndtr((values[:, place] - one.mean) / one.sd) - low) / (high - low)
        made[:, place] = ndtri(np.clip(share, EDGE, 1 - EDGE))
    return made


def points(values: Array) -> list[dict[str, float]]:
    """Numbers of the model as dotted keys, a dictionary a row; what is one number for all behaviours sets each."""
    keys = names()
    return [dotted(dict(zip(keys, row, strict=True))) for row in values]


def summary(values: Array, weights: Array) -> tuple[Array, Array]:
    """Weighted mean and standard deviation of each number."""
    mean = weights @ values
    return mean, np.sqrt(weights @ (values - mean) ** 2)


def as_points(normals: Array) -> Sequence[dict[str, float]]:
    """Standard normals as dotted keys."""
    return points(to_values(normals))
