"""Skill and outcome over a clinician's cases: what later patients meet when clinicians learn.

A clinician's cases are the patients whom he leads, in the order of their numbers, which is that of their enrolment.
"""

import numpy as np
import pandas as pd

from alliance_sim.analysis import paired
from alliance_sim.analysis.monte_carlo import Found, averaged, over
from alliance_sim.engine.recording import Array, Keep, Recorded
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

MEASURES = ("skill", "wai_final", "change")
COLUMNS = ["case", "measure", *Found._fields, "unit", "patients"]
NEEDED = ("skill", "lead")
SKILL_UNIT = "behaviour points"


def cases(lead: Array) -> Array:
    """Which of its clinician's cases each patient is, from 1 on.

    Args:
        lead: Number of each patient's lead, shape (patients, replicates).

    Examples:
        >>> cases(np.array([[0], [1], [0], [0]])).ravel().tolist()
        [1, 1, 2, 3]
    """
    made = np.zeros(lead.shape, dtype=np.int64)
    for patient, own in enumerate(lead):
        made[patient] = 1 + (lead[:patient] == own).sum(axis=0)
    return made


def by_case(scenario: Scenario, replicates: int, seed: int) -> pd.DataFrame:
    """Simulate a world, and what patients met and how they fared by the order of case.

    Args:
        scenario: The world.
        replicates: Simulated trials.
        seed: Seed of every draw.

    Returns:
        Columns case, measure (`skill`: mean skill of who led the patient's sessions; `wai_final`; `change`), estimate,
        mcse, lower, upper, unit, and patients: how many were such a case in the mean trial.

    Raises:
        ScenarioError: The seed or the number of replicates is not allowed.
    """
    engine = paired.engine_for([scenario], replicates)
    found: list[dict[str, Array]] = []
    for part in paired.batches([scenario], replicates):
        recorded = paired.simulate([scenario], part, seed, Keep.sessions, engine, columns=NEEDED)
        own = cases(recorded.patients["lead"][:, 0])
        met = {name: recorded.outcomes[name][:, 0] for name in MEASURES[1:]}
        found.append({"case": own, "skill": _skill_met(recorded), **met})
    whole = {name: np.concatenate([one[name] for one in found], axis=1) for name in found[0]}
    unit = units(scenario) | {"skill": SKILL_UNIT}
    rows = []
    for case in range(1, int(whole["case"].max()) + 1):
        here = whole["case"] == case
        for name in MEASURES:
            own = _mean(np.where(here, whole[name], np.nan))
            rows.append((case, name, *averaged(own), unit[name], here.sum(axis=0).mean()))
    return pd.DataFrame(rows, columns=COLUMNS)


def _skill_met(recorded: Recorded) -> Array:
    """Mean skill of who led the sessions that each patient attended, (patients, replicates); NaN without any."""
    skill = recorded.sessions["skill"][:, 0]  # NaN where the patient had left
    patient = np.array([event.patient for event in recorded.session_events])
    order = np.argsort(patient, kind="stable")
    of_each = skill[order].reshape(len(recorded.patients["lead"]), -1, skill.shape[1])  # all have the same course
    return _mean(of_each.swapaxes(0, 1))


def _mean(values: Array) -> Array:
    """Mean over the first axis of what is not NaN; NaN where nothing is."""
    there = np.isfinite(values)
    return over(np.where(there, values, 0.0).sum(axis=0), there.sum(axis=0))
