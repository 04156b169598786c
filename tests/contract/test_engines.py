"""The contract of every engine: the same bits as the Mesa trial, whatever the protocol, rule or order of agents."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim.engine import worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.intervention import Fixed
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import ScenarioError
from alliance_sim.model.state import FIXABLE
from alliance_sim.study.engines import EngineName, pick, simulate as by_name
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import names
from tests.worlds import arrays, differing, small, with_values, world


def mesa(scenario, replicate=0, seed=7):
    """Run one Mesa trial to its end and return what it recorded."""
    trial = TherapyTrial(scenario, replicate=replicate, seed=seed)
    trial.run_until(trial.end_day)
    return trial.recorded


def assert_equal_to_the_last_bit(scenario, replicate=0, seed=7):
    """Mesa agent by agent, NumPy event by event and sixteen lanes agree exactly."""
    one = arrays(mesa(scenario, replicate, seed))
    for engine in (simulate, worlds.simulate):
        many = arrays(engine([scenario], [9, replicate], seed))
        assert one.keys() == many.keys()
        for name in one:
            assert np.array_equal(one[name][..., 0, 0], many[name][..., 0, 1], equal_nan=True), (engine, name)


@pytest.mark.parametrize("drug", [{}, {"protocol.drug": "none"}], ids=["as published", "without drug"])
@pytest.mark.parametrize("protocol", names("protocol"))
def test_all_engines_agree_on_every_protocol(protocol, drug):
    """Equal results on shared draws, with and without the drug."""
    assert_equal_to_the_last_bit(with_values(small(protocol), drug))


@pytest.mark.parametrize("rule", ["random", "balanced", "attachment"])
def test_all_engines_agree_on_every_assignment_rule(rule):
    """Unequal caseloads included."""
    assert_equal_to_the_last_bit(
        small(assignment__rule=rule, patients__number=11, clinicians__number=4, clinicians__max_caseload=5)
    )


scenarios = st.builds(
    lambda protocol, patients, values: with_values(world(protocol, patients), values),
    st.sampled_from([name for name in names("protocol") if name != "groups_of_six"]),  # groups have a file of their own
    st.sampled_from(names("patients")),
    st.fixed_dictionaries(
        {
            "patients.number": st.integers(1, 9),
            "clinicians.number": st.integers(2, 4),
            "clinicians.factor_shift": st.floats(-3, 3),
            "clinicians.empathy.mean": st.floats(0, 1),
            "assignment.rule": st.sampled_from(["random", "balanced", "attachment"]),
            "assignment.enrolment_spacing": st.integers(0, 9),
            "protocol.preparation.sessions": st.integers(0, 5),
            "parameters.retention.base": st.floats(-8, 0),
            "parameters.rupture.base": st.floats(-6, 3),
            "parameters.symptoms.fluctuation": st.floats(0, 0.4),
            "parameters.dosing.harm_trust": st.floats(0, 1),
            "patients.severity_mean": st.floats(0.05, 1),
        }
    ),
)
SLOW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SLOW
@given(scenarios, st.integers(0, 1000), st.integers(0, 2**64 - 1))
def test_all_engines_agree_on_any_scenario(scenario, replicate, seed):
    """Hypothesis draws whole scenarios: protocols, caseloads, dropouts, pairs."""
    assert_equal_to_the_last_bit(scenario, replicate, seed)


@SLOW
@given(scenarios, st.integers(0, 2**64 - 1))
def test_no_state_leaves_its_range_and_nothing_is_nan(scenario, seed):
    """Bonds, openness, fear, wellbeing in [0, 1]; levels >= 0; scores inside their instruments."""
    recorded = simulate([scenario], range(3), seed)
    for table in (recorded.sessions, recorded.assessments, recorded.patients):
        for name in ("trust", "felt_empathy", "rapport", "openness", "fear", "wellbeing", "in_treatment"):
            assert np.all((table[name] >= 0) & (table[name] <= 1)), name
        for name in ("severity", "set_point", "insight", "integrated", "relief", "hope", "harm"):
            assert np.all(np.isfinite(table[name]) & (table[name] >= 0)), name
    scale = scenario.instrument(scenario.primary)
    scores = recorded.assessments["score_primary"]
    assert np.all((scores >= scale.lowest) & (scores <= scale.highest) & (scores == np.round(scores)))
    attended = recorded.sessions["attended"] > 0.5
    for name, values in recorded.sessions.items():
        if name.startswith(("delivered", "perceived", "wai")):
            assert np.all(np.isfinite(values[attended])), name


@pytest.mark.parametrize("protocol", ["comp001", "mapp"])
def test_replicates_do_not_depend_on_which_others_run(protocol):
    """Any chunk of replicates gives the same worlds."""
    scenario = small(protocol)
    whole = arrays(simulate([scenario], range(6), 7))
    parts = [arrays(simulate([scenario], part, 7)) for part in ([0], [1, 2], [5, 4, 3])]
    for name, values in whole.items():
        joined = np.concatenate([part[name] for part in parts], axis=-1)[..., [0, 1, 2, 5, 4, 3]]
        assert np.array_equal(values, joined, equal_nan=True), name


def test_arms_do_not_depend_on_which_others_run():
    """An arm beside others is the arm alone."""
    arms = [small(clinicians__factor_shift=shift) for shift in (-1.28, 0.0, 1.28)]
    together, alone = arrays(simulate(arms, range(3), 7)), arrays(simulate(arms[1:2], range(3), 7))
    for name, values in alone.items():
        assert np.array_equal(values[..., 0, :], together[name][..., 1, :], equal_nan=True), name


ARMS = [
    small(clinicians__factor_shift=shift, assignment__rule=rule, parameters__bond__rate=rate)
    for shift, rule, rate in zip(
        np.linspace(-2, 2, 19), ["random", "balanced", "attachment"] * 7, np.linspace(0.1, 1, 19), strict=False
    )
]


def test_shared_and_own_noise_give_the_same_bits():
    """Nineteen arms fill tiles that share one replicate's draws; one arm at a time has draws of its own."""
    together = arrays(worlds.simulate(ARMS, range(3), 7))
    for place, arm in enumerate(ARMS):
        alone = arrays(worlds.simulate([arm], range(3), 7))
        for name, values in alone.items():
            assert np.array_equal(values[..., 0, :], together[name][..., place, :], equal_nan=True), name


