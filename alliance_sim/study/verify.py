"""Whether a results folder is as it was written, and one digest of what it holds, however the work was cut."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.study.reading import KINDS, Stored, load
from alliance_sim.study.records import DamagedError

Array = np.ndarray[Any, np.dtype[Any]]


class Verdict(NamedTuple):
    """What was found in a results folder."""

    batches: int
    trials: int
    wanted: int
    damaged: list[str]
    digest: str  # SHA-256; empty if a file is damaged
    advice: str  # what to do about damage, as the end of a sentence


def verify(folder: str | Path) -> Verdict:
    """Compare every file of results with its checksum and digest the content.

    The digest is of what the folder's study holds: for each trial the bytes of its rows, trials in the order of their
    points' content addresses and replicates, columns under the names that lie in the files. Neither batches nor their
    order, nor engines or executors change it.

    Raises:
        FolderError: The folder holds no results, or was written by another version.
    """
    try:
        stored = load(folder)
    except DamagedError as error:
        return Verdict(0, 0, 0, [f"{error.file} {error.why}"], "", error.advice)
    damaged = [f"{error.file} {error.why}" for error in stored.damages()]
    if damaged:
        return Verdict(0, 0, 0, damaged, "", stored.advice)
    wanted = stored.design["id"].nunique() * stored.replicates
    trials, digest = content(stored)
    return Verdict(len(stored.batches), trials, wanted, damaged, digest, stored.advice)


def content(stored: Stored) -> tuple[int, str]:
    """How many trials a folder holds, and the digest of them."""
    whole, trials = hashlib.sha256(), 0
    for kind in sorted(KINDS):
        head, found = "", []
        for frame in filter(len, stored.parts(kind, as_stored=True)):
            head, digests = _trials(frame)
            found += digests
        trials = len(found) if kind == "trials" else trials
        whole.update(f"\n{kind} {head}\n".encode())
        for name, replicate, digest in sorted(found):
            whole.update(f"{name} {replicate} ".encode() + digest)
    return trials, whole.hexdigest()


def _trials(frame: pd.DataFrame) -> tuple[str, list[tuple[str, int, bytes]]]:
    """The columns of a frame, and a digest of each trial's rows: point, replicate, digest."""
    codes, names = pd.factorize(frame["id"].astype(str))
    replicate = frame["replicate"].to_numpy()
    order = np.lexsort((replicate, codes))
    columns = sorted(name for name in frame.columns if name not in ("id", "replicate"))
    held = {name: _bytes(frame[name]) for name in columns}
    matrix = np.concatenate([values[order] for values, _ in held.values()], axis=1)
    head = " ".join(f"{name}:{kind}" for name, (_, kind) in held.items())
    codes, replicate = codes[order], replicate[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(codes) != 0) | (np.diff(replicate) != 0)])
    ends = np.r_[starts[1:], len(codes)]
    return head, [
        (str(names[codes[first]]), int(replicate[first]), hashlib.sha256(matrix[first:last].tobytes()).digest())
        for first, last in zip(starts, ends, strict=True)
    ]


def _bytes(column: pd.Series) -> tuple[Array, str]:
    """A column as rows of bytes: one NaN, no negative zero, words by their own digest."""
    if not pd.api.types.is_numeric_dtype(column):
        codes, words = pd.factorize(column.astype(str))
        digests = np.array([list(hashlib.sha256(str(word).encode()).digest()[:8]) for word in words], dtype=np.uint8)
        return digests[codes], "word"
    values = column.to_numpy()
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), values.dtype.type("nan"), values + values.dtype.type(0))
    little = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
    return little.view(np.uint8).reshape(len(little), -1), values.dtype.str.lstrip("<>=|")
