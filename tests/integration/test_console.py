"""What a run says: its question and answer, then each further question with a sentence and one short table."""

import pytest

from alliance_sim import questions
from alliance_sim.cli.entry import main
from alliance_sim.errors import AnswerError
from alliance_sim.report import brief

SMALL = ["patients.number=8", "clinicians.number=3", "replicates=4", "figures=false"]
ASKED = ["distributions", "heterogeneity", "cases", "power"]
ASK = [f"ask=[{','.join(ASKED)}]", "power.sizes=[4,6]", "power.clinicians=[2]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("console") / "mine"


@pytest.fixture(scope="module")
def blocks(folder):
    """What a run prints about each of its questions, by the question's name."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["run", *SMALL, *ASK, f"out={folder}"]) == 0
    text, made = said.getvalue(), {"": said.getvalue()}
    places = [text.index(f"\n{questions.about(name).title}\nAnswer: ") for name in ASKED]
    assert places == sorted(places)
    ends = [*places[1:], text.index("Simulated people only")]
    return made | {name: text[one:two] for name, one, two in zip(ASKED, places, ends, strict=True)}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_is_answered_in_a_sentence_and_one_short_table(blocks, name):
    said = blocks[name].strip().splitlines()
    where = next(place for place, line in enumerate(said) if line.startswith("Whole tables: "))
    assert f"answers/{name}.csv" in said[where]
    assert sum("±" in line for line in said[1:where]) <= 4 * brief.MOST
    assert all(len(line) <= 100 for line in said)
    assert blocks[name].count("Whole tables") == 1


def test_what_a_study_asks_stands_above_its_tables(blocks):
    said = blocks[""]
    assert (
        said.index("Question: The same patients")
        < said.index("Answer: strong against weak: MADRS change is ")
        < said.index("Outcomes by")
    )
    assert "Answer: below the tables" not in said
    assert "type larger power.sizes" in " ".join(blocks["power"].split())


def test_a_complete_folder_says_the_same_again(folder, blocks, capsys):
    assert main(["run", *SMALL, *ASK, f"out={folder}"]) == 0
    assert capsys.readouterr().out == blocks[""]


def test_without_further_questions_the_answer_is_how_the_arms_differ(tmp_path, capsys):
    assert main(["run", *SMALL, f"out={tmp_path / 'mine'}"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Answer: strong against weak: MADRS change is lower by" in said
    assert main(["run", *SMALL, "arms={weak: {}}", "base_arm=weak", "question=''", f"out={tmp_path / 'one'}"]) == 0
    assert "Found: weak: MADRS change −" in " ".join(capsys.readouterr().out.split())


def test_a_planned_trial_comes_before_the_studys_own_arms(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["run", *SMALL, "experiment=power", "power.sizes=[4,6]", "power.caseload=[2]", "out=mine"]
    assert main([*words, "dry_run=true"]) == 0
    said = capsys.readouterr().out
    assert said.index("planned trials              8 (2 sizes × 4 replicates)") < said.index("the study's own trials:")
    assert not list(tmp_path.iterdir())
    assert main(words) == 0
    said = capsys.readouterr().out
    places = [
        "Question: ",
        "The planned trial",
        "How many patients a trial needs\nAnswer: ",
        "Beside the plan",
        "MADRS change",
    ]
    assert sorted(map(said.rindex, places)) == list(map(said.rindex, places))
    assert all(len(line) <= 100 for line in said.splitlines())
    assert main(["report", "mine"]) == 0
    page = (tmp_path / "mine" / "report.html").read_text(encoding="utf-8")
    places = ['id="design"', "The planned trial", "cluster-randomised", 'id="power"', 'id="found"', "Outcomes by arm"]
    assert sorted(map(page.rindex, places)) == list(map(page.rindex, places))


def test_every_question_without_an_answer_says_why(tmp_path, monkeypatch, capsys):
    def refuse(name, opened):
        raise AnswerError(f"too few patients for {name}; run more.")

    monkeypatch.setattr(questions, "answer", refuse)
    assert main(["run", *SMALL, "ask=[distributions,heterogeneity]", f"out={tmp_path / 'mine'}"]) == 2
    said = capsys.readouterr()
    assert "lie apart" not in said.err
    for name in ("distributions", "heterogeneity"):
        assert said.err.count(f"too few patients for {name}; run more.") == 1
    assert len(said.err.strip().splitlines()) == 1


def test_ctrl_c_while_a_question_is_answered_says_what_is_there(tmp_path, monkeypatch, capsys):
    def stop(name, opened):
        raise KeyboardInterrupt

    monkeypatch.setattr(questions, "answer", stop)
    words = [*SMALL, "engine=numpy", "ask=[distributions]"]
    assert main(["run", *words, f"out={tmp_path / 'mine'}"]) == 130
    assert "12 of 12 trials are finished" in " ".join(capsys.readouterr().err.split())
