"""What do the published numbers leave open? A weighted sample of the posterior by tempered sequential Monte Carlo.

Particles start from the prior. The likelihood is let in little by little; after each step the better particles are
copied and all are moved. Proposals keep the normal distribution that the posterior would be if what points are expected
to show were a straight line through the present particles (preconditioned Crank-Nicolson), so that a move is taken or
not by how far the true target departs from that normal. Every random number is addressed by (seed, step, sweep): a run
that is stopped and resumed gives the same particles.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.likelihood import Likelihood
from alliance_sim.calibration.results import checkpoint

Array = np.ndarray[Any, np.dtype[Any]]
PARTICLES = 1000
KEEP = 0.5  # effective share of particles after letting in more of the likelihood
MOVED, LAST_MOVED = 1.5, 4.0  # accepted moves a particle should have had before the next step, and in the last
SWEEPS = 24  # at most, a step
FIRST_STRIDE, WIDEST = 0.7, 0.95  # of a proposal: 0 stays, 1 draws anew from that normal
RIDGE = 1.0  # particles' worth of belief that a number moves nothing, in the straight line
AIMED = (0.25, 0.5)  # share accepted below which the stride shrinks, and above which it grows
HALVINGS = 60
START, MOVE, COPY = 0, 1, 2  # what a random number is for


class Cloud(NamedTuple):
    """Particles at one step of tempering."""

    normals: Array  # (particles, numbers)
    levels: Array  # what each is expected to show, (particles, targets)
    heights: Array  # log-likelihood of each
    share: float  # of the likelihood let in so far, 0 to 1
    step: int
    stride: float


class Progress(NamedTuple):
    """How far the sampler has come after a step."""

    step: int
    share: float
    accepted: float
    sweeps: int
    points: int


def sample(
    likelihood: Likelihood,
    seed: int,
    particles: int = PARTICLES,
    checkpoint: Path | None = None,
    after_step: Callable[[Progress], None] = lambda progress: None,
) -> Cloud:
    """Sample the posterior; all particles of the result weigh the same.

    Where there is a checkpoint file the sampler goes on from it; it is rewritten after every step.
    """
    cloud = _resumed(checkpoint, likelihood, seed, particles)
    if cloud is None:
        normals = _random(seed, 0, 0, START).standard_normal((particles, likelihood.reference.normals.size))
        levels = likelihood.expected(normals)
        cloud = Cloud(normals, levels, likelihood.of_expected(levels), 0.0, 0, FIRST_STRIDE)
    while cloud.share < 1.0:
        cloud, accepted, sweeps = _step(cloud, likelihood, seed)
        if checkpoint is not None:
            _saved(checkpoint, cloud, likelihood, seed)
        after_step(Progress(cloud.step, cloud.share, accepted, sweeps, likelihood.evaluations))
    return cloud


def _random(seed: int, step: int, sweep: int, use: int) -> np.random.Generator:
    return np.random.default_rng([seed % 2**32, seed >> 32, step, sweep, use])


def _next_share(heights: Array, share: float) -> float:
    """How much of the likelihood can be let in while `KEEP` of the particles still count."""

    def counting(more: float) -> float:
        weights = _weights(heights, more)
        return 1.0 / float((weights**2).sum()) / len(heights)

    if counting(1.0 - share) >= KEEP:
        return 1.0
    low, high = 0.0, 1.0 - share
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if counting(middle) >= KEEP else (low, middle)
    return share + low


def _weights(heights: Array, more: float) -> Array:
    scaled = np.where(np.isfinite(heights), heights, -np.inf)
    raised: Array = np.exp(more * (scaled - scaled.max()))
    made: Array = raised / raised.sum()
    return made


def _copied(weights: Array, noise: float) -> Array:
    """Systematic resampling: how often each particle goes on."""
    steps = (np.arange(len(weights)) + noise) / len(weights)
    made: Array = np.minimum(np.searchsorted(np.cumsum(weights), steps), len(weights) - 1)
    return made


def _step(cloud: Cloud, likelihood: Likelihood, seed: int) -> tuple[Cloud, float, int]:
    share = _next_share(cloud.heights, cloud.share)
    step = cloud.step + 1
    weights = _weights(cloud.heights, share - cloud.share)
    middle, spread = _straight(cloud, weights, share, likelihood)
    root = np.linalg.cholesky(spread)
    chosen = _copied(weights, _random(seed, step, 0, COPY).random())
    normals, levels, heights = cloud.normals[chosen], cloud.levels[chosen], cloud.heights[chosen]
    stride, total, sweeps, rates = cloud.stride, 0.0, 0, []

    def fitted(points: Array) -> Array:
        white = np.linalg.solve(root, (points - middle).T)
        made: Array = -0.5 * (white**2).sum(axis=0)
        return made

    while total < (LAST_MOVED if share == 1.0 else MOVED) and sweeps < SWEEPS:
        noise = _random(seed, step, sweeps, MOVE)
        away = noise.standard_normal(normals.shape) @ root.T
        tried = middle + np.sqrt(1 - stride**2) * (normals - middle) + stride * away
        new = likelihood.expected(tried)
        new_heights = likelihood.of_expected(new)
        gain = share * (new_heights - heights) - 0.5 * ((tried**2).sum(axis=1) - (normals**2).sum(axis=1))
        gain += fitted(normals) - fitted(tried)
        taken = np.log(noise.random(len(normals))) < gain
        normals, levels = np.where(taken[:, None], tried, normals), np.where(taken[:, None], new, levels)
        heights = np.where(taken, new_heights, heights)
        rates.append(float(taken.mean()))
        total += rates[-1]
        sweeps += 1
        if rates[-1] < AIMED[0]:
            stride *= 0.75
        elif rates[-1] > AIMED[1]:
            stride = min(stride * 1.25, WIDEST)
    return Cloud(normals, levels, heights, share, step, stride), float(np.mean(rates)), sweeps


def _straight(cloud: Cloud, weights: Array, share: float, likelihood: Likelihood) -> tuple[Array, Array]:
    """Mean and covariance of the tempered posterior, if expectations were a straight line through the particles."""
    about = weights @ cloud.normals
    off = cloud.normals - about
    levels = np.nan_to_num(cloud.levels)  # a particle without a value has no weight
    level = weights @ levels
    count = 1.0 / float((weights**2).sum())
    inner = count * (off * weights[:, None]).T @ off + RIDGE * np.eye(off.shape[1])
    slopes = np.linalg.solve(inner, count * (off * weights[:, None]).T @ (levels - level)).T
    pull = share * slopes.T @ np.linalg.inv(likelihood.reference.covariance)
    spread = np.linalg.inv(pull @ slopes + np.eye(off.shape[1]))
    middle: Array = spread @ pull @ (likelihood.values - level + slopes @ about)
    return middle, (spread + spread.T) / 2


def _made_of(likelihood: Likelihood, seed: int, particles: int) -> str:
    """What a checkpoint must have been made of, to be gone on from."""
    values = [float(np.sum(part)) for part in (likelihood.values, likelihood.reference.covariance)]
    return json.dumps([seed, particles, *values])


def _saved(path: Path, cloud: Cloud, likelihood: Likelihood, seed: int) -> None:
    spare = path.with_suffix(".new.npz")
    made = _made_of(likelihood, seed, len(cloud.normals))
    np.savez(spare, **cloud._asdict(), made=np.array(made), evaluations=np.array(likelihood.evaluations))
    spare.replace(path)


def _resumed(path: Path | None, likelihood: Likelihood, seed: int, particles: int) -> Cloud | None:
    """The particles of a checkpoint; None where there is none, or it was made of something else."""
    file = None if path is None else checkpoint(path)
    if file is None or str(file["made"]) != _made_of(likelihood, seed, particles):
        return None
    likelihood.evaluations = int(file["evaluations"])
    arrays, numbers = [file[name] for name in Cloud._fields[:3]], [file[name].item() for name in Cloud._fields[3:]]
    return Cloud._make([*arrays, *numbers])
