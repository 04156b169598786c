"""Words of commands about a results folder: one folder, and a few values by key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance_sim.errors import FolderError, ScenarioError


def read(words: list[str], usage: str, *keys: str) -> tuple[str, dict[str, str]]:
    """The folder that words name, and their values by key.

    Args:
        words: What was typed after the command.
        usage: What to type, as a sentence.
        keys: Keys that may have a value.

    Raises:
        ScenarioError: They name no folder, or two, or another key.
    """
    folders = [word for word in words if "=" not in word]
    given = dict(word.split("=", 1) for word in words if "=" in word)
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
        write()
    except OSError as error:
        raise FolderError(
            f"{place} cannot be written ({error.strerror or error}); type out= with a file of your own."
        ) from error
