"""Words of `run` and `story`: options, and key=value words of which studies are composed."""

import dataclasses
import sys
from collections.abc import Callable
from difflib import get_close_matches

from omegaconf import Container, OmegaConf

from alliance_sim.cli.entry import INTERRUPTED
from alliance_sim.compose.studies import built, trees
from alliance_sim.errors import ScenarioError
from alliance_sim.report.running import checked
from alliance_sim.study.config import Study

VIEW = "job"  # what --cfg shows: the composed study
FLAGS = {"--multirun": "-m", "--resolve": ""}  # and their short forms
TAKING = {"--cfg": "-c", "--package": "-p", "--config-dir": "-cd"}  # options with a word after them
SHORT = {short: option for option, short in {**FLAGS, **TAKING}.items() if short}


@dataclasses.dataclass
class Options:
    """What was asked beside the keys of a study."""

    given: dict[str, str]  # the word of each option; empty for a flag

    @property
    def several(self) -> bool:
        """A run for each combination of values."""
        return "--multirun" in self.given

    def __post_init__(self) -> None:
        """Refuse options that do not go together."""
        shows = self.given.get("--cfg")
        if shows not in (None, VIEW):
            raise ScenarioError(f"--cfg {shows} shows nothing; type --cfg {VIEW}, which shows the composed study.")
        alone = next((option for option in ("--resolve", "--package") if option in self.given), "")
        if alone and shows is None:
            raise ScenarioError(f"{alone} says how --cfg {VIEW} shows the study; type --cfg {VIEW} with it.")


def composed[T: Study](words: list[str], owner: type[T], work: Callable[[T], int]) -> int:
    """Compose objects of a class from key=value words, and work on each.

    Returns:
        The largest exit code of the work.

    Raises:
        AllianceError: What was typed cannot be understood or is not allowed, or the work raised it.
    """
    options, overrides = _sorted(words)
    found = trees(overrides, owner, options.given.get("--config-dir", ""), options.several)
    if "--cfg" in options.given:
        for tree in found:
            sys.stdout.write(_shown(tree, options))
        return 0
    made = [built(tree, owner) for tree in found]
    for study in made if options.several else ():  # refuse before the first is run
        checked(study)
    codes = [0]
    for number, study in enumerate(made):
        if options.several:  # each gets a folder of its own
            study.out = f"{study.out}-{number}"
        codes.append(work(study))
        if INTERRUPTED in codes:
            break
    return max(codes)


def _shown(tree: Container, options: Options) -> str:
    """The composed study, or a part of it, as YAML."""
    package = options.given.get("--package", "")
    if "--resolve" in options.given:
        OmegaConf.resolve(tree)
    part = OmegaConf.select(tree, package) if package else tree
    if part is None:
        raise ScenarioError(f"--package {package} is no part of the study; type one of its keys, such as protocol.")
    return OmegaConf.to_yaml(part) if isinstance(part, Container) else f"{part}\n"


def _sorted(words: list[str]) -> tuple[Options, list[str]]:
    """Tell options from key=value words.

    Raises:
        ScenarioError: A word is an option that is not there, or one without the word that follows it.
    """
    given: dict[str, str] = {}
    overrides: list[str] = []
    waiting = ""  # for the word of the latest option
    for word in words:
        if waiting:
            given[waiting], waiting = word, ""
        elif word.startswith("-"):
            name, equals, value = word.partition("=")
            option = SHORT.get(name, name)
            if option not in {**FLAGS, **TAKING} or (equals and option in FLAGS):
                near = get_close_matches(name, [*FLAGS, *TAKING], n=1)
                hint = f"did you mean {near[0]}?" if near else "see alliance-sim run --help."
                raise ScenarioError(f"there is no option {name!r}; {hint}")
            given[option] = value
            waiting = option if option in TAKING and not equals else ""
        else:
            overrides.append(word)
    lacking = next((option for option in TAKING if given.get(option) == ""), "")
    if lacking:
        raise ScenarioError(f"{lacking} takes a word after it: {'job' if lacking == '--cfg' else 'a name'}.")
    return Options(given), overrides
