"""The documentation site: no warning, links that lead somewhere, recipes that work, nothing from elsewhere."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import alliance_sim
from alliance_sim.cli.texts import COMMANDS
from alliance_sim.model.registry import parameters
from alliance_sim.study.config import Study
from alliance_sim.world.places import GROUPS, names
from docs import quotes as reference

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RECIPES = [page for page in sorted(DOCS.rglob("*.md")) if "```diff\n" in page.read_text(encoding="utf-8")]
DIFF = re.compile(r"^```diff\n--- (\S+)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
TEST = re.compile(r"`(tests/unit/\w+\.py)`:\n\n```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```sh\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
LEAST_FORMULAS = 100  # of the ODD, in symbols and equations
LOADS = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}


class Links(HTMLParser):
    """Collects what a page links to, what it loads by itself, and where its anchors are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.anchors.add(held.get("id") or "")
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])
        if tag in LOADS and held.get(LOADS[tag]):
            self.loads.append(held[LOADS[tag]])


class Text(HTMLParser):
    """Collects the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self.feed(text)

    def handle_data(self, data):
        self.words |= set(data.split())


def applied(text: str, hunk: str) -> str:
    """Text of a file after one change of a recipe."""
    lines = [line or " " for line in hunk.splitlines()]
    before = "\n".join(line[1:] for line in lines if line[0] != "+")
    after = "\n".join(line[1:] for line in lines if line[0] != "-")
    assert f"\n{text}".count(f"\n{before}") == 1, f"this stands not once in the file:\n{before}"
    return f"\n{text}".replace(f"\n{before}", f"\n{after}")[1:]


def carry_out(page: Path, root: Path) -> list[str]:
    """Make every change of a recipe below `root`; return the files changed."""
    changes = DIFF.findall(page.read_text(encoding="utf-8"))
    for name, body in changes:
        path = root / name
        text = path.read_text(encoding="utf-8")
        for hunk in body.split("@@\n"):
            text = applied(text, hunk.rstrip("\n"))
        path.write_text(text, encoding="utf-8")
    return [name for name, _ in changes]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site and what Sphinx complained about."""
    pytest.importorskip("sphinx", reason="the docs extra is not installed")
    folder = tmp_path_factory.mktemp("site")
    words = ["-W", "--keep-going", "-q", "-E", "-d", str(folder / "trees"), str(DOCS), str(folder / "html")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, check=False, env=environment(ROOT)
    )
    return folder / "html", done.returncode, done.stderr


def environment(first: Path) -> dict[str, str]:
    """This process's environment, with a folder before others where Python looks for modules."""
    return os.environ | {"PYTHONPATH": str(first), "MPLBACKEND": "agg"}


@pytest.mark.slow
def test_the_site_builds_without_a_warning(site):
    _, code, said = site
    assert (code, said) == (0, "")


@pytest.mark.slow
def test_every_internal_link_leads_to_a_page_and_an_anchor(site):
    folder, _, _ = site
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    assert len(pages) > len(RECIPES)
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[target].anchors if target in pages else set()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{path.name}: {link}")
    assert broken == []


