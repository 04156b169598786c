"""The statistics of papers against NumPy, closed forms and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm

from alliance_sim.calibration import statistics

RANDOM = np.random.default_rng(3)


def columns(*shape):
    return RANDOM.standard_normal(shape)


def test_means_spreads_and_correlations_are_those_of_numpy_where_nobody_is_missing():
    one, two = columns(30, 2, 3), columns(30, 2, 3)
    assert np.allclose(statistics.mean(one), one.mean(axis=0))
    assert np.allclose(statistics.sd(one), one.std(axis=0, ddof=1))
    for point in range(2):
        for trial in range(3):
            r = np.corrcoef(one[:, point, trial], two[:, point, trial])[0, 1]
            assert statistics.correlation(one, two)[point, trial] == pytest.approx(r)


def test_patients_without_a_value_are_left_out():
    one, two = columns(30, 1, 1), columns(30, 1, 1)
    one[:5], two[3:8] = np.nan, np.nan
    both = slice(8, None)
    assert statistics.correlation(one, two)[0, 0] == pytest.approx(np.corrcoef(one[both, 0, 0], two[both, 0, 0])[0, 1])
    assert statistics.mean(one)[0, 0] == pytest.approx(one[5:].mean())


def test_who_counts_can_be_named():
    one = columns(10, 1, 1)
    here = np.arange(10)[:, None, None] < 4
    assert statistics.mean(one, here)[0, 0] == pytest.approx(one[:4].mean())
    assert statistics.sd(one, here)[0, 0] == pytest.approx(one[:4].std(ddof=1))


def test_cohens_d_of_samples_one_standard_deviation_apart():
    one, two = columns(4000, 1, 1) + 1.0, columns(4000, 1, 1)
    assert statistics.cohens_d(one, two)[0, 0] == pytest.approx(1.0, abs=0.09)  # 4 standard errors
    left = (np.arange(4000) % 2).astype(float)[:, None, None]
    values = two - left
    assert statistics.stayed_against_left(values, left)[0, 0] == pytest.approx(1.0, abs=0.13)


def test_one_session_generalises_as_its_variances_say():
    """Persons' variance 2, sessions' variance 1: 2/3; 4 standard errors of 4,000 persons."""
    persons = np.sqrt(2) * columns(1, 4000, 1, 1)
    ratings = persons + columns(4, 4000, 1, 1)
    ratings[0, :50] = np.nan  # who missed one is left out
    assert statistics.single_session(ratings)[0, 0] == pytest.approx(2 / 3, abs=0.03)


@pytest.mark.filterwarnings("ignore")
def test_the_share_between_clinicians_is_that_of_a_mixed_model_by_reml():
    """Groups of equal size: analysis of variance equals restricted maximum likelihood."""
    patients, groups, trials = 24, 6, 5
    own = 0.6 * columns(groups, trials)
    values = columns(patients, trials) + np.tile(own, (patients // groups, 1))
    share = statistics.share_between(values[:, None, :], groups)[0]
    label = [f"{trial}-{patient % groups}" for patient in range(patients) for trial in range(trials)]
    model = sm.MixedLM(values.ravel(), np.ones(values.size), groups=np.array(label)).fit(reml=True)
    between = float(model.cov_re[0, 0])
    assert share == pytest.approx(between / (between + model.scale), rel=2e-3)
    assert share > 0.05  # else both could be at the edge
