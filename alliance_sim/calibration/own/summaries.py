"""The same named summaries of one's own data and of simulated trials: one function for both, many worlds at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.own import names
from alliance_sim.calibration.own.data import BASELINE, FEWEST
from alliance_sim.calibration.own.layout import Scores
from alliance_sim.calibration.own.names import DROPOUT, INSTRUMENTS
from alliance_sim.calibration.own.schedule import COURSE, Measure
from alliance_sim.model.instruments import SymptomScale, remitted, responded

Array = np.ndarray[Any, np.dtype[Any]]
PAIRS = 10  # patients that a correlation is of, at least
STAFF = 3  # clinicians that a spread between them is of, at least
ALLIANCE = "wai_sr"
EARLY = "early"  # the occasion of the patient's last rating among the early sessions
MEAN, SD, CHANGE, CHANGE_SD = "mean", "SD", "mean change", "SD of change"
RESPONSE, REMISSION, SHARE = "response", "remission", "share"
CORRELATION, BETWEEN, DIFFERENCE = "correlation with change", "SD of change between clinicians", "difference in change"
FALLS = {f"fall of {share:.0%} or more".replace("%", " %"): share for share in (0.25, 0.5, 0.75)}
SHARES = (RESPONSE, REMISSION, SHARE, *FALLS)  # in [0, 1]

# What each summary is, in the words of pages, of the console and of docs/how-to/own-data.md.
DEFINITIONS = {
    MEAN: "Mean and SD: over the patients who have that score.",
    CHANGE: "Change: the score less the patient's own baseline, over patients who have both; a fall is negative.",
    RESPONSE: "Response: the score fell by at least the share of the baseline and the points of its scale's rule.",
    REMISSION: "Remission: the patient's score is at or below the scale's cut-off for remission.",
    SHARE: "Dropout: the share of patients who had left treatment.",
    next(iter(FALLS)): "Fall: the share of patients whose score fell by at least that part of their baseline.",
    CORRELATION: "Early alliance: a patient's last WAI-SR rating before the first dosing session (without dosing: of "
    "the first four sessions); the correlation is that over patients with the change.",
    BETWEEN: "SD between clinicians: how far clinicians' mean changes lie apart beyond what the spread among a "
    "clinician's own patients explains (one-way random effect, by moments); 0 where they do not.",
    DIFFERENCE: "Difference in change: mean change of one arm less that of the other.",
}


class Summary(NamedTuple):
    """A number that data and simulated trials both have."""

    arm: str
    instrument: str
    occasion: str
    statistic: str
    versus: str = ""  # the other arm of a difference
    patients: int = 0  # of the data, whom it is of

    @property
    def measure(self) -> Measure:
        """The scores that it is of."""
        return Measure(self.instrument, self.occasion)

    @property
    def unit(self) -> str:
        """Its unit; empty of what has none."""
        if self.statistic in SHARES or self.statistic == CORRELATION:
            return ""
        return "points"


def listed(observed: Mapping[str, Scores]) -> list[Summary]:
    """What data can be summarised by: nothing of fewer than `FEWEST` patients.

    Args:
        observed: The data by arm, each measure (patients,).
    """
    found: list[Summary] = []
    for arm, scores in observed.items():
        for measure, values in scores.values.items():
            found += _of_measure(arm, scores, measure, int(np.isfinite(values).sum()))
        found += _of_falls(arm, scores)
        found += _of_alliance(arm, scores)
        found += _between(arm, scores)
    return found + _differences(observed)


def _of_measure(arm: str, scores: Scores, measure: Measure, count: int) -> list[Summary]:
    if count < FEWEST:
        return []
    if measure.instrument == DROPOUT:
        return [Summary(arm, *measure, SHARE, patients=count)]
    made = [Summary(arm, *measure, name, patients=count) for name in (MEAN, SD)]
    both = _count(_change(scores, measure)) if _has_change(scores, measure) else 0
    if both >= FEWEST:
        kinds = [CHANGE, CHANGE_SD]
        if isinstance(INSTRUMENTS[measure.instrument], SymptomScale):
            kinds += [RESPONSE, REMISSION]
        made += [Summary(arm, *measure, name, patients=both) for name in kinds]
    return made


def _of_falls(arm: str, scores: Scores) -> list[Summary]:
    """How many patients fell how far by the end: the distribution, in shares of patients."""
    measure = headline(scores)
    if measure is None or (count := _count(_change(scores, measure))) < FEWEST:
        return []
    return [Summary(arm, *measure, name, patients=count) for name in FALLS]


def _of_alliance(arm: str, scores: Scores) -> list[Summary]:
    """The correlation of the early alliance with the change at the end."""
    measure = headline(scores)
    if measure is None or not any(own.instrument == ALLIANCE and own.session in scores.early for own in scores.values):
        return []
    pairs = int((np.isfinite(early_alliance(scores)) & np.isfinite(_change(scores, measure))).sum())
    return [Summary(arm, *measure, CORRELATION, patients=pairs)] if pairs >= PAIRS else []


def _between(arm: str, scores: Scores) -> list[Summary]:
    measure = headline(scores)
    if measure is None or scores.clinicians is None:
        return []
    known = np.isfinite(_change(scores, measure))
    counts = np.unique(scores.clinicians[known], return_counts=True)[1]
    enough = len(counts) >= STAFF and (counts > 1).sum() >= STAFF and known.sum() >= PAIRS
    return [Summary(arm, *measure, BETWEEN, patients=int(known.sum()))] if enough else []


def _differences(observed: Mapping[str, Scores]) -> list[Summary]:
    """Change of each arm less that of the first, where both were rated."""
    first, *others = observed
    made = []
    for arm in others:
        for measure in observed[arm].values:
            if measure not in observed[first].values or not _has_change(observed[arm], measure):
                continue
            if not _has_change(observed[first], measure):
                continue
            counts = [_count(_change(observed[name], measure)) for name in (arm, first)]
            if min(counts) >= FEWEST:
                made.append(Summary(arm, *measure, DIFFERENCE, versus=first, patients=sum(counts)))
    return made


def headline(scores: Scores) -> Measure | None:
    """The symptom score whose change is related to the alliance: on the primary day, or else the last."""
    held = [
        measure
        for measure in scores.values
        if measure.day >= 0
        and isinstance(INSTRUMENTS.get(measure.instrument), SymptomScale)
        and _has_change(scores, measure)
    ]
    order = {name: place for place, name in enumerate(dict.fromkeys(measure.instrument for measure in held))}
    ranked = sorted(held, key=lambda one: (one.day == scores.last, one.day, -order[one.instrument]))
    return ranked[-1] if ranked else None


def summarised(worlds: Mapping[str, Scores], summaries: Sequence[Summary]) -> Array:
    """Make summaries of scores.

    Args:
        worlds: Scores by arm, each measure (patients, …worlds): of data without, of simulated trials with further axes.
        summaries: What is asked for.

    Returns:
        Shape (summaries, …worlds); NaN where too few scores are there.
    """
    return np.stack([_one(worlds, summary) for summary in summaries])


def _one(worlds: Mapping[str, Scores], summary: Summary) -> Array:
    own, measure = worlds[summary.arm], summary.measure
    if summary.statistic in (MEAN, SHARE):
        return mean(own.values[measure])
    if summary.statistic == SD:
        return sd(own.values[measure])
    if summary.statistic == CORRELATION:
        return correlation(early_alliance(own), _change(own, measure))
    change = _change(own, measure)
    if summary.statistic == DIFFERENCE:
        return mean(change) - mean(_change(worlds[summary.versus], measure))
    if summary.statistic == BETWEEN:
        assert own.clinicians is not None
        return between(change, own.clinicians)
    if summary.statistic in SHARES:
        return mean(_reached(summary.statistic, own, measure, change))
    return mean(change) if summary.statistic == CHANGE else sd(change)


def _reached(statistic: str, own: Scores, measure: Measure, change: Array) -> Array:
    """1 of who responded, remitted or fell so far, 0 of who did not; NaN where the change is not known."""
    scale, baseline = INSTRUMENTS[measure.instrument], own.values[Measure(measure.instrument, BASELINE)]
    assert isinstance(scale, SymptomScale)
    if statistic == REMISSION:
        fits = remitted(own.values[measure], scale)
    elif statistic == RESPONSE:
        fits = responded(baseline, own.values[measure], scale)
    else:
        fits = -change >= FALLS[statistic] * baseline
    return np.where(np.isfinite(change), fits, np.nan)


def _has_change(scores: Scores, measure: Measure) -> bool:
    return measure.day >= 0 and Measure(measure.instrument, BASELINE) in scores.values


def _change(scores: Scores, measure: Measure) -> Array:
    made: Array = scores.values[measure] - scores.values[Measure(measure.instrument, BASELINE)]
    return made


def _count(values: Array) -> int:
    return int(np.isfinite(values).sum())


def early_alliance(scores: Scores) -> Array:
    """Each patient's last rating of the alliance among the early sessions, (patients, …worlds); NaN without any."""
    rated = sorted(
        (measure for measure in scores.values if measure.instrument == ALLIANCE and measure.session in scores.early),
        key=lambda measure: measure.session,
    )
    found = scores.values[rated[0]]
    for measure in rated[1:]:
        found = np.where(np.isfinite(scores.values[measure]), scores.values[measure], found)
    return found


