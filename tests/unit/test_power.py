"""Planned trials: layouts worked out by hand, and analyses that equal statsmodels'."""

import types

import numpy as np
import pandas as pd
import pytest

from alliance_sim.aliases import planned
from alliance_sim.analysis import planned_outcomes, power as simulation
from alliance_sim.analysis.planned_analysis import analyse
from alliance_sim.analysis.planned_members import assistant_share, members, pair_weights
from alliance_sim.analysis.planned_table import fisher_power, t_power
from alliance_sim.analysis.power import forecast, planned_trials, power, power_curve, smallest
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.model.registry import parameters
from alliance_sim.questions import power as question
from alliance_sim.study.config import Study
from alliance_sim.study.plan import Analysis, Estimand, Layout, Missing, Power
from alliance_sim.study.planned_trials import PLANNED, PlannedTrials
from alliance_sim.study.records import DamagedError
from alliance_sim.world.configuration import build
from alliance_sim.world.scenario import Scenario, with_values
from tests.worlds import SEED, small, world

WAIT = "waitlist"

SCENARIO = Scenario()
ALONE = with_values(SCENARIO, {"protocol.dosing.clinicians": 1})
GROUPS = {f"protocol.{phase}.group": 6 for phase in ("preparation", "integration")}
BY_CLINICIAN = Layout(24, 24, 6, 6, 4, 4)


def who(plan, layout=BY_CLINICIAN, scenario=ALONE):
    """Who is in which arm of a trial, and its worlds."""
    arms = plan.arms(scenario, layout)
    return members(plan, layout, arms), arms


def test_clinicians_of_one_arm_treat_nobody_of_the_other():
    plan = Power(sizes=[20], clinicians=[6])
    assert plan.layouts() == [BY_CLINICIAN]
    found, arms = who(plan)
    assert found.treated.sum() == 24
    assert not set(found.cluster[found.treated]) & set(found.cluster[~found.treated])
    assert np.bincount(found.cluster).tolist() == [4] * 12
    assert found.between
    assert arms["control"].patients.number == 48


def test_where_patients_are_allocated_each_clinician_treats_as_many_of_either_arm():
    plan = Power(sizes=[24], clinicians=[6], allocation="patient")
    (layout,) = plan.layouts()
    found, arms = who(plan, layout)
    assert arms["control"].clinicians.number == 6
    assert np.bincount(found.cluster[found.treated]).tolist() == [4] * 6
    assert np.bincount(found.cluster[~found.treated]).tolist() == [4] * 6
    assert not found.between


def test_a_caseload_sets_the_number_of_clinicians():
    layouts = Power(sizes=[20, 40], caseload=[8]).layouts()
    assert [(one.size, one.clinicians) for one in layouts] == [(24, 3), (40, 5)]


def test_clinicians_and_caseloads_are_crossed():
    layouts = Power(clinicians=[6, 12], caseload=[5, 10]).layouts()
    found = [(one.clinicians, one.caseload, one.size) for one in layouts]
    assert found == [(6, 5, 30), (12, 5, 60), (6, 10, 60), (12, 10, 120)]


@pytest.mark.parametrize(("allocation", "treated"), [("clinician", (48, 12, 4)), ("patient", (48, 6, 8))])
def test_twice_as_many_are_treated_by_more_clinicians_or_by_the_same(allocation, treated):
    plan = Power(sizes=[24], clinicians=[6], ratio=2.0, allocation=allocation)
    (layout,) = plan.layouts()
    assert (layout.treated_size, layout.treated_clinicians, layout.treated_caseload) == treated
    found, _ = who(plan, layout)
    assert found.treated.sum() == 48
    assert len(found.treated) == 72


def test_training_raises_the_behaviours_named_and_changes_do_the_rest():
    plan = Power(training=0.5, behaviours=["empathy"], changes={"protocol.drug": "none"})
    arms, skill = plan.arms(SCENARIO, BY_CLINICIAN), SCENARIO.clinicians.empathy
    assert arms["treated"].clinicians.empathy.mean == pytest.approx(skill.mean + 0.5 * skill.spread)
    assert arms["treated"].clinicians.boundaries == arms["control"].clinicians.boundaries
    assert arms["treated"].protocol.drug.value == "none"


