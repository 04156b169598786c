"""The page on R: every block of it runs, in an R with lme4 and emmeans, on what the page's commands write."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from alliance_sim.cli.entry import main

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "r.md"
NEEDED = ("lme4", "emmeans")
SIZE = ["replicates=12", "patients.number=18", "clinicians.number=6", "keep=patients", "engine=numpy", "figures=false"]


def lacking() -> str:
    """What this machine lacks; empty if nothing."""
    if shutil.which("Rscript") is None:
        return "Rscript"
    asked = "for (one in commandArgs(TRUE)) if (!requireNamespace(one, quietly = TRUE)) cat(one, '')"
    return subprocess.run(
        ["Rscript", "--vanilla", "-e", asked, *NEEDED], capture_output=True, text=True, check=True, timeout=120
    ).stdout.strip()


@pytest.mark.slow
def test_every_block_of_the_page_on_r_runs(tmp_path, monkeypatch):
    lacks = lacking()
    if lacks and os.environ.get("CI") != "true":
        pytest.skip(f"this machine has no {lacks}")
    assert lacks == "", f"CI has no {lacks}"
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    for line in re.findall(r"^alliance-sim (.*)$", text, flags=re.MULTILINE):
        words = shlex.split(line)
        sized = [word for word in words if not word.startswith("replicates=")] + SIZE
        assert main(sized if words[0] == "run" else words) == 0
    blocks = re.findall(r"^```r\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 5
    checked = "stopifnot(is.numeric(patients$change), is.numeric(design$base), all(diff(table(patients$arm)) == 0))"
    Path("page.R").write_text("\n".join([*blocks, checked, "cat('all of it ran')"]), encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", "--vanilla", "page.R"], capture_output=True, text=True, timeout=300, check=False
    )  # stops at the first error, and where the page's own comparison does not hold
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("all of it ran")
    assert "converge" not in ran.stderr
    assert all(pair in ran.stdout for pair in ("strong - weak", "weak - typical", "strong - typical"))
