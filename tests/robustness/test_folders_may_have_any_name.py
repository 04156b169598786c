"""A folder may have any name that the machine takes; what is printed about it can be pasted into a shell."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from alliance_sim import load
from alliance_sim.compose.studies import composed
from alliance_sim.study.config import Study
from alliance_sim.study.folders import free
from tests.robustness.commands import SMALL, refusal, run

NAMES = [
    "C:/x",
    "a:b/c",
    "s3://bucket/x",
    "file:///x/y",
    "my results",
    "résultats",
    "a,b",
    "it's",
    "$HOME",
    "a;b&c|d",
    "{x}",
    "-x",
    "a=b",
    "a\\b",
    "trailing\\",
    "null",
    "1",
    "x" * 200,
    "#x",
    "deep/er/still",
    "😀",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:20])
def test_results_lie_in_the_folder_that_was_named_and_are_read_from_it(name: str, here: Path) -> None:
    ended = run("run", *SMALL, "keep=trials", f"out={name}")
    assert ended.code == 0, ended.err
    assert (here / name / "manifest.json").is_file()
    assert len(load(name).trials) == 6
    assert [place.name for place in here.iterdir()] == [Path(name).parts[0]]
    (said,) = (line for line in ended.out.splitlines() if "One page of them: " in line)
    words = shlex.split(said.partition("One page of them: ")[2])
    assert words[:2] == ["alliance-sim", "report"]
    assert Path(words[2]) == Path(name)
    assert run("verify", words[2]).code == 0


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x2FFF), min_size=1, max_size=20))
def test_a_text_comes_through_the_command_line_as_it_is(text: str) -> None:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    if quoted or "${" in text or not text.isprintable():
        return
    study = composed([f"question={text}", f"out={text}"], Study)
    assert (study.question, study.out) == (text, text)


@pytest.mark.parametrize("name", ["my results", "a;b", "it's", "$x"])
def test_a_name_to_type_instead_can_be_pasted_into_a_shell(name: str, here: Path) -> None:
    (here / name).mkdir()
    (here / name / "letter").write_text("kept")
    sentence = refusal("run", *SMALL, f"out={name}")
    advised = sentence.partition("; type ")[2].removesuffix(".")
    shown = subprocess.run(["sh", "-c", f"printf %s {advised}"], capture_output=True, text=True, check=True).stdout
    assert shown == f"out={name}-2"
    assert run("run", *SMALL, shown).code == 0


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\0b", "a\tb", "\udcff", "a\x1bb", "~/x", "\u202e"])
def test_a_name_that_cannot_be_one_is_refused(name: str, here: Path) -> None:
    refusal("run", *SMALL, f"out={name}")
    assert not list(here.iterdir())


@pytest.mark.parametrize("name", [".", "..", "./", "../here"])
def test_a_folder_that_holds_other_things_is_refused_with_one_that_works(name: str, here: Path) -> None:
    (here / "letter").write_text("kept")
    (advised,) = shlex.split(refusal("run", *SMALL, f"out={name}").partition("; type ")[2].removesuffix("."))
    assert run("run", *SMALL, advised).code == 0
    assert (here / "letter").read_text() == "kept"


def test_an_empty_folder_is_taken_by_any_of_its_names(here: Path) -> None:
    assert run("run", *SMALL, "out=.").code == 0
    assert run("verify", ".").code == 0


@pytest.mark.parametrize("name", ["/dev/null", "/dev/null/x", "/dev/full"])
def test_a_device_is_no_folder(name: str, here: Path) -> None:
    sentence = refusal("run", *SMALL, f"out={name}")
    assert "is a file" in sentence
    assert not list(here.iterdir())


def test_a_name_that_is_too_long_is_refused(here: Path) -> None:
    assert "File name too long" in refusal("run", *SMALL, f"out={'x' * 300}")
    assert not list(here.iterdir())


@pytest.mark.parametrize("words", [["run", *SMALL], ["story"], ["verify", "x"], ["parameters"], ["report", "x"]])
def test_a_working_folder_that_was_deleted_is_said_to_be(words: list[str], here: Path) -> None:
    here.rmdir()
    try:
        assert "cannot be reached" in refusal(*words)
    finally:
        os.chdir("/")


def test_what_is_named_free_can_be_made(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the folder beside the one that is taken cannot be written."""
    monkeypatch.setattr(os, "access", lambda place, _: str(place) != "/locked" and os.path.exists(place))
    for taken in ("x", "/locked/x", ".", "..", "/"):
        (word,) = shlex.split(free(Path(taken)))
        place = Path(word.removeprefix("out="))
        assert not place.exists()
        ground = next(one for one in place.absolute().parents if one.exists())
        assert str(ground) != "/locked"
