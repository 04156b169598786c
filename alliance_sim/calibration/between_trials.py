"""Why do trials differ? The spread of the drug's effect between trials, taken apart: designs, populations, chance.

TAU001 is the total that a random-effects meta-analysis of twelve trials found. Here four of them are simulated: with
one population in all of them only their designs differ; with their own, their populations too; what both leave is
given to chance, as a multiplier of the drug's effect that a trial has (`parameters.dosing.between_trials`). A trial
counts by its share of the patients of all twelve; the eight others are taken to be like those here that had a drug-free
or low-dose comparator (assumption: one more had a waitlist, PO018).
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.calibration import statistics
from alliance_sim.calibration.columns import KEPT_ALWAYS, Columns
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.likelihood import NO_NOISE
from alliance_sim.calibration.studies import POOLED, STUDIES, scenario, with_numbers
from alliance_sim.calibration.summaries import pool
from alliance_sim.engine import worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.study.designs import at
from alliance_sim.study.posterior import of_condition
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario, load_patients

Array = np.ndarray[Any, np.dtype[Any]]
SPREAD = "parameters.dosing.between_trials"
DRUG = ("parameters.psilocybin.relief", "parameters.psilocybin.insight")  # what a trial's multiplier multiplies
ONE_POPULATION, WAITLIST = "depression", "waitlist"
TRIALS, BATCHES = 160, 8  # of each arm, and the batches whose spread gives the Monte Carlo error
FIRST = 400_000


class Parts(NamedTuple):
    """Standard deviations of g between trials, each of shape (batches,)."""

    designs: Array
    populations: Array  # what populations add; 0 where they make trials more alike
    chance: Array
    total: Array


def taken_apart(point: Mapping[str, float], seed: int = DEFAULT_SEED) -> Parts:
    """Take the spread of g between the trials of `POOLED` apart, at one point of the calibrated numbers."""
    usual, calm = Scenario(), {**of_condition(point, "depression"), **NO_NOISE}
    spread = point.get(SPREAD, at(usual, SPREAD))
    weak, strong = (
        {**calm, **{key: math.exp(sign * spread) * point.get(key, at(usual, key)) for key in DRUG}} for sign in (-1, 1)
    )
    (alike,) = _effects([calm], ONE_POPULATION, seed).swapaxes(0, 1)
    own, low, high = _effects([calm, weak, strong], "", seed).swapaxes(0, 1)
    share = _shares()
    designs, both = (_spread(effects, share) for effects in (alike, own))
    chance = np.sqrt(share @ ((high - low) / 2) ** 2)
    populations = np.sqrt(np.maximum(both**2 - designs**2, 0.0))
    return Parts(designs, populations, chance, np.sqrt(both**2 + chance**2))


def table(parts: Parts) -> pd.DataFrame:
    """Columns part, sd, mcse: the standard deviation of g that each part makes, and its Monte Carlo error."""
    found = [(name, own.mean(), own.std(ddof=1) / math.sqrt(len(own))) for name, own in parts._asdict().items()]
    return pd.DataFrame(found, columns=["part", "sd", "mcse"])


def line(found: pd.DataFrame) -> str:
    """The parts in a sentence, beside TAU001."""
    said = {row["part"]: f"{row['sd']:.3f} ± {row['mcse']:.3f}" for _, row in found.iterrows()}
    published = rows("calibration")["TAU001"].value
    return (
        f"Spread of g between trials (TAU001: {published:.3f}): designs {said['designs']}, populations "
        f"{said['populations']},\n  chance {said['chance']}; together {said['total']}."
    )


def _effects(points: Sequence[Mapping[str, float]], people: str, seed: int) -> Array:
    """Cohen's d of each trial in many patients, below 0 where the drug helps.

    Args:
        points: Numbers that differ from the defaults.
        people: A population that all trials have instead of their own; empty for their own.
        seed: Seed of every draw.

    Returns:
        Shape (trials of `POOLED`, points, batches).
    """
    found = []
    for study, drug, control, day in POOLED:
        about = STUDIES[study]
        sides = []
        for arm in (drug, control):
            base = scenario(study, arm)
            if people:
                base = changed(base, {"patients": dataclasses.replace(load_patients(people), number=about.number)})
            arms = [with_numbers(base, point) for point in points]
            recorded = worlds.simulate(arms, about.replicates(FIRST, TRIALS), seed, Keep.sessions, columns=KEPT_ALWAYS)
            columns = Columns(base, recorded, slice(None), arms)
            sides.append(pool(columns[f"change.{day}"], BATCHES))
        found.append(statistics.cohens_d(*sides))
    return np.stack(found)


def _shares() -> Array:
    """Share of the patients of all trials of TAU001 that each trial stands for, shape (trials,); sums to 1."""
    total = rows("calibration")["TAU001"].n
    sizes = np.array([_size(study, one) + _size(study, two) for study, one, two, _ in POOLED], dtype=float)
    waits = np.array([two == WAITLIST for _, _, two, _ in POOLED])
    made: Array = np.where(waits, sizes / total, 0.0)
    made[~waits] = (1 - made.sum()) * sizes[~waits] / sizes[~waits].sum()
    return made


def _size(study: str, name: str) -> int:
    return next(arm.number for arm in STUDIES[study].arms if arm.name == name)


def _spread(effects: Array, share: Array) -> Array:
    """Standard deviation between trials, shape (batches,)."""
    made: Array = np.sqrt(share @ (effects - share @ effects) ** 2)
    return made
