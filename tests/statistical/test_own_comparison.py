"""Data that come of the model itself are as rarely called unusual as they should be; others are found."""

import numpy as np
import pytest

from alliance_sim import Scenario, with_values
from alliance_sim.calibration.own import compare
from alliance_sim.calibration.own.compare import two_sided
from alliance_sim.calibration.own.source import Source
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName
from tests.unit.test_own_data import simulated_trial

SETS, TRIALS, LEVEL = 2000, 99, 0.05  # with 99 trials p takes whole hundredths
FOUR = 4 * np.sqrt(LEVEL * (1 - LEVEL) / SETS)  # standard errors: one run in 16,000 fails by chance


def correlated(rng, count, shift=0.0):
    """Summaries of `count` trials, the first the data: twelve that hang together, some skewed, some discrete."""
    common = rng.normal(size=(1, count))
    made = 0.7 * common + rng.normal(size=(12, count))
    made[4:8] = np.exp(made[4:8])
    made[8:] = np.round(2 * made[8:])
    made[0, 0] += shift
    return made


def test_joint_and_single_p_of_data_like_the_simulated_trials_are_uniform():
    rng, none = np.random.default_rng(8), np.zeros(TRIALS, dtype=int)
    joint, single = [], []
    for _ in range(SETS):
        made = correlated(rng, TRIALS + 1)
        joint.append(compare._joint(made[:, 0], made[:, 1:], np.arange(12), none, np.zeros(12)).p)
        single.append(two_sided(made[0, 0], made[0, 1:], none)[0])
    for found in (np.array(joint), np.array(single)):
        for level in (LEVEL, 0.5):
            assert np.mean(found <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / SETS))


def test_one_summary_that_is_far_out_is_found_by_the_joint_check():
    """The control of the test above."""
    rng, none = np.random.default_rng(9), np.zeros(TRIALS, dtype=int)
    found = []
    for _ in range(100):
        made = correlated(rng, TRIALS + 1, shift=9.0)
        joint = compare._joint(made[:, 0], made[:, 1:], np.arange(12), none, np.zeros(12))
        found.append(joint.p <= LEVEL and joint.furthest == 0)
    assert np.mean(found) > 0.8


def test_the_error_of_a_p_is_its_spread_over_runs_of_the_simulation():
    rng = np.random.default_rng(10)
    runs = [two_sided(-1.0, rng.normal(size=400), np.zeros(400, dtype=int)) for _ in range(300)]
    assert np.mean([error for _, error in runs]) == pytest.approx(np.std([p for p, _ in runs]), rel=0.15)


@pytest.mark.full
def test_data_of_the_model_are_seldom_unusual_and_those_of_other_clinicians_are_found(tmp_path):
    """Forty trials of 40 patients each: at most 7 of the model have p <= .05 (one run in 2,000 has more), 30 others."""

    def unusual(world):
        found = 0
        for seed in range(40):
            path = tmp_path / "own.csv"
            simulated_trial(40, seed + 1000, world=world).to_csv(path, index=False)
            study = Study(replicates=199, seed=seed, engine=EngineName.lanes)
            made = compare.compared(Source(file=str(path), arms={"A": "base", "B": "base"}, entry=False), study)
            found += made.joint.p <= LEVEL
        return found

    assert unusual(Scenario()) <= 7
    assert unusual(with_values(Scenario(), {"clinicians.factor_shift": -2.5})) >= 30
