"""Individual effects and who gains most, against effects that are known; and the model's own directions."""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis import paired
from alliance_sim.analysis.heterogeneity import MODERATORS, individual_effects, moderation, spread_of_effects
from alliance_sim.errors import AnswerError
from alliance_sim.world.scenario import Scenario
from tests.worlds import SEED, small, with_values

SCENARIO = Scenario()
TRIALS, NUMBER = 60, 40


def population(seed=81):
    """Effect −3 − 2 × expectancy + 1 × resistance, the two correlated by −0.5; noise that both worlds share."""
    rng = np.random.default_rng(seed)
    shape = (TRIALS * NUMBER,)
    traits = {name: rng.normal(size=shape) for name in MODERATORS}
    traits["resistance"] = -0.5 * traits["expectancy"] + np.sqrt(0.75) * traits["resistance"]
    noise = rng.normal(0, 10, shape)
    effect = -3 - 2 * traits["expectancy"] + traits["resistance"] + rng.normal(0, 1, shape)
    who = {"replicate": np.repeat(np.arange(TRIALS), NUMBER), "patient": np.tile(np.arange(NUMBER), TRIALS)}
    base = pd.DataFrame({"arm": "base", **who, **traits, "change": noise})
    weak = base.assign(arm="weak", change=0.0)
    return pd.concat([base, base.assign(arm="strong", change=noise + effect), weak], ignore_index=True), effect


def test_individual_effects_hold_no_noise_that_both_worlds_share():
    people, effect = population()
    found = individual_effects(people.sample(frac=1, random_state=1), "strong", "base")
    assert np.allclose(found["effect"], effect)
    assert np.allclose(found["expectancy"], people["expectancy"].iloc[: len(effect)])
    spread = spread_of_effects(found, SCENARIO).set_index("quantity")
    assert spread.loc["SD of individual effects", "estimate"] == pytest.approx(effect.std())
    assert spread.loc["mean effect", "estimate"] == pytest.approx(effect.mean())
    assert spread.loc["share better off", "estimate"] == pytest.approx((effect < 0).mean())
    least = SCENARIO.instrument(SCENARIO.primary).important
    assert spread.loc[f"share worse off by {least:g} points or more", "estimate"] == pytest.approx(
        (effect >= least).mean()
    )


def test_slopes_are_the_populations_alone_and_with_the_others_equal():
    """Alone, expectancy also carries what goes with it: −2 − 0.5 × 1. An irrelevant trait has none."""
    found = moderation(individual_effects(population()[0], "strong", "base"), SCENARIO).set_index(["moderator", "kind"])
    truths = {
        ("expectancy", "joint"): -2.0,
        ("expectancy", "alone"): -2.5,
        ("resistance", "joint"): 1.0,
        ("resistance", "alone"): 2.0,
        ("attachment_anxiety", "joint"): 0.0,
    }
    for place, truth in truths.items():
        own = found.loc[place]
        assert abs(own["estimate"] - truth) < 3.5 * own["mcse"], place
        assert own["mcse"] < 0.1
    thirds = found.loc["expectancy"].loc[["lowest third", "middle third", "highest third"], "estimate"]
    assert thirds.is_monotonic_decreasing
    assert thirds.mean() == pytest.approx(-3.0, abs=0.2)


def test_errors_take_the_trial_as_the_unit():
    """Sixty copies of one trial say no more than one; as sixty rows of patients they would seem to."""
    people, _ = population()
    one = people[people["replicate"] == 0]
    copies = pd.concat([one.assign(replicate=trial) for trial in range(TRIALS)], ignore_index=True)
    found = moderation(individual_effects(copies, "strong", "base"), SCENARIO)
    assert np.allclose(found["mcse"], 0.0, atol=1e-9)


def test_the_same_clinicians_in_both_arms_make_no_individual_effects():
    """Negative control."""
    base = small()
    found = individual_effects(paired.patients({"one": base, "two": base}, 3, SEED), "two", "one")
    assert (found["effect"] == 0).all()


def test_in_the_model_all_gain_on_average_from_stronger_bonds_and_not_all_alike():
    worlds = {"base": small(), "strong": with_values(small(), {"clinicians.factor_shift": 1.28})}
    found = individual_effects(paired.patients(worlds, 60, SEED), "strong", "base")
    spread = spread_of_effects(found, small()).set_index("quantity")
    assert spread.loc["mean effect", "upper"] < 0
    assert spread.loc["SD of individual effects", "lower"] > 0
    names = ["share better off", "share unchanged", "share worse off"]
    assert spread.loc[names, "estimate"].sum() == pytest.approx(1.0)


def test_what_cannot_be_paired_is_refused():
    people, _ = population()
    with pytest.raises(AnswerError, match="no arm 'calm'; choose among: base, strong, weak"):
        individual_effects(people, "calm", "base")
    with pytest.raises(AnswerError, match="expectancy does not vary"):
        moderation(individual_effects(people.assign(expectancy=1.0), "strong", "base"), SCENARIO)
    with pytest.raises(AnswerError, match="different replicates"):
        individual_effects(people[(people["arm"] == "base") | (people["replicate"] > 0)], "strong", "base")