def lines(worlds: Mapping[str, Scores], grids: Mapping[str, Array]) -> Array:
    """Change that a straight line through the patients expects at some ratings of the early alliance.

    Args:
        worlds: As `summarised` takes them.
        grids: Ratings by arm, WAI-SR points.

    Returns:
        Shape (ratings of all arms, …worlds).
    """
    made = []
    for arm, grid in grids.items():
        own = worlds[arm]
        measure = headline(own)
        assert measure is not None
        early, change = early_alliance(own), _change(own, measure)
        known = np.isfinite(early) & np.isfinite(change)
        early, change = np.where(known, early, np.nan), np.where(known, change, np.nan)
        slope = correlation(early, change) * _over(sd(change), sd(early))
        made += [mean(change) + slope * (rating - mean(early)) for rating in grid]
    return np.stack(made)


def grid(scores: Scores) -> Array:
    """Ratings at which a line is drawn: the mean of the early alliance, and 1.5 SD around it."""
    early = early_alliance(scores)
    return float(mean(early)) + np.linspace(-1.5, 1.5, 7) * float(sd(early))


# --------------------------------------------------------------------------------------------- of what is not NaN


def mean(values: Array) -> Array:
    """Mean over patients of what is there."""
    known = np.isfinite(values)
    return _over(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


def sd(values: Array) -> Array:
    """Standard deviation over patients of what is there."""
    apart = np.where(np.isfinite(values), values - mean(values), 0.0)
    return np.sqrt(_over((apart**2).sum(axis=0), np.isfinite(values).sum(axis=0) - 1))


def correlation(one: Array, other: Array) -> Array:
    """Correlation over patients who have both."""
    known = np.isfinite(one) & np.isfinite(other)
    apart = [np.where(known, held - mean(np.where(known, held, np.nan)), 0.0) for held in (one, other)]
    squares = [(held**2).sum(axis=0) for held in apart]
    return _over((apart[0] * apart[1]).sum(axis=0), np.sqrt(squares[0] * squares[1]))


def between(values: Array, groups: Array) -> Array:
    """SD of a one-way random effect by its moments: what between groups is beside what is within; 0 where it is less.

    Args:
        values: Shape (patients, …worlds).
        groups: Number of each patient's group.
    """
    of = [values[groups == group] for group in np.unique(groups)]
    sizes = np.stack([np.isfinite(own).sum(axis=0) for own in of])
    middles = np.stack([mean(own) for own in of])
    count, several, total = sizes.sum(axis=0), (sizes > 0).sum(axis=0), mean(values)
    squares = [np.nansum((own - middle) ** 2, axis=0) for own, middle in zip(of, middles, strict=True)]
    within = _over(np.sum(squares, axis=0), count - several)
    across = _over(np.where(sizes > 0, sizes * (middles - total) ** 2, 0.0).sum(axis=0), several - 1)
    each = _over(count - _over((sizes**2).sum(axis=0), count), several - 1)
    return np.sqrt(np.maximum(_over(across - within, each), 0.0))


def _over(top: Array, bottom: Array) -> Array:
    """A quotient; NaN where the lower part is not above 0."""
    made: Array = np.divide(top, np.where(np.asarray(bottom) > 0, bottom, np.nan))
    return made


def defined(statistics: Iterable[str]) -> list[str]:
    """What some statistics are, a sentence each."""
    held = set(statistics)
    return [said for statistic, said in DEFINITIONS.items() if statistic in held]


def said(summary: Summary) -> str:
    """A summary in words: `MADRS, day 37: mean change`."""
    when = "" if summary.occasion == COURSE else f", {summary.occasion}"
    what = f"{names.shown(summary.instrument)}{when}"
    if summary.statistic == CORRELATION:
        return f"early alliance and change in {what}: correlation"
    if summary.statistic == DIFFERENCE:
        return f"{what}: {summary.statistic}, {summary.arm} less {summary.versus}"
    return f"{what}: {summary.statistic}"
