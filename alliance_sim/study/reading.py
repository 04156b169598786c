"""A results folder as it is read: its batches, which trials to take from each, and frames with units.

Folders of older formats are read too: their columns and keys come out under their present names.
"""

import contextlib
import functools
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet

from alliance_sim.aliases import COLUMNS, planned, present, renamed
from alliance_sim.errors import FolderError
from alliance_sim.study import records, tables
from alliance_sim.study.designs import MOST_POINTS, Label
from alliance_sim.study.folders import free
from alliance_sim.study.identity import laws_key
from alliance_sim.study.planned_trials import PlannedTrials
from alliance_sim.study.points_table import reason
from alliance_sim.study.records import DamagedError
from alliance_sim.study.runner import CHANGES, failures, joined
from alliance_sim.study.stored_batches import (
    BATCHES as BATCHES,
    StoredBatch,
    check_columns,
    is_whole,
    is_word,
    stored_batches,
    trials_to_take,
)
from alliance_sim.study.tables import KINDS as KINDS

DESIGN, MANIFEST = "design.parquet", "manifest.json"
RUNS = "runs"  # a small file a run: when, how long, on which machine
ANSWERS = "answers"  # tables that answer the questions a study asks
ABOUT = f"{ANSWERS}/about.json"  # on how many replicates each answer rests, how long it took, checksums of its tables
FORMAT = 3  # of the folders that are written
OLDER = {2: "chunks"}  # formats that are still read, and what the folder of their small files is called
MENDED = "run the study's command again to compute it anew"


def load(folder: str | Path) -> "Stored":
    """Open a results folder; its frames are read when first asked for.

    Raises:
        FolderError: The folder holds no results.
    """
    folder = Path(folder)
    names = (BATCHES, *OLDER.values())
    if not (folder / MANIFEST).is_file() or not any(any((folder / name).glob("*.json")) for name in names):
        raise FolderError(f"{folder} holds no results; name a folder that alliance-sim run wrote.")
    return Stored(folder)


