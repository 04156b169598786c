"""The short table of an answer: side by side what differs in one column, each unit where it holds."""

import pandas as pd
import pytest

from alliance_sim import questions
from alliance_sim.questions import _wording
from alliance_sim.report import tables
from alliance_sim.report.brief import MOST, brief
from alliance_sim.report.records.ademp import _shown
from tests.unit.test_sentences import NAN, OPENED, table

FINE, ROUGH = (0.1234, 0.002, 0.12, 0.13), (-3.0, 1.5, -6.0, 0.0)


def test_rows_of_one_unit_stand_side_by_side_and_the_caption_has_the_unit():
    rows = [(("usual", name, phase, "change"), ROUGH, "points") for name in "ab" for phase in ("early", "late")]
    made = brief(OPENED, "phases", {"": table("arm behaviour phase measure", *rows[:3])})
    assert made.caption.endswith("(points)")
    assert made.heads == ["Behaviour", "early", "late"]
    assert made.rows == [["a", "−3.0 ± 1.5", "−3.0 ± 1.5"], ["b", "−3.0 ± 1.5", "–"]]


def test_a_unit_of_one_row_or_one_column_stands_there():
    pairs = [("kind", "usual"), ("usual", "kind")]
    measures = [("difference in change", ROUGH, "points"), ("probability of superiority", FINE, 1)]
    rows = [((*pair, name), numbers, unit) for pair in pairs for name, numbers, unit in measures]
    made = brief(OPENED, "distributions", {"": table("arm versus measure", *rows)})
    assert made.heads == ["Measure", "kind − usual", "usual − kind"]
    assert [row[0] for row in made.rows] == ["difference in change (points)", "probability of superiority"]
    assert made.rows[1][1] == "0.123 ± 0.002"
    rows = [
        (("usual", case, name), ROUGH, unit) for case in (1, 2) for name, unit in (("skill", "1"), ("change", "points"))
    ]
    made = brief(OPENED, "cases", {"": table("arm case measure", *rows)})
    assert made.heads == ["Case", "skill", "primary score change (points)"]


def test_an_unknown_error_is_said_to_be_unknown():
    rows = [(("usual", name, phase, "change"), (1.0, NAN, NAN, NAN), "points") for name in "ab" for phase in ("x", "y")]
    made = brief(OPENED, "phases", {"": table("arm behaviour phase measure", *rows)})
    assert made.rows[0][1] == "1.00 ± ?"
    assert "not known" in made.note


def test_a_share_of_which_all_trials_agree_has_the_end_of_its_interval():
    """One rule for tables, sentences and records: no trial of 40 is at most 0.09 of them, all are at least 0.91."""
    none, every = ((value, NAN, low, high) for value, low, high in ((0.0, 0.0, 0.088), (1.0, 0.912, 1.0)))
    rows = [(("usual", name, phase, "change"), none if name == "a" else every, 1) for name in "ab" for phase in "xy"]
    frame = table("arm behaviour phase measure", *rows)
    made = brief(OPENED, "phases", {"": frame})
    assert [row[1] for row in made.rows] == ["0.00 (≤ 0.09)", "1.00 (≥ 0.91)"]
    assert made.note.count("all trials agree") == 1
    assert "±" not in made.note
    first = frame.to_dict("records")[0]
    assert _wording.number(first, share=True) == "0.00 (≤ 8.80) %"
    assert _shown(frame.iloc[0]) == "0 (≤ 0.088)"


def test_a_short_table_is_short_and_says_what_it_leaves_out():
    keys = [(f"key.{place}", index, place / 100) for place in range(40) for index in ("total", "first")]
    rows = [((key, index), (value, 0.02, 0.0, 1.0), 1) for key, index, value in keys]
    made = brief(OPENED, "sobol", {"": table("key index", *rows)})
    assert len(made.rows) == MOST
    assert made.rows[0][0] == "key.39"  # the largest total index
    assert f"The first {MOST} of 40 rows." in made.note


@pytest.mark.parametrize(
    ("question", "part", "named", "numbers", "beyond"),
    [
        ("sobol", "", ("a", "total"), (-0.02, 0.03, -0.08, 0.04), True),
        ("sobol", "", ("a", "total"), (0.98, 0.03, 0.92, 1.04), True),
        ("sobol", "", ("a", "total"), (0.4, 0.03, 0.34, 0.46), False),
        ("sobol", "", ("a", "total"), (0.4, NAN, NAN, NAN), False),
        ("behaviours", "saturation", ("a",), (0.9, 0.1, 0.7, 1.1), True),
        ("power", "", (20, 5, "power"), (0.99, 0.01, 0.97, 1.01), True),
        ("power", "", (20, 5, "bias"), (1.99, 0.01, 1.97, 2.01), False),
        ("clinicians", "", ("a", "share in one trial"), (0.01, 0.01, -0.01, 0.03), True),
        ("blinding", "guesses", ("a", "Bang's index"), (-0.9, 0.04, -0.98, -0.82), False),
        ("distributions", "", ("a", "b", "difference in response"), (-0.9, 0.08, -1.06, -0.8), True),
        ("distributions", "", ("a", "b", "Cohen's d"), (1.9, 0.08, 1.74, 2.06), False),
    ],
)
def test_what_lies_beyond_its_possible_range_is_said_to_be_error(question, part, named, numbers, beyond):
    about = questions.question(question).PARTS[part]
    frame = table(" ".join(about.named_by[-len(named) :]), (named, numbers, 1))
    said = tables.beyond(frame, about)
    assert ("is possible" in said) == beyond


def test_console_and_page_say_what_lies_beyond_its_range():
    frame = table("key index", (("a", "total"), (-0.02, 0.03, -0.08, 0.04), 1))
    assert "Nothing beyond 0 to 1 is possible" in brief(OPENED, "sobol", {"": frame}).note


def test_an_answer_without_rows_has_no_table():
    assert brief(OPENED, "phases", {}) is None
    nothing = table("arm behaviour phase measure", (("kind", "a", "b", "response"), ROUGH, "1"))
    assert brief(OPENED, "phases", {"": nothing}) is None
    assert brief(OPENED, "power", {"": pd.DataFrame(columns=["size", "clinicians", "quantity", "unit"])}) is None
