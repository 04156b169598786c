"""Rupture and repair: when the bond tears, and what mends it."""

from alliance_sim.model.maths import average, law, logistic, where
from alliance_sim.model.state import Value


@law
def misattunement(perceived: Value) -> Value:
    """How far the patient feels missed, in [0, 1]: the lack of listening, empathy and collaboration."""
    met = average(perceived.active_listening, perceived.empathy, perceived.collaboration)
    return 1.0 - met


@law
def rupture_chance(missed: Value, boundaries: Value, fear: Value, attachment_anxiety: Value, p: Value) -> Value:
    """Chance that this session holds a rupture, in [0, 1].

    Patients report one in 19-42 % of sessions [PT049]; misattunement and loose boundaries raise it.
    """
    return logistic(
        p.base
        + p.misattunement * missed
        + p.boundaries * (1.0 - boundaries)
        + p.fear * fear
        + p.anxiety * attachment_anxiety
    )


@law
def repair_chance(delivered: Value, p: Value) -> Value:
    """Chance that a rupture is mended within the session, in [0, 1]."""
    return logistic(
        p.repair_base
        + p.repair_collaboration * delivered.collaboration
        + p.repair_empathy * delivered.empathy
        + p.repair_authenticity * delivered.authenticity
    )


@law
def after_rupture(bond: Value, rupture: Value, repaired: Value, p: Value) -> Value:
    """Trust or rapport after the session's rupture, if any, in [0, 1].

    Unrepaired it falls by the share `depth`; repaired it ends slightly above where it was [PT003].
    """
    torn = bond * (1.0 - p.depth)
    mended = bond + p.gain * (1.0 - bond)
    return where(rupture, where(repaired, mended, torn), bond)
