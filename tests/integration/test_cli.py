"""The command line in use: what commands print, what they write, and that help does not make anyone wait."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import alliance_sim
from alliance_sim.cli import run as run_command, story as story_command
from alliance_sim.cli.entry import main
from alliance_sim.study import runner
from alliance_sim.study.config import Study
from alliance_sim.world.places import names
from tests.integration.test_runner import failing

SMALL = ["patients.number=5", "clinicians.number=3", "replicates=3", "figures=false"]
HEAVY = {"hydra", "numpy", "pandas", "omegaconf", "pydantic", "matplotlib", "mesa", "numba"}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Studies that `run` and `story` would have worked on."""
    studies: list[Any] = []

    def keep(study: Study) -> int:
        studies.append(study)
        return 0

    monkeypatch.setattr(run_command, "run", keep)
    monkeypatch.setattr(story_command, "story", keep)
    return studies


# ------------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize(
    "words",
    [[], ["--help"], ["--version"], ["run", "--help"], ["story", "--help"], ["parameters", "-h"], ["verify", "-h"]],
)
def test_help_and_version_import_nothing_heavy(words: list[str]) -> None:
    code = "import sys; from alliance_sim.cli.entry import main; code = main(sys.argv[1:])"
    code += f"; print(*({HEAVY!r} & sys.modules.keys()), file=sys.stderr, end=''); sys.exit(code)"
    path = str(Path(alliance_sim.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, env={"PYTHONPATH": path}
    )
    assert done.stderr == ""
    assert "alliance-sim" in done.stdout


@pytest.mark.parametrize("command", ["run", "story"])
def test_help_names_every_choice(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    for kind in ("protocol", "patients", "clinicians", "experiment"):
        assert ", ".join(names(kind)) in text


def test_no_arguments_show_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(command in text for command in ("run", "story", "parameters"))


# ---------------------------------------------------------------------------------------------- composing


def test_the_default_is_the_case_study(composed: list[Study]) -> None:
    assert main(["run"]) == 0
    (study,) = composed
    assert list(study.arms) == ["weak", "typical", "strong"]
    assert (study.experiment, study.base_arm, study.out) == ("alliance", "typical", "outputs/alliance")
    assert (study.protocol.name, study.replicates, study.patients.number) == ("COMP001", 200, 60)


def test_groups_and_single_keys_compose(composed: list[Study]) -> None:
    words = ["protocol=mapp", "patients=ptsd", "clinicians=strong_bond", "protocol.drug=none", "seed=7"]
    assert main(["run", *words]) == 0
    (study,) = composed
    assert (study.protocol.name, study.patients.condition.value, study.seed) == ("MAPP", "ptsd", 7)
    assert study.clinicians.factor_shift == 1.28
    assert study.protocol.drug.value == "none"


def test_a_protocol_takes_nothing_from_the_default_protocol(composed: list[Study]) -> None:
    assert main(["run", "protocol=waitlist"]) == 0
    assert [step.phase for step in composed[0].base().course()] == ["assessment", "assessment"]


@pytest.mark.parametrize("sign", ["", "+", "++"])
def test_an_arm_can_be_added_and_its_keys_keep_their_dots(sign: str, composed: list[Study]) -> None:
    assert main(["run", f"{sign}arms.kind={{clinicians.empathy.mean: 0.8}}"]) == 0
    (study,) = composed
    assert study.arms["kind"] == {"clinicians.empathy.mean": 0.8}
    assert list(study.arms) == ["weak", "typical", "strong", "kind"]
    assert study.scenarios()["kind"].clinicians.empathy.mean == 0.8


def test_an_arm_can_be_changed_by_one_key_or_left_out(composed: list[Study]) -> None:
    assert main(["run", "arms.strong.clinicians.factor_shift=2", "~arms.weak"]) == 0
    assert composed[0].arms == {
        "typical": {"clinicians.factor_shift": 0.0},
        "strong": {"clinicians.factor_shift": 2},
    }


@pytest.mark.parametrize("name", names("experiment"))
def test_every_experiment_composes_and_is_valid(name: str, composed: list[Study]) -> None:
    assert main(["run", f"experiment={name}"]) == 0
    assert composed[0].experiment == name
    assert composed[0].out == f"outputs/{name}"
    assert composed[0].scenarios()


def test_cfg_job_shows_the_configuration_and_runs_nothing(
    capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert main(["run", "--cfg", "job", "protocol=mapp"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["protocol"]["name"] == "MAPP"
    assert not list(empty_folder.iterdir())


@pytest.mark.parametrize("words", [["-m", "seed=1,2"], ["seed=1,2", "--multirun"]])
def test_several_values_run_one_after_the_other_each_in_its_folder(words: list[str], composed: list[Study]) -> None:
    assert main(["run", *words, "out=both"]) == 0
    assert [(study.seed, study.out) for study in composed] == [(1, "both-0"), (2, "both-1")]


# ---------------------------------------------------------------------------------------------------- run


def test_run_prints_its_answers_and_writes_its_results(capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    assert main(["run", *SMALL]) == 0
    text = capsys.readouterr().out
    for words in (
        "alliance: COMP001, depression; arms weak, typical, strong; 3 replicates × 5 patients; seed 20261122",
        "MADRS change, 21 days after",
        "strong − weak",
        "Cohen's d",
        "number needed to treat",
        "median WAI-SR before dosing",
        "Partly confounding",
        "Simulated people only: no clinical advice.",
        "Results lie in outputs/alliance.",
    ):
        assert words in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert [path.name for path in empty_folder.iterdir()] == ["outputs"]
    folder = empty_folder / "outputs" / "alliance"
    held = {path.name for path in folder.iterdir()}
    files = {".lock", ".lock-finish", ".lock-set-up", "config.yaml", "design.parquet", "manifest.json", "summary.csv"}
    files |= {"columns.csv"}
    assert held == files | {"batches", "runs", "trials", "patients", "sessions"}
    summary = pd.read_csv(folder / "summary.csv")
    assert set(summary["table"]) == {"outcome", "contrast", "median_split"}
    assert {"cohens_d", "change", "response"} <= set(summary["measure"])
    assert yaml.safe_load((folder / "config.yaml").read_text())["patients"]["number"] == 5


def test_what_is_printed_is_what_the_parts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *SMALL]) == 0
    text = capsys.readouterr().out.replace("−", "-")
    trials = alliance_sim.load("outputs/alliance").trials
    (line,) = [line for line in text.splitlines() if line.startswith("response") and " % " in line]
    means = trials.groupby("arm", observed=True)["response"].mean() * 100
    assert [float(word) for word in line.split()[1::4]] == pytest.approx(means.tolist(), abs=0.051)


def test_the_same_command_again_gives_the_same_results(empty_folder: Path) -> None:
    assert main(["run", *SMALL]) == 0
    first = alliance_sim.load("outputs/alliance")
    assert main(["run", *SMALL]) == 0
    again = alliance_sim.load("outputs/alliance")
    pd.testing.assert_frame_equal(first.patients, again.patients, check_exact=True)


def test_measures_that_a_protocol_does_not_have_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *SMALL, "protocol=waitlist"]) == 0
    text = capsys.readouterr().out
    assert "GRID-HAMD change" in text
    assert not any(words in text for words in ("EBI", "MEQ30", "WAI-SR", "nan"))


def test_many_arms_stay_within_the_width(capsys: pytest.CaptureFixture[str]) -> None:
    arms = [f"arms.arm_{place}={{clinicians.empathy.mean: 0.{place}}}" for place in range(3, 8)]
    assert main(["run", *SMALL, "replicates=2", *arms]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 100 for line in text.splitlines()[1:])
    assert "arm_7 − typical" in text


def test_one_replicate_prints_estimates_without_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *SMALL, "replicates=1"]) == 0
    text = capsys.readouterr().out
    assert "nan" not in text
    assert "inf" not in text


