"""Units of the columns of results, for the readers of a file on its own."""

from alliance_sim.engine.recording import BEHAVIOUR_COLUMNS, HOURS, QUANTILES
from alliance_sim.world.scenario import Scenario

STANDARD_SCORES = (
    *("attachment_anxiety", "attachment_avoidance", "expectancy", "absorption", "resistance"),
    *("sensitivity", "dyad_effect", "wellbeing_level"),
)
ZERO_TO_ONE = (
    *("trust", "felt_empathy", "rapport", "openness", "fear", "wellbeing", "fatigue", "skill", "cohesion"),
    *("intensity", "challenge", "resolved", "breakthrough", "mystical", "belief", "certainty", *BEHAVIOUR_COLUMNS),
)
LOG_SEVERITY = ("log_response_propensity", "insight", "integrated", "integrated_now", "relief", "hope", "belief_relief")
PRIMARY = ("baseline", "endpoint", "change", "change_sd", *QUANTILES, "score_primary")
SECONDARY = ("secondary_baseline", "secondary_change", "score_secondary")
WELLBEING = ("wellbeing_baseline", "wellbeing_change", "score_wellbeing")
EXPERIENCES = ("ebi", "meq30", "asc_boundlessness", "ceq")
COUNTS = (
    *("response", "remission", "dropout", "adverse", "adverse_events", "ruptures", "repairs", "sessions"),
    *("rupture", "repaired", "attended", "left", "in_treatment", "harm", "propensity", "placebo_responsiveness"),
    *("readiness", "drug_effect", "symptom_volatility", "guess"),
)


def units(scenario: Scenario) -> dict[str, str]:
    """Unit of every column that has one; "1" where it is a share, a count or yes and no."""
    points = scenario.parameters.instruments
    made = {"day": "days since the trial began", "patient_day": "days since enrolment", "weight": "kg"}
    made |= dict.fromkeys(STANDARD_SCORES, "SD")
    made |= dict.fromkeys(ZERO_TO_ONE, "1, from 0 to 1")
    made |= dict.fromkeys(("severity", "set_point", "severity_at_entry"), "share of the scale's range")
    made |= dict.fromkeys(LOG_SEVERITY, "log units of severity")
    made |= dict.fromkeys(PRIMARY, f"{scenario.instrument(scenario.primary).name} points")
    made |= dict.fromkeys(SECONDARY, f"{scenario.instrument(scenario.secondary).name} points")
    made |= dict.fromkeys(WELLBEING, f"{points.wemwbs.name} points")
    made |= dict.fromkeys(("wai", "wai_early", "wai_final"), f"{points.wai_sr.name} points")
    made |= dict.fromkeys(("wai_clinician", "wai_clinician_final"), f"{points.wai_sr_clinician.name} points")
    made |= dict.fromkeys(("star_p", "score_star_p"), f"{points.star_p.name} points")
    made |= {name: f"{getattr(points, name).name} points" for name in EXPERIENCES}
    made |= dict.fromkeys(COUNTS, "1")
    made[HOURS] = "h"
    return made