def test_an_arm_of_the_study_is_the_treated_one_and_is_not_trained():
    kind = with_values(SCENARIO, {"clinicians.empathy.mean": 0.9})
    arms = Power(arm="kind").arms(SCENARIO, BY_CLINICIAN, kind)
    assert arms["treated"].clinicians.empathy.mean == 0.9
    assert arms["treated"].clinicians.boundaries == SCENARIO.clinicians.boundaries


def test_an_assistant_counts_by_share_and_hours():
    """Seven of 13.5 hours are held by two, of which the second has 0.35."""
    assert assistant_share(SCENARIO) == pytest.approx(0.35 * 7 / 13.5)
    assert assistant_share(ALONE) == 0.0
    assert pair_weights(3, 0.2).tolist() == [[0.8, 0.2, 0.0], [0.0, 0.8, 0.2], [0.2, 0.0, 0.8]]
    assert pair_weights(3, 0.0) is None


def test_groups_are_what_is_allocated_where_patients_are():
    plan = Power(sizes=[20], clinicians=[4], allocation="patient")
    (layout,) = plan.layouts(6)
    assert layout.caseload == 6
    found, _ = who(plan, layout, with_values(ALONE, GROUPS))
    assert np.bincount(found.cluster).tolist() == [6] * 8
    assert found.between
    assert not set(found.cluster[found.treated]) & set(found.cluster[~found.treated])


def test_groups_in_one_arm_only_are_clusters_there_alone():
    plan = Power(sizes=[24], clinicians=[4], allocation="patient", training=0.0, changes=GROUPS)
    found, _ = who(plan, plan.layouts(6)[0])
    assert found.apart
    assert found.clustered == (False, True)
    with pytest.raises(ScenarioError, match=r"power\.allocation=patient"):
        who(Power(sizes=[24], clinicians=[4], training=0.0, changes=GROUPS))


def drawn(trials=3, seed=61):
    """Trials of 48 patients and 8 clinicians: endpoint, baseline, members."""
    rng = np.random.default_rng(seed)
    found, _ = who(Power(clinicians=[4]), Layout(24, 24, 4, 4, 6, 6))
    baseline = rng.normal(30, 5, (trials, 48))
    level = rng.normal(0, 4, (trials, 8))[:, found.cluster]
    return 5 + 0.6 * baseline - 3 * found.treated + level + rng.normal(0, 6, baseline.shape), baseline, found


def test_analyses_are_those_of_statsmodels():
    import statsmodels.api as sm

    endpoint, baseline, found = drawn()
    tested = {
        analysis: analyse(endpoint - baseline * (analysis is Analysis.t_test), baseline, found, analysis)
        for analysis in Analysis
    }
    for trial in range(len(endpoint)):
        arm = sm.add_constant(found.treated.astype(float))
        terms = np.column_stack((arm, baseline[trial]))
        change = sm.OLS(endpoint[trial] - baseline[trial], arm).fit()
        plain = sm.OLS(endpoint[trial], terms).fit()
        mixed = sm.MixedLM(endpoint[trial], terms, found.cluster).fit(reml=True, method="powell")
        for analysis, other in ((Analysis.t_test, change), (Analysis.ancova, plain)):
            assert tested[analysis].estimate[trial] == pytest.approx(other.params[1])
            assert tested[analysis].p()[trial] == pytest.approx(other.pvalues[1])
        wald = tested[Analysis.mixed_model_wald]
        assert wald.estimate[trial] == pytest.approx(mixed.fe_params[1], abs=1e-4)
        assert wald.p()[trial] == pytest.approx(mixed.pvalues[1], rel=0.02)
        assert tested[Analysis.mixed_model].p()[trial] > wald.p()[trial]  # six degrees of freedom, not the normal


def test_arms_apart_are_welchs_test_of_groups_and_of_patients():
    """Without a baseline that says anything: means of groups against patients alone, worked out by hand."""
    rng = np.random.default_rng(63)
    plan = Power(sizes=[24], clinicians=[4], allocation="patient", training=0.0, changes=GROUPS)
    found, _ = who(plan, plan.layouts(6)[0])
    y = rng.normal(size=(1, 48)) + 2.0 * rng.normal(size=4)[found.cluster] * found.treated
    tested = analyse(y, rng.normal(size=y.shape) * 1e-9, found, Analysis.mixed_model)
    groups = np.array([y[0, found.treated & (found.cluster == one)].mean() for one in range(4)])
    alone = y[0, ~found.treated]
    parts = groups.var(ddof=1) / 4, alone.var(ddof=1) / 24
    assert tested.estimate[0] == pytest.approx(groups.mean() - alone.mean(), abs=0.3)
    assert tested.error[0] == pytest.approx(np.sqrt(sum(parts)), rel=0.1)
    assert 3 < tested.free[0] < 5


