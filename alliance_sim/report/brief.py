"""The short table of one answer, as the console shows it: the rows that its question names, a dozen at most."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.report import tables
from alliance_sim.report.tables import Table

MOST = 12  # rows
MISSING = "–"


def brief(opened: Opened, name: str, found: Tables) -> Table | None:
    """The short table of an answer; None where it holds no row.

    It is the first of the question's tables that names rows for the console, else the first that there is.

    Args:
        opened: The study.
        name: The question.
        found: Its tables by part.
    """
    there = {part: about for part, about in questions.question(name).PARTS.items() if part in found}
    if not there:
        return None
    part = next((one for one, about in there.items() if about.brief), next(iter(there)))
    about, frame = there[part], found[part]
    own = about.brief(opened, frame) if about.brief else about.shown(frame)
    named = [column for column in dict.fromkeys([*about.named_by, about.across]) if column in own]
    if own.empty:
        return None
    if about.across in named and own[about.across].nunique() > 1:
        made = _across(own, about.caption, named, about.across)
    else:
        made = tables.estimates_table(own, about.caption, named, MOST)
    return tables.with_signs(tables.with_note(made, tables.beyond(own, about)))


def _across(frame: pd.DataFrame, caption: str, named: Sequence[str], across: str) -> Table:
    """Rows side by side that differ in one column: estimate ± error; a unit stands where it holds for all below it."""
    others = [name for name in named if name != across]
    rows = [name for name in others if frame[name].nunique() > 1] or others[-1:]
    one = frame["unit"].astype(str).nunique() == 1
    a_column = not one and frame.groupby(across, observed=True)["unit"].nunique().max() == 1
    keys = list(dict.fromkeys(frame[rows].itertuples(index=False, name=None)))
    words = [[tables.word(value, name == "arm") for name, value in zip(rows, key, strict=True)] for key in keys]
    if not one and not a_column:
        units = dict(zip(frame[rows].itertuples(index=False, name=None), frame["unit"], strict=True))
        words = [[*said[:-1], tables.with_unit(said[-1], units[key])] for said, key in zip(words, keys, strict=True)]
    heads, cells = [], []
    for value in frame[across].drop_duplicates():
        own = frame[frame[across] == value]
        head = tables.word(value, across in ("arm", "pair"))
        heads.append(tables.with_unit(head, own["unit"].iloc[0]) if a_column else head)
        held = dict(zip(own[rows].itertuples(index=False, name=None), own.to_dict("records"), strict=True))
        cells.append([_cell(held.get(key)) for key in keys])
    made = [[*said, *(column[place] for column in cells)] for place, said in enumerate(words)]
    more = f"The first {MOST} of {len(made)} rows." if len(made) > MOST else ""
    titles = [name.replace("_", " ").capitalize() for name in rows]
    kinds = [*[0] * len(rows), *[1] * len(heads)]
    said = tables.with_unit(caption, frame["unit"].iloc[0]) if one else caption
    return Table(said, [*titles, *heads], kinds, made[:MOST], more)


def _cell(row: Mapping[Any, Any] | None) -> str:
    """Estimate ± error, with the digits that the error is worth."""
    if row is None or pd.isna(row["estimate"]):
        return MISSING
    value, error = float(row["estimate"]), float(row["mcse"])
    places = printing.digits([error])
    return printing.number(value, places) + printing.beside(row, places)
