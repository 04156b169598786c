"""Openness and fear: how the bond lets a patient open up, and how fear gives way to trust."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, law, logistic, unit
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter


# fmt: off
@configurable
class Openness:
    """How the bond opens a patient and quiets fear."""

    base: float = parameter(0.2, "o₀", "log odds", -6, 6, ASSUMPTION, "Openness at middling bond and fear.")
    trust: float = parameter(2.1, "o_T", "log odds", 0, 8, CALIBRATED, "Effect of trust.", "normal(2.0, 0.7)")
    felt_empathy: float = parameter(1.55, "o_E", "log odds", 0, 8, CALIBRATED, "Effect of felt empathy.",
        "normal(1.5, 0.7)")
    rapport: float = parameter(1.61, "o_R", "log odds", 0, 8, CALIBRATED, "Effect of rapport.", "normal(1.5, 0.7)")
    fear: float = parameter(1.89, "o_F", "log odds", 0, 8, CALIBRATED, "Effect of fear, against openness.",
        "normal(1.8, 0.7)")
    absorption: float = parameter(0.2, "o_a", "log odds per SD", 0, 2, ASSUMPTION, "Effect of absorption.")
    fear_level: float = parameter(0.38, "F₀", "fear points", 0, 1, ASSUMPTION,
        "Fear of an averagely attached patient before the bond tells.")
    fear_anxiety: float = parameter(0.09, "f_x", "fear points per SD", 0, 0.3, ASSUMPTION,
        "Effect of attachment anxiety on fear.")
    fear_spread: float = parameter(0.06, "σ_F", "fear points", 0, 0.3, ASSUMPTION,
        "Spread of first-day fear between patients.")
    fear_trust: float = parameter(0.60, "f_T", "fear points", 0, 2, ASSUMPTION,
        "Fall of the fear level from no trust to full trust.")
    fear_rate: float = parameter(0.25, "η_F", "1/√h", 0, 2, ASSUMPTION,
        "Pace at which fear follows trust in a session.")
    fear_days: float = parameter(40.0, "τ_F", "days", 1, 365, ASSUMPTION,
        "Time in which fear between sessions returns to its usual level.")
# fmt: on


@law
def openness(
    trust: Value, felt_empathy: Value, rapport: Value, fear: Value, absorption: Value, opening: Value, p: Openness
) -> Value:
    """Openness O, in [0, 1]: rises with the bond, falls with fear; `opening` is what a group adds, log odds."""
    return logistic(
        p.base
        + p.trust * (trust - 0.5)
        + p.felt_empathy * (felt_empathy - 0.5)
        + p.rapport * (rapport - 0.5)
        - p.fear * (fear - 0.5)
        + p.absorption * absorption
        + opening
    )


@law
def usual_fear(trust: Value, attachment_anxiety: Value, p: Openness) -> Value:
    """The level fear is heading to, in [0, 1]: lower the more a patient trusts."""
    return unit(p.fear_level + p.fear_anxiety * attachment_anxiety - p.fear_trust * (trust - 0.5))


@law
def calmed(fear: Value, trust: Value, attachment_anxiety: Value, comfort: Value, pace: Value, p: Openness) -> Value:
    """Fear after a session's company, in [0, 1]; it moves the share `pace` of the way to its usual level.

    A group's `comfort`, fear points, lowers that level (raises it where < 0).
    """
    return fear + pace * (unit(usual_fear(trust, attachment_anxiety, p) - comfort) - fear)


@law
def start_fear(z: Value, attachment_anxiety: Value, p: Openness) -> Value:
    """Fear on the first day, in [0, 1]."""
    return unit(p.fear_level + p.fear_anxiety * attachment_anxiety + p.fear_spread * z)
