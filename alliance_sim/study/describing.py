"""The dictionary of a study's own tables: a row for each column, as `columns.csv` holds it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from pandas.api import types

from alliance_sim.model.registry import Parameter, parameters
from alliance_sim.study import dictionary, dictionary_of_answers as answers
from alliance_sim.study.config import Study
from alliance_sim.study.dictionary import NUMBER, TRUTH, WHOLE, WORD, Column
from alliance_sim.study.units import span
from alliance_sim.world.scenario import Scenario

DESIGN, SUMMARY, ANSWERS, PLANNED = (
    "design",
    "summary",
    "answers/",
    "planned",
)  # how tables beside those of rows are called
# A design that varies these has scales of several lengths: what lies between ends of a scale has no known range.
OF_SCALES = ("parameters.instruments.", "protocol.entry.", "patients.condition")


class Described(NamedTuple):
    """One row of the dictionary."""

    table: str
    column: str
    type: str
    unit: str  # empty for words, names and numbers of things
    lowest: float | None  # inclusive; empty where there is no bound
    highest: float | None
    meaning: str
    computed: str  # how, or where it comes from


def described(tables: Mapping[str, pd.DataFrame], worlds: Sequence[Scenario], keys: Iterable[str]) -> pd.DataFrame:
    """Describe columns.

    Args:
        tables: By their names: `design`, `trials`, `patients`, `sessions`, `summary`, `planned`, and `answers/…`. Only
            their columns and types are read.
        worlds: Those of the arms, or the one that a design varies.
        keys: What the design sets.

    Returns:
        One row a column, in the columns of `Described`.
    """
    ranged = not any(key.startswith(OF_SCALES) for key in keys)
    known = {row.key: row for row in parameters(Study())}
    rows = [
        _row(table, str(name), frame[name].dtype, worlds, ranged, known)
        for table, frame in tables.items()
        for name in frame
    ]
    return pd.DataFrame(rows, columns=list(Described._fields))


def declared(table: str) -> dict[str, tuple[Column, str]]:
    """The columns that a table may have, each with how it is computed; those of a design besides its keys."""
    if table in dictionary.GROUPS:
        return {name: (column, how) for columns, how in dictionary.GROUPS[table] for name, column in columns.items()}
    kinds = {DESIGN: answers.DESIGN, SUMMARY: answers.SUMMARY, PLANNED: answers.PLANNED}
    columns = kinds.get(table, answers.ANSWERS)
    return {name: (column, _source(table)) for name, column in columns.items()}


def _row(
    table: str, name: str, kind: Any, worlds: Sequence[Scenario], ranged: bool, known: Mapping[str, Parameter]
) -> Described:
    found = declared(table).get(name)
    if found is not None:
        column, how = found
        own = span(column, worlds)
        if column.scale and not ranged:
            own = own._replace(lowest=column.lowest, highest=column.highest)
        return Described(table, name, column.type, *own, column.meaning.replace("`", ""), how)
    about = known.get(name.rpartition(":")[2]) if table == DESIGN else None
    if about is None:
        meaning = "key of the configuration" if table == DESIGN else "said in the question's own file"
        return Described(table, name, _type(kind), "", None, None, meaning, _source(table))
    source = f"{_source(table)}; default {about.default:g}, source: {about.source}"
    return Described(table, name, _type(kind), about.unit, about.lower, about.upper, about.meaning.rstrip("."), source)


def _source(table: str) -> str:
    """Where the numbers of a table beside those of rows come from."""
    known = {DESIGN: "set by the design", SUMMARY: "over simulated trials", PLANNED: "in each simulated trial"}
    return known.get(table, "for this answer")


def _type(kind: Any) -> str:
    """What cells of a column are, by its type in a frame."""
    if types.is_bool_dtype(kind):
        return TRUTH
    if types.is_integer_dtype(kind):
        return WHOLE
    return NUMBER if types.is_numeric_dtype(kind) else WORD
