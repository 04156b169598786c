"""The contract of clinicians who learn and of patients who share sessions: all engines to the same bits."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from alliance_sim.engine import worlds
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import HOURS, Keep
from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import NAMES
from alliance_sim.study.engines import EngineName, simulate as by_name
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import names
from alliance_sim.world.protocol import used_phases
from tests.contract.test_engines import assert_equal_to_the_last_bit
from tests.worlds import NO_CHANCE, arrays, differing, run, small, with_values, world

PROTOCOLS = [name for name in names("protocol") if name != "waitlist"]
LEARNING = {
    "clinicians.supervision.sessions": 0.5,
    "clinicians.supervision.share": 0.6,
    "clinicians.practice.empathy": 1.5,
    "parameters.learning.experience": -0.002,
}
NO_EFFECT = {"parameters.groups.comfort": 0.0, "parameters.groups.opening": 0.0}  # no comfort, no contagion by it
TIRELESS = {f"parameters.strain.{name}": 0.0 for name in ("hours", "challenge", "start")}


def shared(base, size, phases=None):
    """The same world, in which patients share the sessions of some phases, all unless given."""
    return with_values(base, {f"protocol.{phase}.group": size for phase in phases or used_phases(base.protocol)})


def events_of(base):
    return [(event.day, event.patient, event.planned.name) for event in base.events()]


# -------------------------------------------------------------------------------------------------- equal to the bit


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_engines_let_clinicians_learn_and_patients_meet_in_groups(protocol):
    """Six patients in fours: the last cohort has two."""
    assert_equal_to_the_last_bit(with_values(shared(small(protocol), 4), LEARNING))


anything = st.fixed_dictionaries(
    {
        "patients.number": st.integers(5, 9),
        "assignment.rule": st.sampled_from(["balanced", "random", "attachment"]),
        "assignment.enrolment_spacing": st.sampled_from([0, 2, 9]),
        "clinicians.supervision.sessions": st.sampled_from([0.0, 0.3, 1.0]),
        "clinicians.supervision.share": st.floats(0, 1),
        "clinicians.supervision.whom": st.sampled_from(["evenly", "least_skilled", "most_skilled"]),
        "clinicians.practice.boundaries": st.sampled_from([0.0, 2.0]),
        "parameters.learning.experience": st.floats(-0.1, 0.1),
        "policy.name": st.sampled_from(["usual", "repair_first"]),
        "clinicians.effort.fatigue": st.sampled_from([0.0, 0.3]),
        "parameters.groups.dropout": st.floats(0, 1),
        "parameters.rupture.base": st.floats(-2, 1),
        "parameters.retention.base": st.floats(-4, -1),
    }
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, st.integers(2, 5), st.sets(st.sampled_from(["preparation", "dosing", "integration"]), min_size=1))
def test_all_engines_agree_on_whatever_is_shared_and_learned(values, size, phases):
    assert_equal_to_the_last_bit(shared(with_values(small("psilodep2"), values), size, phases))


@pytest.mark.parametrize("replicates", [3, 40], ids=["shared draws", "own draws"])
def test_arms_that_learn_differently_share_a_tile(replicates):
    """What an arm gives does not depend on what its neighbours learn; who learns nothing keeps every bit."""
    base = shared(small("psilodep2"), 3, ["integration"])
    arms = [base, with_values(base, LEARNING), with_values(base, LEARNING | {"assignment.rule": "random"})]
    arms += [with_values(base, LEARNING | {"clinicians.supervision.whom": "least_skilled"})]
    together = worlds.simulate(arms, range(replicates), 5)
    assert differing(together, simulate(arms, range(replicates), 5)) == []
    for place in (0, 3):
        alone = arrays(worlds.simulate(arms[place : place + 1], range(replicates), 5))
        for name, values in arrays(together).items():
            assert np.array_equal(values[..., place : place + 1, :], alone[name], equal_nan=True), name


def test_a_trial_is_the_same_in_whatever_batch_it_is_run():
    arms = [with_values(shared(small(), 3), LEARNING), shared(small(), 3)]
    whole = by_name(EngineName.lanes, arms, range(20), 3, Keep.trials)
    part = by_name(EngineName.lanes, arms, [13, 4], 3, Keep.trials)
    for name, values in whole.trials.items():
        assert np.array_equal(values[:, [13, 4]], part.trials[name], equal_nan=True), name


# ---------------------------------------------------------------------------------------------------------- learning


def skill_by_session(arm, replicates=2):
    """Each session's lead skill, and which session of that lead it is, sorted by clinician; (sessions, replicates)."""
    found = run([arm], replicates)
    return found.sessions["skill"][:, 0], found.sessions["lead"][:, 0], found.sessions["attended"][:, 0]


