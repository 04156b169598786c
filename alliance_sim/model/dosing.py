"""The dosing day: intensity, challenge and its resolution, breakthrough, mystical-type experience, harm."""

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.delivery import share
from alliance_sim.model.maths import Value, average, exp, law, log, logistic, where
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameter
from alliance_sim.model.state import Traits

HALF_DOSE = "Dose that gives half the full intensity in the median patient."
SENSITIVITY = "Spread of the log half-dose between patients."
RELIEF = "Transient relief at full intensity."
INSIGHT = "Insight from a complete experience."


# fmt: off
@configurable
class Drug:
    """One drug's dose response and its own paths."""

    half_dose: float = parameter(10.0, "ED50", "mg", 0.1, 500, ASSUMPTION, HALF_DOSE)
    steepness: float = parameter(1.0, "h", "1", 0.1, 6, ASSUMPTION, "Steepness of the dose response.")
    sensitivity_spread: float = parameter(0.3, "σ_d", "log mg", 0, 2, ASSUMPTION, SENSITIVITY)
    fear_relief: float = parameter(0.0, "g_F", "1", 0, 1, ASSUMPTION, "Share of fear taken away at full intensity.")
    trust_gain: float = parameter(0.0, "g_T", "1", 0, 1, ASSUMPTION,
        "Share of the missing trust given at full intensity.")
    relief: float = parameter(0.0, "ψ", "log units of severity", 0, 2, ASSUMPTION, RELIEF)
    insight: float = parameter(0.0, "φ", "log units of severity", 0, 10, ASSUMPTION, INSIGHT)


@configurable
class Psilocybin(Drug):
    """Psilocybin."""

    half_dose: float = parameter(8.79, "ED50", "mg", 0.1, 500, "calibrated to TD277, TD278", HALF_DOSE,
        "normal(9.7, 2.5)")
    steepness: float = parameter(1.16, "h", "1", 0.1, 6, "TD277, TD278", "Steepness of the dose response.")
    sensitivity_spread: float = parameter(1.42, "σ_d", "log mg", 0, 2, "calibrated to the SD in TD277, TD278",
        SENSITIVITY, "normal(1.2, 0.3)")
    relief: float = parameter(0.772, "ψ", "log units of severity", 0, 2, CALIBRATED, RELIEF, "normal(0.7, 0.45)")
    insight: float = parameter(3.0, "φ", "log units of severity", 0, 10, CALIBRATED, INSIGHT, "normal(3, 1.5)")


@configurable
class Mdma(Drug):
    """MDMA: less fear and more trust in the room."""

    half_dose: float = parameter(75.0, "ED50", "mg", 0.1, 500, ASSUMPTION, HALF_DOSE)
    steepness: float = parameter(2.0, "h", "1", 0.1, 6, ASSUMPTION, "Steepness of the dose response.")
    fear_relief: float = parameter(0.81, "g_F", "1", 0, 1, ASSUMPTION, "Share of fear taken away at full intensity.")
    trust_gain: float = parameter(0.15, "g_T", "1", 0, 1, ASSUMPTION,
        "Share of the missing trust given at full intensity.")
    relief: float = parameter(0.13, "ψ", "log units of severity", 0, 2, CALIBRATED, RELIEF, "normal(0.2, 0.2)")
    insight: float = parameter(1.51, "φ", "log units of severity", 0, 10, CALIBRATED, INSIGHT, "normal(1.8, 0.8)")


