"""What a study says on the console, at most 100 columns wide: its tables as text, and the lines around them."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from alliance_sim.analysis.printing import duration, size
from alliance_sim.report.tables import Table
from alliance_sim.report.width import columns
from alliance_sim.study.config import Precision, Study
from alliance_sim.study.forecast import Forecast
from alliance_sim.world.scenario import Scenario

LABEL = 30  # most characters of a row's words; longer ones are folded
HEAD = 40  # most characters of a line of a column's head
CELL = 22  # a column of numbers, where all of them fit
BESIDE = 30  # characters of a last column of words from which on it stands below its row
SPACE = 2
WHOLE: Any = {"break_long_words": False, "break_on_hyphens": False}  # a path stays one word


def text(table: Table) -> str:
    """A table as text: words left, numbers right; columns that do not fit beside the others go below them."""
    rows, wide = [row for row in table.rows if len(row) > 1], columns()
    last, columns_of_words = (
        len(table.heads) - 1,
        [place for place, one in enumerate(table.numeric) if place and not one],
    )
    heads = {column: textwrap.wrap(table.heads[column], min(HEAD, wide // 2)) or [""] for column in range(1, last + 1)}
    natural = {column: SPACE + max(*map(len, heads[column]), *(len(row[column]) for row in rows)) for column in heads}
    labels = [row[0] for row in [table.heads, *rows]]
    word = 1 + max(len(word) for row in labels for word in row.split())
    label = min(max(min(LABEL, SPACE + max(map(len, labels))), word), wide // 2)
    below = last in columns_of_words and (
        max(len(row[last]) for row in rows) > BESIDE or label + sum(natural.values()) > wide
    )
    shown = list(range(1, last if below else last + 1))
    even = max(CELL, *(natural[column] for column in shown))
    widths = dict.fromkeys(shown, even) if label + even * len(shown) <= wide else natural
    lines, indent = textwrap.wrap(table.caption, wide), " " * SPACE
    whole, room = SPACE + max(map(len, labels)), wide - sum(widths[column] for column in shown)
    label = whole if label < whole <= room else label
    cut = label > room and any(column in shown for column in columns_of_words)  # words would stand twice
    if cut or label + max(natural[column] for column in shown) > wide:
        return "\n".join([*lines, *_stacked(table, wide)])
    for some in _beside(shown, widths, wide - label):
        lines += ["", *_head(table, label, {column: heads[column] for column in some}, widths)]
        for row in table.rows:
            if len(row) == 1:
                lines.append(row[0])
                continue
            first, *more = _folded(row[0], label)
            lines += [first.ljust(label) + _cells(table, row, some, widths), *more]
            if below:
                lines += textwrap.wrap(row[last], wide, initial_indent=2 * indent, subsequent_indent=2 * indent)
    if table.note:
        lines.append("")
        for part in table.note.split("\n"):
            lines += textwrap.wrap(part, wide, subsequent_indent=indent)
    return "\n".join(line.rstrip() for line in lines)


def _stacked(table: Table, wide: int) -> list[str]:
    """A table for a narrow terminal: each row's cells below its words."""
    lines: list[str] = []
    for row in table.rows:
        lines += ["", *textwrap.wrap(row[0], wide)]
        for head, cell in zip(table.heads[1:], row[1:], strict=False):
            lines += textwrap.wrap(f"{head}: {cell}", wide, initial_indent="  ", subsequent_indent="    ")
    for part in filter(None, table.note.split("\n")):
        lines += ["", *textwrap.wrap(part, wide)]
    return lines


def _head(table: Table, label: int, heads: dict[int, list[str]], widths: dict[int, int]) -> list[str]:
    """The line of heads, or as many lines as folded heads need."""
    made = []
    for line in range(max(map(len, heads.values()), default=1)):
        row = {column: said[line] if line < len(said) else "" for column, said in heads.items()}
        first = "" if line else table.heads[0]
        made.append(first.ljust(label) + _cells(table, row, list(heads), widths))
    return made


def _beside(columns: Sequence[int], widths: dict[int, int], room: int) -> list[list[int]]:
    """Columns in groups that fit beside one another."""
    groups: list[list[int]] = [[]]
    for column in columns:
        if groups[-1] and sum(widths[one] for one in [*groups[-1], column]) > room:
            groups.append([])
        groups[-1].append(column)
    return groups


def _cells(table: Table, row: Sequence[str] | dict[int, str], columns: Sequence[int], widths: dict[int, int]) -> str:
    said = ((row[place], widths[place], table.numeric[place]) for place in columns)
    return "".join(cell.rjust(wide) if number else f"  {cell}".ljust(wide) for cell, wide, number in said)


