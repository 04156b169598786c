"""What a study will cost: its size counted, its time and disk measured on a few of its trials."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pandas as pd

from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName, patients, pick, visits
from alliance_sim.study.executors import cores
from alliance_sim.study.runner import TILE, Batch, Worlds, at_once, groups, run_batch
from alliance_sim.study.tables import KINDS
from alliance_sim.study.work import write_parquet

MEASURED = 200_000  # visits that are simulated to measure


class Forecast(NamedTuple):
    """How large a study is."""

    points: int
    replicates: int
    patients: int
    timetables: int
    engine: EngineName
    workers: int  # threads of this machine on which it was measured
    seconds: float
    size: float  # bytes


def forecast(study: Study, worlds: Worlds) -> Forecast:
    """Count a study and measure a few trials of its first points; nothing is written."""
    engine, together = pick(study.engine, worlds, study.replicates), groups(worlds)
    first = worlds[together[0][0]]
    work = max(1, visits([first], 1))
    most = max(1, min(at_once((work, first.patients.number), engine, study.keep, MEASURED), MEASURED // work))
    labels = together[0][:TILE]
    deep = min(study.replicates, max(1, most // len(labels)))
    run_batch(Batch(labels[:1], range(1)), worlds, study.seed, study.keep, engine)  # compiles, where that is needed
    if len(labels) == TILE:
        run_batch(Batch(labels, range(1)), worlds, study.seed, study.keep, engine)
    sample, workers = Batch(labels, range(deep)), study.executor.workers or cores()

    def made(_: int) -> int:
        frames = run_batch(sample, worlds, study.seed, study.keep, engine)
        return sum(_size(getattr(frames, kind)) for kind in KINDS)

    with ThreadPoolExecutor(workers) as pool:
        began = time.perf_counter()
        size = sum(pool.map(made, range(workers)))
        passed = time.perf_counter() - began
    measured = workers * max(1, visits([worlds[label] for label in labels], deep))
    share = visits(worlds, study.replicates) / measured
    people = patients(worlds) * study.replicates
    return Forecast(len(worlds), study.replicates, people, len(together), engine, workers, passed * share, size * share)


def _size(frame: pd.DataFrame) -> int:
    """Bytes that a frame takes as Parquet."""
    room = io.BytesIO()
    if len(frame):
        write_parquet(frame, room)
    return room.tell()
