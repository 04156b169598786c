"""What makes two trials the same: a point's world, the seed, and the sources that turn them into numbers."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alliance_sim.errors import FolderError
from alliance_sim.model.registry import plain
from alliance_sim.study.designs import Label
from alliance_sim.world.configuration import flat as flat
from alliance_sim.world.scenario import Scenario

PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = ("model", "world/protocol.py", "world/scenario.py")  # decide the numbers; engines only their speed
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


def point_ids(worlds: Mapping[Label, Scenario], seed: int) -> dict[Label, str]:
    """Each point's content address; two points with the same world have the same.

    Parts that points share, such as a protocol or a group of parameters, are described once.
    """
    common = f"{laws_key()} {seed}"
    known: dict[int, str] = {}

    def digest(part: Any) -> str:
        if id(part) not in known:
            known[id(part)] = hashed(json.dumps(described(part), sort_keys=True, ensure_ascii=False))
        return known[id(part)]

    def parts(world: Scenario) -> Iterator[Any]:
        for field in dataclasses.fields(world):
            part = getattr(world, field.name)
            yield from (
                (getattr(part, inner.name) for inner in dataclasses.fields(part)) if field.name == DEEP else [part]
            )

    return {label: hashed(" ".join([common, *map(digest, parts(world))])) for label, world in worlds.items()}


def hashed(text: str) -> str:
    """The first digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
