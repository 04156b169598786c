"""Answers that grow with a study: moments of every measure, point by point and pair by pair, trial by trial.

Memory grows with points, pairs and the replicates of comparators, never with trials. The replicate is the unit, as
in `estimates`, whose functions read their answers from here.
"""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import Array, equal, known

Label = int | str
Pair = tuple[Label, Label]

MEASURES = {
    "change": "primary score change",
    "change_sd": "SD of that change",
    "change_q10": "10th percentile of that change",
    "change_q50": "median of that change",
    "change_q90": "90th percentile of that change",
    "response": "response",
    "remission": "remission",
    "dropout": "dropout",
    "adverse": "adverse event",
    "wellbeing_change": "wellbeing change",
    "wai_early": "WAI-SR before dosing",
    "wai_final": "WAI-SR at the end",
    "ebi": "EBI",
    "meq30": "MEQ30",
    "ceq": "CEQ",
    "ruptures": "ruptures a patient",
    "clinician_hours": "clinician hours a patient",
}
NAMES = list(MEASURES)
HEADLINE = "change"  # the measure that findings begin with, and those that are shown of each of many points:
HEADLINES = (HEADLINE, "response", "dropout", "wai_final")
COHENS_D = "cohens_d"
TOGETHER = "hours and response"  # sum of both differences: its variance says how they vary together
IN_POINTS = ("change", "change_sd", "change_q10", "change_q50", "change_q90")  # measures in points of the primary scale
STANDARDISED = "standardised_change"  # mean change over its SD over patients: a number without a scale
PAIRED = [*NAMES, COHENS_D, TOGETHER, STANDARDISED]
CHANGE, SPREAD = NAMES.index("change"), NAMES.index("change_sd")
RESPONSE, HOURS = NAMES.index("response"), NAMES.index("clinician_hours")
NOT_ACROSS = [PAIRED.index(name) for name in (*IN_POINTS, COHENS_D)]  # not compared across scales
OF_CHANGE = [PAIRED.index(name) for name in ("response", "remission", COHENS_D)]  # equal where changes are
OF_SESSIONS = [NAMES.index(name) for name in ("dropout", "adverse", "ruptures", "clinician_hours")]  # of those who meet
MET = [NAMES.index(name) for name in ("wai_early", "wai_final")]  # rated by those who meet


class Kind(NamedTuple):
    """On which scale a world's patients are measured, for what they are treated, and what makes and admits them."""

    scale: str
    condition: str
    people: tuple[Hashable, ...] = ()

    @property
    def patients(self) -> tuple[Hashable, ...]:
        """Equal for worlds that admit the same patients."""
        return self.condition, self.people


