"""A results folder as it is read: its batches, which trials to take from each, and frames with units.

Folders of older formats are read too: their columns and keys come out under their present names.
"""

import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from alliance_sim.aliases import COLUMNS, present, renamed
from alliance_sim.errors import FolderError
from alliance_sim.study.designs import Label
from alliance_sim.study.folders import free
from alliance_sim.study.runner import CHANGES, failures, joined
from alliance_sim.study.tables import KINDS as KINDS

DESIGN, MANIFEST = "design.parquet", "manifest.json"
RUNS = "runs"  # a small file a run: when, how long, on which machine
ANSWERS = "answers"  # tables that answer the questions a study asks
BATCHES = "batches"  # one small file a batch says what it holds; written last, so what it names is whole
FORMAT = 3  # of the folders that are written
OLDER = {2: "chunks"}  # formats that are still read, and what the folder of their small files is called


class StoredBatch:
    """One batch on disk: which trials it holds, and the size and checksum of each of its files."""

    def __init__(self, folder: Path, name: str, about: dict[str, Any]) -> None:
        """Take what its small file says."""
        self.folder, self.name = folder, name
        self.ids: list[str] = about["points"]
        self.replicates = range(*about["replicates"])
        self.files: dict[str, dict[str, Any]] = about["files"]

    def path(self, kind: str) -> Path:
        """Where its rows of one kind lie."""
        return self.folder / kind / f"{self.name}.parquet"

    def damage(self, thorough: bool) -> str:
        """Say which of its files is not what was written; empty if none is.

        Args:
            thorough: Read the files and compare checksums; else compare sizes only.
        """
        for kind, about in self.files.items():
            path = self.path(kind)
            name = f"{kind}/{path.name}"
            try:
                size = path.stat().st_size
                if size != about["bytes"]:
                    return f"{name} has {size} bytes and should have {about['bytes']}"
                if thorough and hashlib.sha256(path.read_bytes()).hexdigest() != about["sha256"]:
                    return f"{name} differs from what was written (checksum)"
            except FileNotFoundError:
                return f"{name} is missing"
            except OSError as error:
                return f"{name} cannot be read ({error.strerror or error})"
        return ""


def load(folder: str | Path) -> "Stored":
    """Open a results folder; its frames are read when first asked for.

    Raises:
        FolderError: The folder holds no results.
    """
    folder = Path(folder)
    listed = any(any((folder / name).glob("*.json")) for name in (BATCHES, *OLDER.values()))
    if not (folder / MANIFEST).is_file() or not (folder / DESIGN).is_file() or not listed:
        raise FolderError(f"{folder} holds no results; name a folder that alliance-sim run wrote.")
    return Stored(folder)


