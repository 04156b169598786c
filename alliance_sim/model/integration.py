"""Integration: what turns insight, hope and shared work into lasting change of the set-point."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, exp, law
from alliance_sim.model.registry import CALIBRATED, parameter
from alliance_sim.model.state import Traits


# fmt: off
@configurable
class Integration:
    """What turns insight, hope and shared work into lasting change."""

    window: float = parameter(21.0, "τ_Z", "days", 2, 365, "assumption: plasticity window of 2-4 weeks",
        "Time in which unintegrated insight fades.")
    rate: float = parameter(0.707, "ι", "1/h", 0, 5, CALIBRATED, "Pace of integration at full openness and bond.",
        "normal(0.9, 0.4)")
    common: float = parameter(0.0527, "ω", "log units of severity per √h", 0, 0.5, CALIBRATED,
        "Lasting change per session of shared work at full openness and bond.", "normal(0.05, 0.02)")
    placebo: float = parameter(0.00498, "ω_0", "log units of severity per session", 0, 0.2, CALIBRATED,
        "Lasting change per session whatever the bond.", "normal(0.005, 0.004)")
    hope_session: float = parameter(0.02, "χ", "log units of severity", 0, 0.5,
        "assumption: nothing published here tells it", "Transient hope from one talking session.")
    hope_dosing: float = parameter(0.286, "χ_d", "log units of severity", 0, 2, CALIBRATED,
        "Transient hope from a dosing day, drug or not.", "normal(0.2, 0.1)")
    hope_expectancy: float = parameter(0.502, "χ_e", "1 per SD", 0, 2,
        "calibrated: hardly narrowed, PT014 is predicted", "Effect of expectancy on log hope.", "normal(0.4, 0.2)")
# fmt: on


@law
def integrated(insight: Value, openness: Value, alliance: Value, hours: Value, p: Integration) -> Value:
    """Insight made lasting in one session, in [0, insight]: openness × bond × hours."""
    return insight * (1.0 - exp(-p.rate * openness * alliance * hours))


@law
def shared_work(openness: Value, alliance: Value, readiness: Value, root_hours: Value, p: Integration) -> Value:
    """Lasting change by common factors in one talking session, log units of severity, >= 0."""
    return readiness * (p.common * openness * alliance * root_hours + p.placebo)


@law
def placebo_responsiveness(expectancy: Value, p: Integration) -> Value:
    """How much hope a patient makes of the same occasion, > 0, mean 1.

    Expectancy acts in every arm [Constantino 2018, PT014].
    """
    return exp(p.hope_expectancy * expectancy - 0.5 * p.hope_expectancy * p.hope_expectancy)


@law
def hope(traits: Traits, amount: Value) -> Value:
    """Transient hope won on an occasion worth `amount`, log units of severity, >= 0."""
    return traits.readiness * traits.placebo_responsiveness * amount


@law
def settle(set_point: Value, change: Value) -> Value:
    """The set-point after a lasting change in log units; > 0 stays > 0."""
    return set_point * exp(-change)
