"""Configuration files of a person's own, written into a folder `my` and run from there."""

from pathlib import Path

from tests.robustness.commands import SMALL, Ended, refusal, run

HEADER = "# @package _global_\n"
ARM = "base_arm: a\narms: {a: {}}\n"


def written(here: Path, kind: str, text: str | bytes, name: str = "mine") -> None:
    place = here / "my" / kind
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())


def ran(here: Path, kind: str, text: str | bytes) -> Ended:
    """Run a study with such a file."""
    written(here, kind, text)
    return run("run", "--config-dir", "my", f"{kind}=mine", *SMALL)


def refused(here: Path, kind: str, text: str | bytes) -> str:
    """Run a study whose file must be refused; returns what is said after the file's name."""
    written(here, kind, text)
    sentence = refusal("run", "--config-dir", "my", f"{kind}=mine", *SMALL)
    assert [place.name for place in here.iterdir()] == ["my"]
    file = str(here / "my" / kind / "mine.yaml")
    assert file in sentence
    return sentence.partition(file)[2]
