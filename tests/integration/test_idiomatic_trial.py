"""The idiomatic trial of the benchmarks, written out anew, does at each contact what our laws do, given the same draws.

For one patient all normals of a contact are one number and all uniforms another, so that the order in which either
side draws does not matter.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from alliance_sim.model import admission, draws, tally, visit
from alliance_sim.model.acting import Act
from alliance_sim.model.behaviours import NAMES
from alliance_sim.model.maths import normal_cdf
from alliance_sim.model.records import filled, size
from alliance_sim.model.state import ALONE, NO_INTERVENTION, Clinician
from alliance_sim.model.timetable import Kind
from alliance_sim.world.scenario import Scenario
from benchmarks import idiomatic_mesa
from tests.worlds import with_values

PATIENTS = 12
ENTRY = 4  # place of the entry score among the normals that a patient is admitted by: after three traits and weight
UNIFORM = {"rupture", "repair", "leave", "adverse", "entry"}
LIVELY = {  # what is neutral as the package stands, and what is too rare to be met in a few courses
    "parameters.blinding.gain": 0.2,
    "parameters.ratings.colour": 0.2,
    "parameters.symptoms.resistance_common": 0.5,
    "parameters.rupture.base": -1.0,
    "parameters.retention.base": -3.0,
    "patients.number": 2,
    "clinicians.number": 2,
}
WORLDS = {
    "comp001": {},
    "comp001, perfectly blinded": {"protocol.blinding": "perfect"},
    "comp001, dose told": {"protocol.blinding": "open"},
    "comp001, placebo": {"protocol.doses": [0.0]},
    "comp001, placebo told": {"protocol.doses": [0.0], "protocol.blinding": "open"},
    "davis2021": {},
    "mapp": {},
    "psychotherapy": {},
    "raison2023": {},
    "vonrotz2023": {},
    "waitlist": {},
    "waitlist, unaware": {"protocol.blinding": "perfect"},
}


class Given:
    """A generator whose every normal is `z` and every uniform `u`; `spreads` are those it was asked for."""

    def __init__(self, z: float, u: float) -> None:
        self.z, self.u = z, u
        self.spreads: list[float] = []

    def standard_normal(self) -> float:
        return self.z

    def normal(self, mean: float, spread: float, number: int | None = None) -> Any:
        self.spreads.append(spread)
        return mean + spread * self.z if number is None else np.full(number, mean + spread * self.z)

    def random(self) -> float:
        return self.u


def noise(kind: Any, z: float, u: float) -> Any:
    """Draws for our laws."""
    return filled(kind, [z] * size(kind))._replace(**{name: u for name in kind._fields if name in UNIFORM})


def scenario(name: str) -> Scenario:
    """A world of which each law does something."""
    return with_values(Scenario(protocol=name.partition(",")[0]), LIVELY | WORLDS[name])


def hired(trial: idiomatic_mesa.Trial, z: float) -> tuple[idiomatic_mesa.Clinician, Clinician]:
    """The same clinician on both sides."""
    trial.rng = Given(z, math.nan)
    theirs = idiomatic_mesa.Clinician(trial)
    ours = admission.hire(noise(draws.SkillNoise, z, math.nan), trial.world.skill_levels(), trial.world.numbers())
    assert [getattr(theirs, name) for name in NAMES] == pytest.approx([getattr(ours.skill, name) for name in NAMES])
    assert (theirs.responsiveness, theirs.fatigue) == pytest.approx((ours.responsiveness, ours.fatigue))
    return theirs, ours


def rank(trial: idiomatic_mesa.Trial, z: float, spread: float) -> float:
    """The uniform that places an entry score `z` spreads above the mean among those admitted."""
    scale, (lowest, highest) = trial.primary, trial.world.entry_bounds
    mean = trial.world.sample().severity_mean
    ends = (lowest - 0.5 * scale.step) / scale.slope, (highest + 0.5 * scale.step) / scale.slope
    below, above = (normal_cdf((end - mean) / spread) for end in ends)
    return float((normal_cdf(z) - below) / (above - below))


def differences(theirs: idiomatic_mesa.Patient, traits: Any, state: Any, counted: tally.Tally) -> dict[str, Any]:
    """What of a patient is not the same on both sides, by name: theirs and ours."""
    bond, symptoms, p = state.bond, state.symptoms, theirs.model.world.numbers()
    pairs = {
        **{name: value for name, value in traits._asdict().items() if hasattr(theirs, name)},
        **bond._asdict(),
        **{name: value for name, value in symptoms._asdict().items() if hasattr(theirs, name)},
        **tally.outcome(counted, p)._asdict(),
        "felt_severity": symptoms.severity_before,
        "in_treatment": state.course.in_treatment,
        "alliance_rating_bias": state.clinician_view.alliance_rating_bias,
        "last_day": state.course.last_day,
    }
    del pairs["openness"]  # ours is that of the latest session, theirs is asked for when needed
    found = {name: (float(getattr(theirs, name)), float(value)) for name, value in pairs.items()}
    return {name: both for name, both in found.items() if both[0] != pytest.approx(both[1], abs=1e-9, nan_ok=True)}


def follow(name: str, seed: int) -> tally.Counts:
    """Take one patient through the course on both sides, compared after each contact; returns what happened to it."""
    rng = np.random.default_rng(seed)
    trial = idiomatic_mesa.Trial(scenario(name), rng=seed)
    world, p = trial.world, trial.world.numbers()
    (lead, our_lead), (co, our_co) = hired(trial, rng.normal()), hired(trial, rng.normal())
    start = float(rng.integers(40))
    z = rng.uniform(-0.2, 1.5)  # that every entry rule admits
    trial.day, trial.rng = start, Given(z, math.nan)
    theirs = idiomatic_mesa.Patient(trial, start, lead, co)
    u = rank(trial, z, trial.rng.spreads[ENTRY])
    traits, ours, entry = admission.arrive(
        start, noise(draws.TraitNoise, z, u), noise(draws.DyadNoise, z, u), trial.drug_effect, world.sample(), p
    )
    counted = tally.opened(entry, math.nan)
    assert differences(theirs, traits, ours, counted) == {}

    for planned in world.course():
        z, u = rng.normal(), rng.uniform()
        trial.day, trial.rng = start + planned.day, Given(z, u)
        theirs.keep_appointment()
        plan = world.plans()[planned.code]
        plan = plan._replace(day=start + planned.day)
        now = visit.moment(plan.day - ours.course.last_day, plan.quiet, planned.hours, p)
        if planned.kind is Kind.ASSESSMENT:
            ours, scores = visit.assess(ours, traits, plan, now, noise(draws.AssessmentNoise, z, u), p)
            counted = tally.after_primary(counted, scores) if plan.primary else counted
        else:
            words = noise(draws.SessionNoise, z, u)
            here = visit.days_pass(visit.Dyad(ours, traits, counted, our_lead, our_co, ALONE), plan, now, words, p)
            act = Act(visit.of_habit(here, plan, p), 1.0)
            if planned.kind is Kind.DOSE:
                dosing = noise(draws.DosingNoise, z, u)
                left, _ = visit.dose(here, plan, now, words, dosing, act, NO_INTERVENTION, p)
            else:
                left = visit.talk(here, plan, now, words, act, NO_INTERVENTION, p)
            ours, counted = left.patient, left.tally
            our_lead = here.lead._replace(fatigue=left.lead_fatigue)
            our_co = here.co._replace(fatigue=left.co_fatigue) if plan.co_share else our_co
        assert differences(theirs, traits, ours, counted) == {}, (planned, z, u)
        assert (lead.fatigue, co.fatigue) == pytest.approx((our_lead.fatigue, our_co.fatigue))
    return counted.counts


@pytest.mark.parametrize("name", WORLDS)
def test_each_contact_is_as_in_our_laws(name):
    """Every state, score and outcome of a patient after each contact, from admission to the end."""
    course_of_all(name)


def stuck(found: Callable[[idiomatic_mesa.Patient], float]) -> property:
    """An attribute that keeps one meaning whatever is written to it."""
    return property(found, lambda patient, value: None)


def course_of_all(*names: str) -> None:
    """Take several patients through each of these worlds."""
    for name in names:
        for seed in range(PATIENTS):
            follow(name, seed)


def test_something_of_everything_happens():
    """Or else the test above would not see the laws of it."""
    counts = [follow("mapp", seed) for seed in range(PATIENTS)]
    assert all(sum(met) > 0 for met in zip(*counts, strict=True))
    assert any(0 < met.repairs < met.ruptures for met in counts)
    assert any(met.dropout == 0 for met in counts)


@pytest.mark.parametrize(
    ("law", "instead"),
    [
        ("believe", lambda patient, dose, intensity: 0.5),
        ("relief_by", lambda patient, belief: 0.0),
        ("hope_from", lambda patient, amount: 0.0),
        ("decide", lambda patient, planned: None),
        ("colour", 0.0),
        ("transient", property(lambda patient: patient.relief + patient.hope)),
        ("usual_fear", 0.5),
        ("readily", lambda patient, against: 1.0),
        ("readiness", stuck(lambda patient: patient.propensity)),
        ("baseline_day", stuck(lambda patient: 0.0)),
        ("dosed_day", stuck(lambda patient: math.inf)),
        ("symptom_volatility", stuck(lambda patient: patient.model.world.patients.symptom_volatility)),
    ],
)
def test_a_trial_without_a_law_is_caught(monkeypatch, law, instead):
    """The control of the tests above."""
    monkeypatch.setattr(idiomatic_mesa.Patient, law, instead, raising=False)
    with pytest.raises(AssertionError):
        course_of_all("comp001", "davis2021")
