# %% [markdown]
# # The same patients, other clinicians
#
# Simulated people only: nothing here is clinical advice.
#
# Two arms meet the same patients with the same random draws. One arm has clinicians from the lower tenth of the bond
# that clinicians build, the other from the upper tenth. What differs between the arms is caused by the clinicians.

# %%
import matplotlib.pyplot as plt
import seaborn as sns  # pip install seaborn

from alliance_sim import Study, run

study = Study(
    arms={"weak": {"clinicians.factor_shift": -1.28}, "strong": {"clinicians.factor_shift": 1.28}},
    base_arm="weak",
    replicates=25,
)
results = run(study)
results.patients.head()

# %% [markdown]
# ## Distributions
#
# The means differ and the distributions overlap: what patients bring, and chance, weigh more than who treats.

# %%
axes = sns.ecdfplot(results.patients, x="change", hue="arm")
axes.set_xlabel("MADRS change at the primary day (left is better)")
plt.show()

# %%
results.plot("bond")  # one of results.figures
plt.show()

# %% [markdown]
# ## Means, with their Monte Carlo standard errors
#
# The replicate (one simulated trial) is the unit: patients of one trial share clinicians.

# %%
means = results.summary()
means[means["measure"].isin(["change", "response", "dropout", "adverse"])]

# %% [markdown]
# ## The effect, pair by pair
#
# `variance_reduction` says how much sharper the difference is than between separate runs.

# %%
effect = results.contrasts().set_index("measure")
effect.loc[["change", "response", "dropout", "adverse", "wai_early"]]

# %% [markdown]
# ## Who gains
#
# No trial can see this: the same patient in both arms.

# %%
wide = results.patients.pivot(index=["replicate", "patient"], columns="arm", values="change")
gain = wide["weak"] - wide["strong"]
people = results.patients[results.patients["arm"] == "weak"].set_index(["replicate", "patient"])
traits = ["attachment_anxiety", "attachment_avoidance", "expectancy", "resistance", "baseline"]
for words, share in {"more": gain > 0, "less": gain < 0}.items():
    shares = 100 * share.groupby("replicate").mean()
    print(f"gained {words} with strong-bond clinicians: {shares.mean():.1f} ± {shares.sem():.1f} %")
people[traits].corrwith(gain)

# %% [markdown]
# Things to try: another protocol (`Study(protocol="mapp", patients="ptsd", …)`), one behaviour alone
# (`{"clinicians.empathy.mean": 0.8}`), no drug (`{"protocol.drug": "none"}`), a further question
# (`results.answer("mediation")`).
