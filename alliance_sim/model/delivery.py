"""Delivery and perception: what clinicians bring into the room, and what this patient makes of it."""

from alliance_sim.model.maths import law, maximum, sqrt, unit
from alliance_sim.model.state import Behaviours, Value


@law
def share(lead: Value, co: Value, co_share: Value) -> Value:
    """Blend what a lead and a co-therapist hold; `co_share` in [0, 1]."""
    return lead + co_share * (co - lead)


@law
def lack(bond: Value, alliance_rating_bias: Value, p: Value) -> Value:
    """How much of one bond the lead clinician believes is missing, >= 0."""
    return maximum(p.need - (bond + alliance_rating_bias), 0.0)


@law
def misjudge(alliance_rating_bias: Value, z: Value, p: Value) -> Value:
    """Carry the clinician's misjudgement of the bond to the next session.

    A first-order autoregression with stationary spread `rating_bias_spread`, so that the two views of the
    alliance agree only in part [PT024].
    """
    fresh = p.rating_bias_spread * sqrt(1.0 - p.rating_bias_memory * p.rating_bias_memory) * z
    return unit(0.5 + p.rating_bias_memory * alliance_rating_bias + fresh) - 0.5


@law
def deliver(lead: Value, co: Value, co_share: Value, patient: Value, noise: Value, p: Value) -> Behaviours:
    """Delivered behaviour = skill - fatigue + session noise + correction toward what seems lacking.

    A clinician who invites feedback (responsiveness, [0, 1]) gives more of what feeds the bond that seems
    weak: boundaries and authenticity for trust, empathy and listening for felt empathy, collaboration
    for rapport. Returns `Behaviours`, each in [0, 1].
    """
    tired = p.fatigue_cost * share(lead.fatigue, co.fatigue, co_share)
    care = p.correction * share(lead.responsiveness, co.responsiveness, co_share)
    for_trust = care * lack(patient.trust, patient.alliance_rating_bias, p)
    for_felt_empathy = care * lack(patient.felt_empathy, patient.alliance_rating_bias, p)
    for_rapport = care * lack(patient.rapport, patient.alliance_rating_bias, p)
    return Behaviours(
        boundaries=unit(
            share(lead.boundaries, co.boundaries, co_share) - tired + p.noise * noise.boundaries + for_trust
        ),
        active_listening=unit(
            share(lead.active_listening, co.active_listening, co_share)
            - tired
            + p.noise * noise.active_listening
            + for_felt_empathy
        ),
        authenticity=unit(
            share(lead.authenticity, co.authenticity, co_share) - tired + p.noise * noise.authenticity + for_trust
        ),
        empathy=unit(share(lead.empathy, co.empathy, co_share) - tired + p.noise * noise.empathy + for_felt_empathy),
        collaboration=unit(
            share(lead.collaboration, co.collaboration, co_share) - tired + p.noise * noise.collaboration + for_rapport
        ),
    )


@law
def perceive(delivered: Value, alliance: Value, traits: Value, p: Value) -> Behaviours:
    """Perceived = delivered + halo of the present bond - attachment shift + the dyad's own match.

    Attachment anxiety dims boundaries and authenticity, avoidance dims the warm behaviours [PT027].
    Returns `Behaviours`, each in [0, 1].
    """
    light = p.halo * (alliance - p.halo_level) + p.dyad_spread * traits.dyad_effect
    guarded = light - p.anxiety_shift * traits.attachment_anxiety
    distant = light - p.avoidance_shift * traits.attachment_avoidance
    return Behaviours(
        boundaries=unit(delivered.boundaries + guarded),
        active_listening=unit(delivered.active_listening + distant),
        authenticity=unit(delivered.authenticity + guarded),
        empathy=unit(delivered.empathy + distant),
        collaboration=unit(delivered.collaboration + distant),
    )
