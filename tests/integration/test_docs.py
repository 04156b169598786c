"""What the documentation says can be done: every command and every Python block of it runs, as written but small."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from alliance_sim.cli import main

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CASES = sorted((ROOT / "experiments").glob("*/README.md"))
PAGES = [README, *CASES, *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
SECTIONS = [
    "Question",
    "What it is",
    "How it works",
    "How to run",
    "Things to notice",
    "Things to try",
    "Finding",
    "How far to trust it",
]
LARGEST = 300_000  # bytes of a picture
SMALL = ["replicates=2", "patients.number=12", "figures=false"]
# Written in pieces, so that this file does not hold what it looks for.
HOSTS = [
    "pypi" + r"\.org",
    "python" + "hosted",
    "artifact" + "ory",
    "index" + "-url",
    "conda" + r"\.(io|org)",
    "npm" + "js",
]
PLACES = ["/" + "(home|root|Users|tmp|work|var|mnt)" + r"/[\w.-]", r"[A-Z]:\\" + "Users"]
BINARY = {".png", ".parquet", ".npz"}


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[list[str]]:
    """Words after `alliance-sim` of every line of the shell blocks that calls it."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("alliance-sim ")]


def small(words: list[str]) -> list[str]:
    """The same command, made quick: few replicates and patients, no figures; a calibration (minutes) is only asked for help."""
    if words[0] == "calibrate":
        return [words[0], "--help"]
    if words[0] == "validate":
        return [*words, "blocks=2", "figures=false"]
    if words[0] != "run" or "--cfg" in words:
        return words
    return [word for word in words if not word.startswith("replicates=")] + SMALL


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_command_of_a_page_works_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert commands(page)
    for words in commands(page):
        assert main(small(words)) == 0, words


@pytest.mark.slow
def test_every_python_block_of_the_readme_works_after_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert main(["run", *SMALL]) == 0
    names: dict[str, object] = {}
    for block in blocks(README, "python"):
        exec(compile(block, str(README), "exec"), names)
    assert {"patients", "trial"} <= names.keys()


def test_the_readme_names_every_choice_there_is():
    text = README.read_text(encoding="utf-8")
    for kind in ("protocol", "patients"):
        for path in (ROOT / "conf" / kind).glob("*.yaml"):
            assert f"`{path.stem}`" in text


@pytest.mark.parametrize("page", CASES, ids=lambda page: page.parent.name)
def test_a_case_study_has_its_sections_in_order(page):
    assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE) == SECTIONS


def test_every_case_study_has_its_configuration():
    assert CASES
    for page in CASES:
        assert (ROOT / "conf" / "experiment" / f"{page.parent.name}.yaml").is_file()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_what_a_page_links_to_exists_and_pictures_are_small(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    for link in (link for link in links if "://" not in link):
        assert (page.parent / link).exists(), link
        if link.endswith(".png"):
            assert (page.parent / link).stat().st_size < LARGEST


def test_no_file_names_a_package_host_or_a_place_on_one_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    wanted = re.compile("|".join([*HOSTS, *PLACES]))
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in BINARY or not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [f"{name}:{place}: {line}" for place, line in enumerate(lines, 1) if wanted.search(line)]
    assert not found, "\n".join(found)
