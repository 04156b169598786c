"""Where results are written: batches as Parquet, addressed by content, written once, never half and never mixed up."""

import contextlib
import datetime
import functools
import io
import json
import os
import platform
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

import alliance_sim
from alliance_sim.errors import FolderError, TakenError
from alliance_sim.model.registry import plain
from alliance_sim.study import describing, tables
from alliance_sim.study.columns import combined
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName
from alliance_sim.study.folders import TEMPORARY, free, unwritable, whole, writable
from alliance_sim.study.identity import addresses, described, laws_key
from alliance_sim.study.locks import PREFIX, Claim
from alliance_sim.study.planned_trials import PLANNED, PlannedTrials
from alliance_sim.study.reading import (
    ABOUT,
    ANSWERS,
    DESIGN,
    FORMAT,
    MANIFEST,
    RUNS,
    Stored as Stored,
    load as load,
    read_manifest,
    read_run,
    run_files,
)
from alliance_sim.study.records import DamagedError, checksum, sealed
from alliance_sim.study.runner import Batch, Missing, Worlds, design, part, policies
from alliance_sim.study.stored_batches import BATCHES, StoredBatch, batch_name, stored_batches
from alliance_sim.study.tables import KINDS, WRITTEN
from alliance_sim.study.units import units
from alliance_sim.study.work import DIGITS, BatchInput, EncodedBatch, write_parquet, write_rows
from alliance_sim.world.configuration import as_yaml, changed

CONFIG, SUMMARY, FIGURES = "config.yaml", "summary.csv", "figures"
DICTIONARY = "columns.csv"  # what each column of the folder's tables is
OWN = (CONFIG, DESIGN, MANIFEST, SUMMARY, DICTIONARY)  # files beside the folders
SHOWN_DIFFERENCES = 2


