"""Small worlds and shortcuts that the tests share."""

from typing import Any

import numpy as np

from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import Recorded
from alliance_sim.model.behaviours import NAMES
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario, load_patients, load_protocol

SEED = 7
# Switches every source of chance in the bond off; ruptures may happen but move nothing.
NO_CHANCE = {
    "parameters.delivery.noise": 0.0,
    "parameters.delivery.rating_bias_spread": 0.0,
    "parameters.delivery.correction": 0.0,
    "parameters.delivery.fatigue_cost": 0.0,
    "parameters.perception.dyad_spread": 0.0,
    "parameters.perception.anxiety_shift": 0.0,
    "parameters.perception.avoidance_shift": 0.0,
    "parameters.bond.felt_improvement": 0.0,
    "parameters.rupture.depth": 0.0,
    "parameters.rupture.gain": 0.0,
    "parameters.retention.base": -12.0,
    **{f"clinicians.{name}.spread": 0.0 for name in NAMES},
}


def world(protocol: str = "comp001", patients: str = "depression", **values: Any) -> Scenario:
    """Make a scenario; keyword names use `__` for dots."""
    made = Scenario(protocol=load_protocol(protocol), patients=load_patients(patients))
    return with_values(made, {key.replace("__", "."): value for key, value in values.items()})


def with_values(scenario: Scenario, values: dict[str, Any]) -> Scenario:
    """Change dotted keys of a scenario."""
    return changed(scenario, values)


def small(protocol: str = "comp001", patients: str = "depression", **values: Any) -> Scenario:
    """A trial of six patients and three clinicians."""
    return world(protocol, patients, **{"patients__number": 6, "clinicians__number": 3, **values})


def run(arms: Scenario | list[Scenario], replicates: int = 2, seed: int = SEED) -> Recorded:
    """Simulate arms that share a timetable."""
    return simulate(arms if isinstance(arms, list) else [arms], range(replicates), seed)


def outcome(arms: list[Scenario], replicates: int, name: str, seed: int = SEED) -> np.ndarray:
    """Mean outcome of each arm in each replicate, shape (arms, replicates)."""
    return np.nanmean(run(arms, replicates, seed).outcomes[name], axis=0)


def arrays(recorded: Recorded) -> dict[str, np.ndarray]:
    """All arrays of a run by table and name."""
    tables = ("sessions", "assessments", "patients", "clinicians", "outcomes", "trials")
    return {f"{table}.{name}": values for table in tables for name, values in getattr(recorded, table).items()}


def differing(first: Recorded, second: Recorded) -> list[str]:
    """Names of the arrays in which two runs are not equal to the last bit."""
    one, two = arrays(first), arrays(second)
    return [name for name in one if not np.array_equal(one[name], two[name], equal_nan=True)]
