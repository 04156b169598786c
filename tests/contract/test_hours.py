"""Clinician hours: what sessions attended took of all clinicians present, the same bits on every engine."""

import numpy as np
import pytest

from alliance_sim.engine import worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.hours import hours_so_far, mean_hours
from alliance_sim.engine.recording import HOURS, Keep
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import names
from alliance_sim.world.scenario import Scenario
from tests.worlds import small, with_values

FED_BACK = {"protocol.feedback": True, "protocol.measuring": 0.3}
REPLICATES = [9, 3]


def by_session(recorded, measuring=0.0, beside=lambda place: 0.0):
    """Hours added session by session, of each patient in each world; `beside` are those of the session at a place."""
    made = np.zeros(recorded.outcomes["sessions"].shape)
    there = np.nan_to_num(recorded.sessions["attended"])
    events = recorded.session_events
    for place, event in enumerate(events):
        whole = event.planned.hours * event.planned.clinicians + beside(place)
        alike = [at for at, one in enumerate(events) if one.members and one[0::2] == event[0::2] and
                 one.members == event.members] or [place]  # fmt: skip
        made[event.patient] += there[place] * (whole / np.maximum(there[alike].sum(0), 1) + measuring)
    return made


@pytest.mark.parametrize("values", [{}, FED_BACK, {"parameters.retention.base": 0.5}], ids=["usual", "fed", "leaving"])
@pytest.mark.parametrize("protocol", names("protocol"))
def test_they_are_those_of_the_sessions_attended_on_every_engine(protocol, values):
    scenario = with_values(small(protocol), values)
    recorded = simulate([scenario], REPLICATES, 7)
    own = recorded.outcomes[HOURS]
    assert own == pytest.approx(by_session(recorded, 0.3 if values is FED_BACK else 0.0))
    trial = TherapyTrial(scenario, replicate=3, seed=7)
    trial.run_until(trial.end_day)
    by_agents = trial.recorded
    assert np.array_equal(by_agents.outcomes[HOURS][..., 0], own[..., 1])
    assert np.array_equal(by_agents.trials[HOURS][:, 0], recorded.trials[HOURS][:, 1])
    for keep in Keep:
        lanes = worlds.simulate([scenario], REPLICATES, 7, keep)
        assert np.array_equal(lanes.trials[HOURS], recorded.trials[HOURS])
        assert keep is Keep.trials or np.array_equal(lanes.outcomes[HOURS], own)


def test_a_trial_that_is_under_way_has_taken_the_hours_so_far():
    trial = TherapyTrial(small("comp001"), replicate=3, seed=7)
    trial.run_until(10)
    held = by_session(trial.recorded)
    assert 0 < held.mean() < hours_so_far(trial.world)[-1]
    assert trial.recorded.outcomes[HOURS] == pytest.approx(held)


def test_a_pair_counts_twice_and_measuring_only_where_scores_are_fed_back():
    mapp = with_values(Scenario(protocol="mapp", patients="ptsd"), {"protocol.measuring": 1.0})
    assert hours_so_far(mapp)[-1] == 2 * (3 * 1.5 + 3 * 8.0 + 9 * 1.5)
    assert hours_so_far(with_values(mapp, {"protocol.feedback": True}))[-1] == hours_so_far(mapp)[-1] + 15
    assert hours_so_far(Scenario(protocol="waitlist")).tolist() == [0.0]


def test_points_may_differ_in_the_time_to_measure():
    """Worlds of different measuring are no worlds of one block."""
    from alliance_sim.study.point_worlds import together

    fed = with_values(small("comp001"), FED_BACK)
    assert together(fed) != together(with_values(fed, {"protocol.measuring": 0.2}))


def test_the_mean_is_added_in_the_order_of_patients():
    """Sums in another order end in other bits."""
    hours = np.random.default_rng(1).normal(size=(301, 2, 3))
    for arm, replicate in np.ndindex(2, 3):
        total = 0.0
        for own in hours[:, arm, replicate]:
            total += own
        assert mean_hours(hours)[arm, replicate] == total / 301


@pytest.mark.parametrize("grouped", [{}, {"protocol.preparation.group": 4, "protocol.dosing.group": 4}])
def test_supervision_and_practice_count_and_a_shared_session_once(grouped):
    """Half the sessions of half the clinicians are supervised, and all practise; of a pair both count."""
    learning = {
        "clinicians.supervision.sessions": 0.5,
        "clinicians.supervision.hours": 1.5,
        "clinicians.supervision.share": 0.5,
        "clinicians.practice.empathy": 0.25,
        "clinicians.practice.boundaries": 0.5,
        "clinicians.number": 2,  # so that a pair is both of them
        "parameters.retention.base": -1.0,
    }
    scenario = with_values(small("comp001"), learning | grouped)
    recorded = simulate([scenario], REPLICATES, 7)
    taught = recorded.clinicians["supervised"]
    assert (taught.sum(0) == 1).all()

    def beside(place):
        pair = recorded.session_events[place].planned.clinicians > 1
        lead = recorded.sessions["lead"][place].astype(int)
        supervised = taught.sum(0) if pair else np.take_along_axis(taught, lead[None], 0)[0]
        return 0.5 * 1.5 * supervised + 0.75 * (1 + pair)

    assert recorded.outcomes[HOURS] == pytest.approx(by_session(recorded, beside=beside))
    trial = TherapyTrial(scenario, replicate=3, seed=7)
    trial.run_until(trial.end_day)
    assert np.array_equal(trial.recorded.outcomes[HOURS][..., 0], recorded.outcomes[HOURS][..., 1])
    assert np.array_equal(worlds.simulate([scenario], REPLICATES, 7).outcomes[HOURS], recorded.outcomes[HOURS])


def test_a_group_of_six_who_all_stay_takes_a_sixth():
    stay = {"parameters.retention.base": -12.0, "clinicians.number": 3}
    alone = simulate([with_values(small("psychotherapy"), stay)], REPLICATES, 7).outcomes[HOURS]
    shared = simulate([with_values(small("psychotherapy"), stay | {"protocol.therapy.group": 6})], REPLICATES, 7)
    assert shared.outcomes[HOURS] == pytest.approx(alone / 6)