def test_lanes_equal_numpy_over_many_arms():
    """The shared tiles against the plain laws."""
    assert differing(worlds.simulate(ARMS, range(3), 7), simulate(ARMS, range(3), 7)) == []


def test_threads_and_blocks_change_nothing():
    """Two threads over blocks of replicates give what one call gives."""
    whole = arrays(worlds.simulate(ARMS[:2], range(40), 7))
    blocks = [range(0, 7), range(7, 16), range(16, 33), range(33, 40)]
    with ThreadPoolExecutor(2) as pool:
        parts = [arrays(part) for part in pool.map(lambda block: worlds.simulate(ARMS[:2], block, 7), blocks)]
    for name, values in whole.items():
        assert np.array_equal(values, np.concatenate([part[name] for part in parts], -1), equal_nan=True), name


def test_summaries_alone_are_the_same_summaries():
    """Keeping nothing but trial means does not change them, and keeps nothing else."""
    lean = worlds.simulate(ARMS[:3], range(5), 7, keep=Keep.trials)
    full = worlds.simulate(ARMS[:3], range(5), 7)
    assert all(np.array_equal(lean.trials[name], full.trials[name], equal_nan=True) for name in full.trials)
    assert not lean.sessions
    assert not lean.patients


@pytest.mark.parametrize("name", list(EngineName))
def test_every_engine_can_be_asked_for_by_name(name):
    """Arms with different replicates of one timetable, through the one function the runner uses."""
    arms = [small(patients__number=3), small(patients__number=3, clinicians__factor_shift=1.0)]
    chosen = pick(name, arms, 2)
    assert chosen is not EngineName.auto
    assert differing(by_name(chosen, arms, range(2), 7), simulate(arms, range(2), 7)) == []