def test_a_failed_trial_is_reported_and_the_rest_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, RuntimeError, replicate=1)
    assert main(["run", *SMALL]) == 1
    shown = capsys.readouterr()
    assert "1 trial failed" in shown.err
    assert "strong, replicate 1: RuntimeError: the bond broke" in shown.err
    assert "strong − weak" in shown.out
    trials = alliance_sim.load("outputs/alliance").trials
    assert trials["status"].value_counts().to_dict() == {"done": 8, "failed": 1}


def test_an_interrupted_run_keeps_its_finished_batches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "ROWS", 1)
    failing(monkeypatch, KeyboardInterrupt, replicate=2)
    assert main(["run", *SMALL]) == 130
    assert "8 of 9 trials are finished and lie in outputs/alliance" in capsys.readouterr().err
    assert len(alliance_sim.load("outputs/alliance").trials) == 8


def test_an_interrupted_run_that_finished_nothing_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    failing(monkeypatch, KeyboardInterrupt, replicate=0)
    assert main(["run", *SMALL, "out=mine"]) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not list(empty_folder.iterdir())


def test_the_same_command_goes_on_after_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *SMALL, "out=whole"]) == 0
    with monkeypatch.context() as broken:
        broken.setattr(runner, "ROWS", 1)
        failing(broken, KeyboardInterrupt, replicate=1)
        assert main(["run", *SMALL]) == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    assert main(["run", *SMALL]) == 0
    assert main(["verify", "whole"]) == main(["verify", "outputs/alliance"]) == 0
    one, two = (line for line in capsys.readouterr().out.splitlines() if line.startswith("content "))
    assert one == two


