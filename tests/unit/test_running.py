"""Answers that grow with a study: the same whatever order trials come in, and equal to plain arithmetic on frames."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis import estimates, summary
from alliance_sim.analysis.estimates import by_arm, contrasts, effect_sizes, main_effects, margin
from alliance_sim.analysis.running import HEADLINES, MEASURES, Moments, Running

POINTS, REPLICATES = [3, 7, 11, 20], 9
PAIRS = [(7, 3), (11, 3), (20, 11)]


@pytest.fixture
def trials() -> pd.DataFrame:
    """Trials of four points that share noise by replicate; one failed, one measure is missing now and then."""
    rng = np.random.default_rng(5)
    shared = rng.normal(size=REPLICATES)
    rows = [
        {"point": point, "replicate": replicate, "status": "done"}
        | {name: shared[replicate] + 0.1 * place + rng.normal(0, 0.2) for place, name in enumerate(MEASURES)}
        | {"change_sd": 2 + rng.random(), "response": rng.random()}
        for point in POINTS
        for replicate in range(REPLICATES)
    ]
    frame = pd.DataFrame(rows)
    frame.loc[5, [*MEASURES]], frame.loc[5, "status"] = np.nan, "failed"
    frame.loc[12, "wai_early"] = np.nan
    return frame


def wide(trials: pd.DataFrame, measure: str) -> pd.DataFrame:
    return trials.pivot(index="replicate", columns="point", values=measure)


def test_means_and_errors_are_those_of_the_frame(trials: pd.DataFrame) -> None:
    found = by_arm(trials).set_index(["point", "measure"])
    for measure in MEASURES:
        values = wide(trials, measure)
        expected = pd.DataFrame({"estimate": values.mean(), "mcse": values.sem(), "replicates": values.count()})
        own = found.xs(measure, level="measure")[["estimate", "mcse", "replicates"]]
        pd.testing.assert_frame_equal(own, expected, check_names=False, rtol=1e-12)


def test_differences_are_paired_by_replicate(trials: pd.DataFrame) -> None:
    found = contrasts(trials, PAIRS).set_index(["point", "versus", "measure"])
    for one, two in PAIRS:
        for measure in MEASURES:
            both = wide(trials, measure)[[one, two]].dropna()
            difference = both[one] - both[two]
            row = found.loc[(one, two, measure)]
            assert row["difference"] == pytest.approx(difference.mean(), rel=1e-12)
            assert row["mcse"] == pytest.approx(difference.sem(), rel=1e-10)
            assert row["variance_reduction"] == pytest.approx(both.var().sum() / difference.var(), rel=1e-9)


def test_effect_sizes_are_those_of_the_frame(trials: pd.DataFrame) -> None:
    found = effect_sizes(trials, PAIRS).set_index(["point", "versus"])
    change, spread, response = (wide(trials, name) for name in ("change", "change_sd", "response"))
    d = (change[20] - change[11]) / ((spread[20] ** 2 + spread[11] ** 2) / 2) ** 0.5
    risk = response[20] - response[11]
    row = found.loc[(20, 11)]
    assert row["d"] == pytest.approx(d.mean(), rel=1e-12)
    assert row["d_mcse"] == pytest.approx(d.sem(), rel=1e-10)
    assert row["nnt"] == pytest.approx(1 / risk.mean(), rel=1e-12)
    assert row["nnt_mcse"] == pytest.approx(risk.sem() / risk.mean() ** 2, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_trials_come_does_not_matter(seed: int, trials: pd.DataFrame) -> None:
    """Comparators may come last, and in pieces."""
    rng = np.random.default_rng(seed)
    levels = {"key": np.array([[1, 1, 0, 0], [0, 0, 1, 1]])}
    whole, pieces = Running(POINTS, PAIRS, levels), Running(POINTS, PAIRS, levels)
    whole.add(trials)
    cells = [(point, first) for point in POINTS for first in range(0, REPLICATES, 2)]
    for place in rng.permutation(len(cells)):
        point, first = cells[place]
        pieces.add(trials[(trials["point"] == point) & trials["replicate"].isin([first, first + 1])])
    for table in (by_arm, contrasts, effect_sizes, main_effects):
        pd.testing.assert_frame_equal(table(pieces), table(whole), rtol=1e-10)


def test_moments_merge_as_if_all_had_come_at_once() -> None:
    values = np.random.default_rng(1).normal(1e6, 1, (3, 50, 2))
    values[0, 3, 1] = np.nan
    merged = Moments(3, 2)
    for part in np.array_split(values, 7, axis=1):
        merged.add(np.arange(3), part)
    np.testing.assert_allclose(merged.means, np.nanmean(values, axis=1), rtol=1e-14)
    np.testing.assert_allclose(merged.variance, np.nanvar(values, axis=1, ddof=1), rtol=1e-7)


def test_one_replicate_has_no_error_and_none_has_no_mean() -> None:
    moments = Moments(1, 2)
    moments.add(np.array([0]), np.array([[[1.0, np.nan]]]))
    assert moments.means[0, 0] == 1.0
    assert np.isnan(moments.means[0, 1])
    assert np.isnan(moments.error).all()


def test_main_effects_compare_the_levels_that_lie_farthest_apart(trials: pd.DataFrame) -> None:
    design = pd.DataFrame({"point": POINTS, "a": [0.1, 0.1, 0.8, 0.9], "b": ["x", "y", "x", "y"], "c": 1.0})
    members = {key: own.codes == np.arange(len(own.values))[:, None] for key, own in summary.levels_of(design).items()}
    assert list(members) == ["a", "b"]  # words too, and not what never changes
    found = Running(POINTS, levels=members)
    found.add(trials)
    change = wide(trials, "change")
    rows = main_effects(found).set_index("key")
    words = change[[POINTS[1], POINTS[3]]].mean(axis=1) - change[[POINTS[0], POINTS[2]]].mean(axis=1)
    assert rows.loc["b", "difference"] == pytest.approx(words.mean(), rel=1e-12)
    assert rows.loc["b", "mcse"] == pytest.approx(words.sem(), rel=1e-10)
    means = [change[POINTS[:2]].mean(axis=1), change[POINTS[2]], change[POINTS[3]]]
    low, high = sorted((int(np.argmin([one.mean() for one in means])), int(np.argmax([one.mean() for one in means]))))
    numbers = means[high] - means[low]
    assert rows.loc["a", "difference"] == pytest.approx(numbers.mean(), rel=1e-12)
    # Three pairs of levels to pick from make the interval wider than one pair does.
    t = (rows["upper"] - rows["difference"]) / rows["mcse"]
    assert t["a"] > t["b"] == pytest.approx(margin(np.array([1.0]), rows.loc[["b"], "replicates"].to_numpy())[0])


def test_intervals_are_students() -> None:
    from scipy.stats import t

    assert margin(np.array([2.0]), np.array([5]))[0] == pytest.approx(2 * t.ppf(0.975, 4), rel=1e-9)
    assert np.isnan(margin(np.array([2.0]), np.array([1]))[0])


def test_the_summary_of_many_points_is_written_in_parts_and_says_the_same(
    trials: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Running(POINTS, PAIRS)
    found.add(trials)
    held = summary.Answers(by_arm(found), contrasts(found), effect_sizes(found), pd.DataFrame(), main_effects(found))
    whole = summary.tidy(held, "")
    monkeypatch.setattr(summary, "ROWS_AT_ONCE", 7)
    parts = list(summary.written(held, ""))
    assert len(parts) > 2
    assert "".join(part.to_csv(index=False, header=False) for part in parts) == whole.to_csv(index=False, header=False)
    assert all(list(part) == list(whole) for part in parts)


def test_tables_of_very_many_points_hold_the_headlines_and_the_same_numbers(
    trials: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = by_arm(trials)
    monkeypatch.setattr(estimates, "MANY_POINTS", 1)
    few = by_arm(trials)
    assert set(few["measure"]) == set(HEADLINES)
    kept = whole[whole["measure"].isin(HEADLINES)].set_index(["point", "measure"])
    pd.testing.assert_frame_equal(few.set_index(["point", "measure"]).loc[kept.index], kept)
