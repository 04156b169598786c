"""Points that cross levels of keys: a grid, keys that move in step, blocks one after another, one key at a time."""

import math
import operator
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import plain
from alliance_sim.study.columns import Array, Column, Points, combined, small
from alliance_sim.study.points_table import MOST_POINTS


class Axis(NamedTuple):
    """One key of a design."""

    key: str
    now: Any  # its value in the base world; of a file the name
    low: float
    high: float
    listed: list[Any] | None  # levels given one by one

    @property
    def whole(self) -> bool:
        """True for a key that takes whole numbers."""
        return isinstance(self.now, int)

    @property
    def usual(self) -> Any:
        """The base's value as a point sets it.

        Raises:
            ScenarioError: It is a part of the world that no file says.
        """
        value = plain(self.now)
        if isinstance(value, dict):
            raise ScenarioError(
                f"the base's {self.key} is none of the files, so no point can name it; type {self.key}= with the "
                f"name of one, or leave {self.key} to a grid without design.blocks."
            )
        return value

    def levels(self, steps: int) -> list[Any]:
        """The listed levels, or that many from low to high, whole where the key is."""
        if self.listed is not None:
            return self.listed
        even = [float(level) for level in np.linspace(self.low, self.high, steps)]
        return list(dict.fromkeys(round(level) for level in even)) if self.whole else even

    def at(self, shares: Array) -> Column:
        """The values below which these shares of the range lie; each whole number has the same chance."""
        if self.whole:
            found = np.floor(self.low + shares * (self.high - self.low + 1))
            return Column(np.minimum(self.high, found).astype(np.int64))
        return Column(self.low + shares * (self.high - self.low))


Levels = dict[str, list[Any]]  # of keys that move in step: as many of each
Words = Sequence[Sequence[str]]


def in_step(axes: Sequence[Axis], steps: int, together: Words) -> list[Levels]:
    """The levels of keys, those of keys that move together in one.

    Raises:
        ScenarioError: Keys cannot move together.
    """
    levels = {axis.key: axis.levels(steps) for axis in axes}
    _check(levels, together, "together")
    for keys in together:
        counts = {key: len(levels[key]) for key in keys}
        if len(counts) < 2:
            raise ScenarioError(f"design.together holds {list(keys)}; name two keys or more that move in step.")
        if len(set(counts.values())) > 1:
            said = " and ".join(f"{key} with {count}" for key, count in counts.items())
            raise ScenarioError(f"design.together moves {said} levels in step; list as many levels of each.")
    several = [key for keys in together for key in keys]
    twice = next((key for key in several if several.count(key) > 1), None)
    if twice is not None:
        raise ScenarioError(f"design.together names {twice} twice; once is enough.")
    first = {keys[0]: keys for keys in together for keys in [sorted(keys, key=list(levels).index)]}
    return [
        {key: levels[key] for key in first.get(head, [head])} for head in levels if head in first or head not in several
    ]


def _check(known: Levels, words: Words, name: str) -> None:
    strange = next((key for keys in words for key in keys if key not in known), None)
    if strange is not None:
        raise ScenarioError(
            f"design.{name} names {strange}, which the design does not vary; name it in design.levels or design.over."
        )


def grid(axes: Sequence[Axis], steps: int, together: Words, blocks: Words) -> Points:
    """Every combination of levels, of keys that move in step level by level; with blocks one block after another.

    In a block the keys that it does not name stay as in the base; a point that an earlier block holds is left out.

    Raises:
        ScenarioError: Keys cannot move together, blocks leave a key out, or there would be too many points.
    """
    groups = in_step(axes, steps, together)
    _check_blocks(groups, blocks)
    chosen = [[group for group in groups if group.keys() & set(keys)] for keys in blocks] or [groups]
    count = sum(math.prod(len(next(iter(group.values()))) for group in block) for block in chosen)
    if count > MOST_POINTS:
        raise ScenarioError(f"the grid has {count} points; use at most {MOST_POINTS}, with fewer keys or levels.")
    own: Levels = {key: list(levels) for group in groups for key, levels in group.items()}
    codes: dict[str, list[Array]] = {key: [] for key in own}
    usual = {axis.key: _place(axis, own[axis.key]) for axis in axes} if blocks else {}
    for block in chosen:
        sizes = [len(next(iter(group.values()))) for group in block]
        places = np.unravel_index(np.arange(math.prod(sizes)), sizes)
        moved = {key: at for group, at in zip(block, places, strict=True) for key in group}
        for key, held in codes.items():
            held.append(moved[key] if key in moved else np.full(math.prod(sizes), usual[key]))
    whole = {key: np.concatenate(held) for key, held in codes.items()}
    if blocks:
        _, kept = combined(whole.values(), count)
        whole, count = {key: held[kept] for key, held in whole.items()}, len(kept)
    values = {axis.key: Column(own[axis.key], small(whole[axis.key])) for axis in axes}
    base = np.ones(count, dtype=bool)
    for axis in axes:
        base &= values[axis.key].where(partial(operator.eq, axis.now))
    return Points(np.arange(count), values, {"base": flags(base)})


def _check_blocks(groups: Sequence[Levels], blocks: Words) -> None:
    known: Levels = {key: levels for group in groups for key, levels in group.items()}
    _check(known, blocks, "blocks")
    idle = [key for key in known if blocks and not any(key in keys for keys in blocks)]
    if idle or any(not keys for keys in blocks):
        raise ScenarioError(f"design.blocks leaves {idle[0] if idle else 'a block'} out; name each key in a block.")
    for keys in blocks:
        apart = next((group for group in groups if group.keys() & set(keys) and not group.keys() <= set(keys)), None)
        if apart is not None:
            raise ScenarioError(f"design.blocks parts {' and '.join(apart)}, which move together; name all in a block.")


def _place(axis: Axis, levels: list[Any]) -> int:
    """Where the base's value stands among levels, to which it is added where it is none of them."""
    found = next((place for place, level in enumerate(levels) if level in (axis.now, plain(axis.now))), None)
    if found is None:
        levels.append(axis.usual)
        return len(levels) - 1
    return found


def one_at_a_time(axes: Sequence[Axis], steps: int, together: Words) -> Points:
    """The base, then each key at its levels, the others as in the base; keys that move in step count as one.

    Raises:
        ScenarioError: Keys cannot move together, or the base has a value that no point can set.
    """
    usual = {axis.key: axis.usual for axis in axes}
    groups = in_step(axes, steps, together)
    others: list[list[tuple[Any, ...]]] = []
    for group in groups:
        own = tuple(usual[key] for key in group)
        others.append([row for row in zip(*group.values(), strict=True) if row != own])
    count = 1 + sum(map(len, others))
    values, first = {}, 1
    for group, rows in zip(groups, others, strict=True):
        codes = np.zeros(count, dtype=np.int64)
        codes[first : first + len(rows)] = 1 + np.arange(len(rows))
        for place, key in enumerate(group):
            values[key] = Column([usual[key], *(row[place] for row in rows)], small(codes))
        first += len(rows)
    varied = np.repeat(np.arange(1 + len(groups)), [1, *map(len, others)])
    roles = {
        "base": flags(varied == 0),
        "varied": Column(["", *(next(iter(group)) for group in groups)], small(varied)),
    }
    return Points(np.arange(count), {axis.key: values[axis.key] for axis in axes}, roles)


def flags(of: Array) -> Column:
    """True or false for each point."""
    return Column([False, True], of.astype(np.uint8))
