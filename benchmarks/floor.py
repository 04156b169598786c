"""The floor: the laws' own count of draws, exponentials, logarithms, roots and divisions, and nothing else.

Each primitive runs alone, compiled for the same lanes, from and to arrays that stay in the first cache.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.compile import kernel
from alliance_sim.engine.lanes import WIDTH, load, store
from alliance_sim.model.maths import bits_float, exp, log, normal_pair, philox, sqrt
from benchmarks.counting import Counts

PLACES = 32  # vectors in each array: 4 KiB
USES = 20_000  # of each primitive in one timing, times WIDTH


class Room(NamedTuple):
    """What the primitives read and write."""

    numbers: Any  # between 1/4 and 5/4
    words: Any
    others: Any
    made: Any


def room() -> Room:
    """Lay out the arrays, filled with ordinary numbers."""
    generator = np.random.default_rng(1)
    words = generator.integers(0, 2**32, (2, PLACES * WIDTH), dtype=np.uint64)
    return Room(generator.random(PLACES * WIDTH) + 0.25, words[0].copy(), words[1].copy(), np.zeros(PLACES * WIDTH))


@kernel
def _philox(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        a, b, c, d = philox(np.uint64(use), np.uint64(5), load(words, place), np.uint64(7), words[0], words[1])
        store(made, place, bits_float(a ^ b ^ c ^ d))


@kernel
def _normal_pair(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        one, two = normal_pair(load(words, place), load(others, place))
        store(made, place, one + two)


@kernel
def _exp(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        store(made, place, exp(load(numbers, place)))


@kernel
def _log(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        store(made, place, log(load(numbers, place)))


@kernel
def _sqrt(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        store(made, place, sqrt(load(numbers, place)))


@kernel
def _division(uses: Any, numbers: Any, words: Any, others: Any, made: Any) -> None:
    for use in range(uses):
        place = (use % PLACES) * WIDTH
        value = load(numbers, place)
        store(made, place, value / load(numbers, PLACES * WIDTH - WIDTH - place))


PRIMITIVES: dict[str, Callable[..., None]] = {
    "philox": _philox,
    "normal_pair": _normal_pair,
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "division": _division,
}
DRAWS = ("philox", "normal_pair")


def each(uses: int = USES) -> dict[str, float]:
    """Time every primitive once: nanoseconds per use and lane."""
    laid = room()
    found = {}
    for name, run in PRIMITIVES.items():
        run(1, *laid)  # compiled, or loaded, before the clock starts
        began = time.perf_counter()
        run(uses, *laid)
        found[name] = (time.perf_counter() - began) * 1e9 / (uses * WIDTH)
    return found


def own(costs: dict[str, float], counts: Counts) -> float:
    """Floor where every world makes its draws, nanoseconds per contact."""
    return sum(costs[name] * uses for name, uses in counts._asdict().items())


def shared(costs: dict[str, float], counts: Counts) -> float:
    """Floor where the worlds of all lanes share their draws, nanoseconds per contact."""
    return sum(costs[name] * uses / (WIDTH if name in DRAWS else 1) for name, uses in counts._asdict().items())