@pytest.mark.slow
def test_run_draws_its_figures_as_png_and_svg(empty_folder: Path) -> None:
    assert main(["run", *SMALL, "figures=true"]) == 0
    drawn = list((empty_folder / "outputs" / "alliance" / "figures").iterdir())
    assert {path.suffix for path in drawn} == {".png", ".svg"}


def test_a_design_of_points_tells_the_best_the_worst_and_what_moves_most(
    capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    over = ["design=sobol", "design.over=[clinicians.empathy.mean, clinicians.number]", "design.points=4"]
    assert main(["run", *SMALL[:1], *over, "design.ranges={clinicians.number: [3, 9]}", "replicates=2"]) == 0
    text = capsys.readouterr().out
    for words in ("design sobol, 16 points", "16 points, those whose score falls most first", "… 6 more", "a hint"):
        assert words in text
    assert all(len(line) <= 100 for line in text.splitlines())
    found = alliance_sim.load("outputs/alliance")
    assert found.design["block"].tolist()[:4] == ["A", "B", "AB_1", "AB_2"]
    assert len(found.trials) == 32
    summary = pd.read_csv(empty_folder / "outputs" / "alliance" / "summary.csv")
    assert set(summary["table"]) == {"outcome", "main_effect"}


def test_one_at_a_time_is_reported_against_the_base(capsys: pytest.CaptureFixture[str]) -> None:
    over = ["design=one_at_a_time", "design.over=[clinicians.empathy.mean]"]
    assert main(["run", *SMALL, *over, "design.ranges.clinicians.empathy.mean=[0.4,0.8]"]) == 0
    text = capsys.readouterr().out
    assert "Difference from the base" in text
    assert "clinicians.empathy.mean=0.4" in text


@pytest.mark.parametrize("design", [[], ["design=sobol", "design.over=[clinicians.empathy.mean]"]])
def test_a_dry_run_says_what_a_study_costs_and_runs_nothing(
    design: list[str], capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert main(["run", *SMALL, *design, "dry_run=true"]) == 0
    text = capsys.readouterr().out
    trials = "576 (192 × 3" if design else "9 (3 × 3"
    assert all(words in text for words in (trials, "patients", "timetable", "disk"))
    assert not list(empty_folder.iterdir())


# ------------------------------------------------------------------------------------- story and parameters


def test_a_story_stands_beside_its_counterfactual(capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    words = [*SMALL[:2], "figures=false", "patient=3", "counterfactual=strong"]
    assert main(["story", *words]) == 0
    text = capsys.readouterr().out
    assert "atient 3" in text
    assert "strong" in text
    assert not list(empty_folder.iterdir())


@pytest.mark.slow
def test_a_story_is_drawn(capsys: pytest.CaptureFixture[str], empty_folder: Path) -> None:
    assert main(["story", *SMALL[:2], "patient=3"]) == 0
    drawn = list((empty_folder / "outputs" / "story").iterdir())
    assert {path.suffix for path in drawn} == {".png", ".svg"}
    assert all(path.name in capsys.readouterr().out for path in drawn[:1])


def test_parameters_lists_what_matches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parameters", "EMPATHY"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["parameter", "symbol", "default", "unit"]
    assert any(row.startswith("clinicians.empathy.mean ") for row in rows)
    assert all("empathy" in row.lower() for row in rows)


def test_parameters_lists_every_number_of_a_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parameters"]) == 0
    text = capsys.readouterr().out
    for key in ("protocol.co_share", "patients.number", "parameters.bond.rate", "replicates", "seed"):
        assert f"\n{key} " in text


def test_warmup_keeps_the_machine_code_for_later(capsys: pytest.CaptureFixture[str]) -> None:
    """After it, every kernel of the present sources is on disk, and `auto` may pick the lanes."""
    from alliance_sim.engine.compile import is_compiled

    assert main(["warmup"]) == 0
    assert "machine code lies in" in capsys.readouterr().out
    assert all(is_compiled(name) for name in ("run", "run_fixed", "talk", "dose", "assess"))


@pytest.mark.parametrize("keep", ["trials", "patients", "sessions"])
def test_only_what_is_asked_for_is_written(keep: str, tmp_path: Path) -> None:
    """Each level writes the ones before it too; the answers of trials are the same."""
    out = tmp_path / keep
    assert main(["run", "replicates=2", "patients.number=3", f"keep={keep}", f"out={out}", "figures=false"]) == 0
    written = [kind for kind in ("trials", "patients", "sessions") if (out / kind).is_dir()]
    assert written == ["trials", "patients", "sessions"][: len(written)]
    assert written[-1] == keep


def test_a_run_in_lanes_imports_neither_mesa_nor_seaborn(tmp_path: Path) -> None:
    """Sweeps start light."""
    code = (
        "import sys; from alliance_sim.cli.entry import main; "
        f"main(['run', 'replicates=2', 'engine=lanes', 'figures=false', 'out={tmp_path / 'light'}']); "
        "assert not {'mesa', 'seaborn', 'matplotlib'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
