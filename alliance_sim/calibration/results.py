"""What a calibration leaves: the best point, the posterior sample, and how both came about; one small Parquet file."""

import functools
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alliance_sim.calibration import space
from alliance_sim.errors import ScenarioError
from alliance_sim.study.posterior import FILE as PACKED, HEIGHT, WEIGHT

Array = np.ndarray[Any, np.dtype[Any]]
ABOUT = b"alliance_sim"


class Posterior(NamedTuple):
    """A weighted sample of the posterior."""

    keys: list[str]
    values: Array  # (draws, numbers)
    weights: Array  # sum to 1
    heights: Array  # log-likelihood of each draw
    best: Array  # values of the best point
    about: dict[str, Any]  # how it came about

    @property
    def normals(self) -> Array:
        """The draws as standard normals of the prior."""
        return space.to_normal(self.values)

    def draws(self, count: int, seed: int) -> list[dict[str, float]]:
        """Points drawn by weight, without gaps: systematic, then shuffled."""
        rng = np.random.default_rng(seed)
        steps = (np.arange(count) + rng.random()) / count
        chosen = np.minimum(np.searchsorted(np.cumsum(self.weights), steps), len(self.weights) - 1)
        return space.points(self.values[rng.permutation(chosen)])


def write(path: Path, posterior: Posterior) -> None:
    """Write a posterior; equal posteriors give equal bytes."""
    columns = {key: posterior.values[:, place].astype(np.float32) for place, key in enumerate(posterior.keys)}
    # The last digits of a height depend on how many threads linear algebra takes; draws do not.
    columns |= {WEIGHT: posterior.weights, HEIGHT: posterior.heights.astype(np.float32)}
    about = {**posterior.about, "best": dict(zip(posterior.keys, map(float, posterior.best), strict=True))}
    table = pa.table(columns).replace_schema_metadata({ABOUT: json.dumps(about, sort_keys=True).encode()})
    spare = path.with_suffix(".new")
    pq.write_table(table, spare, compression="zstd")
    spare.replace(path)


def read(path: str | Path = PACKED) -> Posterior:
    """Read a posterior.

    Raises:
        ScenarioError: There is none, or it is of other numbers than this version calibrates.
    """
    return _read(Path(path))


@functools.cache
def _read(path: Path) -> Posterior:
    if not path.is_file():
        raise ScenarioError(f"there is no posterior {str(path)!r}; make one with alliance-sim calibrate.")
    try:
        with path.open("rb") as file:  # a path alone may be read as an address
            table = pq.read_table(file)
        about = json.loads(table.schema.metadata[ABOUT])
        best = about.pop("best")
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScenarioError(f"{str(path)!r} is no posterior; make one with alliance-sim calibrate.") from error
    keys = [name for name in table.column_names if name not in (WEIGHT, HEIGHT)]
    if keys != space.names():
        raise ScenarioError(
            f"{str(path)!r} has other numbers than this version calibrates; make one with alliance-sim calibrate."
        )
    values = np.stack([table[key].to_numpy().astype(float) for key in keys], axis=1)
    weights, heights = (table[name].to_numpy() for name in (WEIGHT, HEIGHT))
    best_point = np.array([float(best.get(key, np.nan)) for key in keys])
    parts = (values, weights, best_point)
    if not (
        len(values) and all(np.isfinite(part).all() for part in parts) and (weights >= 0).all() and weights.sum() > 0
    ):
        raise ScenarioError(f"{str(path)!r} holds numbers that are none; make one with alliance-sim calibrate.")
    return Posterior(keys, values, weights, heights, best_point, about)


def checkpoint(path: Path) -> dict[str, Array] | None:
    """The arrays that an earlier run of a calibration left; None where it left none, or they are damaged."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        print(f"{path} is damaged ({error}); it is computed anew.", file=sys.stderr)
        return None