def _folded(label: str, width: int) -> list[str]:
    """A label in as many lines as it needs beside a table."""
    indent = len(label) - len(label.lstrip()) + SPACE
    return textwrap.wrap(label, width - 1, subsequent_indent=" " * indent, drop_whitespace=True) or [""]


def opening(study: Study, scenario: Scenario, points: int) -> str:
    """One line: what is run."""
    arms = f"arm{'s' * (len(study.arms) > 1)} {', '.join(study.arms)}"
    design = f"design {study.design.kind.value}, {points} point{'s' * (points > 1)}"
    return (
        f"{study.experiment}: {scenario.protocol.name}, {scenario.patients.condition.value}; "
        f"{arms if study.design.of_arms else design}; "
        f"{study.replicates} replicates × {scenario.patients.number} patients; seed {study.seed}"
    )


def forecast(found: Forecast, of_arms: bool, wanted: Precision) -> str:
    """How large a study is and what it will cost, a line each; where it goes on until it is precise, at most."""
    worlds = found.points * found.replicates
    threads = f"{found.workers} thread{'s' * (found.workers > 1)}"
    rows = [
        ("arms" if of_arms else "points", f"{found.points:,}"),
        ("trials", f"{worlds:,} ({found.points:,} × {found.replicates:,} replicates)"),
        ("simulated patients", f"{found.patients:,}"),
        ("groups of one timetable", f"{found.timetables:,}"),
        (
            "time",
            f"about {duration(found.seconds)} with engine={found.engine.value} on {threads} here, once it is compiled",
        ),
        ("disk", f"about {size(found.size)}"),
    ]
    if wanted.target:
        more = wanted.max_replicates / found.replicates
        most = f"{wanted.max_replicates:,} replicates, {duration(more * found.seconds)} and {size(more * found.size)}"
        rows.append(("at most", f"{most}: it goes on until precision.target={wanted.target:g} is reached"))
    return labelled(rows)


def labelled(rows: Sequence[Sequence[str]]) -> str:
    """What is said of each of some things, a line each or as many as it needs."""
    whole = (textwrap.wrap(said, max(LABEL, columns() - LABEL)) or [""] for _, said in rows)
    lines = [
        (" " * SPACE + name).ljust(LABEL) + f"\n{' ' * LABEL}".join(said)
        for (name, _), said in zip(rows, whole, strict=True)
    ]
    return "\n".join(lines)


def planned(table: Table) -> str:
    """The table of a plan, whose second column is words."""
    return f"{table.caption}\n\n{labelled(table.rows)}"


def reached(study: Study, error: float) -> str:
    """Say whether the wished precision was reached."""
    wanted = study.precision
    what = f"Monte Carlo error of {wanted.measure}, {wanted.estimand.value}s"
    if math.isnan(error):
        return f"{what}: not known: the {study.replicates} replicates agree or have no value; ask for another.\n"
    if error <= wanted.target:
        return f"{what}: at most {error:.3g}, as wished ({wanted.target:g}), with {study.replicates} replicates.\n"
    return (
        f"{what}: {error:.3g} with {study.replicates} replicates, above the wished {wanted.target:g}; "
        f"raise precision.max_replicates to go on.\n"
    )


def answered(title: str, sentence: str, table: Table | None, files: Sequence[str]) -> str:
    """A question, its answer in a sentence, one short table, and where the whole ones lie."""
    wide = columns()
    parts = ["\n".join([*textwrap.wrap(title, wide), *_labelled("Answer", sentence, wide)])]
    parts += [text(table)] if table else []
    where = ", ".join(f"answers/{name}.csv" for name in files)
    parts.append("\n".join(textwrap.wrap(f"Whole tables: {where}", wide, subsequent_indent=" " * SPACE, **WHOLE)))
    return "\n\n".join(parts) + "\n"


def asked(question: str, answer: str) -> str:
    """What a study asks, and its answer in a sentence."""
    wide = columns()
    said = _labelled("Question", question, wide) if question else []
    return "\n".join([*said, *_labelled("Answer" if question else "Found", answer, wide)] if answer else said)


def _labelled(label: str, said: str, wide: int) -> list[str]:
    return textwrap.wrap(f"{label}: {' '.join(said.split())}", wide, subsequent_indent=" " * SPACE)


def damaged(said: Sequence[str]) -> str:
    """Say which batches are computed again, and why."""
    count = f"{len(said)} batch{'es' * (len(said) > 1)} of an earlier run"
    return f"{count} cannot be used and will be computed again: {said[0]}{', …' * (len(said) > 1)}."
