"""The contract of every engine: the same bits as the Mesa trial, whatever the protocol, rule or order of agents."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim.configuration import names
from alliance_sim.engine.arrays import simulate
from alliance_sim.trial import TherapyTrial
from tests.worlds import arrays, small, with_values, world


def mesa(scenario, replicate=0, seed=7):
    """Run one Mesa trial to its end and return what it recorded."""
    trial = TherapyTrial(scenario, replicate=replicate, seed=seed)
    trial.run_until(trial.end_day)
    return trial.recorded


def assert_equal_to_the_last_bit(scenario, replicate=0, seed=7):
    """Mesa, agent by agent, and NumPy, event by event over worlds, agree exactly."""
    one, many = arrays(mesa(scenario, replicate, seed)), arrays(simulate([scenario], [9, replicate], seed))
    assert one.keys() == many.keys()
    for name in one:
        assert np.array_equal(one[name][..., 0, 0], many[name][..., 0, 1], equal_nan=True), name


@pytest.mark.parametrize("drug", [{}, {"protocol.drug": "none"}], ids=["as published", "without drug"])
@pytest.mark.parametrize("protocol", names("protocol"))
def test_mesa_and_numpy_agree_on_every_protocol(protocol, drug):
    """Equal results on shared draws, with and without the drug."""
    assert_equal_to_the_last_bit(with_values(small(protocol), drug))


@pytest.mark.parametrize("rule", ["random", "balanced", "attachment"])
def test_mesa_and_numpy_agree_on_every_assignment_rule(rule):
    """Unequal caseloads included."""
    assert_equal_to_the_last_bit(
        small(assignment__rule=rule, patients__number=11, clinicians__number=4, clinicians__max_caseload=5)
    )


scenarios = st.builds(
    lambda protocol, patients, values: with_values(world(protocol, patients), values),
    st.sampled_from(names("protocol")),
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
def test_mesa_and_numpy_agree_on_any_scenario(scenario, replicate, seed):
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