def test_who_is_lost_is_not_analysed():
    """The same worlds; with leavers lost fewer are analysed, and the true effect is that of all."""
    scenario = small(parameters__retention__base=-2.5)
    plans = [Power(sizes=[12], clinicians=[3], missing=missing) for missing in (Missing.none, Missing.dropout)]
    kept, lost = (planned_trials(plan, scenario, 6, SEED) for plan in plans)
    assert (kept["analysed"] == 24).all()
    assert (lost["analysed"] < 24).all()
    assert np.allclose(kept["true_effect"], lost["true_effect"])


def test_a_share_is_missing_at_random_and_more_of_those_who_do_worse():
    score = np.tile(np.arange(100.0), (200, 1))
    for missing, low, high in ((Missing.random, 0.2, 0.2), (Missing.worse, 0.1, 0.3)):
        plan = Power(missing=missing, missing_share=0.2)
        gone = planned_outcomes.unassessed(plan, score, score < 0, range(200), SEED)
        assert gone[:, :50].mean() == pytest.approx(low, abs=0.02)
        assert gone[:, 50:].mean() == pytest.approx(high, abs=0.02)
        fewer = planned_outcomes.unassessed(plan, score[:2, :], score[:2] < 0, range(2), SEED)
        assert np.array_equal(fewer, gone[:2])


def test_estimands_differ_in_what_leaving_means():
    scenario = small(parameters__retention__base=-1.5)
    found = {
        one: planned_trials(Power(sizes=[12], clinicians=[3], estimand=one), scenario, 6, SEED) for one in Estimand
    }
    policy = found[Estimand.treatment_policy]
    for one, trials in found.items():
        if one is not Estimand.treatment_policy:
            assert not np.allclose(trials["true_effect"], policy["true_effect"])
    assert (found[Estimand.hypothetical]["analysed"] < 24).all()
    assert (found[Estimand.composite]["analysed"] == 24).all()
    assert (found[Estimand.while_on_treatment]["analysed"] == 24).all()


def test_a_composite_counts_who_left_as_unchanged_and_as_no_responder():
    world = planned_outcomes.World(
        *(np.array([values]) for values in ([5.0, 30.0], [30.0, 30.0], [True, True], [4.0, 4.0]))
    )
    for endpoint, value in (("response", 0.0), ("remission", 0.0)):
        plan = Power(endpoint=endpoint, estimand="composite")
        assert planned_outcomes.outcome(plan, world, SCENARIO).tolist() == [[value, value]]
    plan = Power(endpoint="response")
    assert planned_outcomes.outcome(plan, world, SCENARIO).tolist() == [[1.0, 0.0]]


def row_of(found, quantity):
    """The row of a quantity."""
    return found.set_index("quantity").loc[quantity]


def trials_of(effect, null):
    """Trials of one layout whose p are given."""
    rows = [(truth, number, p) for truth, each in (("effect", effect), ("null", null)) for number, p in enumerate(each)]
    trials = pd.DataFrame(rows, columns=["truth", "replicate", "p"])
    layout = {"clinicians": 3, "caseload": 4, "size": 12, "treated_size": 12}
    return trials.assign(
        **layout, estimate=[-1.0, -3.0, 0.0, 1.0], error=1.0, free=4.0, icc=0.05, variance=9.0, unclustered=1.0,
        analysed=24, covered=1.0, true_effect=-2.0,
    )  # fmt: skip


def test_power_is_the_share_of_trials_with_a_small_p():
    found = power(trials_of([0.01, 0.2], [0.9, 0.03]), Power(), SCENARIO)
    assert row_of(found, "power")["estimate"] == 0.5
    assert row_of(found, "type I error")["estimate"] == 0.5
    assert row_of(found, "power")["mcse"] == pytest.approx(np.sqrt(0.25 / 2))
    assert row_of(found, "estimated effect")[["estimate", "mcse"]].tolist() == [-2.0, 1.0]
    assert row_of(found, "estimated effect")["unit"] == "MADRS points"
    assert row_of(found, "bias")["estimate"] == 0.0
    assert row_of(found, "coverage")["estimate"] == 1.0
    assert row_of(found, "design effect by ICC")["estimate"] == pytest.approx(1 + 3 * 0.05)
    assert row_of(found, "design effect")["estimate"] == pytest.approx(0.5)  # the variance of 0 and 1, over 1


