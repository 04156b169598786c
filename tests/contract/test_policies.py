"""The contract of clinicians who act: every engine follows policies, phases and effort to the same bits."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim.engine import policies, worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import PolicyError
from alliance_sim.laws import added, clip, minimum, shifts, usual, where
from alliance_sim.model.acting import NO_LIMIT, Seen
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.policies import BUILT_IN, own
from alliance_sim.model.policies.reading import PATTERN
from alliance_sim.model.records import paths_of
from alliance_sim.study.engines import EngineName, simulate as by_name
from alliance_sim.trial import Clinician, TherapyTrial
from alliance_sim.world.configuration import names
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import SESSION_PHASES
from tests.contract.test_engines import assert_equal_to_the_last_bit, mesa
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


# ------------------------------------------------------------------------------------------------- of one's own


@pytest.fixture
def known(monkeypatch):
    """What is written in a test is forgotten after it."""
    monkeypatch.setattr(own, "KNOWN", dict(own.KNOWN))


def written(*steps, name="written"):
    """A policy of one's own of these lines, by its name."""
    own.from_text(name, "\n    ".join([f"def {name}(seen, p):", *steps]))
    return name


BOUNDED = {  # empathy's shift, where something is divided by 0, overflows or is no number, and the choice is a shift
    "a number by 0": "clip(1 / seen.dosing, -1, 1)",
    "a negative number by 0": "clip((0 - seen.session) / seen.dosing, -1, 1)",
    "a number by a negative 0": "clip(1 / (0 * (0 - seen.session)), -1, 1)",
    "two constants": "clip(1 / 0, -1, 1)",
    "by an infinite number": "0.1 / (1 / seen.rupture) + 0.05",
    "a number of the laws by 0": "clip(p.delivery.need / seen.rupture, -1, 1)",
    "0 by 0 that is not chosen": "where(seen.rupture > 0.5, 0.1 * seen.rupture / seen.rupture, 0)",
    "0 by 0 that is compared": "where(seen.rupture / seen.rupture == 1, 0.1, -0.1)",
    "no number, joined": "where((seen.rupture / seen.rupture != 1) ^ (0 / seen.dosing < 1), 0.1, -0.1)",
    "root below 0 that is not chosen": "where(seen.rupture > 0.5, 0.1, sqrt(-seen.rupture) * 0.2)",
    "root below 0 that is compared": "where(sqrt(-seen.session) >= 0, 0.1, -0.1)",
    "logarithm of 0 that is not chosen": "where(seen.rupture > 0.5, 0.1 + log(seen.rupture), -0.1)",
    "exponential that overflows": "0.1 / exp(1e300 * seen.session) + clip(exp(1e9 * seen.dosing) * 1e9, -1, 1)",
    "product that overflows": "clip(1e300 * (seen.session * 1e300), -1, 1)",
    "product of constants that overflows": "clip(1e300 * 1e300 * seen.session, -1, 1)",
    "sum that overflows": "clip(-1.7e308 * seen.session - 1.7e308, -1, 1)",
    "infinite less infinite that is compared": "where(1e300 * 1e300 - 1e300 * (seen.session * 1e300) == 0, 0.1, 0.2)",
    "product that underflows": "1e-300 * (1e-300 * seen.session) + 0.1",
    "below the smallest normal number": "1e300 * (1e-320 * seen.trust)",
}
BEYOND = {  # the same, and the choice is no shift
    "a number by 0": "1 / seen.therapy",
    "two constants": "-1 / 0",
    "0 by 0": "0 / seen.therapy",
    "0 by 0, bounded": "clip(0 / seen.therapy, -1, 1)",
    "root below 0": "sqrt(0 - seen.session)",
    "logarithm of 0": "log(seen.therapy)",
    "exponential that overflows": "exp(1e300 * seen.session)",
    "product that overflows": "1e300 * (seen.session * 1e300)",
    "infinite less infinite": "1e300 * 1e300 - 1e300 * (seen.session * 1e300)",
}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("shift", BOUNDED.values(), ids=BOUNDED)
def test_all_engines_divide_and_overflow_alike(shift):
    assert_equal_to_the_last_bit(small(policy=written(f"return shifts(empathy={shift})")))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("shift", BEYOND.values(), ids=BEYOND)
def test_all_engines_refuse_alike_what_is_no_number_or_infinite(shift, monkeypatch):
    """Where it was tried, and, had no trial shown it, in the study."""
    with pytest.raises(PolicyError, match=r"policy written shifts empathy by .*, which is outside \[-1, 1\]"):
        written(f"return shifts(empathy={shift})")
    monkeypatch.setattr(own, "_try", lambda name, made: None)
    scenario = small(policy=written(f"return shifts(empathy={shift})"))
    said = []
    for engine in (mesa, lambda arm: simulate([arm], [0], 7), lambda arm: worlds.simulate([arm], [0], 7)):
        with pytest.raises(PolicyError) as refused:
            engine(scenario)
        said.append(str(refused.value))
    assert len(set(said)) == 1, said


def conditions(number):
    """What is true or not, of expressions for numbers."""
    compared = st.builds("({} {} {})".format, number, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), number)
    joined = st.builds("({} {} {})".format, compared, st.sampled_from("&|^"), compared)
    return st.one_of(compared, joined, st.builds("where({}, {}, {})".format, compared, compared, compared))


