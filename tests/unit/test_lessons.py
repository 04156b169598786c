"""The lessons: read strictly, every number computed, every claim borne out."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from alliance_sim import simulate
from alliance_sim.errors import ScenarioError
from alliance_sim.web import lessons

FIRST = sorted(lessons.FOLDER.glob("*.yaml"))[0]
WORDS = Path(lessons.__file__).with_name("words.yaml")


def changed(tmp_path, change):
    """The first lesson's file with something changed."""
    written = yaml.safe_load(FIRST.read_text(encoding="utf-8"))
    change(written)
    place = tmp_path / "01_changed.yaml"
    place.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def data():
    return lessons.data()


def test_there_are_ten_lessons_with_every_part(data):
    assert len(data) == 10
    for one in data:
        assert all(one[part] for part in ("title", "aims", "question", "reveal", "why", "tries", "questions"))
        assert one["teacher"]["beliefs"]
        assert one["teacher"]["assumed"]
        assert 20 <= one["minutes"] <= 50


def test_every_number_that_a_lesson_computes_is_used(data):
    for lesson in lessons.lessons():
        used = {name for text in lesson.texts() for name in lessons.PLACE.findall(text)}
        used |= {*lesson.guess.asked, *(lesson.guess.beside.answers if lesson.guess.beside else ())}
        used |= {side for number in lesson.numbers.values() for side in number.minus or ()}
        assert {*lesson.numbers} - used == set(), lesson.title


def test_every_world_that_a_lesson_names_is_used():
    for lesson in lessons.lessons():
        used = {one for number in lesson.numbers.values() for one in (number.of, number.less)}
        used |= {side for one in (lesson.start, *lesson.tries) for side in (one.a, one.b)}
        assert {*lesson.worlds} - used == set(), lesson.title


def test_the_guess_holds_the_answer(data):
    for one in data:
        guess = lessons.lessons()[data.index(one)].guess
        answers = [one["numbers"][name]["value"] for name in guess.asked]
        assert all(guess.low < value < guess.high for value in answers), one["title"]


def test_every_number_has_an_error_but_those_of_single_trials_and_counts(data):
    for lesson, one in zip(lessons.lessons(), data, strict=True):
        for name, number in one["numbers"].items():
            written = lesson.numbers[name]
            exempt = written.over_trials is not None or written.parameters is not None
            assert (number["error"] is None) == exempt, (one["title"], name)


def test_a_difference_within_two_errors_says_so_wherever_it_stands(data):
    for lesson, one in zip(lessons.lessons(), data, strict=True):
        unclear = {name for name, number in lesson.numbers.items() if number.direction is lessons.Claim.unclear}
        assert {name for name, number in one["numbers"].items() if number["chance"]} >= unclear, lesson.title
        for name, number in one["numbers"].items():
            differs = lesson.numbers[name].direction is not None
            assert number["chance"] == (differs and abs(number["value"]) <= 2 * number["error"]), name


def test_data_is_plain_json(data):
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_a_claim_that_the_numbers_do_not_bear_out_is_refused(tmp_path):
    lesson = lessons.read(changed(tmp_path, lambda written: written["numbers"]["caused"].update({"is": "below"})))
    with pytest.raises(ScenarioError, match=r"caused is below, but it is 5\.6 ± 0\.128"):
        lessons.found(lesson)


def test_a_difference_within_two_errors_must_be_called_unclear(tmp_path):
    lesson = lessons.read(changed(tmp_path, lambda written: written["numbers"]["gap_early"].update({"is": "above"})))
    with pytest.raises(ScenarioError, match="gap_early is above"):
        lessons.found(lesson)


@pytest.mark.parametrize(
    ("value", "error", "claim"),
    [(1.0, 0.4, "above"), (1.0, 0.5, "unclear"), (-1.0, 0.4, "below"), (0.0, 0.0, "unclear"), (-1.0, 0.6, "unclear")],
)
def test_clear_is_more_than_two_errors(value, error, claim):
    held = [one.value for one in lessons.Claim if lessons.holds(one, lessons.Found(value, error))]
    assert held == sorted([claim, "any"], key=[one.value for one in lessons.Claim].index)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda written: written.update(reveal="It is 5.6 points."), "a number written by hand"),
        (lambda written: written.update(reveal="It is {{nothing}}."), "there is no number nothing"),
        (lambda written: written.update(mood="good"), "mood"),
        (lambda written: written.pop("aims"), "aims"),
        (
            lambda written: written["numbers"]["dosing_part"].update(minus=["nobody", "caused"]),
            "no number nobody above",
        ),
        (lambda written: written["numbers"]["caused"].pop("is"), "says in which direction"),
        (lambda written: written["numbers"]["improved_a"].update({"is": "above"}), "says in which direction"),
        (lambda written: written["numbers"]["caused"].update({"of": "nobody"}), "there is no world nobody"),
        (lambda written: written["start"].update({"a": "nobody"}), "there is no world nobody"),
        (lambda written: written["guess"].update({"step": 0.001}), "does not fit into a code"),
        (lambda written: written["guess"]["bars"][0].update({"answer": "nothing"}), "there is no number nothing"),
        (lambda written: written["worlds"]["distant"]["clinic"].update({"charm": 1}), "charm"),
        (lambda written: written["worlds"]["distant"].update({"also": {"protocol.feedback": 1}}), "cannot show"),
    ],
)
def test_a_lesson_that_does_not_fit_is_refused_in_a_sentence(tmp_path, change, said):
    with pytest.raises(ScenarioError, match=said):
        lessons.read(changed(tmp_path, change))


def test_an_unknown_measure_is_refused(tmp_path):
    lesson = lessons.read(changed(tmp_path, lambda written: written["numbers"]["caused"].update(measure="charm")))
    with pytest.raises(ScenarioError, match="there is no measure charm"):
        lessons.found(lesson)


def test_worlds_that_differ_in_what_the_page_shares_cannot_stand_side_by_side(tmp_path):
    lesson = lessons.read(changed(tmp_path, lambda written: written["start"].update(b="distant_no_drug")))
    with pytest.raises(ScenarioError, match="differ in dose"):
        lessons._data(lesson)


def test_terms_stand_in_the_glossary():
    known = {*yaml.safe_load(WORDS.read_text(encoding="utf-8"))}
    named = {term for lesson in lessons.lessons() for text in lesson.texts() for term, _ in lessons.TERM.findall(text)}
    assert {term for term in named if term.lower() not in known and term not in known} == set()


def test_numbers_are_those_of_the_study(data):
    own = lessons.lessons()[0].worlds
    arms = {name: lessons.scenario(own[name]) for name in ("attentive", "distant")}
    rows = simulate(arms, lessons.TRIALS, int(own["distant"].seed), "trials").set_index(["arm", "replicate"])["change"]
    differences = (rows["distant"] - rows["attentive"]).to_numpy(dtype=np.float64)
    assert data[0]["numbers"]["caused"]["value"] == pytest.approx(differences.mean(), abs=1e-5)
    error = differences.std(ddof=1) / math.sqrt(lessons.TRIALS)
    assert data[0]["numbers"]["caused"]["error"] == pytest.approx(error, abs=1e-5)
