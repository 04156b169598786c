"""The dyad model in AgentPy: an agent list that steps."""
# ruff: noqa: D102, D103

import math

import agentpy as ap
from serve import SESSIONS, serve


class Patient(ap.Agent):
    """A patient with a clinician of their own."""

    def setup(self):
        rng = self.model.nprandom
        self.skill = min(max(rng.normal(0.6, 0.15), 0.0), 1.0)
        self.bond, self.severity = 0.5, rng.normal(1.0, 0.2)
        self.ruptures, self.here = 0, True

    def attend(self):
        if not self.here:
            return
        rng = self.model.nprandom
        delivered = min(max(self.skill + 0.1 * rng.standard_normal(), 0.0), 1.0)
        self.bond += 0.25 * (delivered - self.bond)
        if rng.random() < 1.0 / (1.0 + math.exp(2.0 - 3.0 * (1.0 - delivered))):
            self.ruptures += 1
            self.bond *= 0.85
        target = 1.0 - 0.6 * self.bond
        self.severity = target + (self.severity - target) * math.exp(-0.2) + 0.05 * rng.standard_normal()
        if rng.random() < 1.0 / (1.0 + math.exp(3.0 + 3.0 * (self.bond - 0.5))):
            self.here = False


class Dyads(ap.Model):
    """Patients in treatment."""

    def setup(self):
        self.patients = ap.AgentList(self, self.p.patients, Patient)

    def step(self):
        self.patients.attend()

    def end(self):
        for name in ("severity", "bond", "ruptures", "here"):
            self.report(name, sum(getattr(self.patients, name)) / self.p.patients)


def world(patients, seed):
    found = Dyads({"patients": patients, "steps": SESSIONS, "seed": seed}).run(display=False).reporters
    return {name: float(found[name].iloc[0]) for name in ("severity", "bond", "ruptures", "here")}


serve(world)
