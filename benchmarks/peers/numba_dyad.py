"""The dyad model as plain functions, compiled by Numba and looped over; draws from a NumPy generator."""
# ruff: noqa: D103

import math

import numpy as np
from numba import njit
from serve import SESSIONS, serve


@njit
def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


@njit
def session(skill, bond, severity, z, y, u, v):
    delivered = min(max(skill + 0.1 * z, 0.0), 1.0)
    grown = bond + 0.25 * (delivered - bond)
    torn = u < logistic(-2.0 + 3.0 * (1.0 - delivered))
    grown = 0.85 * grown if torn else grown
    target = 1.0 - 0.6 * grown
    moved = target + (severity - target) * math.exp(-0.2) + 0.05 * y
    return grown, moved, torn, v < logistic(-3.0 - 3.0 * (grown - 0.5))


@njit
def simulate(patients, sessions, rng):
    total = np.zeros(4)
    for _ in range(patients):
        skill = min(max(rng.normal(0.6, 0.15), 0.0), 1.0)
        bond, severity, ruptures, here = 0.5, rng.normal(1.0, 0.2), 0, True
        for _ in range(sessions):
            bond, severity, torn, leaves = session(
                skill, bond, severity, rng.standard_normal(), rng.standard_normal(), rng.random(), rng.random()
            )
            ruptures += torn
            if leaves:
                here = False
                break
        total += np.array([severity, bond, ruptures, here])
    return total / patients


def world(patients, seed):
    means = simulate(patients, SESSIONS, np.random.default_rng(seed)).tolist()
    return dict(zip(("severity", "bond", "ruptures", "here"), means, strict=True))


serve(world)
