"""95 % Monte Carlo intervals hold the truth in 95 of 100 studies.

Two thousand studies of 20 replicates; coverage is right within 4 binomial standard errors (2 points), which chance
alone misses in 1 of 16,000. Control: patients taken as independent hold it far too rarely.
"""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis.monte_carlo import averaged, jackknifed, share
from alliance_sim.analysis.sensitivity import sobol

STUDIES, TRIALS, PATIENTS = 2000, 20, 15
NOISE = 1.0  # spread of a trial's own noise, in patients' standard deviations


def outcomes(seed):
    """Studies × trials × patients with mean 3; patients of a trial share its noise."""
    rng = np.random.default_rng(seed)
    return 3 + NOISE * rng.normal(size=(STUDIES, TRIALS, 1)) + rng.normal(size=(STUDIES, TRIALS, PATIENTS))


def covered(found, truth):
    return np.mean((found.lower < truth) & (truth < found.upper))


def right(rate):
    return abs(rate - 0.95) < 4 * np.sqrt(0.05 * 0.95 / STUDIES)


def test_intervals_of_means_over_replicates_cover():
    means = outcomes(91).mean(axis=2).T
    assert right(covered(averaged(means), 3.0))


def test_patients_taken_as_independent_would_not():
    """Negative control."""
    patients = outcomes(92).reshape(STUDIES, -1).T
    assert covered(averaged(patients), 3.0) < 0.6


def test_jackknife_intervals_of_ratios_cover():
    """A ratio of two means whose trials vary together; Student's interval is near, not exact."""
    rng = np.random.default_rng(93)
    common = rng.normal(size=(TRIALS, STUDIES))
    parts = np.stack([2 + 0.5 * common, 4 + 0.5 * common + 0.5 * rng.normal(size=common.shape)], axis=2)
    found = jackknifed(parts, lambda mean: mean[..., 0] / mean[..., 1])
    assert abs(covered(found, 0.5) - 0.95) < 0.025


def test_intervals_of_shares_cover():
    hits = np.random.default_rng(94).binomial(200, 0.05, STUDIES)
    assert abs(covered(share(hits, np.full(STUDIES, 200)), 0.05) - 0.95) < 0.025


@pytest.mark.full
def test_intervals_of_sobol_indices_hold_the_truth_at_least_as_often_as_they_say():
    """Two hundred designs of Ishigami's function with noise: never less than 4 binomial errors below 95 of 100."""
    from alliance_sim.study.designs import Design, Kind
    from alliance_sim.world.scenario import Scenario
    from tests.unit.test_sensitivity import FIRST, KEYS, TOTAL, ishigami, outcomes

    held = []
    for seed in range(200):
        made = Design(kind=Kind.sobol, over=KEYS, points=256).expand(Scenario(), seed)
        design = pd.DataFrame([{"point": point.number, **point.roles, **point.values} for point in made])
        found = sobol(outcomes(design, ishigami, 6, 1.0, 2.0, seed=seed), design, resamples=200)
        truth = np.array([*FIRST, *TOTAL])
        held.append((found["lower"] < truth) & (truth < found["upper"]))
    assert np.mean(held, axis=0).min() > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 200)
