"""Delivery and perception: what clinicians bring into the room, and what this patient makes of it."""

from alliance_sim.model.behaviours import Behaviours, sorted_by
from alliance_sim.model.configurable import configurable
from alliance_sim.model.draws import SessionNoise
from alliance_sim.model.maths import Value, each, law, sqrt, unit
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter
from alliance_sim.model.state import Clinician, Traits


# fmt: off
@configurable
class Delivery:
    """How skill becomes what is delivered in a session."""

    noise: float = parameter(0.10, "σ_q", "behaviour points", 0, 0.4, "assumption: nothing published here tells it",
        "Session-to-session noise of each behaviour.")
    fatigue_cost: float = parameter(0.30, "κ_f", "behaviour points", 0, 1, ASSUMPTION,
        "Behaviour lost at full fatigue.")
    correction: float = parameter(0.50, "ρ_c", "1", 0, 2, ASSUMPTION,
        "Extra behaviour per point of bond that seems lacking, at full responsiveness.")
    need: float = parameter(0.70, "A_n", "bond points", 0, 1, ASSUMPTION, "Bond at which a clinician sees no lack.")
    rating_bias_spread: float = parameter(0.312, "σ_v", "bond points", 0, 0.5, "calibrated to PT024",
        "Spread of the clinician's misjudgement of the bond.", "normal(0.28, 0.08)")
    rating_bias_memory: float = parameter(0.60, "φ_v", "1", 0, 0.99, ASSUMPTION,
        "Share of that misjudgement carried to the next session.")


@configurable
class Perception:
    """How what is delivered becomes what this patient perceives."""

    halo: float = parameter(0.474, "η_h", "1", 0, 1, CALIBRATED, "How much a good bond brightens what is perceived.",
        "normal(0.45, 0.15)")
    halo_level: float = parameter(0.55, "A_h", "bond points", 0, 1, ASSUMPTION, "Bond at which the halo is neutral.")
    anxiety_shift: float = parameter(0.0318, "a_x", "behaviour points per SD", 0, 0.3, "calibrated to PT027",
        "Attachment anxiety's cost to perceived boundaries and authenticity.", "normal(0.03, 0.015)")
    avoidance_shift: float = parameter(0.0311, "a_v", "behaviour points per SD", 0, 0.3, "calibrated to PT027",
        "Attachment avoidance's cost to perceived listening, empathy and collaboration.", "normal(0.03, 0.015)")
    dyad_spread: float = parameter(0.106, "σ_m", "behaviour points per SD", 0, 0.4, CALIBRATED,
        "How much dyads differ in fit, beyond skill and attachment.", "normal(0.11, 0.03)")
# fmt: on


@law
def share(lead: Value, co: Value, co_share: Value) -> Value:
    """Blend what a lead and a co-therapist hold; `co_share` in [0, 1]."""
    return lead + co_share * (co - lead)


@law
def misjudge(bias: Value, z: Value, p: Delivery) -> Value:
    """Carry the clinician's misjudgement of the bond to the next session.

    A first-order autoregression with stationary spread `rating_bias_spread`, so that the two views of the
    alliance agree only in part [Tryon 2007, PT024].
    """
    fresh = p.rating_bias_spread * sqrt(1.0 - p.rating_bias_memory * p.rating_bias_memory) * z
    return unit(0.5 + p.rating_bias_memory * bias + fresh) - 0.5


by_attachment = sorted_by("dimmed_by", "attachment_anxiety", "attachment_avoidance")


@law
def _delivered(lead: Value, co: Value, z: Value, shift: Value, co_share: Value, tired: Value, noise: Value) -> Value:
    return unit(share(lead, co, co_share) - tired + noise * z + shift)


@law
def deliver(
    lead: Clinician, co: Clinician, co_share: Value, shift: Behaviours, noise: SessionNoise, p: Delivery
) -> Behaviours:
    """Delivered behaviour = skill - fatigue + session noise + the shift that the clinician chose, each in [0, 1]."""
    tired = p.fatigue_cost * share(lead.fatigue, co.fatigue, co_share)
    return each(_delivered, lead.skill, co.skill, noise.delivery, shift, co_share, tired, p.noise)


@law
def _perceived(delivered: Value, light: Value) -> Value:
    return unit(delivered + light)


@law
def perceive(delivered: Behaviours, alliance: Value, traits: Traits, p: Perception) -> Behaviours:
    """Perceived = delivered + halo of the present bond - attachment shift + the dyad's own effect, each in [0, 1].

    `behaviours` says which attachment dims which behaviour [Diener 2011, PT027].
    """
    light = p.halo * (alliance - p.halo_level) + p.dyad_spread * traits.dyad_effect
    guarded = light - p.anxiety_shift * traits.attachment_anxiety
    distant = light - p.avoidance_shift * traits.attachment_avoidance
    return each(_perceived, delivered, by_attachment(guarded, distant))
