"""The classroom as one file: engine, screens, styles and data, put together so that nothing is fetched."""

import base64
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
import yaml

from alliance_sim.analysis import wording
from alliance_sim.errors import FolderError
from alliance_sim.study.folders import whole, written
from alliance_sim.study.identity import laws_key
from alliance_sim.web import lessons, menus, play, program
from alliance_sim.world import places

FOLDER = Path(__file__).parent
ADVICE = "Simulated people: nothing here is advice for treatment."
SHARED = ("numbers", "state", "draw", "words", "page", "codes", "class")
SCREENS = ("compare", "patient", "live", "play", "lessons")
BEGIN = "Page.begin();\n"
ENDINGS = (".html", ".htm")
PACKAGE = FOLDER.parent
# Where the page is kept: in a clone, in an installed package.
KEPT = (PACKAGE.parent / "docs" / "classroom.html", PACKAGE / "docs" / "classroom.html")
TEXTS = ("*.py", "*.js", "*.css", "*.html", "*.yaml")


def write(place: Path) -> int:
    """Write the page, all or nothing; returns how many bytes it has.

    Raises:
        FolderError: It cannot be written there.
    """
    if place.suffix.lower() not in ENDINGS:
        raise FolderError(f"out={place} is no name of a page; end it with .html.")
    content = page().encode()
    written(place, lambda to: whole(to, lambda spare: spare.write_bytes(content)))
    return len(content)


def page() -> str:
    """The whole document: the one that is kept where it was made of these very sources, else made anew, in a minute."""
    mark = made_of()
    for place in filter(Path.is_file, KEPT):
        kept = place.read_text(encoding="utf-8")
        if kept.endswith(mark):
            return kept
    return html()


@functools.cache
def made_of() -> str:
    """The last line of a page: a hash of the sources that it is made of."""
    folders = {FOLDER: TEXTS, PACKAGE / "engine": TEXTS, places.folder(): ("*.yaml",)}
    files = [file for folder, kinds in folders.items() for kind in kinds for file in folder.rglob(kind)]
    parts = [laws_key()]
    for file in {PACKAGE / "analysis" / "wording.py", *files} - {*KEPT}:
        content = file.read_bytes().replace(b"\r\n", b"\n")
        parts.append(f"{file.parent.name}/{file.name} {hashlib.sha256(content).hexdigest()}")
    return f"<!-- made of {hashlib.sha256('\n'.join(sorted(parts)).encode()).hexdigest()[:16]} -->\n"


def html() -> str:
    """The whole document, made anew; the same each time."""
    script, style = scripts(), _read("classroom.css", "lessons.css")
    loader = jinja2.FileSystemLoader(FOLDER / "templates")
    templates = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return templates.get_template("classroom.html").render(
        advice=ADVICE,
        script=script,
        style=style,
        allowed={"script": _hash(script), "style": _hash(style)},
        data={name: _json(value) for name, value in data().items()},
        made_of=made_of(),
    )


def scripts() -> str:
    """Every script in the order in which they run; each adds one name, the last line begins."""
    return "\n".join(["\n", engine(), _read(*(f"{name}.js" for name in (*SHARED, *SCREENS))), BEGIN])


def _read(*names: str) -> str:
    """Those of the files that are there, one after another, without indentation and without lines of remarks alone."""
    places = [FOLDER / "static" / name for name in names]
    written = "\n".join(place.read_text(encoding="utf-8") for place in places if place.exists())
    lines = (line.strip() for line in written.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def engine() -> str:
    """The laws and the engine that walks them; it adds `Alliance`."""
    return program.whole()


def data() -> dict[str, Any]:
    """The page's blocks of data, by id."""
    return {
        "setup": menus.setup(),
        "words": words(),
        "story": story(),
        "lessons": lessons.data(),
        "play": play.data(),
    }


def words() -> dict[str, dict[str, str]]:
    """The glossary: title and text of each term."""
    found = yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8"))
    return {term: {"title": entry["title"], "text": " ".join(entry["text"].split())} for term, entry in found.items()}


def story() -> dict[str, Any]:
    """What a story says from which value on, and what a patient says of it: the texts that the command line uses."""
    narration = FOLDER / "narration.yaml"
    return {
        "words": {
            kind: [[None if limit == wording.TOP else limit, word] for limit, word in steps]
            for kind, steps in wording.WORDS.items()
        },
        "verdicts": [wording.VERDICTS[bool(way & 2), bool(way & 1)] for way in range(4)],
        "ways": {
            name.lower(): list(getattr(wording, name))
            for name in ("UP", "DOWN", "LEVEL", "SEEN", "MISSED", "STEADY", "WORKED", "ASSESSED", "MENDED", "TORN")
        },
        "shown_as": wording.SHOWN_AS,
        "moved": [[why, rose, said] for (why, rose), said in wording.MOVED.items()],
        "least": {"insight": wording.LEAST_INSIGHT, "percent": wording.LEAST_PERCENT, "fear": wording.FEAR_MOVE},
        "difficult": {"hard": wording.HARD, "worked_through": wording.WORKED_THROUGH},
        "said": yaml.safe_load(narration.read_text(encoding="utf-8")),
    }


def _json(value: Any) -> str:
    """A value as JSON that may stand in a page."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")


def _hash(text: str) -> str:
    """What a page's policy names a script or style by, which then may stand in it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
