"""Between Hydra and validated objects: the schema it fills, and its errors in our words."""

import copy
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
)

from alliance_sim.errors import AllianceError, ScenarioError
from alliance_sim.model.configurable import misfit
from alliance_sim.model.registry import known_keys
from alliance_sim.study.config import Study
from alliance_sim.world import configuration
from alliance_sim.world.places import GROUPS, names
from alliance_sim.world.protocol import Protocol

# Mappings that take keys of their own.
ADDED = re.compile(r"\+{0,2}((?:arms\.|design\.levels|design\.ranges|power\.changes)[^=]*=.*)", re.DOTALL)
OF_ARMS = re.compile(r"[+~]{0,2}(arms\.[^=]+|arms)(=.*)?", re.DOTALL)


def schema(owner: type[Study]) -> DictConfig:
    """The tree that configuration files fill: a study without protocol and arms, which files bring whole."""
    tree: DictConfig = OmegaConf.structured(owner)
    tree.protocol = Protocol()
    tree.arms = {}
    return tree


def validated[T: Study](config: DictConfig, owner: type[T]) -> T:
    """Turn a composed configuration into its object; of several jobs each gets a folder of its own.

    Raises:
        ScenarioError: A value is not allowed or a combination contradicts itself.
    """
    made = built(config, owner)
    job = HydraConfig.get()
    if job.mode is RunMode.MULTIRUN:
        made.out = f"{made.out}-{job.job.num}"
    return made


def composed(words: Sequence[str]) -> Study:
    """The study that words in Hydra's grammar make, as `alliance-sim run` would compose it.

    Raises:
        ScenarioError: A word cannot be understood, a value is not allowed or a combination contradicts itself.
    """
    ConfigStore.instance().store(name="study", node=schema(Study))
    try:
        with _own_hydra(), initialize_config_dir(str(configuration.folder()), version_base="1.3"):
            whole = compose("config", list(words), return_hydra_config=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise ScenarioError(explain(error, Study)) from error
    name = str(whole.hydra.runtime.choices.experiment)
    with open_dict(whole):
        del whole["hydra"]
        if OmegaConf.is_interpolation(whole, "experiment"):
            whole.experiment = name
    return built(whole, Study)


@contextmanager
def _own_hydra() -> Iterator[None]:
    """Put the Hydra of the program that runs, if it has one, aside for a while."""
    state = GlobalHydra.instance()
    others = state.hydra
    state.clear()
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = others


def checked(words: Sequence[str], own_files: bool = False) -> list[str]:
    """Key=value words as Hydra takes them.

    Args:
        words: What was typed.
        own_files: Groups may have files from elsewhere.

    Raises:
        ScenarioError: A word is not key=value, names a file which is not there, or an arm that the design leaves out.
    """
    for word in words:
        if "=" not in word and not word.startswith("~"):
            raise ScenarioError(f"{word!r} is not of the form key=value.")
        kind, _, value = word.partition("=")
        if kind in GROUPS and not own_files and "(" not in value:
            unknown = [name for name in value.split(",") if name not in names(kind)]
            if unknown:
                raise ScenarioError(configuration.no_choice(kind, unknown[0]))
    designs = [word.partition("=")[2] for word in words if word.startswith("design=")]
    arms = [match[1] for match in map(OF_ARMS.fullmatch, words) if match]
    if designs and arms and "arms" not in designs[-1].split(","):
        raise ScenarioError(
            f"{arms[0]} is not run by design={designs[-1]}, which varies the base arm; leave one of them out."
        )
    return [ADDED.sub(r"++\1", word) for word in words]


def built[T: Study](config: DictConfig, owner: type[T]) -> T:
    """Turn a configuration into its object.

    Raises:
        ScenarioError: A value is not allowed or a combination contradicts itself.
    """
    held = copy.deepcopy(config)
    try:
        with open_dict(held):
            held.arms = {name: _changes(changes) for name, changes in held.arms.items()}
            held.design.levels, held.design.ranges = _changes(held.design.levels), _changes(held.design.ranges)
            held.power.changes = _changes(held.power.changes)
        return configuration.build(owner, OmegaConf.to_container(held, resolve=True))
    except OmegaConfBaseException as error:
        raise ScenarioError(_unreadable(error, owner)) from error


def explain(error: Exception, owner: type[Study]) -> str | None:
    """Say in one sentence what a person typed wrongly; None if the error is not theirs."""
    if isinstance(error, AllianceError):
        return str(error)
    if isinstance(error, OmegaConfBaseException):
        return _unreadable(error, owner)
    if isinstance(error, OverrideParseException):
        return f"{error.override!r} cannot be read as key=value; put values with signs or spaces in quotes."
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        kind, _, name = str(error.missing_cfg_file).rpartition("/")
        return configuration.no_choice(kind, name)
    if isinstance(error, HydraException):
        return _overridden(error, owner)
    return None


def _unreadable(error: OmegaConfBaseException, owner: type[Study]) -> str:
    """Turn an error of omegaconf into one sentence."""
    key, first = str(error.full_key or ""), str(error).splitlines()[0].rstrip(".")
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        return configuration.unknown(key, known_keys(owner()))
    if isinstance(error, InterpolationResolutionError) or not key:
        return f"{key}: {first}.".removeprefix(": ")
    said = re.search(r"[Vv]alue:? '?(.*?)'?(?:$|,| of type| is not| could)", first)
    return misfit(f"{key}={said.group(1)}" if said else key, owner, key) or f"{key}: {first}."


def _changes(arm: DictConfig) -> dict[str, Any]:
    values: Any = OmegaConf.to_container(arm)
    return configuration.flat(values)


def _overridden(error: HydraException, owner: type[Study]) -> str:
    """Say what was wrong with an override that Hydra could read but not apply."""
    first, cause = str(error).splitlines()[0], error.__cause__
    typed = re.search(r"override:? '?([^'=]+)", first)
    key = typed.group(1).lstrip("+~") if typed else ""
    if key.startswith(("design.levels", "design.ranges")):
        return f"{key} takes lists, such as {'.'.join(key.split('.')[:2])}='{{clinicians.empathy.mean: [0.4, 0.8]}}'."
    if key.startswith("power.changes"):
        return f"{key} takes the keys that the treated arm changes, such as power.changes='{{protocol.drug: none}}'."
    if key.startswith("arms."):
        return f"{key} takes the keys that the arm changes, such as {key}='{{clinicians.empathy.mean: 0.8}}'."
    if key and "Could not override" in first:
        return configuration.unknown(key, known_keys(owner()))
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        return _unreadable(cause, owner)
    return f"{first.rstrip('.')}."
