"""The dosing day: intensity, challenge and its resolution, breakthrough, mystical-type experience, harm."""

from alliance_sim.model.delivery import share
from alliance_sim.model.maths import average, exp, law, log, logistic, where
from alliance_sim.model.state import Value


@law
def intensity(dose: Value, sensitivity: Value, z: Value, drug: Value, p: Value) -> Value:
    """Acute intensity I = dʰ / (dʰ + ED50ʰ), in [0, 1); 0 without a dose [TD277, TD278].

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
def support(alliance: Value, delivered: Value, p: Value) -> Value:
    """Support in the room, in [0, 1]: the bond, and the boundaries, listening and empathy delivered."""
    held = average(delivered.boundaries, delivered.active_listening, delivered.empathy)
    return share(held, alliance, p.support_bond)


@law
def challenge(intensity: Value, fear: Value, support: Value, z: Value, p: Value) -> Value:
    """Challenge C, in [0, 1): rises with intensity and fear, falls with support; 0 without a drug."""
    return intensity * logistic(
        p.challenge_base + p.challenge_fear * fear - p.challenge_support * support + p.challenge_noise * z
    )


@law
def resolved_share(support: Value, p: Value) -> Value:
    """Share of the challenge that is worked through, in [0, 1]."""
    return logistic(p.resolve_base + p.resolve_support * support)


@law
def breakthrough(
    intensity: Value, openness: Value, resolved: Value, log_response_propensity: Value, z: Value, p: Value
) -> Value:
    """Emotional breakthrough B, in [0, 1): needs openness; resolved challenge turns into it [AE001]."""
    return intensity * logistic(
        p.breakthrough_base
        + p.breakthrough_openness * openness
        + p.breakthrough_resolved * resolved
        + p.breakthrough_propensity * log_response_propensity
        + p.experience_noise * z
    )


@law
def mystical(intensity: Value, trust: Value, fear: Value, traits: Value, z: Value, p: Value) -> Value:
    """Mystical-type experience M, in [0, 1): needs surrender (trust) and absorption [AE003, AE009]."""
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
    intensity: Value, breakthrough: Value, mystical: Value, traits: Value, z: Value, drug: Value, p: Value
) -> Value:
    """Insight the day yields, log units of severity, >= 0; its mean over `z` is free of the noise.

    The experience counts in proportion to the intensity that makes the mind plastic, so that low doses with
    some experience change little for long, as 10 mg did in COMP001 (TD089-TD101). How readily a patient responds
    acts through the experience alone: with MDMA patients changed no more differently than without (TM007, TM008).
    """
    depth = share(mystical, breakthrough, p.breakthrough_share)
    noise = exp(p.insight_noise * z - 0.5 * p.insight_noise * p.insight_noise)
    return drug.insight * traits.drug_effect * intensity * depth * noise


@law
def relief(intensity: Value, traits: Value, drug: Value) -> Value:
    """Transient relief by the drug itself, log units of severity, >= 0."""
    return drug.relief * traits.drug_effect * traits.propensity * intensity


@law
def wounded_trust(trust: Value, unresolved: Value, p: Value) -> Value:
    """Trust after unresolved challenge, in [0, 1]."""
    return trust * (1.0 - p.harm_trust * unresolved)


@law
def frightened(fear: Value, unresolved: Value, p: Value) -> Value:
    """Fear after unresolved challenge, in [0, 1]."""
    return fear + p.harm_fear * unresolved * (1.0 - fear)


@law
def adverse_chance(intensity: Value, unresolved: Value, p: Value) -> Value:
    """Chance of a psychological adverse event on a dosing day, in [0, 1]; 0 without a drug [SA016]."""
    return 1.0 - exp(-(p.adverse_intensity * intensity + p.adverse_unresolved * unresolved))


@law
def bonded(bond: Value, breakthrough: Value, p: Value) -> Value:
    """Any of the three bonds after an emotional breakthrough together, in [0, 1] [AP010]."""
    return bond + p.breakthrough_bond * breakthrough * (1.0 - bond)


@law
def relieved(fear: Value, intensity: Value, drug: Value) -> Value:
    """Fear under the drug, in [0, 1]: some drugs take a share of it away."""
    return fear * (1.0 - drug.fear_relief * intensity)


@law
def entrusted(trust: Value, intensity: Value, drug: Value) -> Value:
    """Trust under the drug, in [0, 1]: some drugs give a share of what is missing."""
    return trust + drug.trust_gain * intensity * (1.0 - trust)
