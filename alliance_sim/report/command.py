"""The command that runs a study again: each choice and each key that differs from what its experiment sets."""

import functools
import shlex
from pathlib import Path
from typing import Any

from alliance_sim.compose.studies import composed
from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import plain
from alliance_sim.study.config import MAPPINGS, Study
from alliance_sim.study.designs import Kind
from alliance_sim.study.identity import flat
from alliance_sim.study.spelling import spelled
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.configuration import group
from alliance_sim.world.places import names
from alliance_sim.world.policy import Policy
from alliance_sim.world.protocol import Protocol
from alliance_sim.world.scenario import Patients

GROUPS: dict[str, type] = {"protocol": Protocol, "patients": Patients, "clinicians": Clinicians, "policy": Policy}
# Change no number and no table; or are said otherwise.
UNSAID = ("executor", "engine", "shard", "dry_run", "figures", "experiment", "question", "out")


def command(study: Study) -> tuple[str, bool]:
    """Write the command line of a study: it composes to the same study, or is not said to.

    Returns:
        The line, and whether it is the whole study: points of a file cannot be said on a command line. The line is
        empty where nothing that can be typed makes these arms or values, or clinicians follow a policy that only a
        program of one's own has.
    """
    if any(text for world in study.scenarios().values() for _, text in world.policy.of(world.clinicians.number)):
        return "", False
    words, first = _begun(study)
    if study.out and not Path(study.out).is_absolute() and study.out != first.out:
        words.append(f"out={spelled(study.out)}")
    found = ""
    for arms in (_arms_changed(first, study), _arms_whole(study)):
        made = [*words, *_overrides(_said(first), _said(study)), *arms]
        again = _again(made)
        if again is None or set(_arms(again)) != set(_arms(study)):
            continue
        line = " ".join(["alliance-sim run", *map(shlex.quote, made)])
        found = found or line
        if _said(again) == _said(study) and [*_arms(again).items()] == [*_arms(study).items()]:
            return line, study.design.kind is not Kind.file
    return found, False


@functools.cache
def filed(experiment: str) -> Study:
    """An experiment as its file makes it, or the usual one where there is no such file; not to be changed."""
    return composed([f"experiment={experiment}"] if experiment in names("experiment") else [], Study)


def _begun(study: Study) -> tuple[list[str], Study]:
    """The words that come closest to a study, and what they make; without its experiment if that has another design."""
    for experiment in (study.experiment, ""):
        first = filed(experiment)
        words = [f"experiment={experiment}"] if first.experiment == experiment else []
        chosen = _choices(study, first)
        words += chosen
        made = _again(words) if chosen else first
        if made is not None:
            return words, made
    return [], filed("")


def _again(words: list[str]) -> Study | None:
    """The study that words make; None where they make none."""
    try:
        return composed(words, Study)
    except ScenarioError:
        return None


def _arms(study: Study) -> dict[str, Any]:
    """The arms that matter: of a design of points the base arm, which it varies."""
    held = {name: plain(values) for name, values in study.arms.items()}
    return held if study.design.of_arms else {study.base_arm: held[study.base_arm]}


def _arms_changed(first: Study, study: Study) -> list[str]:
    """Words that leave out and set arms of an experiment."""
    default, wanted = _arms(first), _arms(study)
    if not study.design.of_arms:
        default = {name: plain(values) for name, values in first.arms.items()}
        return [] if default.get(study.base_arm) == wanted[study.base_arm] else _arms_whole(study)
    words = [f"~arms.{name}" for name in default if name not in wanted]
    return words + [f"arms.{name}={spelled(own)}" for name, own in wanted.items() if default.get(name) != own]


def _arms_whole(study: Study) -> list[str]:
    """The word that puts arms in the place of an experiment's."""
    return [f"arms={spelled(_arms(study))}"]


def _choices(study: Study, default: Study) -> list[str]:
    """Files of the configuration groups that come closest, where the experiment's own do not fit."""
    words = []
    if study.design.kind is not default.design.kind:
        words.append(f"design={study.design.kind.value}")
    for kind, owner in GROUPS.items():
        wanted = flat(plain(getattr(study, kind)))
        if wanted == flat(plain(getattr(default, kind))):
            continue
        apart = {name: _apart(flat(plain(group(kind, name, owner))), wanted) for name in names(kind)}
        nearest = min(apart, key=lambda name: apart[name])
        if apart[nearest] < _apart(flat(plain(getattr(default, kind))), wanted):
            words.append(f"{kind}={nearest}")
    return words


def _apart(one: dict[str, Any], two: dict[str, Any]) -> int:
    return sum(one.get(key) != two.get(key) for key in {*one, *two})


def _said(study: Study) -> dict[str, Any]:
    """A study's values by dotted key, mappings with keys of their own whole."""
    held = {key: value for key, value in plain(study).items() if key not in UNSAID}
    whole = {}
    for name in MAPPINGS:
        *path, last = name.split(".")
        place = held
        for part in path:
            place = place[part]
        whole[name] = place.pop(last)
    del whole["arms"]  # said apart
    return flat(held) | whole


def _overrides(default: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [f"{key}={spelled(value)}" for key, value in wanted.items() if key not in default or default[key] != value]
