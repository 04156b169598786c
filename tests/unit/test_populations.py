"""Populations from what trials print: found by solving, refused where there is none, and met by simulated trials."""

import numpy as np
import pytest
from scipy.stats import truncnorm

from alliance_sim.errors import ScenarioError
from alliance_sim.model.instruments import Scale
from alliance_sim.world import populations
from alliance_sim.world.configuration import names
from alliance_sim.world.populations import cut, referred
from alliance_sim.world.scenario import Scenario, load_patients, load_protocol
from tests.worlds import run, with_values

GIVEN = [name for name in names("patients") if load_patients(name).entry.sd > 0]


@pytest.mark.parametrize(("mean", "sd", "low", "high"), [(24.3, 6.3, 9.5, 40.5), (20.0, 9.0, 23.5, 60.5)])
def test_the_moments_of_a_cut_normal_are_those_of_scipy(mean, sd, low, high):
    ends = (np.array([low, high]) - mean) / sd
    assert cut(mean, sd, low, high) == pytest.approx(
        (truncnorm.mean(*ends, loc=mean, scale=sd), truncnorm.std(*ends, loc=mean, scale=sd)), rel=1e-9
    )


@pytest.mark.parametrize(
    ("mean", "sd", "lowest", "highest"),
    [(24.32, 5.99, 10, 40), (22.8, 3.9, 17, 52), (14.5, 3.9, 6, 27), (35.25, 5.13, 28, 60), (39.06, 6.65, 28, 80)],
)
def test_the_referred_population_gives_the_published_scores_after_the_entry_rule(mean, sd, lowest, highest):
    assert cut(*referred(mean, sd, lowest, highest), lowest - 0.5, highest + 0.5) == pytest.approx((mean, sd), abs=0.02)


@pytest.mark.parametrize(("mean", "sd"), [(14.5, 3.9), (11.0, 3.0), (30.0, 3.0), (20.0, 9.0)])
def test_scores_that_no_population_has_are_refused_in_one_sentence(mean, sd):
    """PsiloDep2's mean and SD among them, had it admitted by a QIDS of 12."""
    with pytest.raises(ScenarioError, match=r"^no population has patients\.entry\.mean=.*type a smaller"):
        referred(mean, sd, 12, 27)


@pytest.mark.parametrize("name", GIVEN)
def test_every_trial_given_by_its_scores_has_them_when_it_is_simulated(name):
    """Rounded scores of 6,000 simulated patients have the published mean and standard deviation."""
    protocol = (
        next(plan for plan in names("protocol") if load_protocol(plan).patients == name) if name != "mapp2" else "mapp"
    )
    base = Scenario(protocol=protocol, patients=name)
    if name == "mapp2":
        base = with_values(base, {"protocol.entry.lowest": 28})
    many = with_values(base, {"patients.number": 20, "clinicians.number": 4})
    scores = run(many, 300).outcomes["baseline"]
    entry = base.patients.entry
    assert scores.mean() == pytest.approx(entry.mean, abs=0.25)
    assert scores.std() == pytest.approx(entry.sd, abs=0.35)  # where error alone is nearly as wide, a little more


@pytest.mark.parametrize("name", GIVEN)
def test_a_population_file_and_its_protocol_have_one_entry_rule(name):
    """The trial's own bounds stand in both files."""
    entry = load_patients(name).entry
    assert entry.scale is not None
    for plan in (load_protocol(plan) for plan in names("protocol")):
        if plan.patients == name:
            assert (plan.entry.scale, plan.entry.lowest, plan.entry.highest) == (
                entry.scale,
                entry.lowest,
                entry.highest,
            )


def test_what_is_calibrated_of_a_condition_is_the_same_in_all_its_files():
    volatile = {
        load_patients(name).symptom_volatility for name in names("patients") if "mapp" in name or name == "ptsd"
    }
    assert len(volatile) == 1


def test_a_protocol_has_its_own_population_and_takes_another():
    assert Scenario(protocol="davis2021").patients == load_patients("davis2021")
    assert Scenario(protocol="waitlist").patients == load_patients("davis2021")
    assert Scenario().patients.resistance == 1.0
    assert Scenario(patients="depression").patients.resistance == 0.0


def test_a_population_meets_another_protocol_on_its_own_scale():
    """Von Rotz's patients are as ill whoever rates them; only the entry rule differs."""
    own = Scenario(protocol="vonrotz2023")
    elsewhere = Scenario(protocol="davis2021", patients="vonrotz2023")
    assert elsewhere.referred == own.referred
    assert elsewhere.primary is Scale.grid_hamd


