"""The order in which the laws act: between sessions, in a session, on a dosing day, at an assessment."""

from typing import Any, NamedTuple

from alliance_sim.model import (
    bond,
    delivery,
    dosing,
    integration,
    openness,
    retention,
    rupture,
    strain,
    symptoms,
)
from alliance_sim.model.instruments import score
from alliance_sim.model.maths import law, minimum, sqrt, unit, where
from alliance_sim.model.state import Assessment, Clinician, Encounter, Experience, Moment, Patient, Ratings, Value


@law
def moment(days: Value, hours: Value, p: Any) -> Any:
    """Make the `Moment` of a contact: `days` since the last one, `hours` long (0 for an assessment)."""
    deviation = symptoms.kept(days, p.symptoms.days)
    return Moment(
        relief=symptoms.kept(days, p.symptoms.relief_days),
        hope=symptoms.kept(days, p.symptoms.hope_days),
        fear=symptoms.kept(days, p.openness.fear_days),
        insight=symptoms.kept(days, p.integration.window),
        wellbeing=symptoms.kept(days, p.symptoms.wellbeing_days),
        deviation=deviation,
        unrest=symptoms.unrest(deviation, p.symptoms),
        wander=symptoms.wander(days, p.symptoms),
        bond_pace=bond.pace(p.bond.rate, hours),
        fear_pace=bond.pace(p.openness.fear_rate, hours),
        root_hours=sqrt(hours),
        freshness=strain.freshness(hours, p.strain),
    )


@law
def live_on(patient: Any, traits: Any, day: Value, now: Any, noise: Any, p: Any) -> Any:
    """Let the days since the last update pass: relief, hope, insight and fear fade, symptoms move.

    `now` is the contact's `Moment`; `noise` holds two standard normals: `symptoms` for the momentary deviation,
    `drift` for the set-point.
    """
    relief = patient.relief * now.relief
    hope = patient.hope * now.hope
    usual = openness.usual_fear(patient.trust, traits.attachment_anxiety, p.openness)
    set_point = symptoms.drifted(patient.set_point, now.wander * traits.symptom_volatility, noise.drift)
    level = symptoms.target(set_point, relief, hope)
    deviation = patient.severity - symptoms.target(patient.set_point, patient.relief, patient.hope)
    severity = symptoms.relaxed(deviation, level, now.deviation, now.unrest * traits.symptom_volatility, noise.symptoms)
    usual_wellbeing = symptoms.wellbeing_target(severity, patient.integrated, traits.wellbeing_level, p.symptoms)
    lag = patient.wellbeing - symptoms.wellbeing_target(
        patient.severity, patient.integrated, traits.wellbeing_level, p.symptoms
    )
    return Patient(
        trust=patient.trust,
        felt_empathy=patient.felt_empathy,
        rapport=patient.rapport,
        openness=patient.openness,
        fear=usual + (patient.fear - usual) * now.fear,
        severity=severity,
        set_point=set_point,
        wellbeing=unit(usual_wellbeing + lag * now.wellbeing),
        insight=patient.insight * now.insight,
        integrated=patient.integrated,
        relief=relief,
        hope=hope,
        alliance_rating_bias=patient.alliance_rating_bias,
        harm=patient.harm,
        felt_severity=patient.felt_severity,
        in_treatment=patient.in_treatment,
        last_day=day,
    )


@law
def rest(clinician: Any, day: Value, p: Any) -> Value:
    """Fatigue of a clinician on `day`, after the days since the last session."""
    return strain.rested(clinician.fatigue, day - clinician.last_day, p.strain)


@law
def with_fatigue(clinician: Any, fatigue: Value, day: Value) -> Any:
    """Return the same `Clinician` with another fatigue, updated on `day`."""
    return Clinician(
        boundaries=clinician.boundaries,
        active_listening=clinician.active_listening,
        authenticity=clinician.authenticity,
        empathy=clinician.empathy,
        collaboration=clinician.collaboration,
        responsiveness=clinician.responsiveness,
        fatigue=fatigue,
        last_day=day,
    )


