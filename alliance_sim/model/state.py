"""What a patient, a clinician and a session hold: the named tuples that laws read and return.

Every field is a float, an array over worlds, or a compiled lane: laws do not care which.
"""

from typing import Any, NamedTuple

Value = Any


class Behaviours(NamedTuple):
    """The five clinician behaviours, each in [0, 1]."""

    boundaries: Value
    active_listening: Value
    authenticity: Value
    empathy: Value
    collaboration: Value


class Clinician(NamedTuple):
    """A clinician: five skills and responsiveness (traits, [0, 1]), fatigue ([0, 1]) and when it was last updated."""

    boundaries: Value
    active_listening: Value
    authenticity: Value
    empathy: Value
    collaboration: Value
    responsiveness: Value
    fatigue: Value
    last_day: Value


class Traits(NamedTuple):
    """What a patient brings and keeps. Standard scores unless said otherwise."""

    attachment_anxiety: Value
    attachment_avoidance: Value
    expectancy: Value
    absorption: Value
    resistance: Value
    weight: Value  # kg
    sensitivity: Value  # standard score of the log dose that gives half the full intensity
    log_response_propensity: Value  # log of the response propensity
    propensity: Value  # response propensity, > 0, mean 1
    placebo_responsiveness: Value  # how much hope this patient makes of the same occasion, > 0, mean 1
    dyad_effect: Value  # the dyad's own fit with the lead clinician
    wellbeing_level: Value  # standard score of usual wellbeing
    drug_effect: Value  # > 0, this trial's multiplier of the drug's effect
    symptom_volatility: Value  # > 0, how restless symptoms are, 1 as in depression


class Patient(NamedTuple):
    """What changes in a patient during treatment."""

    trust: Value  # [0, 1]
    felt_empathy: Value  # [0, 1]
    rapport: Value  # [0, 1]
    openness: Value  # [0, 1]
    fear: Value  # [0, 1]
    severity: Value  # fraction of the scale's full range, >= 0
    set_point: Value  # the level severity relaxes to, same unit, > 0
    wellbeing: Value  # [0, 1]
    insight: Value  # unintegrated insight, log units of severity, >= 0
    integrated: Value  # insight turned into lasting change so far, same unit, >= 0
    relief: Value  # transient drug relief, log units, >= 0
    hope: Value  # transient placebo relief, log units, >= 0
    alliance_rating_bias: Value  # the lead clinician's misjudgement of the bond, [-0.5, 0.5]
    harm: Value  # unresolved challenge met so far, >= 0
    felt_severity: Value  # severity remembered from the previous session
    in_treatment: Value  # 1 or 0
    last_day: Value  # day of the latest update


class Moment(NamedTuple):
    """What the days since the last contact and the hours of this one do to everyone alike.

    It depends on the timetable and the numbers only, so an engine makes it once for all patients.
    """

    relief: Value  # shares left of a transient, (0, 1]
    hope: Value
    fear: Value
    insight: Value
    wellbeing: Value
    deviation: Value
    unrest: Value  # spread of the momentary deviation gained, severity
    wander: Value  # spread of the set-point's drift, log units
    bond_pace: Value  # share of the way the bond moves in this session, [0, 1)
    fear_pace: Value
    root_hours: Value  # √h
    freshness: Value  # share of a clinician's freshness left after these hours, (0, 1]


class Encounter(NamedTuple):
    """What happened in one session: the row a recorder keeps."""

    delivered: Behaviours
    perceived: Behaviours
    rupture: Value  # 1 if the session held a rupture
    repaired: Value  # 1 if it was mended
    intensity: Value  # acute drug intensity, [0, 1]
    challenge: Value  # [0, 1]
    resolved: Value  # part of the challenge that was resolved, [0, 1]
    breakthrough: Value  # emotional breakthrough, [0, 1]
    mystical: Value  # mystical-type experience, [0, 1]
    adverse: Value  # 1 if an adverse event followed
    attended: Value  # 1 if the patient was in treatment when it began
    left: Value  # 1 if the patient left treatment after it
    integrated_now: Value  # insight turned into lasting change in this session, log units, >= 0
    fear_at_arrival: Value  # fear on arrival at the session
    met_trust_before_rupture: Value  # in the meeting, before its rupture: what limits rapport
    met_trust: Value  # after the meeting, before drug and experience; as the next four
    met_felt_empathy: Value
    met_rapport: Value
    met_fear: Value
    met_openness: Value
    room_trust: Value  # with the drug, before the experience; as after the meeting without a drug
    room_fear: Value
    room_openness: Value


