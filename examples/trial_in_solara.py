# %% [markdown]
# # A trial in the browser
#
# Simulated people only: nothing here is clinical advice.
#
# SolaraViz draws a Mesa model while it runs. It comes with Mesa's own extra: `pip install 'mesa[viz]==3.5.*'`. Then
# type `solara run examples/trial_in_solara.py`.
#
# SolaraViz makes the model anew at each reset from the keywords that its controls set, so a subclass names them all.

# %%
import sys

from alliance_sim import Scenario, TherapyTrial, with_values


class OfEmpathy(TherapyTrial):
    """A trial whose clinicians are as empathic as the slider says; it also collects who is frightened."""

    def __init__(self, empathy=0.6, replicate=0):
        """Make a trial of 30 patients."""
        scenario = with_values(Scenario(), {"patients.number": 30, "clinicians.empathy.mean": empathy})
        super().__init__(scenario, replicate=replicate, model_reporters={"frightened": "frightened"})

    @property
    def frightened(self):
        """How many patients' fear is above one half."""
        return sum(patient.fear > 0.5 for patient in self.patients)


CONTROLS = {
    "empathy": {
        "type": "SliderFloat",
        "label": "Clinicians' empathy",
        "value": 0.6,
        "min": 0.0,
        "max": 1.0,
        "step": 0.05,
    },
    "replicate": {"type": "SliderInt", "label": "Replicate", "value": 0, "min": 0, "max": 99, "step": 1},
}

# %%
if "solara" in sys.modules:  # under solara run
    from mesa.visualization import SolaraViz, make_plot_component

    plots = [
        make_plot_component("alliance"),
        make_plot_component({"in_treatment": "tab:blue", "frightened": "tab:red"}),
    ]
    page = SolaraViz(OfEmpathy(), components=plots, model_params=CONTROLS, name="The alliance in a trial")

# %%
trial = OfEmpathy()
while trial.running:
    trial.step()
print(trial.datacollector.get_model_vars_dataframe().tail())
