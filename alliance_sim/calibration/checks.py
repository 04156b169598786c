"""Can the calibration be trusted? Recovery of known numbers, simulation-based calibration, and what stays unknown.

Synthetic published numbers are simulated with the engine at points drawn from the posterior: trials of the published
size with random draws of their own. Each set is then explained anew, and the numbers that made it are sought in the
answer. For hundreds of sets to take minutes, the answer uses an emulator: what a point is expected to show, as a
straight line in the calibrated numbers around the posterior's middle. Its error is measured beside.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from alliance_sim.calibration import space
from alliance_sim.calibration.likelihood import Likelihood, expected, fitted, off_ends
from alliance_sim.calibration.prediction import BATCH
from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.summaries import POOLED_STUDY, by_study, evaluate, on_scale, simulated
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
SETS = 192  # synthetic sets of published numbers
FIRST = 700_000  # number of the first of their trials
BINS = 12
NARROWED = 0.5  # share of the prior's variance that must be gone for a number to count as identified by the evidence
TIED = 0.5  # correlation from which two numbers count as tied


class Checked(NamedTuple):
    """What the checks found."""

    ranks: Array  # of each true number among its posterior, in (0, 1), shape (sets, numbers)
    recovery: pd.DataFrame  # columns key, r, covered (share of true numbers in their 90 % interval)
    emulator_error: Array  # of each target, in standard deviations of its comparison


def contraction(posterior: Posterior) -> pd.DataFrame:
    """How much of each prior the evidence took away.

    Returns:
        Columns key, prior_mean, prior_sd, mean, sd, contraction (1 less the share of the prior's variance left),
        identified.
    """
    normals = posterior.normals
    mean, sd = space.summary(posterior.values, posterior.weights)
    _, left = space.summary(normals, posterior.weights)
    made = pd.DataFrame([(row.mean, row.sd) for row in space.calibrated()], posterior.keys, ["prior_mean", "prior_sd"])
    made = made.assign(mean=mean, sd=sd, contraction=1 - left**2).rename_axis("key").reset_index()
    made["identified"] = made["contraction"] >= NARROWED
    return made.sort_values("contraction", ascending=False, ignore_index=True)


def ties(posterior: Posterior) -> pd.DataFrame:
    """Pairs of numbers that the evidence identifies only together: columns one, two, r, the strongest first."""
    normals = posterior.normals
    off = normals - posterior.weights @ normals
    shared = (off * posterior.weights[:, None]).T @ off
    scale = np.sqrt(shared.diagonal())
    r = shared / np.outer(scale, scale)
    strong = np.argwhere(np.tril(abs(r) >= TIED, -1))
    pairs = [(posterior.keys[one], posterior.keys[two], r[one, two]) for one, two in strong]
    made = pd.DataFrame(pairs, columns=["one", "two", "r"])
    return made.sort_values("r", key=abs, ascending=False, ignore_index=True)


def checked(posterior: Posterior, likelihood: Likelihood, sets: int = SETS, seed: int = DEFAULT_SEED) -> Checked:
    """Recover known numbers from so many synthetic sets of published numbers, made at draws of the posterior.

    Its mean and covariance are the prior of this check; the likelihood is anchored at the best point.
    """
    middle, spread, slopes, error = _emulator(posterior, likelihood)
    inverse = np.linalg.inv(likelihood.reference.covariance)
    left = np.linalg.inv(slopes.T @ inverse @ slopes + np.linalg.inv(spread))
    level = likelihood.expected(middle[None])[0]
    points = posterior.draws(sets, seed + 1)
    true = space.to_normal(np.array([[point[key] for key in posterior.keys] for point in points]))
    seen = synthetic(true, likelihood, seed)
    answer = middle + (left @ slopes.T @ inverse @ (seen - level).T).T
    sd = np.sqrt(left.diagonal())
    ranks = ndtr((true - answer) / sd)
    recovery = pd.DataFrame(
        {
            "key": posterior.keys,
            "r": [float(np.corrcoef(true[:, place], answer[:, place])[0, 1]) for place in range(true.shape[1])],
            "covered": ((ranks > 0.05) & (ranks < 0.95)).mean(axis=0),
        }
    )
    return Checked(ranks, recovery.sort_values("r", ascending=False, ignore_index=True), error)


def _emulator(posterior: Posterior, likelihood: Likelihood) -> tuple[Array, Array, Array, Array]:
    """Mean and covariance of the draws, slopes of expectations by least squares over them, and what that leaves."""
    normals = posterior.normals
    middle = posterior.weights @ normals
    spread = np.cov(normals.T, aweights=posterior.weights)
    levels = likelihood.expected(normals)
    design = np.column_stack([np.ones(len(normals)), normals - middle])
    found, *_ = np.linalg.lstsq(design, levels, rcond=None)
    rest = levels - design @ found
    scale = np.sqrt(likelihood.reference.covariance.diagonal())
    return middle, spread, found[1:].T, rest.std(axis=0, ddof=design.shape[1]) / scale


def synthetic(normals: Array, likelihood: Likelihood, seed: int = DEFAULT_SEED) -> Array:
    """Published numbers of simulated trials of the published size at each point, shape (points, targets).

    Rows of pooled psychotherapy, whose papers had up to 30,000 patients, are expectations with the error of comparison.
    """
    known = fitted()
    place = {target.key: at for at, target in enumerate(known)}
    made = np.full((len(normals), len(known)), np.nan)
    noise = np.random.default_rng([seed % 2**32, 11]).standard_normal(made.shape)
    spread = np.sqrt(likelihood.reference.covariance.diagonal())
    for start in range(0, len(normals), BATCH):
        batch = normals[start : start + BATCH]
        points = space.as_points(batch)
        for study, own in by_study(known).items():
            at = [place[target.key] for target in own]
            if study == POOLED_STUDY:
                level = expected(batch, own, seed) + likelihood.reference.offset[at]
                made[start : start + BATCH, at] = level + spread[at] * noise[start : start + BATCH, at]
                continue
            arms = simulated(study, points, FIRST + start, len(points), seed=seed)
            for target in own:
                values = off_ends(evaluate(target.measure, arms).diagonal(), target)  # each point in its own trial
                made[start : start + BATCH, place[target.key]] = on_scale(values, target.scale)
    return made
