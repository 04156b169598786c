"""A posterior's keys get their present names; its draws, weights and likelihoods stay equal to the last bit."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alliance_sim.aliases import KEYS
from alliance_sim.calibration import results, space
from alliance_sim.calibration.rename_keys import rename
from alliance_sim.study.posterior import FILE, HEIGHT, OF, WEIGHT

EARLIER = {new: old for old, new in KEYS.items()}


def earlier(name: str) -> str:
    condition, colon, bare = name.rpartition(OF)
    return f"{condition}{colon}{EARLIER.get(bare, bare)}"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The present posterior under the names that it was written with."""
    table = pq.read_table(FILE)
    about = json.loads(table.schema.metadata[results.ABOUT])
    about["best"] = {earlier(key): value for key, value in about["best"].items()}
    table = table.rename_columns([earlier(name) for name in table.column_names])
    table = table.replace_schema_metadata({results.ABOUT: json.dumps(about).encode()})
    pq.write_table(table, tmp_path / "older.parquet")
    return tmp_path / "older.parquet"


def bits(column: pa.ChunkedArray) -> bytes:
    return np.ascontiguousarray(column.to_numpy()).tobytes()


def test_names_are_present_and_every_number_keeps_its_bits(older: Path) -> None:
    before, original = pq.read_table(older), pq.read_table(FILE)
    renamed = rename(older)
    assert renamed == [name for name in before.column_names if name not in original.column_names]
    assert renamed
    after = pq.read_table(older)
    assert after.column_names == original.column_names == [*space.names(), WEIGHT, HEIGHT]
    for place, name in enumerate(after.column_names):
        assert bits(after[name]) == bits(before[before.column_names[place]]) == bits(original[name])


def test_a_renamed_posterior_is_read_as_the_packed_one(older: Path) -> None:
    rename(older)
    one, other = results.read(older), results.read()
    assert one.keys == other.keys
    for found, packed in zip(one[1:5], other[1:5], strict=True):
        np.testing.assert_array_equal(found, packed)
    assert one.about == other.about


def test_renaming_twice_renames_nothing_more(older: Path) -> None:
    rename(older)
    content = older.read_bytes()
    assert rename(older) == []
    assert older.read_bytes() == content
