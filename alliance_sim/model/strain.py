"""Strain: how clinicians tire and recover."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, exp, law
from alliance_sim.model.registry import ASSUMPTION, parameter
from alliance_sim.model.symptoms import kept


# fmt: off
@configurable
class Strain:
    """How clinicians tire and recover."""

    hours: float = parameter(0.012, "k_h", "1/h", 0, 0.5, ASSUMPTION,
        "Share of the missing fatigue gained in an hour of therapy.")
    challenge: float = parameter(0.03, "k_c", "1/h", 0, 0.5, ASSUMPTION,
        "The same per hour of full challenge met on a dosing day.")
    recovery: float = parameter(5.0, "τ_f", "days", 0.1, 365, ASSUMPTION, "Time in which fatigue recovers.")
    start: float = parameter(0.10, "f_0", "1", 0, 1, ASSUMPTION, "Fatigue when the trial begins.")
# fmt: on


@law
def rested(fatigue: Value, days: Value, p: Strain) -> Value:
    """Fatigue after days off, in [0, 1]."""
    return fatigue * kept(days, p.recovery)


@law
def freshness(hours: Value, p: Strain) -> Value:
    """Share of a clinician's freshness left after hours of therapy, (0, 1]."""
    return exp(-hours * p.hours)


@law
def tired(fatigue: Value, freshness: Value) -> Value:
    """Fatigue after a session, in [0, 1]."""
    return 1.0 - (1.0 - fatigue) * freshness


@law
def freshness_after_challenge(freshness: Value, hours: Value, challenge: Value, p: Strain) -> Value:
    """Share of freshness left when hours of challenge were met too, (0, 1]."""
    return freshness * exp(-hours * p.challenge * challenge)
