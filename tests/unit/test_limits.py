"""Limit cases with known answers: where the model can be solved by hand, it must give that solution."""

import math

import numpy as np
import pytest

from alliance_sim.model import admission, dosing, draws, symptoms
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.registry import record
from tests.worlds import NO_CHANCE, run, small, with_values, world


def test_without_a_learning_rate_the_bond_stays_what_it_was():
    """rate = 0 and nothing else acting on the bond: it is constant to the last bit."""
    still = with_values(
        small(),
        NO_CHANCE
        | {
            "parameters.bond.rate": 0.0,
            "parameters.dosing.harm_trust": 0.0,
            "parameters.dosing.breakthrough_bond": 0.0,
        },
    )
    kept = run(still)
    for name in ("trust", "felt_empathy", "rapport"):
        start = kept.patients[name]
        for place, event in enumerate(kept.session_events):
            assert np.array_equal(kept.sessions[name][place], start[event.patient]), name


def test_without_noise_the_bond_reaches_its_closed_form_fixed_point():
    """With constant behaviours q and halo h: A* = (q - h A_h) / (1 - h), all three bonds alike."""
    q, h, level = 0.6, 0.35, 0.55
    steady = with_values(
        small("psychotherapy", protocol__therapy__sessions=60),
        NO_CHANCE
        | {f"clinicians.{name}.mean": q for name in NAMES}
        | {"parameters.perception.halo": h, "parameters.perception.halo_level": level},
    )
    kept = run(steady)
    expected = (q - h * level) / (1 - h)
    last = [place for place, event in enumerate(kept.session_events) if event.planned.number == 60]
    for name in ("trust", "felt_empathy", "rapport"):
        assert np.allclose(kept.sessions[name][last], expected, atol=1e-4), name


@pytest.mark.parametrize("how", [{"protocol.drug": "none"}, {"protocol.doses": [0.0]}])
def test_a_dose_of_zero_gives_no_acute_experience(how):
    """No drug, no intensity, challenge, breakthrough, mystical-type experience, insight or adverse event."""
    kept = run(with_values(small(), how), 4)
    for name in ("intensity", "challenge", "resolved", "breakthrough", "mystical", "adverse", "insight", "relief"):
        assert np.nanmax(np.abs(kept.sessions[name])) == 0.0, name


def test_intensity_is_half_at_the_half_dose_and_follows_hill():
    """The median patient on a median occasion follows dʰ / (dʰ + ED50ʰ) [TD277, TD278]."""
    scenario = world()
    p, drug = record(scenario.parameters.dosing), record(scenario.drug)
    for dose in (drug.half_dose, 1.0, 10.0, 25.0, 40.0):
        hill = dose**drug.steepness / (dose**drug.steepness + drug.half_dose**drug.steepness)
        assert math.isclose(dosing.intensity(dose, 0.0, 0.0, drug, p), hill, rel_tol=1e-12)


def test_identical_clinicians_leave_no_clinician_variance():
    """All skills equal and nobody tires: which clinician one has explains nothing.

    One-way analysis of variance over 300 trials of 2 x 10 patients; the ratio of mean squares must lie in
    the central 99.9 % of its F distribution. The control with skilled and unskilled clinicians must not.
    """
    from scipy import stats

    def ratio(spread):
        base = world(
            "psychotherapy",
            patients__number=20,
            clinicians__number=2,
            parameters__delivery__fatigue_cost=0.0,
            **{f"clinicians__{name}__spread": spread for name in (*NAMES, "responsiveness")},
        )
        change = run(base, 300).outcomes["change"][:, 0]
        groups = np.stack([change[0::2], change[1::2]])  # clinician, patient, replicate
        means = groups.mean(axis=1)
        between = 10 * means.var(axis=0, ddof=1).mean()
        within = groups.var(axis=1, ddof=1).mean()
        return between / within

    low, high = stats.f.ppf([0.0005, 0.9995], 300, 300 * 18)
    assert low < ratio(0.0) < high
    assert ratio(0.3) > high


