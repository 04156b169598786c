"""Words of commands about a results folder: one folder, and a few values by key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance_sim.errors import FolderError, ScenarioError
from alliance_sim.study.folders import free


def read(words: list[str], usage: str, *keys: str) -> tuple[str, dict[str, str]]:
    """The folder that words name, and their values by key.

    Args:
        words: What was typed after the command.
        usage: What to type, as a sentence.
        keys: Keys that may have a value.

    Raises:
        ScenarioError: They name no folder, or two, or another key.
    """
    valued = [word for word in words if "=" in word and "/" not in word.split("=", 1)[0]]
    folders = [word for word in words if word not in valued]
    given = dict(word.split("=", 1) for word in valued)
    if len(folders) != 1 or folders[0].startswith("-") or not given.keys() <= set(keys):
        raise ScenarioError(usage)
    return folders[0], given


def written(place: Path, write: Callable[[], Any]) -> None:
    """Write a file, making its folder.

    Raises:
        FolderError: It cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():  # of a folder from elsewhere, it may lead anywhere
            place.unlink()
        write()
    except OSError as error:
        raise FolderError(
            f"{place} cannot be written ({error.strerror or error}); type {free(place, place.suffix)}."
        ) from error
