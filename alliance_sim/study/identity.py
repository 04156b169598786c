"""What makes two trials the same: a point's world, the seed, and the sources that turn them into numbers."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from alliance_sim.errors import FolderError
from alliance_sim.model.registry import plain
from alliance_sim.study.columns import Array, Label, combined
from alliance_sim.study.point_worlds import PointWorlds, Worlds
from alliance_sim.world.configuration import flat as flat
from alliance_sim.world.scenario import Scenario

PACKAGE = Path(__file__).resolve().parent.parent
# They decide the numbers; engines only their speed, but for the hours of clinicians, which they count in one place.
SOURCES = (
    "model",
    *(f"world/{name}.py" for name in ("clinicians", "populations", "protocol", "scenario")),
    "engine/hours.py",
)
LENGTH = 16  # hexadecimal digits
WORDS = "source"  # keys that only say where a number is from
DEEP = "parameters"  # the part of a world whose own parts are described one by one


@functools.cache
def laws_key(package: Path = PACKAGE) -> str:
    """Hash of the sources that decide the numbers: laws, maths, draws, registry, timetables.

    Raises:
        FolderError: One of the listed sources is not there.
    """
    digest = hashlib.sha256()
    for part in SOURCES:
        place = package / part
        sources = [place] if place.is_file() else sorted(place.rglob("*.py"))
        if not sources:
            raise FolderError(f"{place}, which decides results, is missing; install alliance-sim again.")
        for source in sources:
            content = source.read_bytes()
            digest.update(f"\n{source.relative_to(package).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:LENGTH]


def described(part: Any) -> dict[str, Any]:
    """The values of a world or a part of it by dotted key, without the words that say where they are from."""
    values = flat(plain(part))
    return {key: value for key, value in values.items() if key.rsplit(".", 1)[-1] != WORDS}


def point_ids(worlds: Worlds, seed: int) -> dict[Label, str]:
    """Each point's content address; two points with the same world have the same."""
    return dict(zip(worlds, addresses(worlds, seed).tolist(), strict=True))


def addresses(worlds: Worlds, seed: int) -> Array:
    """The content addresses of points in their order.

    Parts that points share, such as a protocol or a group of parameters, are described once; of points as columns
    only what differs is written anew.
    """
    common = f"{laws_key()} {seed}"
    if isinstance(worlds, PointWorlds):
        digests: list[Any] = [_digests(part, name, worlds) for name, part in _parts(worlds.base)]
        columns = [repeat(one) if isinstance(one, str) else one.tolist() for one in digests]
        words = zip(range(len(worlds)), *columns, strict=False)
        return np.array([hashed(" ".join([common, *own])) for _, *own in words], dtype=f"U{LENGTH}")
    known: dict[int, str] = {}

    def digest(part: Any) -> str:
        if id(part) not in known:
            known[id(part)] = hashed(_written(described(part)))
        return known[id(part)]

    found = [hashed(" ".join([common, *(digest(part) for _, part in _parts(world))])) for world in worlds.values()]
    return np.array(found, dtype=f"U{LENGTH}")


def _parts(world: Scenario) -> Iterator[tuple[str, Any]]:
    """The parts of a world that are described one by one, with their dotted names."""
    for field in dataclasses.fields(world):
        part = getattr(world, field.name)
        if field.name != DEEP:
            yield field.name, part
            continue
        for inner in dataclasses.fields(part):
            yield f"{field.name}.{inner.name}", getattr(part, inner.name)


def _written(values: Any) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def _digests(part: Any, name: str, worlds: PointWorlds) -> str | Array:
    """The digest of a part of a world, or where points set keys of it one for each point."""
    if name in worlds.set:  # the part as a whole
        values, codes = worlds.set[name].different()
        return np.array([hashed(_written(described(value))) for value in values])[codes]
    held = described(part)
    own = {key: column for key in held if (column := worlds.set.get(f"{name}.{key}")) is not None}
    if not own:
        return hashed(_written(held))
    marks = {key: f"\0{place}" for place, key in enumerate(own)}
    text, order = _written(held | marks), sorted(own)  # keys are written sorted
    between = []
    for key in order:
        before, text = text.split(_written(marks[key]))
        between.append(before)
    cells = {key: own[key].different() for key in order}
    codes, first = combined((codes for _, codes in cells.values()), len(worlds))
    written = []
    for before, (values, places) in zip(between, cells.values(), strict=True):
        texts = [before + _written(plain(value)) for value in values]
        written.append([texts[code] for code in places[first].tolist()])
    found = [hashed("".join(row) + text) for row in zip(*written, strict=True)]
    return np.array(found, dtype=f"U{LENGTH}")[codes]


def hashed(text: str) -> str:
    """The first digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
