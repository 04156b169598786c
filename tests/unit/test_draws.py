"""Named draws: what shares an address shares its draw, what does not is independent of everything else."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from alliance_sim.engine.arrays import stream
from alliance_sim.model import draws
from alliance_sim.model.behaviours import DECLARED
from tests.worlds import run, small, with_values

KEY = stream(7, [0, 1, 2])


def test_purposes_have_numbers_of_their_own():
    """No two purposes share an address."""
    numbers = [int(purpose) for purpose in draws.Purpose]
    assert len(numbers) == len(set(numbers))


def test_the_numbers_of_purposes_never_change():
    """A renumbered purpose would move every draw of it: the list is part of what results rest on."""
    assert {purpose.name: int(purpose) for purpose in draws.Purpose} == {
        "ATTACHMENT_AND_HOPE": 1,
        "ABSORPTION_AND_BODY": 2,
        "ENTRY": 3,
        "START": 4,
        "SKILL": 10,
        "SKILL_REST": 11,
        "DYAD": 20,
        "TRIAL": 30,
        "GROUP": 31,
        "DELIVERY": 40,
        "DELIVERY_REST": 41,
        "RUPTURE": 42,
        "RETENTION": 43,
        "SIGHT": 44,
        "EXPERIENCE": 50,
        "AFTERMATH": 51,
        "QUESTIONNAIRES": 52,
        "ASSESSMENT": 60,
        "ASSESSMENT_REST": 61,
    }


@given(
    agent=st.integers(0, 10_000),
    session=st.integers(0, 2**24),
    purpose=st.sampled_from(list(draws.Purpose)),
    other=st.sampled_from(list(draws.Purpose)),
)
def test_asking_for_another_purpose_moves_no_draw(agent, session, purpose, other):
    """Adding a draw to one purpose changes no other: an address is all a draw depends on."""
    before = draws._four_normals(KEY, agent, session, int(purpose))
    draws._four_normals(KEY, agent, session, int(other))
    after = draws._four_normals(KEY, agent, session, int(purpose))
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_neighbouring_addresses_differ(agent, session):
    """Next agent, next session, next replicate, next seed and next purpose all give other draws."""
    here = draws._words(stream(7, [3]), agent, session, 40)
    others = [
        draws._words(stream(7, [3]), agent + 1, session, 40),
        draws._words(stream(7, [3]), agent, session + 1, 40),
        draws._words(stream(7, [4]), agent, session, 40),
        draws._words(stream(8, [3]), agent, session, 40),
        draws._words(stream(7 + 2**32, [3]), agent, session, 40),
        draws._words(stream(7, [3]), agent, session, 41),
    ]
    assert all(not np.array_equal(here[0], other[0]) for other in others)


def test_session_draws_are_standard_and_uncorrelated():
    """Moments of 48,000 draws of each kind; 4-sigma bounds, error rate below 1 in 1,000 for the whole test."""
    many = stream(1, range(4000))
    people = np.arange(12, dtype=np.uint64)[:, None]
    noise = draws.session_noise(many, people, 5)
    others = (noise.symptoms, noise.wai, noise.wai_clinician, noise.misjudgement, noise.drift)
    normal = np.stack([values.ravel() for values in (*noise.delivery, *others)])
    uniform = np.stack([getattr(noise, name).ravel() for name in ("rupture", "repair", "leave")])
    count = normal.shape[1]
    assert np.abs(normal.mean(axis=1)).max() < 4 / np.sqrt(count)
    assert np.abs(normal.var(axis=1) - 1).max() < 4 * np.sqrt(2 / count)
    assert np.abs(uniform.mean(axis=1) - 0.5).max() < 4 / np.sqrt(12 * count)
    together = np.corrcoef(np.concatenate([normal, uniform]))
    assert np.abs(together - np.eye(len(together))).max() < 4.5 / np.sqrt(count)


def test_the_moments_test_would_notice_a_shared_draw():
    """Negative control: two fields fed by one draw break the correlation bound."""
    many = stream(1, range(4000))
    first = draws.session_noise(many, 1, 5).delivery.empathy
    assert np.corrcoef(first, first)[0, 1] > 4.5 / np.sqrt(first.size)


def test_no_two_draws_share_an_address():
    """Behaviours' words lie apart from one another and from the draws beside them; further purposes are their own."""
    beside = {"skill_draw": {(10, 0), (11, 2)}, "delivery_draw": {(41, 1), (41, 2), (41, 3)}}
    purposes = {int(purpose) for purpose in draws.Purpose}
    for kind, taken in beside.items():
        own = [getattr(declared, kind) for declared in DECLARED.values()]
        assert len(set(own) | taken) == len(own) + len(taken)
        blocks = {purpose for purpose, _ in taken} | {10, 40}
        assert all(word in range(4) and (purpose in blocks or purpose not in purposes) for purpose, word in own)