class Store:
    """Takes a study's results into its folder, batch by batch; what is there already is not computed again."""

    def __init__(self, study: Study, worlds: Worlds | None = None) -> None:
        """Claim the folder and look what it holds; nothing is computed or written but a lock.

        Raises:
            FolderError: `out` holds something else, is being written by another run, or cannot be written.
        """
        self.folder = writable(study.out)
        self._study, self._worlds = study, study.worlds() if worlds is None else worlds
        arms = study.scenarios()
        self._base = arms[study.base_arm]
        self._described = list(arms.values()) if study.design.of_arms else [self._base]
        self._columns: dict[str, pd.DataFrame] = {}  # heads of the tables that the folder holds
        if not any(self.folder.glob(f"{PREFIX}*")):  # else others of ours may be at work in it: looked at once claimed
            self._check()
        self._new = not self.folder.is_dir()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._claim = Claim(self.folder, study.part)
        except TakenError as error:
            raise FolderError(
                f"out={self.folder} is being written by {error}; wait until it has ended or type {free(self.folder)}."
            ) from error
        except OSError as error:
            raise FolderError(unwritable(self.folder, error)) from error
        try:
            with self._claim.setting_up():
                self._check()
        except FolderError:
            self.close()
            raise
        except TakenError as error:
            self.close()
            raise FolderError(f"{self.folder}: {error}.") from error
        self._labels, self._ids = list(self._worlds), addresses(self._worlds, study.seed)
        self._began, self._added, self._worked = time.time(), 0, 0.0
        self._run = f"{_now(self._began).replace(':', '')}-{uuid.uuid4().hex[:8]}"
        self._answered: dict[str, str] = {}  # checksums of tables of answers, by name
        self.damaged: list[str] = []
        self._batches = self._whole_batches()

    def _check(self) -> None:
        """Check that the folder may take this study's results, touching nothing."""
        for name in (BATCHES, RUNS, ANSWERS, FIGURES, PLANNED, *KINDS):
            if (self.folder / name).is_symlink():
                raise FolderError(
                    f"out={self.folder} is not written to, as {name} in it is a link to elsewhere; make it a folder or "
                    f"type {free(self.folder)}."
                )
        there = self.folder.iterdir() if self.folder.is_dir() else iter(())
        if all(place.name.startswith(PREFIX) for place in there):
            return
        if not (self.folder / MANIFEST).is_file():
            raise FolderError(
                f"out={self.folder} holds files that are no results of a study; type {free(self.folder)}."
            )
        _compare(self._identity, read_manifest(self.folder), self.folder)

    @functools.cached_property
    def _identity(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "laws": laws_key(),
            "seed": self._study.seed,
            "base": json.loads(json.dumps(described(self._study.base()))),
        }

    def _whole_batches(self) -> list[StoredBatch]:
        """The batches that are as they were written; what is said of the others is deleted, and kept in `damaged`."""
        readable, unreadable = stored_batches(self.folder)
        found = {f"{BATCHES}/{batch.name}.json": next(batch.damages(), None) for batch in readable}
        damaged = {file: error for file, error in found.items() if error} | {one.file: one for one in unreadable}
        for file, error in damaged.items():
            self.damaged.append(str(error))
            _remove(self.folder / file)
        return [batch for batch in readable if f"{BATCHES}/{batch.name}.json" not in damaged]

    def begin(self) -> Missing:
        """Write down what the study is, and say which trials are not there yet.

        Returns:
            For each label the ranges of replicates to run; points with the same world are run once.

        Raises:
            FolderError: The folder cannot be written.
        """
        try:
            with self._claim.setting_up():
                points = design(self._study, self._worlds)
                points["id"] = self._ids
                room = io.BytesIO()
                write_parquet(points, room, self._metadata)
                known, own = self._known_designs(), checksum(room.getvalue())
                self._manifest({*known, own})
                for kind in (BATCHES, RUNS, *WRITTEN[self._study.keep]):
                    (self.folder / kind).mkdir(exist_ok=True)
                if self._study.part is None:
                    self._sweep()
                self._text(CONFIG, as_yaml(self._study))
                self._bytes(DESIGN, room.getvalue())
                kept = {
                    kind: pd.DataFrame(columns=["id", "replicate", *tables.COLUMNS[kind]])
                    for kind in WRITTEN[self._study.keep]
                }
                self._describe({describing.DESIGN: points, **kept})
                if known - {own}:
                    self._manifest({own})
        except OSError as error:
            self.discard()
            raise FolderError(unwritable(self.folder, error)) from error
        except TakenError as error:
            self.close()
            raise FolderError(f"out={self.folder} is being written by {error}; try again.") from error
        return self.missing()

    def grow(self, replicates: int) -> Missing:
        """Ask for more replicates of the same study; returns as `begin`."""
        self._study = changed(self._study, {"replicates": replicates})
        return self.begin()

    def _sweep(self) -> None:
        """Delete what a killed run left half written, and what a run said of itself where that cannot be read."""
        named = {batch.name for batch in self._batches}
        for kind in (BATCHES, *KINDS):
            for path in (self.folder / kind).glob("*"):
                if path.suffix == TEMPORARY or path.stem not in named:
                    _remove(path)
        for path in run_files(self.folder):
            try:
                read_run(path)
            except DamagedError:
                _remove(path)

    def missing(self) -> Missing:
        """Which trials of each address are not there: addresses of the same batches have the same gaps."""
        kind, names = WRITTEN[self._study.keep][0], pd.Index(self._ids[self._first])
        there: list[frozenset[range]] = [frozenset()]
        which = np.zeros(len(names), dtype=np.int64)  # of `there`
        for batch in self._batches:
            if kind not in batch.files:
                continue
            places = names.get_indexer(pd.Index(batch.ids))
            places = places[places >= 0]
            for before in np.unique(which[places]).tolist():
                more = there[before] | {batch.replicates}
                if more not in there:
                    there.append(more)
                own = places[which[places] == before]
                which[own] = there.index(more)
        found = np.full(len(self._ids), len(there))  # nothing of points whose world is run as another's
        found[self._first] = which
        return Missing([*(_gaps(spans, self._study.replicates) for spans in there), ()], found)

    def inputs(self, batches: Iterable[Batch], engine: EngineName) -> Iterator[BatchInput]:
        """Each batch with all that a worker needs to compute and encode it."""
        study, places, followed = self._study, pd.Index(self._labels), policies(self._worlds)
        for batch in batches:
            ids = self._ids[places.get_indexer(pd.Index(batch.labels))].tolist()
            own = part(self._worlds, batch.labels)
            yield BatchInput(batch, own, ids, study.seed, study.keep, engine, self._metadata, laws_key(), followed)

    def put(self, encoded: EncodedBatch) -> None:
        """Write one encoded batch: its rows first, then the small file that says that they are there."""
        began, replicates = time.time(), encoded.batch.replicates
        name = batch_name(encoded.ids, replicates, encoded.keep.value)
        files, checksums = {}, encoded.checksums
        for kind, content in encoded.contents.items():
            whole(self.folder / kind / f"{name}.parquet", functools.partial(_fill, content=content))
            _sync(self.folder / kind)
            files[kind] = {"bytes": len(content), "sha256": checksums[kind], "rows": encoded.rows[kind]}
        span = [replicates.start, replicates.stop]
        about = {"points": encoded.ids, "replicates": span, "files": files, "written": round(began, 3)}
        self._text(f"{BATCHES}/{name}.json", json.dumps(about))
        _sync(self.folder / BATCHES)
        self._batches.append(StoredBatch(self.folder, name, about))
        self._added += encoded.batch.trials
        self._worked += encoded.seconds

    def trials(self, encoded: EncodedBatch) -> Iterator[pd.DataFrame]:
        """A batch's trials, and the same once more for each point whose world was run as another's."""
        yield encoded.trials
        key, others = tables.key(self._labels), self._twins[self._twins.index.isin(encoded.batch.labels)]
        if len(others):
            own = encoded.trials.assign(**{key: encoded.trials[key].astype(others.index.dtype)})
            twins = own.merge(others.rename("twin"), left_on=key, right_index=True)
            yield twins.drop(columns=key).rename(columns={"twin": key})

    @functools.cached_property
    def _twins(self) -> pd.Series:
        """Points with the same world as an earlier one, by that one."""
        labels = pd.Series(self._labels)
        own = ~labels.index.isin(self._first)
        return pd.Series(labels[own].to_numpy(), index=labels[self._first[self._which[own]]].to_numpy())

    @functools.cached_property
    def _which(self) -> np.ndarray[Any, Any]:
        """Number of each point's content address, in the order in which they first come."""
        return pd.factorize(self._ids)[0]

    @functools.cached_property
    def _first(self) -> np.ndarray[Any, Any]:
        """Place of the first point of each content address."""
        return combined([self._which], len(self._ids))[1]

    def refresh(self) -> None:
        """Look again what the folder holds: other shards may have added to it."""
        self._batches, _ = stored_batches(self.folder)

    @property
    def study(self) -> Study:
        """The study, with as many replicates as were asked for last."""
        return self._study

    @property
    def done(self) -> int:
        """How many of the study's trials are there."""
        gaps, which = self.missing()
        missing = np.array([sum(map(len, some)) for some in gaps])[which[self._first]]
        return self.total - int(missing[self._which].sum())

    @property
    def total(self) -> int:
        """How many trials the study has."""
        return self._study.replicates * len(self._ids)

    def summary(self, parts: Iterable[pd.DataFrame]) -> None:
        """Write the table of answers; its rows come in parts."""

        def fill(path: Path) -> None:
            with path.open("wb") as file:
                for number, frame in enumerate(parts):
                    if not number:
                        file.write(f"{','.join(map(str, frame))}\n".encode())
                        head[describing.SUMMARY] = frame
                    write_rows(frame, file)

        head: dict[str, pd.DataFrame] = {}
        whole(self.folder / SUMMARY, fill)
        self._describe(head)

    def _describe(self, more: Mapping[str, pd.DataFrame]) -> None:
        """Write down what each column of the folder's tables is, those of further tables too."""
        before = {name: list(frame) for name, frame in self._columns.items()}
        self._columns |= {name: frame.head(0) for name, frame in more.items()}
        if {name: list(frame) for name, frame in self._columns.items()} != before:
            keys = [str(name) for name in self._columns[describing.DESIGN]]
            frame = describing.described(self._columns, self._described, keys)
            self._text(DICTIONARY, frame.to_csv(index=False, float_format="%g"))

    def forget_answers(self) -> None:
        """Drop earlier answers: they rest on fewer trials, or were asked of another study."""
        shutil.rmtree(self.folder / ANSWERS, ignore_errors=True)
        if "power" not in self._study.ask:
            shutil.rmtree(self.folder / PLANNED, ignore_errors=True)

    def answer(self, tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> None:
        """Write the tables that answer a question, and what all answers so far rest on."""
        (self.folder / ANSWERS).mkdir(exist_ok=True)
        for name, frame in tables.items():
            text = frame.to_csv(index=False, float_format=f"%.{DIGITS}g")
            self._text(f"{ANSWERS}/{name}.csv", text)
            self._answered[name] = checksum(text.encode())
        made = {f"{describing.ANSWERS}{name}": frame for name, frame in tables.items()}
        self._describe(made | PlannedTrials(self.folder).head())
        answered = {}
        for question, said in about.items():
            own = {name: held for name, held in self._answered.items() if f"{name}_".startswith(f"{question}_")}
            answered[question] = sealed(question, {**said, "tables": own})
        self._text(ABOUT, json.dumps(answered, indent=1))

    def commit(self, workers: int = 1) -> None:
        """Write down how the run went, and let the folder go."""
        passed = time.time() - self._began
        about = {
            "began": _now(self._began),
            "shard": self._study.shard,
            "trials": self._added,
            "seconds": round(passed, 3),
            "seconds_of_work": round(self._worked, 3),
            "workers": workers,
            "package": alliance_sim.__version__,
            "commit": _commit(),
            "machine": _machine(),
        }
        run = sealed(self._run, about)
        self._text(f"{RUNS}/{self._run}.json", json.dumps(run, ensure_ascii=False, indent=1))
        self.close()

    def close(self) -> None:
        """Let the folder go; what is finished stays."""
        self._claim.release()

    def discard(self) -> None:
        """Let the folder go; where nothing was finished, leave everything as it was before."""
        if not self._batches and self._study.part is None:
            with contextlib.suppress(OSError):
                for path in [*(self.folder / name for name in OWN), *self.folder.glob(f"{PREFIX}*")]:
                    path.unlink(missing_ok=True)
                for kind in (BATCHES, RUNS, *KINDS):
                    shutil.rmtree(self.folder / kind, ignore_errors=True)
                if self._new:
                    self.folder.rmdir()
        self.close()

    def figures(self, draw: Callable[[Path], list[Path]]) -> list[Path]:
        """Let figures be drawn aside, then put each in its place under `figures/`."""
        place, aside = self.folder / FIGURES, self.folder / f"{FIGURES}{TEMPORARY}"
        place.mkdir(exist_ok=True)
        try:
            drawn = draw(aside)
            for figure in drawn:
                figure.replace(place / figure.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return [place / figure.name for figure in drawn]

    def _known_designs(self) -> set[str]:
        """Checksums of the design that lies in the folder: it is there until another takes its place."""
        place = self.folder / DESIGN
        if not place.is_file():
            return set()
        return set(read_manifest(self.folder).get("design") or [checksum(place.read_bytes())])

    def _manifest(self, designs: set[str]) -> None:
        about = {**self._identity, "package": alliance_sim.__version__, "commit": _commit()}
        about |= {"units": self._units, "config": plain(self._study), "design": sorted(designs)}
        self._text(MANIFEST, json.dumps(sealed(MANIFEST, about), ensure_ascii=False, indent=1))

    def _text(self, name: str, text: str) -> None:
        self._bytes(name, text.encode())

    def _bytes(self, name: str, content: bytes) -> None:
        whole(self.folder / name, lambda path: path.write_bytes(content))

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


def _gaps(there: Iterable[range], replicates: int) -> tuple[range, ...]:
    """Ranges of the first so many replicates that are not there."""
    held = np.zeros(replicates, dtype=bool)
    for span in there:
        held[span.start : span.stop] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[1], held.astype(np.int8), [1]])))
    return tuple(range(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True))