def test_closed_formulas_are_those_of_the_textbook():
    """64 an arm and d = 0.5: 0.80 (Cohen 1988); 85 patients and r = 0.3: 0.80."""
    assert t_power(0.5, np.sqrt(2 / 64), 126, 0.05) == pytest.approx(0.8015, abs=1e-4)
    assert t_power(0.5, np.sqrt(2 / 64), 126, 0.05, one_sided=True) == pytest.approx(0.8015, abs=1e-4)
    assert t_power(0.0, 1.0, 10, 0.05) == pytest.approx(0.05)
    assert fisher_power(0.3, 85, 0.05) == pytest.approx(0.80, abs=0.003)


def curve_of(rates, sizes=(25, 100, 400), count=1000):
    """Trials whose power at each size is given."""
    each = zip(sizes, rates, strict=True)
    frames = [
        pd.DataFrame({"size": size, "clinicians": 6, "caseload": size // 6, "p": np.arange(count) >= rate * count})
        for size, rate in each
    ]
    return pd.concat(frames).assign(truth="effect").astype({"p": float})


def test_the_smallest_size_lies_where_the_power_of_a_normal_test_does():
    """Power Φ(0.2 √n − 1.96): 0.8 at n = ((0.8416 + 1.96) / 0.2)² = 196.2."""
    from scipy.special import ndtr

    found = smallest(curve_of([ndtr(0.2 * np.sqrt(n) - 1.96) for n in (25, 100, 400)]), Power()).iloc[0]
    assert found["estimate"] == pytest.approx(196.2, abs=2.0)
    assert found["lower"] < found["estimate"] < found["upper"]
    assert found["mcse"] == pytest.approx(np.sqrt(0.16 / 1000) / (0.28 * 0.2 / (2 * np.sqrt(196.2))), rel=0.1)
    assert not found["note"]
    assert (found["held"], found["which"]) == ("clinicians", 6)


def test_at_a_caseload_the_clinicians_needed_are_counted():
    trials = curve_of([0.2, 0.7, 0.9]).assign(caseload=12)
    found = smallest(trials, Power(sizes=[25, 100, 400], caseload=[12])).iloc[0]
    assert found["clinicians"] == np.ceil(found["estimate"] / 12)


def test_a_target_beyond_the_sizes_is_said_not_guessed():
    short, long = (smallest(curve_of(rates), Power()).iloc[0] for rates in ((0.1, 0.3, 0.6), (0.9, 0.95, 1.0)))
    assert np.isnan(short["estimate"])
    assert "type larger power.sizes" in short["note"]
    assert "type smaller power.sizes" in long["note"]


def test_a_plan_is_run_from_start_to_end_and_blocks_move_nothing(monkeypatch):
    plan = Power(
        sizes=[6, 12], clinicians=[3], changes={"protocol.doses": [1.0]}, missing="random"
    )  # another timetable: another dose
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


@pytest.mark.parametrize(
    "values",
    [
        {"endpoint": "response", "margin": 0.1},
        {"endpoint": "remission", "ratio": 2.0},
        {"endpoint": "dropout", "allocation": "patient"},
        {"endpoint": "alliance"},
        {"margin": 3.0, "training": 0.0, "analysis": "t_test"},
        {"allocation": "patient", "changes": {f"protocol.{phase}.group": 2 for phase in ("preparation", "dosing")}},
    ],
)
def test_every_kind_of_plan_gives_its_answer(values):
    curve, _ = power_curve(Power(sizes=[12], clinicians=[3], **values), small(), 4, SEED)
    assert np.isfinite(curve["estimate"]).all()
    expected = "correlation" if values.get("endpoint") == "alliance" else "coverage"
    assert expected in set(curve["quantity"])


def test_a_treatment_that_does_nothing_is_not_inferior_by_a_wide_margin_and_nothing_is_by_none():
    plan = Power(sizes=[60], clinicians=[6], training=0.0, margin=40.0)
    found = planned_trials(plan, small(), 8, SEED).groupby("truth")["p"]
    assert (found.get_group("effect") < 1e-6).all()
    assert (found.get_group("null") > 0.001).all()


def test_plans_that_cannot_be_run_are_refused():
    for values, said in (
        ({"sizes": [1]}, "is outside \\[2, 100000\\] patients"),
        ({"behaviours": ["warmth"]}, "choose among: boundaries"),
        ({"sizes": [24], "clinicians": [1]}, "needs 2 clinicians an arm"),
        ({"sizes": [6], "clinicians": [6]}, "cannot tell clinicians from patients"),
        ({"sizes": [24], "clinicians": [6], "caseload": [4]}, "leave one of them out"),
        ({"alpha": 2.0}, "outside"),
        ({"changes": {"patients.number": 9}}, "which the plan itself sets"),
        ({"endpoint": "dropout", "estimand": "composite"}, "type power.estimand=treatment_policy"),
        ({"endpoint": "dropout", "missing": "dropout"}, "type power.missing=none"),
        ({"endpoint": "alliance", "margin": 0.1}, "asks for a slope"),
        ({"endpoint": "response", "margin": 5}, "is no share of patients"),
        ({"clinicians": list(range(2, 72)), "caseload": [4]}, "list at most 60"),
    ):
        with pytest.raises(ScenarioError, match=said):
            build(Power, values)
    with pytest.raises(ScenarioError, match=r"would have 400 patients, and clinicians\.max_caseload=20"):
        planned_trials(Power(sizes=[400], clinicians=[1], analysis=Analysis.ancova), SCENARIO, 2, SEED)
    endpoint, baseline, found = drawn(1)
    with pytest.raises(AnswerError, match="too few clinicians"):
        analyse(endpoint, baseline, found._replace(cluster=np.where(found.treated, 1, 0)), Analysis.mixed_model)


def test_every_number_of_a_plan_carries_its_unit_and_meaning():
    keys = {"ratio", "training", "margin", "missing_share", "alpha", "target"}
    assert {row.key for row in parameters(Power())} == keys


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ({"sizes": [24], "clinicians": 6, "caseload": 12, "shared": True, "missing": "lost"},
         {"clinicians": [], "caseload": [12], "allocation": "patient", "missing": "dropout"}),
        ({"sizes": [24], "clinicians": 4, "caseload": 0, "shared": False, "missing": "assessed"},
         {"clinicians": [4], "caseload": [], "allocation": "clinician", "missing": "none"}),
        ({"sizes": [], "clinicians": 6, "caseload": 0}, {"clinicians": [], "caseload": []}),
    ],
)  # fmt: skip
def test_a_plan_stored_by_an_earlier_version_is_read_as_it_is_written_now(stored, now):
    plan = planned({"power": stored, "seed": 1})["power"]
    assert {name: plan[name] for name in now} == now
    assert "shared" not in plan
    assert build(Study, {"power": plan}).power.sizes == stored["sizes"]
    assert planned(planned({"power": stored})) == planned({"power": stored})


