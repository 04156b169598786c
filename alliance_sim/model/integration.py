"""Integration: what turns insight, hope and shared work into lasting change of the set-point."""

from alliance_sim.model.maths import exp, law
from alliance_sim.model.state import Value


@law
def integrated(insight: Value, openness: Value, alliance: Value, hours: Value, p: Value) -> Value:
    """Insight made lasting in one session, in [0, insight]: openness × bond × hours."""
    return insight * (1.0 - exp(-p.rate * openness * alliance * hours))


@law
def shared_work(openness: Value, alliance: Value, propensity: Value, root_hours: Value, p: Value) -> Value:
    """Lasting change by common factors in one talking session, log units of severity, >= 0."""
    return propensity * (p.common * openness * alliance * root_hours + p.placebo)


@law
def placebo_responsiveness(expectancy: Value, p: Value) -> Value:
    """How much hope a patient makes of the same occasion, > 0, mean 1: expectancy acts in every arm [PT014]."""
    return exp(p.hope_expectancy * expectancy - 0.5 * p.hope_expectancy * p.hope_expectancy)


@law
def hope(traits: Value, amount: Value) -> Value:
    """Transient hope won on an occasion worth `amount`, log units of severity, >= 0."""
    return traits.propensity * traits.placebo_responsiveness * amount


@law
def settle(set_point: Value, change: Value) -> Value:
    """The set-point after a lasting change in log units; > 0 stays > 0."""
    return set_point * exp(-change)