class Meeting(NamedTuple):
    """What a talking and a dosing session share: steps 1 to 5, before what the phase adds."""

    delivered: Value
    perceived: Value
    trust_before_rupture: Value
    trust: Value
    felt_empathy: Value
    rapport: Value
    fear_at_arrival: Value
    fear: Value
    openness: Value
    rupture: Value
    repaired: Value
    alliance_rating_bias: Value


@law
def pinned(switch: Value, recorded: Value, own: Value) -> Value:
    """The recorded value where the switch is on, else this world's own."""
    return where(switch > 0.5, recorded, own)


@law
def meet(patient: Any, traits: Any, lead: Any, co: Any, plan: Any, now: Any, noise: Any, hold: Any, p: Any) -> Any:
    """Deliver, perceive, bond, rupture and repair, calm and open up: a `Meeting`."""
    fear_at_arrival = pinned(hold.on_fear, hold.fear_at_arrival, patient.fear)
    together = bond.alliance(patient.trust, patient.felt_empathy, patient.rapport)
    delivered = delivery.deliver(lead, co, plan.co_share, patient, noise, p.delivery)
    perceived = delivery.perceive(delivered, together, traits, p.perception)

    step = now.bond_pace
    grown = patient.trust + step * (bond.trust_mix(perceived, p.bond) - patient.trust)
    trust_before_rupture = pinned(hold.on_trust, hold.met_trust_before_rupture, grown)
    warmer = patient.felt_empathy + step * (bond.felt_empathy_mix(perceived, p.bond) - patient.felt_empathy)
    felt_empathy = pinned(hold.on_felt_empathy, hold.met_felt_empathy, warmer)
    toward = bond.rapport_mix(perceived, trust_before_rupture, felt_empathy, p.bond)
    rapport = bond.lift(
        patient.rapport + step * (toward - patient.rapport), patient.felt_severity, patient.severity, p.bond
    )

    missed = rupture.misattunement(perceived)
    torn = noise.rupture < rupture.rupture_chance(
        missed, perceived.boundaries, fear_at_arrival, traits.attachment_anxiety, p.rupture
    )
    mended = noise.repair < rupture.repair_chance(delivered, p.rupture)
    torn = pinned(hold.on_rupture, hold.rupture, where(torn, 1.0, 0.0)) > 0.5
    mended = pinned(hold.on_rupture, hold.repaired, where(mended, 1.0, 0.0)) > 0.5
    trust = pinned(hold.on_trust, hold.met_trust, rupture.after_rupture(trust_before_rupture, torn, mended, p.rupture))
    rapport = pinned(hold.on_rapport, hold.met_rapport, rupture.after_rupture(rapport, torn, mended, p.rupture))
    calm = openness.calmed(fear_at_arrival, trust, traits.attachment_anxiety, now.fear_pace, p.openness)
    fear = pinned(hold.on_fear, hold.met_fear, calm)
    open_now = openness.openness(trust, felt_empathy, rapport, fear, traits.absorption, p.openness)
    return Meeting(
        delivered=delivered,
        perceived=perceived,
        trust_before_rupture=trust_before_rupture,
        trust=trust,
        felt_empathy=felt_empathy,
        rapport=rapport,
        fear_at_arrival=fear_at_arrival,
        fear=fear,
        openness=pinned(hold.on_openness, hold.met_openness, open_now),
        rupture=torn,
        repaired=torn & mended,
        alliance_rating_bias=delivery.misjudge(patient.alliance_rating_bias, noise.misjudgement, p.delivery),
    )


