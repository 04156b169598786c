"""The bond: how trust, felt empathy and rapport follow what the patient perceives."""

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, average, exp, law, minimum, sqrt, unit
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter
from alliance_sim.model.state import BondState, Traits

SHARES = "assumption: equal or near-equal weights; which behaviour feeds which bond is from the PT rows"


# fmt: off
@configurable
class Bond:
    """Trust, felt empathy and rapport: their start, pace and mix."""

    trust_start: float = parameter(0.48, "T₀", "bond points", 0, 1, ASSUMPTION, "Trust on the first day.")
    felt_empathy_start: float = parameter(0.46, "E₀", "bond points", 0, 1, ASSUMPTION, "Felt empathy on the first day.")
    rapport_start: float = parameter(0.43, "R₀", "bond points", 0, 1, ASSUMPTION, "Rapport on the first day.")
    start_spread: float = parameter(0.06, "σ_0", "bond points", 0, 0.3, ASSUMPTION,
        "Spread of the first-day bond between patients.")
    start_anxiety: float = parameter(0.03, "b_x", "bond points per SD", 0, 0.2, ASSUMPTION,
        "Attachment anxiety's cost to first-day trust.")
    start_avoidance: float = parameter(0.03, "b_v", "bond points per SD", 0, 0.2, ASSUMPTION,
        "Attachment avoidance's cost to first-day felt empathy and rapport.")
    start_expectancy: float = parameter(0.02, "b_e", "bond points per SD", 0, 0.2, ASSUMPTION,
        "Expectancy's gift to the first-day bond.")
    rate: float = parameter(0.302, "η", "1/√h", 0, 2, CALIBRATED,
        "Pace at which the bond moves toward what is perceived.", "normal(0.3, 0.1)")
    trust_boundaries: float = parameter(0.50, "w_T", "1", 0, 1, SHARES,
        "Share of boundaries in trust; authenticity has the rest.")
    felt_empathy_empathy: float = parameter(0.55, "w_E", "1", 0, 1, SHARES,
        "Share of empathy in felt empathy; active listening has the rest.")
    rapport_collaboration: float = parameter(0.45, "w_R", "1", 0, 0.7, SHARES, "Share of collaboration in rapport.")
    rapport_listening: float = parameter(0.28, "w_L", "1", 0, 0.3, SHARES,
        "Share of active listening in rapport; authenticity has the rest.")
    rapport_limit: float = parameter(0.25, "λ", "1", 0, 1, ASSUMPTION,
        "How far rapport is held by the weaker of trust and felt empathy.")
    felt_improvement: float = parameter(0.05, "ρ_s", "bond points per unit severity", 0, 1,
        "assumption; direction from PT041",
        "Rapport gained per unit of improvement since the last session; disputed by PT042.", "uniform")
# fmt: on


@law
def alliance(bond: BondState) -> Value:
    """The alliance A = (T + E + R) / 3, in [0, 1]."""
    return average(bond.trust, bond.felt_empathy, bond.rapport)


@law
def pace(rate: Value, hours: Value) -> Value:
    """Share of the way moved in a session: 1 - exp(-rate √hours), in [0, 1)."""
    return 1.0 - exp(-rate * sqrt(hours))


@law
def trust_mix(perceived: Behaviours, p: Bond) -> Value:
    """Where trust is heading, [0, 1]: clear boundaries and authenticity."""
    return p.trust_boundaries * perceived.boundaries + (1.0 - p.trust_boundaries) * perceived.authenticity


@law
def felt_empathy_mix(perceived: Behaviours, p: Bond) -> Value:
    """Where felt empathy is heading, [0, 1]: empathy and active listening [Elliott 2018, PT007]."""
    own = p.felt_empathy_empathy
    return own * perceived.empathy + (1.0 - own) * perceived.active_listening


@law
def rapport_mix(perceived: Behaviours, trust: Value, felt_empathy: Value, p: Bond) -> Value:
    """Where rapport is heading, [0, 1]: collaboration, listening, authenticity, held by the weaker bond."""
    own = (
        p.rapport_collaboration * perceived.collaboration
        + p.rapport_listening * perceived.active_listening
        + (1.0 - p.rapport_collaboration - p.rapport_listening) * perceived.authenticity
    )
    return own + p.rapport_limit * (minimum(trust, felt_empathy) - own)


@law
def lift(rapport: Value, severity_before: Value, severity: Value, p: Bond) -> Value:
    """Rapport after felt improvement since the last session, in [0, 1].

    Within patients alliance and improvement raise one another [Falkenstrom 2013, PT041; disputed by Clin Psychol Sci
    2021, PT042].
    """
    return unit(rapport + p.felt_improvement * (severity_before - severity))


@law
def start_trust(z: Value, traits: Traits, p: Bond) -> Value:
    """Trust on the first day, [0, 1]."""
    return unit(
        p.trust_start
        + p.start_spread * z
        - p.start_anxiety * traits.attachment_anxiety
        + p.start_expectancy * traits.expectancy
    )


@law
def start_warmth(level: Value, z: Value, traits: Traits, p: Bond) -> Value:
    """Felt empathy or rapport on the first day, [0, 1]; `level` is its population mean."""
    return unit(
        level
        + p.start_spread * z
        - p.start_avoidance * traits.attachment_avoidance
        + p.start_expectancy * traits.expectancy
    )
