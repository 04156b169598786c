"""Which files of a results folder are described in its crate: those whose names are known, and nothing else."""

import hashlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from alliance_sim.errors import FolderError

CRATE = "ro-crate-metadata.json"
FOLDER = "records"
FOLDERS = {
    "trials": "Rows of every simulated trial: means over its patients",
    "patients": "Rows of every simulated patient",
    "sessions": "Rows of every session and assessment",
    "batches": "For each batch of trials which it holds, with size and checksum of its files",
    "chunks": "The same in folders of an earlier version",
    "runs": "For each run when, how long, how many trials, and the versions",
    "answers": "Answers to the questions that the study asks",
    "planned": "What each simulated trial of a plan found",
    "figures": "Figures",
    FOLDER: "Records for a publication",
}
ADEMP, STRESS, CALIBRATION, METHODS = "ademp.md", "stress-abs.md", "calibration.md", "methods.md"
PARAMETERS, REFERENCES = "parameters.csv", "references.bib"
# Pattern of a path, what the file is, and its media type.
KNOWN = (
    (r"config\.yaml", "The whole configuration of the study, resolved", "application/yaml"),
    (r"manifest\.json", "Seed, version, model sources, units and configuration", "application/json"),
    (r"design\.parquet", "One row an arm or point, with its values", "application/vnd.apache.parquet"),
    (r"summary\.csv", "Every estimate with its Monte Carlo standard error", "text/csv"),
    (r"columns\.csv", "What every column of the tables means, with its unit and range", "text/csv"),
    (r"report\.html", "One page of what was asked, done and found", "text/html"),
    (r"trials/[0-9a-f]{16}\.parquet", "A batch of trials", "application/vnd.apache.parquet"),
    (r"patients/[0-9a-f]{16}\.parquet", "The patients of a batch of trials", "application/vnd.apache.parquet"),
    (r"sessions/[0-9a-f]{16}\.parquet", "The sessions of a batch of trials", "application/vnd.apache.parquet"),
    (r"(?:batches|chunks)/[0-9a-f]{16}\.json", "Which trials a batch holds", "application/json"),
    (r"runs/[\w.+-]+\.json", "A run: when, how long, how many trials", "application/json"),
    (r"answers/about\.json", "What each answer rests on", "application/json"),
    (r"answers/\w+\.csv", "A table of an answer", "text/csv"),
    (r"planned/_about\.json", "Which planned trials each file holds", "application/json"),
    (r"planned/[0-9a-f]{16}-\d+\.parquet", "What planned trials of a size found", "application/vnd.apache.parquet"),
    (r"figures/[\w-]+\.png", "A figure", "image/png"),
    (r"figures/[\w-]+\.svg", "A figure", "image/svg+xml"),
    (r"figures/[\w-]+\.pdf", "A figure", "application/pdf"),
    (r"figures/[\w-]+\.csv", "The numbers that a figure shows", "text/csv"),
    (rf"{FOLDER}/{re.escape(ADEMP)}", "The study by ADEMP: how it was planned, done and judged", "text/markdown"),
    (rf"{FOLDER}/{re.escape(STRESS)}", "The STRESS-ABS checklist, every item answered", "text/markdown"),
    (rf"{FOLDER}/{re.escape(CALIBRATION)}", "What of the model is fitted, published, assumed", "text/markdown"),
    (rf"{FOLDER}/{re.escape(METHODS)}", "A paragraph for the methods section", "text/markdown"),
    (rf"{FOLDER}/{re.escape(PARAMETERS)}", "Every parameter in force, its value and what it rests on", "text/csv"),
    (rf"{FOLDER}/{re.escape(REFERENCES)}", "The works that the parameters rest on", "application/x-bibtex"),
)
PATTERNS = [(re.compile(pattern, re.ASCII), about, media) for pattern, about, media in KNOWN]


class File(NamedTuple):
    """One file of the crate."""

    path: str  # in the folder
    about: str
    media: str
    size: int  # bytes
    sha256: str


def described(path: str, size: int, sha256: str) -> File | None:
    """What a path of a results folder is; None where its name is not known."""
    for pattern, about, media in PATTERNS:
        if pattern.fullmatch(path):
            return File(path, about, media, size, sha256)
    return None


def of_folder(folder: Path) -> dict[str, File]:
    """The known files of a folder by path, read anew; links and what is no regular file are left out.

    Raises:
        FolderError: One cannot be read.
    """
    found = {}
    for path in _paths(folder):
        place = folder / path
        if not stat.S_ISREG(place.lstat().st_mode):
            continue
        try:
            with place.open("rb") as held:
                digest = hashlib.file_digest(held, "sha256").hexdigest()
        except OSError as error:
            raise FolderError(
                f"{place} cannot be read ({error.strerror or error}); see to that and type it again."
            ) from error
        about = described(path, place.stat().st_size, digest)
        if about is not None:
            found[path] = about
    return found


def _paths(folder: Path) -> Iterator[str]:
    """Paths of the folder whose names are known, in order."""
    here = sorted(place.name for place in folder.iterdir())
    for name in here:
        if described(name, 0, ""):
            yield name
        elif name in FOLDERS and (folder / name).is_dir() and not (folder / name).is_symlink():
            own = sorted(place.name for place in (folder / name).iterdir())
            yield from (f"{name}/{file}" for file in own if described(f"{name}/{file}", 0, ""))
