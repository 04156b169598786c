"""Power and type I error of the analyses where theory knows them.

Normal data, 4000 trials; a rate is right if it lies within 4 binomial standard errors of the analytic one, which chance
alone misses in 1 of 16,000. Control: an analysis that ignores clinicians rejects far too often.
"""

import numpy as np
import pytest
from scipy.stats import nct, t as student

from alliance_sim.analysis.planned_analysis import analyse
from alliance_sim.analysis.planned_members import Members, pair_weights
from alliance_sim.analysis.planned_table import performance
from alliance_sim.analysis.power import planned_trials
from alliance_sim.study.plan import Analysis, Power
from alliance_sim.world.scenario import Scenario, with_values
from tests.worlds import SEED, small

TRIALS, ALPHA, ERRORS = 4000, 0.05, 4.0


def rejected(analysis, size, clinicians, effect, icc, correlation=0.5, shared=False, seed=71, assistant=0.0):
    """Share of trials with p < 0.05; endpoint of variance 1 given baseline and clinician's part taken together."""
    rng = np.random.default_rng(seed)
    staff = clinicians if shared else 2 * clinicians
    number = np.arange(2 * size)
    lead = number % staff
    treated = number // staff % 2 == 1 if shared else lead >= clinicians
    weights = pair_weights(staff, assistant)
    modelled = None if analysis is Analysis.mixed_model_wald else weights
    who = Members(treated, lead, modelled, not shared, (True, True))
    shape = (TRIALS, 2 * size)
    baseline = rng.normal(size=shape)
    shares = np.eye(staff) if weights is None else weights
    level = np.sqrt(icc) * (rng.normal(size=(TRIALS, staff)) @ shares.T)[:, lead]
    noise = level + np.sqrt(1 - icc) * rng.normal(size=shape)
    endpoint = correlation * baseline + np.sqrt(1 - correlation**2) * noise + effect * treated
    y = endpoint - baseline * (analysis is Analysis.t_test)
    return (analyse(y, baseline, who, analysis).p() < ALPHA).mean()


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
    """Six clinicians an arm, or in both."""
    assert near(rejected(Analysis.mixed_model, 48, 6, 0.0, icc, shared=shared), ALPHA)


@pytest.mark.parametrize("icc", [0.02, 0.1])
def test_the_mixed_model_keeps_its_level_with_pairs_of_clinicians(icc):
    """Six pairs an arm; within 0.05 ± 0.01, as its degrees of freedom are no exact ones."""
    rate = rejected(Analysis.mixed_model, 72, 6, 0.0, icc, assistant=0.25)
    assert abs(rate - ALPHA) < 0.01 + ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / TRIALS)


def test_the_lead_alone_would_not_keep_it():
    """Negative control: 12 pairs an arm and clinicians that differ much, analysed by the lead."""
    rate = rejected(Analysis.mixed_model_wald, 96, 12, 0.0, 0.3, assistant=0.35)
    assert rate > 2 * ALPHA


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
    plan = Power(sizes=[24], clinicians=[4], allocation="patient", training=0.0)
    trials = planned_trials(plan, small(), 400, SEED)
    rate = (trials.loc[trials["truth"] == "null", "p"] < ALPHA).mean()
    assert abs(rate - ALPHA) < ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / 400)


def test_in_the_model_trials_with_a_large_effect_reject_far_above_it():
    """Control of the test above: the treated arm's drug brings no insight."""
    changes = {"parameters.psilocybin.insight": 0.0}
    plan = Power(sizes=[24], clinicians=[4], allocation="patient", training=0.0, changes=changes)
    trials = planned_trials(plan, small(), 100, SEED)
    rate = (trials.loc[trials["truth"] == "effect", "p"] < ALPHA).mean()
    assert rate > ALPHA + ERRORS * np.sqrt(ALPHA * (1 - ALPHA) / 100)


# Alone (one clinician a session), in pairs, groups in one arm, no clinician in the control arm.
ALONE = {"protocol.dosing.clinicians": 1}
GROUPS = {f"protocol.{phase}.group": 6 for phase in ("preparation", "integration")}
NULLS = {
    "clinicians alone": (ALONE, {"clinicians": [6], "caseload": [12]}),
    "clinicians in pairs": ({}, {"clinicians": [6], "caseload": [12]}),
    "patients alone": (ALONE, {"clinicians": [12], "caseload": [6], "allocation": "patient"}),
    "patients in pairs": ({}, {"clinicians": [12], "caseload": [6], "allocation": "patient"}),
    "groups": (GROUPS, {"clinicians": [12], "caseload": [6], "allocation": "patient"}),
    "groups in one arm": ({}, {"clinicians": [12], "caseload": [6], "allocation": "patient", "changes": GROUPS}),
    "many patients each": ({}, {"clinicians": [6], "caseload": [20]}),
    "more are treated": ({}, {"clinicians": [6], "caseload": [12], "ratio": 2.0}),
    "responders": ({}, {"clinicians": [6], "caseload": [12], "endpoint": "response"}),
}


@pytest.mark.full
@pytest.mark.parametrize("name", NULLS)
def test_two_thousand_trials_without_an_effect_reject_at_the_level(name):
    """Clinicians differ, arms do not: 0.05 ± 0.01 at 12 clinicians, within 2 errors of 2,000 trials."""
    values, plan = NULLS[name]
    trials = planned_trials(Power(training=0.0, **plan), with_values(Scenario(), values), 2000, SEED)
    rate = (trials.loc[trials["truth"] == "null", "p"] < ALPHA).mean()
    assert abs(rate - ALPHA) < 0.01 + 2 * np.sqrt(ALPHA * (1 - ALPHA) / 2000)


@pytest.mark.full
@pytest.mark.parametrize("allocation", ["clinician", "patient"])
def test_simulated_power_is_that_of_the_formula(allocation):
    """One clinician a session: a t distribution with the design effect, within 4 errors and the formula's own 0.02."""
    plan = Power(clinicians=[12], caseload=[12], allocation=allocation)
    scenario = with_values(Scenario(), {**ALONE, "parameters.dosing.between_trials": 0.0})
    found = performance(planned_trials(plan, scenario, 2000, SEED), plan, scenario).set_index("quantity")
    row = found.loc["power"]
    assert abs(row["estimate"] - row["formula"]) < 4 * row["mcse"] + 0.02
