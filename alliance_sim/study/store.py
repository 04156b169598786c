"""Where results lie: Parquet parts, the resolved study and tables, never half written and never mixed up."""

import functools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import yaml
from pyarrow import parquet

import alliance_sim
from alliance_sim.configuration import as_yaml
from alliance_sim.registry import plain
from alliance_sim.study.config import Study
from alliance_sim.study.runner import Chunk, Results, design, flat, joined
from alliance_sim.study.units import units

CONFIG = "config.yaml"
KINDS = ("sessions", "patients", "trials")  # trials last: its part says that the block is complete
STAGE = ".unfinished"  # inside `out`, until everything is written
FREE_KEYS = ("experiment", "question", "replicates", "engine", "out", "figures")  # may differ between runs of one study
SHOWN_DIFFERENCES = 2


class OutError(ValueError):
    """`out` cannot take the results; the message is one sentence a person can act on."""


def load(folder: str | Path) -> Results:
    """Read a results folder back.

    Raises:
        OutError: The folder holds no results.
    """
    folder = Path(folder)
    if not (folder / "trials").is_dir() or not (folder / "design.parquet").is_file():
        raise OutError(f"{folder} holds no results; name a folder that alliance-sim run wrote.")
    about = pd.read_parquet(folder / "design.parquet")
    kinds = (read(folder, kind, list(about["arm"])) for kind in ("trials", "patients", "sessions"))
    return Results(about, *kinds)


def read(folder: Path, kind: str, arms: list[str], replicates: int | None = None) -> pd.DataFrame:
    """Read the parts of one kind, only the first replicates if asked for."""
    kept = [("replicate", "<", replicates)] if replicates is not None else None
    parts = [pd.read_parquet(part, filters=kept) for part in sorted((folder / kind).glob("*.parquet"))]
    return joined(parts, arms) if parts else pd.DataFrame()


class Store:
    """Takes a study's results into its folder: finished blocks first, all of it in place when committed."""

    def __init__(self, study: Study) -> None:
        """Make room for results.

        Raises:
            OutError: `out` holds something else, or cannot be written.
        """
        self.folder = Path(study.out)
        self.replaces = claim(study)
        self._study = study
        self._stage = self.folder / STAGE
        self._parts = 0
        try:
            if self._stage.exists():
                shutil.rmtree(self._stage)
            for kind in KINDS:
                (self._stage / kind).mkdir(parents=True)
            self._text(CONFIG, as_yaml(study))
            self._table("design.parquet", design(study))
        except OSError as error:
            raise OutError(unwritable(self.folder, error)) from error

    def add(self, chunk: Chunk) -> None:
        """Write one finished block."""
        for kind in KINDS:
            frame: pd.DataFrame = getattr(chunk, kind)
            if len(frame):
                self._table(f"{kind}/part-{self._parts:05d}.parquet", frame)
        self._parts += 1

    def summary(self, frame: pd.DataFrame) -> None:
        """Write the table of answers."""
        self._text("summary.csv", frame.to_csv(index=False))

    def commit(self) -> None:
        """Put what was written in place of what was there; blocks that were not finished are left out."""
        finished = {part.name for part in (self._stage / "trials").iterdir()}
        for kind in KINDS:
            for part in (self._stage / kind).iterdir():
                if part.name not in finished:
                    part.unlink()
            _sync(self._stage / kind)
        for new in sorted(self._stage.iterdir()):
            old = self.folder / new.name
            if old.is_dir():
                old.rename(self._stage / f"{new.name}.old")
            new.replace(old)
        _sync(self.folder)
        shutil.rmtree(self._stage)

    def figures(self, draw: Callable[[Path], list[Path]]) -> list[Path]:
        """Let figures be drawn aside, then put each in its place under `figures/`."""
        place = self.folder / "figures"
        place.mkdir(exist_ok=True)
        drawn = draw(self._stage)
        for figure in drawn:
            figure.replace(place / figure.name)
        shutil.rmtree(self._stage, ignore_errors=True)
        return [place / figure.name for figure in drawn]

    def discard(self) -> None:
        """Leave everything as it was before."""
        shutil.rmtree(self._stage, ignore_errors=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _text(self, name: str, text: str) -> None:
        _written(self._stage / name, lambda path: path.write_text(text, encoding="utf-8"))

    def _table(self, name: str, frame: pd.DataFrame) -> None:
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **self._metadata})
        floats = [field.name for field in table.schema if pyarrow.types.is_float32(field.type)]
        options: dict[str, Any] = {
            "compression": "zstd",
            "use_dictionary": [field.name for field in table.schema if field.name not in floats],
            "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT") or None,
        }
        _written(self._stage / name, lambda path: parquet.write_table(table, path, **options))

    @functools.cached_property
    def _metadata(self) -> dict[bytes, bytes]:
        about = {
            "alliance_sim": alliance_sim.__version__,
            "experiment": self._study.experiment,
            "seed": str(self._study.seed),
            "units": json.dumps(units(self._study.scenarios()[self._study.base_arm]), ensure_ascii=False),
        }
        return {key.encode(): value.encode() for key, value in about.items()}


