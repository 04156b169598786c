"""The dyad model in Mesa: an agent with attributes and a step."""
# ruff: noqa: D102, D103

import math

from mesa import Agent, Model
from serve import SESSIONS, serve


class Patient(Agent):
    """A patient with a clinician of their own."""

    def __init__(self, model):
        super().__init__(model)
        self.skill = min(max(model.rng.normal(0.6, 0.15), 0.0), 1.0)
        self.bond, self.severity = 0.5, model.rng.normal(1.0, 0.2)
        self.ruptures, self.here = 0, True

    def step(self):
        if not self.here:
            return
        rng = self.model.rng
        delivered = min(max(self.skill + 0.1 * rng.standard_normal(), 0.0), 1.0)
        self.bond += 0.25 * (delivered - self.bond)
        if rng.random() < 1.0 / (1.0 + math.exp(2.0 - 3.0 * (1.0 - delivered))):
            self.ruptures += 1
            self.bond *= 0.85
        target = 1.0 - 0.6 * self.bond
        self.severity = target + (self.severity - target) * math.exp(-0.2) + 0.05 * rng.standard_normal()
        if rng.random() < 1.0 / (1.0 + math.exp(3.0 + 3.0 * (self.bond - 0.5))):
            self.here = False


class Dyads(Model):
    """Patients in treatment."""

    def __init__(self, patients, rng=None):
        super().__init__(rng=rng)
        Patient.create_agents(self, patients)

    def step(self):
        self.agents.do("step")


def world(patients, seed):
    model = Dyads(patients, rng=seed)
    for _ in range(SESSIONS):
        model.step()
    mean = {name: sum(model.agents.get(name)) / patients for name in ("severity", "bond", "ruptures", "here")}
    return {**mean, "here": float(mean["here"])}


serve(world)
