"""Retention: who stays and who leaves."""

from alliance_sim.model.maths import law, logistic
from alliance_sim.model.state import Value


@law
def leaving_chance(alliance: Value, fear: Value, harm: Value, p: Value) -> Value:
    """Chance of leaving treatment after a session, in [0, 1]: weak bond [PT029], fear, harm met so far."""
    return logistic(p.base - p.bond * (alliance - 0.5) + p.fear * fear + p.harm * harm)
