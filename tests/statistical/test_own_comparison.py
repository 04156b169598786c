"""Data that come of the model itself are as rarely called unusual as they should be; others are found."""

import numpy as np
import pytest

from alliance_sim import Scenario, with_values
from alliance_sim.calibration.own import compare
from alliance_sim.calibration.own.compare import two_sided
from alliance_sim.calibration.own.joint import joint as checked
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


def test_joint_and_single_p_of_data_like_the_simulated_trials_are_uniform(monkeypatch):
    rng, none = np.random.default_rng(8), np.zeros(TRIALS, dtype=int)
    monkeypatch.setattr("alliance_sim.calibration.own.joint.RESAMPLED", 2)  # errors are looked at below
    joint, single = [], []
    for _ in range(SETS):
        made = correlated(rng, TRIALS + 1)
        joint.append(checked(made[:, 0], made[:, 1:], np.arange(12), none, np.zeros(12)).p)
        single.append(two_sided(made[0, 0], made[0, 1:], none)[0])
    for found in (np.array(joint), np.array(single)):
        for level in (LEVEL, 0.5):
            assert np.mean(found <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / SETS))


def test_one_summary_that_is_far_out_is_found_by_the_joint_check(monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr("alliance_sim.calibration.own.joint.RESAMPLED", 2)
    rng, none = np.random.default_rng(9), np.zeros(TRIALS, dtype=int)
    found = []
    for _ in range(100):
        made = correlated(rng, TRIALS + 1, shift=9.0)
        joint = checked(made[:, 0], made[:, 1:], np.arange(12), none, np.zeros(12))
        found.append(joint.p <= LEVEL and joint.furthest == 0)
    assert np.mean(found) > 0.8


def test_the_error_of_a_p_is_its_spread_over_runs_of_the_simulation():
    rng = np.random.default_rng(10)
    runs = [two_sided(-1.0, rng.normal(size=400), np.zeros(400, dtype=int)) for _ in range(300)]
    assert np.mean([error for _, error in runs]) == pytest.approx(np.std([p for p, _ in runs]), rel=0.15)


def test_the_error_of_the_joint_p_holds_that_middle_and_spread_are_of_the_same_few_trials(monkeypatch):
    """Thirty runs of 40 and of 100 trials beside the same data; the error of ranks alone is half of their spread."""
    monkeypatch.setattr("alliance_sim.calibration.own.joint.RESAMPLED", 30)
    rng = np.random.default_rng(11)
    for trials in (40, 100):
        data = correlated(rng, 1)[:, 0]
        runs = [checked(data, correlated(rng, trials), *_plain(trials)) for _ in range(30)]
        spread, said = np.std([one.p for one in runs], ddof=1), np.mean([one.mcse for one in runs])
        assert 0.6 < said / spread < 1.7


def test_a_shift_that_is_said_to_be_found_in_eighty_percent_of_trials_is(monkeypatch):
    rng, trials = np.random.default_rng(12), 400
    made = correlated(rng, trials + 1)
    shift = checked(made[:, 0], made[:, 1:], *_plain(trials), shifted=[0]).shifts[0]
    monkeypatch.setattr("alliance_sim.calibration.own.joint.RESAMPLED", 2)
    found = []
    for _ in range(200):
        data = correlated(rng, 1)[:, 0]
        data[0] += shift.distance
        found.append(checked(data, made[:, 1:], *_plain(trials)).p <= LEVEL)
    assert np.mean(found) == pytest.approx(0.8, abs=0.12)
    assert 0 < shift.mcse < shift.distance / 5


def _plain(trials):
    return np.arange(12), np.zeros(trials, dtype=int), np.zeros(12)


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
