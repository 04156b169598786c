"""One page that says what a study asked, did and found: complete in itself, with no reference to anything outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened
from alliance_sim.errors import FolderError
from alliance_sim.figures.drawing import Drawing
from alliance_sim.report import people, precise, tables, templates, wording
from alliance_sim.report.command import command
from alliance_sim.report.drawings import drawings
from alliance_sim.report.pictures import Picture, picture
from alliance_sim.report.templates import Head
from alliance_sim.study.folders import written
from alliance_sim.study.reading import Stored
from alliance_sim.study.verify import Verdict, verify
from alliance_sim.world.configuration import as_yaml

LARGEST_PAGE = 5_000_000
ENDINGS = (".html", ".htm")


# Which figure the first screen shows, the first of these that there is, else the first figure.
BEST = ("contrasts_standardised", "contrasts", "points")
LAST = (
    ("precision", "Precision"),
    ("uncertainty", "Parameter uncertainty"),
    ("provenance", "Provenance"),
    ("limits", "Limits"),
)


class Answer(NamedTuple):
    """A question and its answer."""

    name: str
    title: str
    sentence: str  # empty where it is not answered
    said: str
    tables: list[tables.Table]
    pictures: list[Picture]


def page(opened: Opened) -> str:
    """Write the page of a results folder.

    Raises:
        FolderError: The folder cannot be read, or the page would be larger than it may be.
    """
    drawn, leading = drawings(opened), questions.designed(opened.study)
    answers = [_answer(opened, name, drawn) for name in opened.study.ask]
    pictures = [picture(name, drawing) for name, drawing in drawn.items() if not drawing.question]
    provenance = _provenance(opened, opened.held)
    text = templates.page(
        "page.html.j2",
        _head(opened, answers, pictures, provenance),
        study=opened.study,
        base=opened.base,
        assigned=wording.ASSIGNED[opened.base.assignment.rule],
        findings=wording.findings(opened),
        differences=(differences := tables.differences(opened)),
        all_differences=tables.differences(opened, whole=True) if differences.note else None,
        all_keys=tables.ALL_KEYS,
        key_tables=tables.outcomes(opened),
        fixed=tables.fixed(opened),
        pictures=pictures,
        plan=tables.planned(opened.study, leading),
        first=[answer for answer in answers if answer.name == leading],
        answers=[answer for answer in answers if answer.name != leading],
        precision=_precision(opened),
        varied=wording.varied(opened),
        shared=people.shared(opened),
        provenance=provenance,
    )
    if len(text.encode()) > LARGEST_PAGE:
        raise FolderError(
            f"the page of {opened.held.folder} would have {printing.size(len(text.encode()))}, more than "
            f"{printing.size(LARGEST_PAGE)}; ask fewer questions."
        )
    return text


def _head(
    opened: Opened, answers: Sequence[Answer], pictures: Sequence[Picture], provenance: Mapping[str, Any]
) -> Head:
    """The first screen: the study's question, its answer, and the picture that shows it."""
    study = opened.study
    about = wording.leading(study)
    own = next((answer.pictures for answer in answers if answer.sentence and answer.name == about), None)
    by_name = {one.name: one for one in own or pictures}
    best = next((name for name in BEST if name in by_name), next(iter(by_name), ""))
    there, wanted = provenance["there"], provenance["wanted"]
    notices = []
    if there < wanted:
        notices.append(
            f"This study is not complete: {there:,} of {wanted:,} trials are here. What is shown rests on these; the "
            f"study's command goes on from there."
        )
    notices += [
        f"This folder is damaged: {said}. The study's command computes it again." for said in provenance["damaged"][:1]
    ]
    notices += filter(None, [provenance["failed"]])
    first = [answer for answer in answers if answer.name == questions.designed(study)]
    contents = [
        ("design", "Design"),
        *((answer.name, answer.title) for answer in first),
        ("found", "The study’s own arms" if first else "What was found"),
        *((answer.name, answer.title) for answer in answers if answer not in first),
        *LAST,
    ]
    kicker = f"{study.experiment}: {opened.base.protocol.name}, {opened.base.patients.condition.value}"
    return Head(wording.title(opened), kicker, wording.answer(opened), contents, by_name.get(best), notices)


def _answer(opened: Opened, name: str, drawn: dict[str, Drawing]) -> Answer:
    title = questions.about(name).title
    about = opened.about_answers.get(name)
    if about is None:
        return Answer(name, title, "", "Asked, and not answered yet: run the study's command again.", [], [])
    count = "one replicate" if about["replicates"] == 1 else f"{about['replicates']:,} replicates"
    said = f"From {count}, in {printing.duration(about['seconds'])}; whole tables in answers/."
    pictures = [picture(key, drawing) for key, drawing in drawn.items() if drawing.question == name]
    plan = tables.planned(opened.study, "" if name == questions.designed(opened.study) else name)
    shown = [*([plan] if plan.rows else []), *tables.answered(opened, name)]
    return Answer(name, title, questions.sentence(name, opened), said, shown, pictures)


def _precision(opened: Opened) -> dict[str, Any]:
    """How large Monte Carlo errors are, and what common random numbers brought."""
    heads, rows = ["Measure", "of a mean", "of a difference"], precise.largest_errors(opened, "none")
    made = tables.Table("Largest Monte Carlo standard error", heads, [0, 1, 1], rows)
    return {"table": made, "gain": precise.gain(opened)}


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
