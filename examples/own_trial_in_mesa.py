# %% [markdown]
# # A trial of your own in Mesa
#
# Simulated people only: nothing here is clinical advice.
#
# Derive from `TherapyTrial` and `Patient`, add a reporter, schedule an event and step through the days.

# %%
import copy

from alliance_sim import Scenario, TherapyTrial, with_values
from alliance_sim.trial import Patient


class CountedPatient(Patient):
    """A patient who counts the appointments kept."""

    kept = 0

    def keep_appointment(self):
        """Keep the next appointment and count it."""
        super().keep_appointment()
        self.kept += 1


class OwnTrial(TherapyTrial):
    """A trial in which news on day 30 frightens everyone."""

    patient_type = CountedPatient

    def __init__(self, patients=12, **named):
        """Make a small trial; further arguments go to `TherapyTrial`."""
        scenario = with_values(Scenario(), {"patients.number": patients, "clinicians.number": 4})
        super().__init__(scenario, model_reporters={"kept": "kept"}, **named)
        self.schedule_event(self.frighten, at=30)

    @property
    def kept(self):
        """Appointments kept so far."""
        return sum(patient.kept for patient in self.patients)

    def frighten(self):
        """Raise everyone's fear."""
        for patient in self.patients:
            patient.fear = max(patient.fear, 0.6)


# %%
trial = OwnTrial(replicate=0)
for _ in range(29):
    trial.step()
other = copy.deepcopy(trial)  # goes on by itself
while trial.running:
    trial.step()
print(trial.datacollector.get_model_vars_dataframe().tail())
print(f"day {other.time:.0f} in the copy, {trial.time:.0f} here")
