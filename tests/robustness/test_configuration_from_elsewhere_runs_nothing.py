"""Only our own keys are composed: nothing that a word or a file from elsewhere says is imported or executed."""

import os
import sys
from pathlib import Path

import pytest
import yaml

from alliance_sim import AllianceError, Scenario, Study
from tests.robustness.commands import SMALL, refusal, run
from tests.robustness.own_files import ARM, HEADER, refused, written

FOREIGN_WORDS = [
    "+hydra.callbacks.x._target_=trap.Trap",
    "++hydra.callbacks.x={_target_: trap.Trap}",
    "hydra.searchpath=[pkg://trap]",
    "+hydra/launcher=trap",
    "hydra/job_logging=default",
    "hydra.sweeper.params.x=1",
    "hydra.run.dir=elsewhere",
    "hydra=null",
    "+trap=1",
    "+experiment@hydra.callbacks=alliance",
    "experiment@x=alliance",
    "@x=1",
    "/protocol=mapp",
    "protocol/x=mapp",
    "protocol=../../trap",
    "experiment=../experiment/alliance",
    "_target_=trap.Trap",
    "+protocol._target_=trap.Trap",
    "question=${oc.env:HOME}",
    "out=${oc.env:HOME}",
    "question=${oc.decode:1}",
    "question=${hydra:runtime.cwd}",
    "question=${oc.create:{x: 1}}",
    "seed=${oc.env:SEED,3}",
    "arms.a={clinicians.empathy.mean: '${oc.env:SEED}'}",
    "question=${${x}:y}",
    "~hydra",
    "~protocol",
    "=1",
    "",
    "-",
    "--",
    "--config-path=x",
    "--config-name=x",
    "--info",
    "--run",
    "--experimental-rerun=x",
    "--shell-completion",
    "--hydra-help",
    "--resolve",
    "--package=protocol",
    "--cfg=hydra",
]
FOREIGN_FILES = {
    "callbacks": ("experiment", HEADER + "hydra:\n  callbacks:\n    x: {_target_: trap.Trap}\n"),
    "a search path": ("experiment", HEADER + "hydra: {searchpath: ['pkg://trap']}\n"),
    "a launcher": ("experiment", HEADER + "defaults:\n  - override /hydra/launcher: trap\n"),
    "another package": ("experiment", "# @package hydra.callbacks\nx: {_target_: trap.Trap}\n"),
    "a package in defaults": ("experiment", HEADER + "defaults:\n  - /protocol@hydra.callbacks: mapp\n"),
    "a path in defaults": ("experiment", HEADER + "defaults:\n  - ../../trap\n"),
    "an optional in defaults": ("experiment", HEADER + "defaults:\n  - optional /trap: x\n"),
    "a package of a protocol": ("protocol", "# @package hydra\nname: x\n"),
    "an object": ("experiment", HEADER + "question: !!python/object/apply:trap.Trap []\n"),
    "a name": ("experiment", HEADER + "question: !!python/name:trap.Trap\n"),
    "a target": ("experiment", HEADER + "_target_: trap.Trap\n"),
    "a target inside": ("protocol", "preparation: {_target_: trap.Trap}\n"),
    "the environment": ("experiment", HEADER + "question: ${oc.env:HOME}\n" + ARM),
    "the environment in an arm": ("experiment", HEADER + "base_arm: a\narms:\n  a: {x: '${oc.env:HOME}'}\n"),
    "the environment in a list": ("protocol", "doses: ['${oc.env:HOME}']\n"),
    "a bomb": (
        "experiment",
        HEADER + "question: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{two}: &{two} [{','.join([f'*{one}'] * 10)}]\n" for one, two in ("ab", "bc", "cd", "de", "ef")),
    ),
    "a loop": ("experiment", HEADER + "arms: &a {x: *a}\n"),
    "a deep nest": ("experiment", HEADER + "question: " + "[" * 500 + "]" * 500),
    "a merge": ("experiment", HEADER + "<<: {seed: 3}\n"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def trap(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that leaves a trace where anything imports it."""
    place = here.parent / "trap"
    place.mkdir()
    (place / "trap.py").write_text("import pathlib\npathlib.Path('sprung').touch()\nclass Trap: ...\n")
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, "trap", raising=False)
    monkeypatch.setenv("SEED", "7")


@pytest.mark.parametrize("word", FOREIGN_WORDS)
def test_a_word_that_is_none_of_ours_is_refused(word: str, here: Path) -> None:
    sentence = refusal("run", *SMALL, word)
    assert not list(here.iterdir())
    assert "trap" not in sys.modules
    assert os.environ["HOME"] not in sentence or os.environ["HOME"] == "/"


@pytest.mark.parametrize("case", FOREIGN_FILES)
def test_a_file_that_says_more_than_our_keys_is_refused(case: str, here: Path) -> None:
    refused(here, *FOREIGN_FILES[case])
    assert "trap" not in sys.modules


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (f"seed={'9' * 400}", "300 digits or more"),
        (f"patients.number={'9' * 5000}", "300 digits or more"),
        ("seed=1e400", "type one in [0, 18446744073709551615]"),
        ("seed=1e300", "type one in [0, 18446744073709551615]"),
        ("clinicians.empathy.mean=1e-400000", ""),
        ("clinicians.empathy.mean=inf", "outside [0, 1]"),
        ("clinicians.empathy.mean=nan", "outside [0, 1]"),
        ("patients.severity_spread=1e-300", "outside [0.01, 0.5]"),
        ("protocol.doses=[1e300]", "outside [0, 10000] mg"),
        ("protocol.doses=[nan]", "outside [0, 10000] mg"),
        ("protocol.dosing.days=[99999999999]", "outside [0, 36500] days"),
        ("protocol.assessments.days=[2147483648]", "outside [0, 36500] days"),
        ("protocol.assessments.primary_day=2147483648", "is not an assessment day"),
        ("replicates=2147483648", "outside [1, 1000000] trials"),
        ("power.sizes=[99999999999999999999]", "outside [2, 100000] patients"),
        ("executor.workers=99999999999", "outside [0, 4096] workers"),
        ("arms.a={patients.number: 99999999999}", "outside [1, 100000]"),
        (f"arms.a={{clinicians.empathy.mean: {'9' * 299}}}", "outside [0, 1]"),
    ],
)
def test_a_number_that_no_machine_holds_is_refused_with_its_range(word: str, said: str, here: Path) -> None:
    ended = run("run", *SMALL, "keep=trials", word)
    assert ended.code == (2 if said else 0), ended
    assert said in ended.err
    assert bool(list(here.iterdir())) is not bool(said)


def test_python_objects_take_names_of_our_files_alone(here: Path) -> None:
    (here / "mine.yaml").write_text("name: Mine\n")
    name = os.path.relpath(here / "mine", Path(__file__).parents[2] / "conf" / "protocol")
    for owner in (Study, Scenario):
        with pytest.raises(AllianceError, match="there is no protocol"):
            owner(protocol=name)  # type: ignore[arg-type]


def test_what_stays_stays(here: Path) -> None:
    """Several runs, the composed study as YAML, and files of one's own."""
    written(here, "protocol", "defaults: [comp001]\nname: Mine\n")
    shown = run("run", "--config-dir", "my", "-m", "protocol=mine,mapp", "--cfg", "job", "--resolve")
    assert shown.code == 0
    assert shown.out.count("name: Mine") == 1
    assert shown.out.count("name: MAPP") == 1
    assert run("run", "-m", "protocol=glob(m*)", "--cfg", "job").out.count("name: MAPP") == 1
    part = run("run", "--cfg=job", "--package", "protocol.dosing")
    assert yaml.safe_load(part.out)["sessions"] == 1
    assert run("run", "design=arms", "arms.x={}", *SMALL, "out=y").code == 0
    assert run("run", "-m", "seed=1,2", *SMALL, "keep=trials", "out=x").code == 0
    assert {place.name for place in here.iterdir()} == {"my", "x-0", "x-1", "y"}
