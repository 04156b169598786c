"""Bad input: one sentence that says what to type instead, exit code 2, and nothing written."""

import os
from pathlib import Path

import pytest

from alliance_sim.cli.entry import main

SMALL = ["run", "patients.number=5", "clinicians.number=3", "replicates=3", "figures=false"]

BAD = {
    "unknown command": (["rum"], "did you mean run?"),
    "no command": (["replicates=5"], "alliance-sim run replicates=5"),
    "unknown key": (["run", "clinicians.empaty.mean=0.5"], "did you mean clinicians.empathy.mean"),
    "unknown top key": (["run", "replicate=5"], "did you mean replicates"),
    "added key": (["run", "+clinicians.tallness=2"], "no key 'clinicians.tallness'"),
    "key of another command": (["run", "counterfactual=strong"], "no key 'counterfactual'"),
    "unknown protocol": (["run", "protocol=comp01"], "choose one of: comp001"),
    "unknown patients": (["run", "patients=5"], "anxiety, comp001, davis2021, depression, mapp2"),
    "unknown variant": (["run", "-m", "protocol=mapp,comp01"], "choose one of: comp001"),
    "unknown experiment": (["run", "experiment=aliance"], "choose one of: alliance"),
    "unknown option": (["run", "--multrun"], "did you mean --multirun?"),
    "option without its word": (["run", "--cfg"], "--cfg takes a word after it: job"),
    "no value": (["run", "replicates"], "not of the form key=value"),
    "malformed value": (["run", "ask=[a"], "is no list; type ask="),
    "above the range": (["run", "clinicians.empathy.mean=1.4"], "outside [0, 1] behaviour points"),
    "below the range": (["run", "replicates=0"], "outside [1, 1000000] trials"),
    "not a number": (["run", "replicates=many"], "replicates=many is not a whole number"),
    "not whole": (["run", "patients.number=2.5"], "not a whole number; type one in [1, 100000] patients"),
    "not a choice": (["run", "protocol.drug=lsd"], "choose one of: none, psilocybin, mdma"),
    "not true or false": (["run", "figures=maybe"], "figures=maybe is not true or false"),
    "a value for a group": (["run", "clinicians.empathy=0.5"], "clinicians.empathy.mean="),
    "unknown interpolation": (["run", "seed=${sed}"], "'sed' not found"),
    "arm without keys": (["run", "arms.new=5"], "arms.new='{clinicians.empathy.mean: 0.8}'"),
    "arm with unknown key": (["run", "arms.new={clinicians.empaty.mean: 0.8}"], "arm 'new': there is no key"),
    "arm out of range": (["run", "arms.new={clinicians.empathy.mean: 8}"], "clinicians.empathy.mean=8 is outside"),
    "arm of wrong type": (["run", "arms.new={clinicians.empathy.mean: high}"], "is not a number; type one in"),
    "arm beside another design": (["run", "design=sobol", "arms.kind={clinicians.empathy.mean: 0.8}"], "leave one"),
    "unknown design": (["run", "design=sobel"], "choose one of: sobol"),
    "design over nothing": (["run", "design=sobol"], "such as design.over='[clinicians.empathy.mean]'"),
    "design over no key": (["run", "design=sobol", "design.over=[empaty]"], "there is no key 'empaty'"),
    "no power of two": (
        ["run", "design=sobol", "design.over=[clinicians.empathy.mean]", "design.points=100"],
        "design.points=64 or design.points=128",
    ),
    "levels of arms": (["run", "design.levels={clinicians.empathy.mean: [0.4]}"], "design=grid or"),
    "ranges of the wrong kind": (["run", "design=grid", "design.ranges=5"], "takes lists"),
    "point out of range": (
        ["run", "design=grid", "design.levels={clinicians.empathy.mean: [0.4, 4]}"],
        "point 1 (clinicians.empathy.mean=4): clinicians.empathy.mean=4 is outside",
    ),
    "story of a design": (["story", "design=sobol"], "leave design=sobol out"),
    "unknown base arm": (["run", "base_arm=normal"], "choose one of: weak, typical, strong"),
    "too many patients": (["run", "patients.number=1000"], "use at most 240 patients"),
    "no assessment": (["run", "protocol.assessments.days=[]"], "protocol.assessments.days is empty"),
    "negative day": (["run", "protocol.assessments.days=[-1]"], "is outside [0, 36500] days"),
    "dosing before preparation": (["run", "protocol.dosing.days=[3]"], "protocol.preparation_first=false"),
    "doses for other sessions": (["run", "protocol.doses=[1,2]"], "2 doses for 1 dosing session"),
    "no question": (["run", "ask=[mediations]"], "which is no question; choose among: mediation"),
    "a question of patients": (["run", "ask=[distributions]", "keep=trials"], "type keep=patients"),
    "a question of two arms": (
        ["run", "ask=[mediation]", "~arms.weak", "~arms.strong"],
        "ask names mediation, which needs 2 arms",
    ),
    "a question of one timetable": (
        ["run", "ask=[mediation]", "arms.strong.protocol.preparation.sessions=5"],
        "two arms with one timetable",
    ),
    "a question of arms": (
        ["run", "ask=[behaviours]", "design=sobol", "design.over=[clinicians.empathy.mean]"],
        "and design=sobol has points",
    ),
    "indices of arms": (["run", "ask=[sobol]"], "type design=sobol"),
    "trajectories of arms": (["run", "ask=[morris]"], "make them with screening.trajectories"),
    "a place in a list": (["run", "power.sizes=[-5]"], "power.sizes holds -5, which is outside [2, 100000] patients"),
    "a place in a list of words": (
        ["run", "power.caseload=[6, x]"],
        "power.caseload holds x, which is not a whole number",
    ),
    "power without a plan": (["run", "ask=[power]"], "such as power.sizes='[24, 48, 96]'"),
    "a plan for too many": (
        ["run", "ask=[power]", "power.sizes=[900]", "power.clinicians=[3]", "power.analysis=ancova"],
        "clinicians.max_caseload=300",
    ),
    "a plan that contradicts itself": (
        ["run", "power.sizes=[24]", "power.changes={patients.number: 9}"],
        "which the plan itself sets",
    ),
    "behaviours that nobody has": (
        ["run", "ask=[behaviours]", "clinicians.empathy.spread=0"],
        "ask names behaviours: clinicians.empathy.spread=0 leaves no standard deviation",
    ),
    "report of nothing": (["report", "nowhere"], "nowhere holds no results"),
    "report of two": (["report", "one", "two"], "type alliance-sim report outputs/alliance"),
    "plot of nothing": (["plot", "nowhere", "figure=bond"], "nowhere holds no results"),
    "plot with another key": (["plot", "one", "colour=red"], "type alliance-sim plot outputs/alliance"),
    "empty out": (["run", "out="], "such as out=outputs/mine"),
    "out below a file": (["run", f"out={os.devnull}/x"], "cannot be a folder"),
    "story of nobody": (["story", "patient=60"], "patient=60 is outside [0, 59]"),
    "story of a negative patient": (["story", "patient=-1"], "patient=-1 is outside"),
    "story in no arm": (["story", "arm=strnog"], "choose one of: strong"),
    "story beside nobody": (["story", "counterfactual=perfect"], "weak, typical, strong, strong_bond"),
    "no parameter": (["parameters", "empaty"], "did you mean clinicians.empathy.mean"),
    "verify nothing": (["verify"], "takes one folder"),
    "verify no results": (["verify", "nowhere"], "nowhere holds no results"),
    "two patterns": (["parameters", "a", "b"], "takes one pattern"),
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must be refused and return its one sentence."""
    capsys.readouterr()
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (sentence,) = shown.err.splitlines()
    return sentence


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_sentence_and_nothing_is_written(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    sentence = refused(words, capsys)
    assert said in sentence
    assert "Traceback" not in sentence
    assert not list(empty_folder.iterdir())


def test_out_that_holds_another_study_is_refused_and_a_free_one_named(
    capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert main(SMALL) == 0
    before = (empty_folder / "outputs" / "alliance" / "summary.csv").read_text()
    assert "seed=20261122 there, 1 here" in refused([*SMALL, "seed=1"], capsys)
    (empty_folder / "outputs" / "alliance-2").mkdir()
    sentence = refused([*SMALL, "protocol=mapp"], capsys)
    assert "protocol.name=COMP001 there, MAPP here" in sentence
    assert sentence.endswith("type out=outputs/alliance-3.")
    assert (empty_folder / "outputs" / "alliance" / "summary.csv").read_text() == before


def test_a_folder_that_another_run_writes_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    from alliance_sim.study.config import Study
    from alliance_sim.study.store import Store

    held = Store(Study(out="outputs/alliance"))
    assert "is being written by another run" in refused(SMALL, capsys)
    held.close()


def test_out_that_holds_other_files_is_refused_and_they_stay(
    capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    (empty_folder / "mine").mkdir()
    (empty_folder / "mine" / "config.yaml").write_text("colour: blue")
    assert "no results of a study" in refused([*SMALL, "out=mine"], capsys)
    assert [path.name for path in (empty_folder / "mine").iterdir()] == ["config.yaml"]


def test_out_that_is_a_file_is_refused(capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    (empty_folder / "mine").write_text("a letter")
    assert "is a file" in refused([*SMALL, "out=mine"], capsys)
    assert (empty_folder / "mine").read_text() == "a letter"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may write anywhere")
def test_out_that_cannot_be_written_is_refused(capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    (empty_folder / "locked").mkdir(mode=0o500)
    assert "cannot be written" in refused([*SMALL, "out=locked/mine"], capsys)


def test_developers_can_see_what_was_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLIANCE_SIM_FULL_ERROR", "1")
    with pytest.raises(Exception, match="there is no key"):
        main(["run", "nonsense.key=1"])
