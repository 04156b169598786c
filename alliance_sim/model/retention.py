"""Retention: who stays and who leaves."""

from alliance_sim.model.maths import law, logistic
from alliance_sim.model.state import Value


@law
def leaving_chance(alliance: Value, fear: Value, harm: Value, benefit: Value, p: Value) -> Value:
    """Chance of leaving treatment after a session, in [0, 1].

    Weak bond [PT029], fear and harm met so far drive patients out; benefit (insight made
    lasting, relief and hope, log units of severity) keeps them: with the drug fewer left [TD265a-c, TM053a-b].
    """
    return logistic(p.base - p.bond * (alliance - 0.5) + p.fear * fear + p.harm * harm - p.benefit * benefit)