@configurable
class Dosing:
    """The dosing day: challenge, breakthrough, mystical-type experience and what they leave."""

    occasion: float = parameter(0.35, "σ_I", "log odds", 0, 2, ASSUMPTION,
        "Occasion-to-occasion spread of intensity in one patient.")
    challenge_base: float = parameter(0.6, "c₀", "log odds", -8, 8, ASSUMPTION,
        "Challenge per intensity at no fear and no support.")
    challenge_fear: float = parameter(3.0, "c_F", "log odds", 0, 10, ASSUMPTION, "Effect of fear on challenge.")
    challenge_support: float = parameter(3.0, "c_S", "log odds", 0, 10, ASSUMPTION,
        "Effect of support, against challenge.")
    challenge_noise: float = parameter(0.8, "σ_c", "log odds", 0, 3, ASSUMPTION,
        "Spread of challenge beyond fear and support.")
    resolve_base: float = parameter(-3.6, "q₀", "log odds", -8, 8, ASSUMPTION,
        "Log odds that challenge is resolved without support.")
    resolve_support: float = parameter(6.0, "q_S", "log odds", 0, 12, ASSUMPTION,
        "Effect of support on resolving challenge.")
    support_bond: float = parameter(0.60, "s_A", "1", 0, 1, ASSUMPTION,
        "Share of the bond in support; what clinicians deliver has the rest.")
    breakthrough_base: float = parameter(-2.65, "b₀", "log odds", -8, 8, "assumption: nothing published here tells it",
        "Breakthrough per intensity when nothing pulls either way.")
    breakthrough_openness: float = parameter(3.58, "b_O", "log odds", 0, 10,
        "assumption: nothing published here tells it", "Effect of openness on breakthrough.")
    breakthrough_resolved: float = parameter(3.0, "b_C", "log odds", 0, 10, ASSUMPTION,
        "Effect of resolved challenge on breakthrough.")
    breakthrough_propensity: float = parameter(1.39, "b_P", "log odds", 0, 5, "calibrated to AE001",
        "Effect of the log response propensity on breakthrough.", "normal(1.2, 0.5)")
    mystical_base: float = parameter(-1.2, "m₀", "log odds", -8, 8, "assumption: nothing published here tells it",
        "Mystical-type experience per intensity when nothing pulls either way.")
    mystical_trust: float = parameter(2.0, "m_T", "log odds", 0, 10, ASSUMPTION, "Effect of surrender, here trust.")
    mystical_fear: float = parameter(1.5, "m_F", "log odds", 0, 10, ASSUMPTION, "Effect of fear, against.")
    mystical_absorption: float = parameter(0.4, "m_a", "log odds per SD", 0, 3, ASSUMPTION, "Effect of absorption.")
    mystical_propensity: float = parameter(1.0, "m_P", "log odds", 0, 5, "assumption: AE003 hardly tells it",
        "Effect of the log response propensity.")
    experience_noise: float = parameter(0.716, "σ_e", "log odds", 0, 3, "calibrated to AE001, AE003",
        "Spread of both experiences beyond their causes.", "normal(0.7, 0.25)")
    breakthrough_share: float = parameter(0.6, "w_B", "1", 0, 1, "assumption: AE001 and AE003 hardly tell it",
        "Share of breakthrough in insight; the mystical-type experience has the rest.")
    insight_noise: float = parameter(0.423, "σ_Z", "log units", 0, 1.5, "calibrated to the SD of change at 25 mg",
        "Spread of what the same experience yields.", "normal(0.4, 0.15)")
    at_once: float = parameter(0.35, "ζ", "1", 0, 1, ASSUMPTION,
        "Share of insight that changes the set-point on the dosing day.")
    breakthrough_bond: float = parameter(0.15, "b_A", "1", 0, 1, "assumption; AP010 is predicted",
        "Share of the missing bond given by a complete breakthrough.")
    harm_trust: float = parameter(0.40, "u_T", "1", 0, 1, ASSUMPTION,
        "Share of trust lost at full unresolved challenge.")
    harm_fear: float = parameter(0.50, "u_F", "1", 0, 1, ASSUMPTION,
        "Share of the missing fear gained at full unresolved challenge.")
    harm_severity: float = parameter(0.35, "u_x", "log units of severity", 0, 2, ASSUMPTION,
        "Lasting worsening at full unresolved challenge.")
    adverse_intensity: float = parameter(0.08, "ae_I", "events", 0, 2, ASSUMPTION,
        "Expected psychological adverse events at full intensity, all challenge resolved.")
    adverse_unresolved: float = parameter(0.809, "ae_U", "events", 0, 10, "calibrated to SA016",
        "Expected psychological adverse events at full unresolved challenge.", "normal(0.8, 0.4)")
    between_trials: float = parameter(0.34, "τ_g", "log units", 0, 1,
        "what designs and populations leave of the SD of g between trials in TAU001 (calibration/between_trials.py)",
        "Spread of the drug's effect between trials, beyond their designs and populations.")
# fmt: on


@law
def intensity(dose: Value, sensitivity: Value, z: Value, drug: Drug, p: Dosing) -> Value:
    """Acute intensity I = dʰ / (dʰ + ED50ʰ), in [0, 1); 0 without a dose [Carhart-Harris 2016, TD277, TD278].

    Args:
        dose: mg, >= 0.
        sensitivity: The patient's standard score; higher feels more.
        z: Standard normal of the occasion.
        drug: The drug's numbers.
        p: The dosing day's numbers.
    """
    given = dose > 0.0
    relative = where(given, dose / drug.half_dose, 1.0)
    odds = drug.steepness * (log(relative) + drug.sensitivity_spread * sensitivity)
    return where(given, logistic(odds + p.occasion * z), 0.0)


