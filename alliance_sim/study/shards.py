"""Which part of a study one of several processes runs, where a job array shares one folder."""

import re
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.errors import ScenarioError

TILE = 16  # worlds that lanes run at once


class Shard(NamedTuple):
    """Part `number` of `parts`, from 1."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    def part(self, length: int) -> range:
        """This shard's even share of places 0 to `length`."""
        return range(length * (self.number - 1) // self.parts, length * self.number // self.parts)

    def of[T: (list[Any], np.ndarray[Any, Any])](self, labels: T, replicates: int) -> tuple[T, range]:
        """This shard's points and replicates of points that run together.

        Points are dealt out where each shard gets full lanes of them, else replicates: what a shard runs depends on
        the study alone, never on what others have done.
        """
        if len(labels) >= TILE * self.parts or replicates < self.parts:
            own = self.part(len(labels))
            return labels[own.start : own.stop], range(replicates)
        return labels, self.part(replicates)


def shard(text: str) -> Shard | None:
    """Read `i/n`; None for an empty text.

    Raises:
        ScenarioError: It is no part of a whole.
    """
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ScenarioError(
            f"shard={text} is no part of a whole; type shard=i/n with i from 1 to n, such as shard=1/3."
        )
    return Shard(int(match[1]), int(match[2]))
