"""Synthetic published numbers: simulated at known points, so that the right answer is known."""

from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration import space
from alliance_sim.calibration.likelihood import Likelihood, expected, fitted, off_ends
from alliance_sim.calibration.prediction import BATCH
from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.summaries import POOLED_STUDY, by_study, evaluate, on_scale, simulated
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
SETS = 192  # synthetic sets of published numbers
FIRST = 700_000  # number of the first of their trials


class Sets(NamedTuple):
    """Synthetic sets of published numbers beside the points that made them."""

    true: Array  # standard normals, shape (sets, numbers)
    seen: Array  # on the scales of comparison, shape (sets, targets)


def made(posterior: Posterior, likelihood: Likelihood, sets: int = SETS, seed: int = DEFAULT_SEED) -> Sets:
    """Make so many sets at draws of the posterior, each with trials of its own; the points stand in random order."""
    points = posterior.draws(sets, seed + 1)
    true = space.to_normal(np.array([[point[key] for key in posterior.keys] for point in points]))
    return Sets(true, synthetic(true, likelihood, seed))


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