def claim(study: Study) -> bool:
    """Check that `out` may take this study's results, touching nothing.

    Returns:
        True where it holds an earlier run of the same study, which the results will replace.

    Raises:
        OutError: It holds something else, or cannot be written.
    """
    folder = writable(study.out)
    held = {place.name for place in folder.iterdir()} - {STAGE} if folder.is_dir() else set()
    if not held:
        return False
    other = _previous(folder)
    if other is None:
        raise OutError(f"out={study.out} holds files that are no results of a study; type {_free(folder)}.")
    _compare(study, other, folder)
    return True


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
        raise OutError(f"out={out} cannot be a folder, {ground} is a file; type {_free(ground)}.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise OutError(f"out={out} cannot be written; type out= with a folder of your own.")
    return folder


def _previous(folder: Path) -> dict[str, Any] | None:
    """Read the study that a results folder holds; None if it is no results folder."""
    try:
        held = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    known = isinstance(held, dict) and {"arms", "protocol", "replicates", "seed"} <= held.keys()
    return held if known and (folder / "trials").is_dir() else None


def _compare(study: Study, other: dict[str, Any], folder: Path) -> None:
    """Raise `OutError` if a folder holds another study, or more of the same than would replace it."""
    there, here = flat(other), flat(plain(study))
    keys = [key for key in dict.fromkeys([*here, *there]) if key not in FREE_KEYS]
    differing = [key for key in keys if there.get(key) != here.get(key)]
    if differing:
        shown = [key for key in differing if not key.endswith("source")][:SHOWN_DIFFERENCES]
        told = [f"{key}={there.get(key, 'unknown')} there, {here.get(key, 'unknown')} here" for key in shown]
        more = len(differing) - len(shown)
        told += [f"and {more} more"] if more > 0 else []
        raise OutError(f"out={folder} holds another study ({'; '.join(told)}); type {_free(folder)}.")
    if there["replicates"] > study.replicates:
        raise OutError(
            f"out={folder} holds {there['replicates']} replicates of this study and {study.replicates} would "
            f"replace them; type {_free(folder)}."
        )


def _free(taken: Path) -> str:
    """Name a folder that does not exist yet, beside one that cannot be used."""
    place = 2
    while os.path.lexists(taken.with_name(f"{taken.name}-{place}")):
        place += 1
    return f"out={taken.with_name(f'{taken.name}-{place}')}"


def unwritable(folder: Path, error: OSError) -> str:
    """Say that a folder cannot be written, and why."""
    return f"out={folder} cannot be written ({error.strerror or error}); type out= with a folder of your own."


def _written(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under a temporary name, see it on disk, then give it its own."""
    spare = path.with_name(f"{path.name}.tmp")
    write(spare)
    with spare.open("rb") as held:
        os.fsync(held.fileno())
    spare.replace(path)


def _sync(folder: Path) -> None:
    """See the names in a folder on disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
