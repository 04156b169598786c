"""What each column of trials, patients and sessions is, said once: units, `columns.csv` and documentation read it."""

from collections.abc import Mapping
from typing import NamedTuple

from alliance_sim.engine.recording import HOURS, QUANTILES
from alliance_sim.model.behaviours import DECLARED

NUMBER, WHOLE, YES, WORD, TRUTH = "number", "whole number", "1 or 0", "word", "true or false"


class Column(NamedTuple):
    """One column as it is declared."""

    meaning: str
    unit: str = ""  # in words; that of a score stands with its questionnaire
    lowest: float | None = None  # inclusive; None where there is no bound
    highest: float | None = None
    type: str = NUMBER
    scale: str = ""  # role or name of the questionnaire of a score
    difference: bool = False  # of two scores


def _score(scale: str, meaning: str) -> Column:
    return Column(meaning, scale=scale)


def _fall(scale: str, meaning: str) -> Column:
    return Column(meaning, scale=scale, difference=True)


def _share(meaning: str) -> Column:
    return Column(meaning, "1, from 0 to 1", 0, 1)


def _yes(meaning: str) -> Column:
    return Column(meaning, "1", 0, 1, YES)


def _count(meaning: str) -> Column:
    return Column(meaning, "1", 0, None, WHOLE)


def _number(meaning: str, first: int = 0) -> Column:
    return Column(meaning, "", first, None, WHOLE)


def _above(meaning: str, unit: str) -> Column:
    return Column(meaning, unit, 0)


def _standard(meaning: str) -> Column:
    return Column(meaning, "SD")


def _word(meaning: str) -> Column:
    return Column(meaning, type=WORD)


