"""Draws of the posterior: what the evidence leaves open of the parameters, for any study to be run over."""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alliance_sim.engine.arms import NOTHING_ASKED
from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.learning import moves
from alliance_sim.model.policies import USUAL
from alliance_sim.model.records import flat
from alliance_sim.model.registry import parameter, plain
from alliance_sim.study.columns import Array, Column, Point, Points, small
from alliance_sim.study.designs import CHOICE, Kind, at
from alliance_sim.world.configuration import OF_FILES, flat as flat_values, from_files
from alliance_sim.world.scenario import Scenario, load_patients

FILE = Path(__file__).resolve().parent.parent / "calibration" / "posterior.parquet"
WEIGHT, HEIGHT = "weight", "log_likelihood"  # the columns that are no parameters
SPREAD = tuple(f"clinicians.{name}.spread" for name in Behaviours._fields)  # the five are one number
FIXED = (
    "What clinicians decide by (policy) and are asked to show more or less of (by phase, after a rupture), what it "
    "costs them, how they learn and what groups do stays as it is set: it is no part of the posterior."
)
# Keys that set it.
ACTING = re.compile(r"policy|clinicians\.(?:phases|after_rupture|effort|supervision|practice)\.|protocol\.\w+\.group$")
OF = ":"  # after the condition whose patients a number belongs to, as in `ptsd:patients.symptom_volatility`


@configurable
class Posterior:
    """How many draws of the posterior every arm or point is run at."""

    draws: int = parameter(0, "D", "draws", 0, 10_000, CHOICE, "Draws of the posterior; 0: the defaults alone.")


@functools.cache
def sample() -> tuple[tuple[dict[str, float], ...], np.ndarray[Any, Any]]:
    """All draws of the posterior as dotted keys, and their weights, which sum to 1."""
    import pandas as pd

    with FILE.open("rb") as file:
        table = pd.read_parquet(file)
    weights = table[WEIGHT].to_numpy(dtype=np.float64)
    rows = table.drop(columns=[WEIGHT, HEIGHT]).to_dict("records")
    return tuple(dotted(row) for row in rows), weights / weights.sum()


def dotted(row: Mapping[Any, Any]) -> dict[str, float]:
    """A draw as dotted keys; what is one number for five behaviours sets all five."""
    values = {str(key): float(value) for key, value in row.items()}
    return {**values, **dict.fromkeys(SPREAD, values[SPREAD[0]])} if SPREAD[0] in values else values


def chosen(count: int) -> list[dict[str, float]]:
    """So many draws, each as often as its weight asks for, always the same.

    Raises:
        ScenarioError: The posterior holds fewer.
    """
    rows, weights = sample()
    if count > len(rows):
        raise ScenarioError(f"posterior.draws={count} is more than the posterior holds; use at most {len(rows)}.")
    places = np.searchsorted(np.cumsum(weights), (np.arange(count) + 0.5) / count)
    return [rows[min(int(place), len(rows) - 1)] for place in places]


def of_condition(values: Mapping[str, float], condition: str) -> dict[str, float]:
    """What of a draw applies to patients of a condition, as keys of a scenario."""
    made = {}
    for key, value in values.items():
        own, _, bare = key.rpartition(OF)
        if own in ("", condition):
            made[bare] = value
    return made


def over_draws(points: Sequence[Point], base: Scenario, kind: Kind, draws: int) -> Points:
    """Every point at every draw, draw after draw; what the study itself sets stays as set.

    Args:
        points: Points or arms that were asked for.
        base: The world they change.
        kind: Of their design.
        draws: How many draws.

    Raises:
        ScenarioError: A Sobol design varies parameters itself, a table holds draws already, or there are not so many.
    """
    asked = points if isinstance(points, Points) else _of_arms([_key_by_key(point, base) for point in points])
    if "draw" in asked.roles:
        raise ScenarioError("design.file holds draws of the posterior already; leave parameters=posterior out.")
    if kind is Kind.sobol:
        raise ScenarioError("design=sobol says itself how parameters vary; leave parameters=posterior out.")
    usual = Scenario(patients=load_patients(base.patients.condition.value))
    drawn = [of_condition(values, base.patients.condition.value) for values in chosen(draws)]
    free = [key for key in drawn[0] if at(base, key) == at(usual, key)]
    if {"protocol", "patients"} & asked.values.keys():  # a draw is of the base's patients alone
        free = [key for key in free if not key.startswith("patients.")]
    draw = np.repeat(np.arange(draws), len(asked))
    values = {}
    for key in dict.fromkeys([*asked.values, *free]):
        otherwise = [own[key] for own in drawn] if key in free else [plain(at(base, key))]
        given = small(draw if key in free else np.zeros_like(draw))
        values[key] = (
            _set(asked.values[key].tiled(draws), otherwise, given) if key in asked.values else Column(otherwise, given)
        )
    of = Column.of([point.label for point in points])
    roles = {"of": of.tiled(draws), "draw": Column(draw)}
    return Points(np.arange(len(draw)), values, roles | {name: own.tiled(draws) for name, own in asked.roles.items()})


def fixed(worlds: Iterable[Scenario], keys: Iterable[str]) -> str:
    """Say that what clinicians do otherwise than usual is not varied; empty where they do nothing else.

    Args:
        worlds: Of arms, or the one that points change.
        keys: That points set; none of arms.
    """
    acting = any(_act(world) for world in worlds) or any(ACTING.match(key) for key in keys)
    return FIXED if acting else ""


def _act(world: Scenario) -> bool:
    """True if clinicians follow another policy, are asked for more or less, have limits or learn, or patients share."""
    followed = {name for name, _ in world.policy.of(world.clinicians.number)}
    asked = bool((flat(world.conduct()) != NOTHING_ASKED).any())
    return followed != {USUAL} or asked or moves(world.training(), 0.0) or world.cohorts.size > 1


class _Unset:
    """What an arm has for a key that another arm sets."""

    def __repr__(self) -> str:
        return type(self).__name__


UNSET = _Unset()


def _key_by_key(arm: Point, base: Scenario) -> Point:
    """An arm that names no file: what the files say otherwise than the base stands as keys of their own."""
    own = flat_values(arm.values)
    parts = from_files(base, own)
    made = {key: value for key, value in own.items() if key not in parts}
    for kind, part in parts.items():
        usual = flat_values(plain(getattr(base, kind)))
        said = {key: value for key, value in flat_values(plain(part)).items() if usual.get(key) != value}
        made = {f"{kind}.{key}": value for key, value in said.items() if f"{kind}.{key}" not in OF_FILES} | made
    return arm._replace(values=made)


def _of_arms(arms: Sequence[Point]) -> Points:
    """Arms as points that all set the same keys."""
    keys = dict.fromkeys(key for arm in arms for key in arm.values)
    roles = {name: Column.of([arm.roles[name] for arm in arms]) for name in arms[0].roles}
    values = {key: Column.of([arm.values.get(key, UNSET) for arm in arms]) for key in keys}
    return Points(np.array([arm.number for arm in arms]), values, roles)


def _set(own: Column, otherwise: list[Any], given: Array) -> Column:
    """A key's cells, and where it is not set one of some others."""
    if not own.holds(_Unset):
        return own
    values, codes = own.different()
    unset = np.array([isinstance(value, _Unset) for value in values])[codes]
    return Column([*values, *otherwise], small(np.where(unset, len(values) + given, codes)))
