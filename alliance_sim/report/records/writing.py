"""All records of a results folder, written together; and whether those that lie there are of what it holds now."""

import functools
from pathlib import Path
from typing import NamedTuple

from alliance_sim.analysis.opened import Opened
from alliance_sim.errors import FolderError, command
from alliance_sim.report.records import ademp, calibrated, citations, methods, sources, stress
from alliance_sim.report.records.crate import crate
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.files import (
    ADEMP,
    CALIBRATION,
    CRATE,
    FOLDER,
    METHODS,
    PARAMETERS,
    REFERENCES,
    STRESS,
    File,
    described,
    of_folder,
)
from alliance_sim.report.records.given import Given
from alliance_sim.report.records.stale import said
from alliance_sim.study.folders import free, whole, written
from alliance_sim.study.records import checksum

NOTHING = Given()


class Written(NamedTuple):
    """What was written."""

    crate: Path
    folder: Path  # of the other records
    names: list[str]  # their names in it
    missing: int  # trials that are not there


def write(opened: Opened, given: Given = NOTHING, out: str = "", overwrite: bool = False) -> Written:
    """Write every record of a results folder.

    Args:
        opened: The study and its folder.
        given: What was typed of authors, licence, date and code.
        out: Folder for the records beside the crate; `records` in the results folder unless given. The crate's own
            file lies in the results folder, whose files it describes.
        overwrite: Write over records that were changed by hand.

    Raises:
        FolderError: The folder is damaged, a record was changed by hand, or one cannot be written.
    """
    root = opened.held.folder
    place = Path(out) if out else root / FOLDER
    facts = Facts(opened, given)
    held = of_folder(root)
    own = place.resolve() == (root / FOLDER).resolve()
    if own and not overwrite:
        _check_unchanged(root, held)
    texts = contents(facts)
    kept = {path: file for path, file in held.items() if not path.startswith(f"{FOLDER}/")}
    if own:
        made = {f"{FOLDER}/{name}": text.encode() for name, text in texts.items()}
        records = (described(path, len(content), checksum(content)) for path, content in made.items())
        kept |= {file.path: file for file in records if file}
    if (root / FOLDER).is_symlink() and own:
        raise FolderError(
            f"{root / FOLDER} is a link to elsewhere and is not written to; make it a folder or type out=."
        )
    for name, text in texts.items():
        _put(place / name, text)
    _put(root / CRATE, crate(facts, dict(sorted(kept.items()))))
    return Written(root / CRATE, place, list(texts), facts.missing)


def contents(facts: Facts) -> dict[str, str]:
    """Every record but the crate by the name of its file."""
    grounds = sources.grounds(facts.worlds, facts.varied)
    keys = sources.rests_on(grounds)
    works = {key: citations.work_of(key) for key in keys}
    return {
        ADEMP: ademp.text(facts, grounds),
        STRESS: stress.text(facts, grounds),
        CALIBRATION: calibrated.text(facts, grounds),
        METHODS: methods.text(facts, grounds),
        PARAMETERS: sources.as_csv(grounds, sources.words(facts, grounds), works),
        REFERENCES: citations.bibliography(keys),
    }


def _put(place: Path, text: str) -> None:
    written(place, lambda to: whole(to, functools.partial(_fill, text=text)))


def _fill(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _check_unchanged(root: Path, held: dict[str, File]) -> None:
    """Refuse to write over records that somebody worked on.

    Raises:
        FolderError: One differs from what the crate says was written.
    """
    known = said(root) if (root / CRATE).is_file() else {}
    for path, digest in sorted((known or {}).items()):
        if path.startswith(f"{FOLDER}/") and path in held and held[path].sha256 != digest:
            again = command("records", "overwrite=true", folder=root)
            raise FolderError(
                f"{root / path} was changed since it was written; copy it to another place and type {again}, or "
                f"{free(root / FOLDER)}."
            )