@law
def keep_if(staying: Value, after: Any, before: Any) -> Any:
    """Return the `Patient` after the session for those who attended it, before it for those who had left."""
    return Patient(
        trust=where(staying, after.trust, before.trust),
        felt_empathy=where(staying, after.felt_empathy, before.felt_empathy),
        rapport=where(staying, after.rapport, before.rapport),
        openness=where(staying, after.openness, before.openness),
        fear=where(staying, after.fear, before.fear),
        severity=where(staying, after.severity, before.severity),
        set_point=where(staying, after.set_point, before.set_point),
        wellbeing=before.wellbeing,
        insight=where(staying, after.insight, before.insight),
        integrated=where(staying, after.integrated, before.integrated),
        relief=where(staying, after.relief, before.relief),
        hope=where(staying, after.hope, before.hope),
        alliance_rating_bias=where(staying, after.alliance_rating_bias, before.alliance_rating_bias),
        harm=where(staying, after.harm, before.harm),
        felt_severity=where(staying, after.felt_severity, before.felt_severity),
        in_treatment=where(staying, after.in_treatment, before.in_treatment),
        last_day=before.last_day,
    )


class Experienced(NamedTuple):
    """What a session added to its meeting: drug, experience, and insight made lasting."""

    intensity: Value
    challenge: Value
    resolved: Value
    breakthrough: Value
    mystical: Value
    adverse: Value  # true or false
    integrated: Value
    trust: Value  # in the room, before the experience
    fear: Value
    openness: Value


@law
def recounted(here: Value, before: Any, met: Any, felt: Any, leaves: Value) -> Any:
    """Tell a session as an `Encounter`; for those who had left nothing happened and nothing moved."""
    return Encounter(
        delivered=met.delivered,
        perceived=met.perceived,
        rupture=where(here & met.rupture, 1.0, 0.0),
        repaired=where(here & met.repaired, 1.0, 0.0),
        intensity=where(here, felt.intensity, 0.0),
        challenge=where(here, felt.challenge, 0.0),
        resolved=where(here, felt.resolved, 0.0),
        breakthrough=where(here, felt.breakthrough, 0.0),
        mystical=where(here, felt.mystical, 0.0),
        adverse=where(here & felt.adverse, 1.0, 0.0),
        attended=before.in_treatment,
        left=where(here & leaves, 1.0, 0.0),
        integrated_now=where(here, felt.integrated, 0.0),
        fear_at_arrival=where(here, met.fear_at_arrival, before.fear),
        met_trust_before_rupture=where(here, met.trust_before_rupture, before.trust),
        met_trust=where(here, met.trust, before.trust),
        met_felt_empathy=where(here, met.felt_empathy, before.felt_empathy),
        met_rapport=where(here, met.rapport, before.rapport),
        met_fear=where(here, met.fear, before.fear),
        met_openness=where(here, met.openness, before.openness),
        room_trust=where(here, felt.trust, before.trust),
        room_fear=where(here, felt.fear, before.fear),
        room_openness=where(here, felt.openness, before.openness),
    )


