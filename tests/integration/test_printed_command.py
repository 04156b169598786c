"""The command that a page prints, when typed, makes the same study; or the page says that no command can."""

import random
import shlex

import pytest

from alliance_sim import Study
from alliance_sim.cli.entry import main
from alliance_sim.compose.studies import composed
from alliance_sim.model.registry import plain
from alliance_sim.report.command import UNSAID, command
from alliance_sim.study.designs import Design, Kind

EMPATHY, DOSES = "clinicians.empathy.mean", "protocol.doses"
ARMS = [
    ({"base": {}}, "base"),
    ({"usual": {}, "kind": {EMPATHY: 0.8}}, "usual"),
    ({"strong": {}, "weak": {}}, "weak"),  # names that another experiment has
    (
        {
            "b": {"protocol": "mapp"},
            "a b.c, d": {"protocol": "comp001", DOSES: [1.0]},
            "x:y": {"clinicians": "weak_bond"},
        },
        "b",
    ),
    (
        {"odd": {"protocol.preparation.days": None, "protocol.feedback": True}, "none_": {"protocol.drug": "none"}},
        "odd",
    ),
]
DESIGNS = [
    Design(),
    Design(kind=Kind.grid, over=[EMPATHY], ranges={EMPATHY: [0.1, 0.9]}, steps=3),
    Design(kind=Kind.grid, levels={"protocol": ["comp001", "mapp"], "protocol.drug": ["none"], EMPATHY: [1e-05, 0.5]}),
    Design(kind=Kind.one_at_a_time, levels={"patients.number": [20, 30], "policy": ["usual", "manual"]}),
    Design(kind=Kind.latin_hypercube, over=[EMPATHY], points=8),
]
GROUPS = [{}, {"protocol": "mapp", "patients": "ptsd"}, {"protocol": "psilodep2", "clinicians": "strong_bond"}]
TEXTS = ["", "why, = {not}? ${x}", "yes", "1e3", 'it\'s "so"', "\\", "漢字: [a"]


def drawn(seed: int) -> Study:
    """A study made in Python, such as anybody may make."""
    rng = random.Random(seed)
    arms, base = rng.choice(ARMS)
    own = {"experiment": rng.choice(["mine", "alliance", "phases", "preparation"]), "question": rng.choice(TEXTS)}
    own |= {"replicates": rng.choice([1, 200]), "seed": rng.choice([0, 2**64 - 1]), "out": rng.choice(["", "my out"])}
    study = Study(arms=arms, base_arm=base, design=rng.choice(DESIGNS), **rng.choice(GROUPS), **own)
    study.patients.number, study.clinicians.loading = rng.choice([6, 60]), rng.choice([0.0, 1e-300, 0.1 + 0.2])
    return study


def same(one: Study, two: Study) -> bool:
    """True if both run the same trials and ask the same."""
    left, right = ({key: value for key, value in plain(study).items() if key not in UNSAID} for study in (one, two))
    for held, study in ((left, one), (right, two)):
        arms = held.pop("arms")
        held["arms"] = list(arms.items()) if study.design.of_arms else arms[study.base_arm]
    return bool(left == right)


def check(study: Study) -> None:
    line, exact = command(study)
    assert exact, study
    words = shlex.split(line)
    assert words[:2] == ["alliance-sim", "run"]
    assert same(composed(words[2:], Study), study), line


@pytest.mark.parametrize("seed", [*range(5), 11])  # 11: a design that its experiment does not go with
def test_the_printed_command_makes_the_same_study(seed):
    check(drawn(seed))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(5, 65))
def test_the_printed_command_makes_the_same_study_of_many(seed):
    check(drawn(seed))


def test_the_printed_command_of_a_grid_with_an_arm_of_ones_own_runs(capsys):
    """As an experiment file with design=grid and `arms: {base: {}}` prints it."""
    line, exact = command(Study(experiment="mine", design=DESIGNS[1], out="outputs/mine"))
    assert exact
    assert main([*shlex.split(line)[1:], "dry_run=true", "engine=numpy"]) == 0
    assert "design grid, 3 points" in capsys.readouterr().out


def test_an_arm_that_a_design_leaves_out_is_refused_and_the_base_arm_is_not(capsys):
    words = ["run", "design=grid", f"design.over=[{EMPATHY}]", "dry_run=true", "engine=numpy"]
    assert main([*words, f"arms.kind={{{EMPATHY}: 0.8}}"]) == 2
    assert "arm kind is not run by design=grid, which varies the base arm, typical" in capsys.readouterr().err
    assert main([*words, "arms={own: {}}", "base_arm=own"]) == 0


def test_a_name_that_no_command_can_say_has_none():
    assert command(Study(arms={"usual": {}, "a.q'": {}}, base_arm="usual")) == ("", False)
