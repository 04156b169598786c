# %% [markdown]
# # One trial as a Mesa model
#
# Simulated people only: nothing here is clinical advice.
#
# `TherapyTrial` is a Mesa model like any other: agents, an event list, a data collector. It follows the same laws and
# draws as the faster engines, to the last bit. The first run compiles for some seconds up to a minute;
# `alliance-sim warmup` does it ahead.

# %%
import matplotlib.pyplot as plt

from alliance_sim import Scenario, TherapyTrial
from alliance_sim.world.scenario import with_values

scenario = with_values(Scenario(), {"patients.number": 12, "clinicians.number": 4})
trial = TherapyTrial(scenario, replicate=0)
trial.run_until(20)
print(f"day {trial.time:.0f} of {trial.end_day}: {trial.in_treatment} patients in treatment")

# %% [markdown]
# ## Agents in the middle of the trial

# %%
for clinician in trial.clinicians:
    names = ", ".join(str(patient.number) for patient in clinician.caseload)
    print(f"clinician {clinician.number}: fatigue {clinician.fatigue:.2f}, patients {names}")

# %%
patient = next(iter(trial.patients))
print(f"patient {patient.number}: {patient.phase}, trust {patient.trust:.2f}, fear {patient.fear:.2f}")
print(f"the alliance is {patient.alliance:.2f}; the clinician believes {patient.lead.view_of(patient):.2f}")

# %% [markdown]
# ## To the end, and what was collected
#
# One row a patient and day on which anything happened in the trial.

# %%
trial.run_until(trial.end_day)
frame = trial.datacollector.get_agent_vars_dataframe().reset_index()
frame.tail()

# %%
axes = frame.pivot_table(index="time", columns="number", values="alliance").plot(legend=False, color="grey", alpha=0.6)
axes.set_xlabel("day of the trial")
axes.set_ylabel("alliance")
plt.show()

# %% [markdown]
# Things to try: the same trial with `replicate=1` (other patients, other random draws); another protocol, with
# `Scenario(protocol=load_protocol("mapp"))` (from `alliance_sim.world.scenario`).
