"""What a study is called on its page: its question, or one made of what it compares."""

import pytest

from alliance_sim.analysis.opened import Opened
from alliance_sim.compose.studies import composed
from alliance_sim.report import wording
from alliance_sim.report.templates import Head
from alliance_sim.study.config import Study


def opened(*words: str) -> Opened:
    """A study without results."""
    return Opened(composed(list(words), Study), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["question='Does it   help?'"], "Does it help?"),
        (["experiment=phases"], "Which behaviour matters when: before"),
        (["arms={one: {}, two: {}}", "base_arm=one"], "How one and two differ"),
        (["question=''", "arms={weak: {}}", "base_arm=weak"], "What comes of arm weak"),
        (["question=''", "ask=[mediation]"], "How weak, typical and strong differ"),
        (["question=''", "ask=[power]"], "How many"),
        (["question=''", "++arms.a={}", "++arms.b={}"], "How 5 arms differ"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_a_title_is_the_question_or_says_what_is_compared(words, title):
    assert wording.title(opened(*words)).startswith(title)


def test_the_question_of_an_experiment_is_not_asked_of_another_design():
    """Its control: with more replicates it is still the experiment's."""
    grid = ["design=grid", "++design.levels={clinicians.empathy.mean: [0.4, 0.8]}"]
    assert wording.question(composed(["experiment=alliance", *grid], Study)) == ""
    assert wording.question(composed(["experiment=alliance", "replicates=7"], Study)).endswith("differ?")
    assert wording.question(composed(["experiment=alliance", *grid, "question='And now?'"], Study)) == "And now?"


def test_the_question_of_a_planned_trial_is_made_from_the_plan_where_it_changed():
    """Its control: with other sizes and replicates it is the experiment's own."""
    written = wording.question(composed(["experiment=power"], Study))
    assert wording.question(composed(["experiment=power", "power.sizes=[24]", "replicates=7"], Study)) == written
    for words in (["power.behaviours=[empathy]"], ["power.endpoint=dropout"], ["power.margin=2"], ["power.training=2"]):
        made = wording.question(composed(["experiment=power", *words], Study))
        assert made != written
        assert made.startswith("How many patients does a trial need")
    beside = composed(["ask=[power]", "power.sizes=[24]", "power.clinicians=[4]"], Study)
    assert wording.question(beside).startswith("How many patients")
    assert (
        wording.question(composed(["experiment=power", "power.margin=2", "question='And now?'"], Study)) == "And now?"
    )


def test_a_long_question_is_cut_in_the_tab_alone():
    head = Head("word " * 60, "", "", [])
    assert len(head.short_title) <= 110
    assert head.short_title.endswith("…")
