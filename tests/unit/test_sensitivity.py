"""Sobol and Morris on functions of known answers, with and without noise; rows that do not belong are refused."""

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis.screening import START, morris, trajectories
from alliance_sim.analysis.sensitivity import PARTS, convergence, sobol, variance_parts
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import AnswerError
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Design, Kind
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.scenario import Patients, Scenario
from tests.worlds import with_values

KEYS = ["clinicians.empathy.mean", "clinicians.boundaries.mean", "clinicians.authenticity.mean"]
# First-order and total indices of Ishigami's function with a = 7, b = 0.1 (Saltelli and others 2008).
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5


def ishigami(values):
    one, two, three = (2 * values - 1).T * np.pi
    return np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one)


def designed(points=512):
    """A design as the study lays it out."""
    made = Design(kind=Kind.sobol, over=KEYS, points=points).expand(Scenario(), 3)
    rows = [{"point": point.number, **point.roles, **point.values} for point in made]
    return pd.DataFrame(rows)


def outcomes(design, function, replicates=1, shared=0.0, own=0.0, seed=51):
    """Trials with noise shared by all points, and noise of each point."""
    rng = np.random.default_rng(seed)
    values = function(design[KEYS].to_numpy())[:, None] + shared * rng.normal(size=replicates)
    values = values + own * rng.normal(size=(len(design), replicates))
    frame = pd.DataFrame(values, index=design["point"]).melt(
        ignore_index=False, var_name="replicate", value_name="change"
    )
    return frame.reset_index().assign(status="done", error="")


DESIGN = designed()
PLAIN = outcomes(DESIGN, ishigami)


def estimates(frame):
    return frame.pivot(index="key", columns="index", values="estimate").loc[KEYS]


def test_ishigamis_indices_are_found():
    design = designed(2048)
    found = sobol(outcomes(design, ishigami), design)
    own = estimates(found)
    assert np.allclose(own["first"], FIRST, atol=0.03)
    assert np.allclose(own["total"], TOTAL, atol=0.03)
    truth = np.array([*FIRST, *TOTAL])
    assert ((found["lower"] < truth) & (truth < found["upper"])).all()


def test_a_linear_models_indices_are_its_squared_weights():
    weights = np.array([3.0, 2.0, 1.0])
    own = estimates(sobol(outcomes(DESIGN, lambda values: values @ weights), DESIGN))
    assert np.allclose(own["first"], weights**2 / 14, atol=0.02)
    assert np.allclose(own["total"], weights**2 / 14, atol=0.02)


def test_one_replicate_gives_what_salib_gives():
    from SALib.analyze import sobol as salib

    problem = {"num_vars": 3, "names": KEYS, "bounds": [[0, 1]] * 3}
    order = {"A": 0, "AB_1": 1, "AB_2": 2, "AB_3": 3, "B": 4}
    there = DESIGN.assign(order=DESIGN["block"].map(order), change=PLAIN["change"]).sort_values(["row", "order"])
    other = salib.analyze(problem, there["change"].to_numpy(), calc_second_order=False, num_resamples=2, seed=1)
    own = estimates(sobol(PLAIN, DESIGN, resamples=2))
    # SALib divides by n where we divide by n − 1.
    assert np.allclose(own["first"], other["S1"], rtol=2e-3, atol=1e-3)
    assert np.allclose(own["total"], other["ST"], rtol=2e-3, atol=1e-3)


def test_the_order_of_rows_moves_nothing():
    shuffled = sobol(PLAIN.sample(frac=1, random_state=1), DESIGN.sample(frac=1, random_state=2), resamples=5)
    pd.testing.assert_frame_equal(shuffled, sobol(PLAIN, DESIGN, resamples=5))


