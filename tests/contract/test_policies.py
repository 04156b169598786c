"""The contract of clinicians who act: every engine follows policies, phases and effort to the same bits."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim.engine import worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import Keep
from alliance_sim.model.acting import NO_LIMIT
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.policies import BUILT_IN
from alliance_sim.study.engines import EngineName, simulate as by_name
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import names
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import SESSION_PHASES
from tests.contract.test_engines import assert_equal_to_the_last_bit
from tests.worlds import arrays, differing, small, with_values

FED_BACK = {"protocol.feedback": True}
PROTOCOLS = [name for name in names("protocol") if name != "waitlist"]


def following(policy, **values):
    """A small trial of two dosing days whose clinicians follow a policy; keyword names use `__` for dots."""
    return small("psilodep2", protocol__feedback=True, policy__name=policy, **values)


@pytest.mark.parametrize("policy", BUILT_IN)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_engines_follow_every_policy(policy, protocol):
    assert_equal_to_the_last_bit(with_values(small(protocol), FED_BACK | {"policy.name": policy}))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_engines_shift_behaviours_by_phase_and_after_a_rupture(protocol):
    world = small(protocol)
    shifts = {
        f"clinicians.phases.{phase}.{name}": 0.03 * (place + 1) * (-1) ** at
        for at, phase in enumerate(used_phases(world.protocol))
        for place, name in enumerate(NAMES)
    }
    assert_equal_to_the_last_bit(with_values(world, shifts | {"clinicians.after_rupture.empathy": -0.3}))


acting = st.fixed_dictionaries(
    {
        "policy.name": st.sampled_from(list(BUILT_IN)),
        "policy.other": st.sampled_from(list(BUILT_IN)),
        "policy.share": st.floats(0, 1),
        "assignment.rule": st.sampled_from(["balanced", "random", "attachment"]),
        "clinicians.effort.budget": st.floats(0, NO_LIMIT),
        "clinicians.effort.fatigue": st.floats(0, 0.5),
        "clinicians.phases.dosing.boundaries": st.floats(-1, 1),
        "clinicians.after_rupture.empathy": st.floats(-1, 1),
        "parameters.sensing.noticing": st.floats(0, 1),
        "parameters.rupture.base": st.floats(-2, 1),
        "parameters.delivery.correction": st.floats(0, 2),
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acting)
def test_all_engines_agree_on_whatever_clinicians_do(values):
    assert_equal_to_the_last_bit(with_values(small("psilodep2"), FED_BACK | values))


@pytest.mark.parametrize("replicates", [3, 40], ids=["shared draws", "own draws"])
def test_arms_of_different_policies_share_a_tile(replicates):
    """Worlds of a tile that follow several policies give what each gives alone."""
    arms = [following(name) for name in BUILT_IN]
    arms += [following(name, policy__other="manual", policy__share=0.5) for name in BUILT_IN]
    arms += [following("usual", clinicians__phases__dosing__empathy=0.2, assignment__rule="random")]
    together = worlds.simulate(arms, range(replicates), 5)
    assert differing(together, simulate(arms, range(replicates), 5)) == []
    alone = arrays(worlds.simulate(arms[3:4], range(replicates), 5))
    for name, values in arrays(together).items():
        assert np.array_equal(values[..., 3:4, :], alone[name], equal_nan=True), name


def test_a_trial_is_the_same_in_whatever_batch_it_is_run():
    arms = [following("repair_first", policy__other="usual", policy__share=0.4), following("manual")]
    whole = by_name(EngineName.lanes, arms, range(20), 3, Keep.trials)
    part = by_name(EngineName.lanes, arms, [13, 4], 3, Keep.trials)
    for name, values in whole.trials.items():
        assert np.array_equal(values[:, [13, 4]], part.trials[name], equal_nan=True), name


# ----------------------------------------------------------------------------------------------------- known answers


def same(one, other):
    assert differing(simulate([one], range(4), 3), simulate([other], range(4), 3)) == []


def test_the_default_is_what_a_world_without_policies_was():
    """Following the usual policy by its address changes nothing against not asking for one at all."""
    usual = following("usual")
    mixed = with_values(usual, {"policy.other": "manual", "policy.share": 1e-9})  # of three clinicians nobody
    same(usual, mixed)
    assert (
        differing(
            worlds.simulate([usual, following("manual")], [1, 2], 3), simulate([usual, following("manual")], [1, 2], 3)
        )
        == []
    )


@pytest.mark.parametrize("policy", ["feedback_informed", "repair_first", "attachment_tailored", "phase_tailored"])
def test_a_policy_without_gain_is_the_usual_one(policy):
    same(following(policy, **{f"parameters__policies__{policy}__gain": 0.0}), following("usual"))


def test_the_usual_policy_without_correction_is_the_manual():
    same(following("usual", parameters__delivery__correction=0.0), following("manual"))


def test_nobody_acts_without_effort():
    """A budget of nothing leaves no increase."""
    same(following("phase_tailored", clinicians__effort__budget=0.0), following("manual"))


def test_effort_that_costs_nothing_and_has_no_limit_changes_nothing():
    same(following("repair_first", clinicians__effort__budget=NO_LIMIT), following("repair_first"))


def test_effort_tires():
    calm, tired = (following("phase_tailored", clinicians__effort__fatigue=cost) for cost in (0.0, 0.3))
    recorded = simulate([calm, tired], range(4), 3)
    gained = recorded.sessions["fatigue"][:, 1] - recorded.sessions["fatigue"][:, 0]
    assert gained.min() >= 0
    assert gained.max() > 0.01


def test_a_rupture_that_nobody_notices_is_followed_by_nothing():
    unseen = following("repair_first", parameters__sensing__noticing=0.0, clinicians__after_rupture__empathy=0.5)
    same(unseen, following("usual", parameters__sensing__noticing=0.0))


def test_a_shift_acts_in_its_own_phase_alone():
    """Delivered behaviour differs by the shift where it stays within bounds, and nowhere before."""
    for phase in SESSION_PHASES[2:3]:
        base, more = small("psilodep2"), small("psilodep2", **{f"clinicians__phases__{phase}__boundaries": 0.05})
        recorded = simulate([base, more], range(3), 3)
        delivered = recorded.sessions["delivered_boundaries"]
        held = [event.planned.phase for event in recorded.session_events]
        first = held.index(phase)
        assert np.array_equal(delivered[:first, 0], delivered[:first, 1], equal_nan=True)
        here = np.array(held) == phase
        gained = (delivered[:, 1] - delivered[:, 0])[here]
        assert np.nanmedian(gained) == pytest.approx(0.05, abs=0.02)


def test_a_share_of_clinicians_is_spread_evenly_and_a_further_one_changes_nobody_else():
    policy = following("manual", policy__other="usual", policy__share=1 / 3).policy
    assert [name for name, _ in policy.of(12)].count("usual") == 4
    assert policy.of(13)[:12] == policy.of(12)


def test_a_trial_of_acting_clinicians_can_be_copied_and_kept():
    trial = TherapyTrial(following("repair_first", policy__other="manual", policy__share=0.5), seed=2)
    trial.run_until(20)
    others = [copy.deepcopy(trial), pickle.loads(pickle.dumps(trial))]
    for one in (trial, *others):
        one.run_until(one.end_day)
        assert differing(one.recorded, trial.recorded) == []
