"""Words of `run` and `story`: options and key=value words, of which Hydra composes a study."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import hydra
from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig

from alliance_sim.cli.entry import INTERRUPTED
from alliance_sim.errors import AllianceError, ScenarioError
from alliance_sim.study.config import Study
from alliance_sim.world.compose import checked, explain, schema, validated
from alliance_sim.world.places import folder

ANYTHING = ("a name",)
VIEWS = ("job", "hydra", "all")
# Options that Hydra reads, each with the words that may follow; the rest of its own stay out of sight.
OPTIONS: dict[str, tuple[str, ...]] = {
    "--cfg": VIEWS,
    "-c": VIEWS,
    "--resolve": (),
    "--package": ANYTHING,
    "-p": ANYTHING,
    "--multirun": (),
    "-m": (),
    "--config-dir": ANYTHING,
    "-cd": ANYTHING,
    "--hydra-help": (),
}


def composed[T: Study](words: list[str], owner: type[T], work: Callable[[T], int]) -> int:
    """Let Hydra compose an object of a class from key=value words, and work on it, once or once a variant.

    Returns:
        The largest exit code of the work.

    Raises:
        AllianceError: What was typed cannot be understood or is not allowed, or the work raised it.
    """
    options, overrides = _sorted(words)
    ConfigStore.instance().store(name="study", node=schema(owner))
    codes = [0]
    raised: list[Exception] = []

    def task(config: DictConfig) -> None:
        try:
            codes.append(work(validated(config, owner)))
        except Exception as error:  # kept from Hydra, which would write lines of its own
            raised.append(error)
        if raised or INTERRUPTED in codes:
            raise KeyboardInterrupt  # go on with no other variant

    entry = hydra.main(version_base="1.3", config_path=str(folder()), config_name="config")(task)
    with tempfile.TemporaryDirectory() as spare, _process([*options, f"hydra.sweep.dir={spare}", *overrides]):
        try:
            entry()
        except KeyboardInterrupt:
            if not raised and INTERRUPTED not in codes:
                raise
        except Exception as error:
            raised.append(error)
    if not raised:
        return max(codes)
    said = explain(raised[0], owner)
    if said is None or os.environ.get("HYDRA_FULL_ERROR") == "1":  # developers see what was raised
        raise raised[0]
    raise AllianceError(said) from raised[0]


@contextmanager
def _process(words: list[str]) -> Iterator[None]:
    """Give Hydra its arguments and have it raise what it would print."""
    argv, shown = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["alliance-sim", *words]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = argv
        if shown is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = shown


def _sorted(words: list[str]) -> tuple[list[str], list[str]]:
    """Put options before key=value words, as Hydra wants them.

    Raises:
        ScenarioError: A word is neither, or names what is not there.
    """
    options: list[str] = []
    overrides: list[str] = []
    wanted: tuple[str, ...] = ()  # what may follow the latest option
    for word in words:
        if wanted and wanted != ANYTHING and word not in wanted:
            break
        if wanted:
            options.append(word)
            wanted = ()
        elif word.startswith("-"):
            option, equals, _ = word.partition("=")
            if option not in OPTIONS:
                near = get_close_matches(option, OPTIONS, n=1)
                hint = f"did you mean {near[0]}?" if near else "see alliance-sim COMMAND --help."
                raise ScenarioError(f"there is no option {option!r}; {hint}")
            options.append(word)
            wanted = () if equals else OPTIONS[option]
        else:
            overrides.append(word)
    if wanted:
        raise ScenarioError(f"{options[-1]} takes a word after it: {' or '.join(wanted)}.")
    own_files = any(option in ("--config-dir", "-cd") for option in options)
    return options, checked(overrides, own_files)
