"""Rupture and repair: when the bond tears, and what mends it."""

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.maths import Value, average, law, logistic, where
from alliance_sim.model.registry import ASSUMPTION, parameter

SPAN = "assumption: clinicians' lower and upper tenth about span the published range of PT049"


# fmt: off
@configurable
class Rupture:
    """When the bond tears, and what mends it."""

    base: float = parameter(-2.38, "r₀", "log odds", -8, 4, "calibrated to PT049",
        "Log odds of a rupture when nothing pulls either way.", "normal(-2.4, 0.5)")
    misattunement: float = parameter(2.2, "r_m", "log odds", 0, 10, SPAN, "Effect of complete misattunement.")
    boundaries: float = parameter(1.1, "r_b", "log odds", 0, 10, SPAN, "Effect of no perceived boundaries.")
    fear: float = parameter(1.0, "r_f", "log odds", 0, 5, ASSUMPTION, "Effect of full fear.")
    anxiety: float = parameter(0.25, "r_x", "log odds per SD", 0, 2, ASSUMPTION, "Effect of attachment anxiety.")
    repair_base: float = parameter(-2.4, "p₀", "log odds", -8, 4, ASSUMPTION,
        "Log odds that a rupture is mended without any skill.")
    repair_collaboration: float = parameter(2.0, "p_c", "log odds", 0, 8, ASSUMPTION,
        "Effect of full collaboration on repair.")
    repair_empathy: float = parameter(1.5, "p_e", "log odds", 0, 8, ASSUMPTION, "Effect of full empathy on repair.")
    repair_authenticity: float = parameter(1.0, "p_a", "log odds", 0, 8, ASSUMPTION,
        "Effect of full authenticity on repair.")
    depth: float = parameter(0.12, "δ", "1", 0, 1, "assumption; direction from PT003",
        "Share of trust and rapport lost in an unrepaired rupture.")
    gain: float = parameter(0.04, "γ", "1", 0, 0.5, "assumption; direction from PT003",
        "Share of the missing trust and rapport won in a repaired rupture.")
# fmt: on


@law
def misattunement(perceived: Behaviours) -> Value:
    """How far the patient feels missed, in [0, 1]: the lack of listening, empathy and collaboration."""
    met = average(perceived.active_listening, perceived.empathy, perceived.collaboration)
    return 1.0 - met


@law
def rupture_chance(missed: Value, boundaries: Value, fear: Value, attachment_anxiety: Value, p: Rupture) -> Value:
    """Chance that this session holds a rupture, in [0, 1].

    Patients report one in 19-42 % of sessions [Miller n.d., quoting reviews of rupture, PT049]; misattunement and loose
    boundaries raise it.
    """
    return logistic(
        p.base
        + p.misattunement * missed
        + p.boundaries * (1.0 - boundaries)
        + p.fear * fear
        + p.anxiety * attachment_anxiety
    )


@law
def repair_chance(delivered: Behaviours, p: Rupture) -> Value:
    """Chance that a rupture is mended within the session, in [0, 1]."""
    return logistic(
        p.repair_base
        + p.repair_collaboration * delivered.collaboration
        + p.repair_empathy * delivered.empathy
        + p.repair_authenticity * delivered.authenticity
    )


@law
def after_rupture(bond: Value, rupture: Value, repaired: Value, p: Rupture) -> Value:
    """Trust or rapport after the session's rupture, if any, in [0, 1].

    Unrepaired it falls by the share `depth`; repaired it ends slightly above where it was [Eubanks 2018, PT003].
    """
    torn = bond * (1.0 - p.depth)
    mended = bond + p.gain * (1.0 - bond)
    return where(rupture, where(repaired, mended, torn), bond)
