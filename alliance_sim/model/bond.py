"""The bond: how trust, felt empathy and rapport follow what the patient perceives."""

from alliance_sim.model.maths import average, exp, law, minimum, sqrt, unit
from alliance_sim.model.state import Value


@law
def alliance(trust: Value, felt_empathy: Value, rapport: Value) -> Value:
    """The alliance A = (T + E + R) / 3, in [0, 1]."""
    return average(trust, felt_empathy, rapport)


@law
def pace(rate: Value, hours: Value) -> Value:
    """Share of the way moved in a session: 1 - exp(-rate √hours), in [0, 1)."""
    return 1.0 - exp(-rate * sqrt(hours))


@law
def trust_mix(perceived: Value, p: Value) -> Value:
    """Where trust is heading, [0, 1]: clear boundaries and authenticity."""
    return p.trust_boundaries * perceived.boundaries + (1.0 - p.trust_boundaries) * perceived.authenticity


@law
def felt_empathy_mix(perceived: Value, p: Value) -> Value:
    """Where felt empathy is heading, [0, 1]: empathy and active listening [PT007]."""
    own = p.felt_empathy_empathy
    return own * perceived.empathy + (1.0 - own) * perceived.active_listening


@law
def rapport_mix(perceived: Value, trust: Value, felt_empathy: Value, p: Value) -> Value:
    """Where rapport is heading, [0, 1]: collaboration, listening, authenticity, held by the weaker bond."""
    own = (
        p.rapport_collaboration * perceived.collaboration
        + p.rapport_listening * perceived.active_listening
        + (1.0 - p.rapport_collaboration - p.rapport_listening) * perceived.authenticity
    )
    return own + p.rapport_limit * (minimum(trust, felt_empathy) - own)


@law
def lift(rapport: Value, felt_severity: Value, severity: Value, p: Value) -> Value:
    """Rapport after felt improvement since the last session [PT041, disputed by PT042]."""
    return unit(rapport + p.felt_improvement * (felt_severity - severity))


@law
def start_trust(z: Value, traits: Value, p: Value) -> Value:
    """Trust on the first day, [0, 1]."""
    return unit(
        p.trust_start
        + p.start_spread * z
        - p.start_anxiety * traits.attachment_anxiety
        + p.start_expectancy * traits.expectancy
    )


@law
def start_warmth(level: Value, z: Value, traits: Value, p: Value) -> Value:
    """Felt empathy or rapport on the first day, [0, 1]; `level` is its population mean."""
    return unit(
        level
        + p.start_spread * z
        - p.start_avoidance * traits.attachment_avoidance
        + p.start_expectancy * traits.expectancy
    )