def test_adding_a_patient_changes_nobody_else():
    """Patients of other clinicians keep every draw and every state, to the last bit."""
    base = small(assignment__rule="balanced", protocol__dosing__clinicians=1)
    wider = with_values(base, {"patients.number": base.patients.number + 1})
    few, many = run(base), run(wider)
    newcomer = base.patients.number % base.clinicians.number
    for number in range(base.patients.number):
        for name in ("dyad_effect", "propensity", "entry_primary", "trust", "weight"):
            assert np.array_equal(few.patients[name][number], many.patients[name][number])
        if number % base.clinicians.number == newcomer:
            continue  # shares a tiring clinician with the newcomer: coupled, as real patients are
        assert_same_course(few, many, number)


def test_adding_a_patient_changes_nobody_at_all_when_clinicians_do_not_tire():
    """Without fatigue nothing couples patients, so everyone keeps everything."""
    base = small(parameters__strain__start=0.0, parameters__strain__hours=0.0, parameters__strain__challenge=0.0)
    wider = with_values(base, {"patients.number": base.patients.number + 1})
    few, many = run(base), run(wider)
    for number in range(base.patients.number):
        assert_same_course(few, many, number)


def assert_same_course(one, two, number):
    """Every session of one patient is the same in two runs."""
    mine = [place for place, event in enumerate(one.session_events) if event.patient == number]
    theirs = [place for place, event in enumerate(two.session_events) if event.patient == number]
    for name in one.sessions:
        assert np.array_equal(one.sessions[name][mine], two.sessions[name][theirs], equal_nan=True), name


def test_dropping_the_third_preparation_session_moves_no_draw_of_another_session():
    """Addresses use session names, so the others keep their noise."""
    base = small()
    shorter = with_values(base, {"protocol.preparation.sessions": 2})
    names = {step.name: step.code for step in base.course()}
    left = {step.name: step.code for step in shorter.course()}
    assert set(names) - set(left) == {"preparation.3"}
    assert all(names[name] == code for name, code in left.items())


def test_fewer_integration_sessions_rename_no_other_session():
    """Sessions after a later dose are named by that dose, not by how many came before."""
    base = small("mapp")
    shorter = with_values(base, {"protocol.integration.sessions": 2})
    days = {step.name: step.day for step in base.course()}
    assert {step.name: step.day for step in shorter.course()}.items() <= days.items()
    assert "integration.2.1" in days
    codes = [step.code for step in base.course()]
    assert len(codes) == len(set(codes))


def test_two_arms_that_differ_in_one_behaviour_share_every_other_draw():
    """Perfect common random numbers: with no path from empathy, nothing but empathy differs."""
    base = small(
        parameters__bond__rate=0.0,
        parameters__rupture__misattunement=0.0,
        parameters__rupture__repair_empathy=0.0,
        parameters__dosing__support_bond=1.0,
    )
    other = with_values(base, {"clinicians.empathy.mean": 0.75})
    kept = run([base, other])
    moved = {
        name for name, values in kept.sessions.items() if not np.array_equal(values[:, 0], values[:, 1], equal_nan=True)
    }
    assert moved == {"delivered_empathy", "perceived_empathy", "skill"}  # the last is the mean skill


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64 - 1])
def test_any_64_bit_seed_gives_its_own_world(seed):
    """Both halves of the seed count."""
    base = small()
    assert not np.array_equal(
        run(base, seed=seed).sessions["trust"], run(base, seed=seed ^ (1 << 40)).sessions["trust"]
    )