def test_a_waitlist_has_no_clinicians_to_be_clustered_by():
    """Nobody meets those who wait, so that only the other arm has clusters; without an effect it still has them."""
    waits, meets = (world(name, "davis2021", patients__number=6, clinicians__number=3) for name in (WAIT, "davis2021"))
    plan = Power(arm="treated", sizes=[8], clinicians=[4])
    arms = plan.arms(waits, plan.layouts()[0], meets)
    assert members(plan, plan.layouts()[0], arms).clustered == (False, True)
    trials = planned_trials(plan, waits, 6, SEED, meets)
    effect, null = (trials[trials["truth"] == truth] for truth in ("effect", "null"))
    assert (effect["true_effect"] < 0).all()
    assert np.allclose(null["error"], effect["error"])
    assert null["estimate"].to_numpy() == pytest.approx((effect["estimate"] - effect["true_effect"].mean()).to_numpy())


def test_the_answer_is_a_sentence_of_the_plan():
    plan = Power(sizes=[48, 96], caseload=[12])
    study = Study(power=plan)
    rows = [(4, 12, 48), (8, 12, 96)]
    found = pd.DataFrame(
        [
            (*row, name, value, 0.01)
            for row in rows
            for name, value in (("type I error", 0.05), ("design effect", 1.44), ("ICC", 0.04))
        ],
        columns=["clinicians", "caseload", "size", "quantity", "estimate", "mcse"],
    )
    least = {
        "held": "caseload",
        "which": 12,
        "target": 0.8,
        "estimate": 70.0,
        "mcse": 5.0,
        "clinicians": 6.0,
        "note": "",
    }
    opened = types.SimpleNamespace(study=study)
    said = question.sentence(opened, {"": found, "smallest": pd.DataFrame([least])})
    assert said == (
        "With 12 patients to a clinician, 70 ± 5 patients an arm (6 clinicians an arm) give 80 % power. "
        "With 96 patients an arm: type I error 0.050 ± 0.010; design effect 1.44 ± 0.01 (ICC 0.040 ± 0.010)."
    )
    none = {**least, "estimate": np.nan, "note": "power is 0.20 with 96 patients an arm; type larger power.sizes"}
    said = question.sentence(opened, {"": found, "smallest": pd.DataFrame([none])})
    assert "type larger power.sizes" in said
    older = pd.DataFrame([{name: least[name] for name in ("target", "estimate", "mcse", "note")}])
    assert question.sentence(opened, {"": found, "smallest": older}).startswith("70 ± 5 patients an arm give 80 %")