def waited(severity, goal, days, z, p):
    """Severity after a wait."""
    left = symptoms.kept(days, p.days)
    return symptoms.relaxed(severity - goal, goal, left, symptoms.unrest(left, p), z)


def test_assessing_more_often_changes_no_patient():
    """Without chance in symptoms, daily assessment leaves severity and wellbeing at day 21 what they were."""
    calm = {"parameters.symptoms.fluctuation": 0.0, "parameters.symptoms.drift": 0.0}
    rare = with_values(small(), calm)
    often = with_values(rare, {"protocol.assessments.days": list(range(1, 22)), "protocol.assessments.primary_day": 21})
    states = {}
    for name, scenario in (("rare", rare), ("often", often)):
        kept = run(scenario, 4)
        last = [place for place, event in enumerate(kept.assessment_events) if event.planned.number == 21]
        states[name] = {state: kept.assessments[state][last] for state in ("severity", "wellbeing", "fear", "insight")}
    for state, values in states["rare"].items():
        assert np.allclose(values, states["often"][state], atol=1e-12), state


def test_nobody_leaves_after_the_last_session():
    """Who attended everything has completed treatment."""
    kept = run(small(parameters__retention__base=0.0), 20)
    last = [place for place, event in enumerate(kept.session_events) if event.planned.name == "integration.2"]
    assert kept.sessions["left"].sum() > 0
    assert kept.sessions["left"][last].sum() == 0


def test_waiting_follows_the_linear_process_mean_and_variance():
    """Ornstein-Uhlenbeck: mean x + δ e^(-t/τ), variance σ² (1 - e^(-2t/τ)), checked at 4 standard errors."""
    p = record(world().parameters.symptoms)
    z = draws.session_noise(draws.Stream(np.uint64(3), np.uint64(0), np.arange(40_000, dtype=np.uint64)), 0, 1).symptoms
    start, goal, days = 0.75, 0.6, 4.0
    got = waited(start, goal, days, z, p)
    left = math.exp(-days / p.days)
    mean, variance = goal + (start - goal) * left, p.fluctuation**2 * (1 - left**2)
    assert abs(got.mean() - mean) < 4 * math.sqrt(variance / z.size)
    assert abs(got.var() - variance) < 4 * variance * math.sqrt(2 / z.size)


def test_two_short_waits_equal_one_long_wait():
    """The step is exact: its mean does not depend on how the time was cut."""
    p = record(world().parameters.symptoms)
    once = waited(0.7, 0.5, 10.0, 0.0, p)
    twice = waited(waited(0.7, 0.5, 4.0, 0.0, p), 0.5, 6.0, 0.0, p)
    assert math.isclose(once, twice, rel_tol=1e-12)


def test_regression_to_the_mean_emerges_from_entry_on_the_observed_score():
    """On a waiting list the high scores that let patients in fall back; without an entry cut-off they do not."""
    waiting = world("waitlist", patients__number=20, parameters__blinding__gain=0.0)  # nobody is disappointed
    everyone = with_values(waiting, {"protocol.entry.lowest": 0.0})
    fall = [run(arm, 200).outcomes["change"].mean() for arm in (waiting, everyone)]
    assert fall[0] < -0.5
    assert abs(fall[1]) < 0.5


def test_entry_respects_the_cut_off():
    """Nobody enters below the cut-off or above the top of the scale."""
    kept = run(world("raison2023", patients__number=20), 50)
    assert kept.patients["entry_primary"].min() >= 28
    assert kept.patients["entry_primary"].max() <= 60


def test_the_drug_effect_of_trials_has_mean_one_and_the_published_spread():
    """exp(τ z - τ²/2) over 20,000 trials, 4 standard errors."""
    scenario = world()
    z = draws.trial_noise(draws.Stream(np.uint64(3), np.uint64(0), np.arange(20_000, dtype=np.uint64)))
    effect = admission.drug_effect(z, scenario.numbers())
    spread = scenario.parameters.dosing.between_trials
    assert abs(effect.mean() - 1) < 4 * effect.std() / math.sqrt(z.size)
    assert math.isclose(np.log(effect).std(), spread, rel_tol=0.02)
