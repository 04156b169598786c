"""Figures: each a function that takes tidy frames and axes, draws and returns the axes."""

from alliance_sim.figures.alliance_outcome import alliance_against_change
from alliance_sim.figures.behaviours import (
    behaviour_effects,
    behaviour_interactions,
    behaviours_by_arm,
    dose_response,
)
from alliance_sim.figures.clinicians import alliance_slopes, clinicians_apart
from alliance_sim.figures.contrasts import arm_contrasts
from alliance_sim.figures.course import bond_course, bond_figure
from alliance_sim.figures.design import MOST as MOST_KEYS, along_key, along_keys, key_effects
from alliance_sim.figures.distributions import quantile_differences
from alliance_sim.figures.heterogeneity import individual_effects, who_gains
from alliance_sim.figures.mediation import mediation as effect_parts  # `mediation` is the module
from alliance_sim.figures.outcomes import outcome_distribution, outcome_ecdf
from alliance_sim.figures.power import power_curve
from alliance_sim.figures.sensitivity import elementary_effects, sobol_convergence, sobol_indices
from alliance_sim.figures.story import patient_story

__all__ = [
    "MOST_KEYS",
    "alliance_against_change",
    "alliance_slopes",
    "along_key",
    "along_keys",
    "arm_contrasts",
    "behaviour_effects",
    "behaviour_interactions",
    "behaviours_by_arm",
    "bond_course",
    "bond_figure",
    "clinicians_apart",
    "dose_response",
    "effect_parts",
    "elementary_effects",
    "individual_effects",
    "key_effects",
    "outcome_distribution",
    "outcome_ecdf",
    "patient_story",
    "power_curve",
    "quantile_differences",
    "sobol_convergence",
    "sobol_indices",
    "who_gains",
]
