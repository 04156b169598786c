"""Liebovitch et al. 2011: two coupled equations of a therapist and a client, as a special case of our laws.

dT/dt = m1 T + b1 + c1 F(C) and dC/dt = m2 C + b2 + c2 F(T) (Cogn Neurodyn 5:265; equation form from memory,
MO001). Here T is the bond of a patient whose three bonds are alike, C what the clinician delivers. Our laws
give, for many short sessions: m1 = -(1 - halo), b1 = -halo × neutral level, c1 = 1 and F(C) = C for the patient;
for the clinician, who answers a lack at once (m2 → -∞ with b2 and c2 in proportion), b2 / -m2 = skill,
c2 / -m2 = care and F(T) = max(0, need - T).
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from alliance_sim.model import acting, bond, delivery
from alliance_sim.model.acting import NOTHING_MORE
from alliance_sim.model.behaviours import NAMES, Behaviours
from alliance_sim.model.draws import SessionNoise
from alliance_sim.model.policies import usual
from alliance_sim.model.records import blank
from alliance_sim.model.state import Clinician, Patient, Plan, Traits
from tests.worlds import NO_CHANCE, with_values, world

HALO, NEUTRAL, NEED, QUICK = 0.4, 0.5, 0.8, 300.0


def liebovitch(time, state, skill, care):
    """The published pair of equations with our influence functions; the clinician adapts `QUICK` times faster."""
    bond_now, delivered = state
    return (
        -(1 - HALO) * bond_now - HALO * NEUTRAL + delivered,
        QUICK * (-delivered + skill + care * max(0.0, NEED - bond_now)),
    )


def our_bond(start, skill, responsiveness, until, steps):
    """Iterate deliver, perceive and bond over many short sessions; returns the bond at `until`."""
    scenario = with_values(
        world(),
        NO_CHANCE
        | {
            "parameters.delivery.correction": 1.0,
            "parameters.delivery.need": NEED,
            "parameters.perception.halo": HALO,
            "parameters.perception.halo_level": NEUTRAL,
            "parameters.bond.rapport_limit": 0.0,
        },
    )
    p = scenario.numbers()
    noise, traits, new, plan = blank(SessionNoise), blank(Traits), blank(Patient), blank(Plan)
    clinician = Clinician(Behaviours(*(skill for _ in NAMES)), responsiveness, 0.0, 0.0, 0.0)
    step = bond.pace(1.0, (until / steps) ** 2)  # pace(rate, hours) = 1 - exp(-rate √hours)
    level = start
    for _ in range(steps):
        patient = new._replace(bond=new.bond._replace(trust=level, felt_empathy=level, rapport=level))
        shift = usual.choose(acting.see(patient, traits, clinician, clinician, plan, NOTHING_MORE), p)
        delivered = delivery.deliver(clinician, clinician, 0.0, shift, noise, p.delivery)
        perceived = delivery.perceive(delivered, level, traits, p.perception)
        mixes = (
            bond.trust_mix(perceived, p.bond),
            bond.felt_empathy_mix(perceived, p.bond),
            bond.rapport_mix(perceived, level, level, p.bond),
        )
        assert np.ptp(mixes) < 1e-12  # three bonds alike stay alike
        level = level + step * (mixes[0] - level)
    return level


@pytest.mark.parametrize(("start", "skill", "care"), [(0.3, 0.5, 0.0), (0.3, 0.5, 0.6), (0.7, 0.45, 0.6)])
def test_our_dyad_follows_the_published_equations(start, skill, care):
    """Trajectory at three times, within the error of finite steps and of a finitely quick clinician."""
    for until in (0.5, 1.5, 4.0):
        first = skill + care * max(0.0, NEED - start)
        solved = solve_ivp(liebovitch, (0, until), (start, first), "LSODA", args=(skill, care), rtol=1e-8, atol=1e-10)
        assert our_bond(start, skill, care, until, 4000) == pytest.approx(solved.y[0, -1], abs=2e-3)


@pytest.mark.parametrize("care", [0.0, 0.6, 1.0])
def test_both_settle_at_the_published_fixed_point(care):
    """Where the two null-clines cross: m1 T + b1 + c1 (b2 + c2 F(T)) / -m2 = 0."""
    skill = 0.5

    def flow(level):
        return -(1 - HALO) * level - HALO * NEUTRAL + skill + care * max(0.0, NEED - level)

    assert our_bond(0.2, skill, care, 30.0, 3000) == pytest.approx(brentq(flow, -1, 2), abs=1e-6)


def test_a_responsive_clinician_lifts_the_weak_bond_more_than_the_strong_one():
    """The coupling of the two equations, not the skill alone, decides where a dyad settles."""
    settled = {(skill, care): our_bond(0.4, skill, care, 30.0, 2000) for skill in (0.45, 0.6) for care in (0.0, 0.6)}
    assert settled[0.45, 0.6] - settled[0.45, 0.0] > settled[0.6, 0.6] - settled[0.6, 0.0] > 0
