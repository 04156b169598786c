"""Symptoms: entry, the course of severity and wellbeing between sessions, and how patients differ in response."""

from alliance_sim.model.maths import exp, law, maximum, normal_cdf, normal_quantile, sqrt, unit
from alliance_sim.model.state import Value


@law
def kept(days: Value, time: Value) -> Value:
    """Share of a transient that is left after `days`, in (0, 1]; `time` is its time constant in days."""
    return exp(-days / time)


@law
def log_response_propensity(expectancy: Value, absorption: Value, resistance: Value, p: Value) -> Value:
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
def unrest(left: Value, p: Value) -> Value:
    """Spread of the momentary deviation gained while the share `left` of the old one is kept."""
    return p.fluctuation * sqrt(1.0 - left * left)


@law
def relaxed(deviation: Value, target: Value, left: Value, unrest: Value, z: Value) -> Value:
    """Severity after some days, >= 0: its target plus an Ornstein-Uhlenbeck deviation, exact for any step."""
    return maximum(target + deviation * left + unrest * z, 0.0)


@law
def wander(days: Value, p: Value) -> Value:
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
def wellbeing_target(severity: Value, integrated: Value, level: Value, p: Value) -> Value:
    """Wellbeing heading to, in [0, 1]; `level` is the person's standard score of usual wellbeing."""
    return unit(
        p.wellbeing_level
        + p.wellbeing_spread * level
        - p.wellbeing_severity * severity
        + p.wellbeing_insight * integrated
    )
