"""Where results are written: chunks of Parquet addressed by content, written once, never half and never mixed up."""

import contextlib
import datetime
import functools
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet

import alliance_sim
from alliance_sim.configuration import as_yaml
from alliance_sim.engine.recording import Keep
from alliance_sim.registry import plain
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Label
from alliance_sim.study.identity import described, hashed, laws_key, point_ids
from alliance_sim.study.reading import (
    CHUNKS,
    DESIGN,
    FORMAT,
    KINDS,
    MANIFEST,
    OutError as OutError,
    Piece,
    Stored as Stored,
    free,
    load as load,
    pieces,
    read_manifest,
)
from alliance_sim.study.runner import Chunk, Missing, Worlds, design
from alliance_sim.study.units import units

try:
    import fcntl
except ImportError:  # where files cannot be locked, two runs at once are not noticed
    fcntl = None  # type: ignore[assignment]

CONFIG, LOCK = "config.yaml", ".lock"
HELD = {Keep.trials: KINDS[2:], Keep.patients: KINDS[1:], Keep.sessions: KINDS}
SHOWN_DIFFERENCES = 2
SPARE = ".tmp"


class Store:
    """Takes a study's results into its folder, chunk by chunk; what is there already is not computed again."""

    def __init__(self, study: Study, worlds: Worlds | None = None) -> None:
        """Claim the folder and look what it holds; nothing is computed or written but a lock.

        Raises:
            OutError: `out` holds something else, is being written by another run, or cannot be written.
        """
        self.folder = writable(study.out)
        self._study, self._worlds = study, study.worlds() if worlds is None else worlds
        self._base = study.scenarios()[study.base_arm]
        self._claim()
        self._new = not self.folder.is_dir()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder)
        except OSError as error:
            raise OutError(unwritable(self.folder, error)) from error
        try:
            self._claim()  # another run may have been first
        except OutError:
            self.close()
            raise
        self._ids = point_ids(self._worlds, study.seed)
        self._began, self._added = time.time(), 0
        self.damaged: list[str] = []
        self._pieces = self._whole_pieces()

    def _claim(self) -> None:
        """Check that the folder may take this study's results, touching nothing."""
        held = {place.name for place in self.folder.iterdir()} - {LOCK} if self.folder.is_dir() else set()
        if not held:
            return
        if not (self.folder / MANIFEST).is_file():
            raise OutError(f"out={self.folder} holds files that are no results of a study; type {free(self.folder)}.")
        _compare(self._identity, read_manifest(self.folder), self.folder)

    @functools.cached_property
    def _identity(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "laws": laws_key(),
            "seed": self._study.seed,
            "base": json.loads(json.dumps(described(self._study.base()))),
        }

    def _whole_pieces(self) -> list[Piece]:
        """The chunks that are as they were written; of the others only their names are kept, in `damaged`."""
        whole = []
        for piece in pieces(self.folder):
            damage = piece.damage(thorough=True)
            if damage:
                self.damaged.append(damage)
                (self.folder / CHUNKS / f"{piece.name}.json").unlink()
            else:
                whole.append(piece)
        return whole

    def begin(self) -> Missing:
        """Write down what the study is, and say which trials are not there yet.

        Returns:
            For each label the ranges of replicates to run; points with the same world are run once.

        Raises:
            OutError: The folder cannot be written.
        """
        try:
            for kind in (CHUNKS, *HELD[self._study.keep]):
                (self.folder / kind).mkdir(exist_ok=True)
            self._sweep()
            self._manifest()
            self._text(CONFIG, as_yaml(self._study))
            points = design(self._study, self._worlds)
            points["id"] = list(self._ids.values())
            self._table(DESIGN, points)
        except OSError as error:
            self.discard()
            raise OutError(unwritable(self.folder, error)) from error
        return self._missing()

    def _sweep(self) -> None:
        """Delete what a killed run left half written."""
        named = {piece.name for piece in self._pieces}
        for kind in (CHUNKS, *KINDS):
            for path in (self.folder / kind).glob("*"):
                if path.suffix == SPARE or path.stem not in named:
                    path.unlink()

    def _missing(self) -> Missing:
        replicates, kind = self._study.replicates, HELD[self._study.keep][0]
        there: dict[str, np.ndarray[Any, Any]] = {}
        for piece in self._pieces:
            if kind in piece.files:
                for name in piece.ids:
                    held = there.setdefault(name, np.zeros(replicates, dtype=bool))
                    held[piece.replicates.start : piece.replicates.stop] = True
        made: dict[Label, tuple[range, ...]] = {}
        seen: set[str] = set()
        for label, name in self._ids.items():
            if name not in seen:
                seen.add(name)
                made[label] = _gaps(there[name]) if name in there else (range(replicates),)
        return made

    def add(self, chunk: Chunk) -> None:
        """Write one finished chunk: its rows first, then the small file that says that they are there."""
        began = time.time()
        ids = [self._ids[label] for label in chunk.block.labels]
        block = chunk.block.replicates
        name = hashed(json.dumps([ids, block.start, block.stop, self._study.keep.value]))
        files = {}
        for kind in HELD[self._study.keep]:
            frame = self._addressed(getattr(chunk, kind), chunk.block.labels, ids)
            room = io.BytesIO()
            encoded(frame, room, self._metadata)
            content = room.getvalue()
            _written(self.folder / kind / f"{name}.parquet", functools.partial(_fill, content=content))
            _sync(self.folder / kind)
            files[kind] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": len(frame)}
        about = {"points": ids, "replicates": [block.start, block.stop], "files": files, "written": round(began, 3)}
        self._text(f"{CHUNKS}/{name}.json", json.dumps(about))
        _sync(self.folder / CHUNKS)
        self._pieces.append(Piece(self.folder, name, about))
        self._added += chunk.block.trials

    @staticmethod
    def _addressed(frame: pd.DataFrame, labels: Sequence[Label], ids: list[str]) -> pd.DataFrame:
        """Put content addresses in place of arms or points."""
        key = "arm" if "arm" in frame else "point"
        if key not in frame:  # every trial failed: no patients, no sessions
            return pd.DataFrame({"id": pd.Categorical([], categories=ids), "replicate": np.array([], dtype=np.int32)})
        names = pd.Index(list(labels))
        codes = names.get_indexer(pd.Index(frame[key].astype(str) if key == "arm" else frame[key]))
        unique = list(dict.fromkeys(ids))
        return frame.assign(id=pd.Categorical(np.array(ids, dtype=object)[codes], categories=unique))[
            ["id", *[name for name in frame.columns if name != key]]
        ]

    @property
    def done(self) -> int:
        """How many of the study's trials are there."""
        missing = self._missing()
        names = {self._ids[label]: sum(map(len, gaps)) for label, gaps in missing.items()}
        return sum(self._study.replicates - names[name] for name in self._ids.values())

    @property
    def total(self) -> int:
        """How many trials the study has."""
        return self._study.replicates * len(self._ids)

    def summary(self, frame: pd.DataFrame) -> None:
        """Write the table of answers."""
        self._text("summary.csv", frame.to_csv(index=False))

    def commit(self) -> None:
        """Write down how the run went, and let the folder go."""
        self._manifest({"trials": self._added, "seconds": round(time.time() - self._began, 3)})
        self.close()

    def close(self) -> None:
        """Let the folder go; what is finished stays."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def discard(self) -> None:
        """Let the folder go; where nothing was finished, leave everything as it was before."""
        if not self._pieces:
            with contextlib.suppress(OSError):
                for name in (CONFIG, DESIGN, MANIFEST, "summary.csv", LOCK):
                    (self.folder / name).unlink(missing_ok=True)
                for kind in (CHUNKS, *KINDS):
                    shutil.rmtree(self.folder / kind, ignore_errors=True)
                if self._new:
                    self.folder.rmdir()
        self.close()

    def figures(self, draw: Callable[[Path], list[Path]]) -> list[Path]:
        """Let figures be drawn aside, then put each in its place under `figures/`."""
        place, aside = self.folder / "figures", self.folder / f"figures{SPARE}"
        place.mkdir(exist_ok=True)
        try:
            drawn = draw(aside)
            for figure in drawn:
                figure.replace(place / figure.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return [place / figure.name for figure in drawn]

    def _manifest(self, run: dict[str, Any] | None = None) -> None:
        try:
            before = read_manifest(self.folder)["runs"]
        except OutError:
            before = []
        began = datetime.datetime.fromtimestamp(self._began, datetime.UTC).isoformat(timespec="seconds")
        about = {
            **self._identity,
            "package": alliance_sim.__version__,
            "commit": _commit(),
            "units": self._units,
            "config": plain(self._study),
            "runs": [*before, *([{"began": began, **run, "machine": _machine()}] if run else [])],
        }
        self._text(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))

    def _text(self, name: str, text: str) -> None:
        _written(self.folder / name, lambda path: path.write_text(text, encoding="utf-8"))

    def _table(self, name: str, frame: pd.DataFrame) -> None:
        _written(self.folder / name, lambda path: encoded(frame, path, self._metadata))

    @functools.cached_property
    def _units(self) -> dict[str, str]:
        return units(self._base)

    @functools.cached_property
    def _metadata(self) -> dict[bytes, bytes]:
        about = {
            "alliance_sim": alliance_sim.__version__,
            "experiment": self._study.experiment,
            "laws": laws_key(),
            "seed": str(self._study.seed),
            "units": json.dumps(self._units, ensure_ascii=False),
        }
        return {key.encode(): value.encode() for key, value in about.items()}


def encoded(frame: pd.DataFrame, place: Any, about: dict[bytes, bytes] | None = None) -> None:
    """Write a frame as Parquet to a path or an open file, with more metadata if given."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **(about or {})})
    floats = [field.name for field in table.schema if pyarrow.types.is_float32(field.type)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [field.name for field in table.schema if field.name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT") or None,
    }
    parquet.write_table(table, place, **options)


def writable(out: str) -> Path:
    """Check that a folder can be made and written, touching nothing.

    Raises:
        OutError: It cannot.
    """
    if not out:
        raise OutError("out is empty; name a folder for the results, such as out=outputs/mine.")
    folder = Path(out)
    ground = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not ground.is_dir():
        raise OutError(f"out={out} cannot be a folder, {ground} is a file; type {free(ground)}.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise OutError(f"out={out} cannot be written; type out= with a folder of your own.")
    return folder


def unwritable(folder: Path, error: OSError, done: int = 0) -> str:
    """Say that a folder cannot be written, and why; and what becomes of the trials that are done."""
    why = f"out={folder} cannot be written ({error.strerror or error})"
    if done:
        return f"{why}; {done} finished trials stay there, and the same command goes on once it can be."
    return f"{why}; type out= with a folder of your own."


def _gaps(there: np.ndarray[Any, Any]) -> tuple[range, ...]:
    """Ranges of replicates that are not there."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], there.astype(np.int8), [1]])))
    return tuple(range(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True))


def _compare(here: dict[str, Any], there: dict[str, Any], folder: Path) -> None:
    """Raise `OutError` if a folder holds results of another base world, seed or laws."""
    told = [f"seed={there['seed']} there, {here['seed']} here"] if there["seed"] != here["seed"] else []
    one, two = there["base"], here["base"]
    differing = [key for key in dict.fromkeys([*two, *one]) if one.get(key) != two.get(key)]
    told += [f"{key}={one.get(key, 'unknown')} there, {two.get(key, 'unknown')} here" for key in differing]
    more = len(told) - SHOWN_DIFFERENCES
    told = [*told[:SHOWN_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])]
    if not told and there["laws"] != here["laws"]:
        told = [f"laws {there['laws']} there, {here['laws']} here: the model's sources changed since"]
    if told:
        raise OutError(f"out={folder} holds another study ({'; '.join(told)}); type {free(folder)}.")


def _locked(folder: Path) -> int | None:
    """Lock a folder for as long as this process lives and keeps it.

    Raises:
        OutError: Another process holds it.
    """
    if fcntl is None:
        return None
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise OutError(
            f"out={folder} is being written by another run; wait until it has ended or type {free(folder)}."
        ) from error
    return handle


@functools.cache
def _commit() -> str | None:
    """The git commit of the sources, where they lie in a checkout."""
    place = Path(__file__).resolve().parents[2]
    if not (place / ".git").exists():
        return None
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=place, capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()


def _machine() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pyarrow.__version__,
    }


def _written(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under a temporary name, see it on disk, then give it its own."""
    spare = path.with_name(f"{path.name}{SPARE}")
    try:
        write(spare)
        with spare.open("rb") as held:
            os.fsync(held.fileno())
        spare.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            spare.unlink(missing_ok=True)
        raise


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _sync(folder: Path) -> None:
    """See the names in a folder on disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
