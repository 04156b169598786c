"""What the simulated trials of a plan found, one row a trial, as `planned/` in a results folder keeps it.

A file a size, named by what makes its trials the same: both worlds, the seed, how they are analysed, and the sources
of model and analysis. A small file says which trials each holds and the checksum of each, so that a run that was
interrupted goes on from there and damage is found.
"""

import functools
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
from pyarrow import parquet, types
from pydantic import Field

from alliance_sim.model.registry import plain
from alliance_sim.study import records
from alliance_sim.study.dictionary import NUMBER, TRUTH, WHOLE, WORD
from alliance_sim.study.dictionary_of_answers import PLANNED as COLUMNS
from alliance_sim.study.folders import whole
from alliance_sim.study.identity import PACKAGE, addresses, hashed
from alliance_sim.study.plan import Layout, Power
from alliance_sim.study.points_table import reason
from alliance_sim.study.records import Checksum, DamagedError
from alliance_sim.study.stored_batches import check_columns, is_whole, is_word
from alliance_sim.study.work import write_parquet
from alliance_sim.world.scenario import Scenario

PLANNED = "planned"
ABOUT = f"{PLANNED}/_about.json"  # readers of Parquet folders leave out what begins so
NAMED = ("analysis", "endpoint", "margin", "estimand", "missing", "missing_share", "allocation")  # of a plan
SOURCES = ("power.py", "planned_*.py", "reml.py")  # of analysis/: they decide what is found in a trial

FILE = r"\A[0-9a-f]{16}-[0-9]{1,9}\.parquet\Z"  # a name: of a size, and how many trials of it there are
FITS = {WORD: is_word, WHOLE: is_whole, TRUTH: types.is_boolean, NUMBER: lambda kind: not is_word(kind)}


class PlannedRecord(records.Record):
    """Which trials of a size a file holds."""

    file: str = Field(pattern=FILE)
    sha256: Checksum
    rows: int = Field(ge=0, le=records.MOST_ROWS)


def address(plan: Power, layout: Layout, arms: Mapping[str, Scenario], seed: int) -> str:
    """What makes trials of a plan the same."""
    about = {name: value for name, value in plain(plan).items() if name in NAMED}
    worlds = addresses(dict[int | str, Scenario](enumerate(arms.values())), seed)
    return hashed(json.dumps([*worlds, about, *layout, _analysis()]))


@functools.cache
def _analysis() -> str:
    """Hash of the sources that analyse a trial."""
    files = sorted(path for pattern in SOURCES for path in (PACKAGE / "analysis").glob(pattern))
    return hashed("".join(path.read_text(encoding="utf-8") for path in files))


class PlannedTrials:
    """The planned trials of a folder; of no folder there are none."""

    def __init__(self, folder: Path | None, writes: bool = False) -> None:
        """Take a results folder, and whether trials are written to it."""
        self._folder, self._writes = folder, writes and folder is not None

    @property
    def known(self) -> dict[str, PlannedRecord]:
        """For each size, by its address, what is there.

        Raises:
            DamagedError: The small file cannot be read.
        """
        if self._folder is None or not (self._folder / ABOUT).exists():
            return {}
        held = records.check_seal(PLANNED, records.read(self._folder / ABOUT, ABOUT), ABOUT)
        return {name: records.check(PlannedRecord, one, ABOUT) for name, one in held.items()}

    def frame(self, name: str) -> pd.DataFrame:
        """The trials of a size.

        Raises:
            DamagedError: They are not what was written.
        """
        about = self.known[name]
        file = f"{PLANNED}/{about.file}"
        assert self._folder is not None
        content = records.content(self._folder / file, file, [about.sha256])
        try:
            source = parquet.ParquetFile(io.BytesIO(content))
            check_columns({one: FITS[column.type] for one, column in COLUMNS.items()}, source.schema_arrow, file)
            if source.metadata.num_rows != about.rows:
                raise DamagedError(file, f"has {source.metadata.num_rows} rows and should have {about.rows}")
            return pd.read_parquet(io.BytesIO(content))
        except DamagedError:
            raise
        except (OSError, pyarrow.ArrowException, ValueError, TypeError, KeyError) as error:
            raise DamagedError(file, f"cannot be read ({reason(error)})") from error

    def whole(self, name: str) -> pd.DataFrame:
        """The trials of a size that can be used; none where there are none or they are damaged."""
        try:
            return self.frame(name) if name in self.known else pd.DataFrame()
        except DamagedError:
            return pd.DataFrame()

    def head(self) -> dict[str, pd.DataFrame]:
        """The columns of what is there, as a table without rows by its name; empty if nothing is."""
        first = next(iter(self.known), None)
        return {} if first is None else {PLANNED: self.frame(first).head(0)}

    def put(self, name: str, trials: pd.DataFrame) -> None:
        """Write the trials of a size in place of those that are there."""
        if not self._writes or self._folder is None:
            return
        (self._folder / PLANNED).mkdir(exist_ok=True)
        room = io.BytesIO()
        write_parquet(trials, room)
        content, file = room.getvalue(), f"{name}-{trials['replicate'].nunique()}.parquet"
        own = {"file": file, "sha256": records.checksum(content), "rows": len(trials)}
        whole(self._folder / PLANNED / file, lambda path: path.write_bytes(content))
        self._said({**self._others(name), name: own})

    def only(self, names: Collection[str]) -> None:
        """Leave the trials of these sizes alone, so that the folder holds those of one plan."""
        if self._writes:
            self._said({name: one for name, one in self._others("").items() if name in names})

    def damages(self) -> Iterator[DamagedError]:
        """Read every file anew and yield those that are not what was written."""
        try:
            names = list(self.known)
        except DamagedError as error:
            yield error
            return
        for name in names:
            try:
                self.frame(name)
            except DamagedError as error:
                yield error

    def _others(self, name: str) -> dict[str, Any]:
        try:
            return {other: one.model_dump() for other, one in self.known.items() if other != name}
        except DamagedError:
            return {}

    def _said(self, about: dict[str, Any]) -> None:
        """Say what is there, then delete what is not said to be."""
        assert self._folder is not None
        place = self._folder / PLANNED
        if not place.is_dir():
            return
        text = json.dumps(records.sealed(PLANNED, about), indent=1)
        whole(self._folder / ABOUT, lambda path: path.write_text(text, encoding="utf-8"))
        kept = {one["file"] for one in about.values()}
        for path in place.iterdir():
            if re.match(FILE, path.name) and path.name not in kept:
                path.unlink()
