"""One visit from beginning to end: the order in which the laws act, written once for every engine.

An engine lets the days pass (`days_pass`), then holds the session (`talk` or `dose`) or the assessment (`assess`).
"""

from collections.abc import Callable
from typing import NamedTuple

from alliance_sim.model import (
    acting,
    blinding,
    bond,
    delivery,
    dosing,
    groups,
    integration,
    learning,
    openness,
    ratings,
    retention,
    rupture,
    strain,
    symptoms,
    tally,
)
from alliance_sim.model.acting import NOTHING_MORE, Act, Remembered, Seen
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.draws import AssessmentNoise, DosingNoise, SessionNoise, SightNoise
from alliance_sim.model.instruments import score
from alliance_sim.model.learning import Training
from alliance_sim.model.maths import Value, chosen, each, law, minimum, sqrt, unit, where
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.policies import usual
from alliance_sim.model.state import (
    Assessment,
    BondState,
    Clinician,
    ClinicianView,
    Company,
    CourseState,
    Encounter,
    Experience,
    Intervention,
    Moment,
    Patient,
    Plan,
    Ratings,
    SymptomState,
    Traits,
)
from alliance_sim.model.tally import Tally


class Dyad(NamedTuple):
    """Who meets: the patient, what is counted of the patient so far, and the clinicians."""

    patient: Patient
    traits: Traits
    tally: Tally
    lead: Clinician
    co: Clinician  # ignored where the plan's `co_share` is 0
    company: Company  # the others of a group


class Meeting(NamedTuple):
    """What every session begins with: what is delivered and perceived, and the bond after rupture and repair."""

    delivered: Behaviours
    perceived: Behaviours
    trust_before_rupture: Value
    fear_at_arrival: Value
    rupture: Value  # true or false
    repaired: Value  # true or false
    bond: BondState
    clinician_view: ClinicianView


class Effect(NamedTuple):
    """What a session does after its meeting: the experience, the bond that remains, and what changes symptoms."""

    intensity: Value
    challenge: Value
    resolved: Value
    breakthrough: Value
    mystical: Value
    belief: Value
    adverse: Value  # true or false
    room: BondState  # in the room, before the experience
    bond: BondState  # when the session ends
    insight: Value  # unintegrated insight won (or, below 0, used up), log units of severity
    integrated: Value  # insight made lasting, log units
    lasting: Value  # lasting change of the set-point, log units
    relief: Value  # transient relief by the drug, log units
    hope: Value  # transient relief by hope, log units
    belief_relief: Value  # transient relief by belief about the arm, which takes the place of the former, log units
    unresolved: Value  # challenge met and not resolved
    freshness: Value  # share of the clinicians' freshness left after the session, (0, 1]


class Visited(NamedTuple):
    """What a session leaves: the patient, the clinicians' fatigue, what happened, how it was rated, what it counts."""

    patient: Patient
    lead_fatigue: Value
    co_fatigue: Value
    encounter: Encounter
    ratings: Ratings
    tally: Tally


# ------------------------------------------------------------------------------------------ days between visits


@law
def moment(days: Value, quiet: Value, hours: Value, p: Numbers) -> Moment:
    """What `days` since the last visit and the `hours` of this one (0 for an assessment) do to everyone alike.

    Symptoms stand still for the `quiet` ones of these days: those before the baseline. A trial that applies its entry
    rule after preparation admits whom it finds with such scores then, whatever preparation did before.
    """
    passed = days - quiet
    deviation = symptoms.kept(passed, p.symptoms.days)
    return Moment(
        relief=symptoms.kept(passed, p.symptoms.relief_days),
        hope=symptoms.kept(passed, p.symptoms.hope_days),
        belief=symptoms.kept(passed, p.blinding.days),
        fear=symptoms.kept(days, p.openness.fear_days),
        insight=symptoms.kept(passed, p.integration.window),
        wellbeing=symptoms.kept(passed, p.symptoms.wellbeing_days),
        deviation=deviation,
        unrest=symptoms.unrest(deviation, p.symptoms),
        wander=symptoms.wander(passed, p.symptoms),
        bond_pace=bond.pace(p.bond.rate, hours),
        fear_pace=bond.pace(p.openness.fear_rate, hours),
        root_hours=sqrt(hours),
        freshness=strain.freshness(hours, p.strain),
        cohesion_pace=groups.pace(hours, p.groups),
    )