class Stored:
    """A results folder: `design`, `trials`, `patients` and `sessions` as frames, read when first asked for.

    Units of the columns are in each frame's `attrs["units"]`.
    """

    def __init__(self, folder: Path) -> None:
        """Read what the folder says about itself.

        Raises:
            FolderError: It cannot be read.
        """
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._is_older = self.manifest["format"] in OLDER
        self._listed = stored_batches(folder, OLDER.get(self.manifest["format"], BATCHES))

    @property
    def advice(self) -> str:
        """What to do about a damaged file, as the end of a sentence."""
        own = not self._is_older and self.manifest["laws"] == laws_key()
        return MENDED if own else "restore it from a copy of the folder"

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Say in one sentence what is damaged, and what to do."""
        try:
            yield
        except DamagedError as error:
            raise error.at(self.folder, self.advice) from error

    @property
    def batches(self) -> list[StoredBatch]:
        """The batches that are there.

        Raises:
            FolderError: A small file describes none.
        """
        found, damaged = self._listed
        with self._reading():
            for error in damaged:
                raise error
        return found

    def damages(self) -> Iterator[DamagedError]:
        """Read every file of results anew and yield those that are not what was written."""
        found, damaged = self._listed
        yield from damaged
        for batch in found:
            yield from batch.damages()
        about = list(_damage(lambda: self.about_answers))
        yield from about
        for name in [] if about else self.tables:
            yield from _damage(functools.partial(self.table, name))
        yield from PlannedTrials(self.folder).damages()
        yield from _damage(lambda: self.design)
        for path in run_files(self.folder):
            yield from _damage(functools.partial(read_run, path))

    @functools.cached_property
    def design(self) -> pd.DataFrame:
        """One row a point: number, name where it is an arm, part in the design, values, content address `id`.

        Raises:
            FolderError: The file is damaged.
        """
        with self._reading():
            frame = read_design(self.folder, self.manifest.get("design", []))
            return self._units(_with_present_names(frame, DESIGN) if self._is_older else frame)

    @functools.cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial: means over its patients."""
        return self.read("trials")

    @functools.cached_property
    def patients(self) -> pd.DataFrame:
        """One row a patient; empty if none were kept."""
        return self.read("patients")

    @functools.cached_property
    def sessions(self) -> pd.DataFrame:
        """One row a session or assessment; empty if none were kept."""
        return self.read("sessions")

    @property
    def failures(self) -> pd.DataFrame:
        """Arm or point, replicate and error of every trial that raised."""
        parts = (part[part["status"] == "failed"] for part in self.parts("trials", ["status", "error"]))
        found = [failures(self.labelled(part)) for part in parts if len(part)]
        columns = ["arm" if "arm" in self.design else "point", "replicate", "error"]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What each finished run says of itself, in their order: when, how long, trials, machine, versions.

        Raises:
            FolderError: One cannot be read.
        """
        with self._reading():
            return [read_run(path) for path in run_files(self.folder)]

    @property
    def labels(self) -> list[Label]:
        """Names of the arms, or numbers of the points."""
        return list(self.design["arm"] if "arm" in self.design else self.design["point"])

    @property
    def replicates(self) -> int:
        """How many trials a point the last command asked for."""
        return int(self.manifest["config"]["replicates"])

    @property
    def missing(self) -> int:
        """How many trials the last command asked for that are not there; points with the same world share theirs."""
        ids = set(self.design["id"])
        there = sum(int(own.sum()) for _, own in trials_to_take(self.batches, "trials", ids, self.replicates))
        return len(ids) * self.replicates - there

    def columns(self, kind: str) -> list[str]:
        """Columns of a kind of rows, beside those that say which trial a row is of.

        Raises:
            FolderError: A file is damaged.
        """
        for batch in self.batches:
            if kind in batch.files and batch.files[kind].rows != 0:
                with self._reading():
                    names = batch.columns(kind)
                return [COLUMNS.get(name, name) for name in names if name not in ("id", "replicate")]
        return list(tables.COLUMNS[kind])  # all trials failed

    def read(
        self,
        kind: str,
        columns: Sequence[str] | None = None,
        replicates: int | None = None,
        labels: Sequence[Label] | None = None,
    ) -> pd.DataFrame:
        """Read rows of one kind, sorted by point and replicate.

        Args:
            kind: `trials`, `patients` or `sessions`.
            columns: Which columns beside point and replicate; all unless given.
            replicates: Only the first so many.
            labels: Only these points.

        Raises:
            FolderError: A batch cannot be read.
        """
        most = min(self.replicates, self.replicates if replicates is None else replicates)
        wanted = None if labels is None else set(labels)
        frames = [
            self.labelled(part, wanted)
            for part in self.parts(kind, columns, most, None if wanted is None else self._ids(wanted))
        ]
        return self._units(joined(frames, self.labels)) if frames else pd.DataFrame()

    def parts(
        self,
        kind: str,
        columns: Sequence[str] | None = None,
        replicates: int | None = None,
        ids: set[str] | None = None,
        as_stored: bool = False,
        in_order: bool = False,
    ) -> Iterator[pd.DataFrame]:
        """Yield rows of one kind batch by batch, each trial once, points named by `id`.

        Args:
            kind: `trials`, `patients` or `sessions`.
            columns: Which columns beside point and replicate; all unless given.
            replicates: Only the first so many; those that the study asked for unless given.
            ids: Only these points.
            as_stored: Leave columns under the names that lie in the files of an older folder.
            in_order: Batches of the first replicates come first, else those come in the order of their names.

        Raises:
            FolderError: A batch cannot be read.
        """
        most = self.replicates if replicates is None else replicates
        known = set(self.design["id"]) if ids is None else ids
        names = COLUMNS if self._is_older and not as_stored else {}
        stored = {present: name for name, present in names.items()}
        wanted = None if columns is None else ["id", "replicate", *(stored.get(name, name) for name in columns)]
        taken = trials_to_take(self.batches, kind, known, most)
        if in_order:
            places = {name: place for place, name in reversed(list(enumerate(self.design["id"])))}
            taken = iter(sorted(taken, key=lambda pair: (pair[0].replicates.start, places.get(pair[0].ids[0], 0))))
        for batch, own in taken:
            if batch.files[kind].rows == 0:  # all its trials failed
                continue
            with self._reading():
                frame = batch.frame(kind, wanted)
            if not own.all():
                place = {name: number for number, name in enumerate(batch.ids)}
                row = frame["id"].map(place).to_numpy(dtype=np.int64)
                frame = frame[own[row, frame["replicate"].to_numpy() - batch.replicates.start]]
            yield frame.reset_index(drop=True).rename(columns=names)

    @property
    def tables(self) -> list[str]:
        """Names of the tables of answers: those that are said to be there, in older folders those that are."""
        about = [held.get("tables") for held in self.about_answers.values()]
        if about and None not in about:
            return sorted(name for own in about if own for name in own)
        return sorted(path.stem for path in (self.folder / ANSWERS).glob("*.csv"))

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of answers as the study wrote it; None where it is not there.

        Raises:
            FolderError: It cannot be read.
        """
        path, file = self.folder / ANSWERS / f"{name}.csv", f"{ANSWERS}/{name}.csv"
        if name not in self.tables:
            return None
        tables = [about.get("tables") or {} for about in self.about_answers.values()]
        with self._reading():
            frame = read_answer(path, file, [known[name] for known in tables if name in known])
            return _with_present_names(frame, file) if self._is_older else frame

    @functools.cached_property
    def about_answers(self) -> dict[str, dict[str, Any]]:
        """For each question that was answered: replicates, seconds, checksums of its tables.

        Raises:
            FolderError: The file cannot be read.
        """
        made: dict[str, dict[str, Any]] = {}
        if not (self.folder / ABOUT).exists():
            return made
        with self._reading():
            for name, held in records.read(self.folder / ABOUT, ABOUT).items():
                records.check(records.AnswerRecord, held, ABOUT)
                made[name] = records.check_seal(name, held, ABOUT)
        return made

    def _ids(self, labels: set[Label]) -> set[str]:
        held = [label in labels for label in self.labels]
        return set(self.design.loc[held, "id"])

    def labelled(self, frame: pd.DataFrame, wanted: set[Label] | None = None) -> pd.DataFrame:
        """Put arm or point in place of the content address; points with the same world share rows."""
        key = "arm" if "arm" in self.design else "point"
        about = self.design[["id", key]]
        if wanted is not None:
            about = about[about[key].isin(list(wanted))]
        turn = about.groupby("id").cumcount()
        frames = []
        for number in range(int(turn.max()) + 1):
            names = about[turn == number].set_index("id")[key]
            codes = names.index.get_indexer(pd.Index(frame["id"].astype(str)))
            own = frame[codes >= 0].drop(columns="id")
            labels = names.to_numpy()[codes[codes >= 0]]
            own.insert(0, key, labels if key == "arm" else labels.astype(np.int32))
            frames.append(own)
        return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]

    def _units(self, frame: pd.DataFrame) -> pd.DataFrame:
        known = self.manifest["units"]
        frame.attrs["units"] = {name: known[name] for name in frame.columns if name in known}
        return frame


