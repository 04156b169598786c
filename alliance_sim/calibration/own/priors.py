"""What is believed of the fitted keys before the data: the registry's priors, as one standard normal a key."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from alliance_sim.calibration.space import EDGE, NORMAL
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import hint
from alliance_sim.model.registry import known_keys, parameters, quantity
from alliance_sim.study.point_worlds import is_plain
from alliance_sim.world.configuration import unknown
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
MOST_KEYS = 6
EXAMPLE = "over='[clinicians.empathy.mean, parameters.bond.rate]'"
INSIDE = (0.05, 0.95)  # ends of the 90 % intervals that are shown


class Prior(NamedTuple):
    """The prior of one key: normal where it has mean and SD, else uniform; cut to a range.

    Attributes:
        key: Dotted key.
        lower: Lower end of the range, in the key's unit.
        upper: Its upper end.
        mean: Of the normal distribution, before the cut; NaN where it is uniform.
        sd: Likewise.
        unit: The key's unit.
        meaning: What it is, in a sentence.
        narrowed: The range is narrower than the registry's.
    """

    key: str
    lower: float
    upper: float
    mean: float
    sd: float
    unit: str
    meaning: str
    narrowed: bool

    @property
    def assumed(self) -> bool:
        """The registry has no prior: every value of the range is as likely as any other, which is an assumption."""
        return bool(np.isnan(self.sd))

    @property
    def text(self) -> str:
        """The prior in words."""
        ends = f"{self.lower:g} to {self.upper:g}"
        return f"uniform, {ends}" if self.assumed else f"normal({self.mean:g}, {self.sd:g}), {ends}"

    def values(self, normals: Array) -> Array:
        """From standard normals to values of the key."""
        if self.assumed:
            return np.clip(self.lower + ndtr(normals) * (self.upper - self.lower), self.lower, self.upper)
        low, high = self._bounds
        share = np.clip(low + ndtr(normals) * (high - low), low + EDGE * (high - low), high - EDGE * (high - low))
        return np.clip(self.mean + self.sd * ndtri(share), self.lower, self.upper)

    @property
    def _bounds(self) -> tuple[float, float]:
        """Probability of the uncut prior below the range's two ends."""
        low, high = ndtr((np.array([self.lower, self.upper]) - self.mean) / self.sd)
        return float(low), float(high)

    @property
    def interval(self) -> tuple[float, float]:
        """Its 90 % interval."""
        low, high = self.values(ndtri(np.array(INSIDE)))
        return float(low), float(high)


def priors(base: Scenario, over: Sequence[str], ranges: Mapping[str, Sequence[float]]) -> tuple[Prior, ...]:
    """The priors of some keys.

    Args:
        base: The world whose keys they are.
        over: Dotted keys.
        ranges: Lowest and highest value of some of them, where the registry's range is too wide.

    Raises:
        ScenarioError: A key is unknown, none that can be fitted or there twice, there are none or too many, or a range
            is none.
    """
    if not over:
        raise ScenarioError(f"fit needs the keys to be fitted; name up to {MOST_KEYS}, such as {EXAMPLE}.")
    twice = next((key for place, key in enumerate(over) if key in over[:place]), "")
    if twice:
        raise ScenarioError(f"over names {twice} twice; name each key once.")
    if len(over) > MOST_KEYS:
        raise ScenarioError(f"over names {len(over)} keys, and fit takes at most {MOST_KEYS}; leave some out.")
    strange = next((key for key in ranges if key not in over), "")
    if strange:
        raise ScenarioError(f"fit.ranges sets {strange}, which over does not name; choose among: {', '.join(over)}.")
    rows, known = {row.key: row for row in parameters(base)}, known_keys(base)
    made = []
    for key in over:
        if key not in known:
            raise ScenarioError(unknown(key, known))
        if key not in rows or not is_plain(key) or quantity(hint(Scenario, key)) is None or not _is_real(key):
            raise ScenarioError(
                f"{key} is no number that can be fitted; choose numbers of clinicians, patients or parameters that are "
                f"neither counts nor part of the design, such as {EXAMPLE}."
            )
        row = rows[key]
        lower, upper = _range(key, ranges.get(key, (row.lower, row.upper)), row.lower, row.upper)
        found = NORMAL.fullmatch(row.prior)
        mean, sd = (float(found[1]), float(found[2])) if found else (np.nan, np.nan)
        own = Prior(key, lower, upper, mean, sd, row.unit, row.meaning, (lower, upper) != (row.lower, row.upper))
        if not own.assumed and np.diff(own._bounds)[0] < LEAST_SHARE:
            raise ScenarioError(
                f"fit.ranges gives {key} {lower:g} to {upper:g}, where its prior {row.prior} has next to nothing; "
                f"type a range nearer to it."
            )
        made.append(own)
    return tuple(made)


LEAST_SHARE = 1e-4  # of a prior, that a narrowed range must hold


def _is_real(key: str) -> bool:
    """True for a key that takes any number, not whole ones alone."""
    from alliance_sim.model.configurable import bare

    return bare(hint(Scenario, key)) is float


def _range(key: str, given: Sequence[float], lowest: float, highest: float) -> tuple[float, float]:
    """A range as it was typed, or the registry's.

    Raises:
        ScenarioError: It is no range, or goes beyond the key's own.
    """
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        low, high = np.nan, np.nan
    if not lowest <= low < high <= highest:
        raise ScenarioError(
            f"fit.ranges gives {key} {re.sub(r'[()]', '', str(given))[:60]}, which is no range inside "
            f"[{lowest:g}, {highest:g}]; type two numbers in it, lowest first, such as [{lowest:g}, {highest:g}]."
        )
    return low, high
