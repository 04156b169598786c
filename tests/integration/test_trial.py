"""The Mesa trial as a Mesa user meets it."""

import copy
import inspect
import pickle
import runpy
import subprocess
import sys
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.experimental.scenarios import Scenario as MesaScenario

from alliance_sim.errors import ScenarioError
from alliance_sim.model.state import Assessment
from alliance_sim.trial import Clinician, Patient, TherapyTrial
from alliance_sim.world.scenario import Scenario
from tests.worlds import arrays, small

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


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


# ---------------------------------------------------------------------------- subclasses, own events, own reporters


class Restless(Patient):
    """A patient who counts visits and whose phase says so."""

    visits = 0

    def keep_appointment(self):
        self.visits += 1
        super().keep_appointment()

    @property
    def phase(self):
        return f"{super().phase} {self.visits}"


class Watched(TherapyTrial):
    """A trial with patients of its own, a step of its own, an event of its own and reporters of its own."""

    patient_type = Restless

    def __init__(self, *values, **named):
        super().__init__(*values, **named)
        self.days_seen = 0
        self.datacollector._new_model_reporter("days_seen", "days_seen")
        self.datacollector._new_agenttype_reporter(Patient, "visits", "visits")
        self.schedule_event(self.frighten, at=5)

    def step(self):
        self.days_seen += 1

    def frighten(self):
        for patient in self.patients:
            patient.fear = 0.9


def frames(trial):
    """Every frame of a trial's collector."""
    collector = trial.datacollector
    return [
        collector.get_agent_vars_dataframe(),
        collector.get_agenttype_vars_dataframe(Patient),
        collector.get_agenttype_vars_dataframe(Clinician),
        collector.get_model_vars_dataframe(),
    ]


def assert_equal(one, other):
    """Two trials hold the same values, agents, frames and records."""
    assert one.time == other.time
    assert np.array_equal(one.people, other.people)
    assert np.array_equal(one.staff, other.staff)
    for left, right in zip(frames(one), frames(other), strict=True):
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    left, right = arrays(one.recorded), arrays(other.recorded)
    assert all(np.array_equal(left[name], right[name], equal_nan=True) for name in left)


def test_subclasses_are_followed_and_collected():
    trial = Watched(small())
    trial.run_until(trial.end_day)
    rows = trial.datacollector.get_agent_vars_dataframe()
    course = len(trial.world.course())
    assert set(trial.agents_by_type) == {Restless, Clinician}
    assert rows.groupby(level="AgentID")["visits"].last().eq(course).all()
    assert rows["phase"].iloc[-1] == f"follow-up {course}"
    assert trial.datacollector.get_model_vars_dataframe()["days_seen"].iloc[-1] == trial.end_day


def test_what_an_event_writes_stands_in_the_row_of_its_day_and_of_no_other():
    trial = TherapyTrial(small())
    day = next(event.day for event in trial.recorded.session_events if event.day > 0)

    class Writer:
        def note(self):
            trial.by_number[Patient][0].trust = 0.25

    writer = Writer()
    trial.schedule_event(writer.note, at=day)
    trial.run_until(day)
    before = trial.datacollector.get_agent_vars_dataframe()
    assert before[before["number"] == 0]["trust"].iloc[-1] == 0.25
    trial.by_number[Patient][0].trust = 0.75
    trial.run_until(trial.end_day)
    after = trial.datacollector.get_agent_vars_dataframe()
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)


def test_frames_and_records_are_true_before_the_first_day_and_midway(trial):
    fresh = TherapyTrial(small())
    assert [len(frame) for frame in frames(fresh)] == [0, 0, 0, 0]
    assert list(frames(fresh)[0].columns) == list(frames(trial)[0].columns)
    assert np.isnan(fresh.recorded.sessions["trust"]).all()
    assert np.array_equal(fresh.recorded.patients["trust"], trial.recorded.patients["trust"])
    fresh.run_until(20)
    midway = fresh.recorded
    held = np.isfinite(midway.sessions["trust"])
    assert 0 < held.sum() < held.size
    fresh.run_until(fresh.end_day)
    assert np.array_equal(np.isfinite(midway.sessions["trust"]), held)
    assert_equal(fresh, trial)


