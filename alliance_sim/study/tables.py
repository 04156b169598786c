"""From recorded arrays to tidy frames: one row a visit, a patient, a trial."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.engine.recording import (
    ASSESSMENT_COLUMNS,
    OUTCOME_COLUMNS,
    SESSION_COLUMNS,
    TRAITS,
    TRIAL_COLUMNS as TRIAL_COLUMNS,
    Array,
    Keep,
    Recorded,
)
from alliance_sim.model.state import Assessment
from alliance_sim.model.timetable import order
from alliance_sim.study.designs import Label
from alliance_sim.world.scenario import Scenario

KINDS = ("sessions", "patients", "trials")
WRITTEN = {Keep.trials: KINDS[2:], Keep.patients: KINDS[1:], Keep.sessions: KINDS}
SCORES = tuple(f"score_{name}" for name in Assessment._fields)
# What only an intervention on a state needs stays in the engine.
FOR_INTERVENTIONS = ("met_", "room_", "fear_at_arrival")  # how their names begin
REPORTED_COLUMNS = tuple(name for name in SESSION_COLUMNS if name != "lead" and not name.startswith(FOR_INTERVENTIONS))

# What each kind of rows has, beside what says which trial a row is of.
COLUMNS = {
    "trials": ("patients", *TRIAL_COLUMNS, "status", "error"),
    "patients": ("patient", "lead", "co", *TRAITS, *OUTCOME_COLUMNS),
    "sessions": ("patient", "day", "patient_day", "phase", "session", "lead", *REPORTED_COLUMNS, *SCORES),
}


def key(labels: Sequence[Label] | pd.Index) -> str:
    """Name of the column that says which point a row is of: `arm` for names, `point` for numbers."""
    return "arm" if len(labels) and isinstance(labels[0], str) else "point"


def _keys(labels: Sequence[Label], replicates: list[int], rows: int) -> dict[str, Any]:
    """Point, replicate and row index of arrays (rows, points, replicates) raveled in point, replicate, row order."""
    place, replicate, index = np.meshgrid(
        np.arange(len(labels)), np.asarray(replicates), np.arange(rows), indexing="ij"
    )
    name, places = key(labels), place.ravel()
    if name == "arm":
        held: Any = pd.Categorical.from_codes(places, categories=pd.Index(labels))
    else:
        held = np.asarray(labels, dtype=np.int32)[places]
    return {name: held, "replicate": replicate.ravel().astype(np.int32), "row": index.ravel()}


def _column(values: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(values, 0, -1)).ravel()


def visits(recorded: Recorded, arms: Sequence[Label], replicates: list[int]) -> pd.DataFrame:
    """Every session and assessment: who, when, the state after it, what happened, how it scored.

    Returns:
        One row a point, replicate and visit, in order of time within a trial. Scores are NaN in
        sessions, ratings are NaN in assessments and for patients who had left.
    """
    apart = [*recorded.session_events, *recorded.assessment_events]
    places = order(apart)
    events = [apart[place] for place in places]
    frame = _keys(arms, replicates, len(events))
    place = frame.pop("row")
    enrolled = recorded.patients["enrolled"][:, 0, 0]
    patient = np.array([event.patient for event in events])
    day = np.array([event.day for event in events])
    frame["patient"] = patient[place].astype(np.int32)
    frame["day"] = day[place].astype(np.int32)
    frame["patient_day"] = (day - enrolled[patient]).astype(np.int32)[place]
    for name, attribute in (("phase", "phase"), ("session", "name")):
        codes, categories = pd.factorize(np.array([getattr(event.planned, attribute) for event in events]))
        frame[name] = pd.Categorical.from_codes(codes[place], categories=pd.Index(categories))
    absent = np.full_like(recorded.assessments["severity"], np.nan)
    missing = np.full_like(recorded.sessions["severity"], np.nan)
    lead = recorded.patients["lead"]  # of a shared session it is the cohort's
    held = recorded.sessions.get("lead", lead[[event.patient for event in recorded.session_events]])
    asked = lead[[event.patient for event in recorded.assessment_events]]
    frame["lead"] = _column(np.concatenate([held, asked])[places]).astype(np.int32)
    for name in (*REPORTED_COLUMNS, *SCORES):
        held = recorded.sessions.get(name, missing)
        seen = recorded.assessments[name] if name in ASSESSMENT_COLUMNS else absent
        frame[name] = _column(np.concatenate([held, seen])[places]).astype(np.float32)
    return pd.DataFrame(frame)


def patients(
    recorded: Recorded, scenarios: Sequence[Scenario], arms: Sequence[Label], replicates: list[int]
) -> pd.DataFrame:
    """Every patient: who treated, traits, outcomes; one row a point, replicate and patient."""
    frame = _keys(arms, replicates, len(recorded.patients["lead"]))
    frame["patient"] = frame.pop("row").astype(np.int32)
    for name in ("lead", "co"):
        frame[name] = _column(recorded.patients[name]).astype(np.int32)
    for name in TRAITS:
        frame[name] = _column(recorded.patients[name]).astype(np.float32)
    for name, values in recorded.outcomes.items():
        frame[name] = _column(values).astype(np.float32)
    return pd.DataFrame(frame)


def trials(
    recorded: Recorded, scenarios: Sequence[Scenario], arms: Sequence[Label], replicates: list[int]
) -> pd.DataFrame:
    """Every trial: means over its patients, spread and quantiles of change; one row a point and replicate."""
    frame = _keys(arms, replicates, 1)
    del frame["row"]
    frame["patients"] = scenarios[0].patients.number
    for name in TRIAL_COLUMNS:
        frame[name] = recorded.trials[name].ravel().astype(np.float32)
    return pd.DataFrame(frame).assign(status="done", error="")