ORDER = ["size", "truth", "replicate"]
TWO_SIZES = Power(sizes=[6, 12], clinicians=[3], missing="random")


def in_order(trials):
    """Trials in an order that does not depend on how they were simulated."""
    return trials.sort_values(ORDER, ignore_index=True)


@pytest.fixture
def counted(monkeypatch):
    """How many trials each call simulates."""
    asked, simulated = [], simulation._simulated

    def count(*given):
        asked.append(len(given[3]))
        return simulated(*given)

    monkeypatch.setattr(simulation, "_simulated", count)
    return asked


def test_kept_trials_are_those_of_one_run_and_only_what_is_missing_is_simulated(tmp_path, counted):
    whole = planned_trials(TWO_SIZES, small(), 5, SEED)
    planned_trials(TWO_SIZES, small(), 3, SEED, kept=PlannedTrials(tmp_path, writes=True))
    counted.clear()
    again = planned_trials(TWO_SIZES, small(), 5, SEED, kept=PlannedTrials(tmp_path, writes=True))
    assert counted == [2, 2]
    pd.testing.assert_frame_equal(in_order(again), in_order(whole))
    pd.testing.assert_frame_equal(in_order(pd.read_parquet(tmp_path / PLANNED)), in_order(whole))
    read = planned_trials(TWO_SIZES, small(), 5, SEED, kept=PlannedTrials(tmp_path))  # by whom nothing is written
    assert len(counted) == 2
    pd.testing.assert_frame_equal(read, again)


def test_a_statistician_recomputes_power_bias_and_coverage_from_kept_trials(tmp_path):
    kept = PlannedTrials(tmp_path, writes=True)
    curve, _ = power_curve(TWO_SIZES, small(), 6, SEED, kept=kept)
    trials = pd.read_parquet(tmp_path / PLANNED).query("truth == 'effect'")
    for size, own in trials.groupby("size"):
        said = curve[curve["size"] == size].set_index("quantity")["estimate"]
        assert (own["p"] < 0.05).mean() == said["power"]
        assert (own["estimate"] - own["true_effect"]).mean() == pytest.approx(said["bias"])
        assert own["covered"].mean() == said["coverage"]
        assert own["error"].mean() == pytest.approx(said["standard error (model)"])


def test_an_interrupted_run_keeps_what_it_did_and_another_plan_takes_none_of_it(tmp_path, monkeypatch, counted):
    monkeypatch.setattr("alliance_sim.analysis.paired.DEEP", 2)
    judged, turns = simulation.analyse, []

    def stop(*given):
        turns.append(given)
        if len(turns) > 4:  # two analyses a batch: in the third batch of the first size
            raise KeyboardInterrupt
        return judged(*given)

    monkeypatch.setattr(simulation, "analyse", stop)
    with pytest.raises(KeyboardInterrupt):
        planned_trials(TWO_SIZES, small(), 6, SEED, kept=PlannedTrials(tmp_path, writes=True))
    assert len(pd.read_parquet(tmp_path / PLANNED)) == 2 * 4
    monkeypatch.setattr(simulation, "analyse", judged)
    counted.clear()
    planned_trials(TWO_SIZES, small(), 6, SEED, kept=PlannedTrials(tmp_path, writes=True))
    assert counted == [2, 6]
    other = Power(sizes=[6], clinicians=[3], missing="worse")
    planned_trials(other, small(), 2, SEED, kept=PlannedTrials(tmp_path, writes=True))
    assert counted == [2, 6, 2]
    assert len(pd.read_parquet(tmp_path / PLANNED)) == 2 * 2  # those of one plan


