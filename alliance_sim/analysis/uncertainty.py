"""What is not known of the parameters, beside Monte Carlo error: answers of a study run over draws of the posterior.

Every arm or point is run at every draw of the posterior, all with the same patients and random numbers. The estimate of
an arm is the mean over draws; its Monte Carlo error is that of the mean over draws in each replicate, as draws share
their noise. The spread between draws, less what noise adds to it, is what the evidence leaves open of the parameters.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import by_arm, contrasts, effect_sizes, taken
from alliance_sim.analysis.running import NAMES, Label, Moments, Pair, Running

ENDS = (0.025, 0.975)  # of the interval between draws
Members = Mapping[Label | Pair, np.ndarray]  # places of the draws of an arm or point, or of a pair
UNKNOWN = ("parameter_sd", "parameter_lower", "parameter_upper")


def groups(design: pd.DataFrame) -> dict[Label, np.ndarray]:
    """Which points are draws of which arm or point of the design that was asked for."""
    return {label: (design["of"] == label).to_numpy().astype(np.int64) for label in design["of"].unique().tolist()}


def pairs(design: pd.DataFrame, compared: Sequence[Pair]) -> list[Pair]:
    """Pairs of points of the same draw, for pairs of what was asked for; draw after draw for each pair."""
    ends = zip(design["of"].tolist(), design["draw"].tolist(), design["point"].tolist(), strict=True)
    place: dict[tuple[Label, int], Label] = {(of, draw): point for of, draw, point in ends}
    draws = design["draw"].unique().tolist()
    return [(place[one, draw], place[two, draw]) for one, two in compared for draw in draws]


class Averaged:
    """Answers of what was asked for, taken over draws."""

    def __init__(self, found: Running, compared: Sequence[Pair]) -> None:
        """Take what is there.

        Args:
            found: Moments of every point, with `groups` and `pairs` of this module.
            compared: Pairs of what was asked for, in the order of `pairs`.
        """
        self._found = found
        alike = found.alike.reshape(len(compared), -1).all(axis=1).tolist() if compared else []
        first = {label: found.labels[int(own.argmax())] for label, own in found.groups.items()}
        kinds = {label: found.kinds[point] for label, point in first.items() if found.kinds}
        self.mean = taken(found.group_trials(), compared, alike, kinds)

    def by_arm(self) -> pd.DataFrame:
        """As `estimates.by_arm`, with spread and 95 % interval between draws."""
        frame = by_arm(self.mean)
        members: Members = {label: np.flatnonzero(own) for label, own in self._found.groups.items()}
        return _with_spread(frame, self.mean.name, None, members, self._found.each)

    def contrasts(self) -> pd.DataFrame:
        """As `estimates.contrasts`, with spread and 95 % interval between draws."""
        frame = contrasts(self.mean)
        draws = len(self._found.pairs) // max(1, len(self.mean.pairs))
        members: Members = {
            pair: np.arange(place * draws, (place + 1) * draws) for place, pair in enumerate(self.mean.pairs)
        }
        return _with_spread(frame, self.mean.name, "versus", members, self._found.between)

    def effect_sizes(self) -> pd.DataFrame:
        """As `estimates.effect_sizes`, of the means over draws."""
        return effect_sizes(self.mean)


def _with_spread(
    frame: pd.DataFrame, name: str, versus: str | None, members: Members, moments: Moments
) -> pd.DataFrame:
    """Add what draws leave open to each row."""
    made = []
    for row in frame.to_dict("records"):
        own = members[row[name] if versus is None else (row[name], row[versus])]
        column = NAMES.index(row["measure"])
        made.append(spread(moments.means[own, column], moments.spread[own, column], row["mcse"]))
    return frame.assign(**pd.DataFrame(made, columns=list(UNKNOWN), index=frame.index))


def spread(means: np.ndarray, errors: np.ndarray, common: float) -> tuple[float, float, float]:
    """Standard deviation and 95 % interval between draws, without what noise adds.

    Args:
        means: The estimate at each draw.
        errors: Its Monte Carlo error at each draw, of noise that all draws share and noise of its own.
        common: Monte Carlo error of the mean over draws: of the noise that they share.

    Returns:
        Standard deviation, lower and upper end; NaN below two draws. Draws are pulled to their mean by as much as the
        noise of their own spreads them.
    """
    kept = np.isfinite(means)
    if kept.sum() < 2:
        return (float("nan"),) * 3
    means = means[kept]
    seen = means.var(ddof=1)
    own = max(0.0, float(np.nanmean(errors[kept] ** 2)) - common**2) if np.isfinite(common) else 0.0
    left = max(0.0, seen - own)
    shrunk = means.mean() + (means - means.mean()) * (np.sqrt(left / seen) if seen > 0 else 0.0)
    low, high = np.quantile(shrunk, ENDS)
    return float(np.sqrt(left)), float(low), float(high)