@pytest.mark.slow
def test_no_page_loads_anything_from_another_machine(site):
    folder, _, _ = site
    for path in folder.rglob("*.html"):
        loads = Links(path.read_text(encoding="utf-8")).loads
        assert [link for link in loads if urlsplit(link).netloc] == [], path.name
    for path in folder.rglob("*.css"):
        text = re.sub(r"url\(\"?data:[^)]*\)", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", text), path.name


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser_itself(site):
    folder, _, _ = site
    odd = (folder / "odd.html").read_text(encoding="utf-8")
    left_as_written = re.sub(r"<(script|style).*?</\1>", "", odd, flags=re.DOTALL).count("$")
    assert (odd.count("<math ") > LEAST_FORMULAS, left_as_written, odd.count("MathJax")) == (True, 0, 0)


@pytest.mark.slow
def test_every_room_and_command_has_its_place_in_the_reference(site):
    folder, _, _ = site
    for room, modules in reference.modules().items():
        text = (folder / "reference" / "api" / f"{room}.html").read_text(encoding="utf-8")
        assert all(f'id="module-{name}"' in text for name in modules), room
    said = (folder / "reference" / "command-line.html").read_text(encoding="utf-8")
    assert all(f"alliance-sim {command}" in said for command in COMMANDS)


@pytest.mark.slow
def test_every_parameter_and_every_configuration_file_has_its_place_in_the_reference(site):
    folder, _, _ = site
    said = Text((folder / "reference" / "parameters.html").read_text(encoding="utf-8")).words
    drugs = ("parameters.psilocybin.", "parameters.mdma.")
    rows = [row for row in parameters(Study()) if not row.key.startswith(("parameters.instruments.", *drugs))]
    assert [row.key for row in rows if row.key not in said] == []
    said = Text((folder / "reference" / "configuration.html").read_text(encoding="utf-8")).words
    assert {f"{group}={name}" for group in GROUPS for name in names(group)} <= said


@pytest.mark.slow
@pytest.mark.parametrize("page", RECIPES, ids=lambda page: page.stem)
def test_a_recipe_changes_a_copy_of_the_code_and_its_own_tests_pass(page, tmp_path):
    for name in ("alliance_sim", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    changed = carry_out(page, tmp_path)
    tests = TEST.findall(page.read_text(encoding="utf-8"))
    assert changed
    assert tests
    for name, text in tests:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    words = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path), "-c", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *(name for name, _ in tests)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.full
@pytest.mark.parametrize("page", RECIPES, ids=lambda page: page.stem)
def test_after_a_recipe_engines_agree_and_the_baseline_stands(page, tmp_path):
    for name in ("alliance_sim", "conf", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    carry_out(page, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract", "tests/regression"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env=environment(tmp_path) | {"ALLIANCE_SIM_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.full
def test_after_a_sixth_behaviour_engines_agree_a_study_runs_and_the_classroom_has_it(tmp_path):
    """The page about behaviours, carried out; nothing else is touched."""
    for name in ("alliance_sim", "conf", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert len(carry_out(DOCS / "how-to" / "behaviour.md", tmp_path)) == 2  # the third file is its test
    settings = environment(tmp_path) | {"ALLIANCE_SIM_CACHE": str(tmp_path / "cache")}

    def done(*words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", *words], capture_output=True, text=True, check=False, cwd=tmp_path, env=settings
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    settings["NUMBA_DISABLE_JIT"] = "1"  # Mesa's agents as plain Python; compiled, and lanes: with every recipe above
    done("tests.agents_as_arrays", "comp001", "psilodep2")
    del settings["NUMBA_DISABLE_JIT"]
    small = ("replicates=2", "patients.number=8", "clinicians.number=4", "arms.steady={clinicians.steadiness.mean:0.7}")
    done("alliance_sim", "run", *small, "ask=[behaviours]", "out=study")
    assert "steadiness" in (tmp_path / "study" / "answers" / "behaviours.csv").read_text(encoding="utf-8")
    done("alliance_sim", "report", "study")
    parts = "from alliance_sim.web import menus, program; print(menus.setup(), program.whole())"
    made = subprocess.run(
        [sys.executable, "-c", parts], capture_output=True, text=True, check=True, cwd=tmp_path, env=settings
    )
    assert "steadiness" in made.stdout.partition("function ")[0]
    assert "perceived.steadiness" in made.stdout or "delivered.steadiness" in made.stdout


def test_a_change_that_has_no_place_is_refused():
    assert applied("a\nb\nc\n", " a\n-b\n+d") == "a\nd\nc\n"
    with pytest.raises(AssertionError, match="not once"):
        applied("a\na\n", " a\n+b")
    with pytest.raises(AssertionError, match="not once"):
        applied("a\nb\n", " b\n-c")


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_runs_as_a_script(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    exec(compile(example.read_text(encoding="utf-8"), str(example), "exec"), {})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_is_a_notebook_with_words_and_code(example):
    jupytext = pytest.importorskip("jupytext", reason="the docs extra is not installed")
    cells = jupytext.reads(example.read_text(encoding="utf-8"), fmt="py:percent").cells
    assert cells[0].source.startswith("# ")
    assert "no clinical advice" in cells[0].source.replace("nothing here is clinical advice", "no clinical advice")
    assert {cell.cell_type for cell in cells} == {"markdown", "code"}


@pytest.mark.slow
def test_shell_lines_of_pages_are_commands_that_are_run_or_set_up_or_jupytext(tmp_path):
    texts = [page.read_text(encoding="utf-8") for page in sorted(DOCS.rglob("*.md"))]
    blocks = [block.replace("\\\n", " ") for text in texts for block in SHELL.findall(text)]
    lines = {line for block in blocks for line in block.splitlines() if line}
    rest = sorted(line for line in lines if not line.startswith(("alliance-sim ", "#", "make ", "pip install ")))
    assert rest == ["jupytext --to notebook examples/two_clinicians.py"]
    pytest.importorskip("jupytext", reason="the docs extra is not installed")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    subprocess.run([sys.executable, "-m", *rest[0].split()], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "examples" / "two_clinicians.ipynb").stat().st_size > 0


def test_every_column_of_results_is_explained():
    study = Study(replicates=1)
    study.patients.number = 2
    results = alliance_sim.run(study)
    named = set(
        re.findall(r"`(\w+)`", reference.filled((DOCS / "reference" / "columns.md").read_text(encoding="utf-8")))
    )
    for frame in (results.trials, results.patients, results.sessions):
        assert set(frame.columns) <= named


def test_every_example_is_listed():
    text = (DOCS / "how-to" / "notebooks.md").read_text(encoding="utf-8")
    assert all(f"(../../examples/{example.name})" in text for example in EXAMPLES)
