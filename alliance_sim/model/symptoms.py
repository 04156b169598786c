"""Symptoms: entry, the course of severity and wellbeing between sessions, and how patients differ in response."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, exp, law, maximum, normal_cdf, normal_quantile, sqrt, unit
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter


# fmt: off
@configurable
class Symptoms:
    """How severity and wellbeing move between sessions, and how patients differ in response."""

    days: float = parameter(3.22, "τ_s", "days", 0.5, 120, CALIBRATED, "Time in which severity relaxes to target.",
        "normal(4, 3)")
    fluctuation: float = parameter(0.102, "σ_s", "severity", 0, 0.4, CALIBRATED,
        "Spread of the momentary deviation of severity.", "normal(0.1, 0.03)")
    drift: float = parameter(0.0349, "σ_w", "log units per √day", 0, 0.2, CALIBRATED,
        "Random drift of the set-point by life beside therapy.", "normal(0.02, 0.01)")
    relief_days: float = parameter(23.1, "τ_D", "days", 2, 365, CALIBRATED,
        "Time in which drug relief fades (weeks to months).", "normal(30, 15)")
    hope_days: float = parameter(3.61, "τ_H", "days", 0.5, 120, CALIBRATED, "Time in which hope fades.",
        "normal(10, 7)")
    resistance_effect: float = parameter(0.652, "k_r", "log units per SD", 0, 2, CALIBRATED,
        "Effect of treatment resistance against response propensity.", "normal(0.6, 0.2)")
    absorption_effect: float = parameter(0.15, "k_a", "log units per SD", 0, 2, ASSUMPTION,
        "Effect of absorption on response propensity.")
    expectancy_effect: float = parameter(0.313, "k_e", "log units per SD", 0, 2,
        "calibrated: hardly narrowed, PT014 is predicted", "Effect of expectancy on response propensity.",
        "normal(0.2, 0.1)")
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
def log_response_propensity(expectancy: Value, absorption: Value, resistance: Value, p: Symptoms) -> Value:
    """Log of the response propensity, which drives change in every arm and the experience itself; its mean is 1."""
    spread = (
        p.resistance_effect * p.resistance_effect
        + p.absorption_effect * p.absorption_effect
        + p.expectancy_effect * p.expectancy_effect
    )
    return (
        p.absorption_effect * absorption
        + p.expectancy_effect * expectancy
        - p.resistance_effect * resistance
        - 0.5 * spread
    )


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
def target(set_point: Value, relief: Value, hope: Value) -> Value:
    """The level severity relaxes to now: the set-point less transient relief and hope."""
    return set_point * exp(-(relief + hope))


@law
def wellbeing_target(severity: Value, integrated: Value, level: Value, p: Symptoms) -> Value:
    """Wellbeing heading to, in [0, 1]; `level` is the person's standard score of usual wellbeing."""
    return unit(
        p.wellbeing_level
        + p.wellbeing_spread * level
        - p.wellbeing_severity * severity
        + p.wellbeing_insight * integrated
    )
