"""The dyad model in Starsim: a module with states over all agents."""
# ruff: noqa: D102, D103

import numpy as np
import starsim as ss
from serve import SESSIONS, serve


class Dyads(ss.Module):
    """Patients, each with a clinician of their own."""

    def __init__(self, **kwargs):
        super().__init__()
        self.define_pars(
            skill=ss.normal(0.6, 0.15),
            entry=ss.normal(1.0, 0.2),
            delivery=ss.normal(0.0, 0.1),
            fluctuation=ss.normal(0.0, 0.05),
            torn=ss.random(),
            leaving=ss.random(),
        )
        self.update_pars(**kwargs)
        self.define_states(
            ss.FloatArr("skill"),
            ss.FloatArr("bond", default=0.5),
            ss.FloatArr("severity"),
            ss.FloatArr("ruptures", default=0.0),
            ss.BoolState("here", default=True),
        )

    def init_post(self):
        super().init_post()
        everyone = self.sim.people.auids
        self.skill[everyone] = np.clip(self.pars.skill.rvs(everyone), 0.0, 1.0)
        self.severity[everyone] = self.pars.entry.rvs(everyone)

    def step(self):
        u, p = self.here.uids, self.pars
        delivered = np.clip(self.skill[u] + p.delivery.rvs(u), 0.0, 1.0)
        bond = self.bond[u] + 0.25 * (delivered - self.bond[u])
        torn = p.torn.rvs(u) < 1.0 / (1.0 + np.exp(2.0 - 3.0 * (1.0 - delivered)))
        bond = np.where(torn, 0.85 * bond, bond)
        target = 1.0 - 0.6 * bond
        self.ruptures[u] = self.ruptures[u] + torn
        self.bond[u] = bond
        self.severity[u] = target + (self.severity[u] - target) * np.exp(-0.2) + p.fluctuation.rvs(u)
        self.here[u] = p.leaving.rvs(u) >= 1.0 / (1.0 + np.exp(3.0 + 3.0 * (bond - 0.5)))


def world(patients, seed):
    sim = ss.Sim(n_agents=patients, modules=Dyads(), start=0, dur=SESSIONS - 1, rand_seed=seed, verbose=0)
    sim.run()
    found = next(iter(sim.modules))
    return {name: float(np.mean(getattr(found, name).values)) for name in ("severity", "bond", "ruptures", "here")}


serve(world)