def test_an_own_trial_gives_its_scores_by_two_keys():
    made = with_values(Scenario(patients="depression"), {"patients.entry.mean": 31.0, "patients.entry.sd": 5.0})
    mean, spread = made.referred
    assert 0.4 < mean < 0.55
    assert 0.03 < spread < 0.15
    with pytest.raises(ScenarioError, match="no population has"):
        with_values(Scenario(patients="depression"), {"patients.entry.mean": 25.0, "patients.entry.sd": 9.0})
    with pytest.raises(ScenarioError, match=r"patients\.entry\.scale=caps_5 does not measure depression"):
        with_values(Scenario(), {"patients.entry.scale": "caps_5"})


@pytest.mark.parametrize(
    ("mean", "sd", "lowest"), [(31.1, 4.12, 20.0), (31.0, 3.3, 10.0), (26.0, 4.5, 20.0), (40.0, 7.5, 24.0)]
)
def test_every_population_that_is_taken_has_its_scores_when_it_is_simulated(mean, sd, lowest):
    """Mean and SD within four of their Monte Carlo errors (1,600 patients) and what rounding to points adds."""
    entry = {"protocol.entry.lowest": lowest, "patients.entry.mean": mean, "patients.entry.sd": sd}
    scores = run(with_values(Scenario(), entry | {"patients.number": 40}), 40).outcomes["baseline"]
    assert scores.mean() == pytest.approx(mean, abs=0.1 + 4 * sd / 40)
    assert scores.std() == pytest.approx(sd, abs=0.1 + 4 * sd / 40 / np.sqrt(2))


@pytest.mark.parametrize("sd", [0.5, 2.0, 3.1])
def test_scores_that_vary_less_than_their_error_are_refused_and_the_advice_can_be_followed(sd):
    entry = {"patients.entry.mean": 31.0, "protocol.entry.lowest": 10.0}
    with pytest.raises(ScenarioError, match=r"patients\.entry\.sd=.*type patients\.entry\.sd=3\.2 or more") as error:
        with_values(Scenario(), entry | {"patients.entry.sd": sd})
    assert "MADRS" in str(error.value)
    with_values(Scenario(), entry | {"patients.entry.sd": 3.2})


def test_symptoms_stand_still_before_a_baseline_before_dosing():
    """Preparation builds the bond; scores, set-point and hope stay as they were at entry."""
    recorded = run(Scenario(), 1)
    before = [place for place, event in enumerate(recorded.session_events) if event.planned.phase == "preparation"]
    patient = np.array([recorded.session_events[place].patient for place in before])
    for state in ("severity", "set_point", "wellbeing"):
        moved = recorded.sessions[state][before] - recorded.patients[state][patient]
        assert np.all(moved == 0), state
    assert np.all(recorded.sessions["hope"][before] == 0)
    assert np.any(recorded.sessions["trust"][before] != recorded.patients["trust"][patient])
    day_of_dosing = [place for place, event in enumerate(recorded.session_events) if event.planned.phase == "dosing"]
    patient = np.array([recorded.session_events[place].patient for place in day_of_dosing])
    assert np.all(recorded.sessions["severity"][day_of_dosing] != recorded.patients["severity"][patient])


def test_symptoms_move_from_enrolment_on_where_the_baseline_is_taken_then():
    recorded = run(with_values(Scenario(), {"protocol.assessments.baseline": "enrolment"}), 1)
    second = [place for place, event in enumerate(recorded.session_events) if event.planned.name == "preparation.2"]
    patient = np.array([recorded.session_events[place].patient for place in second])
    assert np.all(recorded.sessions["severity"][second] != recorded.patients["severity"][patient])


@pytest.mark.parametrize("name", GIVEN)
def test_a_processor_that_rounds_otherwise_finds_the_same_bits(name, monkeypatch):
    entry = load_patients(name).entry
    asked = (entry.mean, entry.sd, entry.lowest, entry.highest)
    found = referred.__wrapped__(*asked)
    for turn in (1 + 2e-16, 1 - 2e-16, 1 + 1e-15):
        monkeypatch.setattr(populations, "cut", lambda *of, turn=turn: tuple(turn * one for one in cut(*of)))
        assert referred.__wrapped__(*asked) == found