class Stored:
    """A results folder: `design`, `trials`, `patients` and `sessions` as frames, read when first asked for.

    Units of the columns are in each frame's `attrs["units"]`.
    """

    def __init__(self, folder: Path) -> None:
        """Read what the folder says about itself."""
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._is_older = self.manifest["format"] in OLDER
        self.batches = stored_batches(folder, OLDER.get(self.manifest["format"], BATCHES))

    @functools.cached_property
    def design(self) -> pd.DataFrame:
        """One row a point: number, name where it is an arm, part in the design, values, content address `id`."""
        frame = pd.read_parquet(self.folder / DESIGN)
        return self._units(_with_present_names(frame) if self._is_older else frame)

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
        """What each finished run says of itself, in their order: when, how long, trials, machine, versions."""
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((self.folder / RUNS).glob("*.json"))]

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
    ) -> Iterator[pd.DataFrame]:
        """Yield rows of one kind batch by batch, each trial once, points named by `id`.

        Args:
            kind: `trials`, `patients` or `sessions`.
            columns: Which columns beside point and replicate; all unless given.
            replicates: Only the first so many; those that the study asked for unless given.
            ids: Only these points.
            as_stored: Leave columns under the names that lie in the files of an older folder.

        Raises:
            FolderError: A batch cannot be read.
        """
        most = self.replicates if replicates is None else replicates
        known = set(self.design["id"]) if ids is None else ids
        names = COLUMNS if self._is_older and not as_stored else {}
        stored = {present: name for name, present in names.items()}
        wanted = None if columns is None else ["id", "replicate", *(stored.get(name, name) for name in columns)]
        for batch, own in trials_to_take(self.batches, kind, known, most):
            if batch.files[kind].get("rows") == 0:  # all its trials failed
                continue
            try:
                frame = pd.read_parquet(batch.path(kind), columns=wanted)
            except (OSError, pyarrow.ArrowException) as error:
                raise FolderError(
                    f"{batch.path(kind)} cannot be read ({' '.join(str(error).split())[:80]}); run the study's "
                    f"command again to compute it anew."
                ) from error
            if not own.all():
                place = {name: number for number, name in enumerate(batch.ids)}
                row = frame["id"].map(place).to_numpy(dtype=np.int64)
                frame = frame[own[row, frame["replicate"].to_numpy() - batch.replicates.start]]
            yield frame.reset_index(drop=True).rename(columns=names)

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of answers as the study wrote it; None where it is not there."""
        path = self.folder / ANSWERS / f"{name}.csv"
        if not path.is_file():
            return None
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])  # names such as `none` are words here
        return _with_present_names(frame) if self._is_older else frame

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


def stored_batches(folder: Path, listed: str = BATCHES) -> list[StoredBatch]:
    """List the batches of a folder that can be read, in the order of their names.

    Args:
        folder: The results folder.
        listed: The folder inside it that holds a small file for each batch.
    """
    found = []
    for path in sorted((folder / listed).glob("*.json")):
        try:
            found.append(StoredBatch(folder, path.stem, json.loads(path.read_text())))
        except (OSError, ValueError, KeyError, TypeError):  # what cannot be read is computed again
            continue
    return found


def trials_to_take(
    held: list[StoredBatch], kind: str, ids: set[str], replicates: int
) -> Iterator[tuple[StoredBatch, np.ndarray[Any, np.dtype[np.bool_]]]]:
    """Yield batches of a kind with the trials (points × replicates) to take from each, every trial once."""
    taken: dict[str, np.ndarray[Any, Any]] = {}
    for batch in sorted(held, key=lambda batch: (-len(batch.files), batch.name)):
        if kind not in batch.files:
            continue
        own = np.zeros((len(batch.ids), len(batch.replicates)), dtype=bool)
        for row, name in enumerate(batch.ids):
            if name not in ids:
                continue
            before = taken.setdefault(name, np.zeros(replicates, dtype=bool))
            last = min(batch.replicates.stop, replicates)
            span = slice(batch.replicates.start, max(last, batch.replicates.start))
            own[row, : span.stop - span.start] = ~before[span]
            before[span] = True
        if own.any():
            yield batch, own


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest; keys and columns have their present names.

    Raises:
        FolderError: There is none, it is damaged, or a later version wrote it.
    """
    try:
        held: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(f"{folder / MANIFEST} cannot be read; type {free(folder)}.") from error
    missing = {"format", "laws", "seed", "base", "units", "config"} - held.keys()
    if held.get("format") not in (FORMAT, *OLDER) or missing:
        raise FolderError(f"{folder} was written by another version of alliance-sim; type {free(folder)}.")
    if held["format"] in OLDER:
        held |= {name: renamed(held[name]) for name in ("base", "config")}
        held["units"] = {COLUMNS.get(name, name): unit for name, unit in held["units"].items()}
    return held


def _with_present_names(frame: pd.DataFrame) -> pd.DataFrame:
    """A design or a table of answers of an older folder: keys in its heads and its cells by their present names."""
    made = frame.rename(columns=lambda name: COLUMNS.get(name, present(name)))
    for name in made.select_dtypes(["object", "string"]):
        made[name] = [present(cell) if isinstance(cell, str) else cell for cell in made[name]]
    if CHANGES in made:
        made[CHANGES] = [json.dumps(renamed(json.loads(cell))) for cell in made[CHANGES]]
    return made
