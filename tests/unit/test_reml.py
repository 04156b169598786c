"""The random intercept against the analysis of variance, and against statsmodels on unequal caseloads."""

import numpy as np
import pytest

from alliance_sim.analysis import reml
from alliance_sim.errors import AnswerError


def drawn(seed, trials, clinicians, caseload, between, slope=0.5):
    """Trials with a covariate, y = 2 + slope × covariate + clinician + noise; shape (trials, patients)."""
    rng = np.random.default_rng(seed)
    clinician = np.tile(np.repeat(np.arange(clinicians), caseload), (trials, 1))
    level = rng.normal(0, np.sqrt(between), (trials, clinicians))
    covariate = rng.normal(size=clinician.shape)
    y = 2 + slope * covariate + np.take_along_axis(level, clinician, 1) + rng.normal(size=clinician.shape)
    return y, np.stack((np.ones_like(y), covariate), axis=2), clinician


@pytest.mark.parametrize("between", [0.0, 0.1, 2.0])
def test_equal_caseloads_give_the_closed_form_of_the_analysis_of_variance(between):
    y, x, clinician = drawn(11, 40, 12, 5, between, slope=0.0)
    found = reml.fit(y, x[:, :, :1], clinician)
    means = y.reshape(40, 12, 5).mean(axis=2)
    inside = y.reshape(40, 12, 5).var(axis=2, ddof=1).mean(axis=1)
    across = means.var(axis=1, ddof=1)
    # Where clinicians differ by less than chance, all the spread is residual.
    none = across < inside / 5
    assert np.allclose(found.between, np.where(none, 0.0, across - inside / 5), atol=1e-6)
    assert np.allclose(found.within, np.where(none, y.var(axis=1, ddof=1), inside), rtol=1e-6)
    assert np.allclose(found.coefficients[:, 0], means.mean(axis=1))
    assert np.allclose(found.errors[~none, 0], np.sqrt(across / 12)[~none], rtol=1e-6)


def test_it_gives_what_statsmodels_gives_on_unequal_caseloads_with_patients_missing():
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, clinician = drawn(12, 6, 8, 6, 1.5)
    rng = np.random.default_rng(13)
    y[rng.random(y.shape) < 0.25] = np.nan
    found = reml.fit(y, x, clinician)
    for trial in range(len(y)):
        known = np.isfinite(y[trial])
        # Powell's method: the default one fails on two of these trials.
        other = MixedLM(y[trial, known], x[trial, known], clinician[trial, known]).fit(reml=True, method="powell")
        assert found.coefficients[trial] == pytest.approx(other.fe_params, abs=1e-5)
        assert found.between[trial] == pytest.approx(float(other.cov_re[0, 0]), rel=1e-4)
        assert found.within[trial] == pytest.approx(other.scale, rel=1e-4)
        # statsmodels adds the little that the variances' own uncertainty does to the coefficients' errors.
        assert found.errors[trial] == pytest.approx(other.bse_fe, rel=0.02)
        alike = clinician[trial, known][:, None] == clinician[trial, known]
        spread = found.within[trial] * np.eye(known.sum()) + found.between[trial] * alike
        own = np.linalg.inv(x[trial, known].T @ np.linalg.solve(spread, x[trial, known]))
        assert found.errors[trial] == pytest.approx(np.sqrt(np.diag(own)), rel=1e-9)
        assert found.patients[trial] == known.sum()


def test_a_trial_does_not_depend_on_which_others_are_fitted_with_it():
    y, x, clinician = drawn(14, 5, 6, 4, 0.3)
    together, alone = reml.fit(y, x, clinician), reml.fit(y[2:3], x[2:3], clinician[2:3])
    assert np.allclose(together.coefficients[2], alone.coefficients[0], rtol=1e-12)
    assert np.allclose(together.between[2], alone.between[0], rtol=1e-9)


def test_what_cannot_be_fitted_is_refused():
    y, x, clinician = drawn(15, 2, 3, 2, 0.3)
    few = np.where(np.arange(6) < 2, y, np.nan)
    with pytest.raises(AnswerError, match="no more patients than the 2 terms"):
        reml.fit(few, x, clinician)
    with pytest.raises(AnswerError, match="say the same"):
        reml.fit(y, np.stack((x[:, :, 0], x[:, :, 0]), axis=2), clinician)


def test_pairs_count_by_their_shares_as_matrices_written_out_do():
    """A multiple-membership model: y has the covariance σ²I + τ²ZZ'."""
    y, x, clinician = drawn(14, 4, 6, 5, 1.0)
    y[np.random.default_rng(15).random(y.shape) < 0.2] = np.nan
    weights = 0.7 * np.eye(6) + 0.3 * np.roll(np.eye(6), 1, axis=1)
    found = reml.fit(y, x, clinician, weights)
    for trial in range(len(y)):
        known = np.isfinite(y[trial])
        z = weights[clinician[trial, known]]
        spread = found.within[trial] * np.eye(known.sum()) + found.between[trial] * z @ z.T
        precise = np.linalg.inv(spread)
        own = np.linalg.inv(x[trial, known].T @ precise @ x[trial, known])
        assert found.errors[trial] == pytest.approx(np.sqrt(np.diag(own)), rel=1e-8)
        beta = own @ x[trial, known].T @ precise @ y[trial, known]
        assert found.coefficients[trial] == pytest.approx(beta, rel=1e-8)
    alone = reml.fit(y, x, clinician, np.eye(6))
    for one, other in zip(alone, reml.fit(y, x, clinician), strict=True):
        assert np.allclose(one, other, rtol=1e-6, atol=1e-9)


def test_below_zero_it_is_the_analysis_of_variance_as_far_as_the_floor():
    y, x, clinician = drawn(16, 60, 12, 5, 0.0, slope=0.0)
    inside = y.reshape(60, 12, 5).var(axis=2, ddof=1).mean(axis=1)
    across = y.reshape(60, 12, 5).mean(axis=2).var(axis=1, ddof=1)
    free = reml.fit(y, x[:, :, :1], clinician, None, 0.95)
    assert (free.between < 0).any()
    assert np.allclose(free.between, across - inside / 5, atol=1e-6)
    little = reml.fit(y, x[:, :, :1], clinician, None, 0.1)
    assert (1 + 5 * little.between / little.within >= 0.9 - 1e-9).all()
