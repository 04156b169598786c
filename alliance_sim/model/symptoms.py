"""Symptoms: entry, the course of severity and wellbeing between sessions, and how patients differ in response."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, exp, law, maximum, normal_cdf, normal_quantile, sqrt, unit
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter


# fmt: off
@configurable
class Symptoms:
    """How severity and wellbeing move between sessions, and how patients differ in response."""

    days: float = parameter(0.806, "τ_s", "days", 0.5, 120, CALIBRATED, "Time in which severity relaxes to target.",
        "normal(4, 3)")
    fluctuation: float = parameter(0.118, "σ_s", "severity", 0, 0.4, CALIBRATED,
        "Spread of the momentary deviation of severity.", "normal(0.1, 0.03)")
    drift: float = parameter(0.0353, "σ_w", "log units per √day", 0, 0.2, CALIBRATED,
        "Random drift of the set-point by life beside therapy.", "normal(0.02, 0.01)")
    relief_days: float = parameter(21.5, "τ_D", "days", 2, 365, CALIBRATED,
        "Time in which drug relief fades (weeks to months).", "normal(30, 15)")
    hope_days: float = parameter(4.75, "τ_H", "days", 0.5, 120, CALIBRATED, "Time in which hope fades.",
        "normal(10, 7)")
    resistance_effect: float = parameter(0.696, "k_r", "log units per SD", 0, 2, CALIBRATED,
        "Effect of treatment resistance against response propensity.", "normal(0.6, 0.2)")
    resistance_common: float = parameter(0.438, "γ_r", "1", 0, 2, CALIBRATED,
        "Effect of treatment resistance on hope and shared work, as a share of that on drug and experience.",
        "normal(0.5, 0.3)")
    absorption_effect: float = parameter(0.15, "k_a", "log units per SD", 0, 2, ASSUMPTION,
        "Effect of absorption on response propensity.")
    expectancy_effect: float = parameter(0.252, "k_e", "log units per SD", 0, 2,
        "calibrated: hardly narrowed, PT014 is predicted", "Effect of expectancy on response propensity.",
        "normal(0.2, 0.1)")
    momentary_share: float = parameter(0.6, "ς_s", "1", 0, 1, "assumption: about as fitted to COMP001",
        "Largest part of the true variance at entry that is momentary, where a population is given by its scores.")
    wellbeing_level: float = parameter(0.75, "W₀", "wellbeing", 0, 1,
        "assumption; the population's mean is .67 of the range (SC013), symptoms included",
        "Wellbeing of a person without symptoms.")
    wellbeing_spread: float = parameter(0.10, "σ_W", "wellbeing", 0, 0.4,
        "assumption; the population's SD is .16 of the range (SC013), symptoms included",
        "Spread of usual wellbeing between patients.")
    wellbeing_severity: float = parameter(0.75, "W_s", "wellbeing per unit severity", 0, 2, ASSUMPTION,
        "Cost of severity to wellbeing.")
    wellbeing_insight: float = parameter(0.15, "W_Z", "wellbeing per log unit", 0, 2, ASSUMPTION,
        "Gift of integrated insight to wellbeing.")
    wellbeing_days: float = parameter(14.0, "τ_W", "days", 0.5, 120, ASSUMPTION, "Time in which wellbeing follows.")
# fmt: on


@law
def kept(days: Value, time: Value) -> Value:
    """Share of a transient that is left after `days`, in (0, 1]; `time` is its time constant in days."""
    return exp(-days / time)


@law
def log_response_propensity(
    expectancy: Value, absorption: Value, resistance: Value, against: Value, p: Symptoms
) -> Value:
    """Log of the response propensity, which drives change in every arm and the experience itself.

    Treatment resistance acts against it, on drug and experience by its whole effect and on hope and shared work by a
    share of it: in treatment-resistant depression placebo response is smaller, not gone (Jones 2021, as a commentary
    reports it). The propensity's mean is 1 in a population that is not resistant.

    Args:
        expectancy: Standard score.
        absorption: Standard score.
        resistance: Standard score; above 0 in patients whom earlier treatments did not help.
        against: Effect of resistance, log units per SD.
        p: Numbers of symptoms.
    """
    spread = against * against + p.absorption_effect * p.absorption_effect + p.expectancy_effect * p.expectancy_effect
    return p.absorption_effect * absorption + p.expectancy_effect * expectancy - against * resistance - 0.5 * spread


@law
def observed_at_entry(u: Value, mean: Value, spread: Value, lowest: Value, highest: Value) -> Value:
    """Severity as observed at entry: a normal cut to [lowest, highest], by inverse CDF.

    Args:
        u: Uniform in (0, 1).
        mean: Mean observed severity of those referred.
        spread: Its standard deviation, state and measurement error included.
        lowest: Entry cut-off, same unit.
        highest: Top of the scale, same unit.
    """
    below = normal_cdf((lowest - mean) / spread)
    above = normal_cdf((highest - mean) / spread)
    return mean + spread * normal_quantile(below + u * (above - below))


@law
def part_of(total: Value, variance: Value, total_variance: Value, z: Value) -> Value:
    """One of two independent normal parts, given their sum's deviation from its mean.

    Conditional normal with mean share × total and variance share × (1 - share) × total variance.
    """
    own = variance / total_variance
    return own * total + sqrt(variance * (1.0 - own)) * z


@law
def unrest(left: Value, p: Symptoms) -> Value:
    """Spread of the momentary deviation gained while the share `left` of the old one is kept."""
    return p.fluctuation * sqrt(1.0 - left * left)


@law
def relaxed(deviation: Value, target: Value, left: Value, unrest: Value, z: Value) -> Value:
    """Severity after some days, >= 0: its target plus an Ornstein-Uhlenbeck deviation, exact for any step."""
    return maximum(target + deviation * left + unrest * z, 0.0)


@law
def wander(days: Value, p: Symptoms) -> Value:
    """Spread of the set-point's drift over `days`, log units."""
    return p.drift * sqrt(days)


@law
def drifted(set_point: Value, wander: Value, z: Value) -> Value:
    """The set-point after some days of life beside therapy, > 0: a log-normal random walk that keeps its mean."""
    return set_point * exp(wander * z - 0.5 * wander * wander)


@law
def target(set_point: Value, relief: Value, hope: Value, belief_relief: Value) -> Value:
    """The level severity relaxes to now: the set-point less transient relief, hope and relief by belief."""
    return set_point * exp(-(relief + hope + belief_relief))


@law
def wellbeing_target(severity: Value, integrated: Value, level: Value, p: Symptoms) -> Value:
    """Wellbeing heading to, in [0, 1]; `level` is the person's standard score of usual wellbeing."""
    return unit(
        p.wellbeing_level
        + p.wellbeing_spread * level
        - p.wellbeing_severity * severity
        + p.wellbeing_insight * integrated
    )
