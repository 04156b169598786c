"""`alliance-sim compare` from a clinic's file to the page: what is printed, written and given back in Python."""

import re
from pathlib import Path

import pandas as pd
import pytest

import alliance_sim
from alliance_sim.cli.entry import main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "data" / "own_trial.csv"
WORDS = [
    "data.columns={patient: Code}",
    "data.arms={25 mg: high, 1 mg: low}",
    "arms={high: {}, low: {protocol.doses: [1]}}",
    "base_arm=high",
    "replicates=40",
    "engine=numpy",
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder of the example's comparison, and what Python gives for the same words."""
    folder = tmp_path_factory.mktemp("own") / "out"
    return folder, alliance_sim.compare(EXAMPLE, [*WORDS, "figures=false"], out=folder)


def test_the_command_prints_table_answer_and_what_was_not_compared(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["compare", f"data={EXAMPLE}", *WORDS, "figures=false"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "MADRS, day 37: difference in" in said
    assert "Your data" in said
    assert "joint p = " in said
    assert "Columns that were not read, as their names say nothing that the model has: PHQ-9." in said
    assert "Simulated people only" in said
    assert Path("outputs/compare/report.html").exists()


def test_python_gives_the_numbers_that_are_written(written):
    folder, found = written
    table = pd.read_csv(folder / "comparison.csv")
    assert table["observed"].to_numpy() == pytest.approx(found.table["observed"].to_numpy())
    assert table["p"].between(0, 1).all()
    assert (table["lower"] <= table["upper"]).all()
    assert 0 < found.joint.p <= 1
    assert found.trials == 40


def test_the_page_is_complete_in_itself_and_says_what_it_rests_on(written):
    folder, found = written
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["']http|url\(""", page)
    assert "40 simulated trials of that size and schedule" in page
    assert "data=own_trial.csv" in page
    assert str(EXAMPLE.parent) not in page
    assert all(line in page for line in found.plan.unused)
    assert page.count("<img ") == 4


def test_the_same_words_give_the_same_numbers_again(written):
    again = alliance_sim.compare(EXAMPLE, [*WORDS, "figures=false"])
    pd.testing.assert_frame_equal(again.table, written[1].table)


def test_a_baseline_that_was_given_is_said_to_be_no_test():
    found = alliance_sim.compare(EXAMPLE, [*WORDS, "data.entry=true"])
    given = found.table[found.table["given"]]
    assert set(given["occasion"]) == {"baseline"}
    assert any("confirms nothing" in note for note in found.plan.notes)
    assert found.joint.summaries <= len(found.table) - len(given)
