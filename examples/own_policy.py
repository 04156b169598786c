# %% [markdown]
# # A policy of your own
#
# Simulated people only: nothing here is clinical advice.
#
# A policy is the rule by which clinicians decide, before each session, what to show more or less of. This one is
# followed on every engine to the same bits, and the same rule as a Mesa agent gives the same trials.

# %%
import alliance_sim
from alliance_sim.laws import added, shifts, usual
from alliance_sim.trial import Clinician


@alliance_sim.policy
def calm_frame(seen, p):
    """As usual, a clearer frame on the dosing day, and more empathy after a rupture that stayed open."""
    still_open = seen.rupture * (1.0 - seen.repaired)
    own = shifts(boundaries=0.1 * seen.dosing, empathy=0.2 * still_open)
    return added(usual(seen, p), own)


# %% [markdown]
# In the function may stand its arguments, numbers and what `alliance_sim.laws` offers. An agent may do anything.


# %%
@alliance_sim.policy
class CalmFrame(Clinician):
    """The same as an agent of Mesa's."""

    def choose(self, seen):
        """As usual, a clearer frame on the dosing day, and more empathy after a rupture that stayed open."""
        own = {"boundaries": 0.1 * seen.dosing}
        if seen.rupture and not seen.repaired:
            own["empathy"] = 0.2
        return added(usual(seen, self.model.p), shifts(**own))


# %%
SMALL = ["replicates=4", "patients.number=12", "clinicians.number=3", "~arms.strong", "~arms.weak"]
for policy, engine in (("calm_frame", "numpy"), ("calm_frame", "mesa"), ("CalmFrame", "mesa")):
    results = alliance_sim.run("alliance", [*SMALL, f"arms.calm={{policy: {policy}}}", f"engine={engine}"])
    change = results.trials.groupby("arm", observed=True)["change"].mean()
    print(f"{policy}, {engine}: change {change['typical']:.3f} as usual, {change['calm']:.3f} with a calm frame")
