"""A batch as a worker gets it and gives it back: simulated, made into tables, encoded as Parquet."""

import concurrent.futures
import dataclasses
import hashlib
import io
import itertools
import time
from collections.abc import Generator, Iterable
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import csv, parquet

from alliance_sim.engine.recording import Keep
from alliance_sim.model.policies import own
from alliance_sim.study import tables
from alliance_sim.study.designs import Label
from alliance_sim.study.engines import EngineName
from alliance_sim.study.executors import Open
from alliance_sim.study.identity import laws_key
from alliance_sim.study.runner import Batch, Worlds, run_batch

DIGITS = 10  # of numbers in a table of answers
QUOTED = ',"\r\n'  # signs for which a cell of a table is put in quotes
IN_FLIGHT = 2  # batches a worker has or waits for: memory is bounded by these, never by the study


@dataclasses.dataclass(frozen=True)
class BatchInput:
    """One batch, with all that is needed to compute it anywhere."""

    batch: Batch
    worlds: Worlds
    ids: list[str]  # content address of each of the batch's points
    seed: int
    keep: Keep
    engine: EngineName
    about: dict[bytes, bytes]  # metadata of the files
    laws: str
    policies: dict[str, str]  # of the person's own that are followed, texts by name


@dataclasses.dataclass(frozen=True)
class EncodedBatch:
    """A computed batch: the content of its files, and its trials for whoever counts along."""

    batch: Batch
    ids: list[str]
    keep: Keep
    contents: dict[str, bytes]
    rows: dict[str, int]
    trials: pd.DataFrame
    seconds: float

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of each file's content."""
        return {kind: hashlib.sha256(content).hexdigest() for kind, content in self.contents.items()}


def compute(given: BatchInput) -> EncodedBatch:
    """Compute one batch and encode its frames; rows name their point by its content address.

    Raises:
        RuntimeError: This worker has other laws than the study it works for.
        PolicyError: A policy is a class, which this worker does not have.
    """
    if given.laws != laws_key():
        raise RuntimeError(
            f"this worker has laws {laws_key()} and the study {given.laws}: install the same alliance-sim everywhere"
        )
    for name, text in given.policies.items():  # of the program that sent this batch
        if name not in own.KNOWN or own.KNOWN[name].text != text:
            own.from_text(name, text)
    began = time.perf_counter()
    frames = run_batch(given.batch, given.worlds, given.seed, given.keep, given.engine)
    contents, rows = {}, {}
    for kind in tables.WRITTEN[given.keep]:
        frame = _addressed(getattr(frames, kind), given.batch.labels, given.ids)
        room = io.BytesIO()
        write_parquet(frame, room, given.about)
        contents[kind], rows[kind] = room.getvalue(), len(frame)
    seconds = time.perf_counter() - began
    return EncodedBatch(given.batch, given.ids, given.keep, contents, rows, frames.trials, seconds)


def _addressed(frame: pd.DataFrame, labels: list[Label], ids: list[str]) -> pd.DataFrame:
    """Put content addresses in place of arms or points."""
    key = tables.key(labels)
    if key not in frame:  # every trial failed: no patients, no sessions
        return pd.DataFrame({"id": pd.Categorical([], categories=ids), "replicate": np.array([], dtype=np.int32)})
    names = pd.Index(labels)
    codes = names.get_indexer(pd.Index(frame[key].astype(str) if key == "arm" else frame[key]))
    unique = list(dict.fromkeys(ids))
    return frame.assign(id=pd.Categorical(np.array(ids, dtype=object)[codes], categories=unique))[
        ["id", *[name for name in frame.columns if name != key]]
    ]


def write_parquet(frame: pd.DataFrame, place: BinaryIO, about: dict[bytes, bytes] | None = None) -> None:
    """Write a frame as Parquet to an open file, with more metadata if given."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), **(about or {})})
    floats = [field.name for field in table.schema if pyarrow.types.is_float32(field.type)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [field.name for field in table.schema if field.name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT") or None,
    }
    parquet.write_table(table, place, **options)


def write_rows(frame: pd.DataFrame, place: BinaryIO) -> None:
    """Write a frame's rows as CSV to an open file, numbers to ten significant digits; nothing is an empty cell."""
    rounded = {
        name: values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else _significant(values)
        for name, values in frame.items()
    }
    words = {word for values in rounded.values() if values.dtype.kind == "O" for word in values.unique()}
    quoted = any(set(str(word)) & set(QUOTED) for word in words)
    options = csv.WriteOptions(include_header=False, quoting_style="needed" if quoted else "none")
    csv.write_csv(pyarrow.Table.from_pandas(pd.DataFrame(rounded), preserve_index=False), place, options)


def _significant(values: pd.Series) -> pd.Series:
    """Floats to `DIGITS` significant digits, anything else as it is."""
    if values.dtype != np.float64:
        return values
    size = np.abs(values.to_numpy())
    exponent = np.floor(np.log10(size, out=np.zeros(len(size)), where=size > 0))
    digits = np.clip(DIGITS - 1 - exponent, -300, 300)  # after the point; fewer than none in very large numbers
    up, down = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)  # powers of ten, held exactly
    return pd.Series(np.round(values.to_numpy() * up / down) / up * down, index=values.index)


def computed(inputs: Iterable[BatchInput], by: Open) -> Generator[EncodedBatch]:
    """Compute batches on an executor and yield them as they are finished; only so many are under way at once.

    Raises:
        KeyboardInterrupt: After what was under way in this process has been yielded too.
        Exception: What a worker raised; batches that were under way are lost.
    """
    waiting = iter(inputs)
    running: set[concurrent.futures.Future[EncodedBatch]] = set()
    stopped: KeyboardInterrupt | None = None
    try:
        while True:
            if stopped is None and len(running) < IN_FLIGHT * by.workers:
                more = itertools.islice(waiting, IN_FLIGHT * by.workers - len(running))
                running |= {by.executor.submit(compute, given) for given in more}
            if not running:
                break
            try:
                ready, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            except KeyboardInterrupt as error:
                stopped, ready = error, set()
            while ready:
                try:
                    yield ready.pop().result()  # popped first: a batch that was taken takes no room here
                except KeyboardInterrupt as error:
                    stopped = error
            if stopped is not None:
                running = {future for future in running if not future.cancel()}
        if stopped is not None:
            raise stopped
    finally:
        for future in running:
            future.cancel()
