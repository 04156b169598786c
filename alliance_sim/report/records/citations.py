"""The works that a study rests on, from the bibliography of the project: only those, each as it stands there."""

import functools
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from alliance_sim.calibration.evidence.rows import Row
from alliance_sim.errors import FolderError
from alliance_sim.report.records.sources import evidence

FOLDER = Path(__file__).parent
# Where the bibliography lies: in a clone, in an installed package.
KEPT = (FOLDER.parents[2] / "docs" / "references.bib", FOLDER / "references.bib")
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
OF_METHODS = ("morris2019", "monks2019", "grimm2020")  # ADEMP, STRESS, ODD


class Work(NamedTuple):
    """One entry of the bibliography."""

    key: str
    text: str  # as it stands there
    author: str
    first: str  # family name of the first author
    year: str
    doi: str

    def is_of(self, row: Row, doi: str) -> bool:
        """Whether a row of the evidence comes from this work: by its DOI, else by author and year."""
        if self.doi and doi:
            return self.doi == doi
        return _folded(self.first) in _folded(row.source) and (self.year in row.source or self.year == "n.d.")

    @property
    def short(self) -> str:
        """As it is cited in a line of text."""
        return f"{self.first} ({self.year})"


@functools.cache
def works() -> dict[str, Work]:
    """Every work of the bibliography by its key.

    Raises:
        FolderError: It is not there.
    """
    place = next(filter(Path.is_file, KEPT), None)
    if place is None:
        raise FolderError(f"{KEPT[1]}, the bibliography, is missing; install alliance-sim again.")
    found = {}
    for part in re.split(r"^(?=@)", place.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        text = part.strip()
        fields = dict(FIELD.findall(text))
        key = text[text.index("{") + 1 : text.index(",")]
        author = fields["author"].strip("{}")
        first = re.split(r",| and ", author)[0].strip("{}")
        found[key] = Work(key, text, author, first, fields["year"], fields.get("doi", ""))
    return found


@functools.cache
def work_of(key: str) -> str:
    """The work that a row of the evidence comes from; empty where there is none."""
    row = evidence()[key]
    return next((name for name, work in works().items() if work.is_of(row, _dois()[key])), "")


@functools.cache
def _dois() -> dict[str, str]:
    """DOI of each row of the evidence; empty where it has none."""
    import csv

    from alliance_sim.calibration.evidence import rows

    found: dict[str, str] = {}
    for table in rows.TABLES:
        with Path(rows.__file__).with_name(f"{table}.csv").open(encoding="utf-8") as lines:
            found |= {line["id"]: line["doi"] for line in csv.DictReader(lines)}
    return found


def bibliography(keys: Iterable[str]) -> str:
    """The works of some rows of the evidence and those of the methods, in BibTeX, sorted by key."""
    own = {work_of(key) for key in keys} - {""}
    names = sorted(own | {name for name in OF_METHODS if name in works()})
    return "\n\n".join(works()[name].text for name in names) + "\n"


def _folded(text: str) -> str:
    """Text without accents and capitals."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