def _damage(read: Callable[[], Any]) -> Iterator[DamagedError]:
    """What reading a file finds damaged."""
    try:
        read()
    except DamagedError as error:
        yield error


def run_files(folder: Path) -> list[Path]:
    """The small files that runs left."""
    return sorted((folder / RUNS).glob("*.json"))


def read_run(path: Path) -> dict[str, Any]:
    """What a run says of itself.

    Raises:
        DamagedError: The file cannot be read.
    """
    file = f"{RUNS}/{path.name}"
    held = records.read(path, file)
    records.check(records.RunRecord, held, file)
    return records.check_seal(path.stem, held, file)


def read_answer(path: Path, file: str, checksums: Sequence[str]) -> pd.DataFrame:
    """A table of answers.

    Args:
        path: Where it lies.
        file: Its path in the folder.
        checksums: Of what was written, where that is known.

    Raises:
        DamagedError: It cannot be read.
    """
    content = records.content(path, file, checksums)
    try:  # names such as `none` are words here
        frame = pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])
    except ValueError as error:
        raise DamagedError(file, "holds no table") from error
    if "estimate" not in frame or not pd.api.types.is_numeric_dtype(frame["estimate"]):
        raise DamagedError(file, "has no column estimate such as answers have")
    return frame


def read_design(folder: Path, checksums: Sequence[str]) -> pd.DataFrame:
    """The design of a folder; `checksums` are of what was written, where that is known.

    Raises:
        DamagedError: It cannot be read.
    """
    content = records.content(folder / DESIGN, DESIGN, checksums)
    try:
        source = parquet.ParquetFile(io.BytesIO(content))
        schema, rows = source.schema_arrow, source.metadata.num_rows
        key, fits = ("arm", is_word) if "arm" in schema.names else ("point", is_whole)
        check_columns({"id": is_word, key: fits}, schema, DESIGN)
        frame = pd.read_parquet(io.BytesIO(content)) if 0 < rows <= MOST_POINTS else pd.DataFrame()
    except DamagedError:
        raise
    except (OSError, pyarrow.ArrowException, ValueError, TypeError, KeyError) as error:
        raise DamagedError(DESIGN, f"cannot be read ({reason(error)})") from error
    if frame.empty or not frame[key].is_unique or not frame["id"].str.fullmatch("[0-9a-f]{16}").all():
        raise DamagedError(DESIGN, "does not list points, each once")
    return frame


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest; keys and columns have their present names.

    Raises:
        FolderError: There is none, it is damaged, or a later version wrote it.
    """
    try:
        held = records.read(folder / MANIFEST, MANIFEST)
        if held.get("format") not in (FORMAT, *OLDER):
            raise FolderError(f"{folder} was written by another version of alliance-sim; type {free(folder)}.")
        records.check(records.Manifest, held, MANIFEST)
        held = records.check_seal(MANIFEST, held, MANIFEST)
    except DamagedError as error:
        advice = f"restore it from a copy, or run the study into a new folder with {free(folder)}"
        raise error.at(folder, advice) from error
    if held["format"] in OLDER:
        held |= {name: renamed(held[name]) for name in ("base", "config")}
        held["units"] = {COLUMNS.get(name, name): unit for name, unit in held["units"].items()}
    held["config"] = planned(held["config"])
    return held


def _with_present_names(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """A design or a table of answers of an older folder: keys in its heads and its cells by their present names.

    Raises:
        DamagedError: What arms change is not written as it should be.
    """
    made = frame.rename(columns=lambda name: COLUMNS.get(name, present(name)))
    for name in made.select_dtypes(["object", "string"]):
        made[name] = [present(cell) if isinstance(cell, str) else cell for cell in made[name]]
    if CHANGES in made:
        try:
            made[CHANGES] = [json.dumps(renamed(json.loads(cell))) for cell in made[CHANGES]]
        except (ValueError, TypeError, RecursionError) as error:
            raise DamagedError(file, f"holds no JSON in its column {CHANGES}") from error
    return made