@pytest.mark.parametrize("protocol", ["comp001", "mapp"])
@pytest.mark.parametrize("state", FIXABLE)
def test_a_state_fixed_at_its_own_trajectory_changes_nothing(protocol, state):
    """Fixing is an intervention only where the trajectory differs."""
    scenario = small(protocol)
    free = simulate([scenario], range(4), 7)
    assert differing(simulate([scenario], range(4), 7, Fixed((state,), free)), free) == []


@pytest.mark.parametrize("state", ["trust", "felt_empathy", "rapport", "fear", "openness"])
def test_a_fixed_state_follows_the_recorded_trajectory(state):
    """Weak-bond worlds whose one state goes as with strong-bond clinicians: it does, for all who stay."""
    weak, strong = small(clinicians__factor_shift=-1.28), small(clinicians__factor_shift=1.28)
    recorded = simulate([strong], range(4), 7)
    fixed = simulate([weak], range(4), 7, Fixed((state,), recorded))
    both = (fixed.sessions["attended"] > 0.5) & (recorded.sessions["attended"] > 0.5)
    assert np.array_equal(fixed.sessions[state][both], recorded.sessions[state][both])
    assert differing(fixed, simulate([weak], range(4), 7)) != []


def test_a_fixed_state_lets_nothing_through():
    """Boundaries feed trust and ruptures alone: with both fixed, a world without boundaries is the world with them."""
    free, loose = small("psychotherapy"), small("psychotherapy", clinicians__boundaries__mean=0.0)
    recorded = simulate([free], range(4), 7)
    fixed = simulate([loose], range(4), 7, Fixed(("trust", "rupture"), recorded))
    for name in ("rapport", "felt_empathy", "severity", "attended"):
        assert np.array_equal(fixed.sessions[name], recorded.sessions[name]), name
    assert not np.array_equal(simulate([loose], range(4), 7).sessions["rapport"], recorded.sessions["rapport"])


def test_every_engine_fixes_alike():
    """Mesa, NumPy and lanes with several states fixed at another arm's trajectory."""
    weak, strong = small("mapp", clinicians__factor_shift=-1.28), small("mapp", clinicians__factor_shift=1.28)
    names = ("trust", "rupture", "breakthrough", "integration")
    recorded = simulate([strong], range(3), 7)
    plain = simulate([weak], range(3), 7, Fixed(names, recorded))
    assert differing(worlds.simulate([weak], range(3), 7, fixed=Fixed(names, recorded)), plain) == []
    trial = TherapyTrial(weak, replicate=0, seed=7, fixed=Fixed(names, simulate([strong], [0], 7)))
    trial.run_until(trial.end_day)
    one, many = arrays(trial.recorded), arrays(plain)
    assert all(np.array_equal(one[name][..., 0, 0], many[name][..., 0, 0], equal_nan=True) for name in one)


def test_what_cannot_be_fixed_is_refused():
    """An unknown state, or worlds that do not fit."""
    scenario = small()
    recorded = simulate([scenario], range(2), 7)
    with pytest.raises(ScenarioError, match="choose among: trust"):
        simulate([scenario], range(2), 7, Fixed(("mood",), recorded))
    with pytest.raises(ScenarioError, match="same seed and replicates"):
        simulate([scenario], range(3), 7, Fixed(("trust",), recorded))
    with pytest.raises(ScenarioError, match="same seed and replicates"):
        simulate([scenario], range(2), 8, Fixed(("trust",), recorded))
    moved = with_values(scenario, {"protocol.preparation.sessions": 2, "protocol.integration.sessions": 3})
    with pytest.raises(ScenarioError, match="another timetable"):
        simulate([moved], range(2), 7, Fixed(("trust",), recorded))


def test_nothing_is_fixed_at_the_course_of_somebody_who_had_left():
    """Fixing an experience must not fix attendance too."""
    scenario, leaving = small("mapp"), small("mapp", parameters__retention__base=4.0)
    free = simulate([scenario], range(4), 7)
    gone = simulate([leaving], range(4), 7)
    fixed = simulate([scenario], range(4), 7, Fixed(("breakthrough",), gone))
    absent = gone.sessions["attended"] < 0.5
    assert absent.any()
    assert np.array_equal(fixed.sessions["breakthrough"][absent], free.sessions["breakthrough"][absent])