@law
def talk(patient: Any, traits: Any, lead: Any, co: Any, plan: Any, now: Any, noise: Any, hold: Any, p: Any) -> Any:
    """Hold a preparation, therapy or integration session.

    Args:
        patient: `Patient` after the last update.
        traits: `Traits`.
        lead: `Clinician` who leads.
        co: `Clinician` who assists; ignored where `plan.co_share` is 0.
        plan: `Plan`.
        now: `Moment` of this contact.
        noise: `SessionNoise`.
        hold: `Hold`; `NOTHING_HELD` in ordinary worlds.
        p: All numbers.

    Returns:
        `Patient`, fatigue of the lead, fatigue of the co-therapist, `Encounter`.
    """
    before = live_on(patient, traits, plan.day, now, noise, p)
    lead = with_fatigue(lead, rest(lead, plan.day, p), plan.day)
    co = with_fatigue(co, rest(co, plan.day, p), plan.day)
    met = meet(before, traits, lead, co, plan, now, noise, hold, p)
    together = bond.alliance(met.trust, met.felt_empathy, met.rapport)

    own = integration.integrated(before.insight, met.openness, together, plan.hours, p.integration)
    made = minimum(pinned(hold.on_integration, hold.integrated_now, own), before.insight)
    work = integration.shared_work(met.openness, together, traits.propensity, now.root_hours, p.integration)
    won = integration.hope(traits, p.integration.hope_session)
    benefit = before.integrated + made + before.relief + before.hope + won
    leaves = noise.leave < plan.more * retention.leaving_chance(together, met.fear, before.harm, benefit, p.retention)

    after = Patient(
        trust=met.trust,
        felt_empathy=met.felt_empathy,
        rapport=met.rapport,
        openness=met.openness,
        fear=met.fear,
        severity=integration.settle(before.severity, made + work + won),
        set_point=integration.settle(before.set_point, made + work),
        wellbeing=before.wellbeing,
        insight=before.insight - made,
        integrated=before.integrated + made,
        relief=before.relief,
        hope=before.hope + won,
        alliance_rating_bias=met.alliance_rating_bias,
        harm=before.harm,
        felt_severity=before.severity,
        in_treatment=where(leaves, 0.0, 1.0),
        last_day=before.last_day,
    )
    here = before.in_treatment > 0.5
    added = Experienced(
        intensity=0.0,
        challenge=0.0,
        resolved=0.0,
        breakthrough=0.0,
        mystical=0.0,
        adverse=False,
        integrated=made,
        trust=met.trust,
        fear=met.fear,
        openness=met.openness,
    )
    lead_after = where(here, strain.tired(lead.fatigue, now.freshness), lead.fatigue)
    co_after = where(here, strain.tired(co.fatigue, now.freshness), co.fatigue)
    return keep_if(here, after, before), lead_after, co_after, recounted(here, before, met, added, leaves)


@law
def dose(
    patient: Any, traits: Any, lead: Any, co: Any, plan: Any, now: Any, noise: Any, dosing_noise: Any, hold: Any, p: Any
) -> Any:
    """Hold a dosing session; arguments and returns as `talk`, with `dosing_noise` a `DosingNoise`."""
    before = live_on(patient, traits, plan.day, now, noise, p)
    lead = with_fatigue(lead, rest(lead, plan.day, p), plan.day)
    co = with_fatigue(co, rest(co, plan.day, p), plan.day)
    met = meet(before, traits, lead, co, plan, now, noise, hold, p)

    mg = plan.dose * where(plan.by_weight > 0.5, traits.weight, 1.0)
    felt = dosing.intensity(mg, traits.sensitivity, dosing_noise.intensity, p.drug, p.dosing)
    fear = pinned(hold.on_fear, hold.room_fear, dosing.relieved(met.fear, felt, p.drug))
    trust = pinned(hold.on_trust, hold.room_trust, dosing.entrusted(met.trust, felt, p.drug))
    own = openness.openness(trust, met.felt_empathy, met.rapport, fear, traits.absorption, p.openness)
    open_now = pinned(hold.on_openness, hold.room_openness, own)

    held = dosing.support(bond.alliance(trust, met.felt_empathy, met.rapport), met.delivered, p.dosing)
    challenge = dosing.challenge(felt, fear, held, dosing_noise.challenge, p.dosing)
    resolved = challenge * dosing.resolved_share(held, p.dosing)
    unresolved = challenge - resolved
    broke = dosing.breakthrough(
        felt, open_now, resolved, traits.log_response_propensity, dosing_noise.breakthrough, p.dosing
    )
    breakthrough = pinned(hold.on_breakthrough, hold.breakthrough, broke)
    mystical = dosing.mystical(felt, trust, fear, traits, dosing_noise.mystical, p.dosing)

    insight = dosing.insight(felt, breakthrough, mystical, traits, dosing_noise.insight, p.drug, p.dosing)
    at_once = minimum(pinned(hold.on_integration, hold.integrated_now, p.dosing.at_once * insight), insight)
    relief = dosing.relief(felt, traits, p.drug)
    won = integration.hope(traits, p.integration.hope_dosing)
    lasting = at_once - p.dosing.harm_severity * unresolved

    wounded = dosing.wounded_trust(dosing.bonded(met.trust, breakthrough, p.dosing), unresolved, p.dosing)
    trust_after = pinned(hold.on_trust, hold.trust, wounded)
    felt_empathy = pinned(
        hold.on_felt_empathy, hold.felt_empathy, dosing.bonded(met.felt_empathy, breakthrough, p.dosing)
    )
    rapport = pinned(hold.on_rapport, hold.rapport, dosing.bonded(met.rapport, breakthrough, p.dosing))
    fear_after = pinned(hold.on_fear, hold.fear, dosing.frightened(met.fear, unresolved, p.dosing))
    open_after = openness.openness(trust_after, felt_empathy, rapport, fear_after, traits.absorption, p.openness)
    harm = before.harm + unresolved
    benefit = before.integrated + at_once + before.relief + relief + before.hope + won
    leaves = noise.leave < plan.more * retention.leaving_chance(
        bond.alliance(trust_after, felt_empathy, rapport), fear_after, harm, benefit, p.retention
    )

    after = Patient(
        trust=trust_after,
        felt_empathy=felt_empathy,
        rapport=rapport,
        openness=pinned(hold.on_openness, hold.openness, open_after),
        fear=fear_after,
        severity=integration.settle(before.severity, lasting + relief + won),
        set_point=integration.settle(before.set_point, lasting),
        wellbeing=before.wellbeing,
        insight=before.insight + (insight - at_once),
        integrated=before.integrated + at_once,
        relief=before.relief + relief,
        hope=before.hope + won,
        alliance_rating_bias=met.alliance_rating_bias,
        harm=harm,
        felt_severity=before.severity,
        in_treatment=where(leaves, 0.0, 1.0),
        last_day=before.last_day,
    )
    here = before.in_treatment > 0.5
    added = Experienced(
        intensity=felt,
        challenge=challenge,
        resolved=resolved,
        breakthrough=breakthrough,
        mystical=mystical,
        adverse=dosing_noise.adverse < dosing.adverse_chance(felt, unresolved, p.dosing),
        integrated=at_once,
        trust=trust,
        fear=fear,
        openness=open_now,
    )
    fresh = strain.freshness_after_challenge(now.freshness, plan.hours, challenge, p.strain)
    lead_after = where(here, strain.tired(lead.fatigue, fresh), lead.fatigue)
    co_after = where(here, strain.tired(co.fatigue, fresh), co.fatigue)
    return keep_if(here, after, before), lead_after, co_after, recounted(here, before, met, added, leaves)


