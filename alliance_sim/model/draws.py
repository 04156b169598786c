"""Named random streams: every draw has an address (seed, replicate, agent, session, purpose), none has a turn.

An address is hashed by Philox4x32-10, so a draw depends on nothing but its address: not on the state, the
order of agents, the engine, nor on how many draws anyone else made. A purpose is one block of four 32-bit
words: two pairs, each of them two normals or two uniforms. A new draw gets a free word or a new purpose,
and moves no other.
"""

from enum import IntEnum
from typing import NamedTuple

from alliance_sim.model.behaviours import Behaviours, drawn_from
from alliance_sim.model.maths import Value, law, normal_pair, normal_quantile, philox, uniform


class Purpose(IntEnum):
    """What a block of draws is for. Numbers are part of every address: never change or reuse one."""

    ATTACHMENT_AND_HOPE = 1
    ABSORPTION_AND_BODY = 2
    ENTRY = 3
    START = 4
    SKILL = 10
    SKILL_REST = 11
    DYAD = 20
    TRIAL = 30
    GROUP = 31
    DELIVERY = 40
    DELIVERY_REST = 41
    RUPTURE = 42
    RETENTION = 43
    SIGHT = 44
    EXPERIENCE = 50
    AFTERMATH = 51
    QUESTIONNAIRES = 52
    ASSESSMENT = 60
    ASSESSMENT_REST = 61


# Numba reads plain integers from a module, not enum members.
_ATTACHMENT = int(Purpose.ATTACHMENT_AND_HOPE)
_ABSORPTION = int(Purpose.ABSORPTION_AND_BODY)
_ENTRY = int(Purpose.ENTRY)
_START = int(Purpose.START)
_SKILL = int(Purpose.SKILL)
_SKILL_REST = int(Purpose.SKILL_REST)
_DYAD = int(Purpose.DYAD)
_TRIAL = int(Purpose.TRIAL)
_GROUP = int(Purpose.GROUP)
_DELIVERY = int(Purpose.DELIVERY)
_DELIVERY_REST = int(Purpose.DELIVERY_REST)
_RUPTURE = int(Purpose.RUPTURE)
_RETENTION = int(Purpose.RETENTION)
_SIGHT = int(Purpose.SIGHT)
_EXPERIENCE = int(Purpose.EXPERIENCE)
_AFTERMATH = int(Purpose.AFTERMATH)
_QUESTIONNAIRES = int(Purpose.QUESTIONNAIRES)
_ASSESSMENT = int(Purpose.ASSESSMENT)
_ASSESSMENT_REST = int(Purpose.ASSESSMENT_REST)


class Stream(NamedTuple):
    """The part of an address that a whole world shares: the seed's two halves and the replicate."""

    seed_low: Value
    seed_high: Value
    replicate: Value


class TraitNoise(NamedTuple):
    """Draws behind one patient's traits and start; standard normals but for `entry`, uniform in (0, 1)."""

    attachment_anxiety: Value
    attachment_avoidance: Value
    expectancy: Value
    resistance: Value
    absorption: Value
    weight: Value
    sensitivity: Value
    wellbeing: Value
    entry: Value
    misjudgement: Value
    set_point: Value
    deviation: Value
    bond: Value
    fear: Value
    secondary: Value
    wellbeing_score: Value


class SkillNoise(NamedTuple):
    """Draws behind one clinician's skills; standard normals."""

    common: Value
    skill: Behaviours
    responsiveness: Value


class SessionNoise(NamedTuple):
    """Draws of any session of one patient; `rupture`, `repair` and `leave` uniform, the rest normal."""

    delivery: Behaviours
    symptoms: Value
    wai: Value
    wai_clinician: Value
    misjudgement: Value
    drift: Value
    rupture: Value
    repair: Value
    leave: Value


class DyadNoise(NamedTuple):
    """Draws of one patient and the lead clinician; standard normals."""

    effect: Value
    attachment_anxiety: Value  # of the clinician's guess
    attachment_avoidance: Value


class SightNoise(NamedTuple):
    """Draws of what a clinician sees before a session: `notices` uniform, `measured` normal."""

    notices: Value
    measured: Value


class DosingNoise(NamedTuple):
    """Further draws of a dosing session; `adverse` uniform, the rest normal."""

    intensity: Value
    challenge: Value
    breakthrough: Value
    mystical: Value
    insight: Value
    guess: Value
    adverse: Value
    ebi: Value
    meq30: Value
    asc_boundlessness: Value
    ceq: Value


class AssessmentNoise(NamedTuple):
    """Draws of one assessment; standard normals."""

    symptoms: Value
    primary: Value
    secondary: Value
    wellbeing: Value
    star_p: Value
    drift: Value


@law
def _words(stream: Stream, agent: Value, session: Value, purpose: Value) -> tuple[Value, Value, Value, Value]:
    return philox(agent, session, stream.replicate, purpose, stream.seed_low, stream.seed_high)


@law
def _four_normals(stream: Stream, agent: Value, session: Value, purpose: Value) -> tuple[Value, Value, Value, Value]:
    a, b, c, d = _words(stream, agent, session, purpose)
    first, second = normal_pair(a, b)
    third, fourth = normal_pair(c, d)
    return first, second, third, fourth


