"""Commands run in this process, in an empty folder, as a person would type them."""

import contextlib
import io
from typing import NamedTuple

from alliance_sim.cli.entry import main

# A study that is over in a moment.
SMALL = ("patients.number=4", "clinicians.number=3", "replicates=2", "engine=numpy", "figures=false")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def run(*words: str) -> Ended:
    """Run a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return Ended(code, out.getvalue(), err.getvalue())


def refusal(*words: str) -> str:
    """Run a command that must be refused, in one sentence on standard error and with exit code 2; returns it."""
    ended = run(*words)
    assert ended.code == 2, (words, ended)
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    assert line.startswith("alliance-sim: ")
    assert line.endswith((".", "?", "]", "FOLDER")), line
    assert "Traceback" not in line
    assert "Error" not in line
    assert len(line) < 700
    return line