@law
def live_on(
    patient: Patient, traits: Traits, day: Value, now: Moment, noise: SessionNoise | AssessmentNoise, p: Numbers
) -> Patient:
    """Let the days since the last visit pass: relief, hope, insight and fear fade, symptoms move."""
    before = patient.symptoms
    relief = before.relief * now.relief
    hope = before.hope * now.hope
    belief_relief = before.belief_relief * now.belief
    usual = openness.usual_fear(patient.bond.trust, traits.attachment_anxiety, p.openness)
    set_point = symptoms.drifted(before.set_point, now.wander * traits.symptom_volatility, noise.drift)
    level = symptoms.target(set_point, relief, hope, belief_relief)
    deviation = before.severity - symptoms.target(before.set_point, before.relief, before.hope, before.belief_relief)
    severity = symptoms.relaxed(deviation, level, now.deviation, now.unrest * traits.symptom_volatility, noise.symptoms)
    usual_wellbeing = symptoms.wellbeing_target(severity, before.integrated, traits.wellbeing_level, p.symptoms)
    lag = before.wellbeing - symptoms.wellbeing_target(
        before.severity, before.integrated, traits.wellbeing_level, p.symptoms
    )
    return patient._replace(
        bond=patient.bond._replace(fear=usual + (patient.bond.fear - usual) * now.fear),
        symptoms=before._replace(
            severity=severity,
            set_point=set_point,
            wellbeing=unit(usual_wellbeing + lag * now.wellbeing),
            insight=before.insight * now.insight,
            relief=relief,
            hope=hope,
            belief_relief=belief_relief,
        ),
        course=patient.course._replace(last_day=day),
    )


@law
def rest(clinician: Clinician, day: Value, p: Numbers) -> Clinician:
    """Let a clinician recover over the days since the last session."""
    return clinician._replace(
        fatigue=strain.rested(clinician.fatigue, day - clinician.last_day, p.strain), last_day=day
    )


@law
def days_pass(who: Dyad, plan: Plan, now: Moment, noise: SessionNoise, p: Numbers) -> Dyad:
    """Bring patient and clinicians to the day of a session: nothing of the session itself has happened yet."""
    return who._replace(
        patient=live_on(who.patient, who.traits, plan.day, now, noise, p),
        lead=rest(who.lead, plan.day, p),
        co=rest(who.co, plan.day, p),
    )


# --------------------------------------------------------------------------------- what the clinician does differently


@law
def see(here: Dyad, plan: Plan, before: Remembered, noise: SightNoise, p: Numbers) -> Seen:
    """What the lead clinician goes by before a session, after `days_pass`: a policy chooses by it."""
    sight = acting.look(here.patient, here.traits, plan, before, noise, p.primary, p.sensing)
    return acting.see(here.patient, here.traits, here.lead, here.co, plan, sight)


@law
def see_plainly(here: Dyad, plan: Plan, before: Remembered) -> Seen:
    """The same without any draw, where every rupture is noticed and no score is fed back."""
    return acting.see(here.patient, here.traits, here.lead, here.co, plan, acting.noticed(before))


@law
def of_habit(here: Dyad, plan: Plan, p: Numbers) -> Behaviours:
    """Shifts of the usual policy, for worlds in which nothing else is chosen or asked: it goes by the bond alone."""
    return usual.choose(acting.see(here.patient, here.traits, here.lead, here.co, plan, NOTHING_MORE), p)


@law
def remembered(left: Visited) -> Remembered:
    """What of a session counts in the patient's next."""
    return Remembered(rupture=left.encounter.rupture, repaired=left.encounter.repaired)


# ------------------------------------------------------------------------------------------------- one session


