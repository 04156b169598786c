"""Lessons are complete, their settings are pages, and what they show is computed."""

import re

import numpy as np
import pytest

from alliance_sim.app.evidence import SHOWN, evidence
from alliance_sim.app.lessons import FILE, LESSONS
from alliance_sim.app.state import LESSONS as COUNT, Page, State, parse

NUMBER = re.compile(r"−?\d")
BY_NUMBER = range(1, COUNT + 1)


def test_there_are_six_lessons():
    assert len(LESSONS) == COUNT == len(SHOWN)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.title)
def test_a_lesson_has_every_section(lesson):
    assert all((lesson.title, lesson.claim, lesson.question, lesson.answer))
    assert len(lesson.notice) >= 2
    assert len(lesson.tries) >= 2
    assert lesson.question.count("?") >= 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.title)
def test_every_setting_of_a_lesson_is_a_page_and_differs_from_the_others(lesson):
    settings = [lesson.setting, *(one.setting for one in lesson.tries)]
    assert len(set(settings)) == len(settings)
    for setting in settings:
        assert parse(setting).query() == setting
        assert parse(setting).page is not Page.lessons


def test_lessons_state_no_results():
    """Numbers in the texts are settings and published ranges; none carries an error or a percent sign."""
    text = FILE.read_text(encoding="utf-8")
    assert "±" not in text
    assert "%" not in text


@pytest.mark.parametrize("number", BY_NUMBER)
def test_what_a_lesson_shows_is_computed_with_errors(number):
    found = evidence(State(lesson=number))
    assert found["lesson"] == number
    assert found["tables"]
    for table in found["tables"]:
        for row in table["rows"]:
            assert len(row["cells"]) == len(table["columns"])
            assert all(NUMBER.search(cell) and "nan" not in cell for cell in row["cells"])
    assert found["figure"]["series"]
    for series in found["figure"]["series"]:
        assert len(series["x"]) == len(series["y"]) == (len(series["error"]) or len(series["y"]))
        assert np.isfinite([*series["y"], *series["error"]]).all()
    cells = [cell for table in found["tables"] for row in table["rows"] for cell in row["cells"]]
    assert any("±" in cell for cell in cells)


def test_the_median_split_of_the_first_lesson_differs_from_what_the_clinicians_cause():
    split, caused = evidence(State(lesson=1))["tables"]
    assert split["columns"] == ["low half", "high half", "high − low"]
    assert caused["columns"] == ["A", "B", "B − A"]