@law
def support(alliance: Value, delivered: Behaviours, p: Dosing) -> Value:
    """Support in the room, in [0, 1]: the bond, and the boundaries, listening and empathy delivered."""
    held = average(delivered.boundaries, delivered.active_listening, delivered.empathy)
    return share(held, alliance, p.support_bond)


@law
def challenge(intensity: Value, fear: Value, support: Value, z: Value, p: Dosing) -> Value:
    """Challenge C, in [0, 1): rises with intensity and fear, falls with support; 0 without a drug."""
    return intensity * logistic(
        p.challenge_base + p.challenge_fear * fear - p.challenge_support * support + p.challenge_noise * z
    )


@law
def resolved_share(support: Value, p: Dosing) -> Value:
    """Share of the challenge that is worked through, in [0, 1]."""
    return logistic(p.resolve_base + p.resolve_support * support)


@law
def breakthrough(
    intensity: Value, openness: Value, resolved: Value, log_response_propensity: Value, z: Value, p: Dosing
) -> Value:
    """Emotional breakthrough B, in [0, 1): needs openness; resolved challenge turns into it [Goodwin 2025, AE001]."""
    return intensity * logistic(
        p.breakthrough_base
        + p.breakthrough_openness * openness
        + p.breakthrough_resolved * resolved
        + p.breakthrough_propensity * log_response_propensity
        + p.experience_noise * z
    )


@law
def mystical(intensity: Value, trust: Value, fear: Value, traits: Traits, z: Value, p: Dosing) -> Value:
    """Mystical-type experience M, in [0, 1): needs surrender (trust) and absorption.

    [Goodwin 2025, AE003; Russ 2019, AE009].
    """
    return intensity * logistic(
        p.mystical_base
        + p.mystical_trust * trust
        - p.mystical_fear * fear
        + p.mystical_absorption * traits.absorption
        + p.mystical_propensity * traits.log_response_propensity
        + p.experience_noise * z
    )


@law
def insight(
    intensity: Value, breakthrough: Value, mystical: Value, traits: Traits, z: Value, drug: Drug, p: Dosing
) -> Value:
    """Insight the day yields, log units of severity, >= 0; its mean over `z` is free of the noise.

    The experience counts in proportion to the intensity that makes the mind plastic, so that low doses with
    some experience change little for long, as 10 mg did in COMP001 [Goodwin 2022, TD089-TD101]. How readily a patient
    responds acts through the experience alone: with MDMA patients changed no more differently than without [Mitchell
    2021, TM007, TM008].
    """
    depth = share(mystical, breakthrough, p.breakthrough_share)
    noise = exp(p.insight_noise * z - 0.5 * p.insight_noise * p.insight_noise)
    return drug.insight * traits.drug_effect * intensity * depth * noise


@law
def relief(intensity: Value, traits: Traits, drug: Drug) -> Value:
    """Transient relief by the drug itself, log units of severity, >= 0."""
    return drug.relief * traits.drug_effect * traits.propensity * intensity


@law
def wounded_trust(trust: Value, unresolved: Value, p: Dosing) -> Value:
    """Trust after unresolved challenge, in [0, 1]."""
    return trust * (1.0 - p.harm_trust * unresolved)


@law
def frightened(fear: Value, unresolved: Value, p: Dosing) -> Value:
    """Fear after unresolved challenge, in [0, 1]."""
    return fear + p.harm_fear * unresolved * (1.0 - fear)


@law
def adverse_chance(intensity: Value, unresolved: Value, p: Dosing) -> Value:
    """Chance of a psychological adverse event on a dosing day, in [0, 1]; 0 without a drug [Eskinazi n.d., SA016]."""
    return 1.0 - exp(-(p.adverse_intensity * intensity + p.adverse_unresolved * unresolved))


@law
def bonded(bond: Value, breakthrough: Value, p: Dosing) -> Value:
    """Any of the three bonds after an emotional breakthrough together, in [0, 1] [Levin 2024, AP010]."""
    return bond + p.breakthrough_bond * breakthrough * (1.0 - bond)


@law
def relieved(fear: Value, intensity: Value, drug: Drug) -> Value:
    """Fear under the drug, in [0, 1]: some drugs take a share of it away."""
    return fear * (1.0 - drug.fear_relief * intensity)


@law
def entrusted(trust: Value, intensity: Value, drug: Drug) -> Value:
    """Trust under the drug, in [0, 1]: some drugs give a share of what is missing."""
    return trust + drug.trust_gain * intensity * (1.0 - trust)
