"""The Mesa trial: clinicians and patients as agents, sessions as events on protocol days."""

from alliance_sim.trial.agents import Clinician, Patient
from alliance_sim.trial.model import TherapyTrial

__all__ = ["Clinician", "Patient", "TherapyTrial"]
