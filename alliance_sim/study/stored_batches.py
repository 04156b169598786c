"""Batches of trials on disk: each file is compared with its checksum before anything of it is believed."""

import io
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet, types

from alliance_sim.aliases import ADDED
from alliance_sim.study import records
from alliance_sim.study.identity import hashed
from alliance_sim.study.points_table import reason
from alliance_sim.study.records import DamagedError
from alliance_sim.study.tables import TRIAL_COLUMNS, WRITTEN

BATCHES = "batches"  # one small file a batch says what it holds; written last, so what it names is whole
# Files that were as they should be: device, number, size and times of the file, checksum. Each is compared once.
_compared: set[tuple[Any, ...]] = set()


def batch_name(ids: Sequence[str], replicates: range, keep: str) -> str:
    """What a batch is called: by its trials and what of them is kept."""
    return hashed(json.dumps([list(ids), replicates.start, replicates.stop, keep]))


class StoredBatch:
    """One batch on disk: which trials it holds, and the size and checksum of each of its files."""

    def __init__(self, folder: Path, name: str, about: dict[str, Any], file: str = "") -> None:
        """Take what its small file says.

        Args:
            folder: The results folder.
            name: Of the batch.
            about: What the file says.
            file: The file's path in the folder, for errors.

        Raises:
            DamagedError: It does not say what it should, or says it of another batch.
        """
        record = records.check(records.BatchRecord, about, file)
        first, last = record.replicates
        self.folder, self.name = folder, name
        self.ids, self.replicates, self.files = record.points, range(first, last), record.files
        self.written = record.written
        own = [keep.value for keep, kinds in WRITTEN.items() if set(kinds) == set(self.files)]
        trials = len(self.ids) * len(self.replicates)
        fits = (
            0 < trials <= records.MOST_TRIALS
            and len(set(self.ids)) == len(self.ids)
            and own
            and self.files["trials"].rows in (None, trials)
        )
        if not fits or name != batch_name(self.ids, self.replicates, own[0]):
            raise DamagedError(file, "describes another batch than its own")

    def path(self, kind: str) -> Path:
        """Where its rows of one kind lie."""
        return self.folder / kind / f"{self.name}.parquet"

    def damages(self) -> Iterator[DamagedError]:
        """Read its files anew and yield those that are not what was written."""
        for kind in self.files:
            try:
                self.frame(kind, ["id"], anew=True)
            except DamagedError as error:
                yield error

    def frame(self, kind: str, columns: list[str] | None = None, anew: bool = False) -> pd.DataFrame:
        """Read rows of one kind.

        Args:
            kind: One of its `files`.
            columns: Which columns; all unless given.
            anew: Compare the file with its checksum even if that was done before.

        Raises:
            DamagedError: The file is not what was written.
        """
        about, file = self.files[kind], f"{kind}/{self.name}.parquet"
        try:
            with records.opened_file(self.path(kind), max(about.bytes, records.MOST_BYTES)) as source:
                state = os.fstat(source.fileno())
                if state.st_size != about.bytes:
                    raise DamagedError(file, f"has {state.st_size} bytes and should have {about.bytes}")
                known = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns, about.sha256)
                if known in _compared and not anew:
                    return _read(source, columns)
                content = source.read()
            if records.checksum(content) != about.sha256:
                raise DamagedError(file, records.DIFFERS)
            self._check_rows(kind, io.BytesIO(content), file)
            _compared.add(known)
            return _read(io.BytesIO(content), columns)
        except DamagedError:
            raise
        except FileNotFoundError as error:
            raise DamagedError(file, "is missing") from error
        except (OSError, pyarrow.ArrowException, ValueError, TypeError, KeyError) as error:
            raise DamagedError(file, f"cannot be read ({reason(error)})") from error

    def columns(self, kind: str) -> list[str]:
        """Names of the columns of its rows of one kind.

        Raises:
            DamagedError: The file is not what was written.
        """
        self.frame(kind, ["id"])
        with records.opened_file(self.path(kind), self.files[kind].bytes) as source:
            return list(parquet.read_schema(source).names)

    def _check_rows(self, kind: str, source: BinaryIO, file: str) -> None:
        """See that the rows are of this batch's trials and their columns such as tables of results have."""
        held = parquet.ParquetFile(source)
        schema, rows = held.schema_arrow, held.metadata.num_rows
        if rows != (self.files[kind].rows if self.files[kind].rows is not None else rows):
            raise DamagedError(file, f"has {rows} rows and should have {self.files[kind].rows}")
        needed = set(TRIAL_COLUMNS).difference(*lacking(schema.names)) if kind == "trials" else set()
        numbers = dict.fromkeys(needed, types.is_floating)
        check_columns({"id": is_word, "replicate": is_whole, **numbers}, schema, file)
        own = held.read(["id", "replicate"]).to_pandas()
        ids, replicates = own["id"].unique(), own["replicate"]
        inside = set(ids) <= set(self.ids) and replicates.between(self.replicates[0], self.replicates[-1]).all()
        each = kind != "trials" or len(own.drop_duplicates()) == len(self.ids) * len(self.replicates) == rows
        if not inside or not each:
            raise DamagedError(file, "holds rows of other trials than its own")


def _read(source: BinaryIO, columns: list[str] | None) -> pd.DataFrame:
    """Read some columns; those that an earlier version did not write are missing values."""
    if columns is None or not set(columns) & set(itertools.chain(*ADDED)):
        return pd.read_parquet(source, columns=columns)
    missing = set(itertools.chain(*lacking(parquet.read_schema(source).names)))
    source.seek(0)
    frame = pd.read_parquet(source, columns=[name for name in columns if name not in missing])
    return frame.reindex(columns=columns) if missing else frame


def lacking(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Which columns the version that wrote a file did not have: of what versions added, what is not there at all."""
    return [added for added in ADDED if not set(added) & set(names)]


def check_columns(wanted: dict[str, Any], schema: pyarrow.Schema, file: str) -> None:
    """See that every column holds numbers or words, each column once.

    Args:
        wanted: Columns that must be there, and what tells whether their type is right.
        schema: Of a Parquet file.
        file: Its path in the folder.

    Raises:
        DamagedError: A column is missing or of another type.
    """
    if len(set(schema.names)) < len(schema.names):
        raise DamagedError(file, "has two columns of one name")
    for name, fits in wanted.items():
        if name not in schema.names or not fits(schema.field(name).type):
            raise DamagedError(file, f"has no column {name} such as results have")
    for field in schema:
        plain = (types.is_floating, types.is_boolean, is_whole, is_word)
        if not any(fits(field.type) for fits in plain):
            raise DamagedError(file, f"has a column of {field.type}, which results do not have")


def is_whole(kind: pyarrow.DataType) -> bool:
    """True for the type of a column of whole numbers."""
    return bool(types.is_integer(kind))


def is_word(kind: pyarrow.DataType) -> bool:
    """True for the type of a column of words."""
    inner = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(inner) or types.is_large_string(inner) or types.is_string_view(inner))


def stored_batches(folder: Path, listed: str = BATCHES) -> tuple[list[StoredBatch], list[DamagedError]]:
    """List the batches of a folder in the order of their names, and the small files that describe none.

    Args:
        folder: The results folder.
        listed: The folder inside it that holds a small file for each batch.
    """
    found, damaged = [], []
    for path in sorted((folder / listed).glob("*.json")):
        file = f"{listed}/{path.name}"
        try:
            found.append(StoredBatch(folder, path.stem, records.read(path, file), file))
        except DamagedError as error:
            damaged.append(error)
    return found, damaged


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
