"""The classroom's numbers are those of a run: of its tables, its figures, its stories, its agents."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis.printing import SPREAD
from alliance_sim.analysis.story import tell
from alliance_sim.app import experiment
from alliance_sim.app.answers import ANSWERS
from alliance_sim.app.compare import BAND, BONDS, bin_edges, compare, mean_and_error
from alliance_sim.app.live import SHOWN, live
from alliance_sim.app.person import line, person
from alliance_sim.app.state import CONDITIONS, TRIALS, parse
from alliance_sim.cli.entry import main
from alliance_sim.figures import course as drawn, outcomes as drawn_outcomes
from alliance_sim.world.configuration import names

LINKS = {
    "a dose, another seed": "patients=9&dose=40&seed=7&a.empathy=0.3",
    "two caseloads": "patients=24&b.caseload=20&spacing=0&protocol=mapp&condition=ptsd",
    "no drug": "patients=6&protocol=psychotherapy&condition=anxiety",
    "no sessions": "patients=6&protocol=waitlist",
}
FLOAT32 = 1e-6  # the columns of a run's tables


def flat(story: str) -> str:
    return " ".join(story.split())


@pytest.mark.parametrize("query", LINKS.values(), ids=LINKS)
def test_the_run_line_of_a_link_gives_the_numbers_of_its_page(query, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = compare(parse(query))
    words = shlex.split(found["run_line"])
    assert main([*words[1:], "figures=false", "keep=trials"]) == 0
    (summary,) = tmp_path.glob("outputs/classroom-*/summary.csv")
    written = pd.read_csv(summary)
    printed = capsys.readouterr().out
    compared = 0
    for row in found["table"]:
        a, a_error, b, b_error, more, more_error = row["numbers"]
        wanted = written[written["measure"] == row["name"]].set_index("table")
        outcome = wanted.loc[["outcome"]].set_index("arm")
        got = [outcome.loc["a", "estimate"], outcome.loc["a", "mcse"], outcome.loc["b", "estimate"]]
        got += [outcome.loc["b", "mcse"], wanted.loc["contrast", "estimate"], wanted.loc["contrast", "mcse"]]
        np.testing.assert_allclose(
            np.array([a, a_error, b, b_error, more, more_error], dtype=float), got, rtol=FLOAT32, atol=FLOAT32
        )
        shown = row["cells"][:2] if row["name"] in SPREAD else row["cells"]  # a run prints no difference of spreads
        assert all(part in printed for part in shown)
        compared += 1
    assert compared == len(set(written.loc[written["table"] == "outcome", "measure"]))


@pytest.mark.parametrize("query", ["patients=9&dose=40&seed=7", "patients=12&protocol=mapp&b.caseload=20&b.empathy=0"])
def test_the_bond_through_treatment_is_that_of_the_figures(query):
    state = parse(query)
    found = compare(state)
    sessions = alliance_sim.run(experiment.study(state)).sessions
    assert tuple(BONDS) == drawn.BONDS
    assert BAND == drawn.BAND
    for name in BONDS:
        wanted = drawn.summary(sessions, name)
        for arm in ("a", "b"):
            own = wanted[wanted["arm"].astype(str) == arm]
            assert found["course"][arm]["day"] == own["patient_day"].tolist()
            for column in ("mean", "mcse", "low", "high"):
                got = np.array(found["course"][arm][name][column], dtype=float)
                np.testing.assert_allclose(got, own[column], atol=5e-5 + FLOAT32)


def test_bins_are_those_of_the_figures():
    rng = np.random.default_rng(3)
    for step in (1.0, 0.5):
        values = np.round(rng.normal(-9, 12, 500) / step) * step
        assert bin_edges(values, step) == drawn_outcomes.bin_edges(pd.Series(values), step)


def test_every_patient_is_in_the_distribution():
    found = compare(parse("patients=9"))
    for own in found["outcomes"]["arms"].values():
        assert sum(own["percent"]) == pytest.approx(100, abs=0.01)


def test_equal_clinicians_do_not_differ_and_better_ones_do():
    same = "&".join(f"{arm}.{name}=0.6" for arm in "ab" for name in parse("").a.skills())
    rows = {row["name"]: row["numbers"] for row in compare(parse(f"patients=20&{same}"))["table"]}
    assert all(numbers[4] == 0 for numbers in rows.values())
    other = {row["name"]: row["numbers"] for row in compare(parse("patients=20"))["table"]}
    assert other["wai_final"][4] < -2 * other["wai_final"][5] < 0


def test_mean_and_error_leave_missing_trials_out():
    mean, error = mean_and_error(np.array([[1.0, 3.0, np.nan], [np.nan, 2.0, np.nan], [np.nan] * 3]))
    assert mean[:2].tolist() == [2.0, 2.0]
    assert error[0] == pytest.approx(1.0)
    assert np.isnan([error[1], mean[2], error[2]]).all()


# ----------------------------------------------------------------------------------------- one patient, live


@pytest.mark.parametrize("query", ["patients=8&patient=3&trial=2", "patients=9&patient=1&protocol=mapp&b.caseload=20"])
def test_a_story_is_the_one_that_the_command_line_tells(query):
    state = parse(query)
    found = person(state)
    text = flat(tell(experiment.study(state), state.patient, state.trial, "a", "b"))
    assert found["who"] in text
    assert found["difference"] in text
    for part in (found["lasted"], *found["visits"]):
        for arm in ("a", "b"):
            said = part[arm] if isinstance(part[arm], str) else part[arm]["text"]
            assert f"{arm} {said}" in text
    words = shlex.split(line(state))
    assert words[:5] == ["alliance-sim", "story", f"patient={state.patient}", f"replicate={state.trial}", "arm=a"]


def test_the_command_of_a_story_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    state = parse("patients=8&patient=3&trial=2")
    assert main([*shlex.split(line(state))[1:], "figures=false"]) == 0
    assert person(state)["who"] in flat(capsys.readouterr().out)


def test_a_patient_speaks_after_every_session_attended_and_of_every_rupture():
    found = person(parse("patients=8&patient=3"))
    spoken = [visit[arm] for visit in found["visits"] for arm in "ab" if "assessment" not in visit["title"]]
    attended = [side for side in spoken if side["text"] != "Not attended."]
    assert attended
    assert all(side["says"] for side in attended)
    for side in attended:
        assert ("went wrong" in side["says"]) == ("rupture" in side["text"])


def test_the_live_trial_is_the_trial_that_the_engine_computes():
    state = parse("patients=8&arm=b&b.caseload=4&trial=1")
    found = live(state)
    met = experiment.meet(experiment.scenarios(state), state.seed, [state.trial])["b"]
    last = met.recorded.assessments
    ends = {event.patient: place for place, event in enumerate(met.recorded.assessment_events)}
    assert found["leads"] == met.recorded.patients["lead"][:, met.place, 0].tolist()
    for number, patient in enumerate(found["frames"][-1]["patients"]):
        for name, value in zip(SHOWN, patient[3:], strict=True):
            assert value == pytest.approx(last[name][ends[number], met.place, 0], abs=0.0006)
    torn = sum(event["rupture"] for frame in found["frames"] for event in frame["events"])
    assert torn == met.recorded.outcomes["ruptures"][:, met.place, 0].sum()


@pytest.mark.parametrize("protocol", names("protocol"))
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_protocol_and_condition_fills_every_page(protocol, condition):
    for page in ("compare", "patient", "live"):
        project, work = ANSWERS[page]
        state = parse(f"page={page}&patients=6&protocol={protocol}&condition={condition}")
        assert json.dumps(work(project(state)), allow_nan=False)


def test_sixteen_trials_are_compared():
    assert compare(parse("patients=4"))["trials"] == TRIALS == experiment.study(parse("")).replicates
