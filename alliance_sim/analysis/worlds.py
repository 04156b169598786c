"""The simulated worlds of one patient: one as it was, and one that differs as a counterfactual says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd
import yaml

from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.recording import STATES
from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.registry import nearest
from alliance_sim.model.timetable import Planned
from alliance_sim.study import tables
from alliance_sim.study.config import Study
from alliance_sim.study.identity import flat
from alliance_sim.study.point_worlds import together
from alliance_sim.world import configuration, seeds
from alliance_sim.world.scenario import Scenario

Row = Mapping[Any, Any]


class World(NamedTuple):
    """The patient in one arm."""

    arm: str
    scenario: Scenario
    person: Row  # traits, clinicians and outcomes
    start: Row  # the states on arrival
    rows: pd.DataFrame  # sessions and assessments in order of time
    staff: dict[str, Any]  # each behaviour's skill by clinician
    endpoints: Any  # everybody's score on the primary day in this trial, by patient; NaN where it was not asked

    def held(self) -> list[Planned]:
        """The planned sessions, without the assessments."""
        return [step for step in self.scenario.course() if step.phase != "assessment"]


def worlds(study: Study, patient: int, replicate: int = 0, arm: str = "", counterfactual: str = "") -> list[World]:
    """Simulate the trial and return the patient's world, and the counterfactual's where one is named.

    Args:
        study: The study whose trial is simulated.
        patient: Number of the patient in the trial, from 0.
        replicate: Which simulated trial, from 0.
        arm: Which arm; the base arm if empty.
        counterfactual: Another arm, or a file of `conf/clinicians`; all other draws are equal.

    Raises:
        ScenarioError: There is no such patient, replicate, arm or clinician file.
    """
    scenarios, reported = study.scenarios(), arm or study.base_arm
    if reported not in scenarios:
        near = nearest(reported, list(scenarios)) or list(scenarios)
        raise ScenarioError(f"there is no arm {reported!r}; choose one of: {', '.join(near)}.")
    chosen = {reported: scenarios[reported]}
    if counterfactual == reported:
        raise ScenarioError(f"counterfactual={reported!r} is the same arm; name another.")
    if counterfactual:
        chosen[counterfactual] = _other(scenarios, reported, counterfactual)
    most = min(scenario.patients.number for scenario in chosen.values()) - 1
    patient, replicate = seeds.whole("patient", patient, 0, most), seeds.replicate(replicate)
    alike = len({together(scenario) for scenario in chosen.values()}) == 1
    groups = [chosen] if alike else [{name: scenario} for name, scenario in chosen.items()]
    return [world for group in groups for world in _lived(group, patient, replicate, study.seed)]


def _other(scenarios: dict[str, Scenario], reported: str, name: str) -> Scenario:
    if name in scenarios:
        return scenarios[name]
    files = configuration.names("clinicians")
    file = name if name in files else f"{name}_bond"
    if file not in files:
        known = ", ".join(dict.fromkeys([*scenarios, *files]))
        raise ScenarioError(f"counterfactual={name} is neither an arm nor a clinicians group; choose one of: {known}.")
    text = (configuration.folder() / "clinicians" / f"{file}.yaml").read_text(encoding="utf-8")
    return configuration.changed(scenarios[reported], flat({"clinicians": yaml.safe_load(text) or {}}))


def _lived(group: dict[str, Scenario], patient: int, replicate: int, seed: int) -> list[World]:
    arms = list(group)
    recorded = simulate(list(group.values()), [replicate], seed)
    people = tables.patients(recorded, list(group.values()), arms, [replicate])
    visits = tables.visits(recorded, arms, [replicate])
    made = []
    for place, arm in enumerate(arms):
        person = people[(people["arm"] == arm) & (people["patient"] == patient)].to_dict("records")[0]
        rows = visits[(visits["arm"] == arm) & (visits["patient"] == patient)]
        start = {name: float(recorded.patients[name][patient, place, 0]) for name in STATES}
        staff = {name: recorded.clinicians[name][:, place, 0] for name in Behaviours._fields}
        endpoints = recorded.outcomes["endpoint"][:, place, 0]
        made.append(World(arm, group[arm], person, start, rows, staff, endpoints))
    return made
