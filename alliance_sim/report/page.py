"""One page that says what a study asked, did and found: complete in itself, with no reference to anything outside."""

import base64
import io
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.precision import largest_error, needed, scale
from alliance_sim.errors import FolderError
from alliance_sim.figures import theme
from alliance_sim.figures.drawing import Drawing
from alliance_sim.report import tables, templates, wording
from alliance_sim.report.command import command
from alliance_sim.report.drawings import drawings
from alliance_sim.study.config import Estimand
from alliance_sim.study.folders import written
from alliance_sim.study.reading import Stored
from alliance_sim.study.verify import Verdict, verify
from alliance_sim.world.configuration import as_yaml

LARGEST_SVG = 150_000  # bytes; a larger drawing is embedded as PNG
LARGEST_PAGE = 5_000_000
ENDINGS = (".html", ".htm")
PRECISE = ("change", "response", "dropout", "adverse")  # measures whose errors are shown


class Picture(NamedTuple):
    """A figure inside the page."""

    name: str
    caption: str
    address: str  # a data URI


class Answer(NamedTuple):
    """A question and its answer."""

    name: str
    title: str
    said: str
    tables: list[tables.Table]
    pictures: list[Picture]


def page(opened: Opened) -> str:
    """Write the page of a results folder.

    Raises:
        FolderError: The folder cannot be read, or the page would be larger than it may be.
    """
    drawn = drawings(opened)
    text = templates.read("page.html.j2").render(
        style=Markup(templates.text("page.css")),
        study=opened.study,
        base=opened.base,
        advice=wording.ADVICE,
        assigned=wording.ASSIGNED[opened.base.assignment.rule],
        findings=wording.findings(opened),
        differences=tables.differences(opened),
        key_tables=tables.outcomes(opened),
        fixed=tables.fixed(opened),
        pictures=[_picture(name, drawing) for name, drawing in drawn.items() if not drawing.question],
        answers=[_answer(opened, name, drawn) for name in opened.study.ask],
        precision=_precision(opened),
        provenance=_provenance(opened, opened.held),
    )
    if len(text.encode()) > LARGEST_PAGE:
        raise FolderError(
            f"the page of {opened.held.folder} would have {printing.size(len(text.encode()))}, more than "
            f"{printing.size(LARGEST_PAGE)}; ask fewer questions."
        )
    return text


def _picture(name: str, drawing: Drawing) -> Picture:
    figure = drawing.draw()
    content, kind = _bytes(figure, ".svg"), "svg+xml"
    if len(content) > LARGEST_SVG:
        content, kind = _bytes(figure, ".png"), "png"
    return Picture(name, drawing.described(figure), f"data:image/{kind};base64,{base64.b64encode(content).decode()}")


def _bytes(figure: Figure, ending: str) -> bytes:
    room = io.BytesIO()
    theme.save(figure, room, ending)
    return room.getvalue()


def _answer(opened: Opened, name: str, drawn: dict[str, Drawing]) -> Answer:
    title = questions.about(name).title
    about = opened.about_answers.get(name)
    if about is None:
        return Answer(name, title, "Asked, and not answered yet: run the study's command again.", [], [])
    count = "one replicate" if about["replicates"] == 1 else f"{about['replicates']:,} replicates"
    said = f"From {count}, in {printing.duration(about['seconds'])}; whole tables in answers/."
    pictures = [_picture(key, drawing) for key, drawing in drawn.items() if drawing.question == name]
    return Answer(name, title, said, tables.answered(opened, name), pictures)


def _precision(opened: Opened) -> dict[str, Any]:
    """How large Monte Carlo errors are, and what common random numbers brought."""
    found, named = opened.found, printing.labels(opened.base)
    rows = []
    for measure in PRECISE:
        each = (largest_error(found, measure, estimand) for estimand in (Estimand.mean, Estimand.difference))
        mean, difference = (_error(measure, error) for error in each)
        rows.append([named[measure].strip(), mean, difference if found.pairs else "none compared"])
    made = tables.Table(
        "Largest Monte Carlo standard error", ["Measure", "of a mean", "of a paired difference"], [0, 1, 1], rows
    )
    gain = ""
    if found.pairs:
        of_change = needed(found, "change", 1.0)
        own = of_change[of_change["versus"].notna() & (of_change["needed"] > 0)]
        if len(own):
            gain = f"{float((own['needed_apart'] / own['needed']).median()):.0f}"
    return {"table": made, "gain": gain}


def _error(measure: str, error: float) -> str:
    if pd.isna(error) or error == 0:
        return "not known" if pd.isna(error) else "none"
    return f"{error:.2g} percentage points" if measure in printing.SHARES else f"{error / scale(measure):.2g} points"


def _provenance(opened: Opened, stored: Stored) -> dict[str, Any]:
    """Where the numbers come from and how to make them again."""
    verdict: Verdict = verify(stored.folder)
    line, exact = command(opened.study)
    runs = stored.runs
    failed = stored.failures
    machines = dict.fromkeys(
        f"{run['machine']['system']} {run['machine']['processor']}, Python {run['machine']['python']}, "
        f"NumPy {run['machine']['numpy']}"
        for run in runs
    )
    seconds = sum(run["seconds"] for run in runs)
    return {
        "command": line,
        "exact": exact,
        "digest": verdict.digest,
        "damaged": verdict.damaged,
        "there": verdict.trials,
        "wanted": verdict.wanted,
        "failed": wording.failed(failed) if len(failed) else "",
        "version": stored.manifest.get("package", "unknown"),
        "commit": stored.manifest.get("commit") or "",
        "laws": stored.manifest["laws"],
        "seed": stored.manifest["seed"],
        "when": ", ".join(dict.fromkeys(run["began"][:10] for run in runs)) or "not finished yet",
        "runs": len(runs),
        "seconds": printing.duration(seconds),
        "machines": "; ".join(machines) or "not known yet",
        "config": as_yaml(opened.study),
    }


def write(opened: Opened, place: Path) -> int:
    """Write the page; returns how many bytes it has.

    Raises:
        FolderError: It cannot be written there, or would be larger than it may be.
    """
    if place.suffix.lower() not in ENDINGS:
        raise FolderError(f"{place} is no name of a page; end it with .html.")
    content = page(opened).encode()
    written(place, lambda to: to.write_bytes(content))
    return len(content)
