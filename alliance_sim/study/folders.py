"""Folders for results: whether one can be written, and which other one to type where it cannot."""

import contextlib
import errno
import os
import shlex
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliance_sim.errors import FolderError

FULL = (errno.ENOSPC, errno.EDQUOT)
SPARE = Path("outputs")
SYSTEM = (("proc",), ("sys",), ("dev",))  # folders that hold no files of people
TEMPORARY = ".tmp"  # ending of a file that is being written
LONG = 100  # characters of a name that is better not made longer


def writable(out: str) -> Path:
    """Check that a folder can be made and written, touching nothing.

    Raises:
        FolderError: It cannot.
    """
    if not out.strip():
        raise FolderError("out is empty; name a folder for the results, such as out=outputs/mine.")
    if not out.isprintable():
        raise FolderError(f"out={out!a} holds a character that cannot be printed; type {free(SPARE / 'mine')}.")
    if out.startswith("~"):
        whole = os.path.expanduser(out)
        raise FolderError(f"out={out} begins with ~, which is not read after out=; type {typed(Path(whole))}.")
    check_place()
    folder = Path(out)
    ground = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not ground.is_dir():
        raise FolderError(f"out={out} cannot be a folder, {ground} is a file; type {free(ground)}.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise FolderError(f"out={out} cannot be written; type {free(folder)}.")
    return folder


def check_place() -> None:
    """Check that the folder which relative names begin at is there.

    Raises:
        FolderError: It was deleted.
    """
    try:
        os.getcwd()
    except OSError as error:
        raise FolderError(
            f"the folder that this was started in cannot be reached ({error.strerror}); change to another with cd."
        ) from error


def unwritable(folder: Path, error: OSError, done: int = 0) -> str:
    """Say that a folder cannot be written, and why; and what becomes of the trials that are done."""
    why = f"out={folder} cannot be written ({error.strerror or error})"
    if done:
        return f"{why}; {done} finished trials stay there, and the same command goes on once it can be."
    if error.errno in FULL:
        return f"{why}; make room, or type out= with a folder on another disk."
    return f"{why}; type {free(folder)}."


def free(taken: Path, suffix: str = "") -> str:
    """What to type for a folder, or a file, that does not exist yet and can be made, near one that cannot be used.

    Args:
        taken: The one that cannot be used.
        suffix: Ending of a file's name.
    """
    own = taken.name.removesuffix(suffix)
    name = own if own not in ("", "..") and len(own) < LONG else "study"
    for place in (taken.parent, SPARE, Path.home() / "outputs", Path(tempfile.gettempdir())):
        ground = next((one for one in (place, *place.parents) if os.path.lexists(one)), place)
        if taken.name in ("", "..") and place == taken.parent:  # no name to go by
            continue
        of_system = ground.absolute().parts[1:2] in SYSTEM
        if ground.is_dir() and os.access(ground, os.W_OK | os.X_OK) and not of_system:
            break
    number = 2
    while os.path.lexists(place / f"{name}-{number}{suffix}"):
        number += 1
    return typed(place / f"{name}-{number}{suffix}")


def written(place: Path, write: Callable[[Path], Any]) -> None:
    """Write a file, making its folder; what stands there must be a file, and what a link leads to stays.

    Raises:
        FolderError: It cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():  # of a folder from elsewhere, it may lead anywhere
            place.unlink()
        elif place.exists() and not place.is_file():
            raise FolderError(f"{place} is no file that can be written; type {free(place, place.suffix)}.")
        write(place)
    except OSError as error:
        raise FolderError(
            f"{place} cannot be written ({error.strerror or error}); type {free(place, place.suffix)}."
        ) from error


def whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under a temporary name, see it on disk, then give it its own."""
    spare = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}{TEMPORARY}")  # another shard may write the same file
    try:
        write(spare)
        with spare.open("rb") as held:
            os.fsync(held.fileno())
        spare.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            spare.unlink(missing_ok=True)
        raise


def typed(folder: Path) -> str:
    """`out=` with a folder, to be pasted into a shell."""
    return shlex.quote(f"out={folder}")
