"""Power and type I error of the analyses where theory knows them.

Normal data, 4000 trials; a rate is right if it lies within 4 binomial standard errors of the analytic one, which chance
alone misses in 1 of 16,000. Control: an analysis that ignores clinicians rejects far too often.
"""

import numpy as np
import pytest
from scipy.stats import nct, t as student

from alliance_sim.analysis.power import Analysis, Power, analyse, planned_trials
from tests.worlds import SEED, small

TRIALS, ALPHA, ERRORS = 4000, 0.05, 4.0


def rejected(analysis, size, clinicians, effect, icc, correlation=0.5, shared=False, seed=71):
    """Share of trials with p < 0.05; endpoint of variance 1 given baseline and clinician's part taken together."""
    rng = np.random.default_rng(seed)
    treated, lead = Power(clinicians=clinicians, shared=shared, analysis=analysis).members(size)
    shape = (TRIALS, 2 * size)
    baseline = rng.normal(size=shape)
    level = np.sqrt(icc) * rng.normal(size=(TRIALS, lead.max() + 1))[:, lead]
    noise = level + np.sqrt(1 - icc) * rng.normal(size=shape)
    endpoint = correlation * baseline + np.sqrt(1 - correlation**2) * noise + effect * treated
    return (analyse(endpoint, baseline, treated, lead, analysis, shared).p < ALPHA).mean()


def analytic(effect, error, free):
    """Power of a two-sided t test."""
    limit = student.ppf(1 - ALPHA / 2, free)
    return nct.sf(limit, free, effect / error) + nct.cdf(-limit, free, effect / error)


def near(rate, truth):
    return abs(rate - truth) < ERRORS * np.sqrt(truth * (1 - truth) / TRIALS)


def test_the_t_test_has_the_power_of_the_textbook():
    """64 an arm, d = 0.5 of change: 0.80. With a baseline correlation of 0.5 the SD of change is 1."""
    rate = rejected(Analysis.t_test, 64, 1, 0.5, 0.0)
    assert near(rate, analytic(0.5, np.sqrt(2 / 64), 126))
    assert near(rate, 0.8015)


def test_analysis_of_covariance_gains_what_the_baseline_explains():
    truth = analytic(0.4, np.sqrt(2 * 0.75 / 64), 125)
    assert near(rejected(Analysis.ancova, 64, 1, 0.4, 0.0), truth)


def test_the_mixed_model_has_the_power_of_a_t_test_of_clinicians_means():
    """Twelve clinicians of eight patients an arm and ICC 0.15: variances large enough never to be cut at zero."""
    error = np.sqrt(2 / 12 * (0.15 + 0.85 / 8))
    rate = rejected(Analysis.mixed_model, 96, 12, 0.5, 0.15, correlation=0.0)
    assert near(rate, analytic(0.5, error, 22))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("icc", [0.0, 0.05, 0.2])
def test_the_mixed_model_keeps_its_level(icc, shared):
    """Six clinicians: never above 5 % beyond chance; below where clinicians hardly differ and are still compared."""
    rate = rejected(Analysis.mixed_model, 48, 6, 0.0, icc, shared=shared)
    assert rate < ALPHA + ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / TRIALS)
    assert rate > ALPHA / 3


def test_ignoring_clinicians_would_fail_that_test():
    """Negative control: the design effect of ICC 0.2 and eight patients each is 2.4."""
    rate = rejected(Analysis.ancova, 48, 6, 0.0, 0.2)
    assert rate > 3 * ALPHA


def test_the_normal_distribution_promises_too_much_with_few_clinicians():
    """Negative control: Wald tests with six clinicians an arm."""
    rate = rejected(Analysis.mixed_model_wald, 48, 6, 0.0, 0.2)
    assert rate > ALPHA + ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / TRIALS)


def test_in_the_model_trials_without_an_effect_reject_at_the_level():
    """Four hundred trials of 24 patients an arm; clinicians treat in both arms, so the comparison is within them."""
    plan = Power(sizes=[24], clinicians=4, shared=True, training=0.0)
    trials = planned_trials(plan, small(), 400, SEED)
    rate = (trials.loc[trials["truth"] == "null", "p"] < ALPHA).mean()
    assert abs(rate - ALPHA) < ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / 400)


def test_in_the_model_trials_with_a_large_effect_reject_far_above_it():
    """Control of the test above: the treated arm's drug brings no insight."""
    plan = Power(sizes=[24], clinicians=4, shared=True, training=0.0, changes={"parameters.psilocybin.insight": 0.0})
    trials = planned_trials(plan, small(), 100, SEED)
    rate = (trials.loc[trials["truth"] == "effect", "p"] < ALPHA).mean()
    assert rate > ALPHA + ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / 100)