@law
def session(
    here: Dyad,
    plan: Plan,
    now: Moment,
    noise: SessionNoise,
    act: Act,
    experience: Callable[..., Effect],
    dosing_noise: SessionNoise | DosingNoise,
    do: Intervention,
    p: Numbers,
) -> Visited:
    """Hold one session in its order: meet, experience and integrate, leave, tire, rate, count.

    Args:
        here: Who meets, after `days_pass`.
        plan: The session's plan.
        now: What the days before and the hours of the session do.
        noise: Draws of any session.
        act: What the clinicians do differently in it.
        experience: `conversation` or `dosing_day`.
        dosing_noise: Draws that a dosing day needs; a conversation looks at none of them.
        do: States fixed by intervention; `NO_INTERVENTION` in ordinary worlds.
        p: All numbers.
    """
    met = meet(here, plan, now, noise, act.shift, do, p)
    effect = experience(here, met, plan, now, dosing_noise, do, p)
    leaves = leave(here.patient, effect, plan, noise, p)
    patient = changed(here.patient, met, effect, leaves)
    encounter = happened(here.patient, met, effect, leaves)
    rated = rate(patient, here.traits, plan, noise, p)
    return Visited(
        patient=patient,
        lead_fatigue=tire(here.lead, here.patient, effect, act),
        co_fatigue=tire(here.co, here.patient, effect, act),
        encounter=encounter,
        ratings=rated,
        tally=tally.after_session(here.tally, encounter, rated, plan.early),
    )


@law
def talk(here: Dyad, plan: Plan, now: Moment, noise: SessionNoise, act: Act, do: Intervention, p: Numbers) -> Visited:
    """Hold a preparation, therapy or integration session; arguments as `session`."""
    return session(here, plan, now, noise, act, conversation, noise, do, p)


@law
def dose(
    here: Dyad,
    plan: Plan,
    now: Moment,
    noise: SessionNoise,
    dosing_noise: DosingNoise,
    act: Act,
    do: Intervention,
    p: Numbers,
) -> tuple[Visited, Experience]:
    """Hold a dosing session, and ask about the experience; arguments as `session`."""
    left = session(here, plan, now, noise, act, dosing_day, dosing_noise, do, p)
    answers = recall(left.encounter, dosing_noise, p)
    return left._replace(tally=tally.after_experience(left.tally, left.encounter, answers)), answers


@law
def assess(
    patient: Patient, traits: Traits, plan: Plan, now: Moment, noise: AssessmentNoise, p: Numbers
) -> tuple[Patient, Assessment]:
    """Let the days pass and assess a patient, in treatment or not; `tally.after_primary` counts the primary day."""
    here = live_on(patient, traits, plan.day, now, noise, p)
    return here, Assessment(
        primary=score(here.symptoms.severity, noise.primary, p.primary),
        secondary=score(here.symptoms.severity, noise.secondary, p.secondary),
        wellbeing=score(here.symptoms.wellbeing, noise.wellbeing, p.wemwbs),
        star_p=score(
            ratings.coloured(
                here.bond.rapport, traits.severity_at_entry - here.symptoms.severity, plan.dosed, p.ratings
            ),
            noise.star_p,
            p.star_p,
        ),
    )


# ---------------------------------------------------------------------------------------- steps of the session


@law
def fixed(switch: Value, recorded: Value, own: Value) -> Value:
    """The recorded value where an intervention fixes a state, else this world's own."""
    return where(switch > 0.5, recorded, own)


