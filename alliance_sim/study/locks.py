"""Who may write a results folder: one run, or the shards of one study, each once; a dead process holds nothing."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from alliance_sim.errors import TakenError
from alliance_sim.study.shards import Shard

try:
    import fcntl
except ImportError:  # where files cannot be locked, two runs at once are not noticed
    fcntl = None  # type: ignore[assignment]

WHOLE, SETTING_UP, FINISHING = ".lock", ".lock-set-up", ".lock-finish"
PREFIX = ".lock"  # of every lock's name
FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)  # a link may lead anywhere
WAIT, PAUSE = 30.0, 0.05  # seconds that another shard may take to set the folder up, and between two looks


class Claim:
    """Locks on a folder for as long as this process lives and keeps them."""

    def __init__(self, folder: Path, shard: Shard | None) -> None:
        """Lock the folder, which is there already: alone, or as one of several shards.

        Raises:
            TakenError: A run holds the folder, or this shard, or shards of another count.
            OSError: The folder cannot be written.
        """
        self._folder, self._held = folder, contextlib.ExitStack()
        try:
            if shard is None:
                self._take(WHOLE, "another run")
                return
            self._take(WHOLE, "another run that is no shard", shared=True)
            self._take(f"{PREFIX}-{shard.number}-of-{shard.parts}", f"another run of shard={shard}")
            for path in folder.glob(f"{PREFIX}-*-of-*"):
                count = path.name.rsplit("-", 1)[-1]
                if count != str(shard.parts) and _is_held(path):
                    raise TakenError(f"shards of another count, {count}")
        except BaseException:
            self._held.close()
            raise

    def _take(self, name: str, other: str, shared: bool = False) -> None:
        if fcntl is None:
            return
        handle = os.open(self._folder / name, FLAGS, 0o644)
        self._held.callback(os.close, handle)
        if not _locked(handle, shared):
            raise TakenError(other)

    @contextlib.contextmanager
    def setting_up(self) -> Iterator[None]:
        """Let no other shard look at the folder or set it up meanwhile.

        Raises:
            TakenError: Another shard does not come to an end with it.
        """
        if fcntl is None:
            yield
            return
        handle = os.open(self._folder / SETTING_UP, FLAGS, 0o644)
        try:
            _wait_for(handle)
            yield
        finally:
            os.close(handle)

    def release(self) -> None:
        """Let the folder go."""
        self._held.close()


@contextlib.contextmanager
def finishing(folder: Path) -> Iterator[None]:
    """Let one run at a time answer questions and draw; others wait, such as a shard that ends at the same moment."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder / FINISHING, FLAGS, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int) -> None:
    last = time.monotonic() + WAIT
    while not _locked(handle):
        if time.monotonic() > last:
            raise TakenError("another shard, which is still setting it up")
        time.sleep(PAUSE)


def _is_held(path: Path) -> bool:
    """True if a living process holds a lock."""
    if fcntl is None:
        return False
    handle = os.open(path, os.O_RDWR)
    try:
        return not _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int, shared: bool = False) -> bool:
    """Lock an open file if nobody else has; true if that worked."""
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