LOG = "log units of severity"
OF_SCALE = "share of the scale's range"
IDS = {
    "id": _word("content address of the arm or point: 16 hexadecimal digits, as in the design"),
    "arm": _word("name of the arm"),
    "point": _number("number of the point of the design"),
    "replicate": _number("which simulated trial: the unit of independent variation"),
}
OF_TRIALS = {"patients": Column("how many patients the trial had", "1", 0, None, WHOLE)}
STATUS = {
    "status": _word("`done` or `failed`"),
    "error": _word("what a failed trial raised; nothing where it is done"),
}
WHO = {
    "patient": _number("number of the patient in the trial; the same person in every arm"),
    "lead": _number("number of the lead clinician; of a shared session the group's"),
}
OF_PATIENTS = {"co": _number("number of the co-therapist")}
OF_SESSIONS = {
    "day": Column("day of the trial", "days since the trial began", 0, None, WHOLE),
    "patient_day": Column("day of this patient", "days since enrolment", 0, None, WHOLE),
    "phase": _word("`preparation`, `therapy`, `dosing`, `integration` or `assessment`"),
    "session": _word("name of the session or assessment within its phase"),
}
OUTCOMES = {
    "baseline": _score("primary", "primary score at entry"),
    "endpoint": _score("primary", "primary score on the primary day"),
    "change": _fall("primary", "endpoint − baseline; negative is better"),
    "response": _yes("response by the rule of the primary scale"),
    "remission": _yes("remission by the rule of the primary scale"),
    "dropout": _yes("left treatment before the last session"),
    "adverse": _yes("had a psychological adverse event on a dosing day"),
    "secondary_baseline": _score("secondary", "score of the second scale at entry"),
    "secondary_change": _fall("secondary", "its change from entry to the primary day; negative is better"),
    "wellbeing_baseline": _score("wemwbs", "wellbeing at entry"),
    "wellbeing_change": _fall("wemwbs", "change in wellbeing from entry to the primary day; positive is better"),
    "star_p": _score("star_p", "rapport, on the primary day"),
    "wai_early": _score(
        "wai_sr",
        "the patient's rating of the alliance: last before the first dose, without dosing of the first four sessions",
    ),
    "wai_final": _score("wai_sr", "the patient's last rating of the alliance"),
    "wai_clinician_final": _score("wai_sr_clinician", "the lead clinician's last rating of the alliance"),
    "ebi": _score("ebi", "emotional breakthrough, highest of all dosing sessions"),
    "meq30": _score("meq30", "mystical experience, highest of all dosing sessions"),
    "asc_boundlessness": _score("asc_boundlessness", "oceanic boundlessness, highest of all dosing sessions"),
    "ceq": _score("ceq", "challenging experience, highest of all dosing sessions"),
    "guess": _yes(
        "believes after the latest dosing session to have got the drug; of those dosed, missing without a dose"
    ),
    "certainty": _share("certainty of that guess: 0 even odds, 1 without a doubt"),
    "ruptures": _count("how many sessions held a rupture"),
    "repairs": _count("how many ruptures were mended"),
    "sessions": _count("how many sessions were attended"),
    "adverse_events": _count("how many psychological adverse events on dosing days"),
    HOURS: _above(
        "hours of all clinicians present in the sessions attended: those of a pair count twice, of a shared session "
        "the part of one of those present; with supervision, practice, and measuring where feedback is given",
        "h",
    ),
}
SPREAD = {
    "change_sd": Column("standard deviation of `change` over the trial's patients", "", 0, scale="primary"),
    **{
        name: _fall("primary", f"{share:.0%} quantile of `change` over the trial's patients")
        for name, share in QUANTILES.items()
    },
}
TRAITS = {
    "attachment_anxiety": _standard("attachment anxiety, standard score"),
    "attachment_avoidance": _standard("attachment avoidance, standard score"),
    "expectancy": _standard("expectancy, standard score"),
    "absorption": _standard("absorption, standard score"),
    "resistance": _standard("treatment resistance, standard score"),
    "weight": _above("body weight", "kg"),
    "sensitivity": _standard("sensitivity to the drug, standard score"),
    "log_response_propensity": Column("log of `propensity`", LOG),
    "propensity": _above("response propensity to drug and experience; mean 1 where nobody is treatment-resistant", "1"),
    "readiness": _above("propensity to hope and to what talking does: resistance counts less there", "1"),
    "placebo_responsiveness": _above("multiplier of hope, mean 1", "1"),
    "dyad_effect": _standard("fit with the lead clinician, standard score"),
    "wellbeing_level": _standard("usual wellbeing, standard score"),
    "drug_effect": _above("the trial's multiplier of the drug's effect, the same for all its patients", "1"),
    "symptom_volatility": _above("how much symptoms fluctuate and drift, 1 as in depression", "1"),
    "severity_at_entry": _above("severity at entry", OF_SCALE),
}
STATES = {
    "trust": _share("trust in the clinicians"),
    "felt_empathy": _share("how understood the patient feels"),
    "rapport": _share("rapport"),
    "openness": _share("openness"),
    "fear": _share("fear"),
    "severity": _above("momentary severity", OF_SCALE),
    "set_point": _above("severity that the momentary one relaxes to", OF_SCALE),
    "wellbeing": _share("wellbeing"),
    "insight": _above("insight not yet integrated", LOG),
    "integrated": _above("insight integrated so far", LOG),
    "relief": _above("transient relief by the drug", LOG),
    "hope": _above("transient relief by hope", LOG),
    "belief_relief": Column("transient relief by what the patient believes to have got; below 0: disappointment", LOG),
    "harm": _above("unresolved challenge met so far", "1"),
    "in_treatment": _yes("still in treatment afterwards"),
}
BEHAVIOURS = {
    f"{how}_{name}": _share(said.format(name.replace("_", " ")))
    for how, said in (
        ("delivered", "{} that the clinicians delivered in the session"),
        ("perceived", "{} that the patient perceived in the session"),
    )
    for name in DECLARED
}
EVENTS = {
    "rupture": _yes("there was a rupture"),
    "repaired": _yes("the rupture was mended"),
    "intensity": _share("intensity of the drug's acute effect"),
    "challenge": _share("challenging experience"),
    "resolved": _share("the part of `challenge` that was worked through"),
    "breakthrough": _share("emotional breakthrough"),
    "mystical": _share("mystical-type experience"),
    "belief": _share("after a dosing session: the chance that the patient gives to having got the drug"),
    "adverse": _yes("a psychological adverse event followed"),
    "attended": _yes("the patient was there"),
    "left": _yes("the patient left treatment after it"),
    "integrated_now": _above("insight integrated in this session", LOG),
    "wai": _score("wai_sr", "the patient's rating of the alliance after the session"),
    "wai_clinician": _score("wai_sr_clinician", "the lead clinician's rating of the alliance after the session"),
    "fatigue": _share("fatigue of the lead clinician after the session"),
    "skill": _share("mean skill of the lead clinician in the session; it moves where clinicians learn"),
    "cohesion": _share("cohesion of the group when a shared session begins; missing where nobody else is there"),
    "ebi": _score("ebi", "emotional breakthrough, after the dosing session"),
    "meq30": _score("meq30", "mystical experience, after the dosing session"),
    "asc_boundlessness": _score("asc_boundlessness", "oceanic boundlessness, after the dosing session"),
    "ceq": _score("ceq", "challenging experience, after the dosing session"),
}
ASSESSED = {
    "score_primary": _score("primary", "primary score of the assessment"),
    "score_secondary": _score("secondary", "score of the second scale of the assessment"),
    "score_wellbeing": _score("wemwbs", "wellbeing score of the assessment"),
    "score_star_p": _score("star_p", "rapport score of the assessment"),
}


def _of_a_trial(column: Column) -> Column:
    """A patient's outcome as a trial has it."""
    return column._replace(type=NUMBER, meaning=f"mean over patients: {column.meaning}")


# How the columns of a group are computed, in a few words.
GROUPS: dict[str, tuple[tuple[Mapping[str, Column], str], ...]] = {
    "trials": (
        (IDS, "names the trial"),
        (OF_TRIALS, "set by the study"),
        ({name: _of_a_trial(column) for name, column in OUTCOMES.items()}, "mean over the patients who have one"),
        (SPREAD, "over the trial's patients"),
        (STATUS, "how the trial ended"),
    ),
    "patients": (
        (IDS, "names the trial"),
        ({**WHO, **OF_PATIENTS}, "names the patient and the clinicians"),
        (TRAITS, "drawn as the patient enrols"),
        (OUTCOMES, "from the patient's sessions and assessments"),
    ),
    "sessions": (
        (IDS, "names the trial"),
        ({**WHO, **OF_SESSIONS}, "from the timetable"),
        (STATES, "state after the session or assessment"),
        ({**BEHAVIOURS, **EVENTS}, "in the session; missing in assessments and for patients who had left"),
        (ASSESSED, "in the assessment; missing in sessions"),
    ),
}