class Hold(NamedTuple):
    """States pinned to a recorded trajectory in one session: for each a switch (1 or 0) and its recorded values.

    A pinned state takes its recorded value wherever the session would write it, so that nothing this world
    does can reach through it.
    """

    on_trust: Value
    on_felt_empathy: Value
    on_rapport: Value
    on_fear: Value
    on_openness: Value
    on_rupture: Value  # rupture and repair together
    on_breakthrough: Value
    on_integration: Value
    rupture: Value
    repaired: Value
    breakthrough: Value
    integrated_now: Value
    fear_at_arrival: Value
    met_trust_before_rupture: Value
    met_trust: Value
    met_felt_empathy: Value
    met_rapport: Value
    met_fear: Value
    met_openness: Value
    room_trust: Value
    room_fear: Value
    room_openness: Value
    trust: Value  # when the session ends; as the next four
    felt_empathy: Value
    rapport: Value
    fear: Value
    openness: Value


SWITCHES = tuple(name.removeprefix("on_") for name in Hold._fields if name.startswith("on_"))
NOTHING_HELD = Hold(*(0.0 for _ in Hold._fields))


class Plan(NamedTuple):
    """The plan of one session: when, how long, who shares it, what dose."""

    day: Value  # days since the trial began
    hours: Value  # > 0
    co_share: Value  # weight of the co-therapist, 0 when one clinician sees the patient
    dose: Value  # mg, or mg/kg when by_weight is 1
    by_weight: Value  # 1 if the dose is per kg of body weight
    more: Value  # 1 while further sessions are planned, 0 in the last: who attended it has not left


class Numbers(NamedTuple):
    """Every parameter group a session reads: what the laws here receive as `p`."""

    delivery: Any
    perception: Any
    bond: Any
    rupture: Any
    openness: Any
    drug: Any  # the drug this protocol gives
    dosing: Any
    integration: Any
    symptoms: Any
    retention: Any
    strain: Any
    primary: Any  # the outcome scale
    secondary: Any
    wemwbs: Any
    wai_sr: Any
    wai_sr_clinician: Any
    star_p: Any
    ebi: Any
    meq30: Any
    asc_boundlessness: Any
    ceq: Any


class Sample(NamedTuple):
    """Who is admitted: numbers of the patient population and of the trial's entry rule."""

    severity_mean: Value  # set-point of those referred, fraction of the scale
    severity_spread: Value
    attachment_anxiety: Value  # mean standard score
    attachment_avoidance: Value
    attachment_link: Value  # correlation of the two, (-1, 1)
    expectancy: Value
    absorption: Value
    resistance: Value
    weight_mean: Value  # kg
    weight_spread: Value
    weight_lowest: Value
    symptom_volatility: Value  # of this condition's symptoms, 1 as in depression
    entry_lowest: Value  # entry cut-off, score of the entry instrument
    entry_highest: Value


class SkillLevels(NamedTuple):
    """The clinician population: mean and spread of each skill, and the factor behind all five."""

    boundaries: Value
    boundaries_spread: Value
    active_listening: Value
    active_listening_spread: Value
    authenticity: Value
    authenticity_spread: Value
    empathy: Value
    empathy_spread: Value
    collaboration: Value
    collaboration_spread: Value
    responsiveness: Value
    responsiveness_spread: Value
    loading: Value  # share of a skill's standard score carried by the common factor
    factor_shift: Value  # shift of the common factor, SD


class Entry(NamedTuple):
    """What is measured when a patient is admitted, in instrument points."""

    primary: Value
    secondary: Value
    wellbeing: Value


class Ratings(NamedTuple):
    """Both views of the alliance after a session, in WAI-SR points."""

    patient: Value
    clinician: Value


class Experience(NamedTuple):
    """Questionnaires after a dosing session, in their points."""

    ebi: Value
    meq30: Value
    asc_boundlessness: Value
    ceq: Value


class Assessment(NamedTuple):
    """What is measured on an assessment day, in instrument points."""

    primary: Value
    secondary: Value
    wellbeing: Value
    star_p: Value
