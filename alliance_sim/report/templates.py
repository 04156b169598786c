"""Templates of this folder, and tables in HTML: on the page and in notebooks."""

from collections.abc import Iterable
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from alliance_sim.report.tables import Table


def text(name: str) -> str:
    """What a file of this folder says."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def read(name: str) -> Template:
    """A template; what is put into it is escaped, what it lacks is an error."""
    room = Environment(
        loader=FunctionLoader(text), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return room.get_template(name)


def html(tables: Iterable[Table]) -> str:
    """Tables in HTML, one below the other."""
    macros: Any = read("table.html.j2").module
    return "".join(macros.shown(table) for table in tables)
