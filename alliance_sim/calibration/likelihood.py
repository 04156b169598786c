"""How well does a point explain the published numbers? A Gaussian synthetic likelihood of all of them at once.

Each statistic is compared on a scale on which it is close to normal. What a point is expected to show is the mean over
simulated trials, all points meeting the same trials. Its covariance is that of simulated trials of the published size
at a reference point, the between-trial effect of the drug on: statistics of the same patients, and arms of the same
trial, hang together as they should. Where a paper's own error is larger than the simulated one, the paper's counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.evidence.targets import FITTED, Target, targets, to_scale
from alliance_sim.calibration.space import as_points
from alliance_sim.calibration.studies import scenario
from alliance_sim.calibration.summaries import POOLED_STUDY, by_study, evaluate, on_scale, simulated
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
TRIALS = {"comp001": 8, "carhart2016": 32, "mapp1": 16, POOLED_STUDY: 24}  # that every point meets
LONG = 600  # trials of the long run at the reference
LONG_FIRST = 100_000  # their first number: none of them is among those that points meet
SAMPLE = 12  # trials in one sample of the pooled study, for its sampling error
BATCH = 16  # points simulated together: one tile of lanes
PROBES = 16  # points around the reference, on which the Monte Carlo error of expectations is measured
PROBE_SPREAD = 0.3  # standard normals
OTHER_TRIALS = 1 << 32  # turns a seed into that of other trials
NO_NOISE = {"parameters.dosing.between_trials": 0.0}


class Reference(NamedTuple):
    """The long run at one point: what expectations are anchored to and how statistics scatter."""

    normals: Array
    offset: Array  # long run less the trials that points meet, at the reference
    covariance: Array  # of the published statistics about what a point is expected to show
    sampling: Array  # its part that comes from patients and what a trial shares, a standard deviation a target
    monte_carlo: Array  # its part that comes from the finite number of trials, a standard deviation a target

    def of_rows(self, kept: Sequence[int]) -> "Reference":
        """The same reference for some of the targets only, given by their places."""
        rows = list(kept)
        covariance = self.covariance[np.ix_(rows, rows)]
        return Reference(self.normals, self.offset[rows], covariance, self.sampling[rows], self.monte_carlo[rows])


def fitted() -> tuple[Target, ...]:
    """The targets of the likelihood, in the order of its vectors."""
    return targets(FITTED)


def published(known: Sequence[Target]) -> Array:
    """The published values on the scales of comparison."""
    return np.array([to_scale(target.value, target.scale) for target in known])


def expected(normals: Array, known: Sequence[Target], seed: int = DEFAULT_SEED) -> Array:
    """What points are expected to show, before anchoring: shape (points, targets), on the scales of comparison."""
    made = np.full((len(normals), len(known)), np.nan)
    place = {target.key: at for at, target in enumerate(known)}
    for start in range(0, len(normals), BATCH):
        batch = as_points(normals[start : start + BATCH])
        for study, own in by_study(known).items():
            arms = simulated(study, batch, 0, TRIALS[study], whole=True, seed=seed)
            for target in own:
                values = evaluate(target.measure, arms, 1 if study == POOLED_STUDY else 0)
                made[start : start + BATCH, place[target.key]] = _level(values, target)
    return made


def _level(values: Array, target: Target) -> Array:
    """Mean over trials, on the scale of comparison; shares are averaged before, so that none is 0 or 1.

    Trials without a value are left out; NaN where all are.
    """
    if target.measure.statistic == "share":
        return on_scale(values.mean(axis=1), target.scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = on_scale(values, target.scale)
        kept = np.isfinite(scaled)
        made: Array = np.where(kept, scaled, 0.0).sum(axis=1) / kept.sum(axis=1)
    return made


def long_run(point: Mapping[str, float], known: Sequence[Target], seed: int = DEFAULT_SEED) -> dict[str, Array]:
    """Statistics of many trials of the published size at one point, by target, on the scale of comparison.

    Of the pooled study: of samples of `SAMPLE` trials.
    """
    found = {}
    for study, own in by_study(known).items():
        arms = simulated(study, [point], LONG_FIRST, LONG, seed=seed)
        for target in own:
            values = evaluate(target.measure, arms, LONG // SAMPLE if study == POOLED_STUDY else 0)
            found[target.key] = values[0]
    return found


def anchored(normals: Array, seed: int = DEFAULT_SEED) -> Reference:
    """Make the reference at one point, given as standard normals, for the fitted targets."""
    known = fitted()
    point = as_points(normals[None])[0]
    runs = long_run(point, known, seed)
    calm = long_run({**point, **NO_NOISE}, known, seed)
    level = np.array([float(_level(runs[target.key][None], target)[0]) for target in known])
    offset = level - expected(normals[None], known, seed)[0]
    covariance, sampling = _covariance(runs, calm, known)
    probes = np.random.default_rng(seed).normal(normals, PROBE_SPREAD, (PROBES, normals.size))
    apart = expected(probes, known, seed) - expected(probes, known, seed ^ OTHER_TRIALS)
    monte_carlo = apart.std(axis=0, ddof=1) / np.sqrt(2)
    np.fill_diagonal(covariance, covariance.diagonal() + monte_carlo**2)
    return Reference(normals, offset, covariance, sampling, monte_carlo)


def _covariance(runs: Mapping[str, Array], calm: Mapping[str, Array], known: Sequence[Target]) -> tuple[Array, Array]:
    """Covariance of the published statistics, and the simulated standard deviation of each."""
    size = len(known)
    covariance, sampling = np.zeros((size, size)), np.zeros(size)
    place = {target.key: at for at, target in enumerate(known)}
    for study, own in by_study(known).items():
        at = [place[target.key] for target in own]
        if study == POOLED_STUDY:  # each row has patients of its own
            for target in own:
                patients = SAMPLE * scenario(study, target.measure.arm).patients.number
                variance = on_scale(runs[target.key], target.scale).var(ddof=1) * patients / target.n
                sampling[place[target.key]] = np.sqrt(variance)
                error = max(variance, target.error**2) + target.mix**2
                covariance[place[target.key], place[target.key]] = error
            continue
        scaled = np.stack([on_scale(off_ends(runs[target.key], target), target.scale) for target in own])
        quiet = np.stack([on_scale(off_ends(calm[target.key], target), target.scale) for target in own])
        whole, patients_only = np.cov(scaled), np.cov(quiet)
        sampling[at] = np.sqrt(whole.diagonal())
        inner = np.sqrt(patients_only.diagonal())
        larger = np.array([max(target.error, spread) for target, spread in zip(own, inner, strict=True)])
        tied = np.corrcoef(quiet) * np.outer(larger, larger)
        shared = _made_positive(whole - patients_only)  # what a whole trial shares
        covariance[np.ix_(at, at)] = tied + shared + np.diag([target.mix**2 for target in own])
    return covariance, sampling


def off_ends(values: Array, target: Target) -> Array:
    """Keep shares off 0 and 1, by half a patient."""
    return np.clip(values, 0.5 / target.n, 1 - 0.5 / target.n) if target.measure.statistic == "share" else values


def _made_positive(matrix: Array) -> Array:
    """The nearest covariance to a symmetric matrix that sampling noise may have spoilt."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    made: Array = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return made


