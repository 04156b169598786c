"""Openness and fear: how the bond lets a patient open up, and how fear gives way to trust."""

from alliance_sim.model.maths import law, logistic, unit
from alliance_sim.model.state import Value


@law
def openness(trust: Value, felt_empathy: Value, rapport: Value, fear: Value, absorption: Value, p: Value) -> Value:
    """Openness O, in [0, 1]: rises with the bond, falls with fear."""
    return logistic(
        p.base
        + p.trust * (trust - 0.5)
        + p.felt_empathy * (felt_empathy - 0.5)
        + p.rapport * (rapport - 0.5)
        - p.fear * (fear - 0.5)
        + p.absorption * absorption
    )


@law
def usual_fear(trust: Value, attachment_anxiety: Value, p: Value) -> Value:
    """The level fear is heading to, in [0, 1]: lower the more a patient trusts."""
    return unit(p.fear_level + p.fear_anxiety * attachment_anxiety - p.fear_trust * (trust - 0.5))


@law
def calmed(fear: Value, trust: Value, attachment_anxiety: Value, pace: Value, p: Value) -> Value:
    """Fear after a session's company, in [0, 1]; it moves the share `pace` of the way to its usual level."""
    return fear + pace * (usual_fear(trust, attachment_anxiety, p) - fear)


@law
def start_fear(z: Value, attachment_anxiety: Value, p: Value) -> Value:
    """Fear on the first day, in [0, 1]."""
    return unit(p.fear_level + p.fear_anxiety * attachment_anxiety + p.fear_spread * z)
