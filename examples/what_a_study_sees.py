# %% [markdown]
# # What a study of 24 patients sees
#
# Simulated people only: nothing here is clinical advice.
#
# Alliance studies in psychedelic therapy have 20 to 30 patients. Each simulated trial here is such a study: it
# correlates the alliance before dosing with the change in symptoms. How much do such correlations vary by chance alone?
# And what do they say about the effect of the clinicians?

# %%
import matplotlib.pyplot as plt
import numpy as np

from alliance_sim import Study, run
from alliance_sim.analysis.estimates import contrasts

study = Study(
    arms={"usual": {}, "better": {"clinicians.factor_shift": 1.0}},
    base_arm="usual",
    replicates=60,
)
study.patients.number = 24
study.clinicians.number = 6
results = run(study)

# %%
usual = results.patients[results.patients["arm"] == "usual"]
r = usual.groupby("replicate")[["wai_early", "change"]].apply(lambda trial: trial["wai_early"].corr(trial["change"]))
error = r.std(ddof=1) / np.sqrt(len(r))
print(f"r = {r.mean():.2f} ± {error:.2f} in the mean; between studies the SD is {r.std(ddof=1):.2f}")
wrong = 100 * (r > 0)
print(f"a study of 24 finds the opposite sign in {wrong.mean():.0f} ± {wrong.sem():.0f} % of cases")

# %%
axes = r.plot.hist(bins=20)
axes.set_xlabel("correlation of early alliance and MADRS change, one study of 24 patients each")
plt.show()

# %% [markdown]
# ## The effect of changing the clinicians
#
# The correlation mixes clinicians with what patients bring: attachment and fit. Change the clinicians and nothing else:

# %%
effect = contrasts(results.trials, [("better", "usual")]).set_index("measure")
effect.loc[["wai_early", "change"], ["difference", "mcse"]]

# %% [markdown]
# ## And if clinicians were all alike?
#
# Then no difference between them can cause anything, and what correlation is left is what patients bring.

# %%
names = ("boundaries", "active_listening", "authenticity", "empathy", "collaboration", "responsiveness")
for name in names:
    getattr(study.clinicians, name).spread = 0.0
alike = run(study).patients
alike = alike[alike["arm"] == "usual"]
left = alike.groupby("replicate")[["wai_early", "change"]].apply(lambda trial: trial["wai_early"].corr(trial["change"]))
print(f"r = {left.mean():.2f} ± {left.std(ddof=1) / np.sqrt(len(left)):.2f} with clinicians all alike")
