"""Markdown from templates: what is put into them is escaped, since a folder may come from anywhere."""

import functools
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from alliance_sim.report.tables import Table

SIGNS = re.compile(r"([\\`*_\[\]<>|#~&$])")
LONGEST = 4_000  # characters of one value


class Markdown(str):
    """Text that is Markdown already and is put in as it is."""


def escaped(value: Any) -> str:
    """A value as Markdown that shows it and does nothing else: one line, no sign that means something."""
    if isinstance(value, Markdown):
        return value
    text = " ".join(_printable(str(value)).split())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} …"
    text = SIGNS.sub(r"\\\1", text)
    return f"\\{text}" if text[:1] in ("-", "+", "=") else text


def code(value: Any) -> Markdown:
    """A value as code on one line."""
    text = " ".join(_printable(str(value)).split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return Markdown(f"{fence}{space}{text}{space}{fence}")


def block(value: Any) -> Markdown:
    """Text of several lines as a block of code."""
    lines = [_printable(line) for line in str(value).splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return Markdown("\n".join([f"{fence}text", *lines, fence]))


def rows(heads: Iterable[str], cells: Iterable[Iterable[Any]], numeric: Iterable[int] = ()) -> Markdown:
    """A table."""
    names, right = list(heads), list(numeric)
    marks = ["---:" if place < len(right) and right[place] else "---" for place in range(len(names))]
    body = [[_cell(cell) for cell in row] for row in cells]
    return Markdown("\n".join(f"| {' | '.join(row)} |" for row in ([_cell(name) for name in names], marks, *body)))


def table(made: Table) -> Markdown:
    """A table of the report, with its caption and its note."""
    wide = len(made.heads)
    body = [row if len(row) > 1 else [row[0], *[""] * (wide - 1)] for row in made.rows]
    parts = [f"*{escaped(made.caption)}*", rows(made.heads, body, made.numeric)]
    parts += [escaped(line) for line in made.note.splitlines() if line.strip()]
    return Markdown("\n\n".join(parts))


def listed(items: Iterable[Any]) -> Markdown:
    """A list, an item a line."""
    return Markdown("\n".join(f"- {escaped(item)}" for item in items))


def filled(template: str, **values: Any) -> str:
    """A template of this folder, filled."""
    return _room().get_template(template).render(**values).strip() + "\n"


def _cell(value: Any) -> str:
    return (value if isinstance(value, Markdown) else escaped(value)) or " "


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _room() -> Environment:
    room = Environment(
        loader=FunctionLoader(_text),
        autoescape=False,
        finalize=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.globals |= {"code": code, "table": table, "rows": rows, "listed": listed, "block": block}
    return room
