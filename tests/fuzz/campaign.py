"""Cases are tried one after the other, each in an empty folder; what happened to each is counted."""

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from alliance_sim.cli.entry import FAULT, REFUSED, main
from tests.fuzz.cases import STUDY, Case, cases

PATIENCE = 60  # seconds after which a case hangs
NO_NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:nan|inf|infinity)(?![\w.])", re.IGNORECASE)
WHOLE = ("run", *(word for word in STUDY if not word.startswith("keep=")), "ask=[distributions]", "out=x")
BAD = ("boundary", "hang", "nan", "lost")


class HangError(BaseException):
    """A case takes too long."""


@dataclasses.dataclass
class Tally:
    """What happened to how many cases, and those that failed."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    failed: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many were tried."""
        return self.counts["cases"]

    def add(self, case: Case, ended: list[tuple[str, str]]) -> None:
        """Count a case by how its commands ended."""
        outcomes = {outcome for outcome, _ in ended}
        self.counts["cases"] += 1
        self.counts[case.kind] += 1
        self.counts["ran"] += "ran" in outcomes and not outcomes & {*BAD}
        self.counts["refused"] += "refused" in outcomes and "ran" not in outcomes and not outcomes & {*BAD}
        for outcome in BAD:
            self.counts[outcome] += outcome in outcomes
        if outcomes & {*BAD}:
            self.failed.append({"case": repr(case), "ended": ended})


def campaign(count: int, start: int) -> Iterator[Tally]:
    """Try so many cases, drawn from a seed; yields what is known so far after each."""
    for category in (RuntimeWarning, UserWarning, FutureWarning):  # a person would see them: they are faults too
        warnings.simplefilter("error", category)
    tally, trier = Tally(), Trier()
    try:
        while tally.cases < count:
            wanted = min(50, count - tally.cases)
            _drawn(wanted, start + tally.cases, lambda case: tally.add(case, trier.tried(case)))
            yield tally
    finally:
        trier.close()


def part(count: int, start: int) -> tuple[Counter[str], list[dict[str, Any]]]:
    """One process's share of the cases: what happened to how many, and those that failed."""
    *_, last = campaign(count, start)
    return last.counts, last.failed


def _drawn(count: int, start: int, each: Any) -> None:
    @seed(start)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(cases)
    def drawn(case: Case) -> None:
        each(case)

    drawn()


class Trier:
    """Tries cases, in folders that it deletes."""

    def __init__(self) -> None:
        """Run the study whose folder is damaged."""
        self.before = Path.cwd()
        self.root = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.whole = self.root / "whole"
        self.whole.mkdir()
        os.chdir(self.whole)
        code, out, _ = _run([*WHOLE, "replicates=1"])
        assert code == 0
        code, out, _ = _run(list(WHOLE))
        assert code == 0, out
        self.digest = _run(["verify", "x"])[1].rpartition("content ")[2].strip()

    def close(self) -> None:
        """Delete what was written, and go back."""
        os.chdir(self.before)
        shutil.rmtree(self.root, ignore_errors=True)

    def tried(self, case: Case) -> list[tuple[str, str]]:
        """How each command of a case ended, and the last line that it printed."""
        place = self.root / "case"
        place.mkdir()
        os.chdir(place)
        try:
            for name, content in case.files.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(content)
            if case.damage:
                shutil.copytree(self.whole / "x", place / "x")
                _damaged(place / "x", case.damage)
            return [self._ended(case, words, place) for words in case.commands]
        finally:
            os.chdir(self.root)
            shutil.rmtree(place, ignore_errors=True)

    def _ended(self, case: Case, words: list[str], place: Path) -> tuple[str, str]:
        typed = list(WHOLE) if words == ["run"] else words
        before = _content(place)
        try:
            code, out, err = _run(typed)
        except HangError:
            return "hang", " ".join(typed)
        except BaseException as error:
            return "boundary", f"{type(error).__name__}: {error}"
        last = (err.strip() or out.strip()).splitlines()[-1:] or [""]
        if code == FAULT or "Traceback" in err:
            return "boundary", err.strip()
        if code == REFUSED:
            sentences = [line for line in err.splitlines() if line.startswith("alliance-sim: ")]
            changed = _content(place) != before and typed[0] not in ("run", "story")
            lost = [name for name in before if name not in _content(place) or (changed and name != "x")]
            if len(sentences) != 1 or (lost and not case.damage):
                return "lost" if lost else "boundary", f"{lost} {err}"
            return "refused", last[0]
        given = " ".join([*typed, *(content.decode("latin-1") for content in case.files.values())])
        if NO_NUMBER.search(out + self._written(place)) and not NO_NUMBER.search(given):
            return "nan", next(line for line in (out + self._written(place)).splitlines() if NO_NUMBER.search(line))
        if case.damage and "6 of 6 trials" in out and self.digest not in out:
            return "lost", out
        return "ran", last[0]

    @staticmethod
    def _written(place: Path) -> str:
        tables = [*place.glob("x*/summary.csv"), *place.glob("x*/answers/*.csv")]
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in tables if path.is_file())


def _content(place: Path) -> dict[str, str]:
    """What files there are, with a digest of each."""
    found = (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def _run(words: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()

    def late(*_: Any) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return code, out.getvalue(), err.getvalue()


def _damaged(folder: Path, damage: list[tuple[str, str, int]]) -> None:
    """Damage files of a folder."""
    for kind, what, where in damage:
        place = folder / kind
        files = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
        path = files[where % len(files)] if files else place
        if path.is_dir():
            continue
        content = path.read_bytes() if path.is_file() else b""
        rng = random.Random(where)
        spot = where % max(1, len(content))
        if what == "delete":
            path.unlink(missing_ok=True)
        elif what == "folder":
            path.unlink(missing_ok=True)
            path.mkdir()
        else:
            path.write_bytes(
                {
                    "flip": content[:spot] + bytes([(content[spot : spot + 1] or b"x")[0] ^ 255]) + content[spot + 1 :],
                    "truncate": content[:spot],
                    "empty": b"",
                    "garbage": rng.randbytes(len(content) or 10),
                    "double": content + content,
                    "json": json.dumps(rng.choice([None, [], {}, 1, "x", [{}], {"format": 3}])).encode(),
                }[what]
            )
