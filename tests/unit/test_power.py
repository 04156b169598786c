"""Planned trials: layouts worked out by hand, and analyses that equal statsmodels'."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis.power import Analysis, Missing, Power, analyse, planned_trials, power, power_curve, smallest
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.model.registry import parameters
from alliance_sim.world.configuration import build
from alliance_sim.world.scenario import Scenario
from tests.worlds import SEED, small

SCENARIO = Scenario()


def test_clinicians_of_one_arm_treat_nobody_of_the_other():
    plan = Power(sizes=[20], clinicians=6)
    assert plan.layout(20) == (24, 6)
    treated, lead = plan.members(24)
    assert treated.sum() == 24
    assert not set(lead[treated]) & set(lead[~treated])
    assert np.bincount(lead).tolist() == [4] * 12
    assert plan.arms(SCENARIO, 24)["control"].patients.number == 48


def test_shared_clinicians_treat_as_many_of_either_arm():
    plan = Power(sizes=[24], clinicians=6, shared=True)
    treated, lead = plan.members(24)
    assert np.bincount(lead[treated]).tolist() == np.bincount(lead[~treated]).tolist() == [4] * 6


def test_a_caseload_sets_the_number_of_clinicians():
    plan = Power(sizes=[20, 40], caseload=8)
    assert [plan.layout(size) for size in plan.sizes] == [(24, 3), (40, 5)]


def test_training_raises_the_behaviours_named_and_changes_do_the_rest():
    plan = Power(training=0.5, behaviours=["empathy"], changes={"protocol.drug": "none"})
    arms, skill = plan.arms(SCENARIO, 24), SCENARIO.clinicians.empathy
    assert arms["treated"].clinicians.empathy.mean == pytest.approx(skill.mean + 0.5 * skill.spread)
    assert arms["treated"].clinicians.boundaries == arms["control"].clinicians.boundaries
    assert arms["treated"].protocol.drug.value == "none"


def drawn(trials=3, seed=61):
    """Trials of 48 patients and 8 clinicians: endpoint, baseline, arm, clinician."""
    rng = np.random.default_rng(seed)
    treated, lead = Power(clinicians=4).members(24)
    baseline = rng.normal(30, 5, (trials, 48))
    level = rng.normal(0, 4, (trials, 8))[:, lead]
    return 5 + 0.6 * baseline - 3 * treated + level + rng.normal(0, 6, baseline.shape), baseline, treated, lead


def test_analyses_are_those_of_statsmodels():
    import statsmodels.api as sm

    endpoint, baseline, treated, lead = drawn()
    found = {analysis: analyse(endpoint, baseline, treated, lead, analysis) for analysis in Analysis}
    for trial in range(len(endpoint)):
        arm = sm.add_constant(treated.astype(float))
        terms = np.column_stack((arm, baseline[trial]))
        change = sm.OLS(endpoint[trial] - baseline[trial], arm).fit()
        plain = sm.OLS(endpoint[trial], terms).fit()
        mixed = sm.MixedLM(endpoint[trial], terms, lead).fit(reml=True, method="powell")
        for analysis, other in ((Analysis.t_test, change), (Analysis.ancova, plain)):
            assert found[analysis].estimate[trial] == pytest.approx(other.params[1])
            assert found[analysis].p[trial] == pytest.approx(other.pvalues[1])
        wald = found[Analysis.mixed_model_wald]
        assert wald.estimate[trial] == pytest.approx(mixed.fe_params[1], abs=1e-4)
        assert wald.p[trial] == pytest.approx(mixed.pvalues[1], rel=0.02)
        assert found[Analysis.mixed_model].p[trial] > wald.p[trial]  # six degrees of freedom, not the normal


def test_who_is_lost_is_not_analysed():
    """The same worlds; with leavers lost fewer are analysed, and the true effect is that of all."""
    scenario = small(parameters__retention__base=-2.5)
    plans = [Power(sizes=[12], clinicians=3, missing=missing) for missing in Missing]
    kept, lost = (planned_trials(plan, scenario, 6, SEED) for plan in plans)
    assert (kept["analysed"] == 24).all()
    assert (lost["analysed"] < 24).all()
    assert np.allclose(kept["true_effect"], lost["true_effect"])


def test_power_is_the_share_of_trials_with_a_small_p():
    found = (("effect", [0.01, 0.2]), ("null", [0.9, 0.03]))
    rows = [(12, 3, truth, replicate, p) for truth, each in found for replicate, p in enumerate(each)]
    trials = pd.DataFrame(rows, columns=["size", "clinicians", "truth", "replicate", "p"])
    trials = trials.assign(estimate=[-1.0, -3.0, 0.0, 0.0], true_effect=-2.0, icc=0.05, analysed=24)
    found = power(trials, Power(), SCENARIO).set_index("quantity")
    assert found.loc["power", "estimate"] == 0.5
    assert found.loc["type I error", "estimate"] == 0.5
    assert found.loc["power", "mcse"] == pytest.approx(np.sqrt(0.25 / 2))
    assert found.loc["estimated effect", ["estimate", "mcse"]].tolist() == [-2.0, 1.0]
    assert found.loc["estimated effect", "unit"] == "MADRS points"


def curve_of(rates, sizes=(25, 100, 400), count=1000):
    """Trials whose power at each size is given."""
    each = zip(sizes, rates, strict=True)
    frames = [pd.DataFrame({"size": size, "p": np.arange(count) >= rate * count}) for size, rate in each]
    return pd.concat(frames).assign(truth="effect").astype({"p": float})


def test_the_smallest_size_lies_where_the_power_of_a_normal_test_does():
    """Power Φ(0.2 √n − 1.96): 0.8 at n = ((0.8416 + 1.96) / 0.2)² = 196.2."""
    from scipy.special import ndtr

    found = smallest(curve_of([ndtr(0.2 * np.sqrt(n) - 1.96) for n in (25, 100, 400)]), Power()).iloc[0]
    assert found["estimate"] == pytest.approx(196.2, abs=2.0)
    assert found["lower"] < found["estimate"] < found["upper"]
    assert found["mcse"] == pytest.approx(np.sqrt(0.16 / 1000) / (0.28 * 0.2 / (2 * np.sqrt(196.2))), rel=0.1)
    assert not found["note"]


def test_a_target_beyond_the_sizes_is_said_not_guessed():
    short, long = (smallest(curve_of(rates), Power()).iloc[0] for rates in ((0.1, 0.3, 0.6), (0.9, 0.95, 1.0)))
    assert np.isnan(short["estimate"])
    assert "name larger sizes" in short["note"]
    assert "name smaller sizes" in long["note"]


def test_a_plan_is_run_from_start_to_end_and_blocks_move_nothing(monkeypatch):
    plan = Power(sizes=[6, 12], clinicians=3, changes={"protocol.doses": [1.0]})  # another timetable: another dose
    curve, least = power_curve(plan, small(), 5, SEED)
    assert curve["size"].unique().tolist() == [6, 12]
    assert len(least) == 1
    whole = planned_trials(plan, small(), 5, SEED)
    monkeypatch.setattr("alliance_sim.analysis.paired.DEEP", 2)
    again = planned_trials(plan, small(), 5, SEED)
    order = ["size", "truth", "replicate"]
    pd.testing.assert_frame_equal(
        whole.sort_values(order, ignore_index=True), again.sort_values(order, ignore_index=True)
    )


def test_plans_that_cannot_be_run_are_refused():
    for values, said in (
        ({"sizes": [1]}, "is outside \\[2, 100000\\] patients"),
        ({"behaviours": ["warmth"]}, "choose among: boundaries"),
        ({"sizes": [24], "clinicians": 1}, "needs 2 clinicians an arm"),
        ({"alpha": 2.0}, "outside"),
        ({"changes": {"patients.number": 9}}, "which the plan itself sets"),
    ):
        with pytest.raises(ScenarioError, match=said):
            build(Power, values)
    with pytest.raises(ScenarioError, match="at most 40 patients"):
        planned_trials(Power(sizes=[400], clinicians=1, analysis=Analysis.ancova), SCENARIO, 2, SEED)
    endpoint, baseline, treated, _ = drawn(1)
    with pytest.raises(AnswerError, match="too few clinicians"):
        analyse(endpoint, baseline, treated, np.where(treated, 1, 0), Analysis.mixed_model)


def test_every_number_of_a_plan_carries_its_unit_and_meaning():
    assert {row.key for row in parameters(Power())} == {"clinicians", "caseload", "training", "alpha", "target"}
