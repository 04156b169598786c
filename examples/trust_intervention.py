# %% [markdown]
# # Fixing trust: the do-operator
#
# Simulated people only: nothing here is clinical advice.
#
# How much of what better clinicians do runs through trust? Let the same patients meet strong-bond clinicians, but
# fix each patient's trust, session by session, where it would have been with weak-bond clinicians. What is left of
# the effect runs through everything else. No trial can do this.

# %%
import numpy as np

from alliance_sim import Scenario, with_values
from alliance_sim.engine.arrays import simulate
from alliance_sim.engine.intervention import Fixed

replicates, seed = range(25), 1
weak = with_values(Scenario(), {"clinicians.factor_shift": -1.28})
strong = with_values(Scenario(), {"clinicians.factor_shift": 1.28})

as_weak = simulate([weak], replicates, seed)
as_strong = simulate([strong], replicates, seed)
trust_fixed = simulate([strong], replicates, seed, fixed=Fixed(("trust",), as_weak))


# %%
def change(recorded):
    """Mean change of each simulated trial."""
    return np.nanmean(recorded.outcomes["change"], axis=0).ravel()


def show(name, difference):
    """A paired difference with its Monte Carlo standard error."""
    print(f"{name:<42} {difference.mean():6.2f} ± {difference.std(ddof=1) / np.sqrt(difference.size):.2f} MADRS points")


show("strong − weak", change(as_strong) - change(as_weak))
show("strong with trust fixed − weak", change(trust_fixed) - change(as_weak))
show("lost when trust is fixed", change(as_strong) - change(trust_fixed))

# %% [markdown]
# Trust, felt empathy, rapport, fear, openness, rupture, breakthrough and integration can be fixed, alone or together.
# Paths overlap, so shares found one at a time need not add up.
#
# Things to try: `Fixed(("breakthrough",), as_weak)`; all three bonds at once.