@law
def meet(
    here: Dyad, plan: Plan, now: Moment, noise: SessionNoise, shift: Behaviours, do: Intervention, p: Numbers
) -> Meeting:
    """Deliver, perceive, bond, rupture and repair, calm and open up."""
    patient, traits, before = here.patient, here.traits, here.patient.bond
    fear_at_arrival = fixed(do.on_fear, do.fear_at_arrival, before.fear)
    delivered = delivery.deliver(here.lead, here.co, plan.co_share, shift, noise, p.delivery)
    perceived = delivery.perceive(delivered, bond.alliance(before), traits, p.perception)

    step = now.bond_pace
    grown = before.trust + step * (bond.trust_mix(perceived, p.bond) - before.trust)
    trust_before_rupture = fixed(do.on_trust, do.met_trust_before_rupture, grown)
    warmer = before.felt_empathy + step * (bond.felt_empathy_mix(perceived, p.bond) - before.felt_empathy)
    felt_empathy = fixed(do.on_felt_empathy, do.met_felt_empathy, warmer)
    toward = bond.rapport_mix(perceived, trust_before_rupture, felt_empathy, p.bond)
    lifted = bond.lift(
        before.rapport + step * (toward - before.rapport),
        patient.symptoms.severity_before,
        patient.symptoms.severity,
        p.bond,
    )

    missed = rupture.misattunement(perceived)
    torn = noise.rupture < rupture.rupture_chance(
        missed, perceived.boundaries, fear_at_arrival, traits.attachment_anxiety, p.rupture
    )
    mended = noise.repair < rupture.repair_chance(delivered, p.rupture)
    torn = fixed(do.on_rupture, do.rupture, where(torn, 1.0, 0.0)) > 0.5
    mended = fixed(do.on_rupture, do.repaired, where(mended, 1.0, 0.0)) > 0.5
    trust = fixed(do.on_trust, do.met_trust, rupture.after_rupture(trust_before_rupture, torn, mended, p.rupture))
    rapport = fixed(do.on_rapport, do.met_rapport, rupture.after_rupture(lifted, torn, mended, p.rupture))
    comfort, pace = here.company.comfort, now.fear_pace
    calm = openness.calmed(fear_at_arrival, trust, traits.attachment_anxiety, comfort, pace, p.openness)
    fear = fixed(do.on_fear, do.met_fear, calm)
    own = openness.openness(trust, felt_empathy, rapport, fear, traits.absorption, here.company.opening, p.openness)
    return Meeting(
        delivered=delivered,
        perceived=perceived,
        trust_before_rupture=trust_before_rupture,
        fear_at_arrival=fear_at_arrival,
        rupture=torn,
        repaired=torn & mended,
        bond=BondState(
            trust=trust,
            felt_empathy=felt_empathy,
            rapport=rapport,
            openness=fixed(do.on_openness, do.met_openness, own),
            fear=fear,
        ),
        clinician_view=ClinicianView(
            alliance_rating_bias=delivery.misjudge(
                patient.clinician_view.alliance_rating_bias, noise.misjudgement, p.delivery
            )
        ),
    )


@law
def conversation(
    here: Dyad, met: Meeting, plan: Plan, now: Moment, noise: SessionNoise, do: Intervention, p: Numbers
) -> Effect:
    """What a talking session does: insight made lasting, and from the baseline on shared work and hope."""
    together = bond.alliance(met.bond)
    insight = here.patient.symptoms.insight
    own = integration.integrated(insight, met.bond.openness, together, plan.hours, p.integration)
    made = minimum(fixed(do.on_integration, do.integrated_now, own), insight)
    work = integration.shared_work(met.bond.openness, together, here.traits.readiness, now.root_hours, p.integration)
    return Effect(
        intensity=0.0,
        challenge=0.0,
        resolved=0.0,
        breakthrough=0.0,
        mystical=0.0,
        belief=0.0,
        adverse=False,
        room=met.bond,
        bond=met.bond,
        insight=-made,
        integrated=made,
        lasting=made + where(plan.counted > 0.5, work, 0.0),
        relief=0.0,
        hope=where(plan.counted > 0.5, integration.hope(here.traits, p.integration.hope_session), 0.0),
        belief_relief=here.patient.symptoms.belief_relief,
        unresolved=0.0,
        freshness=now.freshness,
    )


