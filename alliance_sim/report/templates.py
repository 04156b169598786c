"""Templates of this folder: the first screen that every page has, its sections, and tables in HTML."""

import textwrap
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from alliance_sim.report import wording
from alliance_sim.report.pictures import Picture
from alliance_sim.report.tables import Table

SHORT = 110  # characters of a title in a browser's tab
ERRORS = (
    "Every number is followed by ± its Monte Carlo standard error, which says how much it would move if the same "
    "simulation were run again with other random draws."
)


class Head(NamedTuple):
    """The first screen of a page: what is asked, what was found, the picture that shows it, and how far to trust it."""

    title: str  # the question
    kicker: str  # small, above it: what was run
    answer: str  # in a sentence or two; empty where there is none yet
    contents: Sequence[tuple[str, str]]  # id and title of each section
    picture: Picture | None = None
    notices: Sequence[str] = ()  # what is missing or damaged
    caveat: str = ERRORS
    advice: str = wording.ADVICE

    @property
    def short_title(self) -> str:
        """The title of the browser's tab."""
        return textwrap.shorten(self.title, SHORT, placeholder=" …")


def text(name: str) -> str:
    """What a file of this folder says."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def read(name: str) -> Template:
    """A template; what is put into it is escaped, what it lacks is an error."""
    room = Environment(
        loader=FunctionLoader(text), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return room.get_template(name)


def page(name: str, head: Head, **more: Any) -> str:
    """A page complete in itself: the template `name` extends base.html.j2 and fills its block `content`.

    Args:
        name: The template.
        head: The first screen.
        more: What the template's sections say.
    """
    return read(name).render(style=Markup(text("page.css")), head=head, **more)


def html(tables: Iterable[Table]) -> str:
    """Tables in HTML, one below the other."""
    macros: Any = read("table.html.j2").module
    return "".join(macros.shown(table) for table in tables)
