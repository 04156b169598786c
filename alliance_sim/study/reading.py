"""A results folder as it is read: its chunks, which trials to take from each, and frames with units."""

import functools
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from alliance_sim.errors import FolderError
from alliance_sim.study.designs import Label
from alliance_sim.study.runner import failures, joined
from alliance_sim.study.tables import KINDS as KINDS

DESIGN, MANIFEST = "design.parquet", "manifest.json"
RUNS = "runs"  # a small file a run: when, how long, on which machine
ANSWERS = "answers"  # tables that answer the questions a study asks
CHUNKS = "chunks"  # one small file a chunk says what it holds; written last, so what it names is whole
FORMAT = 2


class Piece:
    """One chunk on disk: which trials it holds, and the size and checksum of each of its files."""

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
    if not (folder / MANIFEST).is_file() or not (folder / DESIGN).is_file() or not any(chunk_names(folder)):
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
        self.pieces = pieces(folder)

    @functools.cached_property
    def design(self) -> pd.DataFrame:
        """One row a point: number, name where it is an arm, part in the design, values, content address `id`."""
        return self._units(pd.read_parquet(self.folder / DESIGN))

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
            FolderError: A chunk cannot be read.
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
    ) -> Iterator[pd.DataFrame]:
        """Yield rows of one kind chunk by chunk, each trial once, points named by `id`."""
        most = self.replicates if replicates is None else replicates
        known = set(self.design["id"]) if ids is None else ids
        for piece, own in cells(self.pieces, kind, known, most):
            names = None if columns is None else ["id", "replicate", *columns]
            try:
                frame = pd.read_parquet(piece.path(kind), columns=names)
            except (OSError, pyarrow.ArrowException) as error:
                raise FolderError(
                    f"{piece.path(kind)} cannot be read ({' '.join(str(error).split())[:80]}); run the study's "
                    f"command again to compute it anew."
                ) from error
            if not own.all():
                place = {name: number for number, name in enumerate(piece.ids)}
                row = frame["id"].map(place).to_numpy(dtype=np.int64)
                frame = frame[own[row, frame["replicate"].to_numpy() - piece.replicates.start]]
            yield frame.reset_index(drop=True)

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


def pieces(folder: Path) -> list[Piece]:
    """List the chunks of a folder whose files are all there, in the order of their names."""
    found = []
    for name in chunk_names(folder):
        try:
            found.append(Piece(folder, name, json.loads((folder / CHUNKS / f"{name}.json").read_text())))
        except (OSError, ValueError, KeyError, TypeError):  # what cannot be read is computed again
            continue
    return found


def cells(
    held: list[Piece], kind: str, ids: set[str], replicates: int
) -> Iterator[tuple[Piece, np.ndarray[Any, np.dtype[np.bool_]]]]:
    """Yield chunks of a kind with the trials (points × replicates) to take from each, every trial once."""
    taken: dict[str, np.ndarray[Any, Any]] = {}
    for piece in sorted(held, key=lambda piece: (-len(piece.files), piece.name)):
        if kind not in piece.files:
            continue
        own = np.zeros((len(piece.ids), len(piece.replicates)), dtype=bool)
        for row, name in enumerate(piece.ids):
            if name not in ids:
                continue
            before = taken.setdefault(name, np.zeros(replicates, dtype=bool))
            last = min(piece.replicates.stop, replicates)
            span = slice(piece.replicates.start, max(last, piece.replicates.start))
            own[row, : span.stop - span.start] = ~before[span]
            before[span] = True
        if own.any():
            yield piece, own


def chunk_names(folder: Path) -> list[str]:
    """Names of the chunks that a folder says it holds."""
    return sorted(path.stem for path in (folder / CHUNKS).glob("*.json"))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest.

    Raises:
        FolderError: There is none, or it is damaged.
    """
    try:
        held: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(f"{folder / MANIFEST} cannot be read; type {free(folder)}.") from error
    missing = {"format", "laws", "seed", "base", "units", "config"} - held.keys()
    if held.get("format") != FORMAT or missing:
        raise FolderError(f"{folder} was written by another version of alliance-sim; type {free(folder)}.")
    return held


def free(taken: Path) -> str:
    """Name a folder that does not exist yet, beside one that cannot be used."""
    place = 2
    while os.path.lexists(taken.with_name(f"{taken.name}-{place}")):
        place += 1
    return f"out={taken.with_name(f'{taken.name}-{place}')}"
