"""Wished precision: replicates are added until the error is small enough, and never more than is allowed."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis.estimates import by_arm, contrasts
from alliance_sim.analysis.precision import needed
from alliance_sim.analysis.running import MEASURES, Running
from alliance_sim.cli.entry import main

SMALL = ["run", "patients.number=10", "clinicians.number=3", "keep=trials", "figures=false", "engine=numpy", "out=out"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def largest(estimand: str, measure: str = "change") -> float:
    trials = alliance_sim.load("out").trials
    pairs = [("strong", "weak"), ("weak", "typical"), ("strong", "typical")]
    found = by_arm(trials) if estimand == "mean" else contrasts(trials, pairs)
    return float(found.loc[found["measure"] == measure, "mcse"].max())


def replicates() -> int:
    return int(alliance_sim.load("out").trials["replicate"].max()) + 1


@pytest.mark.parametrize(("estimand", "target"), [("difference", 0.15), ("mean", 0.6)])
def test_replicates_are_added_until_the_error_is_small_enough(
    estimand: str, target: float, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*SMALL, "replicates=5", f"precision.target={target}", f"precision.estimand={estimand}"]
    assert main(words) == 0
    assert largest(estimand) <= target
    assert replicates() > 5
    assert f"as wished ({target}), with {replicates()} replicates" in capsys.readouterr().out
    before = replicates()
    assert main(words) == 0
    assert replicates() == before
    assert [run["trials"] for run in alliance_sim.load("out").runs][-1] == 0


def test_what_was_added_is_what_more_replicates_would_have_given() -> None:
    assert main([*SMALL, "replicates=5", "precision.target=0.2"]) == 0
    assert main([*SMALL, f"replicates={replicates()}", "out=plain"]) == 0
    one, other = (alliance_sim.load(out).trials for out in ("out", "plain"))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_no_more_replicates_than_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "replicates=5", "precision.target=0.001", "precision.max_replicates=8"]) == 0
    assert replicates() == 8
    assert "above the wished 0.001; raise precision.max_replicates" in capsys.readouterr().out


def test_shares_are_asked_for_in_percentage_points() -> None:
    words = ["precision.target=4", "precision.measure=response", "precision.estimand=mean"]
    assert main([*SMALL, "replicates=5", *words]) == 0
    assert largest("mean", "response") <= 0.04


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["precision.measure=chnge", "precision.target=1"], "choose one of: change"),
        (["precision.target=-1"], "outside [0, 1000000]"),
        (["precision.target=1", "precision.max_replicates=3"], "precision.max_replicates=3 is below replicates=5"),
        (["precision.estimand=median"], "choose one of: mean, difference, contrast"),
        (["precision.target=1", "precision.estimand=contrast"], "type contrast=KEY too"),
        (["precision.target=1", "~arms.weak", "~arms.strong"], "type precision.estimand=mean"),
        (["precision.target=1", "design=sobol", "design.over=[clinicians.empathy.mean]"], "precision.estimand=mean"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert main([*SMALL, "replicates=5", *words]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert not list(empty_folder.iterdir())


def test_the_command_says_what_an_error_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "replicates=20"]) == 0
    capsys.readouterr()
    assert main(["precision", "out", "target=0.1"]) == 0
    text = capsys.readouterr().out
    assert "Replicates needed for a Monte Carlo standard error of 0.1 (change, MADRS points)" in text
    (row,) = re.findall(r"strong − weak +\S+ ± ([\d.]+) +20 +([\d,]+) +([\d,]+)", text)
    error, paired, apart = (float(word.replace(",", "")) for word in row)
    assert paired == pytest.approx(20 * (error / 0.1) ** 2, rel=0.02)
    assert apart > 3 * paired


def test_replicates_are_added_until_asked_contrasts_are_precise(capsys: pytest.CaptureFixture[str]) -> None:
    levels = "{clinicians.empathy.mean: [0.4, 0.8], protocol.doses: [[1], [25]]}"
    words = ["design=grid", f"design.levels={levels}", "contrast=clinicians.empathy.mean", "by=protocol.doses"]
    words += ["precision.target=0.08", "precision.estimand=contrast"]
    assert main([*SMALL, "replicates=5", *words, "dry_run=true"]) == 0
    assert "it goes on until precision.target=0.08 is reached" in " ".join(capsys.readouterr().out.split())
    assert main([*SMALL, "replicates=5", *words]) == 0
    rows = alliance_sim.load("out").contrasts("clinicians.empathy.mean", by="protocol.doses").set_index("measure")
    error = rows.loc["change", "mcse"]
    assert error.max() <= 0.08 < error.max() * np.sqrt(replicates() / 5)
    assert "change, contrasts: at most" in capsys.readouterr().out
    assert main(["precision", "out", "target=0.1"]) == 0
    said = capsys.readouterr().out
    row = re.findall(rf"clinicians.empathy.mean, +\S+ ± [\d.]+ +{replicates()} +([\d,]+)", said)[-1]
    interaction = rows[rows["kind"] == "interaction"].loc["change", "mcse"]
    assert float(row.replace(",", "")) == pytest.approx(replicates() * (interaction / 0.1) ** 2, abs=1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "takes one folder"),
        (["out", "target=0"], "target=0 is no error above 0"),
        (["out", "target=small"], "target=small is no error above 0"),
        (["out", "goal=1"], "takes one folder, and measure= and target="),
        (["nowhere"], "nowhere holds no results"),
        (["nowhere", "measure=chnge"], "choose one of: change"),
    ],
)
def test_the_command_refuses_in_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["precision", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_number_needed_has_the_error_it_promises() -> None:
    """The variance of what is drawn is known: 4 for a mean, 1 for a paired difference, 8 for one apart."""
    rng = np.random.default_rng(3)
    shared = rng.normal(0, 3.5**0.5, 20_000)
    frames = [
        pd.DataFrame({"point": point, "replicate": range(20_000), **dict.fromkeys(MEASURES, 1.0)}).assign(
            change=shared + rng.normal(0, 0.5**0.5, 20_000)
        )
        for point in (0, 1)
    ]
    found = Running([0, 1], [(1, 0)])
    found.add(pd.concat(frames))
    rows = needed(found, "change", 0.1)
    assert rows["needed"].tolist() == pytest.approx([400, 400, 100], rel=0.04)
    assert rows["needed_apart"].iloc[-1] == pytest.approx(800, rel=0.04)


def test_a_difference_in_points_of_two_scales_is_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "experiment=protocols", "precision.target=0.1", "dry_run=true"]
    assert main(words) == 2
    assert "are measured on MADRS and CAPS-5, which are not compared; type precision.measure=response" in (
        capsys.readouterr().err
    )
    assert main([*words, "precision.measure=response"]) == 0
    assert main([*words, "precision.estimand=mean"]) == 0
