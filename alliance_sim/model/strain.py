"""Strain: how clinicians tire and recover."""

from alliance_sim.model.maths import exp, law
from alliance_sim.model.state import Value
from alliance_sim.model.symptoms import kept


@law
def rested(fatigue: Value, days: Value, p: Value) -> Value:
    """Fatigue after days off, in [0, 1]."""
    return fatigue * kept(days, p.recovery)


@law
def tired(fatigue: Value, hours: Value, challenge: Value, p: Value) -> Value:
    """Fatigue after a session, in [0, 1]: hours, and more by hours of challenge met."""
    return 1.0 - (1.0 - fatigue) * exp(-hours * (p.hours + p.challenge * challenge))
