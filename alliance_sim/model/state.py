"""What a patient, a clinician and a session hold: the named tuples that laws read and return.

Every field is a float, an array over worlds, or a compiled lane: laws do not care which.
"""

import math
from typing import NamedTuple

from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.maths import Value


class Clinician(NamedTuple):
    """A clinician: skills, which learning moves; responsiveness; fatigue and when it was last updated."""

    skill: Behaviours  # [0, 1]
    responsiveness: Value  # [0, 1]
    fatigue: Value  # [0, 1]
    last_day: Value
    supervised: Value  # 1 or 0


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
    propensity: Value  # response propensity to drug and experience, > 0; mean 1 where nobody is treatment-resistant
    readiness: Value  # the same to hope and to what talking does: resistance counts less there
    placebo_responsiveness: Value  # how much hope this patient makes of the same occasion, > 0, mean 1
    dyad_effect: Value  # how well patient and lead clinician happen to fit
    wellbeing_level: Value  # standard score of usual wellbeing
    drug_effect: Value  # > 0, this trial's multiplier of the drug's effect
    symptom_volatility: Value  # > 0, how volatile symptoms are, 1 as in depression
    severity_at_entry: Value  # fraction of the scale's full range, >= 0
    guessed_anxiety: Value  # the lead clinician's guess of attachment anxiety
    guessed_avoidance: Value  # and of attachment avoidance


class BondState(NamedTuple):
    """How a patient stands to the clinicians; each in [0, 1]."""

    trust: Value
    felt_empathy: Value
    rapport: Value
    openness: Value
    fear: Value


class SymptomState(NamedTuple):
    """How ill a patient is, and what is on its way to change it."""

    severity: Value  # fraction of the scale's full range, >= 0
    set_point: Value  # the level severity relaxes to, same unit, > 0
    wellbeing: Value  # [0, 1]
    insight: Value  # unintegrated insight, log units of severity, >= 0
    integrated: Value  # insight turned into lasting change so far, same unit, >= 0
    relief: Value  # transient drug relief, log units, >= 0
    hope: Value  # transient placebo relief, log units, >= 0
    belief_relief: Value  # transient relief (worsening where < 0) by what the patient believes to have got, log units
    harm: Value  # unresolved challenge met so far, >= 0
    severity_before: Value  # severity at the previous session


class CourseState(NamedTuple):
    """Where a patient stands in the course of treatment."""

    in_treatment: Value  # 1 or 0
    last_day: Value  # day of the latest update


class ClinicianView(NamedTuple):
    """What the lead clinician makes of a patient, apart from what is true."""

    alliance_rating_bias: Value  # misjudgement of the bond, [-0.5, 0.5]


class Patient(NamedTuple):
    """What changes in a patient during treatment, and what the lead clinician makes of it."""

    bond: BondState
    symptoms: SymptomState
    course: CourseState
    clinician_view: ClinicianView


class Moment(NamedTuple):
    """What the days since the last visit and the hours of this one do to everyone alike.

    It depends on the timetable and the numbers only, so an engine makes it once for all patients.
    """

    relief: Value  # shares left of a transient, (0, 1]
    hope: Value
    belief: Value
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
    cohesion_pace: Value  # share of the way a group's cohesion moves in this session, [0, 1)


class Company(NamedTuple):
    """What the others of a group do for a patient in a shared session; nothing where nobody else is there."""

    comfort: Value  # by which the level falls that fear is heading to (rises where < 0), fear points
    opening: Value  # added to openness, log odds
    cohesion: Value  # of the group, [0, 1]; NaN for one alone


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
    belief: Value  # chance that the patient gives, after a dosing session, to having got the drug, [0, 1]
    adverse: Value  # 1 if an adverse event followed
    attended: Value  # 1 if the patient was in treatment when it began
    left: Value  # 1 if the patient left treatment after it
    integrated_now: Value  # insight turned into lasting change in this session, log units, >= 0
    fear_at_arrival: Value
    met_trust_before_rupture: Value  # in the meeting, before its rupture: what limits rapport
    met_trust: Value  # after the meeting, before drug and experience; as the next four
    met_felt_empathy: Value
    met_rapport: Value
    met_fear: Value
    met_openness: Value
    room_trust: Value  # with the drug, before the experience; as after the meeting without a drug
    room_fear: Value
    room_openness: Value


class Intervention(NamedTuple):
    """The do-operator in one session: for each state a switch (1 or 0), and the values recorded in another world.

    Where its switch is on, a state takes its recorded value wherever the session would write it, so that nothing this
    world does can reach through it.
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


ALONE = Company(0.0, 0.0, math.nan)
FIXABLE = tuple(name.removeprefix("on_") for name in Intervention._fields if name.startswith("on_"))
NO_INTERVENTION = Intervention(*(0.0 for _ in Intervention._fields))


class Plan(NamedTuple):
    """The plan of one session or assessment: when, how long, who shares it, what dose, what counts."""

    day: Value  # days since the trial began
    hours: Value  # > 0; 0 in assessments
    co_share: Value  # weight of the co-therapist, 0 when one clinician sees the patient
    dose: Value  # mg, or mg/kg when by_weight is 1
    by_weight: Value  # 1 if the dose is per kg of body weight
    more: Value  # 1 while further sessions are planned, 0 in the last: who attended it has not left
    early: Value  # 1 where the rating of the alliance may be the early one
    primary: Value  # 1 in the assessment on the primary day
    counted: Value  # 1 from the day on which the baseline is taken, 0 before
    quiet: Value  # of the days since the visit before, those before the baseline: symptoms stand still in them
    dosed: Value  # 1 once a dosing session was held, or in it
    preparation: Value  # 1 in a preparation session, else 0; as the next three
    therapy: Value
    dosing: Value
    integration: Value
    session: Value  # which of the patient's sessions it is, 1 for the first; in assessments the one before
    feedback: Value  # 1 where a score of the symptoms is fed back to the clinicians before the session


class Sample(NamedTuple):
    """Who is admitted: numbers of the patient population and of the trial's entry rule."""

    severity_mean: Value  # set-point of those referred, fraction of the scale
    severity_spread: Value  # of the set-point
    entry_spread: Value  # of true severity as published at entry; 0 where the set-point's spread is given
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
    """The clinician population: mean and spread of each skill, and the factor behind all of them."""

    mean: Behaviours
    spread: Behaviours
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