class Moments:
    """Count, mean and sum of squared deviations of columns, row by row; NaN is left out."""

    def __init__(self, rows: int, columns: int) -> None:
        """Begin with nothing."""
        self.count, self.mean, self.squares = np.zeros((3, rows, columns))
        self.exact = np.zeros((rows, columns), dtype=bool)  # without error by construction

    def add(self, rows: Array, values: Array) -> None:
        """Add values of shape (rows, some, columns) to these rows, each named once (Chan et al. 1983)."""
        given = ~np.isnan(values)
        count = given.sum(axis=1)
        here = np.maximum(count, 1)
        mean = np.where(given, values, 0.0).sum(axis=1) / here
        squares = np.where(given, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
        before, total = self.count[rows], np.maximum(self.count[rows] + count, 1)
        step = mean - self.mean[rows]
        self.squares[rows] += squares + step**2 * before * count / total
        self.mean[rows] += step * count / total
        self.count[rows] = before + count

    def column(self, place: int) -> "Moments":
        """The moments of one column alone."""
        made = Moments(0, 1)
        parts = (part[:, [place]] for part in (self.count, self.mean, self.squares, self.exact))
        made.count, made.mean, made.squares, made.exact = parts
        return made

    @property
    def means(self) -> Array:
        """Mean of what was given; NaN where nothing was."""
        return np.where(self.count > 0, self.mean, np.nan)

    @property
    def variance(self) -> Array:
        """Variance with one degree of freedom less; NaN below two values."""
        return np.where(self.count > 1, self.squares / np.maximum(self.count - 1, 1), np.nan)

    @property
    def spread(self) -> Array:
        """Standard error of the mean as the values spread; NaN below two values."""
        return np.sqrt(self.variance / np.maximum(self.count, 1))

    @property
    def error(self) -> Array:
        """Monte Carlo standard error of the mean; NaN where it is not `known`."""
        return known(self.spread, self.count, self.exact & (self.count > 0))


class Trials(NamedTuple):
    """Trials of some points in some replicates."""

    points: Array  # places
    replicates: Array
    values: Array  # (points, replicates, measures); NaN where a trial failed or is not there


def arranged(trials: pd.DataFrame, name: str, places: pd.Index) -> Trials:
    """Trials as arrays.

    Args:
        trials: One row a point and replicate, each once.
        name: The column that says which point a row is of: `arm` or `point`.
        places: The points by their place.
    """
    column = trials[name]
    codes = places.get_indexer(pd.Index(column.astype(str) if name == "arm" else column))
    points, rows = np.unique(codes, return_inverse=True)
    replicates, columns = np.unique(trials["replicate"].to_numpy(), return_inverse=True)
    values = np.full((len(points), len(replicates), len(NAMES)), np.nan)
    values[rows, columns] = trials[NAMES].to_numpy(dtype=np.float64)
    return Trials(points, replicates, values)


class Sums:
    """Means over groups of points, replicate by replicate."""

    def __init__(self, members: Array, columns: Sequence[int]) -> None:
        """Begin with nothing.

        Args:
            members: Which points a group holds, shape (groups, points), 1 or 0.
            columns: Which of `NAMES` to keep, by place.
        """
        self._members, self._columns = np.asarray(members, dtype=bool), list(columns)
        self._sum, self._count = np.zeros((2, len(members), 0, len(self._columns)))

    def add(self, came: Trials) -> None:
        """Add trials to the groups their points are in."""
        needed = int(came.replicates.max()) + 1 - self._sum.shape[1]
        if needed > 0:
            more = np.zeros((len(self._members), needed, len(self._columns)))
            self._sum, self._count = (np.concatenate([part, more], axis=1) for part in (self._sum, self._count))
        values = came.values[..., self._columns]
        given = ~np.isnan(values)
        own = self._members[:, came.points].astype(np.float64)
        for held, part in ((self._sum, np.where(given, values, 0.0)), (self._count, given.astype(np.float64))):
            held[:, came.replicates] += np.tensordot(own, part, axes=1)

    def means(self, whole: bool) -> Array:
        """Shape (groups, replicates, columns); NaN where nothing is there; if `whole`, where anything is missing."""
        least = self._members.sum(axis=1)[:, None, None] if whole else 1
        made: Array = np.divide(
            self._sum, self._count, out=np.full(self._sum.shape, np.nan), where=self._count >= np.maximum(least, 1)
        )
        return made


class Running:
    """Moments of every point and of every pair, as trials come in."""

    def __init__(
        self,
        labels: Sequence[Label],
        pairs: Sequence[Pair] = (),
        levels: Mapping[str, Array] | None = None,
        groups: Mapping[Label, Array] | None = None,
        alike: Sequence[bool] = (),
        kinds: Mapping[Label, Kind] | None = None,
    ) -> None:
        """Say what is to be answered.

        Args:
            labels: The points: names of arms, or numbers.
            pairs: Which of them are compared (point, comparator) by replicate.
            levels: For each key of a design which points have which of its levels, shape (levels, points), 1 or 0.
            groups: Points to take means over, replicate by replicate: for each name which points (1 or 0).
            alike: For each pair whether its worlds are one and the same; no two are unless given.
            kinds: On which scale each point is measured, and whom it treats; all alike unless given. Points of two
                scales have no difference in points of a scale; what treats two conditions is not `paired`.
        """
        self.labels, self.pairs = list(labels), list(pairs)
        self._places = pd.Index(self.labels)
        self.name = "arm" if self.labels and isinstance(self.labels[0], str) else "point"
        self._levels = {key: len(members) for key, members in (levels or {}).items()}
        self._sums = Sums(np.concatenate([np.empty((0, len(self.labels))), *(levels or {}).values()]), [CHANGE])
        self.groups = dict(groups or {})
        self._means = Sums(np.array([*self.groups.values()]).reshape(-1, len(self.labels)), range(len(NAMES)))
        self._each = Moments(len(self.labels), len(NAMES))
        self.standardised = Moments(len(self.labels), 1)  # change of every point
        self._between = Moments(len(self.pairs), len(PAIRED))
        self.first, self.second = (Moments(len(self.pairs), len(PAIRED)) for _ in range(2))
        self.alike = np.array(alike or [False] * len(self.pairs), dtype=bool)
        self.kinds = dict(kinds or {})
        self.across, self.paired = np.zeros(len(self.pairs), dtype=bool), np.ones(len(self.pairs), dtype=bool)
        for place, pair in enumerate(self.pairs if self.kinds else ()):
            own, other = self.kinds[pair[0]], self.kinds[pair[1]]
            self.across[place], self.paired[place] = own.scale != other.scale, own.condition == other.condition
        one, two = (self._places.get_indexer(pd.Index([pair[side] for pair in self.pairs])) for side in (0, 1))
        self._ends: tuple[Array, Array] = one, two
        # For each comparator: which pair a point makes with it, -1 for none, and its own trials so far.
        self._numbers = {int(place): np.full(len(self.labels), -1) for place in set(two)}
        for number, (point, comparator) in enumerate(zip(one, two, strict=True)):
            self._numbers[int(comparator)][point] = number
        self._known = {place: np.zeros((0, len(NAMES))) for place in self._numbers}
        self._there = {place: np.zeros(0, dtype=bool) for place in self._numbers}
        self._later: dict[int, list[Trials]] = {place: [] for place in self._numbers}

    def add(self, trials: pd.DataFrame) -> None:
        """Take in trials, one row a point and replicate; each is taken in once, failed ones count as missing."""
        if len(trials) == 0:
            return
        came = arranged(trials, self.name, self._places)
        self._each.add(came.points, came.values)
        self.standardised.add(came.points, _standardised(came.values)[..., None])
        for sums, used in ((self._sums, self._levels), (self._means, self.groups)):
            if used:
                sums.add(came)
        for comparator, numbers in self._numbers.items():
            (row,) = np.nonzero(came.points == comparator)
            if row.size:
                self._remember(comparator, came.replicates, came.values[row[0]])
                waiting, self._later[comparator] = self._later[comparator], []
                for part in waiting:
                    self._compare(comparator, part)
            (own,) = np.nonzero(numbers[came.points] >= 0)
            if own.size:
                self._compare(comparator, Trials(came.points[own], came.replicates, came.values[own]))

    @property
    def each(self) -> Moments:
        """Moments of every point. Who meets nobody has no rupture, adverse event, dropout or hour: these are exact."""
        nobody = (self._each.count[:, MET] == 0).all(axis=1) & (self._each.count[:, CHANGE] > 0)
        self._each.exact[np.ix_(nobody, OF_SESSIONS)] = True
        return self._each

    @property
    def between(self) -> Moments:
        """Moments of every pair's differences.

        Exact are those between worlds that are the same, of events that neither can have, and those that are `equal` in
        all replicates while the measure itself varies. Counts of events may agree so often by chance and are left out,
        unless they are made of scores that do not differ. What is not `paired` varies as two independent means do.
        """
        held, one, two = self._between, *self._ends
        zero = equal(np.abs(held.mean) + held.squares, held.count)
        exact = zero.copy()
        exact[:, : len(NAMES)] &= (self.first.squares > 0)[:, : len(NAMES)]
        exact[:, OF_CHANGE] = zero[:, OF_CHANGE] & exact[:, [CHANGE]]
        exact[:, OF_SESSIONS] = (self.each.exact[one] & self._each.exact[two])[:, OF_SESSIONS]
        held.exact = exact | self.alike[:, None]
        if self.paired.all():
            return held
        made, apart = copy(held), self.first.variance + self.second.variance
        other = ~self.paired[:, None] & np.isfinite(apart)
        made.squares = np.where(other, apart * np.maximum(held.count - 1, 0), held.squares)
        return made

    def level_means(self) -> dict[str, Array]:
        """For each key the mean change over the points of each level, shape (levels, replicates); NaN where unknown."""
        means = self._sums.means(whole=False)[..., 0]
        ends = np.cumsum([0, *self._levels.values()])
        return {key: means[first:last] for key, first, last in zip(self._levels, ends, ends[1:], strict=False)}

    def group_trials(self) -> pd.DataFrame:
        """Mean over each group's points, one row a group and replicate; NaN until all its points are there."""
        means = self._means.means(whole=True)
        rows = means.reshape(-1, len(NAMES))
        frame = pd.DataFrame(rows, columns=NAMES)
        frame.insert(0, "replicate", np.tile(np.arange(means.shape[1]), len(means)))
        names = pd.Series([*self.groups]).repeat(means.shape[1]).to_numpy()
        frame.insert(0, "arm" if all(isinstance(name, str) for name in self.groups) else "point", names)
        return frame

    def _remember(self, comparator: int, replicates: Array, values: Array) -> None:
        """Keep a comparator's trials."""
        held, there, needed = self._known[comparator], self._there[comparator], int(replicates.max()) + 1
        if needed > len(held):
            more = max(needed, 2 * len(held)) - len(held)
            held = np.concatenate([held, np.full((more, len(NAMES)), np.nan)])
            there = np.concatenate([there, np.zeros(more, dtype=bool)])
        held[replicates], there[replicates] = values, True
        self._known[comparator], self._there[comparator] = held, there

    def _compare(self, comparator: int, came: Trials) -> None:
        """Take in the pairs with a comparator's trials that are there; the others wait for them."""
        there = self._there[comparator]
        ready = came.replicates < len(there)
        ready[ready] = there[came.replicates[ready]]
        if not ready.all():
            self._later[comparator].append(Trials(came.points, came.replicates[~ready], came.values[:, ~ready]))
        if not ready.any():
            return
        one, two = came.values[:, ready], self._known[comparator][came.replicates[ready]][None]
        both = ~np.isnan(one) & ~np.isnan(two)
        one, two = np.where(both, one, np.nan), np.where(both, two, np.nan)
        spread = np.sqrt((one[..., SPREAD] ** 2 + two[..., SPREAD] ** 2) / 2)
        one, two = _with_further(one), _with_further(two)
        difference, d, together = one - two, PAIRED.index(COHENS_D), PAIRED.index(TOGETHER)
        np.divide(difference[..., CHANGE], spread, out=difference[..., d], where=spread > 0)
        difference[..., together] = difference[..., HOURS] + difference[..., RESPONSE]
        rows = self._numbers[comparator][came.points]
        across = np.ix_(self.across[rows], range(difference.shape[1]), NOT_ACROSS)
        difference[across] = np.nan
        self._between.add(rows, difference)
        self.first.add(rows, one)
        self.second.add(rows, two)


def _with_further(values: Array) -> Array:
    """Values in columns `NAMES` as `PAIRED`; Cohen's d, which is of two points, is NaN."""
    d, together = np.full(values.shape[:-1], np.nan), values[..., HOURS] + values[..., RESPONSE]
    return np.concatenate([values, np.stack([d, together, _standardised(values)], axis=-1)], axis=-1)


def _standardised(values: Array) -> Array:
    """Change over its standard deviation over patients, of values in columns `NAMES`; NaN where that is 0."""
    change, spread = values[..., CHANGE], values[..., SPREAD]
    made: Array = np.divide(change, spread, out=np.full(change.shape, np.nan), where=spread > 0)
    return made
