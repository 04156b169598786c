"""The Mesa trial as a Mesa user meets it."""

import mesa
import numpy as np
import pytest

from alliance_sim.model.state import Assessment
from alliance_sim.trial import Clinician, Patient, TherapyTrial
from tests.worlds import small


@pytest.fixture
def trial():
    """A small trial, run to its end."""
    made = TherapyTrial(small())
    made.run_until(made.end_day)
    return made


def test_the_default_trial_runs_without_arguments():
    """`TherapyTrial()` is COMP001 with 60 patients, and it ends."""
    trial = TherapyTrial()
    assert isinstance(trial, mesa.Model)
    trial.run_until(trial.end_day)
    assert not trial.running
    assert len(trial.patients) == 60


def test_the_collector_gives_a_row_a_patient_and_day(trial):
    """Tidy: index (day, agent), one row each, the promised columns."""
    frame = trial.datacollector.get_agent_vars_dataframe()
    days = {event.day for event in trial.world.events()}
    enrolled = sum(day >= patient.enrolled for patient in trial.patients for day in days)
    assert len(frame) == enrolled
    assert frame.index.is_unique
    wanted = {"time", "phase", "trust", "felt_empathy", "rapport", "openness", "fear", "severity"}
    assert wanted <= set(frame.columns)
    assert not frame.isna().any().any()
    assert set(frame["time"]) == days
    assert {"preparation", "dosing", "integration", "follow-up"} <= set(frame["phase"])


def test_the_frame_holds_the_state_at_the_end_of_the_day(trial):
    """The last row of a patient is the patient's present state."""
    frame = trial.datacollector.get_agent_vars_dataframe()
    last = frame.xs(trial.end_day, level=0)
    for patient in trial.patients:
        assert last.loc[patient.unique_id, "trust"] == patient.trust


def test_agents_are_found_by_type_and_know_each_other(trial):
    """Every patient is on the caseload of the lead clinician."""
    assert set(trial.agents_by_type) == {Patient, Clinician}
    assert all(patient in patient.lead.caseload for patient in trial.agents_by_type[Patient])
    assert sum(len(clinician.caseload) for clinician in trial.clinicians) == len(trial.patients)


def test_states_are_readable_and_writable_on_the_agents():
    """A written state is what the next session starts from."""
    touched, untouched = TherapyTrial(small()), TherapyTrial(small())
    next(iter(touched.patients)).trust = 0.05
    assert next(iter(touched.patients)).trust == 0.05
    for trial in (touched, untouched):
        trial.run_until(1)
    assert next(iter(touched.patients)).trust < next(iter(untouched.patients)).trust


def test_stepping_day_by_day_gives_the_same_trial(trial):
    """`step` advances a day; `run_model` stops by itself."""
    stepped = TherapyTrial(small())
    stepped.run_model()
    assert stepped.time == stepped.end_day
    assert np.array_equal(stepped.people, trial.people)


def test_shuffling_agents_changes_nothing(trial):
    """The order of agents in Mesa's sets plays no part."""
    shuffled = TherapyTrial(small())
    shuffled.patients.shuffle(inplace=True)
    shuffled.agents.shuffle(inplace=True)
    shuffled.run_until(shuffled.end_day)
    assert np.array_equal(shuffled.people, trial.people)


def test_mesas_generators_play_no_part(trial):
    """Spending Mesa's random numbers moves nothing."""
    spent = TherapyTrial(small())
    spent.random.random()
    spent.rng.random(1000)
    spent.run_until(spent.end_day)
    assert np.array_equal(spent.people, trial.people)


def test_clinicians_have_their_own_view_of_the_alliance(trial):
    """The clinician's view differs from the patient's bond by the misjudgement."""
    patient = next(iter(trial.patients))
    assert patient.lead.view_of(patient) == patient.alliance + patient.alliance_rating_bias
    assert any(patient.alliance_rating_bias != 0 for patient in trial.patients)


def test_a_patient_who_has_left_meets_nobody_but_is_assessed():
    """Treatment-policy: after leaving there are no ratings, and every assessment still has a score."""
    leaving = TherapyTrial(small(parameters__retention__base=4.0))
    leaving.run_until(leaving.end_day)
    kept = leaving.recorded
    assert all(patient.phase == "left" for patient in leaving.patients)
    assert np.isnan(kept.sessions["wai"]).any()
    for name in Assessment._fields:
        assert np.isfinite(kept.assessments[f"score_{name}"]).all()


def test_only_enrolled_patients_count(trial):
    """The model's own rows begin with the one patient enrolled on day 0, and waiting patients wait."""
    rows = trial.datacollector.get_model_vars_dataframe()
    assert rows["in_treatment"].iloc[0] == 1
    assert rows["in_treatment"].max() <= len(trial.patients)
    waiting = TherapyTrial(small("waitlist"))
    waiting.run_until(waiting.end_day)
    assert set(waiting.datacollector.get_agent_vars_dataframe()["phase"]) == {"waiting"}
