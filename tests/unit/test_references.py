"""Every citation leads to a row of the evidence and to an entry of `docs/references.bib`, and the three agree."""

import ast
import csv
import io
import re
import tokenize
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from alliance_sim.calibration.evidence.rows import TABLES

REPOSITORY = Path(__file__).parents[2]
EVIDENCE = REPOSITORY / "alliance_sim" / "calibration" / "evidence"
ROWS = {
    row["id"]: row
    for table in TABLES
    for row in csv.DictReader((EVIDENCE / f"{table}.csv").read_text(encoding="utf-8").splitlines())
}
PREFIXES = "|".join(sorted({key.rstrip("abcdefgh")[:-3] for key in ROWS}))
KEY = re.compile(rf"\b((?:{PREFIXES})\d{{3}})([a-z]?)(?:-([a-z])\b)?")
BRACKET = re.compile(r"\[([^\[\]]*)\]")
CITED = re.compile(r"(\S+) ((?:19|20)\d\d|n\.d\.)(?=[,.;:)\s]|$)")  # the last word of the author, and the year
NAME = r"[A-Z][\w-]+"
PROSE = re.compile(rf"({NAME})(?:, {NAME})*(?:,? (?:and|&) {NAME}| et al\.?| and others)?,? \(?((?:19|20)\d\d)\b")
QUOTED = re.compile(r"<!-- quote:.*?<!-- end quote -->", re.DOTALL)


class Entry(NamedTuple):
    """A work: the first author's family name, the year or `n.d.`, and what is known besides."""

    author: str
    year: str
    doi: str
    note: str
    title: str

    @property
    def label(self) -> tuple[str, str]:
        """What a citation ends in: the last word of the author, and the year."""
        return folded(self.author.split()[-1]), self.year

    def is_of(self, row: dict[str, str]) -> bool:
        """Whether a row of the evidence comes from this work: by its DOI, else by author and year."""
        if self.doi and row["doi"]:
            return self.doi == row["doi"]
        named = folded(self.author) in folded(row["source"])
        return named and (self.year in row["source"] or self.year == "n.d.")


def folded(text: str) -> str:
    """Text without accents and capitals."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def entries(text: str) -> dict[str, Entry]:
    """Entries of a file in BibTeX by key."""
    found = {}
    for block in re.split(r"^@\w+", text, flags=re.MULTILINE)[1:]:
        field = {name: value.strip("{}") for name, value in re.findall(r"^  (\w+) = \{(.*)\},$", block, re.MULTILINE)}
        first = re.split(r",| and ", field["author"])[0].strip("{}")
        key = block[1 : block.index(",")]
        assert key not in found, f"{key} stands there twice"
        found[key] = Entry(first, field["year"], field.get("doi", ""), field.get("note", ""), field.get("title", ""))
    return found


WORKS = entries((REPOSITORY / "docs" / "references.bib").read_text(encoding="utf-8"))
LABELS = {work.label for work in WORKS.values()}


def keys(text: str) -> Iterator[str]:
    """Evidence keys that a text names; TD265a-c stands for three."""
    for stem, first, last in KEY.findall(text):
        letters = [chr(code) for code in range(ord(first), ord(last) + 1)] if last else [first]
        yield from (stem + letter for letter in letters)


def files() -> list[Path]:
    """Files in which evidence is cited: code, configuration, documentation."""
    found = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
    for folder, pattern in (("alliance_sim", "*.py"), ("conf", "*.yaml"), ("docs", "*.md"), ("experiments", "*.md")):
        found += (REPOSITORY / folder).rglob(pattern)
    return [file for file in found if "_build" not in file.parts]


def prose(source: str) -> str:
    """Docstrings, other texts and comments of Python code, line breaks within them taken out."""
    nodes = ast.walk(ast.parse(source))
    parts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    parts += [token.string.lstrip("#: ") for token in tokens if token.type == tokenize.COMMENT]
    return "\n\n".join(" ".join(part.split()) for part in parts)


def text_of(file: Path) -> str:
    """What a person wrote in a file: of code its prose, of a page what it does not quote."""
    text = file.read_text(encoding="utf-8")
    return prose(text) if file.suffix == ".py" else QUOTED.sub("", text)


PROSES = [text_of(file) for file in files()]


def complaints(text: str) -> list[str]:
    """What is wrong with the citations in brackets of a text; nothing if all is right."""
    found = []
    for bracket in BRACKET.findall(text):
        if not KEY.search(bracket):
            continue
        for part in bracket.split(";"):
            before = part[: match.start()] if (match := KEY.search(part)) else part
            cited = [(folded(author), year) for author, year in CITED.findall(before)]
            works = [work for work in WORKS.values() if work.label in cited]
            if not cited or len(works) < len(cited):
                found.append(f"[{bracket}]: {part.strip()} needs an author and a year that docs/references.bib knows")
            for key in keys(part):
                if key in ROWS and works and not any(work.is_of(ROWS[key]) for work in works):
                    found.append(f"[{bracket}]: {key} comes from {ROWS[key]['source']}")
    return found


def test_every_evidence_key_is_a_row():
    unknown = {key for file in files() for key in keys(file.read_text(encoding="utf-8"))} - set(ROWS)
    assert not unknown


def test_citations_in_brackets_name_a_work_of_the_bibliography_and_the_row_comes_from_it():
    assert [complaint for text in PROSES for complaint in complaints(text)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[PT007]", "needs an author"),
        ("[Elliot 2018, PT007]", "needs an author"),
        ("[Elliott 2019, PT007]", "needs an author"),
        ("[Farber 2018, PT007]", "PT007 comes from Elliott"),
        ("[Goodwin 2022, TD265a-c; PT007]", "needs an author"),
        ("[Elliott 2018, PT007; disputed by Clin Psychol Sci 2021, PT041]", "PT041 comes from Falkenstrom"),
    ],
)
def test_a_wrong_citation_is_found(text, wrong):
    assert wrong in complaints(text)[0]


def test_papers_named_in_docstrings_and_pages_are_in_the_bibliography():
    named = {(folded(author), year) for text in PROSES for author, year in PROSE.findall(text)}
    assert named - LABELS == set()


def test_every_row_of_the_evidence_has_its_work_and_no_work_is_idle():
    rows = {key: [name for name, work in WORKS.items() if work.is_of(row)] for key, row in ROWS.items()}
    assert {key: found for key, found in rows.items() if len(found) != 1} == {}
    idle = set(WORKS) - {name for found in rows.values() for name in found}
    text = folded("\n".join(PROSES))
    assert [
        name for name in idle if not re.search(rf"\b{WORKS[name].label[0]}\b.{{0,40}}{WORKS[name].year}", text)
    ] == []


def test_what_was_written_from_memory_or_taken_from_others_is_said_in_a_note():
    for key, row in ROWS.items():
        work = next(work for work in WORKS.values() if work.is_of(row))
        if "memory" in row["read_at"] + row["note"]:
            assert "memory" in work.note, key
        if "secondary" in row["read_at"] + row["note"]:
            assert "Second-hand" in work.note, key


def test_every_work_has_its_title_or_says_that_it_is_not_known_and_how_it_is_found():
    unknown = {name: work for name, work in WORKS.items() if not work.title}
    assert [name for name, work in unknown.items() if "itle not known here" not in work.note] == []
    assert [name for name, work in unknown.items() if bool(work.doi) != ("the DOI resolves it" in work.note)] == []
    assert [name for name in set(WORKS) - set(unknown) if "itle not known here" in WORKS[name].note] == []
