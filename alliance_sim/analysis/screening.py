"""Which of many parameters matter at all: Morris's elementary effects, at a few dozen points a parameter.

From a random point of a coarse grid each parameter is changed once, in random order (Morris 1991; Campolongo and others
2007): the mean size of what that does (μ*) ranks parameters, its mean (μ) says in which direction they act, and its
spread (σ) whether they act alike everywhere or depend on the others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import FOUND, UPPER, Array
from alliance_sim.analysis.sensitivity import RESAMPLES, across, every_trial, resampled
from alliance_sim.errors import AnswerError
from alliance_sim.model.registry import known_keys, nearest, parameters
from alliance_sim.study.designs import ROLES, Axis
from alliance_sim.study.units import units
from alliance_sim.world import seeds
from alliance_sim.world.scenario import Scenario

LEVELS = 4  # of the grid: with an even number every level is as likely
JUMP = LEVELS / (2 * (LEVELS - 1))  # share of its range by which a parameter is changed
START = "start"
STATISTICS = ("mu", "mu_star", "sigma")


def trajectories(
    scenario: Scenario, keys: Sequence[str], count: int, seed: int, ranges: Mapping[str, Sequence[float]] | None = None
) -> pd.DataFrame:
    """Points to run, as a table for design=file.

    Args:
        scenario: The base world.
        keys: Dotted keys of numbers.
        count: Trajectories; each has one point more than there are keys.
        seed: Of the random starts and orders.
        ranges: Narrower ranges than the registry allows, by key.

    Returns:
        Columns point, row (the trajectory), varied (the key changed on the way to this point, `start` for none), and
        a column a key. Save it as Parquet or CSV and run it with design=file design.file=….

    Raises:
        AnswerError: A key is unknown or no number, or nothing is asked for.
    """
    if count < 1 or not keys:
        raise AnswerError(f"{count} trajectories over {len(keys)} keys leave nothing to run; type 1 or more of both.")
    axes = [_axis(scenario, key, (ranges or {}).get(key)) for key in keys]
    rng = np.random.default_rng(seeds.seed(seed))
    rows: list[dict[str, Any]] = []
    for row in range(count):
        # Lower starts go up and upper ones down: every level is equally likely before and after.
        upward = rng.random(len(keys)) < 0.5
        low = rng.integers(LEVELS // 2, size=len(keys)) / (LEVELS - 1)
        shares = np.where(upward, low, low + JUMP)
        changed = ""
        for step in (-1, *rng.permutation(len(keys))):
            changed = START if step < 0 else keys[step]
            if step >= 0:
                shares[step] += JUMP if upward[step] else -JUMP
            each = zip(axes, shares[:, None], strict=True)
            values = {axis.key: axis.at(share)[0] for axis, share in each}
            rows.append({"point": len(rows), "row": row, "varied": changed, **values})
    return pd.DataFrame(rows)


def morris(
    trials: pd.DataFrame,
    design: pd.DataFrame,
    scenario: Scenario,
    measure: str = "change",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Elementary effects of every key, over its whole range.

    Arguments are those of `sensitivity.sobol`, with a design from `trajectories`, and the base world for the unit.

    Returns:
        Columns key, statistic (mu, mu_star, sigma), estimate, mcse, lower, upper, unit. Noise is taken out of sigma;
        of mu_star, a mean of sizes, it cannot be, so mu_star of a key without effect is above zero by about its error.

    Raises:
        AnswerError: A trial is missing, or a point does not differ from the one before in its varied key alone.
    """
    keys = [name for name in design.columns if name not in (*ROLES, "id")]
    effects = _effects(trials, design, keys, measure)
    rows, _, replicates = effects.shape
    estimate = _statistics(effects, np.ones(rows), np.ones(replicates))
    drawn = np.stack([_statistics(effects, *weights) for weights in resampled(rows, replicates, resamples, seed)])
    low, high = np.quantile(drawn, [1 - UPPER, UPPER], axis=0)
    numbers = zip(FOUND, (estimate, drawn.std(axis=0, ddof=1), low, high), strict=True)
    frame = pd.DataFrame({name: values.ravel() for name, values in numbers})
    frame.insert(0, "key", np.repeat(keys, len(STATISTICS)))
    frame.insert(1, "statistic", np.tile(STATISTICS, len(keys)))
    return frame.assign(unit=units(scenario)[measure])


def _axis(scenario: Scenario, key: str, given: Sequence[float] | None) -> Axis:
    rows = {row.key: row for row in parameters(scenario)}
    if key not in rows:
        near = nearest(key, [known for known in known_keys(scenario) if known in rows])
        hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all."
        raise AnswerError(f"{key!r} is no number of a scenario; {hint}")
    row = rows[key]
    low, high = (row.lower, row.upper) if given is None else given
    if not row.lower <= low < high <= row.upper:
        raise AnswerError(f"the range [{low:g}, {high:g}] of {key} is not inside [{row.lower:g}, {row.upper:g}].")
    return Axis(key, row.default, low, high, None)


def _effects(trials: pd.DataFrame, design: pd.DataFrame, keys: list[str], measure: str) -> Array:
    """Elementary effects, shape (trajectories, keys, replicates)."""
    if not {"row", "varied"} <= set(design.columns):
        raise AnswerError("the design has no trajectories; make it with screening.trajectories and run design=file.")
    outcome = every_trial(trials, design, measure)
    found: list[list[Any]] = []
    for row, own in design.sort_values("point").groupby("row"):
        varied, points = own["varied"].tolist(), own["point"].tolist()
        values = own[keys].to_numpy(dtype=float)
        if varied[0] != START or sorted(varied[1:]) != sorted(keys):
            raise AnswerError(f"trajectory {row} does not change each key once; give the whole design as it was made.")
        of_key: dict[str, Any] = {}
        for step, key in enumerate(varied[1:], start=1):
            moved = values[step] - values[step - 1]
            place = keys.index(key)
            if np.delete(moved, place).any():
                raise AnswerError(
                    f"point {points[step]} differs from the one before in more than {key}; give the design as made."
                )
            way = np.sign(moved[place]) / JUMP
            of_key[key] = (outcome.loc[points[step]] - outcome.loc[points[step - 1]]).to_numpy(dtype=float) * way
        found.append([of_key[key] for key in keys])
    return np.array(found)


def _statistics(effects: Array, rows: Array, noise: Array) -> Array:
    """`STATISTICS` of each key, shape (keys, 3)."""
    each = effects @ noise / noise.sum()
    mean = rows @ each / rows.sum()
    size = rows @ np.abs(each) / rows.sum()
    centred = effects - mean[:, None]
    free = rows.sum() - 1 if rows.sum() > 1 else np.nan
    spread = rows @ across(centred, centred, noise) / free
    return np.column_stack((mean, size, np.sqrt(np.maximum(spread, 0.0))))
