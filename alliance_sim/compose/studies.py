"""What Hydra composes of checked words, as validated objects; its errors in our words."""

import functools
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import hydra
import yaml
from hydra import initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
)

from alliance_sim.compose import unread
from alliance_sim.compose.files import OwnFiles
from alliance_sim.compose.words import Word, checked, text, variants
from alliance_sim.errors import AllianceError, ScenarioError
from alliance_sim.model.configurable import keys, misfit, shortened
from alliance_sim.model.policies.own import KNOWN
from alliance_sim.model.registry import nearest
from alliance_sim.study.config import MAPPINGS, Study
from alliance_sim.world import configuration
from alliance_sim.world.configuration import flat
from alliance_sim.world.protocol import Protocol

FOREIGN = (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError, OverflowError, RecursionError, OSError)


def composed[T: Study](words: Sequence[str], owner: type[T], config_dir: str = "") -> T:
    """The study that words in Hydra's grammar make, as `alliance-sim run` composes it.

    Args:
        words: Key=value words.
        owner: The class to make.
        config_dir: Folder with groups of one's own.

    Raises:
        ScenarioError: A word cannot be understood, a value is not allowed or a combination contradicts itself.
        FolderError: There is no such folder.
    """
    (tree,) = trees(words, owner, config_dir)
    return built(tree, owner)


def trees(words: Sequence[str], owner: type[Study], config_dir: str = "", several: bool = False) -> list[DictConfig]:
    """As `composed`, before it is made an object: one configuration, or with `several` one for each combination."""
    own = OwnFiles(config_dir)
    taken = checked(words, owner, own, several)
    ConfigStore.instance().store(name="study", node=schema(owner))  # type: ignore[arg-type]
    for protocol, people in own.populations().items():
        ConfigStore.instance().store(group="patients", name=f"of_{protocol}", node=people)
    for policy in KNOWN:
        ConfigStore.instance().store(group="policy", name=policy, node={"name": policy})
    with _own_hydra():
        try:
            with initialize_config_dir(str(configuration.folder()), version_base="1.3"):
                chosen = variants(taken) if several else [taken]
                made = [_composed(one, own) for one in chosen]
                for one, tree in zip(chosen, made, strict=True):
                    unread.check(one, tree)
                return made
        except AllianceError:
            raise
        except FOREIGN as error:
            raise ScenarioError(_explained(error, owner)) from error


def _composed(words: Sequence[Word], own: OwnFiles) -> DictConfig:
    """One configuration; mappings with keys of their own are changed after Hydra has put the files together."""
    place = [] if own.folder is None else [f"hydra.searchpath=[{text(f'file://{own.folder}')}]"]
    plain = [f"{word.key}={word.value}" for word in words if not word.mapping]
    whole = hydra.compose("config", [*place, *plain], return_hydra_config=True)
    name = str(whole.hydra.runtime.choices.experiment)
    with open_dict(whole):
        del whole["hydra"]
        if OmegaConf.is_missing(whole, "experiment"):
            whole.experiment = name
        for mapping in MAPPINGS:
            held = _flat(mapping, OmegaConf.to_container(OmegaConf.select(whole, mapping)))
            for word in words:
                if word.mapping == mapping:
                    held = _changed(held, word)
            OmegaConf.update(whole, mapping, held, merge=False)
    return whole


def _flat(mapping: str, values: Any) -> dict[str, Any]:
    """A mapping whose keys, or those of each of its arms, are dotted."""
    if mapping != "arms":
        return flat(values)
    return {_name(arm): flat(keys) if isinstance(keys, dict) else keys for arm, keys in values.items()}


def _name(key: Any) -> str:
    """The name of an arm as it was typed, where Hydra reads it as a number or as nothing."""
    return key if isinstance(key, str) else json.dumps(key)


def _changed(held: dict[str, Any], word: Word) -> dict[str, Any]:
    """A mapping after a word that sets it, or sets or leaves out one of its keys."""
    inner = word.key[len(word.mapping) + 1 :]
    value = None if word.deletes else word.read().value()
    if not inner:
        return _flat(word.mapping, value)
    if word.mapping != "arms":
        return _without(held, inner, word) if word.deletes else held | flat({inner: value})
    arm, _, key = inner.partition(".")
    if not key:
        return _without(held, arm, word) if word.deletes else held | {arm: flat(value)}  # type: ignore[arg-type]
    own = held.get(arm, {})
    return held | {arm: _without(own, key, word) if word.deletes else own | flat({key: value})}


def _without(held: dict[str, Any], key: str, word: Word) -> dict[str, Any]:
    if key not in held:
        near = nearest(key, list(held)) or list(held)
        raise ScenarioError(f"{word.typed}: there is no {key!r} to leave out; choose one of: {', '.join(near)}.")
    return {name: kept for name, kept in held.items() if name != key}


@functools.cache
def schema(owner: type[Study]) -> DictConfig:
    """The tree that configuration files fill: a study without protocol and arms, which files bring whole."""
    tree: DictConfig = OmegaConf.structured(owner)
    tree.protocol = Protocol()
    tree.arms = {}
    tree.experiment = "???"  # the name of its file
    return tree


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


def built[T: Study](config: DictConfig, owner: type[T]) -> T:
    """Turn a configuration into its object.

    Raises:
        ScenarioError: A value is not allowed or a combination contradicts itself.
    """
    try:
        values = OmegaConf.to_container(config, resolve=True)
    except FOREIGN as error:
        raise ScenarioError(_explained(error, owner)) from error
    return configuration.build(owner, values)


def _explained(error: Exception, owner: type[Study]) -> str:
    """Say in one sentence what Hydra or omegaconf could not compose."""
    cause = error.__cause__
    if isinstance(error, HydraException) and isinstance(cause, OmegaConfBaseException) and cause.full_key:
        error = cause
    first = shortened(str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__, 150)
    if isinstance(error, RecursionError):
        return "a value refers to itself by ${…}; type it out."
    if not isinstance(error, OmegaConfBaseException):
        return f"{first}; see alliance-sim run --help."
    key = str(error.full_key or "")
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        return configuration.unknown(key, keys(owner))  # type: ignore[arg-type]
    if isinstance(error, InterpolationResolutionError) or not key:
        return f"{key}: {first}.".removeprefix(": ")
    said = re.search(r"[Vv]alue:? '?(.*?)'?(?:$|,| of type| is not| could)", first)
    return misfit(f"{key}={said.group(1)}" if said else key, owner, key) or f"{key}: {first}."