def test_reporters_of_ones_own_are_taken_in_every_way_mesa_takes_them():
    trial = TherapyTrial(
        small(),
        model_reporters={"tired": lambda trial: max(one.fatigue for one in trial.clinicians)},
        agent_reporters={"type": lambda agent: type(agent).__name__},
        agenttype_reporters={Clinician: {"load": lambda one: len(one.caseload)}},
    )
    trial.run_until(10)
    trial.datacollector.model_reporters["late"] = lambda trial: 1
    del trial.datacollector.agenttype_reporters[Patient]["insight"]
    trial.run_until(trial.end_day)
    people, _, staff, rows = frames(trial)
    assert set(people["type"]) == {"Patient", "Clinician"}
    assert "insight" not in people
    assert staff["load"].groupby(level="Step").sum().eq(6).all()
    assert rows["tired"].max() == staff["fatigue"].max()
    assert rows["late"].isna().sum() == (rows["time"] <= 10).sum()
    people, _, _, _ = frames(trial)
    assert people.index.is_unique


def test_a_trial_that_collects_nothing_is_the_same_trial(trial):
    quiet = TherapyTrial(small(), collect=False)
    quiet.run_until(quiet.end_day)
    assert len(frames(quiet)[0]) == 0
    assert np.array_equal(quiet.people, trial.people)


# ------------------------------------------------------------------------------------------------------- copies


@pytest.mark.parametrize("kind", [TherapyTrial, Watched])
@pytest.mark.parametrize("day", [0, 4, 20])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda trial: pickle.loads(pickle.dumps(trial))])
def test_a_copy_goes_on_by_itself_to_the_same_values(kind, day, again):
    undisturbed, original = kind(small()), kind(small())
    undisturbed.run_until(undisturbed.end_day)
    if day:
        original.run_until(day)
    copied = again(original)
    copied.run_until(copied.end_day)
    assert original.time == day
    original.run_until(original.end_day)
    assert_equal(copied, undisturbed)
    assert_equal(original, undisturbed)
    assert not copied.running


def test_a_trial_of_many_patients_can_be_copied():
    many = TherapyTrial(small(patients__number=600, clinicians__number=40))
    assert np.array_equal(copy.deepcopy(many).people, many.people)
    assert np.array_equal(pickle.loads(pickle.dumps(many)).people, many.people)


def test_a_copy_unpickled_in_another_process_goes_on_to_the_same_values(trial, tmp_path):
    half = TherapyTrial(small())
    half.run_until(20)
    (tmp_path / "half").write_bytes(pickle.dumps(half))
    program = (
        "import pickle, sys; trial = pickle.load(open(sys.argv[1], 'rb')); trial.run_until(trial.end_day); "
        "pickle.dump(trial, open(sys.argv[2], 'wb'))"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "half", tmp_path / "whole"], check=True)
    assert_equal(pickle.loads((tmp_path / "whole").read_bytes()), trial)


@pytest.mark.parametrize("again", [copy.deepcopy, pickle.dumps])
def test_an_event_that_a_copy_cannot_keep_is_refused(again):
    trial = TherapyTrial(small())

    def inner():
        trial.people[:] = 0.0

    trial.schedule_event(inner, at=5)
    with pytest.raises(ScenarioError, match=r"event on day 5 calls .*inner.* schedule a method of the trial"):
        again(trial)


# ------------------------------------------------------------------------------------------------ Mesa's batches

batches = pytest.mark.skipif(not hasattr(mesa, "batch_run"), reason="Mesa 4 has no batch_run")


def batch(parameters, **named):
    """Run a batch of small trials as a Mesa user does."""
    return mesa.batch_run(TherapyTrial, {"scenario": small(), **parameters}, display_progress=False, **named)


@batches
@pytest.mark.parametrize("processes", [1, 2])
def test_a_batch_gives_the_rows_of_its_trials(processes, trial):
    rows = pd.DataFrame(batch({"replicate": [0, 1]}, number_processes=processes))
    assert set(rows["replicate"]) == {0, 1}
    last = trial.datacollector.get_agent_vars_dataframe().xs(trial.end_day, level=0)
    mine = rows[(rows["replicate"] == 0) & rows["phase"].notna()].set_index("AgentID")
    assert set(last.columns) <= set(rows.columns)
    assert mine["trust"].to_dict() == last["trust"].to_dict()