@law
def rate(patient: Any, noise: Any, p: Any) -> Any:
    """Let patient and lead clinician rate the alliance after a session: `Ratings` in WAI-SR points."""
    together = bond.alliance(patient.trust, patient.felt_empathy, patient.rapport)
    return Ratings(
        patient=score(together, noise.wai, p.wai_sr),
        clinician=score(together + patient.alliance_rating_bias, noise.wai_clinician, p.wai_sr_clinician),
    )


@law
def recall(encounter: Any, dosing_noise: Any, p: Any) -> Any:
    """Ask about the experience after a dosing session: `Experience` in questionnaire points."""
    return Experience(
        ebi=score(encounter.breakthrough, dosing_noise.ebi, p.ebi),
        meq30=score(encounter.mystical, dosing_noise.meq30, p.meq30),
        asc_boundlessness=score(encounter.mystical, dosing_noise.asc_boundlessness, p.asc_boundlessness),
        ceq=score(encounter.challenge, dosing_noise.ceq, p.ceq),
    )


@law
def assess(patient: Any, traits: Any, day: Value, now: Any, noise: Any, p: Any) -> Any:
    """Assess a patient on `day`, in treatment or not: returns `Patient` and `Assessment`."""
    here = live_on(patient, traits, day, now, noise, p)
    return here, Assessment(
        primary=score(here.severity, noise.primary, p.primary),
        secondary=score(here.severity, noise.secondary, p.secondary),
        wellbeing=score(here.wellbeing, noise.wellbeing, p.wemwbs),
        star_p=score(here.rapport, noise.star_p, p.star_p),
    )