HELD = [*(f"seen.{name}" for name in Seen._fields), *(f"p.{path}" for path in paths_of(PATTERN))]
numbers = st.recursive(
    st.sampled_from([*HELD, "0", "1", "-0.0", "0.5", "3", "1e-300", "1e300", "level", "law.noticing"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({}{})".format, st.sampled_from("+-"), inner),
        st.builds("{}({})".format, st.sampled_from(["sqrt", "exp", "log", "logistic", "unit"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["minimum", "maximum"]), inner, inner),
        st.builds("{}({}, {}, {})".format, st.sampled_from(["clip", "average"]), inner, inner, inner),
        st.builds("where({}, {}, {})".format, conditions(inner), inner, inner),
        st.builds("shifts(empathy={}).empathy".format, inner),
    ),
    max_leaves=8,
)


@pytest.mark.usefixtures("known")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(numbers, numbers, conditions(numbers))
def test_all_engines_follow_whatever_may_stand_in_a_policy(one, other, condition):
    name = written(
        "level = seen.trust",
        "law = p.sensing",
        f"one = {one}",
        f"other = {other}",
        "within = (one >= -1) & (one <= 1)",
        "mine = shifts(0.1, empathy=where(within, one * 0.5, 0.25), authenticity=where(other != other, 0.1, 0.2))",
        f"return added(mine, shifts(collaboration=where({condition}, 0.1, -0.1)))",
    )
    assert_equal_to_the_last_bit(small(policy=name))


def attentive(seen, p):
    """A policy that reads all that is seen."""
    worst = minimum(seen.trust, minimum(seen.felt_empathy, seen.rapport))
    still_open = seen.rupture * (1.0 - seen.repaired)
    of_phase = 0.08 * seen.preparation + 0.06 * seen.therapy - 0.04 * seen.dosing + 0.02 * seen.integration
    own = shifts(
        boundaries=of_phase,
        active_listening=where(worst < 0.5, 0.2 / seen.session, 0.0),
        authenticity=0.1 * still_open * (1.0 - seen.fatigue),
        empathy=clip(0.05 * (seen.attachment_anxiety - seen.attachment_avoidance), -0.2, 0.2),
        collaboration=where(seen.measured > 0.5, clip(seen.behind, -0.2, 0.2), -0.05 * seen.responsiveness),
    )
    return added(usual(seen, p), own)


class Attentive(Clinician):
    """The same in Python."""

    def choose(self, seen):
        of_phase = {"preparation": 0.08, "therapy": 0.06, "dosing": -0.04, "integration": 0.02}
        (phase,) = (name for name in of_phase if getattr(seen, name))
        own = {"boundaries": of_phase[phase], "collaboration": -0.05 * seen.responsiveness}
        if min(seen.trust, seen.felt_empathy, seen.rapport) < 0.5:
            own["active_listening"] = 0.2 / seen.session
        if seen.rupture and not seen.repaired:
            own["authenticity"] = 0.1 * (1.0 - seen.fatigue)
        own["empathy"] = min(max(0.05 * (seen.attachment_anxiety - seen.attachment_avoidance), -0.2), 0.2)
        if seen.measured:
            own["collaboration"] = min(max(seen.behind, -0.2), 0.2)
        return added(usual(seen, self.model.p), shifts(**own))


def assert_agents_do_as_the_law(law, agent, scenario):
    """A Mesa agent that overrides `choose` gives the same bits as a law in lanes."""
    trial = mesa(with_values(scenario, {"policy.name": agent}))
    assert differing(trial, worlds.simulate([with_values(scenario, {"policy.name": law})], [0], 7)) == []
    assert differing(trial, worlds.simulate([with_values(scenario, {"policy.name": "usual"})], [0], 7)) != []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("fed_back", [True, False], ids=["fed back", "not fed back"])
@pytest.mark.parametrize("protocol", ["psilodep2", "psychotherapy"])
def test_an_agent_that_reads_all_that_is_seen_does_as_the_law(protocol, fed_back):
    for what in (attentive, Attentive):
        own.policy(what)
    acting = {"protocol.feedback": fed_back, "clinicians.effort.budget": 0.3, "clinicians.effort.fatigue": 0.05}
    assert_agents_do_as_the_law("attentive", "Attentive", with_values(small(protocol), acting))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("phase", SESSION_PHASES)
def test_an_agent_shifts_every_behaviour_in_one_phase_as_the_law_does(phase):
    amounts = {name: 0.05 * (place + 1) * (-1) ** place for place, name in enumerate(NAMES)}

    class InOne(Clinician):
        def choose(self, seen):
            return shifts(**{name: amount for name, amount in amounts.items() if getattr(seen, phase)})

    own.policy(InOne)
    words = ", ".join(f"{name}={amount} * seen.{phase}" for name, amount in amounts.items())
    written(f"return shifts({words})", name="in_one")
    world = small("psychotherapy" if phase == "therapy" else "psilodep2")
    assert_agents_do_as_the_law("in_one", "InOne", world)


@pytest.mark.usefixtures("known")
def test_threads_that_ask_at_once_get_one_compiled_policy():
    """Agents keep its address alone, which lasts as long as what was compiled."""
    choose = own.KNOWN[written("return shifts(empathy=0.1 * seen.trust)")].choose
    for compiled in (policies.for_one, policies.for_lanes):
        with ThreadPoolExecutor(4) as beside:
            assert len({id(made) for made in beside.map(compiled, [choose] * 4)}) == 1