def _compare(here: dict[str, Any], there: dict[str, Any], folder: Path) -> None:
    """Raise `FolderError` if a folder is older or holds results of another base world, seed or laws."""
    if there["format"] != FORMAT:
        raise FolderError(
            f"out={folder} was written by an earlier version of alliance-sim, which is read but not added to; "
            f"type {free(folder)}."
        )
    differing = [f"seed={there['seed']} there, {here['seed']} here"] if there["seed"] != here["seed"] else []
    one, two = there["base"], here["base"]
    keys = [key for key in dict.fromkeys([*two, *one]) if one.get(key) != two.get(key)]
    differing += [f"{key}={one.get(key, 'unknown')} there, {two.get(key, 'unknown')} here" for key in keys]
    more = len(differing) - SHOWN_DIFFERENCES
    differing = [*differing[:SHOWN_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])]
    if not differing and there["laws"] != here["laws"]:
        differing = [f"laws {there['laws']} there, {here['laws']} here: the model's sources changed since"]
    if differing:
        raise FolderError(f"out={folder} holds another study ({'; '.join(differing)}); type {free(folder)}.")


def _now(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")


@functools.cache
def _commit() -> str | None:
    """The git commit of the sources, where they lie in a checkout."""
    place = Path(__file__).resolve().parents[2]
    if not (place / ".git").exists():
        return None
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=place, capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def _machine() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pyarrow.__version__,
    }


def _remove(path: Path) -> None:
    """Delete what lies at a path, never what a link there leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