@law
def dosing_day(
    here: Dyad, met: Meeting, plan: Plan, now: Moment, noise: DosingNoise, do: Intervention, p: Numbers
) -> Effect:
    """What a dosing session does: challenge, breakthrough, mystical-type experience, insight, relief, harm."""
    traits = here.traits
    mg = plan.dose * where(plan.by_weight > 0.5, traits.weight, 1.0)
    felt = dosing.intensity(mg, traits.sensitivity, noise.intensity, p.drug, p.dosing)
    fear = fixed(do.on_fear, do.room_fear, dosing.relieved(met.bond.fear, felt, p.drug))
    trust = fixed(do.on_trust, do.room_trust, dosing.entrusted(met.bond.trust, felt, p.drug))
    opening = here.company.opening
    own = openness.openness(
        trust, met.bond.felt_empathy, met.bond.rapport, fear, traits.absorption, opening, p.openness
    )
    room = met.bond._replace(trust=trust, fear=fear, openness=fixed(do.on_openness, do.room_openness, own))

    support = dosing.support(bond.alliance(room), met.delivered, p.dosing)
    challenge = dosing.challenge(felt, fear, support, noise.challenge, p.dosing)
    resolved = challenge * dosing.resolved_share(support, p.dosing)
    unresolved = challenge - resolved
    broke = dosing.breakthrough(
        felt, room.openness, resolved, traits.log_response_propensity, noise.breakthrough, p.dosing
    )
    breakthrough = fixed(do.on_breakthrough, do.breakthrough, broke)
    mystical = dosing.mystical(felt, trust, fear, traits, noise.mystical, p.dosing)

    believed = blinding.belief(felt, blinding.usual_intensity(mg, p.drug), noise.guess, p.design, p.blinding)

    insight = dosing.insight(felt, breakthrough, mystical, traits, noise.insight, p.drug, p.dosing)
    at_once = minimum(fixed(do.on_integration, do.integrated_now, p.dosing.at_once * insight), insight)

    wounded = dosing.wounded_trust(dosing.bonded(met.bond.trust, breakthrough, p.dosing), unresolved, p.dosing)
    trust_after = fixed(do.on_trust, do.trust, wounded)
    warmer = dosing.bonded(met.bond.felt_empathy, breakthrough, p.dosing)
    felt_empathy = fixed(do.on_felt_empathy, do.felt_empathy, warmer)
    rapport = fixed(do.on_rapport, do.rapport, dosing.bonded(met.bond.rapport, breakthrough, p.dosing))
    fear_after = fixed(do.on_fear, do.fear, dosing.frightened(met.bond.fear, unresolved, p.dosing))
    open_after = openness.openness(
        trust_after, felt_empathy, rapport, fear_after, traits.absorption, opening, p.openness
    )
    return Effect(
        intensity=felt,
        challenge=challenge,
        resolved=resolved,
        breakthrough=breakthrough,
        mystical=mystical,
        belief=believed,
        adverse=noise.adverse < dosing.adverse_chance(felt, unresolved, p.dosing),
        room=room,
        bond=BondState(
            trust=trust_after,
            felt_empathy=felt_empathy,
            rapport=rapport,
            openness=fixed(do.on_openness, do.openness, open_after),
            fear=fear_after,
        ),
        insight=insight - at_once,
        integrated=at_once,
        lasting=at_once - p.dosing.harm_severity * unresolved,
        relief=dosing.relief(felt, traits, p.drug),
        hope=integration.hope(traits, p.integration.hope_dosing),
        belief_relief=blinding.relief(believed, traits, p.blinding),
        unresolved=unresolved,
        freshness=strain.freshness_after_challenge(now.freshness, plan.hours, challenge, p.strain),
    )


@law
def leave(patient: Patient, effect: Effect, plan: Plan, noise: SessionNoise, p: Numbers) -> Value:
    """True where the patient leaves treatment after the session."""
    before = patient.symptoms
    lasting = before.integrated + effect.integrated
    benefit = lasting + before.relief + effect.relief + before.hope + effect.hope + effect.belief_relief
    chance = retention.leaving_chance(
        bond.alliance(effect.bond), effect.bond.fear, before.harm + effect.unresolved, benefit, p.retention
    )
    return noise.leave < plan.more * chance


@law
def changed(before: Patient, met: Meeting, effect: Effect, leaves: Value) -> Patient:
    """The patient after the session; who had left before it stays as before."""
    here = before.course.in_treatment > 0.5
    own = before.symptoms
    after = SymptomState(
        severity=integration.settle(
            own.severity, effect.lasting + effect.relief + effect.hope + (effect.belief_relief - own.belief_relief)
        ),
        set_point=integration.settle(own.set_point, effect.lasting),
        wellbeing=own.wellbeing,
        insight=own.insight + effect.insight,
        integrated=own.integrated + effect.integrated,
        relief=own.relief + effect.relief,
        hope=own.hope + effect.hope,
        belief_relief=effect.belief_relief,
        harm=own.harm + effect.unresolved,
        severity_before=own.severity,
    )
    return Patient(
        bond=each(chosen, effect.bond, before.bond, here),
        symptoms=each(chosen, after, own, here),
        course=CourseState(
            in_treatment=where(here, where(leaves, 0.0, 1.0), before.course.in_treatment),
            last_day=before.course.last_day,
        ),
        clinician_view=each(chosen, met.clinician_view, before.clinician_view, here),
    )


