"""A few of the cases that `make fuzz` tries, always the same."""

import tempfile
import warnings
from pathlib import Path

import pytest

from alliance_sim.cli import entry
from tests.fuzz.campaign import BAD, Tally, Trier, campaign
from tests.fuzz.cases import Case


def test_no_case_reaches_the_boundary_hangs_shows_no_number_or_loses_a_byte() -> None:
    with warnings.catch_warnings():
        *_, tally = campaign(40, 5)
    assert not tally.failed
    assert tally.cases == 40
    assert tally.counts["ran"] > 5
    assert tally.counts["refused"] > 5


@pytest.fixture
def trier():
    made = Trier()
    yield made
    made.close()


def test_what_it_looks_for_is_found(trier: Trier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: a crash, a NaN, a lost file and a hang are each counted."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for tracebacks
    import time

    from tests.fuzz import campaign as module

    def crash(words: list[str]) -> int:
        raise KeyError("unforeseen")

    def no_number(words: list[str]) -> int:
        print("change nan ± 0.1")
        return 0

    def loss(words: list[str]) -> int:
        import sys

        Path("mine.txt").unlink()
        print("alliance-sim: refused.", file=sys.stderr)
        return 2

    def hang(words: list[str]) -> int:
        time.sleep(5)
        return 0

    monkeypatch.setattr(module, "PATIENCE", 1)
    tally = Tally()
    for way in (crash, no_number, loss, hang):
        monkeypatch.setattr(entry, "_answer", way)
        case = Case("words", [["run"]], {"mine.txt": b"kept"})
        tally.add(case, trier.tried(case))
    assert {name: tally.counts[name] for name in BAD} == dict.fromkeys(BAD, 1)
