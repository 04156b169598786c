"""Whether the records of a results folder are of what it holds now."""

from pathlib import Path
from typing import Any

from alliance_sim.errors import command
from alliance_sim.report.records.files import CRATE, described, of_folder
from alliance_sim.study import records
from alliance_sim.study.records import DamagedError


def said(root: Path) -> dict[str, str] | None:
    """What the crate of a folder says of its files: checksums by path; None where it cannot be read.

    A crate from elsewhere may say anything: only names of known files are taken.
    """
    try:
        graph: Any = records.read(root / CRATE, CRATE).get("@graph")
    except DamagedError:
        return None
    if not isinstance(graph, list):
        return None
    found = {}
    for entity in graph:
        path, digest = (entity.get("name"), entity.get("sha256")) if isinstance(entity, dict) else (None, None)
        if isinstance(path, str) and isinstance(digest, str) and described(path, 0, digest):
            found[path] = digest
    return found


def stale(root: Path) -> str:
    """Whether the records of a folder are of what it holds: empty if they are, or there are none; else a sentence."""
    if not (root / CRATE).is_file():
        return ""
    again = command("records", folder=root)
    known = said(root)
    if known is None:
        return f"{CRATE} cannot be read; type {again}."
    now = {path: file.sha256 for path, file in of_folder(root).items()}
    other = sorted(path for path in {*known, *now} if known.get(path) != now.get(path))
    if not other:
        return ""
    more = f" and {len(other) - 1} more" if len(other) > 1 else ""
    return f"the records are of another state of this folder ({other[0]}{more}); to write them anew, type {again}."
