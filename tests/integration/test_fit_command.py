"""`alliance-sim fit` as it is typed: what it prints and writes, that what it prints can be run, and what it refuses."""

import shlex
from pathlib import Path

import pandas as pd
import pytest
import yaml

from alliance_sim.cli.entry import main

DATA = Path(__file__).parents[2] / "examples" / "data"
OVER = "over=[parameters.retention.base, clinicians.empathy.mean]"
RANGES = "fit.ranges={clinicians.empathy.mean: [0.4, 0.9]}"
LABEL = "Q7-PLANTED"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinic, whose first patient has a label that must not be seen again."""
    whole = pd.read_csv(DATA / "clinic.csv")
    few = whole[whole["patient"].isin(whole["patient"].unique()[:24])].replace({"patient": {"P001": LABEL}})
    place = tmp_path_factory.mktemp("own") / "clinic.csv"
    few.to_csv(place, index=False)
    return place


def test_a_fit_prints_its_answer_and_a_command_that_runs(clinic, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [f"data={clinic}", OVER, RANGES, "protocol=psychotherapy", "fit.draws=2048", "engine=lanes"]
    assert main(["fit", *words]) == 0
    said = capsys.readouterr().out
    assert "parameters.retention.base" in said
    assert "Your data inform" in said
    assert "Assumed" in said
    folder = tmp_path / "outputs" / "fit"
    table = pd.read_csv(folder / "posterior.csv")
    assert table["key"].tolist() == ["parameters.retention.base", "clinicians.empathy.mean"]
    draws = pd.read_parquet(folder / "draws.parquet")
    assert draws["clinicians.empathy.mean"].between(0.4, 0.9).all()
    held = yaml.safe_load((folder / "conf" / "parameters" / "fit.yaml").read_text())
    assert held["clinicians"]["empathy"]["mean"] == pytest.approx(table["mean"][1], rel=1e-4)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path.name for path in written if LABEL.encode() in path.read_bytes()]
    again = shlex.split(said.split("\n  alliance-sim ")[1].split("\n")[0])
    assert main([*again, "replicates=2", "patients.number=12", "figures=false", "keep=trials"]) == 0


REFUSED = {
    "no data": (["over=[parameters.bond.rate]"], "fit needs your data"),
    "no keys": (["data=DATA"], "fit needs the keys"),
    "an unknown key": (["data=DATA", "over=[parameters.bond.rte]"], "did you mean parameters.bond.rate"),
    "no list": (["data=DATA", "over={a: b}"], "is no list"),
    "too few draws": (["data=DATA", "over=parameters.bond.rate", "fit.draws=10"], "fit.draws=10 is outside"),
    "an unknown word": (["data=DATA", "over=parameters.bond.rate", "fit.drawz=10"], "did you mean draws"),
    "ranges that are none": (["data=DATA", "over=parameters.bond.rate", "fit.ranges=3"], "is no mapping"),
    "a key that an arm sets": (
        ["data=DATA", "over=parameters.bond.rate", "arms.base={parameters.bond.rate: 0.4}"],
        "arm 'base' sets parameters.bond.rate",
    ),
    "a key that moves nothing": (
        ["data=DATA", "over=parameters.mdma.relief", "protocol=psychotherapy", "engine=lanes"],
        "parameters.mdma.relief moves nothing that your data hold",
    ),
    "a design": (["data=DATA", "over=parameters.bond.rate", "design=grid"], "design means nothing to fit"),
    "too few patients": (["data=FEW", "over=parameters.bond.rate", "protocol=psychotherapy"], "10 are the fewest"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_fitted_is_refused_in_one_sentence_and_nothing_is_written(
    words, said, clinic, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    few = pd.read_csv(clinic)
    few[few["patient"].isin(few["patient"].unique()[:7])].to_csv("few.csv", index=False)
    places = {"data=DATA": f"data={clinic}", "data=FEW": "data=few.csv"}
    assert main(["fit", *(places.get(word, word) for word in words)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in error
    assert not Path("outputs").exists()


@pytest.mark.parametrize("command", ["run", "calibrate", "validate", "story"])
def test_other_commands_say_which_ones_take_data(command, capsys):
    assert main([command, "data=trial.csv"]) == 2
    assert "alliance-sim compare data=FILE and fit do" in capsys.readouterr().err
