"""A small Mesa trial, day by day: what the live page plays, steps through and draws as a network."""

from typing import Any

import numpy as np

from alliance_sim.app import experiment
from alliance_sim.app.state import State
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.trial import Patient, TherapyTrial
from alliance_sim.world.configuration import changed

PATIENTS = 12  # as many as a picture has room for
SHOWN = ("trust", "felt_empathy", "rapport", "openness", "fear", "severity", "wellbeing")
DIGITS = 3
EVENING = 0.5  # days after the last session of a day


def live(state: State) -> dict[str, Any]:
    """Run a trial of one arm's clinicians, a dozen patients at most, and keep every day on which anything happened.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    clinic = getattr(state, state.arm.value)
    own, few = experiment.scenarios(state)[state.arm.value], min(PATIENTS, state.patients)
    team = clinic.team(few, experiment.present(own.protocol))
    small = changed(own, {"patients.number": few, "clinicians.number": team})
    trial = TherapyTrial(small, replicate=state.trial, seed=state.seed, collect=False)
    by_day: dict[int, list[Event]] = {}
    for event in small.events():
        by_day.setdefault(event.day, []).append(event)
    days: list[dict[str, Any]] = []
    for day in by_day:
        trial.run_until(day + EVENING)
        fatigue = [round(clinician.fatigue, DIGITS) for clinician in trial.clinicians]
        days.append({"day": day, "patients": [_patient(one) for one in trial.patients], "fatigue": fatigue})
    happened = _happened(trial)
    for frame in days:
        frame["events"] = [happened[event.day, event.patient, event.planned.code] for event in by_day[frame["day"]]]
    return {
        "arm": state.arm.value,
        "clinicians": len(trial.clinicians),
        "leads": [patient.lead.number for patient in trial.patients],
        "skills": clinic.skills(),
        "states": SHOWN,
        "frames": days,
    }


def _patient(patient: Patient) -> list[Any]:
    """One patient at the end of a day: phase, whether here and in treatment, bond, and the states of `SHOWN`."""
    return [
        patient.phase,
        int(patient.is_enrolled and patient.in_treatment > 0.5),
        round(patient.alliance, DIGITS),
        *(round(getattr(patient, name), DIGITS) for name in SHOWN),
    ]


def _happened(trial: TherapyTrial) -> dict[tuple[int, int, int], dict[str, Any]]:
    """What happened in each session and assessment, by day, patient and code."""
    recorded = trial.recorded
    made: dict[tuple[int, int, int], dict[str, Any]] = {}
    for place, event in enumerate(recorded.session_events):
        row = {name: float(values[place, 0, 0]) for name, values in recorded.sessions.items()}
        came, dosing = row["attended"] > 0.5, event.planned.kind is Kind.DOSE
        words = _session(row, dosing) if came else "had left treatment"
        made[event.day, event.patient, event.planned.code] = {
            "patient": event.patient,
            "rupture": came and row["rupture"] > 0.5,
            "repaired": came and row["repaired"] > 0.5,
            "dosing": came and dosing,
            "text": f"Patient {event.patient}, {event.planned.name.replace('.', ' ', 1)}: {words}.",
        }
    scale = trial.world.instrument(trial.world.primary)
    for place, event in enumerate(recorded.assessment_events):
        score = float(recorded.assessments["score_primary"][place, 0, 0])
        made[event.day, event.patient, event.planned.code] = {
            "patient": event.patient,
            **dict.fromkeys(("rupture", "repaired", "dosing"), False),
            "text": f"Patient {event.patient}, assessment: {scale.name} {score:g}.",
        }
    return made


def _session(row: dict[str, float], dosing: bool) -> str:
    parts = [f"bond {np.mean([row['trust'], row['felt_empathy'], row['rapport']]):.2f}"]
    if row["rupture"] > 0.5:
        parts.append("a rupture, mended" if row["repaired"] > 0.5 else "a rupture, left open")
    if dosing and row["intensity"] > 0:
        parts.append(f"challenge {row['challenge']:.2f}, of which worked through {row['resolved']:.2f}")
        parts.append(f"breakthrough {row['breakthrough']:.2f}")
    if row["adverse"] > 0.5:
        parts.append("an adverse event followed")
    if row["left"] > 0.5:
        parts.append("left treatment after it")
    return "; ".join(parts)
