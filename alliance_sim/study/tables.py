"""From recorded arrays to tidy frames: one row a contact, a patient, a trial."""

from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.engine.arrays import stacked
from alliance_sim.engine.recording import (
    ASSESSMENT_COLUMNS,
    SESSION_COLUMNS,
    STATES,
    Array,
    Recorded,
)
from alliance_sim.model.instruments import remitted, responded
from alliance_sim.model.session import Assessment
from alliance_sim.model.state import Traits
from alliance_sim.registry import record
from alliance_sim.scenario import Scenario

EARLY_SESSION = 4  # without dosing, the alliance literature rates early: here the fourth session
SCORES = tuple(f"score_{name}" for name in Assessment._fields)
OUTCOMES = (
    "change",
    "response",
    "remission",
    "dropout",
    "adverse",
    "wellbeing_change",
    "wai_early",
    "wai_final",
    "ebi",
    "meq30",
    "asc_boundlessness",
    "ceq",
    "ruptures",
    "repairs",
    "sessions",
)


def _keys(arms: list[str], replicates: list[int], rows: int) -> dict[str, Any]:
    """Arm, replicate and row index of arrays (rows, arms, replicates) raveled in arm, replicate, row order."""
    arm, replicate, index = np.meshgrid(
        np.arange(len(arms)), np.asarray(replicates), np.arange(rows), indexing="ij"
    )
    return {
        "arm": pd.Categorical.from_codes(arm.ravel(), categories=arms),
        "replicate": replicate.ravel().astype(np.int32),
        "row": index.ravel(),
    }


def _column(values: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(values, 0, -1)).ravel()


def contacts(recorded: Recorded, arms: list[str], replicates: list[int]) -> pd.DataFrame:
    """Every session and assessment: who, when, the state after it, what happened, how it scored.

    Returns:
        One row an arm, replicate and contact, in order of time within a trial. Scores are NaN in
        sessions, ratings are NaN in assessments and for patients who had left.
    """
    events = [*recorded.session_events, *recorded.assessment_events]
    frame = _keys(arms, replicates, len(events))
    place = frame.pop("row")
    enrolled = recorded.patients["enrolled"][:, 0, 0]
    patient = np.array([event.patient for event in events])
    day = np.array([event.day for event in events])
    frame["patient"] = patient[place].astype(np.int32)
    frame["day"] = day[place].astype(np.int32)
    frame["patient_day"] = (day - enrolled[patient]).astype(np.int32)[place]
    for name, words in (
        ("phase", [event.planned.phase for event in events]),
        ("session", [event.planned.name for event in events]),
    ):
        codes, categories = pd.factorize(np.array(words))
        frame[name] = pd.Categorical.from_codes(codes[place], categories=list(categories))
    absent = np.full_like(recorded.assessments["severity"], np.nan)
    missing = np.full_like(recorded.sessions["severity"], np.nan)
    frame["lead"] = _column(recorded.patients["lead"][patient]).astype(np.int32)
    for name in (*SESSION_COLUMNS, *SCORES):
        held = recorded.sessions.get(name, missing)
        seen = recorded.assessments[name] if name in ASSESSMENT_COLUMNS else absent
        frame[name] = _column(np.concatenate([held, seen])).astype(np.float32)
    made = pd.DataFrame(frame)
    return made.sort_values(
        ["arm", "replicate", "day", "patient"], kind="stable", ignore_index=True
    )


def _by_patient(values: Array, events: list[Any], patients: int) -> Array:
    """Regroup (events, arms, replicates) as (patients, events of each, arms, replicates)."""
    order = np.argsort([event.patient for event in events], kind="stable")
    each = len(events) // patients
    return values[order].reshape(patients, each, *values.shape[1:])


def _most(values: Array) -> Array:
    """Largest value over axis 1 that is not NaN; NaN where there is none."""
    if values.shape[1] == 0:
        return np.full(np.delete(values.shape, 1), np.nan)
    filled = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    return np.where(np.isneginf(filled), np.nan, filled)


