"""A study's tables for other programs, each row with the name of its arm, written whole or not at all."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import alliance_sim
from alliance_sim.analysis.opened import Opened
from alliance_sim.errors import AnswerError, FolderError, ScenarioError
from alliance_sim.model.registry import nearest
from alliance_sim.study import asked, records
from alliance_sim.study.describing import ANSWERS, DESIGN, SUMMARY, declared, described
from alliance_sim.study.dictionary import WORD
from alliance_sim.study.folders import TEMPORARY, free, writable
from alliance_sim.study.planned_trials import PLANNED
from alliance_sim.study.progress import Progress
from alliance_sim.study.reading import ABOUT, BATCHES, RUNS, Stored
from alliance_sim.study.records import DamagedError
from alliance_sim.study.sheets import DICTIONARY, MOST_ROWS, PROGRAM, WRITERS, Writer, too_large
from alliance_sim.study.store import FIGURES
from alliance_sim.study.tables import KINDS

MARK = "export.json"  # in a folder: that it is an export, and the checksums of its files
KINDS_FIRST = tuple(reversed(KINDS))  # trials, patients, sessions
ROWS_AT_ONCE = 20_000
EXCEL = "xlsx"
FILES = {"csv": "csv", EXCEL: "results.xlsx", "parquet": "parquet"}  # what an export is called


class Exported(NamedTuple):
    """What was written."""

    place: Path  # a folder, or a workbook
    rows: dict[str, int]  # by table


def export(
    opened: Opened, to: str, out: str | Path = "", tables: Sequence[str] | None = None, progress: bool | None = None
) -> Exported:
    """Write tables of a study for other programs.

    Args:
        opened: The study.
        to: `csv` or `parquet`: a folder of files; `xlsx`: a workbook with a sheet each table.
        out: The folder or the workbook; unless given `csv`, `parquet` or `results.xlsx` in the results folder. An
            earlier export is replaced, nothing else is.
        tables: Some of `design`, `trials`, `patients`, `sessions`, `summary`, `answers` (all of them) and the name of
            an answer's table; all that there are unless given. What their columns are is always with them.
        progress: Show rows done, rate and time left; None: only where a bar can be drawn.

    Raises:
        ScenarioError: There is no such kind of file.
        AnswerError: There is no such table, or a workbook cannot hold it.
        FolderError: A file of the results is damaged, or `out` cannot be written or holds something else.
    """
    if to not in WRITERS:
        raise ScenarioError(f"to={to} is no kind of file that is exported; choose one of: {', '.join(WRITERS)}.")
    held = opened.held
    place = _place(held.folder, to, str(out))
    chosen = _chosen(held, tables)
    counts = {name: _count(held, name) for name in chosen if name in KINDS}
    for name, rows in counts.items():
        if to == EXCEL and rows > MOST_ROWS:
            raise too_large(name, f"has {rows:,} rows", f"{MOST_ROWS:,}")
    spare = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}{TEMPORARY}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if to != EXCEL:
            spare.mkdir()
        cells = sum(rows * len(held.columns(name)) for name, rows in counts.items())
        with Progress(cells, progress, unit="cells") as shown:
            written = _written(opened, WRITERS[to](spare, _about(opened)), chosen, shown)
        if to != EXCEL:
            _seal(spare)
        _put(spare, place)
    except OSError as error:
        why = error.strerror or error
        raise FolderError(
            f"out={place} cannot be written ({why}); make room, or type {free(place, place.suffix)}."
        ) from error
    finally:
        _remove(spare)
    return Exported(place, written)


def _written(opened: Opened, writer: Writer, chosen: Sequence[str], shown: Progress) -> dict[str, int]:
    try:
        rows = _write(opened, writer, chosen, shown)
        writer.close()
    except BaseException:
        writer.discard()
        raise
    return rows


def _write(opened: Opened, writer: Writer, chosen: Sequence[str], shown: Progress) -> dict[str, int]:
    heads = {name: next(_parts(opened, name)).head(0) for name in chosen}
    about = described(heads, list(opened.scenarios.values()), list(map(str, opened.held.design)))
    about = about.replace("", None)
    rows = {DICTIONARY: writer.table(DICTIONARY, [about], about.head(0))}
    for name in chosen:
        parts = _parts(opened, name)
        counted = _shown(parts, shown, len(opened.held.columns(name))) if name in KINDS else parts
        rows[name] = writer.table(name, counted, about[about["table"] == name].fillna({"unit": ""}))
    return rows


def _shown(parts: Iterator[pd.DataFrame], shown: Progress, columns: int) -> Iterator[pd.DataFrame]:
    """The same rows, fewer at a time, counted once they are written."""
    for part in parts:
        for first in range(0, max(len(part), 1), ROWS_AT_ONCE):
            some = part.iloc[first : first + ROWS_AT_ONCE]
            yield some
            shown.add(len(some) * columns)


def _parts(opened: Opened, name: str) -> Iterator[pd.DataFrame]:
    """A table part by part; at least one part."""
    held = opened.held
    if name == DESIGN:
        yield held.design
    elif name == SUMMARY:
        yield from opened.summary()
    elif name in KINDS:
        yield from _rows(held, name)
    else:
        table = held.table(name.removeprefix(ANSWERS))
        assert table is not None
        yield table


def _rows(held: Stored, kind: str) -> Iterator[pd.DataFrame]:
    """Rows of a kind in blocks of replicates, in a block by arm or point, replicate, and as they lie in the folder."""
    key = "arm" if "arm" in held.design else "point"
    columns = held.columns(kind)
    some = False
    for part in held.parts(kind, columns, in_order=True):
        own = held.labelled(part)
        if key == "arm":
            own[key] = pd.Categorical(own[key].astype(str), categories=held.labels)
        yield own.sort_values([key, "replicate"], kind="stable", ignore_index=True)[[key, "replicate", *columns]]
        some = True
    if not some:  # every trial failed
        words = {name for name, (column, _) in declared(kind).items() if column.type == WORD}
        types = {name: object if name in words else np.float32 for name in [key, "replicate", *columns]}
        yield pd.DataFrame({name: pd.Series(dtype=own) for name, own in types.items()})


def _count(held: Stored, kind: str) -> int:
    """How many rows of a kind there are; every file of them is compared with its checksum on the way."""
    return sum(len(held.labelled(part)) for part in held.parts(kind, []))


def _chosen(held: Stored, names: Sequence[str] | None) -> list[str]:
    """The tables that are asked for, each once, in one order.

    Raises:
        AnswerError: One is not there.
    """
    for name in held.tables:
        if not re.fullmatch(r"\w+", name):  # of a folder from elsewhere: it becomes the name of a file
            raise DamagedError(ABOUT, "names a table that is none of answers").at(held.folder, held.advice)
    answers = {name: f"{ANSWERS}{name}" for name in held.tables}
    kept = [kind for kind in KINDS_FIRST if any(kind in batch.files for batch in held.batches)]
    every = [DESIGN, *kept, SUMMARY, *answers.values()]
    if names is None:
        return every
    wanted: set[str] = set()
    for name in names:
        if name == ANSWERS.rstrip("/"):
            wanted |= set(answers.values())
        elif name in KINDS:
            wanted.add(asked.kind(held, name))
        elif name in (DESIGN, SUMMARY):
            wanted.add(name)
        elif name in answers or name in answers.values():
            wanted.add(answers.get(name, name))
        else:
            known = [DESIGN, *KINDS_FIRST, SUMMARY, *(["answers"] if answers else []), *answers]
            near = nearest(name, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"choose among: {', '.join(known)}."
            raise AnswerError(f"there is no table {name[:60]!r}; {hint}")
    if not wanted:
        raise AnswerError("tables names nothing that is there to export; leave it out to export all.")
    return [name for name in every if name in wanted]


def _about(opened: Opened) -> dict[str, str]:
    manifest = opened.held.manifest
    return {
        "alliance_sim": alliance_sim.__version__,
        "experiment": opened.study.experiment,
        "laws": manifest["laws"],
        "seed": str(manifest["seed"]),
    }


# --------------------------------------------------------------------------------------------------------- places


def _place(folder: Path, to: str, out: str) -> Path:
    """Where an export goes.

    Raises:
        FolderError: It cannot go there, or something else than an earlier export is there.
    """
    given = bool(out)
    place = Path(out) if given else folder / FILES[to]
    if to == EXCEL and place.suffix.lower() != f".{EXCEL}":
        raise FolderError(f"out={place} is no workbook; end it with .{EXCEL}, such as out={place}.{EXCEL}.")
    writable(str(place.parent) if to == EXCEL else str(place))
    whole, own = Path(os.path.abspath(place)), Path(os.path.abspath(folder))
    inside = whole.relative_to(own).parts[:1] if whole.is_relative_to(own) else ()
    if inside and inside[0] in (BATCHES, RUNS, FIGURES, ANSWERS.rstrip("/"), PLANNED, *KINDS):
        raise FolderError(f"out={place} is a part of the results; type {free(folder / to)}.")
    if place.is_symlink() or (place.exists() and not (_is_workbook if to == EXCEL else _is_folder)(place)):
        raise FolderError(
            f"out={place} holds something else than an export, or one that was changed since; "
            f"type {free(place, place.suffix)}."
        )
    return place


def _seal(folder: Path) -> None:
    """Write down that a folder is an export, and what its files are."""
    files = {
        path.relative_to(folder).as_posix(): _checksum(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    (folder / MARK).write_text(json.dumps({"export": PROGRAM, "files": files}, indent=1), encoding="utf-8")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_folder(place: Path) -> bool:
    """True for an empty folder, and for an export as it was written."""
    if not place.is_dir():
        return False
    if not (place / MARK).is_file():
        return not any(place.iterdir())
    there = {
        path.relative_to(place).as_posix(): path for path in place.rglob("*") if not path.is_dir() or path.is_symlink()
    }
    try:
        files = records.read(place / MARK, MARK).get("files")
    except DamagedError:
        return False
    own = {name: path for name, path in there.items() if name != MARK}
    if not isinstance(files, dict) or own.keys() != files.keys() or any(path.is_symlink() for path in own.values()):
        return False
    return all(_checksum(path) == files[name] for name, path in own.items())


def _is_workbook(place: Path) -> bool:
    """True for a workbook that this program wrote and none saved since."""
    try:
        with zipfile.ZipFile(place) as packed, packed.open("docProps/core.xml") as file:
            said = file.read(10_000).decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError):
        return False
    return f"<cp:lastModifiedBy>{PROGRAM}<" in said and f"<dc:creator>{PROGRAM}<" in said


def _put(spare: Path, place: Path) -> None:
    """Put a finished export in its place, that of an earlier one."""
    if not place.is_dir():
        spare.replace(place)
        return
    before = spare.with_name(f"{spare.name}.old{TEMPORARY}")
    place.rename(before)
    try:
        spare.rename(place)
    except BaseException:
        before.rename(place)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _remove(spare: Path) -> None:
    with contextlib.suppress(OSError):
        if spare.is_dir():
            shutil.rmtree(spare, ignore_errors=True)
        else:
            spare.unlink(missing_ok=True)