def test_noise_is_taken_out_of_the_indices():
    """Eight replicates with as much noise as parameters; control: one such replicate is far off."""
    noisy = outcomes(DESIGN, ishigami, 8, shared=3.0, own=np.sqrt(VARIANCE))
    found = sobol(noisy, DESIGN)
    truth = np.array([*FIRST, *TOTAL])
    assert (np.abs(found["estimate"] - truth) < 3.5 * found["mcse"]).all()
    assert found["mcse"].max() < 0.1
    one = estimates(sobol(noisy[noisy["replicate"] == 0], DESIGN, resamples=2))
    assert one["total"].iloc[2] > TOTAL[2] + 0.3


def test_variance_is_split_into_parameters_and_two_kinds_of_noise():
    noisy = outcomes(DESIGN, ishigami, 40, shared=3.0, own=2.0)
    found = variance_parts(noisy, DESIGN, Scenario()).set_index("part")
    for part, truth in zip(PARTS, (VARIANCE, 9.0, 4.0), strict=True):
        assert abs(found.loc[part, "estimate"] - truth) < 3.5 * found.loc[part, "mcse"], part
    assert found["share"].sum() == pytest.approx(1.0)
    with pytest.raises(AnswerError, match="one replicate cannot"):
        variance_parts(PLAIN, DESIGN, Scenario())


def test_a_studys_own_frames_answer():
    """What the runner writes fits, and every key moves the alliance."""
    values = {"patients": Patients(number=6), "clinicians": Clinicians(number=3), "keep": Keep.trials}
    study = Study(design=Design(kind=Kind.sobol, over=KEYS, points=16), replicates=3, **values)
    found = alliance_sim.run(study)
    own = sobol(found.trials, found.design, "wai_final", resamples=20)
    assert own["key"].unique().tolist() == KEYS
    total = own[own["index"] == "total"]
    assert (total["lower"] > 0).all()


def test_more_rows_bring_narrower_intervals():
    found = convergence(PLAIN, DESIGN, resamples=100)
    assert found["rows"].unique().tolist() == [32, 64, 128, 256, 512]
    wide = found.groupby("rows")["mcse"].mean()
    assert wide.is_monotonic_decreasing
    last = found[found["rows"] == 512].drop(columns="rows").reset_index(drop=True)
    pd.testing.assert_frame_equal(last, sobol(PLAIN, DESIGN, resamples=100))


def test_missing_failed_doubled_and_strange_rows_are_refused():
    cases = {
        "1 of 2560 trials are missing or have no change, first point 7 in replicate 0": (PLAIN.drop(7), DESIGN),
        "have no change": (PLAIN.assign(change=PLAIN["change"].where(PLAIN["point"] != 3)), DESIGN),
        "1 of 2560 trials failed, first point 5": (
            PLAIN.assign(status=["done"] * 5 + ["failed"] + ["done"] * 2554),
            DESIGN,
        ),
        "twice": (pd.concat([PLAIN, PLAIN.head(1)]), DESIGN),
        "is not in the design": (PLAIN, DESIGN.drop(9)),
        "not each of the blocks": (PLAIN[PLAIN["point"] != 9], DESIGN.drop(9)),
        "no blocks and rows": (PLAIN, DESIGN.drop(columns="block")),
        "does not vary": (PLAIN.assign(change=1.0), DESIGN),
    }
    for said, (trials, design) in cases.items():
        with pytest.raises(AnswerError, match=said):
            sobol(trials, design)


def test_a_design_whose_blocks_are_mixed_up_is_refused():
    """SALib would take it and give wrong numbers."""
    swapped = DESIGN.assign(block=DESIGN["block"].replace({"AB_1": "AB_2", "AB_2": "AB_1"}))
    with pytest.raises(AnswerError, match=r"block AB_1 of row 0 holds a value of clinicians\.empathy\.mean"):
        sobol(PLAIN, swapped)
    moved = DESIGN["row"].where(DESIGN["block"] != "AB_2", (DESIGN["row"] + 1) % 512)
    with pytest.raises(AnswerError, match="not the one its block says"):
        sobol(PLAIN, DESIGN.assign(row=moved))