def _last(values: Array) -> Array:
    """Last value over axis 1 that is not NaN; NaN where there is none."""
    result = np.full(np.delete(values.shape, 1), np.nan)
    for place in range(values.shape[1]):
        result = np.where(np.isnan(values[:, place]), result, values[:, place])
    return result


def outcomes(recorded: Recorded, scenarios: list[Scenario]) -> dict[str, Array]:
    """Each patient's outcomes at the primary day, arrays (patients, arms, replicates).

    Args:
        recorded: From an engine.
        scenarios: The arms in order; they share one timetable.

    `wai_early` is the last patient rating before the first dosing session, or the fourth session's
    where there is no dosing; `ebi` and its like are the highest of all dosing sessions.
    """
    scenario = scenarios[0]
    n = scenario.patients.number
    days = scenario.protocol.assessments.days
    at = days.index(scenario.protocol.assessments.primary_day)
    scores = {
        name: _by_patient(recorded.assessments[f"score_{name}"], recorded.assessment_events, n)
        for name in Assessment._fields
    }
    held = {name: _by_patient(recorded.sessions[name], recorded.session_events, n) for name in SESSION_COLUMNS}
    course = [step for step in scenario.course() if step.phase != "assessment"]
    doses = [place for place, step in enumerate(course) if step.phase == "dosing"]
    early = doses[0] if doses else EARLY_SESSION
    p = stacked([record(arm.instrument(arm.primary)) for arm in scenarios])
    before = recorded.patients["entry_primary"]
    primary = scores["primary"][:, at]
    kept = {
        "baseline": before,
        "endpoint": primary,
        "change": primary - before,
        "response": responded(before, primary, p).astype(float),
        "remission": remitted(primary, p).astype(float),
        "secondary_baseline": recorded.patients["entry_secondary"],
        "secondary_change": scores["secondary"][:, at] - recorded.patients["entry_secondary"],
        "wellbeing_baseline": recorded.patients["entry_wellbeing"],
        "wellbeing_change": scores["wellbeing"][:, at] - recorded.patients["entry_wellbeing"],
        "star_p": scores["star_p"][:, at],
        "dropout": held["left"].sum(axis=1),
        "adverse_events": held["adverse"].sum(axis=1),
        "adverse": (held["adverse"].sum(axis=1) > 0).astype(float),
        "wai_early": _last(held["wai"][:, :early]),
        "wai_final": _last(held["wai"]),
        "wai_clinician_final": _last(held["wai_clinician"]),
        "ruptures": held["rupture"].sum(axis=1),
        "repairs": held["repaired"].sum(axis=1),
        "sessions": held["attended"].sum(axis=1),
    }
    for name in ("ebi", "meq30", "asc_boundlessness", "ceq"):
        kept[name] = _most(held[name])
    return kept


def patients(
    recorded: Recorded, scenarios: list[Scenario], arms: list[str], replicates: list[int]
) -> pd.DataFrame:
    """Every patient: who treated, traits, outcomes; one row an arm, replicate and patient."""
    frame = _keys(arms, replicates, scenarios[0].patients.number)
    frame["patient"] = frame.pop("row").astype(np.int32)
    for name in ("lead", "co"):
        frame[name] = _column(recorded.patients[name]).astype(np.int32)
    for name in Traits._fields:
        frame[name] = _column(recorded.patients[name]).astype(np.float32)
    for name, values in outcomes(recorded, scenarios).items():
        frame[name] = _column(values).astype(np.float32)
    return pd.DataFrame(frame)


def trials(people: pd.DataFrame) -> pd.DataFrame:
    """Every trial: means and standard deviations over its patients, one row an arm and replicate."""
    grouped = people.groupby(["arm", "replicate"], observed=True, sort=True)
    frame = grouped[[name for name in OUTCOMES]].mean().astype(np.float64)
    frame.insert(0, "patients", grouped.size())
    frame.insert(2, "change_sd", grouped["change"].std())
    frame.insert(1, "baseline", grouped["baseline"].mean())
    return frame.reset_index().assign(status="done", error="")


__all__ = ["OUTCOMES", "SCORES", "STATES", "contacts", "outcomes", "patients", "trials"]