def test_without_noise_skill_follows_its_closed_form():
    """One clinician, everybody stays: after n sessions 1 - skill is (1 - skill₀)·exp(-n·r)."""
    rates = {"parameters.learning.supervision": 0.03, "parameters.learning.practice": 0.01}
    arm = with_values(
        small("psychotherapy"),
        NO_CHANCE | rates | {"clinicians.number": 1, "clinicians.supervision.sessions": 0.5}
        | {f"clinicians.practice.{name}": 2.0 for name in NAMES},
    )  # fmt: skip
    skill, _, attended = skill_by_session(arm)
    assert (attended == 1.0).all()
    held = np.arange(len(skill))[:, None]
    rate = 0.5 * 0.03 + 2.0 * 0.01
    assert np.allclose(1.0 - skill, (1.0 - skill[0]) * np.exp(-held * rate), rtol=1e-12)


def test_a_shared_session_teaches_once():
    arm = with_values(
        shared(small("psychotherapy"), 6),
        {"clinicians.number": 1, "clinicians.supervision.sessions": 1.0, "parameters.retention.base": 0.0},
    )
    skill, _, attended = skill_by_session(arm, 3)
    skill, attended = skill.reshape(-1, 6, 3), attended.reshape(-1, 6, 3)
    there = attended == 1.0
    assert not there.any(1).all()  # in some trial all of them left
    held = np.broadcast_to(np.arange(len(skill))[:, None, None], skill.shape)
    expected = (1.0 - skill[0, 0]) * np.exp(-held * arm.parameters.learning.supervision)
    assert np.allclose((1.0 - skill)[there], expected[there], rtol=1e-12)


def test_a_session_that_nobody_attends_teaches_nobody():
    """All of them leave early; the clinician's later patients meet the skill that the held sessions left."""
    gone = {"parameters.retention.base": 4.0, "assignment.enrolment_spacing": 60, "clinicians.number": 1}
    arm = with_values(small("psychotherapy", clinicians__supervision__sessions=1.0), gone)
    skill, _, attended = skill_by_session(arm, 3)
    rate = arm.parameters.learning.supervision
    for world_ in range(3):
        there = attended[:, world_] == 1.0
        held = np.arange(there.sum())
        assert there.sum() < len(there)
        own = skill[there, world_]
        assert np.allclose(1.0 - own, (1.0 - own[0]) * np.exp(-held * rate), rtol=1e-12)


def test_who_is_supervised():
    base = with_values(small(), {"clinicians.number": 10, "clinicians.supervision.sessions": 1.0})
    for share, many in ((0.0, 0), (0.01, 1), (0.3, 3), (1.0, 10)):
        for whom in ("evenly", "least_skilled", "most_skilled"):
            arm = with_values(base, {"clinicians.supervision.share": share, "clinicians.supervision.whom": whom})
            staff = run([arm]).clinicians
            chosen = staff["supervised"][:, 0] > 0.5
            assert (chosen.sum(0) == many).all()
            if 0 < many < 10 and whom != "evenly":
                overall = np.sum([staff[name][:, 0] for name in NAMES], 0)
                better = np.where(chosen, overall, np.inf).min(0), np.where(chosen, np.nan, overall)
                if whom == "most_skilled":
                    assert (better[0] >= np.nanmax(better[1], 0)).all()
                else:
                    assert (np.where(chosen, overall, -np.inf).max(0) <= np.nanmin(better[1], 0)).all()


def test_one_more_clinician_changes_no_one_elses_supervision():
    found = [
        run([small(clinicians__number=m, clinicians__supervision__sessions=1.0, clinicians__supervision__share=0.4)])
        for m in (5, 6)
    ]
    assert np.array_equal(found[0].clinicians["supervised"], found[1].clinicians["supervised"][:5])


def test_rates_alone_move_nothing():
    """Nobody is supervised or practises unless a study says so, however fast clinicians would learn."""
    rates = {"parameters.learning.supervision": 0.5, "parameters.learning.practice": 0.5}
    assert differing(run([small()]), run([with_values(small(), rates)])) == []


# ------------------------------------------------------------------------------------------------------------ groups


def alone_on_the_same_days(grouped):
    """The same patients on the same days with the same clinician, each alone."""
    return with_values(grouped, {f"protocol.{phase}.group": 1 for phase in used_phases(grouped.protocol)})