class Likelihood:
    """The log-likelihood of points, given the reference."""

    def __init__(
        self, reference: Reference, values: Array | None = None, seed: int = DEFAULT_SEED, without: str = ""
    ) -> None:
        """Compare with the published values, or with others on the same scales: of a synthetic study.

        Args:
            reference: Of all fitted targets.
            values: One for each fitted target.
            seed: Seed of every draw.
            without: A study whose rows are left out, from `reference` and `values` too.

        Raises:
            ValueError: No fitted target is of the study that is to be left out, or all are.
        """
        known = fitted()
        kept = [place for place, target in enumerate(known) if target.measure.study != without]
        if not kept or (without and len(kept) == len(known)):
            studies = ", ".join(by_study(known))
            raise ValueError(f"{without!r} cannot be left out of the likelihood; fitted are {studies}.")
        self.targets = tuple(known[place] for place in kept)
        self.reference, self.seed = reference.of_rows(kept) if without else reference, seed
        self.values = (published(known) if values is None else values)[kept]
        self._root = np.linalg.cholesky(self.reference.covariance)
        self.evaluations = 0

    def expected(self, normals: Array) -> Array:
        """What points are expected to show, anchored; shape (points, targets)."""
        self.evaluations += len(normals)
        return expected(normals, self.targets, self.seed) + self.reference.offset

    def of_expected(self, levels: Array) -> Array:
        """Log-likelihood of what points are expected to show, up to a constant; -∞ where a statistic has no value."""
        off = np.where(np.isfinite(levels), levels - self.values, np.nan)
        lost = np.isnan(off).any(axis=1)
        white = np.linalg.solve(self._root, np.where(lost[:, None], 0.0, off).T)
        made: Array = np.where(lost, -np.inf, -0.5 * (white**2).sum(axis=0))
        return made

    def __call__(self, normals: Array) -> Array:
        """Log-likelihood of points as standard normals, shape (points,)."""
        return self.of_expected(self.expected(normals))
