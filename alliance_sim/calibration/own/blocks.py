"""Simulated trials of the data's size at draws of the fitted keys, in blocks that share their random draws.

A block is eight draws of the keys, each in the same eight replicates: four tiles of lanes. No two blocks share either,
so that the chance of a trial is in what is learned from them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.own import trials
from alliance_sim.calibration.own.abc import Array, Trials
from alliance_sim.calibration.own.layout import Layout, Scores
from alliance_sim.calibration.own.priors import Prior
from alliance_sim.errors import ScenarioError
from alliance_sim.study import executors
from alliance_sim.study.engines import EngineName
from alliance_sim.study.executors import Executor
from alliance_sim.study.point_worlds import altered
from alliance_sim.study.posterior import of_condition, sample

POINTS, REPLICATES = 8, 8  # of a block
SIZE = POINTS * REPLICATES
BLOCKS = 2  # that one worker computes at a time
DEFINED = 0.98  # share of simulated trials in which a summary must have a value
OTHER_DRAWS = 0x0B5E55ED  # sets the draws of keys apart from all others of a seed
PROBES = (-2.0, 2.0)  # standard normals between which a key that moves anything moves something
Summarise = Callable[[Mapping[str, Scores]], Array]  # (items, points, replicates)


class Maker(NamedTuple):
    """How trials are simulated.

    Attributes:
        plan: The data's size and schedule.
        priors: Of the fitted keys.
        summarise: Makes the summaries of trials.
        seed: Of every draw.
        engine: What computes.
        executor: Who computes.
        others: Keys that stay as they are, or are drawn from the calibrated posterior.
    """

    plan: Layout
    priors: Sequence[Prior]
    summarise: Summarise
    seed: int
    engine: EngineName
    executor: Executor
    others: Sequence[str] = ()

    def simulated(self, count: int, after: Callable[[int], Any] = lambda trials: None) -> Trials:
        """Simulate trials at draws of the priors.

        Args:
            count: How many, rounded up to whole blocks.
            after: Is called with the number of trials that were done since.
        """
        blocks = -(-count // SIZE)
        keys = np.random.default_rng([self.seed % 2**32, self.seed >> 32, OTHER_DRAWS])
        normals = keys.standard_normal((blocks * POINTS, len(self.priors)))
        further = self._further(keys, len(normals))
        batches = [range(first, min(first + BLOCKS, blocks)) for first in range(0, blocks, BLOCKS)]
        found = []
        with executors.opened(self.executor) as (pool, _):
            waiting = [pool.submit(self._batch, batch, normals, further) for batch in batches]
            for one in waiting:
                found.append(one.result())
                after(len(found[-1]))
        whose = np.repeat(normals.reshape(blocks, POINTS, -1), REPLICATES, axis=1)
        block, apart = (
            np.repeat(np.arange(blocks), SIZE),
            np.tile(np.eye(POINTS, REPLICATES, dtype=bool).ravel(), blocks),
        )
        return Trials(whose.reshape(blocks * SIZE, -1), np.concatenate(found), block, apart)

    def _batch(self, blocks: range, normals: Array, further: Sequence[Mapping[str, float]]) -> Array:
        """Summaries of some blocks' trials, (trials, summaries)."""
        parts = []
        for block in blocks:
            places = range(block * POINTS, (block + 1) * POINTS)
            points = [{**(further[at] if further else {}), **self._values(normals[at])} for at in places]
            parts.append(self._summaries(points, range(block * REPLICATES, (block + 1) * REPLICATES)))
        return np.concatenate(parts)

    def _values(self, normals: Array) -> dict[str, float]:
        return {one.key: float(one.values(normal)) for one, normal in zip(self.priors, normals, strict=True)}

    def _further(self, draws: np.random.Generator, count: int) -> list[dict[str, float]]:
        """A draw of the calibrated posterior of the other keys for each point."""
        if not self.others:
            return []
        rows, weights = sample()
        condition = self.plan.arms[0].scenario.patients.condition.value
        own = [of_condition(rows[place], condition) for place in draws.choice(len(rows), count, p=weights)]
        return [{key: row[key] for key in self.others} for row in own]

    def _summaries(self, points: Sequence[Mapping[str, float]], replicates: Sequence[int]) -> Array:
        """Summaries of points in some replicates, (points × replicates, summaries)."""
        worlds = {arm.name: [altered(arm.scenario, point) for point in points] for arm in self.plan.arms}
        made = trials.simulate(self.plan, worlds, replicates, self.seed, self.summarise, self.engine)
        return made.reshape(len(made), -1).T

    def check_moves(self) -> None:
        """Refuse a key that moves no summary.

        Raises:
            ScenarioError: There is one.
        """
        for place, one in enumerate(self.priors):
            both = np.zeros((len(PROBES), len(self.priors)))
            both[:, place] = PROBES
            shown = self._summaries([self._values(row) for row in both], range(REPLICATES))
            low, high = shown.reshape(len(PROBES), REPLICATES, -1)
            if np.array_equal(low, high, equal_nan=True):
                raise ScenarioError(
                    f"{one.key} moves nothing that your data hold, with this protocol and these patients; leave it "
                    f"out of over{_instead(one.key, self.plan)}."
                )


def _instead(key: str, plan: Layout) -> str:
    given = plan.entry and key.startswith("patients.severity_")
    return ", or type data.entry=false: patients have the severity of your baseline" if given else ""


def usable(held: Trials, observed: Array, names: Sequence[str]) -> tuple[Trials, Array, list[str]]:
    """Trials, data and names of the summaries that both have; trials that lack one of them are left out.

    A summary counts that the data have, nearly all trials have, and that varies between them.
    """
    with np.errstate(invalid="ignore"):
        kept = np.isfinite(observed) & (np.isfinite(held.summaries).mean(axis=0) >= DEFINED)
        kept &= np.nanmax(held.summaries, axis=0, initial=-np.inf) > np.nanmin(held.summaries, axis=0, initial=np.inf)
    whole = np.isfinite(held.summaries[:, kept]).all(axis=1)
    chosen = held.at(whole)
    places: list[int] = np.flatnonzero(kept).tolist()
    return chosen._replace(summaries=chosen.summaries[:, kept]), observed[kept], [names[place] for place in places]
