"""Which whole numbers say where random draws come from: the seed of a study, and which of its trials one is."""

import operator
from typing import Any

import numpy as np

from alliance_sim.errors import ScenarioError
from alliance_sim.world.scenario import DEFAULT_SEED

LARGEST = 2**64 - 1  # seed: the address of a draw has room for no more
MOST_TRIALS = 1_000_000  # replicates of a study


def seed(given: Any, name: str = "seed") -> int:
    """Check a seed; None stands for the default one.

    Args:
        given: What was passed: a whole number of Python or NumPy, in [0, 2⁶⁴), or None.
        name: What the argument is called.

    Raises:
        ScenarioError: It is no such number.
    """
    return DEFAULT_SEED if given is None else whole(name, given, 0, LARGEST)


def replicate(given: Any) -> int:
    """Check the number of a trial, in [0, 10⁶).

    Raises:
        ScenarioError: It is no such number.
    """
    return whole("replicate", given, 0, MOST_TRIALS - 1)


def replicates(given: Any) -> int:
    """Check how many trials are wanted, in [1, 10⁶].

    Raises:
        ScenarioError: It is no such number.
    """
    return whole("replicates", given, 1, MOST_TRIALS)


def whole(name: str, given: Any, lower: int, upper: int) -> int:
    """Check a whole number; true, false, 1.0 and generators of random numbers are none.

    Raises:
        ScenarioError: It is none, or outside [lower, upper].
    """
    try:
        number = operator.index(given)
    except TypeError:
        number = None
    if number is None or isinstance(given, bool | np.ndarray):
        shown = repr(given) if isinstance(given, str) else str(given)
        said = f"{name}={shown}" if given is None or np.isscalar(given) else f"{name}, a {type(given).__name__},"
        raise ScenarioError(f"{said} is not a whole number; type one in [{lower}, {upper}].")
    if not lower <= number <= upper:
        raise ScenarioError(f"{name}={number} is outside [{lower}, {upper}]; type a value in that range.")
    return number
