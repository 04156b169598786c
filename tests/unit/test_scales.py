"""Arms of different conditions: no points are compared across scales, and what is unpaired has its own error."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim import Scenario, with_values
from alliance_sim.analysis import precision, scales, summary
from alliance_sim.analysis.running import NAMES, STANDARDISED, Kind
from alliance_sim.study.config import Estimand

COMP001 = Scenario(protocol="comp001")
KINDS = {"a": Kind("madrs", "depression"), "b": Kind("caps_5", "ptsd"), "c": Kind("qids_sr_16", "depression")}
N = 400


@pytest.fixture(scope="module")
def found():
    """Trials whose noise two arms share, and their answers."""
    rng = np.random.default_rng(3)
    common = rng.normal(size=(N, len(NAMES)))
    frames = []
    for place, arm in enumerate(KINDS):
        own = 10.0 + place + common + 0.1 * rng.normal(size=common.shape)
        frames.append(pd.DataFrame(own, columns=NAMES).assign(arm=arm, replicate=np.arange(N)))
    trials = pd.concat(frames)
    design = pd.DataFrame({"arm": list(KINDS)})
    running, alike = summary.begin(design, "a", KINDS), summary.begin(design, "a")
    for taken in (running, alike):
        taken.add(trials)
    made, plain = (summary.answers(of, design, "a") for of in (running, alike))
    return trials.set_index(["arm", "replicate"]), plain, scales.comparable(made, running, KINDS)


def test_no_points_are_compared_across_scales(found):
    _, _, made = found
    apart = made.contrasts[made.contrasts["arm"].isin(["b", "c"])]
    assert not apart["measure"].isin(["change", "change_sd", "change_q50"]).any()
    assert made.effect_sizes["d"].isna().all()
    assert made.main_effects.empty


def test_unpaired_differences_have_the_error_of_two_independent_means(found):
    trials, plain, made = found
    row = made.contrasts.set_index(["arm", "measure"]).loc[("b", "wai_final")]
    each = trials["wai_final"].unstack("arm").std(ddof=1) / np.sqrt(N)
    assert row["mcse"] == pytest.approx(np.hypot(each["a"], each["b"]))
    assert not row["paired"]
    assert np.isnan(row["variance_reduction"])
    paired = plain.contrasts.set_index(["arm", "measure"]).loc[("b", "wai_final")]
    assert row["mcse"] > 3 * paired["mcse"]  # the control: what shares its draws
    assert row["difference"] == paired["difference"]


def test_two_scales_of_one_condition_stay_paired(found):
    _, plain, made = found
    one, two = (frame.contrasts.set_index(["arm", "measure"]).loc[("c", "wai_final")] for frame in (made, plain))
    assert one["paired"]
    assert one["mcse"] == two["mcse"]


def test_the_standardised_change_is_change_over_its_spread(found):
    trials, _, made = found
    own = (trials["change"] / trials["change_sd"]).unstack("arm")
    rows = made.by_arm[made.by_arm["measure"] == STANDARDISED].set_index("arm")
    assert rows.loc["b", "estimate"] == pytest.approx(own["b"].mean())
    assert rows.loc["b", "mcse"] == pytest.approx(own["b"].std(ddof=1) / np.sqrt(N))
    pairs = made.contrasts[made.contrasts["measure"] == STANDARDISED].set_index("arm")
    assert pairs.loc["c", "mcse"] == pytest.approx((own["c"] - own["a"]).std(ddof=1) / np.sqrt(N))
    assert pairs.loc["b", "mcse"] == pytest.approx(np.hypot(*own[["a", "b"]].std(ddof=1)) / np.sqrt(N))


def test_the_written_rows_say_what_is_paired(found):
    _, plain, made = found
    assert "paired" not in summary.tidy(plain, "a")
    rows = summary.tidy(made, "a")
    assert rows.loc[rows["arm"].eq("b") & rows["table"].eq("contrast"), "paired"].eq(False).all()


def test_arms_of_one_kind_are_answered_as_before(found):
    _, plain, _ = found
    same = dict.fromkeys(KINDS, KINDS["a"])
    assert scales.comparable(plain, summary.begin(pd.DataFrame({"arm": list(KINDS)}), "a", same), same) is plain


def test_other_people_on_one_scale_are_unpaired_too(found):
    trials, _, _ = found
    kinds = {"a": KINDS["a"], "b": Kind("madrs", "another condition")}
    running = summary.begin(pd.DataFrame({"arm": ["a", "b"]}), "a", kinds)
    running.add(trials.reset_index().query("arm != 'c'"))
    made = scales.comparable(summary.answers(running, pd.DataFrame({"arm": ["a", "b"]}), "a"), running, kinds)
    row = made.contrasts.set_index("measure").loc["change"]
    each = trials["change"].unstack("arm").std(ddof=1) / np.sqrt(N)
    assert row["mcse"] == pytest.approx(np.hypot(each["a"], each["b"]))
    assert not row["paired"]
    assert STANDARDISED not in set(made.contrasts["measure"])
    assert precision.largest(precision.errors(running, "change", Estimand.difference)) == row["mcse"]


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ({"patients": "vonrotz2023"}, False),
        ({"patients": "ptsd"}, False),
        ({"protocol": "mapp", "patients": "comp001"}, False),  # whose entry rule is another
        ({"protocol.entry.lowest": 30.0}, False),
        ({"patients.severity_mean": 0.5}, False),
        ({"patients.entry.mean": 33.0, "patients.entry.sd": 5.5}, False),
        ({"patients.number": 61}, False),
        ({"patients.attachment_anxiety": 1.0}, False),
        ({"parameters.symptoms.fluctuation": 0.02}, False),
        ({"parameters.instruments.madrs.noise": 2.0}, False),
        ({"protocol.doses": [10.0]}, True),
        ({"protocol.drug": "none", "protocol.doses": []}, True),
        ({"protocol.integration.sessions": 5}, True),
        ({"clinicians.empathy.mean": 0.8}, True),
        ({"parameters.bond.rate": 0.2}, True),
        ({"protocol": "mapp", "patients": "comp001", "protocol.entry.scale": "madrs", "protocol.entry.lowest": 24.0,
          "protocol.entry.highest": 60.0}, True),
    ],
)  # fmt: skip
def test_patients_are_the_same_where_what_makes_and_admits_them_is(values, same):
    assert (scales.kind(with_values(COMP001, values)).patients == scales.kind(COMP001).patients) == same


def test_differences_say_where_patients_are_others_and_keep_the_error_that_shared_draws_give_them(found):
    _, plain, _ = found
    kinds = {
        "a": Kind("madrs", "depression", (1,)),
        "b": Kind("madrs", "depression", (2,)),
        "c": Kind("madrs", "depression", (1,)),
    }
    made = scales.with_patients(
        scales.comparable(plain, summary.begin(pd.DataFrame({"arm": list(KINDS)}), "a", kinds), kinds), kinds
    )
    same = made.contrasts.groupby("arm")["same_patients"].agg(["all", "any"])
    assert same.loc["b"].tolist() == [False, False]
    assert same.loc["c"].tolist() == [True, True]
    assert made.contrasts["mcse"].equals(plain.contrasts["mcse"])
    rows = summary.tidy(made, "a")
    assert rows.loc[rows["arm"].eq("b") & rows["table"].eq("contrast"), "same_patients"].eq(False).all()
    assert scales.with_patients(plain, dict.fromkeys(KINDS, KINDS["a"])) is plain
