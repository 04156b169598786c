"""Whatever standard output and error are, a command does its work and says what it can."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_sim.cli import terminal
from alliance_sim.cli.entry import main
from alliance_sim.study import progress
from tests.robustness.commands import SMALL, run

PROGRAM = [sys.executable, "-m", "alliance_sim"]
COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["story", "--help"],
    ["parameters"],
    ["run", *SMALL, "ask=[distributions]", "out=x"],
    ["verify", "x"],
    ["precision", "x"],
    ["report", "x"],
    ["plot", "x"],
    ["story", "figures=false"],
    ["run", "clinicians.empathy.mean=2"],
]


@pytest.fixture
def streams() -> Iterator[None]:
    before = sys.stdout, sys.stderr
    yield
    sys.stdout, sys.stderr = before


@pytest.mark.usefixtures("streams")
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_command_prints_in_every_encoding(encoding: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alliance_sim.report.page.drawings", lambda opened: {})  # a figure prints nothing
    for words in COMMANDS:
        out, err = io.BytesIO(), io.BytesIO()
        sys.stdout, sys.stderr = (io.TextIOWrapper(room, encoding=encoding) for room in (out, err))
        terminal.prepare()
        code = main(words)
        assert not terminal.finish()
        sys.stderr.flush()
        assert code == (2 if words[0] == "plot" or "clinicians.empathy.mean=2" in words else 0), err.getvalue()
        shown = (out.getvalue() + err.getvalue()).decode(encoding)
        assert shown.strip()
        assert "?" not in shown.replace("± ?", "").replace("+/- ?", "").replace("what ? ", "").replace("differ?", ""), (
            shown
        )


def test_signs_that_a_terminal_lacks_are_written_in_those_that_it_has() -> None:
    said = "−1.20 ± 0.05 … 3 × μ_b → é ≤ 2⁶⁴ √x “x” 结"
    shown = said.encode("ascii", "alliance_sim.plain").decode() if _registered() else ""
    assert shown == '-1.20 +/- 0.05 ... 3 x mu_b -> e <= 2^64 sqrt x "x" ?'


def _registered() -> bool:
    terminal.codecs.register_error(terminal.SCHEME, terminal._plain)
    return True


@pytest.mark.parametrize("closing", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_study_is_run_and_written_though_a_stream_is_closed(closing: str, here: Path) -> None:
    line = f'"$0" -m alliance_sim run {" ".join(SMALL)} out=x {closing}'
    ended = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert run("verify", "x").code == 0  # nothing that is printed went into a file of results


@pytest.mark.parametrize("words", [["--help"], ["parameters"], ["run", *SMALL, "out=x"]])
def test_output_that_cannot_be_written_is_said_to_be_that(words: list[str], here: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "what is printed cannot be written" in line
    assert "out=" not in line


def test_a_reader_that_has_seen_enough_ends_the_command_in_silence(here: Path) -> None:
    line = '"$0" -m alliance_sim parameters | head -n 1'
    ended = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1


def test_a_reader_that_leaves_early_is_no_fault_of_the_folder(here: Path) -> None:
    """The pipe is gone before the first line is printed."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [*PROGRAM, "run", *SMALL, "out=x"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert ended.returncode == 1
    assert ended.stderr == ""


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    import time

    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.05)
    with progress.Progress(10, True) as shown:
        time.sleep(0.2)
        shown.add(4)
        time.sleep(0.2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("0 of 10 trials, ")
    assert any(line.startswith("4 of 10 trials, ") and line.endswith("s left") for line in lines)


def test_what_nobody_foresaw_is_one_sentence_and_its_traceback_lies_in_a_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alliance_sim.study import verify

    def broken(*_: object) -> None:
        raise KeyError("something")

    monkeypatch.setattr(verify, "load", broken)
    ended = run("verify", "x")
    assert ended.code == 70
    (line,) = ended.err.splitlines()
    assert "a fault of the program (KeyError: 'something')" in line
    kept = Path(line.partition("lies in ")[2].partition(": report")[0])
    assert "in broken" in kept.read_text()
    kept.unlink()


@pytest.mark.parametrize("columns", ["20", "33", "60", "79", "100", "300"])
def test_lines_fit_into_the_terminal_and_commands_stay_whole(
    columns: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    asked = ["ask=[distributions,blinding]", "out=x"]
    for words in (["--help"], ["run", *SMALL, *asked], ["precision", "x"], ["story", "figures=false"]):
        for line in run(*words).out.splitlines():
            one_word = len(line.split()) < 2
            assert len(line) <= (int(columns) if int(columns) < 100 else 120) or "alliance-sim " in line or one_word, (
                line
            )
    said = run("run", *SMALL, "out=x").out
    assert "Answer:" in said
    assert "alliance-sim report x" in said.splitlines()[-1]


def test_an_interrupt_that_a_library_turns_into_another_error_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from alliance_sim.cli import entry

    def tidying(words: list[str]) -> int:
        try:
            raise KeyboardInterrupt
        finally:
            None.missing  # type: ignore[attr-defined]  # noqa: B018

    monkeypatch.setattr(entry, "_answer", tidying)
    ended = run("run")
    assert (ended.code, ended.err) == (130, "Interrupted.\n")
