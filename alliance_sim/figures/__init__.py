"""Figures: each a function that takes tidy frames and axes, draws and returns the axes.

`ax` is where to draw: a new figure one column wide unless given. `scenario` is the world whose primary scale and units
the numbers are in, `measure` one of `analysis.running.MEASURES`. Patients and sessions are frames of a study: one row
an arm, replicate and patient, or visit.
"""

from alliance_sim.figures.alliance_outcome import alliance_against_change as alliance_against_change
from alliance_sim.figures.behaviours import (
    behaviour_effects as behaviour_effects,
    behaviour_interactions as behaviour_interactions,
    behaviours_by_arm as behaviours_by_arm,
    dose_response as dose_response,
)
from alliance_sim.figures.blinding import effects_by_blinding as effects_by_blinding
from alliance_sim.figures.clinicians import alliance_slopes as alliance_slopes, clinicians_apart as clinicians_apart
from alliance_sim.figures.contrasts import arm_contrasts as arm_contrasts
from alliance_sim.figures.course import bond_course as bond_course, bond_figure as bond_figure
from alliance_sim.figures.design import (
    MOST_KEYS as MOST_KEYS,
    along_key as along_key,
    along_keys as along_keys,
    key_effects as key_effects,
)
from alliance_sim.figures.distributions import quantile_differences as quantile_differences
from alliance_sim.figures.heterogeneity import individual_effects as individual_effects, who_gains as who_gains
from alliance_sim.figures.mediation import effect_parts as effect_parts
from alliance_sim.figures.outcomes import outcome_distribution as outcome_distribution, outcome_ecdf as outcome_ecdf
from alliance_sim.figures.phases import effects_by_phase as effects_by_phase, phases_figure as phases_figure
from alliance_sim.figures.policies import policy_differences as policy_differences
from alliance_sim.figures.power import power_curve as power_curve
from alliance_sim.figures.sensitivity import (
    elementary_effects as elementary_effects,
    sobol_convergence as sobol_convergence,
    sobol_indices as sobol_indices,
)
from alliance_sim.figures.story import patient_story as patient_story
