"""Admission: how clinicians are hired and patients arrive, the entry rule on the observed score included."""

from alliance_sim.model import acting, blinding, bond, integration, openness, symptoms
from alliance_sim.model.draws import DyadNoise, SkillNoise, TraitNoise
from alliance_sim.model.instruments import score
from alliance_sim.model.maths import Value, each, exp, law, maximum, minimum, sqrt, unit, where
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.state import (
    BondState,
    Clinician,
    ClinicianView,
    CourseState,
    Entry,
    Patient,
    Sample,
    SkillLevels,
    SymptomState,
    Traits,
)

TINY = 1e-12  # a variance below which there is none


@law
def _skill(mean: Value, spread: Value, own: Value, common: Value, rest: Value) -> Value:
    return unit(mean + spread * (common + rest * own))


@law
def hire(noise: SkillNoise, levels: SkillLevels, p: Numbers) -> Clinician:
    """Make a clinician as the trial begins: skills around a common factor, and responsiveness.

    skill = mean + spread × (loading × factor + √(1 - loading²) × own part), cut to [0, 1].
    """
    common = levels.loading * (noise.common + levels.factor_shift)
    rest = sqrt(1.0 - levels.loading * levels.loading)
    return Clinician(
        skill=each(_skill, levels.mean, levels.spread, noise.skill, common, rest),
        responsiveness=unit(levels.responsiveness + levels.responsiveness_spread * noise.responsiveness),
        fatigue=p.strain.start,
        last_day=0.0,
        supervised=0.0,
    )


@law
def drug_effect(z: Value, p: Numbers) -> Value:
    """Multiplier of the drug's effect in this trial, > 0, mean 1 over trials [SYPRES 2025, TAU001]."""
    spread = p.dosing.between_trials
    return exp(spread * z - 0.5 * spread * spread)


@law
def arrive(
    day: Value, noise: TraitNoise, dyad: DyadNoise, drug_effect: Value, sample: Sample, p: Numbers
) -> tuple[Traits, Patient, Entry]:
    """Admit a patient on `day`: traits, state and scores at entry.

    Entry is on the observed score: true level, momentary deviation and measurement error are drawn given
    the observed severity, so that regression to the mean follows and needs no term of its own. A population is given
    by the spread of its set-points, or by its published scores: then what these leave beside the momentary deviation
    is the set-points', and at most a share of them is momentary.

    Args:
        day: Days since the trial began.
        noise: Draws behind the patient's traits and start.
        dyad: Draws of the dyad with the lead clinician.
        drug_effect: The trial's multiplier of the drug's effect.
        sample: Who is admitted.
        p: All numbers.
    """
    anxiety = sample.attachment_anxiety + noise.attachment_anxiety
    link = sample.attachment_link
    avoidance = (
        sample.attachment_avoidance
        + link * noise.attachment_anxiety
        + sqrt(1.0 - link * link) * noise.attachment_avoidance
    )
    expectancy = sample.expectancy + noise.expectancy
    absorption = sample.absorption + noise.absorption
    resistance = sample.resistance + noise.resistance
    hard = p.symptoms.resistance_effect
    log_response_propensity = symptoms.log_response_propensity(expectancy, absorption, resistance, hard, p.symptoms)
    common = p.symptoms.resistance_common * hard
    log_readiness = symptoms.log_response_propensity(expectancy, absorption, resistance, common, p.symptoms)

    error = p.primary.noise / p.primary.slope
    published = sample.entry_spread > 0.0
    true_variance = sample.entry_spread * sample.entry_spread
    state_spread = p.symptoms.fluctuation * sample.symptom_volatility
    usual_variance = state_spread * state_spread
    most = p.symptoms.momentary_share * true_variance
    state_variance = where(published, minimum(usual_variance, most), usual_variance)
    set_variance = where(published, true_variance - state_variance, sample.severity_spread * sample.severity_spread)
    calmer = where(usual_variance > 0.0, sqrt(state_variance / maximum(usual_variance, TINY)), 1.0)
    momentary_variance = state_variance + error * error
    total_variance = set_variance + momentary_variance
    observed = symptoms.observed_at_entry(
        noise.entry,
        sample.severity_mean,
        sqrt(total_variance),
        (sample.entry_lowest - 0.5 * p.primary.step) / p.primary.slope,
        (sample.entry_highest + 0.5 * p.primary.step) / p.primary.slope,
    )
    excess = observed - sample.severity_mean
    own = symptoms.part_of(excess, set_variance, total_variance, noise.set_point)
    momentary = symptoms.part_of(excess - own, state_variance, momentary_variance, noise.deviation)
    set_point = maximum(sample.severity_mean + own, error)
    severity = maximum(set_point + momentary, 0.0)

    traits = Traits(
        attachment_anxiety=anxiety,
        attachment_avoidance=avoidance,
        expectancy=expectancy,
        absorption=absorption,
        resistance=resistance,
        weight=maximum(sample.weight_mean + sample.weight_spread * noise.weight, sample.weight_lowest),
        sensitivity=noise.sensitivity,
        log_response_propensity=log_response_propensity,
        propensity=exp(log_response_propensity),
        readiness=exp(log_readiness),
        placebo_responsiveness=integration.placebo_responsiveness(expectancy, p.integration),
        dyad_effect=dyad.effect,
        wellbeing_level=noise.wellbeing,
        drug_effect=drug_effect,
        symptom_volatility=sample.symptom_volatility * calmer,
        severity_at_entry=severity,
        guessed_anxiety=acting.guessed(anxiety, dyad.attachment_anxiety, p.sensing),
        guessed_avoidance=acting.guessed(avoidance, dyad.attachment_avoidance, p.sensing),
    )

    trust = bond.start_trust(noise.bond, traits, p.bond)
    felt_empathy = bond.start_warmth(p.bond.felt_empathy_start, noise.bond, traits, p.bond)
    rapport = bond.start_warmth(p.bond.rapport_start, noise.bond, traits, p.bond)
    fear = openness.start_fear(noise.fear, anxiety, p.openness)
    wellbeing = symptoms.wellbeing_target(severity, 0.0, noise.wellbeing, p.symptoms)
    patient = Patient(
        bond=BondState(
            trust=trust,
            felt_empathy=felt_empathy,
            rapport=rapport,
            openness=openness.openness(trust, felt_empathy, rapport, fear, absorption, 0.0, p.openness),
            fear=fear,
        ),
        symptoms=SymptomState(
            severity=severity,
            set_point=set_point,
            wellbeing=wellbeing,
            insight=0.0,
            integrated=0.0,
            relief=0.0,
            hope=0.0,
            belief_relief=blinding.at_enrolment(p.design, traits, p.blinding),
            harm=0.0,
            severity_before=severity,
        ),
        course=CourseState(in_treatment=1.0, last_day=day),
        clinician_view=ClinicianView(
            alliance_rating_bias=unit(0.5 + p.delivery.rating_bias_spread * noise.misjudgement) - 0.5,
        ),
    )
    entry = Entry(
        primary=score(observed, 0.0, p.primary),
        secondary=score(severity, noise.secondary, p.secondary),
        wellbeing=score(wellbeing, noise.wellbeing_score, p.wemwbs),
    )
    return traits, patient, entry
