"""Retention: who stays and who leaves."""

from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, law, logistic
from alliance_sim.model.registry import CALIBRATED, parameter


# fmt: off
@configurable
class Retention:
    """Who stays and who leaves."""

    base: float = parameter(-4.78, "d₀", "log odds", -12, 4, "calibrated to PT028, TD265a-c, TM053a-b",
        "Log odds of leaving after a session at a middling bond and no fear.", "normal(-4.7, 0.7)")
    bond: float = parameter(2.21, "d_A", "log odds", 0, 20, "calibrated to PT029", "Effect of the bond, against.",
        "normal(2.5, 1)")
    fear: float = parameter(2.11, "d_F", "log odds", 0, 10, CALIBRATED, "Effect of fear.", "normal(1.5, 0.6)")
    harm: float = parameter(0.6, "d_u", "log odds", 0, 10, "assumption: nothing published here tells it",
        "Effect of unresolved challenge met so far.")
    benefit: float = parameter(1.28, "d_Z", "log odds per log unit", 0, 10,
        "calibrated; direction from TD265a-c, TM053a-b", "Effect of benefit so far, against.", "normal(1, 0.7)")
# fmt: on


@law
def leaving_chance(alliance: Value, fear: Value, harm: Value, benefit: Value, p: Retention) -> Value:
    """Chance of leaving treatment after a session, in [0, 1].

    Weak bond [Sharf 2010, PT029], fear and harm met so far drive patients out; benefit (insight made lasting, relief
    and hope, log units of severity) keeps them: with the drug fewer left [Goodwin 2022, TD265a-c; Mitchell 2021,
    TM053a-b].
    """
    return logistic(p.base - p.bond * (alliance - 0.5) + p.fear * fear + p.harm * harm - p.benefit * benefit)
