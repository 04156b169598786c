"""A question is one file of one shape: by being there it is asked, answered, tabled, drawn, and named in the help."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import alliance_sim
from alliance_sim import questions
from alliance_sim.analysis.opened import opened
from alliance_sim.cli.entry import main
from alliance_sim.report import tables
from alliance_sim.study.config import Study

SMALL = ["patients.number=5", "clinicians.number=3", "replicates=3", "figures=false"]
TOY = '''"""How tall patients are on average.

Type clinicians.number=3 too.
"""

import pandas as pd
from matplotlib.figure import Figure

from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part

PARTS = {"": Part("Heights in this study", ("arm",))}


def lacks(study):
    return "" if study.clinicians.number == 3 else "three clinicians; type clinicians.number=3"


def answer(opened):
    rows = [(arm, 1.7, 0.1, 1.5, 1.9, "m") for arm in opened.scenarios]
    return {"": pd.DataFrame(rows, columns=["arm", "estimate", "mcse", "lower", "upper", "unit"])}


def method(opened):
    return "the mean height of each arm"


def sentence(opened, tables):
    return "Patients are 1.70 ± 0.10 m tall in every arm."


def figures(opened, tables):
    def draw(ax):
        ax = ax or Figure().subplots()
        ax.plot(tables[""]["estimate"])
        return ax

    return {"heights": Drawing("Mean height of the patients, arm by arm", draw)}
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """One more question: a file in a folder of questions."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "height.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(questions, "__path__", [*questions.__path__, str(tmp_path / "more")])
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("alliance_sim.questions.height", None)
    questions.about.cache_clear()


@pytest.mark.parametrize("name", questions.names())
def test_every_question_has_the_shape_of_one(name):
    module = questions.question(name)
    assert all(callable(getattr(module, part)) for part in ("lacks", "answer", "method", "sentence", "figures"))
    assert "" in module.PARTS
    assert all(part.caption and part.named_by for part in module.PARTS.values())
    title, needs = questions.about(name)
    assert title
    assert title[0].isupper()
    assert len(title) + len(needs) < 100


@pytest.mark.usefixtures("toy")
def test_a_question_is_asked_by_adding_its_file(capsys):
    assert main(["run", "--help"]) == 0
    assert re.search(
        r"height +how tall patients are on average; type clinicians\.number=3 too", capsys.readouterr().out
    )
    assert main(["run", "ask=[heigt]"]) == 2
    assert "choose among: height" in capsys.readouterr().err
    assert main(["run", "ask=[height]", "clinicians.number=4"]) == 2
    assert "ask names height, which needs three clinicians; type clinicians.number=3." in capsys.readouterr().err
    assert main(["run", *SMALL, "ask=[height]", "out=mine"]) == 0
    said = capsys.readouterr().out
    assert "How tall patients are on average\nAnswer: Patients are 1.70 ± 0.10 m tall in every arm.\n" in said
    assert "Heights in this study" in said
    assert "Whole tables: answers/height.csv" in said
    assert Path("mine/answers/height.csv").is_file()
    assert main(["report", "mine"]) == 0
    page = Path("mine/report.html").read_text(encoding="utf-8")
    for said in ('<section id="height">', "How tall patients are on average", "Heights in this study", "1.70 ± 0.10"):
        assert said in page
    assert "<figcaption>Mean height of the patients" in page
    assert main(["plot", "mine", "figure=heights"]) == 0
    assert Path("mine/figures/heights.png").is_file()


def test_results_in_memory_are_answered_tabled_and_drawn_as_those_of_a_folder(tmp_path):
    """Nothing but the table's rounding in CSV lies between them."""
    study = Study(replicates=3, arms={"base": {}, "kind": {"clinicians.empathy.mean": 0.8}}, ask=["distributions"])
    study.patients.number, study.clinicians.number, study.figures, study.out = 5, 3, False, str(tmp_path / "mine")
    held = alliance_sim.run(replace(study, out="", ask=[]))
    held.answer("distributions")
    memory = held._opened
    from alliance_sim.cli.run import run as written

    assert written(study) == 0
    folder = opened(study.out)
    assert tables.outcomes(memory) == tables.outcomes(folder)
    one, two = (held.answered("distributions") for held in (memory, folder))
    assert one.keys() == two.keys() == {"", "quantiles"}
    for part, table in one.items():
        for column in ("estimate", "mcse", "lower", "upper"):
            np.testing.assert_allclose(table[column], two[part][column], rtol=1e-6)
    assert len(tables.answered(memory, "distributions")) == len(tables.answered(folder, "distributions")) == 2
    assert questions.figures(memory).keys() == questions.figures(folder).keys() == {"quantiles"}
