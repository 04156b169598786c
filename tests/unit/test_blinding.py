"""Belief about the arm: guessed by what is felt and told, felt as hope or disappointment, and switched off or on."""

import numpy as np
import pytest

from alliance_sim.model import blinding, ratings
from alliance_sim.model.registry import record
from alliance_sim.world.scenario import Scenario
from tests.worlds import run, with_values

GAIN = {"parameters.blinding.gain": 0.3}
BLIND = blinding.Design(active_share=0.5, open=0.0, blind=0.0, waits=0.0)
P = record(blinding.Blinding())


def believed(felt, usual=0.7, z=0.0, **design):
    return float(blinding.belief(felt, usual, z, BLIND._replace(**design), P))


def test_who_feels_more_believes_more_and_even_at_the_threshold():
    assert believed(P.threshold) == pytest.approx(0.5)
    assert believed(0.0) < believed(0.3) < believed(0.9)
    assert believed(P.threshold, active_share=0.75) == pytest.approx(0.75)
    assert believed(P.threshold, z=1.0) > 0.5


@pytest.mark.parametrize("felt", [0.0, 0.3, 0.9])
def test_under_perfect_blinding_nothing_is_learned_and_openly_the_dose_decides(felt):
    assert believed(felt, z=2.0, blind=1.0, active_share=0.6) == 0.6
    assert believed(felt, usual=0.7, open=1.0) == 1.0
    assert believed(felt, usual=0.02, open=1.0) == 0.0


def test_a_dose_that_is_usually_felt_is_known_as_one():
    drug = Scenario().parameters.psilocybin
    felt = [float(blinding.usual_intensity(dose, record(drug))) for dose in (0.0, 1.0, drug.half_dose, 25.0)]
    assert felt[0] == 0.0
    assert felt[1] < P.threshold
    assert felt[2] == pytest.approx(0.5)
    assert felt[3] > 0.6


def worlds(protocol="vonrotz2023", **values):
    base = with_values(
        Scenario(protocol=protocol), {**GAIN, **{key.replace("__", "."): own for key, own in values.items()}}
    )
    return [base, with_values(base, {"protocol.drug": "none"})]


def test_most_guess_right_and_perfect_blinding_keeps_everybody_from_knowing():
    for blind, apart in (("as_felt", True), ("perfect", False)):
        guess = [run(arm, 6).outcomes["guess"] for arm in worlds(protocol__blinding=blind)]
        drug, none = (np.nanmean(own) for own in guess)
        assert (drug - none > 0.3) == apart


def test_belief_helps_who_believes_and_disappoints_who_does_not():
    def change(arm):
        return float(run(arm, 12).outcomes["change"].mean())

    seen, none = worlds()
    perfect = worlds(protocol__blinding="perfect")
    assert change(seen) < change(perfect[0])
    assert change(none) > change(perfect[1])


def test_who_waits_is_disappointed_from_the_first_day_unless_nobody_can_know():
    waiting = with_values(Scenario(protocol="waitlist"), GAIN)
    blind = with_values(waiting, {"protocol.blinding": "perfect"})
    without = with_values(waiting, {"parameters.blinding.gain": 0.0})
    scores = [float(run(arm, 12).outcomes["change"].mean()) for arm in (waiting, blind, without)]
    assert scores[0] > scores[1] == scores[2]
    assert np.isnan(run(waiting, 2).outcomes["guess"]).all()
    assert np.isnan(run(waiting, 2).outcomes["certainty"]).all()


def test_belief_that_does_nothing_changes_nothing_but_the_guess():
    """With no gain the three kinds of blinding are one world, to the last bit."""
    outcomes = [
        run(with_values(Scenario(), {"parameters.blinding.gain": 0.0, "protocol.blinding": blind}), 2).outcomes
        for blind in ("as_felt", "perfect", "open")
    ]
    for name in outcomes[0].keys() - {"guess", "certainty"}:
        assert np.array_equal(outcomes[0][name], outcomes[1][name], equal_nan=True), name
        assert np.array_equal(outcomes[0][name], outcomes[2][name], equal_nan=True), name


def test_resistance_acts_less_on_hope_and_talk_than_on_the_drug():
    """A share of 0 leaves a course without drug as it is in patients who are not resistant."""
    plain = with_values(Scenario(protocol="psychotherapy"), {"parameters.symptoms.resistance_common": 0.0})
    hard = with_values(plain, {"patients.resistance": 2.0})
    assert np.array_equal(run(plain, 2).outcomes["change"], run(hard, 2).outcomes["change"])


def test_a_rating_is_coloured_by_improvement_beyond_the_usual_and_the_bond_is_not():
    p = record(ratings.RatingColour())._replace(colour=0.5)
    assert float(ratings.coloured(0.6, p.usual_talk, 0.0, p)) == pytest.approx(0.6)
    assert float(ratings.coloured(0.6, p.usual_dosed, 1.0, p)) == pytest.approx(0.6)
    assert float(ratings.coloured(0.6, 0.4, 1.0, p)) > 0.6 > float(ratings.coloured(0.6, -0.1, 0.0, p))
    arms = [with_values(Scenario(), {"parameters.ratings.colour": colour}) for colour in (0.0, 0.4)]
    plain, coloured = (run(arm, 2) for arm in arms)
    assert not np.array_equal(plain.sessions["wai"], coloured.sessions["wai"], equal_nan=True)
    for name in ("trust", "felt_empathy", "rapport", "severity", "wai_clinician"):
        assert np.array_equal(plain.sessions[name], coloured.sessions[name], equal_nan=True), name
