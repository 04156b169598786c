"""What an arm's or a point's outcomes are, how they differ, and what a median split would have shown.

The replicate is the unit: patients share clinicians and a trial's noise, replicates share nothing. Points of a
design, arms among them, share every draw they can, so differences are paired by replicate. Frames name points by
a column `arm` (names) or `point` (numbers).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from alliance_sim.analysis.cost import hours_per_response
from alliance_sim.analysis.monte_carlo import UPPER, averaged, known, margin as margin
from alliance_sim.analysis.running import (
    COHENS_D,
    HEADLINES,
    MEASURES as MEASURES,
    NAMES,
    PAIRED,
    Kind,
    Label,
    Pair as Pair,
    Running,
)

MANY_POINTS = 100_000  # above it a table of all points holds the measures that findings begin with


def mean_and_error(values: pd.Series) -> tuple[float, float]:
    """Mean over replicates and its Monte Carlo standard error; NaN replicates are left out."""
    kept = values.dropna()
    error = float(kept.std(ddof=1) / np.sqrt(len(kept))) if len(kept) > 1 else float("nan")
    return float(kept.mean()) if len(kept) else float("nan"), error


def _estimate(values: pd.Series) -> tuple[float, float, int]:
    """Mean over replicates, its Monte Carlo standard error as far as it is known, and how many replicates there are."""
    mean, error = mean_and_error(values)
    count = int(values.count())
    return mean, float(known(error, count)), count


def key(frame: pd.DataFrame) -> str:
    """Name of the column that says which point a row is of."""
    return "arm" if "arm" in frame else "point"


def taken(
    trials: pd.DataFrame,
    pairs: Sequence[Pair] = (),
    alike: Sequence[bool] = (),
    kinds: Mapping[Label, Kind] | None = None,
) -> Running:
    """Take in whole trials at once, points in the order of the frame; the rest is as `Running` takes it."""
    named = trials[key(trials)]
    if isinstance(named.dtype, pd.CategoricalDtype):
        labels: list[Label] = [str(name) for name in named.cat.categories if (named == name).any()]
    else:
        labels = named.unique().tolist()
    found = Running(labels, pairs, alike=alike, kinds=kinds)
    found.add(trials)
    return found


def by_arm(trials: pd.DataFrame | Running) -> pd.DataFrame:
    """Estimate every measure in every arm or at every point.

    Args:
        trials: One row a point and replicate, failed ones without values; or what was taken in of them.

    Returns:
        Columns arm or point, measure, estimate, mcse (Monte Carlo standard error), lower and upper (95 % Monte Carlo
        interval), replicates; points of which nothing is there are left out. Of more than `MANY_POINTS` points only
        `HEADLINES`: all measures of a million points are 25 million rows.
    """
    found = trials if isinstance(trials, Running) else taken(trials)
    held = np.flatnonzero(found.each.count.any(axis=1))
    names = np.array(found.labels, dtype=object if found.name == "arm" else np.int64)[held]
    measures, places = _measures(len(held))
    some = np.ix_(held, places)
    means, errors, counts = (part[some].ravel() for part in (found.each.means, found.each.error, found.each.count))
    wide = margin(errors, counts)
    return pd.DataFrame(
        {
            found.name: names.repeat(len(measures)),
            "measure": measures * len(held),
            "estimate": means,
            "mcse": errors,
            "lower": means - wide,
            "upper": means + wide,
            "replicates": counts.astype(np.int64),
        },
        copy=False,  # of a million points it is large
    )


def contrasts(trials: pd.DataFrame | Running, pairs: Sequence[Pair] = ()) -> pd.DataFrame:
    """Estimate differences between points, paired by replicate.

    Args:
        trials: One row a point and replicate; or what was taken in of them, with its own pairs.
        pairs: (point, comparator): names of arms, or numbers.

    Returns:
        Columns arm or point, versus, measure, difference, mcse, lower and upper (95 % Monte Carlo interval),
        variance_reduction (variance of the difference with independent draws over that with common
        random numbers), replicates.
    """
    found = trials if isinstance(trials, Running) else taken(trials, pairs)
    shown = _shown(found)
    measures, places = _measures(len(shown))
    some = np.ix_(shown, places)
    difference, error = found.between.means[some].T, found.between.error[some].T
    paired, apart = found.between.variance[some].T, (found.first.variance + found.second.variance)[some].T
    gain = np.divide(apart, paired, out=np.full(paired.shape, np.nan), where=paired > 0)
    counts = found.between.count[some].T
    wide = margin(error, counts)
    return _named(
        found,
        shown,
        measure=np.repeat(measures, len(shown)),
        difference=difference.ravel(),
        mcse=error.ravel(),
        lower=(difference - wide).ravel(),
        upper=(difference + wide).ravel(),
        variance_reduction=gain.ravel(),
        replicates=counts.ravel().astype(np.int64),
    )


def effect_sizes(trials: pd.DataFrame | Running, pairs: Sequence[Pair] = ()) -> pd.DataFrame:
    """Cohen's d of the primary change, number needed to treat and clinician hours for one more response.

    Returns:
        Columns arm or point, versus, d, d_mcse, nnt, nnt_mcse, hours, hours_mcse, replicates. Negative d: severity fell
        more than in the comparator. NNT is one over the difference in response, its error by the delta method; negative
        means harm. Hours are NaN where they are not known (`cost.hours_per_response`).
    """
    found = trials if isinstance(trials, Running) else taken(trials, pairs)
    d, response = PAIRED.index(COHENS_D), PAIRED.index("response")
    shown = _shown(found)
    means, errors = found.between.means[shown], found.between.error[shown]
    risk, risk_error = means[:, response], errors[:, response]
    nnt = np.divide(1, risk, out=np.full(len(risk), np.inf), where=risk != 0)
    with np.errstate(invalid="ignore"):  # no difference at all: its error is not known
        nnt_error = risk_error * nnt**2
    counts = found.between.count[shown, d].astype(np.int64)
    hours, hours_error = (part[shown] for part in hours_per_response(found.between))
    sizes = {"d": means[:, d], "d_mcse": errors[:, d], "nnt": nnt, "nnt_mcse": nnt_error}
    return _named(found, shown, **sizes, hours=hours, hours_mcse=hours_error, replicates=counts)


def _measures(points: int) -> tuple[list[str], list[int]]:
    """The measures of a table of so many points, and their places in `NAMES`."""
    measures = NAMES if points <= MANY_POINTS else list(HEADLINES)
    return measures, [NAMES.index(name) for name in measures]


def _shown(found: Running) -> np.ndarray:
    """Places of the pairs of which trials are there."""
    return np.flatnonzero(found.between.count.any(axis=1))


def _named(found: Running, shown: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    """A frame of columns whose rows run over the pairs shown, as often as they do."""
    times = len(next(iter(columns.values()))) // max(1, len(shown))
    pairs = [found.pairs[place] for place in shown] * times
    ends = {name: [pair[side] for pair in pairs] for side, name in enumerate((found.name, "versus"))}
    return pd.DataFrame({**ends, **columns})


def main_effects(found: Running) -> pd.DataFrame:
    """How far the primary change's mean moves between two levels of each key: the two that are farthest apart.

    Numbers, words and lists are compared alike; a key that varies continuously is cut into groups of points. A hint, no
    index: other keys vary within each level. Paired by replicate; the error is that of the draws, with the points as
    they are. The interval allows for having picked the two levels (Bonferroni, over all pairs of levels).

    Args:
        found: What was taken in, with levels.

    Returns:
        Columns key, level and versus (places of the two levels), difference (later less earlier level), mcse, lower,
        upper, replicates; the largest first.
    """
    rows = []
    for name, means in found.level_means().items():
        whole = averaged(means.T).estimate
        if np.isnan(whole).all():
            continue
        one, two = sorted((int(np.nanargmin(whole)), int(np.nanargmax(whole))))
        mean, error, count = _estimate(pd.Series(means[two] - means[one]))
        wide = _picked(error, count, len(means))
        rows.append((name, two, one, mean, error, mean - wide, mean + wide, count))
    columns = ["key", "level", "versus", "difference", "mcse", "lower", "upper", "replicates"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("difference", key=abs, ascending=False, ignore_index=True)


def _picked(error: float, count: int, several: int) -> float:
    """Half the width of Student's 95 % interval of the difference between two picked ones of several means."""
    pairs = max(1, several * (several - 1) // 2)
    return float(stdtrit(count - 1, 1 - (1 - UPPER) / pairs)) * error if count > 1 else float("nan")


SPLIT = ("change", "wellbeing_change")


def split_halves(patients: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Mean outcomes of the halves below and above the median early WAI-SR, in each replicate.

    Returns:
        One row a replicate; columns (measure, half) with half low or high. Patients at the median count as low.
    """
    own = patients[(patients["arm"].astype(str) == arm) & patients["wai_early"].notna()]
    middle = own.groupby("replicate")["wai_early"].transform("median")
    half = np.where(own["wai_early"] > middle, "high", "low")
    means = own.groupby([own["replicate"], half])[list(SPLIT)].mean().unstack()
    assert isinstance(means, pd.DataFrame)  # two levels were there before one was unstacked
    return means


def median_split(patients: pd.DataFrame, arm: str) -> pd.DataFrame:
    """What a study without randomised clinicians would report: one arm split at the median early WAI-SR.

    The difference mixes what the bond does with what made the bond: attachment and above all fit differ between
    the halves.

    Args:
        patients: One row a patient.
        arm: Whose patients.

    Returns:
        Columns measure (change, wellbeing_change), half (low, high, difference), estimate, mcse, replicates.
    """
    return split_estimates(split_halves(patients, arm))


def split_estimates(means: pd.DataFrame) -> pd.DataFrame:
    """Estimates of `split_halves`, of all replicates together; columns as in `median_split`."""
    rows = []
    for measure in SPLIT:
        if not {(measure, "low"), (measure, "high")} <= set(means.columns):
            continue
        low, high = means[measure, "low"], means[measure, "high"]
        for name, values in (("low", low), ("high", high), ("difference", high - low)):
            rows.append((measure, name, *_estimate(values)))
    return pd.DataFrame(rows, columns=["measure", "half", "estimate", "mcse", "replicates"])
