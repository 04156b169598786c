"""What a clinician sees and does: worked out by hand."""

import numpy as np
import pytest

from alliance_sim.model import acting, state
from alliance_sim.model.acting import FIRST_SESSION, Effort, Remembered, Sensing
from alliance_sim.model.behaviours import Behaviours, shifts, total
from alliance_sim.model.draws import SightNoise
from alliance_sim.model.instruments import Instruments
from alliance_sim.model.records import blank
from alliance_sim.model.registry import record

SCALE = record(Instruments().madrs)
EXACT = SCALE._replace(noise=0.0, step=2.0**-20, lowest=-1000.0, highest=1000.0)
P, STILL = record(Sensing()), blank(SightNoise)


def looked(severity, scale=EXACT, session=1.0, before=FIRST_SESSION, noise=STILL, p=P):
    """What is seen of somebody who entered at a severity of 0.5, where scores are fed back."""
    patient = blank(state.Patient)
    patient = patient._replace(symptoms=patient.symptoms._replace(severity=severity))
    traits = blank(state.Traits)._replace(severity_at_entry=0.5)
    plan = blank(state.Plan)._replace(session=session, feedback=1.0)
    return acting.look(patient, traits, plan, before, noise, scale, p)


@pytest.mark.parametrize("intercept", [0.0, 20.0, -7.0])
def test_the_lag_behind_the_expected_course_does_not_depend_on_where_a_scale_begins(intercept):
    scale = EXACT._replace(intercept=intercept)
    assert looked(0.5, scale).behind == pytest.approx(0.0, abs=1e-6)
    assert looked(0.75, scale).behind == pytest.approx(0.25, abs=1e-6)


def test_the_expected_course_begins_at_entry_and_ends_at_its_share():
    assert acting.expected(0.5, 1.0, P) == 0.5
    assert acting.expected(0.5, 1.0 + P.expected_sessions, P) == pytest.approx(
        0.5 * (1.0 - P.expected_share * (1.0 - np.exp(-1.0)))
    )
    assert acting.expected(0.5, 1e6, P) == pytest.approx(0.5 * (1.0 - P.expected_share))


def test_a_rupture_is_noticed_by_its_chance_and_unseen_it_was_not_mended_either():
    before, p = Remembered(1.0, 1.0), P._replace(noticing=0.3)
    for drawn, seen in ((0.29, 1.0), (0.31, 0.0)):
        sight = looked(0.5, before=before, noise=STILL._replace(notices=drawn), p=p)
        assert (sight.rupture, sight.repaired) == (seen, seen)


def test_a_guess_has_the_spread_of_what_is_guessed_and_its_correlation():
    trait, z = np.random.default_rng(4).standard_normal((2, 100_000))
    guess = acting.guessed(trait, z, P)
    assert guess.std() == pytest.approx(1.0, abs=0.01)  # 4.5 standard errors
    assert np.corrcoef(guess, trait)[0, 1] == pytest.approx(P.attachment_insight, abs=0.01)


def test_increases_beyond_the_budget_are_scaled_down_alike_and_doing_less_is_left():
    own = shifts(boundaries=0.4, empathy=0.2, collaboration=-0.3)
    assert acting.increase(own) == pytest.approx(0.6)
    held = acting.within(own, acting.increase(own), Effort(budget=0.3, fatigue=0.0))
    assert held == pytest.approx(shifts(boundaries=0.2, empathy=0.1, collaboration=-0.3))
    assert acting.within(own, acting.increase(own), Effort(budget=0.7, fatigue=0.0)) == own
    nothing = acting.within(own, acting.increase(own), Effort(budget=0.0, fatigue=0.0))
    assert nothing == shifts(collaboration=-0.3)


def test_freshness_is_lost_for_what_is_done_not_for_what_was_wished():
    effort = Effort(budget=0.5, fatigue=0.2)
    assert acting.freshness(2.0, 3.0, effort) == acting.freshness(0.5, 3.0, effort) == pytest.approx(np.exp(-0.3))
    assert acting.freshness(0.0, 3.0, effort) == 1.0


def test_wishes_add_up_and_stay_within_one():
    seen = blank(acting.Seen)._replace(rupture=1.0)
    wished = acting.wished(shifts(empathy=0.8), shifts(empathy=0.5), shifts(boundaries=-0.2, empathy=0.1), seen)
    assert wished == shifts(boundaries=-0.2, empathy=1.0)
    calm = acting.wished(shifts(), shifts(), shifts(boundaries=-0.2), blank(acting.Seen))
    assert total(calm) == 0.0


def test_what_is_no_number_fits_nowhere():
    assert acting.fitting(Behaviours(1.0, -1.0, 0.0, 0.5, 0.1)) == len(Behaviours._fields)
    assert acting.fitting(Behaviours(np.nan, 1.01, -np.inf, np.inf, -1.01)) == 0
