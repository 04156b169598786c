"""Which engine runs a batch of worlds: Mesa, NumPy or lanes; all give the same bits."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np

from alliance_sim.engine.arms import Arms
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.study.point_worlds import PointWorlds, Worlds
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
FEW, MANY = 125_000, 2_500_000  # visits: NumPy ends below `FEW` before lanes begin; compiling pays above `MANY`


class EngineName(Enum):
    """How worlds are computed; `auto` picks by size and by what is already compiled."""

    auto = "auto"
    mesa = "mesa"
    numpy = "numpy"
    lanes = "lanes"


def visits(arms: Sequence[Scenario] | Worlds, replicates: int) -> int:
    """Sessions and assessments that arms, or points, hold together in that many replicates."""
    if isinstance(arms, PointWorlds):
        return arms.visits * replicates
    each = arms.values() if isinstance(arms, Mapping) else arms
    return sum(len(arm.course()) * arm.patients.number for arm in each) * replicates


def patients(worlds: Worlds) -> int:
    """Patients of one trial of every point."""
    if isinstance(worlds, PointWorlds):
        return worlds.patients
    return sum(world.patients.number for world in worlds.values())


def pick(name: EngineName, arms: Sequence[Scenario] | Worlds, replicates: int) -> EngineName:
    """Turn `auto` into an engine: NumPy for little work, lanes for much, or once they are compiled.

    Args:
        name: What was asked for; anything but `auto` is taken as it is.
        arms: All arms of the study, or its points.
        replicates: How many replicates the whole study has.
    """
    if name is not EngineName.auto:
        return name
    work = visits(arms, replicates)
    if work < FEW:
        return EngineName.numpy
    if work >= MANY:
        return EngineName.lanes
    from alliance_sim.engine.compile import is_compiled

    return EngineName.lanes if is_compiled("run") else EngineName.numpy


def simulate(
    name: EngineName, arms: Sequence[Scenario] | Arms, replicates: Sequence[int], seed: int, keep: Keep = Keep.sessions
) -> Recorded:
    """Run every arm in every replicate with one engine; arguments and return as `engine.worlds.simulate`.

    Only the lanes save work by keeping less; the others keep everything.
    """
    if name is EngineName.mesa:
        assert not isinstance(arms, Arms)  # a trial has agents of its own, made from its world
        return by_agents(arms, replicates, seed)
    if name is EngineName.lanes:
        from alliance_sim.engine import worlds

        return worlds.simulate(arms, replicates, seed, keep)
    from alliance_sim.engine import arrays

    return arrays.simulate(arms, replicates, seed)


def by_agents(arms: Sequence[Scenario], replicates: Sequence[int], seed: int) -> Recorded:
    """Run one Mesa trial a world and put what they recorded together."""
    from alliance_sim.trial import TherapyTrial

    grid = []
    for arm in arms:
        row = []
        for replicate in replicates:
            trial = TherapyTrial(arm, replicate=replicate, seed=seed, collect=False)
            trial.run_until(trial.end_day)
            row.append(trial.recorded)
        grid.append(row)
    first = grid[0][0]

    def joined(table: str) -> dict[str, Array]:
        return {
            name: np.concatenate(
                [np.concatenate([getattr(world, table)[name] for world in row], axis=-1) for row in grid], axis=-2
            )
            for name in getattr(first, table)
        }

    return Recorded(
        joined("sessions"),
        joined("assessments"),
        joined("patients"),
        joined("outcomes"),
        joined("trials"),
        joined("clinicians"),
        first.session_events,
        first.assessment_events,
        seed,
        tuple(replicates),
    )