@law
def happened(before: Patient, met: Meeting, effect: Effect, leaves: Value) -> Encounter:
    """The session as a recorder keeps it; for those who had left nothing happened and nothing moved."""
    here = before.course.in_treatment > 0.5
    meeting = each(chosen, met.bond, before.bond, here)
    return Encounter(
        delivered=met.delivered,
        perceived=met.perceived,
        rupture=where(here & met.rupture, 1.0, 0.0),
        repaired=where(here & met.repaired, 1.0, 0.0),
        intensity=where(here, effect.intensity, 0.0),
        challenge=where(here, effect.challenge, 0.0),
        resolved=where(here, effect.resolved, 0.0),
        breakthrough=where(here, effect.breakthrough, 0.0),
        mystical=where(here, effect.mystical, 0.0),
        belief=where(here, effect.belief, 0.0),
        adverse=where(here & effect.adverse, 1.0, 0.0),
        attended=before.course.in_treatment,
        left=where(here & leaves, 1.0, 0.0),
        integrated_now=where(here, effect.integrated, 0.0),
        fear_at_arrival=where(here, met.fear_at_arrival, before.bond.fear),
        met_trust_before_rupture=where(here, met.trust_before_rupture, before.bond.trust),
        met_trust=meeting.trust,
        met_felt_empathy=meeting.felt_empathy,
        met_rapport=meeting.rapport,
        met_fear=meeting.fear,
        met_openness=meeting.openness,
        room_trust=where(here, effect.room.trust, before.bond.trust),
        room_fear=where(here, effect.room.fear, before.bond.fear),
        room_openness=where(here, effect.room.openness, before.bond.openness),
    )


@law
def tire(clinician: Clinician, patient: Patient, effect: Effect, act: Act) -> Value:
    """A clinician's fatigue after the session, [0, 1]; who meets nobody does not tire."""
    here = patient.course.in_treatment > 0.5
    return where(here, strain.tired(clinician.fatigue, effect.freshness * act.freshness), clinician.fatigue)


@law
def school(clinician: Clinician, met: Value, training: Training, p: Numbers) -> Behaviours:
    """A clinician's skill after the session, each in [0, 1]; who meets nobody (`met` 0) does not learn."""
    more = learning.learned(clinician.skill, clinician.supervised, training, p.learning)
    return each(chosen, more, clinician.skill, met > 0.5)


@law
def rate(patient: Patient, traits: Traits, plan: Plan, noise: SessionNoise, p: Numbers) -> Ratings:
    """Let patient and lead clinician rate the alliance after a session, in WAI-SR points.

    The patient's rating is coloured by improvement, the clinician's is not.
    """
    together = bond.alliance(patient.bond)
    better = traits.severity_at_entry - patient.symptoms.severity
    return Ratings(
        patient=score(ratings.coloured(together, better, plan.dosed, p.ratings), noise.wai, p.wai_sr),
        clinician=score(
            together + patient.clinician_view.alliance_rating_bias, noise.wai_clinician, p.wai_sr_clinician
        ),
    )


@law
def recall(encounter: Encounter, noise: DosingNoise, p: Numbers) -> Experience:
    """Ask about the experience after a dosing session, in questionnaire points."""
    return Experience(
        ebi=score(encounter.breakthrough, noise.ebi, p.ebi),
        meq30=score(encounter.mystical, noise.meq30, p.meq30),
        asc_boundlessness=score(encounter.mystical, noise.asc_boundlessness, p.asc_boundlessness),
        ceq=score(encounter.challenge, noise.ceq, p.ceq),
    )
