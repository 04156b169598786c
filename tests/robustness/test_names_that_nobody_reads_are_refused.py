"""Names of tables, columns, arms, points, figures and questions that are not there are refused, not read as nothing."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import alliance_sim
from alliance_sim.study.dictionary_of_answers import ANSWERS, DESIGN, SUMMARY
from alliance_sim.study.tables import COLUMNS, KINDS

ROOT = Path(__file__).parents[2]
SMALL = ["patients.number=4", "clinicians.number=2", "replicates=2", "engine=numpy", "figures=false"]
FEW = settings(derandomize=True, deadline=None, max_examples=60)
KEYS = {"arm", "point", "replicate"}


@pytest.fixture(scope="module")
def results() -> alliance_sim.Results:
    return alliance_sim.run("alliance", SMALL)


@pytest.fixture(scope="module")
def of_trials() -> alliance_sim.Results:
    """A grid, kept as trials."""
    words = ["design=grid", "design.levels={clinicians.empathy.mean: [0.4, 0.8]}"]
    return alliance_sim.run("alliance", [*SMALL, *words])


def refused(ask: Callable[[], Any]) -> str:
    with pytest.raises(alliance_sim.AllianceError) as error:
        ask()
    sentence = str(error.value)
    assert sentence.isprintable()
    assert sentence.endswith((".", "?"))
    assert "; " in sentence
    return sentence


# --------------------------------------------------------------------------------------------- tables and columns


def test_every_kind_of_rows_has_the_columns_it_is_said_to_have(results: alliance_sim.Results) -> None:
    for kind in KINDS:
        assert set(results.read(kind).columns) == {"arm", "replicate", *COLUMNS[kind]}
        assert len(COLUMNS[kind]) == len(set(COLUMNS[kind]))


NAMES: dict[str, tuple[str, Any, str]] = {
    "nearly a column": ("patients", ["chnge"], "patients have no column 'chnge'; did you mean change"),
    "a column of sessions": ("trials", ["trust"], "trials have no column 'trust'; read it from sessions."),
    "a column of patients": ("sessions", ["weight"], "sessions have no column 'weight'; read it from patients."),
    "a column of two tables": ("sessions", ["change"], "read it from patients or trials."),
    "a column of trials": ("patients", ["change_sd"], "read it from trials."),
    "nothing like a column": ("trials", ["xyzzy"], "trials have no column 'xyzzy'; choose one of: patients, baseline"),
    "one of two": ("patients", ["change", "rapport"], "patients have no column 'rapport'; read it from sessions."),
    "one word": ("patients", "change", "columns='change' is no list; pass one, such as columns=['change']."),
    "a number": ("patients", 3, "columns=3 is no list"),
    "a number as column": ("patients", [3], "patients have no column 3; choose"),
    "nothing as column": ("patients", [None], "patients have no column None; choose"),
    "nearly a table": ("patint", None, "there is no table 'patint'; did you mean patients?"),
    "a table in the singular": ("session", ["wai"], "there is no table 'session'; did you mean sessions?"),
    "nothing like a table": ("rooms", None, "there is no table 'rooms'; choose one of: sessions, patients, trials."),
    "a number as table": (3, None, "there is no table 3; choose one of"),  # type: ignore[dict-item]
    "a list as table": (["trials"], None, "there is no table ['trials']; did you mean trials"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", NAMES)
def test_a_table_or_column_that_is_not_there_is_refused(name: str, results: alliance_sim.Results) -> None:
    kind, columns, said = NAMES[name]
    for ask in (results.read, results.parts):  # before the first part is asked for
        assert said in refused(lambda ask=ask: ask(kind, columns))


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("labels", ["strng"], "there is no arm 'strng'; did you mean strong?"),
        ("labels", ["strong", "zzz"], "there is no arm 'zzz'; choose one of: weak, typical, strong."),
        ("labels", "strong", "labels='strong' is no list; pass one, such as labels=['strong']."),
        ("labels", [0], "there is no arm 0; choose one of"),
        ("labels", [], "labels=[] names nothing to read"),
        ("labels", 3, "labels=3 is no list"),
        ("replicates", 0, "replicates=0 is no whole number above 0"),
        ("replicates", -1, "replicates=-1 is no whole number above 0"),
        ("replicates", 1.5, "replicates=1.5 is no whole number above 0"),
        ("replicates", True, "replicates=True is no whole number above 0"),
        ("replicates", "2", "replicates='2' is no whole number above 0"),
        ("replicates", float("nan"), "replicates=nan is no whole number above 0"),
    ],
)
def test_arms_and_replicates_that_cannot_be_read_are_refused(
    argument: str, value: Any, said: str, results: alliance_sim.Results
) -> None:
    assert said in refused(lambda: results.read("patients", **{argument: value}))


@pytest.mark.parametrize("label", [2, -1, "0", True, 0.5])
def test_points_that_are_not_there_are_refused(label: Any, of_trials: alliance_sim.Results) -> None:
    assert "there is no point" in refused(lambda: of_trials.read("trials", labels=[label]))
    assert set(of_trials.read("trials", labels=[np.int64(1)])["point"]) == {1}


@pytest.mark.parametrize("kind", ["patients", "sessions"])
def test_what_was_not_kept_is_refused_with_what_to_type(kind: str, of_trials: alliance_sim.Results) -> None:
    asks = (lambda: getattr(of_trials, kind), lambda: of_trials.read(kind), lambda: of_trials.parts(kind))
    for ask in asks:
        assert refused(ask) == f"the study has no {kind}, as it was run with keep=trials; run it with keep={kind}."
    said = refused(lambda: of_trials.read("trials", ["weight"]))
    assert said == "trials have no column 'weight'; read it from patients."


def test_what_is_there_is_read(results: alliance_sim.Results) -> None:
    found = results.read("patients", ("change", "replicate", "change"), replicates=np.int64(1), labels=["strong"])
    assert found.columns.tolist() == ["arm", "replicate", "change"]
    assert (len(found), set(found["arm"]), set(found["replicate"])) == (4, {"strong"}, {0})
    assert results.read("patients", [], replicates=10).columns.tolist() == ["arm", "replicate"]
    assert [part.columns.tolist() for part in results.parts("sessions", ["wai"])] == [["id", "replicate", "wai"]]


@pytest.mark.parametrize(("figure", "said"), [("bnd", "bond"), ("", "bond"), (3, "bond"), (["bond"], "bond")])
def test_a_figure_that_is_not_there_is_refused(figure: Any, said: str, results: alliance_sim.Results) -> None:
    sentence = refused(lambda: results.plot(figure))
    assert f"there is no figure {figure!r}" in sentence
    assert said in sentence


@pytest.mark.parametrize("question", ["mediaton", "", "distributions_quantiles", 3, None, ["mediation"]])
def test_a_question_that_is_not_there_is_refused(question: Any, results: alliance_sim.Results) -> None:
    refused(lambda: results.answer(question))


@FEW
@given(kind=st.sampled_from(KINDS), name=st.text(max_size=12) | st.sampled_from(sorted({*sum(COLUMNS.values(), ())})))
def test_any_column_is_read_or_refused(kind: str, name: str, results: alliance_sim.Results) -> None:
    if name in {"arm", "replicate", *COLUMNS[kind]}:
        assert name in results.read(kind, [name], replicates=1)
    elif name not in ("id", "point"):
        assert "have no column" in refused(lambda: results.read(kind, [name]))


# --------------------------------------------------------------------------------------------------- documentation

FENCED = re.compile(r"```python\n(.*?)```", re.DOTALL)
KEPT = ("groupby", "set_index", "query", "head", "tail", "sort_values", "reset_index", "dropna", "copy")
COLUMN_ARGUMENTS = ("x", "y", "hue", "index", "columns", "values", "by", "on", "subset")


def pages() -> dict[str, list[str]]:
    """The blocks of Python of every page and example, by its file."""
    found = {}
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        found[str(path.relative_to(ROOT))] = FENCED.findall(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "examples").glob("*.py")):
        found[str(path.relative_to(ROOT))] = [path.read_text(encoding="utf-8")]
    for path in sorted((ROOT / "docs").rglob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[str(path.relative_to(ROOT))] = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return found


class Named(ast.NodeVisitor):
    """Collects the columns that a page names of rows of results: (kind, column)."""

    def __init__(self) -> None:
        self.frames: dict[str, str] = {}  # variables that hold rows of a kind
        self.found: list[tuple[str, str]] = []

    def kind(self, node: ast.AST) -> str | None:
        """Which rows an expression is, as far as their columns stay what they are."""
        if isinstance(node, ast.Name):
            return self.frames.get(node.id)
        if isinstance(node, ast.Attribute):
            of_results = isinstance(node.value, ast.Name) and node.value.id != "recorded"  # arrays of the engine
            return node.attr if node.attr in KINDS and of_results else None
        if isinstance(node, ast.Subscript):
            return self.kind(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("read", "parts") and node.args and isinstance(node.args[0], ast.Constant):
                return str(node.args[0].value)
            return self.kind(node.func.value) if node.func.attr in KEPT else None
        return None

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        (target, *_) = node.targets
        if isinstance(target, ast.Subscript):  # a column of one's own
            self.frames.pop(getattr(target.value, "id", ""), None)
        if isinstance(target, ast.Name):
            self.frames.pop(target.id, None)
            kind = self.kind(node.value)
            if kind:
                self.frames[target.id] = kind

    def visit_Subscript(self, node: ast.Subscript) -> None:
        kind = self.kind(node.value)
        if kind:
            self.found += [(kind, word) for word in words(node.slice)]
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        own = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(own, ast.AST) and node.func.attr in ("read", "parts"):  # type: ignore[attr-defined]
            kind, given = self.kind(node), node.args[1:2]
        else:
            kind = (self.kind(own) if own is not None else None) or (self.kind(node.args[0]) if node.args else None)
            takes = isinstance(node.func, ast.Attribute) and node.func.attr in ("groupby", "set_index")
            given = node.args[:1] if takes else []
            given = [*given, *(key.value for key in node.keywords if key.arg in COLUMN_ARGUMENTS)]
        if kind:
            self.found += [(kind, word) for part in given for word in words(part)]
        self.generic_visit(node)


def words(node: ast.AST) -> Iterator[str]:
    """The words of a literal or a list of them."""
    for part in node.elts if isinstance(node, ast.List) else [node]:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def test_every_column_that_the_documentation_reads_is_one_of_results() -> None:
    read = []
    for page, blocks in pages().items():
        named = Named()
        for block in blocks:
            try:
                named.visit(ast.parse(block))
            except SyntaxError:  # a piece of a file that a page changes
                continue
        read += [(page, *one) for one in named.found]
    assert len(read) > 40
    assert [(page, kind, name) for page, kind, name in read if name not in {*KEYS, "id", *COLUMNS[kind]}] == []


def test_a_column_that_is_not_there_would_be_found() -> None:
    named = Named()
    named.visit(ast.parse("own = results.patients[results.patients['chnge'] > 0]\nown.groupby('amr')['wieght'].mean()"))
    assert {name for _, name in named.found} == {"chnge", "amr", "wieght"}


def test_the_reference_lists_the_columns_of_results_and_no_others() -> None:
    text = (ROOT / "docs" / "reference" / "columns.md").read_text(encoding="utf-8")
    own = text[: text.index("`comparison.csv` of `alliance-sim compare`")]  # what follows is of no results folder
    rows = [line.split("|")[1] for line in own.splitlines() if line.startswith("| `")]
    listed = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    besides = {"id", *DESIGN, *SUMMARY, *ANSWERS}
    assert len(listed) > 40
    assert listed == {*KEYS, *sum(COLUMNS.values(), ()), *besides}


def test_columns_carry_units_under_names_that_are_there(results: alliance_sim.Results) -> None:
    for kind in KINDS:
        frame = results.read(kind)
        assert isinstance(frame, pd.DataFrame)
        assert set(frame.attrs["units"]) <= set(frame.columns)