@law
def trait_noise(stream: Stream, patient: Value) -> TraitNoise:
    """Draw what lies behind one patient's traits."""
    anxiety, avoidance, expectancy, resistance = _four_normals(stream, patient, 0, _ATTACHMENT)
    absorption, weight, sensitivity, wellbeing = _four_normals(stream, patient, 0, _ABSORPTION)
    a, b, c, d = _words(stream, patient, 0, _ENTRY)
    set_point, deviation = normal_pair(c, d)
    bond, fear, secondary, wellbeing_score = _four_normals(stream, patient, 0, _START)
    return TraitNoise(
        attachment_anxiety=anxiety,
        attachment_avoidance=avoidance,
        expectancy=expectancy,
        resistance=resistance,
        absorption=absorption,
        weight=weight,
        sensitivity=sensitivity,
        wellbeing=wellbeing,
        entry=uniform(a),
        misjudgement=normal_quantile(uniform(b)),
        set_point=set_point,
        deviation=deviation,
        bond=bond,
        fear=fear,
        secondary=secondary,
        wellbeing_score=wellbeing_score,
    )


skill_draws = drawn_from("skill_draw", _four_normals, _SKILL, _SKILL_REST)
delivery_draws = drawn_from("delivery_draw", _four_normals, _DELIVERY, _DELIVERY_REST)


@law
def skill_noise(stream: Stream, clinician: Value) -> SkillNoise:
    """Draw what lies behind one clinician's skills."""
    first = _four_normals(stream, clinician, 0, _SKILL)
    rest = _four_normals(stream, clinician, 0, _SKILL_REST)
    return SkillNoise(
        common=first[0],
        skill=skill_draws(stream, clinician, 0, first, rest),
        responsiveness=rest[2],
    )


@law
def dyad_effect(stream: Stream, patient: Value, clinician: Value) -> Value:
    """Draw how well one patient and one clinician happen to fit; standard normal."""
    a, b, _, _ = _words(stream, patient, clinician, _DYAD)
    fit, _ = normal_pair(a, b)
    return fit


@law
def dyad_noise(stream: Stream, patient: Value, clinician: Value) -> DyadNoise:
    """Draw how well one patient and one clinician happen to fit, and how the one guesses the other's attachment."""
    a, b, _, d = _words(stream, patient, clinician, _DYAD)
    fit, anxiety = normal_pair(a, b)
    return DyadNoise(effect=fit, attachment_anxiety=anxiety, attachment_avoidance=normal_quantile(uniform(d)))


@law
def dyad_lot(stream: Stream, patient: Value, clinician: Value) -> Value:
    """Draw the lot by which random assignment ranks clinicians for a patient; uniform in (0, 1)."""
    _, _, c, _ = _words(stream, patient, clinician, _DYAD)
    return uniform(c)


@law
def trial_noise(stream: Stream) -> Value:
    """Draw how this trial's drug effect differs from the average trial's; standard normal."""
    effect, _, _, _ = _four_normals(stream, 0, 0, _TRIAL)
    return effect


@law
def group_noise(stream: Stream, group: Value) -> Value:
    """Draw how a new group differs from the average one; standard normal."""
    start, _, _, _ = _four_normals(stream, group, 0, _GROUP)
    return start


@law
def session_noise(stream: Stream, patient: Value, session: Value) -> SessionNoise:
    """Draw what every session of one patient needs."""
    first = _four_normals(stream, patient, session, _DELIVERY)
    rest = _four_normals(stream, patient, session, _DELIVERY_REST)
    a, b, c, d = _words(stream, patient, session, _RUPTURE)
    misjudgement, drift = normal_pair(c, d)
    e, _, _, _ = _words(stream, patient, session, _RETENTION)
    return SessionNoise(
        delivery=delivery_draws(stream, patient, session, first, rest),
        symptoms=rest[1],
        wai=rest[2],
        wai_clinician=rest[3],
        misjudgement=misjudgement,
        drift=drift,
        rupture=uniform(a),
        repair=uniform(b),
        leave=uniform(e),
    )


@law
def sight_noise(stream: Stream, patient: Value, session: Value) -> SightNoise:
    """Draw what a clinician's look at one patient before a session needs."""
    a, b, c, _ = _words(stream, patient, session, _SIGHT)
    measured, _ = normal_pair(b, c)
    return SightNoise(notices=uniform(a), measured=measured)


@law
def dosing_noise(stream: Stream, patient: Value, session: Value) -> DosingNoise:
    """Draw what a dosing session needs beside `session_noise`."""
    intensity, challenge, breakthrough, mystical = _four_normals(stream, patient, session, _EXPERIENCE)
    a, b, c, _ = _words(stream, patient, session, _AFTERMATH)
    insight, guess = normal_pair(a, b)
    ebi, meq30, boundlessness, ceq = _four_normals(stream, patient, session, _QUESTIONNAIRES)
    return DosingNoise(
        intensity=intensity,
        challenge=challenge,
        breakthrough=breakthrough,
        mystical=mystical,
        insight=insight,
        guess=guess,
        adverse=uniform(c),
        ebi=ebi,
        meq30=meq30,
        asc_boundlessness=boundlessness,
        ceq=ceq,
    )


@law
def assessment_noise(stream: Stream, patient: Value, assessment: Value) -> AssessmentNoise:
    """Draw what one assessment of one patient needs."""
    symptoms, primary, secondary, wellbeing = _four_normals(stream, patient, assessment, _ASSESSMENT)
    star_p, drift, _, _ = _four_normals(stream, patient, assessment, _ASSESSMENT_REST)
    return AssessmentNoise(
        symptoms=symptoms,
        primary=primary,
        secondary=secondary,
        wellbeing=wellbeing,
        star_p=star_p,
        drift=drift,
    )
