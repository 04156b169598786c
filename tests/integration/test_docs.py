"""What the documentation says can be done: every command and every Python block of it runs, as written but small.

A page is followed from top to bottom: a block whose name the text gives just before it is written to that file,
commands and Python run in one folder and see what came before. Recipes, pages with changes to the code, have a test
of their own.
"""

import linecache
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from alliance_sim.cli.entry import main
from alliance_sim.study import engines
from experiments import finding
from experiments.studies import STUDIES

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CASES = sorted((ROOT / "experiments").glob("*/README.md"))
WRITTEN = [path for path in sorted((ROOT / "docs").rglob("*.md")) if not {"_build", "api", "studies"} & set(path.parts)]
PAGES = [README, *CASES, *WRITTEN]
BLOCK = re.compile(r"^```(sh|python|yaml|text|diff)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
NAME = re.compile(r"`([\w./-]+\.(?:yaml|csv|py))`:\s*\Z")
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
FIRST = "outputs/alliance"
LONG = ("app", "calibrate")  # commands that end by hand, or take long
PLAN = {"power.clinicians": "power.clinicians=[4, 6]", "power.caseload": "power.caseload=[3, 4]"}  # made quick
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
BINARY = {".png", ".parquet", ".npz", ".xz"}


def steps(page: Path) -> list[tuple[str, str, str]]:
    """Blocks of a page in their order: language, text, and the file it is written to (empty if none is named)."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in BLOCK.finditer(text):
        named = NAME.search(text[: block.start()])
        found.append((block[1], block[2], named[1] if named else ""))
    return found


def commands(text: str) -> list[list[str]]:
    """Words after `alliance-sim` of every line of a shell block that calls it; a backslash joins lines."""
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("alliance-sim ")]


def small(words: list[str]) -> list[str]:
    """The same command, made quick: few replicates and patients, no figures."""
    if words[0] in LONG:
        return [words[0], "--help"]
    if words[0] == "validate":
        return [*words, "batches=2", "figures=false"]
    if words[0] == "story":
        return [*words, "figures=false"]
    if words[0] == "fit":
        return [*words, "fit.draws=2048", "figures=false"]
    if words[0] == "compare":
        return [*words, "replicates=40", "engine=lanes", "figures=false"]
    if words[0] != "run" or "--cfg" in words:
        return words
    name = next((word.partition("=")[2] for word in words if word.startswith("experiment=")), "")
    own = STUDIES[name].small if name in STUDIES else ()  # a page may write an experiment of its own
    own = [*own, *(PLAN[key] for word in words if (key := word.partition("=")[0]) in PLAN)]
    named = {word.partition("=")[0] for word in [*SMALL, *own]}
    return [word for word in words if word.partition("=")[0] not in named] + [*SMALL, *own]


def followed(page: Path) -> bool:
    """True for a page that says what to type, and is no recipe."""
    held = steps(page)
    types = any(kind == "python" or (kind == "sh" and commands(text)) for kind, text, _ in held)
    return types and "diff" not in {kind for kind, _, _ in held}


@pytest.mark.slow
@pytest.mark.parametrize("page", list(filter(followed, PAGES)), ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_everything_that_a_page_says_works_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(engines, "FEW", 0)  # lanes, which other tests have compiled, are quick however small the work
    monkeypatch.setattr(engines, "MANY", 0)
    shutil.copytree(ROOT / "examples" / "data", tmp_path / "examples" / "data")
    names: dict[str, object] = {}
    for kind, text, file in steps(page):
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for words in commands(text):
                assert main(small(words)) == 0, words
        elif kind == "python":
            if (
                FIRST in text and not Path(FIRST).exists()
            ):  # of the README's first command, which a page need not repeat
                assert main(["run", *SMALL]) == 0
            cell = f"<{page.name} {len(linecache.cache)}>"  # a policy of one's own is known by its text
            linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
            exec(compile(text, cell, "exec"), names)


def test_the_readme_names_every_choice_there_is():
    text = README.read_text(encoding="utf-8")
    for kind in ("protocol", "patients"):
        for path in (ROOT / "conf" / kind).glob("*.yaml"):
            assert f"`{path.stem}`" in text


@pytest.mark.parametrize("page", CASES, ids=lambda page: page.parent.name)
def test_a_case_study_has_its_sections_in_order(page):
    assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE) == SECTIONS


def test_every_experiment_has_its_configuration_its_page_and_its_finding():
    configured = {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
    assert configured == {page.parent.name for page in CASES} == set(STUDIES)


@pytest.mark.parametrize("page", CASES, ids=lambda page: page.parent.name)
def test_a_finding_stands_in_its_block_with_errors_and_its_figures_are_shown(page):
    name = page.parent.name
    assert " ± " in finding.text(name)
    shown = set(re.findall(r"\]\((\w+)\.png\)", page.read_text(encoding="utf-8")))
    assert shown == set(STUDIES[name].figures) == {path.stem for path in page.parent.glob("*.png")}


@pytest.mark.parametrize("page", CASES, ids=lambda page: page.parent.name)
def test_a_page_says_how_to_run_its_experiment(page):
    name = page.parent.name
    typed = commands(page.read_text(encoding="utf-8"))
    assert any(words[0] == "run" and f"experiment={name}" in words for words in typed) or name == "alliance"
    assert ["report", f"outputs/{name}"] in typed


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