@pytest.mark.parametrize("protocol", ["psychotherapy", "comp001", "mapp"])
def test_a_group_without_effect_is_individual_sessions_on_the_same_days(protocol):
    """No comfort and nobody tires: to the last bit what the same patients had alone, with the same draws."""
    base = small(protocol, clinicians__number=2, assignment__enrolment_spacing=0, protocol__co_share=0.0)
    alike = {f"clinicians.{name}.spread": 0.0 for name in (*NAMES, "responsiveness")}
    one = with_values(base, NO_EFFECT | TIRELESS | alike | {"parameters.perception.dyad_spread": 0.0})
    grouped = shared(one, 6)
    assert sorted(events_of(grouped)) == sorted(events_of(alone_on_the_same_days(grouped)))
    together, alone = run([grouped]), run([alone_on_the_same_days(grouped)])
    order = {(event.day, event.patient, event.planned.code): at for at, event in enumerate(alone.session_events)}
    places = [order[event.day, event.patient, event.planned.code] for event in together.session_events]
    for name, values in together.sessions.items():
        if name not in ("cohesion", "lead"):
            assert np.array_equal(values, alone.sessions[name][places], equal_nan=True), name
    for name, values in together.outcomes.items():
        if name != HOURS:
            assert np.array_equal(values, alone.outcomes[name], equal_nan=True), name


def test_cohesion_does_something():
    grouped = shared(small("psychotherapy"), 3)
    assert differing(run([grouped]), run([with_values(grouped, NO_EFFECT)])) != []


def test_clinicians_tire_once_a_shared_session():
    """A group of six costs its clinician what a session of one does; the same fatigue is kept for all of them."""
    calm = {"parameters.strain.challenge": 0.0, "clinicians.number": 1, "parameters.retention.base": -12.0,
            "assignment.enrolment_spacing": 0}  # fmt: skip
    grouped = run([shared(with_values(small("psychotherapy"), calm), 6)]).sessions["fatigue"][:, 0]
    alone = run([with_values(small("psychotherapy"), calm | {"patients.number": 1})]).sessions["fatigue"][:, 0]
    grouped = grouped.reshape(-1, 6, 2)
    assert (grouped == grouped[:, :1]).all()
    assert np.allclose(grouped[:, 0], alone, rtol=1e-12)


def test_a_cohort_begins_when_it_is_complete_and_the_rest_make_a_smaller_one():
    """Twenty-five patients in sixes: four cohorts and one patient alone, whose sessions nobody shares."""
    trial = shared(world("psychotherapy", patients__number=25), 6)
    assert trial.enrolment() == [10] * 6 + [22] * 6 + [34] * 6 + [46] * 6 + [48]
    sessions = [event for event in trial.events() if event.planned.phase == "therapy"]
    assert {len(event.members) for event in sessions if event.patient < 24} == {6}
    assert {len(event.members) for event in sessions if event.patient == 24} == {0}
    found = run([trial], 1)
    lonely = [event.patient == 24 for event in found.session_events]
    assert np.isnan(found.sessions["cohesion"][lonely]).all()
    assert np.isfinite(found.sessions["cohesion"][np.logical_not(lonely)]).any()


def test_the_last_member_is_alone():
    """Once all others have left, who remains has no group."""
    grouped = shared(small("psychotherapy", parameters__retention__base=0.5), 3)
    found = run([grouped], 6)
    attended = found.sessions["attended"][:, 0].reshape(-1, 3, 6).sum(1)  # members there, by shared session
    cohesion = found.sessions["cohesion"][:, 0].reshape(-1, 3, 6)
    assert (attended == 1).any()
    assert np.isnan(cohesion.transpose(1, 0, 2)[:, attended < 2]).all()
    there = found.sessions["attended"][:, 0].reshape(-1, 3, 6) == 1
    assert np.isfinite(cohesion[there & (attended > 1)[:, None]]).all()


def test_the_others_feel_a_dropout_and_a_rupture():
    """What one member goes through costs cohesion in the group's next session, and nothing before."""
    grouped = shared(small("psychotherapy", parameters__rupture__base=0.0, parameters__retention__base=-2.5), 6)
    found = run([grouped], 4)
    for costly, happened in (("dropout", "left"), ("rupture", "rupture")):
        free = run([with_values(grouped, {f"parameters.groups.{costly}": 0.0})], 4)
        cohesion = [one.sessions["cohesion"][:, 0].reshape(-1, 6, 4) for one in (found, free)]
        events = found.sessions[happened][:, 0].reshape(-1, 6, 4)
        if happened == "rupture":
            events = events - found.sessions["repaired"][:, 0].reshape(-1, 6, 4)
        first = np.where(events.sum(1).any(0), events.sum(1).astype(bool).argmax(0), len(events))
        assert (first < len(events) - 1).any()
        for world_, at in enumerate(first.tolist()):
            own, without = (np.where(np.isnan(one), -1.0, one)[..., world_].max(1) for one in cohesion)
            assert np.array_equal(own[: at + 1], without[: at + 1])
            if at + 1 < len(own) and own[at + 1] >= 0:
                assert own[at + 1] < without[at + 1]


