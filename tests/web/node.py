"""Running JavaScript in node."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

HERE = Path(__file__).parent
LONGEST = 120  # seconds


def lacking(what: str) -> NoReturn:
    """Where something is missing that CI installs, CI fails; elsewhere the test is left out."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, as .ci/run does.")
    pytest.skip(f"{what}, as .ci/run does.")


def node(script: Path | str, *arguments: Any) -> str:
    """What a script prints; a file, or the text of one. The test fails where the script does."""
    found = shutil.which("node")
    if found is None:
        lacking("Node.js is not installed, and what runs in a browser is tested in it; install nodejs and npm")
    words = [str(script)] if isinstance(script, Path) else ["-e", script]
    done = subprocess.run(
        [found, *words, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
