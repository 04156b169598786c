"""Behaviours: arms, effects, interactions and curves whose numbers are known; and the model's own direction."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis import paired
from alliance_sim.analysis.behaviours import (
    ALL,
    BEHAVIOURS,
    behaviour_effects,
    curve,
    dose_response,
    effects,
    levels,
    more,
    saturation,
)
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.study.config import Study
from alliance_sim.world.scenario import Scenario
from tests.worlds import SEED, differing, run, small, with_values

SCENARIO = Scenario()


def outcomes(values, key="arm"):
    """A frame of trials from change by arm or level, arrays of replicates."""
    frames = [
        pd.DataFrame({key: name, "replicate": np.arange(len(own)), "change": own, "status": "done", "error": ""})
        for name, own in values.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_an_arm_has_one_population_standard_deviation_more_and_is_otherwise_the_base():
    skills = SCENARIO.clinicians
    arms = more(SCENARIO)
    assert arms["empathy"] == {"clinicians.empathy.mean": skills.empathy.mean + skills.empathy.spread}
    assert len(arms[ALL]) == len(BEHAVIOURS)
    assert len(arms) == 1 + 5 + 10 + 1
    assert Study(arms=arms, base_arm="base").scenarios().keys() == arms.keys()


def test_effects_and_interactions_are_those_worked_out_by_hand():
    base = np.array([0.0, 1.0, 2.0])
    arms = {"base": base, "empathy": base - 1, "boundaries": base - 2}
    arms |= {"boundaries × empathy": base - 2.5 - np.array([0.0, 0.1, 0.2]), ALL: base - 4}
    found = effects(outcomes(arms), SCENARIO, ["change"]).set_index(["behaviour", "kind"])
    assert found.loc[("empathy", "effect"), "estimate"] == -1
    assert found.loc[("empathy", "effect"), "mcse"] == 0
    assert found.loc[("boundaries × empathy", "joint"), "estimate"] == pytest.approx(-2.6)
    assert found.loc[("boundaries × empathy", "interaction"), "estimate"] == pytest.approx(0.4)
    assert found.loc[("boundaries × empathy", "interaction"), "mcse"] == pytest.approx(0.1 / np.sqrt(3))
    assert found.loc[(ALL, "interaction"), "estimate"] == pytest.approx(-1)


def test_a_replicate_that_failed_in_one_arm_is_left_out_of_every_comparison():
    frame = outcomes({"base": np.array([0.0, 1.0, 5.0]), "empathy": np.array([-1.0, 0.0, 99.0])})
    frame.loc[(frame["arm"] == "empathy") & (frame["replicate"] == 2), ["status", "change"]] = ["failed", np.nan]
    found = effects(frame, SCENARIO, ["change"])
    assert found["estimate"].tolist() == [-1.0]
    with pytest.raises(AnswerError, match="no replicate"):
        effects(frame.assign(status="failed"), SCENARIO, ["change"])


def test_a_curve_saturates_where_it_has_made_nine_tenths_of_its_way():
    """Straight from 0 to 0.5 and flat after: nine tenths at 0.45. A straight line: at 0.9."""
    at = np.linspace(0, 1, 11)
    noise = np.random.default_rng(31).normal(size=(20, 1))
    bent, straight = np.minimum(at, 0.5) * -8 + noise, at * -8 + noise
    for values, place in ((bent, 0.45), (straight, 0.9)):
        trials = outcomes({level: values[:, column] for column, level in enumerate(at)}, "level")
        found = saturation(trials, ["change"])
        assert found["estimate"][0] == pytest.approx(place)
        assert found["mcse"][0] == pytest.approx(0.0, abs=1e-9)
    gains = curve(trials, SCENARIO, ["change"]).set_index(["kind", "level"])
    assert gains.loc[("gain", 1.0), "estimate"] == pytest.approx(-8)
    assert gains.loc[("gain", 1.0), "mcse"] == pytest.approx(0.0, abs=1e-9)
    assert gains.loc[("mean", 1.0), "mcse"] == pytest.approx(noise.std(ddof=1) / np.sqrt(20))


def test_blocks_and_engines_move_no_number(monkeypatch):
    arms = {name: with_values(small(), values) for name, values in more(small(), ["empathy"]).items()}
    whole = paired.trials(arms, 5, SEED)
    monkeypatch.setattr(paired, "DEEP", 2)
    monkeypatch.setattr(paired, "ROWS", 100)  # one arm at a time
    pd.testing.assert_frame_equal(paired.trials(arms, 5, SEED), whole)
    alone = run(list(arms.values()), 5).trials["change"].ravel()
    assert np.allclose(whole["change"], alone, rtol=1e-6)  # frames may hold single precision


def test_more_of_each_behaviour_helps_in_the_model():
    """Two hundred trials; one that did nothing would pass one time in 30,000."""
    world = small(patients__number=12, clinicians__number=4)
    found = behaviour_effects(world, 200, SEED)
    own = found[(found["kind"] == "effect") & (found["measure"] == "change")]
    assert (own["estimate"] < -4 * own["mcse"]).all()
    whole = found[(found["behaviour"] == ALL) & (found["measure"] == "change")].set_index("kind")
    assert whole.loc["joint", "estimate"] - whole.loc["interaction", "estimate"] == pytest.approx(own["estimate"].sum())


def test_a_dose_response_curve_starts_from_the_same_patients():
    curves, places = dose_response(small(), "empathy", 8, SEED, steps=3)
    assert curves["level"].unique().tolist() == [0.0, 0.5, 1.0]
    start = curves[(curves["kind"] == "gain") & (curves["level"] == 0.0) & (curves["measure"] == "change")]
    assert (start["estimate"] == 0).all()
    assert places["estimate"].dropna().between(0, 1).all()
    same = [with_values(small(), levels(small(), "empathy", 3)["0.5"])] * 2
    assert differing(run(same[:1]), run(same[1:])) == []


def test_what_cannot_be_shifted_is_refused():
    with pytest.raises(AnswerError, match="'warmth' is no behaviour; choose among: boundaries"):
        more(SCENARIO, ["warmth"])
    with pytest.raises(AnswerError, match=r"clinicians\.empathy\.spread=0"):
        more(with_values(SCENARIO, {"clinicians.empathy.spread": 0.0}))
    with pytest.raises(ScenarioError, match="outside"):
        more(SCENARIO, amount=9.0)
    with pytest.raises(AnswerError, match="no behaviour"):
        levels(SCENARIO, "warmth")