def test_one_more_patient_moves_no_draw_of_anybody_else():
    """He makes the last cohort larger; all before it keep every bit where their clinician does not tire of him."""
    grouped = [shared(small("psychotherapy", patients__number=n, **{"clinicians__number": 9}), 3) for n in (8, 9)]
    before, after = (run([with_values(one, TIRELESS)]) for one in grouped)
    earlier = [[event.patient < 6 for event in one.session_events] for one in (before, after)]
    for name in before.sessions:
        one, other = before.sessions[name][earlier[0]], after.sessions[name][earlier[1]]
        assert np.array_equal(one, other, equal_nan=True), name
    for name, traits in before.patients.items():
        if name not in ("enrolled", "lead", "co", "dyad_effect"):
            assert np.array_equal(traits[:8], after.patients[name][:8], equal_nan=True), name


def test_a_group_is_an_agent_that_meets():
    trial = TherapyTrial(shared(small("psychotherapy", patients__number=7), 3), seed=3)
    groups = list(trial.groups)
    assert [len(group.members) for group in groups] == [3, 3, 1]
    first = groups[0]
    assert {patient.lead for patient in first.members} == {first.lead}
    start = first.cohesion
    first.members[1].remove()
    assert len(first.members) == 2
    twin = pickle.loads(pickle.dumps(copy.deepcopy(trial)))
    for one in (trial, twin):
        one.run_until(one.end_day)
    assert first.cohesion != start
    assert np.array_equal(trial.cohorts, twin.cohorts)
    assert differing(trial.recorded, twin.recorded) == []
    frame = trial.datacollector.get_agenttype_vars_dataframe(type(first))
    assert frame["cohesion"].groupby("AgentID").last().tolist() == trial.cohorts[:, 0].tolist()
    assert set(frame.index.get_level_values("AgentID")) == {group.unique_id for group in groups}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"protocol.preparation.group": 7}, "is larger than the trial, patients.number=6; use a group of at most 6"),
        ({"protocol.therapy.group": 2}, "is of a phase that the protocol has not; choose one of: preparation, dosing"),
        ({"protocol.preparation.group": 2, "protocol.dosing.group": 3}, "differ, and a cohort stays together; give"),
        ({"protocol.preparation.group": 0}, "protocol.preparation.group=0 is outside [1, 50]"),
        ({"protocol.preparation.group": 6, "clinicians.max_caseload": 5}, "is more than clinicians.max_caseload=5"),
        ({"clinicians.supervision.share": 1.2}, "clinicians.supervision.share=1.2 is outside [0, 1]"),
        ({"clinicians.supervision.whom": "best"}, "clinicians.supervision.whom="),
        ({"clinicians.practice.empathy": -1}, "clinicians.practice.empathy=-1 is outside [0, 10]"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(values, said):
    with pytest.raises(ScenarioError) as refused:
        with_values(small(), values)
    assert said in str(refused.value)
    assert str(refused.value).count(". ") == 0


def test_a_group_does_not_meet_out_of_turn():
    """What comes next for its members is an assessment, or nothing: nothing is written and the trial goes on."""
    trial = TherapyTrial(shared(small("comp001"), 3, ["preparation"]), seed=3)
    first = next(iter(trial.groups))
    trial.run_until(40)
    before = trial.recorder.sessions.copy()
    with pytest.raises(
        ScenarioError, match=r"group 0 cannot meet now: the next appointment of patient 0 is \S+, which"
    ):
        first.meet()
    trial.run_until(trial.end_day)
    with pytest.raises(ScenarioError, match="is none any more; let the trial hold its appointments"):
        first.meet()
    there = ~np.isnan(before)
    assert np.array_equal(trial.recorder.sessions[there], before[there])


def test_experience_that_costs_skill_costs_a_share_of_it():
    """At a rate below 0 skill goes to 0 and never past it, from wherever it began."""
    arm = with_values(
        small("psychotherapy"), NO_CHANCE | {"clinicians.number": 1, "parameters.learning.experience": -0.02}
    )
    skill, _, _ = skill_by_session(arm)
    assert np.allclose(skill, skill[0] * np.exp(-0.02 * np.arange(len(skill)))[:, None], rtol=1e-12)


def test_a_caseload_counts_members():
    """One clinician of thirteen places leads a group of six, another of six and the one who is left."""
    trial = shared(world("psychotherapy", patients__number=13, clinicians__number=1, clinicians__max_caseload=13), 6)
    assert len(run([with_values(trial, {"assignment.rule": "random"})], 1).outcomes["change"]) == 13
    with pytest.raises(ScenarioError, match=r"makes 3 groups, and clinicians.number=1 with .* can lead 2;"):
        with_values(trial, {"patients.number": 15})
