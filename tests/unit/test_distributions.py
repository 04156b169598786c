"""Distributions of outcomes against values worked out by hand or known from elsewhere."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, norm

from alliance_sim.analysis.distributions import by_patient, comparisons, cumulative, quantiles
from alliance_sim.errors import AnswerError
from alliance_sim.world.scenario import Scenario

SCENARIO = Scenario()


def people(arms):
    """A frame of patients from change by arm, arrays (replicates, patients)."""
    frames = []
    for arm, change in arms.items():
        change = np.asarray(change, dtype=float)
        trials, number = change.shape
        frames.append(
            pd.DataFrame(
                {
                    "arm": arm,
                    "replicate": np.repeat(np.arange(trials), number),
                    "patient": np.tile(np.arange(number), trials),
                    "change": change.ravel(),
                    "response": (change.ravel() <= -10).astype(float),
                    "remission": (change.ravel() <= -15).astype(float),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


SMALL = people({"a": [[-12, -8, 0, 4], [-16, -10, -2, 0]], "b": [[-6, -4, 2, 4], [-10, -2, 0, 6]]})


def value(frame, measure, column="estimate"):
    return frame.set_index("measure").loc[measure, column]


def test_shares_at_or_below_a_score_are_counted_in_each_trial():
    found = cumulative(SMALL, SCENARIO)
    own = found[found["arm"] == "a"].set_index("value")
    assert own.loc[-10, "estimate"] == pytest.approx((1 / 4 + 2 / 4) / 2)
    assert own.loc[-10, "mcse"] == pytest.approx(0.125)
    assert own.loc[6, "estimate"] == 1.0
    assert own["estimate"].is_monotonic_increasing
    assert set(own["unit"]) == {"MADRS points"}


def test_differences_and_numbers_needed_to_treat_are_those_worked_out_by_hand():
    found = comparisons(SMALL, [("a", "b")], SCENARIO)
    assert value(found, "difference in change") == pytest.approx(-4.25)  # -3 and -5.5
    assert value(found, "difference in change", "mcse") == pytest.approx(1.25)
    assert value(found, "difference in response") == pytest.approx(0.25)  # 1/4 and 1/4
    assert value(found, "number needed to treat for response") == pytest.approx(4.0)
    assert value(found, "number needed to treat for remission") == pytest.approx(8.0)


def test_superiority_is_that_of_different_patients():
    """Trial 0, the own pairs left out: 10.5 of 12 pairs; ties count half."""
    found = comparisons(SMALL[SMALL["replicate"] == 0], [("a", "b")], SCENARIO)
    wins = sum(
        1.0 if one < two else 0.5 if one == two else 0.0
        for i, one in enumerate([-12, -8, 0, 4])
        for j, two in enumerate([-6, -4, 2, 4])
        if i != j
    )
    assert value(found, "probability of superiority") == pytest.approx(wins / 12)


def test_superiority_of_many_patients_is_mann_whitneys_share():
    change = np.random.default_rng(3).normal(0, 1, (1, 900)).round(1)
    other = np.random.default_rng(4).normal(0.5, 1, (1, 900)).round(1)
    found = comparisons(people({"a": change, "b": other}), [("a", "b")], SCENARIO)
    share = 1 - mannwhitneyu(change[0], other[0]).statistic / 900**2
    assert value(found, "probability of superiority") == pytest.approx(share, abs=2e-3)


def test_where_no_difference_is_certain_the_number_needed_has_no_interval():
    found = comparisons(SMALL, [("a", "a")], SCENARIO)
    assert np.isnan(value(found, "number needed to treat for response"))
    assert np.isnan(value(found, "number needed to treat for response", "lower"))
    assert value(found, "probability of superiority") == pytest.approx(0.5)


def test_quantiles_of_rounded_normals_are_those_of_the_normal():
    change = np.random.default_rng(5).normal(-12, 10, (200, 60)).round()
    found = quantiles(people({"a": change}), SCENARIO)
    truth = norm.ppf(found["level"], -12, 10)
    assert np.abs(found["estimate"] - truth).max() < 0.6
    assert (np.abs(found["estimate"] - truth) / found["mcse"]).max() < 3.5


def test_quantiles_of_an_arm_moved_by_three_points_are_three_points_apart():
    change = np.random.default_rng(6).normal(-12, 10, (50, 60)).round()
    found = quantiles(people({"a": change, "b": change + 3}), SCENARIO, [("b", "a")])
    apart = found[found["versus"] == "a"]
    assert np.allclose(apart["estimate"], 3.0)
    assert np.allclose(apart["mcse"], 0.0, atol=1e-9)


def test_frames_that_cannot_be_paired_are_refused():
    with pytest.raises(AnswerError, match="twice"):
        by_patient(pd.concat([SMALL, SMALL.tail(1)]), "change")
    with pytest.raises(AnswerError, match="different replicates"):
        by_patient(SMALL[(SMALL["arm"] == "a") | (SMALL["replicate"] == 0)], "change")
    with pytest.raises(AnswerError, match="no patient has a value"):
        cumulative(SMALL.assign(change=np.nan), SCENARIO)