# --------------------------------------------------------------------------------------------------------- Morris

PATHS = trajectories(Scenario(), KEYS, 40, 5)


def test_a_trajectory_changes_each_key_once_and_visits_every_level():
    assert len(PATHS) == 40 * 4
    for _, own in PATHS.groupby("row"):
        assert sorted(own["varied"]) == sorted([START, *KEYS])
    assert np.allclose(np.unique(PATHS[KEYS].to_numpy().round(9)), [0, 1 / 3, 2 / 3, 1])
    many = trajectories(Scenario(), KEYS, 500, 6)[KEYS].to_numpy().round(9)
    counts = np.unique(many, return_counts=True)[1]
    assert counts.min() > 0.9 * counts.max()


def test_a_linear_model_has_its_weights_as_effects_and_no_spread():
    weights = np.array([3.0, -2.0, 0.0])
    trials = outcomes(PATHS, lambda values: values @ weights)
    found = morris(trials, PATHS, Scenario()).set_index(["statistic", "key"])["estimate"]
    assert np.allclose(found["mu"], weights)
    assert np.allclose(found["mu_star"], np.abs(weights))
    assert np.allclose(found["sigma"], 0.0, atol=1e-9)


def test_it_gives_what_salibs_morris_gives():
    from SALib.analyze import morris as salib

    trials = outcomes(PATHS, ishigami)
    problem = {"num_vars": 3, "names": KEYS, "bounds": [[0, 1]] * 3}
    other = salib.analyze(problem, PATHS[KEYS].to_numpy(), trials["change"].to_numpy(), num_levels=4, num_resamples=2)
    found = morris(trials, PATHS, Scenario(), resamples=2).set_index(["statistic", "key"])["estimate"]
    for statistic in ("mu", "mu_star", "sigma"):
        assert np.allclose(found[statistic], other[statistic])


def test_noise_is_taken_out_of_the_spread():
    """Control: with a single replicate noise counts as spread."""
    noisy = outcomes(PATHS, lambda values: values @ np.array([3.0, 2.0, 0.0]), 10, shared=2.0, own=1.0)
    found = morris(noisy, PATHS, Scenario()).set_index(["statistic", "key"])
    assert (found.loc["sigma", "estimate"] < 0.7).all()
    one = morris(noisy[noisy["replicate"] == 0], PATHS, Scenario()).set_index(["statistic", "key"])
    assert (one.loc["sigma", "estimate"] > 1.5).all()


def test_trajectories_that_do_not_fit_are_refused(tmp_path):
    trials = outcomes(PATHS, ishigami)
    with pytest.raises(AnswerError, match="does not change each key once"):
        morris(trials[trials["point"] != 3], PATHS[PATHS["point"] != 3], Scenario())
    moved = PATHS.copy()
    moved.loc[moved.index[2], KEYS] = 0.123
    with pytest.raises(AnswerError, match="differs from the one before in more than"):
        morris(trials, moved, Scenario())
    with pytest.raises(AnswerError, match="did you mean"):
        trajectories(Scenario(), ["clinicians.empathy.maen"], 3, 1)
    with pytest.raises(AnswerError, match="is not inside"):
        trajectories(Scenario(), KEYS[:1], 3, 1, {KEYS[0]: [0.2, 1.4]})
    with pytest.raises(AnswerError, match="leave nothing to run"):
        trajectories(Scenario(), [], 3, 1)


def test_a_study_can_run_trajectories_from_a_file(tmp_path):
    whole = trajectories(Scenario(), ["clinicians.number", *KEYS[:1]], 3, 1, {"clinicians.number": [3, 12]})
    whole.to_csv(tmp_path / "paths.csv", index=False)
    read = Design(kind=Kind.file, file=str(tmp_path / "paths.csv")).expand(Scenario(), 1)
    assert [point.roles["varied"] for point in read] == whole["varied"].tolist()
    for point in read:
        with_values(Scenario(), point.values)
