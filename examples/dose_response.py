# %% [markdown]
# # Dose and response, with two kinds of clinicians
#
# Simulated people only: nothing here is clinical advice, and least of all advice on doses.
#
# Arms differ in the dose and in the clinicians; all share patients and random draws.

# %%
import matplotlib.pyplot as plt

from alliance_sim import Study, run
from alliance_sim.analysis.estimates import by_arm

doses = [0.0, 3.0, 10.0, 25.0]
shifts = {"weak bond": -1.28, "strong bond": 1.28}
arms = {
    f"{name}, {dose:g} mg": {"clinicians.factor_shift": shift, "protocol.doses": [dose]}
    for name, shift in shifts.items()
    for dose in doses
}
study = Study(arms=arms, base_arm="weak bond, 0 mg", replicates=15, keep="trials")
means = by_arm(run(study).trials)

# %%
figure, panels = plt.subplots(1, 3, figsize=(11, 3.5), layout="constrained")
titles = {"change": "MADRS change", "ebi": "emotional breakthrough (EBI)", "adverse": "share with an adverse event"}
for axes, (measure, title) in zip(panels, titles.items(), strict=True):
    own = means[means["measure"] == measure].set_index("arm")
    for name in shifts:
        rows = own.loc[[f"{name}, {dose:g} mg" for dose in doses]]
        axes.errorbar(doses, rows["estimate"], yerr=1.96 * rows["mcse"], marker="o", capsize=3, label=name)
    axes.set_xlabel("psilocybin, mg")
    axes.set_title(title)
panels[0].legend()
plt.show()

# %% [markdown]
# Bars are 95 % Monte Carlo intervals: how exactly the *model* is known, not how well it is right. At 0 mg the
# sessions and the hope of a dosing day are still there.
#
# Things to try: more replicates; `parameters.dosing.resolve_support` at 0 in every arm: what support does on the day.