@batches
@pytest.mark.parametrize(
    ("parameters", "named", "said"),
    [
        ({}, {"rng": [None] * 3}, "3 iterations name no replicate or seed"),
        ({"replicate": [0, 1, 2]}, {"rng": [None] * 2}, "2 iterations name no replicate or seed"),
        ({}, {"rng": [1, 2, 1]}, "rng holds 1 twice"),
        ({"replicate": [0, 1, 0]}, {}, "replicate holds 0 twice"),
        ({"replicate": [0, 0]}, {"number_processes": 2}, "replicate holds 0 twice"),
        ({"seed": [1, 2]}, {}, "seed= among the parameters is overwritten"),
    ],
)
def test_a_batch_that_would_repeat_a_trial_is_refused(parameters, named, said):
    with pytest.raises(ScenarioError, match=said):
        batch(parameters, **named)


@batches
def test_iterations_that_name_nothing_are_refused():
    with (
        pytest.warns(DeprecationWarning, match="iterations"),
        pytest.raises(ScenarioError, match=r"such as .*replicate.*rng="),
    ):
        batch({}, iterations=3)


@batches
@pytest.mark.parametrize(("parameters", "seeds", "runs"), [({}, [1, 2, 3], 3), ({"replicate": range(2)}, [1, 2], 4)])
def test_a_batch_with_seeds_of_its_own_runs_each(parameters, seeds, runs):
    rows = batch(parameters, rng=seeds)
    assert len({row["RunId"] for row in rows}) == runs
    assert len({row["trust"] for row in rows if row.get("number") == 0 and "trust" in row}) == runs


def test_a_scenario_of_mesas_stands_for_the_world_it_holds():
    """SolaraViz hands its own over when it resets a model that takes a scenario."""
    own = TherapyTrial(small())
    again = TherapyTrial(scenario=own.scenario)
    assert again.world is own.world
    assert TherapyTrial(scenario=MesaScenario()).world == Scenario()


def test_a_trial_can_be_made_anew_from_the_keywords_of_its_controls():
    """What SolaraViz asks of a model: named arguments with defaults, `step`, `running`, and frames that grow."""
    example = runpy.run_path(str(EXAMPLES / "trial_in_solara.py"))
    taken = inspect.signature(example["OfEmpathy"].__init__).parameters
    assert set(example["CONTROLS"]) <= set(taken)
    assert all(taken[name].default == control["value"] for name, control in example["CONTROLS"].items())
    for empathy in (0.2, 0.9):
        trial = example["OfEmpathy"](empathy=empathy, replicate=3)
        trial.step()
        trial.step()
        assert (trial.running, len(trial.datacollector.get_model_vars_dataframe())) == (True, 2)


def test_a_patient_who_is_removed_keeps_no_appointments_and_has_no_more_rows():
    trial = TherapyTrial(small())
    for _ in range(5):
        trial.step()
    gone, *others = list(trial.patients)
    sessions = trial.recorded.sessions["attended"][:, 0, 0]
    gone.remove()
    while trial.running:
        trial.step()
    collector = trial.datacollector
    rows = pd.DataFrame.from_records(
        [row[:2] for day in collector._collection_steps for row in collector._agenttype_records.get(day)[Patient]],
        columns=["Step", "AgentID"],
    )
    for frame in (
        collector.get_agent_vars_dataframe().reset_index(),
        collector.get_agenttype_vars_dataframe(Patient).reset_index(),
        rows,  # what Mesa's own tools read
    ):
        assert frame.loc[frame["AgentID"] == gone.unique_id, "Step"].max() <= 5 < frame["Step"].max()
    assert gone not in gone.lead.caseload
    assert sorted(one.number for clinician in trial.clinicians for one in clinician.caseload) == [
        one.number for one in others
    ]
    assert len(trial.patients) == len(others)
    assert trial.in_treatment <= len(others)
    own = [event.patient == gone.number for event in trial.recorded.session_events]
    assert np.array_equal(trial.recorded.sessions["attended"][own, 0, 0], sessions[own], equal_nan=True)
