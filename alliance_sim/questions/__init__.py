"""Which further questions a study can ask: each is one module of this folder, found by being there.

A question's docstring says in its first line what it asks, and in the paragraph below what to type besides `ask=`. The
module holds what `Question` lists. Its tables are `answers/QUESTION.csv` and `answers/QUESTION_PART.csv`; each row has
an estimate, its error and interval, and a unit. Modules that begin with `_` are no questions.
"""

import ast
import functools
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from alliance_sim.errors import AnswerError, ScenarioError

if TYPE_CHECKING:
    import pandas as pd

    from alliance_sim.analysis.opened import Opened, Tables
    from alliance_sim.figures.drawing import Drawing
    from alliance_sim.study.config import Study


OF_DESIGNS = ("contrasts", "sobol", "morris")  # questions about a design of points itself


SHARE = (0.0, 1.0)  # what a share, a probability or an index lies between


class Part(NamedTuple):
    """One table of an answer as people read it."""

    caption: str
    named_by: tuple[str, ...]  # columns that say what a row is about
    shown: "Callable[[Any], pd.DataFrame]" = lambda frame: frame
    brief: "Callable[[Opened, Any], pd.DataFrame] | None" = None  # the rows that the console shows, a dozen at most
    across: str = ""  # column of `named_by` whose values stand side by side on the console
    possible: Mapping[str, tuple[float, float]] = {}  # ends of what rows can be whose last name so begins; "": of all


class Question(Protocol):
    """What the module of a question holds."""

    PARTS: Mapping[str, Part]  # the tables that are shown

    def lacks(self, study: "Study") -> str:
        """What a study lacks to be asked this, as the end of a sentence; empty if nothing.

        Raises:
            AnswerError: The study cannot be asked this, for the reason given.
        """

    def answer(self, opened: "Opened") -> "Tables":
        """Answer it from what is there, or from worlds simulated with the study's seed and as many replicates.

        Raises:
            AnswerError: The results cannot answer it.
        """

    def method(self, opened: "Opened") -> str:
        """What is computed, for which arms or pairs and by which estimator: the text after a colon, without a stop."""

    def sentence(self, opened: "Opened", tables: "Tables") -> str:
        """The answer in one or two plain sentences, each number with its error; honest about noise."""

    def figures(self, opened: "Opened", tables: "Tables") -> "dict[str, Drawing]":
        """The figures of its tables, by name."""


class About(NamedTuple):
    """What a question says of itself."""

    title: str
    needs: str  # what to type besides `ask=`; empty if nothing


def names() -> list[str]:
    """Every question there is."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


@functools.cache
def about(name: str) -> About:
    """What a question asks, read from its text alone: help does not wait for what questions import."""
    spec = importlib.util.find_spec(f"{__name__}.{name}")
    assert spec is not None
    assert spec.origin is not None
    said = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or name
    title, needs = [" ".join(part.split()).rstrip(".") for part in [*said.split("\n\n"), ""][:2]]
    return About(title, needs)


def designed(study: "Study") -> str:
    """The first question that is asked, where it is about a design of its own beside the study's arms; else empty."""
    first = study.ask[0] if study.ask else ""
    return first if first in names() and hasattr(question(first), "design") else ""


def asked(study: "Study") -> str:
    """The question of the leading one's design, in a sentence; empty where none leads."""
    name = designed(study)
    return str(vars(question(name))["asked"](study)) if name else ""


def design(study: "Study", name: str) -> list[tuple[str, str]]:
    """What the design of a question is, row by row; empty where it has none of its own."""
    made = vars(question(name)).get("design") if name in names() else None
    return list(made(study)) if made else []


def costs(study: "Study") -> list[tuple[str, str]]:
    """What simulating the leading question's design takes, row by row; empty where none leads."""
    name = designed(study)
    return list(vars(question(name))["costs"](study)) if name else []


def question(name: str) -> Question:
    """The module of a question."""
    return cast(Question, importlib.import_module(f"{__name__}.{name}"))


def check(study: "Study") -> None:
    """Refuse questions that the study cannot answer, before anything is run.

    Raises:
        ScenarioError: A question is unknown or cannot be answered by this study.
    """
    from alliance_sim.model.registry import nearest

    for name in study.ask:
        if name not in names():
            near = nearest(name, names()) or names()
            raise ScenarioError(f"ask names {name!r}, which is no question; choose among: {', '.join(near)}.")
        try:
            lack = question(name).lacks(study)
        except AnswerError as error:
            raise ScenarioError(f"ask names {name}: {error}") from error
        if lack:
            raise ScenarioError(f"ask names {name}, which needs {lack}.")


def answer(name: str, opened: "Opened") -> "dict[str, pd.DataFrame]":
    """Answer one question; returns its tables by the names of their files.

    Raises:
        AnswerError: The results cannot answer it.
    """
    from alliance_sim.analysis.monte_carlo import reported

    tables, count = question(name).answer(opened), opened.study.replicates
    return {f"{name}_{part}" if part else name: reported(frame, count) for part, frame in tables.items()}


def sentence(name: str, opened: "Opened", tables: "Tables | None" = None) -> str:
    """A question's answer in one or two sentences, from its tables or those of the folder; empty without any."""
    held = opened.answered(name) if tables is None else tables
    return question(name).sentence(opened, held) if held else ""


def by_part(name: str, tables: "Mapping[str, pd.DataFrame]") -> "dict[str, pd.DataFrame]":
    """An answer's tables by their part, of tables by the names of their files."""
    return {file.removeprefix(name).removeprefix("_"): frame for file, frame in tables.items()}


def figures(opened: "Opened") -> "dict[str, Drawing]":
    """The figures of the questions that were asked and answered, by name."""
    made: dict[str, Drawing] = {}
    for name in opened.study.ask:
        tables = opened.answered(name)
        if tables:
            drawn = question(name).figures(opened, tables)
            whole = functools.partial(tables.__getitem__, "")  # what a figure draws that does not say otherwise
            made |= {key: drawing._replace(question=name, data=drawing.data or whole) for key, drawing in drawn.items()}
    return made
