"""Strain: how clinicians tire and recover."""

from alliance_sim.model.maths import exp, law
from alliance_sim.model.state import Value
from alliance_sim.model.symptoms import kept


@law
def rested(fatigue: Value, days: Value, p: Value) -> Value:
    """Fatigue after days off, in [0, 1]."""
    return fatigue * kept(days, p.recovery)


@law
def freshness(hours: Value, p: Value) -> Value:
    """Share of a clinician's freshness left after hours of therapy, (0, 1]."""
    return exp(-hours * p.hours)


@law
def tired(fatigue: Value, freshness: Value) -> Value:
    """Fatigue after a session, in [0, 1]."""
    return 1.0 - (1.0 - fatigue) * freshness


@law
def freshness_after_challenge(freshness: Value, hours: Value, challenge: Value, p: Value) -> Value:
    """Share of freshness left when hours of challenge were met too, (0, 1]."""
    return freshness * exp(-hours * p.challenge * challenge)