def test_damage_of_kept_trials_is_found_and_mended(tmp_path, counted):
    kept, plan = PlannedTrials(tmp_path, writes=True), Power(sizes=[6], clinicians=[3])
    whole = planned_trials(plan, small(), 2, SEED, kept=kept)
    (file,) = (tmp_path / PLANNED).glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"X")
    (error,) = kept.damages()
    assert isinstance(error, DamagedError)
    assert "differs from what was written" in str(error)
    pd.testing.assert_frame_equal(planned_trials(plan, small(), 2, SEED, kept=kept), whole)
    assert counted == [2, 2]
    assert not list(kept.damages())
    (tmp_path / PLANNED / "_about.json").write_text('{"x": 1}')
    assert [error.file for error in kept.damages()] == ["planned/_about.json"]
    planned_trials(plan, small(), 2, SEED, kept=kept)
    assert not list(kept.damages())


@pytest.mark.parametrize(
    ("values", "times"),
    [({}, 2), ({"estimand": "hypothetical"}, 4), ({"endpoint": "alliance"}, 3), ({"ratio": 2.0}, 2)],
)
def test_the_cost_of_a_plan_counts_all_its_trials_and_worlds(values, times):
    found = forecast(Power(sizes=[6, 12], clinicians=[3], **values), small(), 50, SEED)
    assert (found.sizes, found.times) == (2, times)
    assert found.patients == 50 * 18 * (1 + values.get("ratio", 1))
    assert found.seconds > 0


@pytest.mark.parametrize(
    ("values", "asked", "said"),
    [
        ({}, "what 1 SD more of all 5 behaviours in clinicians does to MADRS", "least important difference"),
        ({"behaviours": ["empathy"], "training": 0.5}, "what 0.5 SD more of empathy", "cluster-randomised"),
        ({"training": 0, "margin": 3}, "worse by less than 3 MADRS points", "one-sided level 0.025"),
        ({"endpoint": "response", "margin": 0.1}, "makes response worse by less than 10 percentage", "percentage"),
        ({"allocation": "patient", "ratio": 2.0}, "to MADRS", "24 + 48 (of 6 clinicians)"),
        ({"allocation": "patient", "training": 0, "changes": GROUPS}, "preparation.group=6", "treated arm alone"),
        ({"endpoint": "dropout"}, "does to dropout", "share of patients with dropout"),
        ({"endpoint": "alliance"}, "goes with the early alliance", "slope of MADRS"),
        ({"missing": "worse", "missing_share": 0.3}, "to MADRS", "a share of 0.3, likelier the worse"),
    ],
)  # fmt: skip
def test_a_plan_asks_its_own_question_and_says_what_it_is(values, asked, said):
    study = build(Study, {"power": {"sizes": [24], "clinicians": [6], **values}, "ask": ["power"]})
    assert asked in question.asked(study)
    assert said in "\n".join(f"{name}: {words}" for name, words in question.design(study))


def test_every_size_has_its_bias_and_coverage_in_the_short_table():
    frame = power(
        pd.concat([trials_of([0.01, 0.2], [0.9, 0.03]).assign(size=size) for size in (12, 24)]), Power(), SCENARIO
    )
    shown = question._brief(None, frame)
    for name in ("bias", "coverage"):
        assert shown.loc[shown["quantity"] == name, "size"].tolist() == [12, 24]


@pytest.mark.parametrize(
    ("values", "effect", "said"),
    [
        ({}, -1.0, "less than the 1.75 points taken as the smallest difference that matters"),
        ({}, -2.0, "at least the 1.75 points"),
        ({"margin": 3.0}, -2.0, "margin 3 MADRS points"),
    ],
)
def test_an_effect_is_said_with_what_it_is_judged_by(values, effect, said):
    study = Study(power=Power(sizes=[12], clinicians=[3], **values))
    trials = trials_of([0.01, 0.2], [0.9, 0.03]).assign(true_effect=effect)
    found = power(trials, study.power, SCENARIO)
    opened = types.SimpleNamespace(study=study, base=SCENARIO)
    assert said in question.sentence(opened, {"": found, "smallest": smallest(trials, study.power)})
