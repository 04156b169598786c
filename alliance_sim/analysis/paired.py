"""Simulates worlds that an analysis needs beside those of a study: the same patients and draws in every arm.

Batches of arms and replicates are bounded, so what is simulated at once does not grow with either; the engine and the
size of a batch move no number.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import batched

import pandas as pd

from alliance_sim.engine import arrays
from alliance_sim.engine.intervention import Fixed
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.study import tables
from alliance_sim.study.engines import EngineName, pick, visits
from alliance_sim.study.runner import TILE, WORK, groups, joined
from alliance_sim.world import seeds
from alliance_sim.world.scenario import Scenario

ROWS = 250_000  # visits that one batch simulates, so that a batch that keeps all of them fits into memory
DEEP = 64  # most replicates in a batch
MADE: dict[Keep, Callable[[Recorded, list[Scenario], list[str], list[int]], pd.DataFrame]] = {
    Keep.trials: tables.trials,
    Keep.patients: tables.patients,
    Keep.sessions: lambda recorded, arms, names, replicates: tables.visits(recorded, names, replicates),
}


def simulate(
    arms: Sequence[Scenario],
    replicates: Sequence[int],
    seed: int,
    keep: Keep,
    engine: EngineName,
    fixed: Fixed | None = None,
    columns: Collection[str] | None = None,
) -> Recorded:
    """Run arms of one timetable with the engine that `engine_for` chose; of visits and patients only some columns.

    Raises:
        ScenarioError: The seed is no whole number in its range.
    """
    seed = seeds.seed(seed)
    if engine is EngineName.lanes:
        from alliance_sim.engine import worlds

        return worlds.simulate(arms, replicates, seed, keep, fixed, columns)
    return arrays.simulate(arms, replicates, seed, fixed)


def engine_for(arms: Sequence[Scenario], replicates: int, times: int = 1) -> EngineName:
    """The faster engine for so many replicates, of arms that are simulated so many times.

    Raises:
        ScenarioError: So many replicates cannot be run.
    """
    return pick(EngineName.auto, arms, seeds.replicates(replicates) * times)


def batches(arms: Sequence[Scenario], replicates: int, rows: int = 0) -> Iterator[range]:
    """Cut replicates into batches that are bounded in visits and fill the lanes where they can.

    Args:
        arms: Which are run together.
        replicates: How many there are.
        rows: What a replicate is bounded by instead, where fewer are kept of it than its visits.
    """
    deep = min(DEEP, max(1, ROWS // max(1, rows or visits(arms, 1))))
    deep = deep // TILE * TILE or deep
    for first in range(0, replicates, deep):
        yield range(first, min(first + deep, replicates))


def wide(arm: Scenario, replicates: Sequence[int], engine: EngineName) -> int:
    """How many worlds like an arm's may be run at once, keeping trials: NumPy keeps all visits of each."""
    bound = WORK if engine is EngineName.lanes else ROWS
    return max(1, bound // max(1, visits([arm], len(replicates))))


def trials(arms: Mapping[str, Scenario], replicates: int, seed: int) -> pd.DataFrame:
    """Run arms in the same replicates and keep each trial's means.

    Args:
        arms: Scenarios by name; those with different timetables are run apart, with the same draws.
        replicates: Simulated trials an arm.
        seed: Seed of every draw.

    Returns:
        One row an arm and replicate, as in `trials/` of a study.
    """
    return tidy(arms, replicates, seed, Keep.trials)


def patients(arms: Mapping[str, Scenario], replicates: int, seed: int) -> pd.DataFrame:
    """Run arms as `trials` does and keep every patient: one row each, as in `patients/` of a study."""
    return tidy(arms, replicates, seed, Keep.patients)


def together(
    arms: Mapping[str, Scenario],
    replicates: Sequence[int],
    seed: int,
    keep: Keep,
    engine: EngineName,
    columns: Collection[str] | None = None,
) -> dict[str, tuple[Recorded, int]]:
    """Run arms in the same replicates, each timetable in one go; returns what holds each arm, and its place there."""
    found: dict[str, tuple[Recorded, int]] = {}
    for labels in groups({name: arm for name, arm in arms.items()}):  # noqa: C416  (a mapping of wider keys)
        names = [str(label) for label in labels]
        recorded = simulate([arms[name] for name in names], replicates, seed, keep, engine, columns=columns)
        found |= {name: (recorded, place) for place, name in enumerate(names)}
    return found


def tidy(arms: Mapping[str, Scenario], replicates: int, seed: int, keep: Keep) -> pd.DataFrame:
    """Run arms in the same replicates and keep the rows of one kind, as in its folder of a study."""
    engine, make = engine_for(list(arms.values()), replicates), MADE[keep]
    wide = max(1, ROWS // max(1, visits(list(arms.values()), 1) // len(arms)))  # arms that fit into a batch
    frames = []
    for few in batched(arms, wide):
        own = {name: arms[name] for name in few}
        for part in batches(list(own.values()), replicates):
            held = together(own, part, seed, keep, engine)
            for recorded in {id(recorded): recorded for recorded, _ in held.values()}.values():
                names = [name for name in own if held[name][0] is recorded]
                frames.append(make(recorded, [own[name] for name in names], names, list(part)))
    return joined(frames, arms)
