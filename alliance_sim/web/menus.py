"""What the page's menus, sliders and links offer: read from the registry and the configuration."""

from typing import Any

from alliance_sim.analysis import printing
from alliance_sim.analysis.running import MEASURES
from alliance_sim.model.behaviours import DECLARED
from alliance_sim.model.policies import BUILT_IN, USUAL
from alliance_sim.model.registry import Quantity, hints, quantity
from alliance_sim.web import settings
from alliance_sim.world.clinicians import Clinicians, EffortLimits, PhaseShifts, Shift, Skill
from alliance_sim.world.places import names
from alliance_sim.world.protocol import Protocol, used_phases
from alliance_sim.world.scenario import (
    DEFAULT_SEED,
    Assignment,
    Condition,
    Patients,
    Rule,
    Scenario,
    load_patients,
    load_protocol,
)
from alliance_sim.world.seeds import LARGEST

TRIALS = 16  # replicates of every comparison
MOST_PATIENTS = 100
MOST_DAYS = 2000  # a trial of the live screen is shorter
USUAL_DAY = 60  # by which half of the patients have come
MOST_CASELOAD = Clinicians().max_caseload
USUAL_CASELOAD = 5  # patients that one clinician leads: the page's choice
SCREENS = ("compare", "play", "lessons", "live", "patient")
ARMS = {"a": "attentive", "b": "distant"}
PHASES = tuple(PhaseShifts.__dataclass_fields__)
CONDITIONS = {"depression": "Depression", "anxiety": "Anxiety", "ptsd": "PTSD"}
POLICIES = {
    "usual": "as usual: gives more of what this patient seems to lack",
    "manual": "by the manual: the same for every patient",
    "feedback_informed": "by feedback: more for patients whose measured symptoms lag behind",
    "repair_first": "repair first: mends a rupture that stayed open",
    "attachment_tailored": "tailored to attachment: more of what an insecure patient is slow to see",
    "phase_tailored": "tailored to the phase: more of what preparation, dosing and integration each ask for",
}
# Teaching examples, no types of real clinicians: the levels are assumptions. What is not named is typical.
# fmt: off
_EXAMPLES: dict[str, dict[str, float]] = {
    "attentive": {
        "boundaries": 0.75, "active_listening": 0.85, "authenticity": 0.75, "empathy": 0.85, "collaboration": 0.80},
    "typical": {},
    "distant": {
        "boundaries": 0.70, "active_listening": 0.40, "authenticity": 0.45, "empathy": 0.35, "collaboration": 0.40},
    "warm but without boundaries": {
        "boundaries": 0.20, "active_listening": 0.80, "authenticity": 0.70, "empathy": 0.90, "collaboration": 0.65},
    "by the book": {
        "boundaries": 0.90, "active_listening": 0.50, "authenticity": 0.40, "empathy": 0.45, "collaboration": 0.30},
    "tired with a full caseload": {"caseload": MOST_CASELOAD},
}
# fmt: on
_TYPICAL: dict[str, float] = {name: one.mean for name, one in DECLARED.items()}
PRESETS = {name: {**_TYPICAL, "caseload": USUAL_CASELOAD, **levels} for name, levels in _EXAMPLES.items()}
CONDITION = load_patients(load_protocol(settings.PROTOCOL).patients).condition.value  # unless another is chosen
Key = dict[str, Any]


def setup() -> dict[str, Any]:
    """Everything that the page's scripts read of the configuration, ready for JSON."""
    plans = {name: load_protocol(name) for name in names("protocol")}
    return {
        "keys": keys(),
        "presets": PRESETS,
        "behaviours": [{"name": name, "meaning": one.meaning, "phrase": one.phrase} for name, one in DECLARED.items()],
        "phases": PHASES,
        "policies": {name: POLICIES.get(name, name.replace("_", " ")) for name in BUILT_IN},
        "conditions": conditions(),
        "protocols": {name: _protocol(name, plan) for name, plan in plans.items()},
        "trials": TRIALS,
        "most": {"caseload": MOST_CASELOAD},
    }


def conditions() -> dict[str, str]:
    """Every condition and its words."""
    return {one.value: CONDITIONS.get(one.value, one.value) for one in Condition}


# ---------------------------------------------------------------------------------------------- keys of a link


def keys() -> dict[str, Key]:
    """What a link may say: kind, default and what is allowed, in the order in which a link is written."""
    made = {
        "screen": _choice("compare", SCREENS),
        "lesson": _text("[A-Za-z0-9_-]{0,40}"),
        "step": _whole(0, 0, 99),
        "sheet": _choice("", ("", "worksheet", "teacher")),
        "protocol": _choice(settings.PROTOCOL, names("protocol")),
        "condition": _choice(CONDITION, conditions()),
        "dose": _whole(100, 0, 150),
        "patients": _whole(Patients.number, 4, MOST_PATIENTS),
        "spacing": _whole(Assignment.enrolment_spacing, 0, 14),
        "rule": _choice(Rule.balanced.value, [rule.value for rule in Rule]),
        "seed": {**_text(r"\d{1,20}", f"{DEFAULT_SEED}"), "high": f"{LARGEST}"},
        "trial": _whole(1, 1, TRIALS),
        "patient": _whole(4, 1, MOST_PATIENTS),
        "day": _whole(USUAL_DAY, 0, MOST_DAYS),
        "who": _text(r"(?:patient|[ab]-clinician)-\d{1,3}|"),
        "guess": _text("[A-Za-z0-9._~-]{0,400}"),
        "more": _whole(0, 0, 1),
        "theme": _choice("auto", ("auto", "light", "dark")),
    }
    for arm, preset in ARMS.items():
        made |= {f"{arm}.{name}": one for name, one in _arm(preset).items()}
    return made


def _arm(preset: str) -> dict[str, Key]:
    level, budget, fatigue, shift = (_about(owner, name) for owner, name in _OWN)
    skills = {name: PRESETS[preset][name] for name in DECLARED}
    return {
        **{name: _number(usual, level) for name, usual in skills.items()},
        "caseload": _whole(USUAL_CASELOAD, 1, MOST_CASELOAD),
        "policy": _choice(USUAL, BUILT_IN, "a policy of one's own runs in Python alone"),
        "budget": _number(budget.upper, budget),
        "fatigue": _number(0.0, fatigue),
        **{f"{when}.{name}": _number(0.0, shift) for when in (*PHASES, "after_rupture") for name in skills},
    }


_OWN: tuple[tuple[Any, str], ...] = (
    (Skill, "mean"),
    (EffortLimits, "budget"),
    (EffortLimits, "fatigue"),
    (Shift, next(iter(DECLARED))),
)


def _about(owner: Any, name: str) -> Quantity:
    about = quantity(hints(owner)[name])
    assert about is not None, name
    return about


def _number(usual: float, about: Quantity) -> Key:
    return {"kind": "number", "usual": usual, "low": about.lower, "high": about.upper}


def _whole(usual: int, low: int, high: int) -> Key:
    return {"kind": "whole", "usual": usual, "low": low, "high": high}


def _choice(usual: str, choices: Any, more: str = "") -> Key:
    """A word of several; `more` is said where another one is given."""
    return {"kind": "choice", "usual": usual, "choices": list(choices)} | ({"more": more} if more else {})


def _text(pattern: str, usual: str = "") -> Key:
    return {"kind": "text", "usual": usual, "pattern": pattern}


# -------------------------------------------------------------------------------------------------- protocols


def _protocol(name: str, plan: Protocol) -> dict[str, Any]:
    own = load_patients(plan.patients)
    course = Scenario(plan, own).course()
    return {
        "name": plan.name,
        "condition": own.condition.value,
        "drug": plan.drug.value.replace("mdma", "MDMA"),
        "doses": plan.doses,
        "unit": "mg/kg" if plan.dose_per_kg else "mg",
        "group": Scenario(plan, own).cohorts.size,
        "present": present(plan),
        "primary": next(step.day for step in course if step.number == plan.assessments.primary_day),
        "primary_number": plan.assessments.primary_day,
        "course": [
            [step.name, step.phase, step.day, step.hours, step.clinicians, step.dose, step.group] for step in course
        ],
        "on": {condition: _on(name, plan, condition) for condition in conditions()},
    }


def present(plan: Protocol) -> int:
    """Clinicians in the room where there are most, 1 where nobody meets."""
    return max((getattr(plan, phase).clinicians for phase in used_phases(plan)), default=1)


def _on(protocol: str, plan: Protocol, condition: str) -> dict[str, Any]:
    """A protocol on a condition: the population it takes, its scale, the words of its outcomes."""
    people = settings.population(protocol, condition)
    scenario = Scenario(plan, load_patients(people))
    scale = scenario.instrument(scenario.primary)
    scales = scenario.parameters.instruments
    return {
        "patients": people,
        "scale": {
            "name": scale.name,
            "highest": scale.highest,
            "step": scale.step,
            "slope": scale.slope,
            "important": scale.important,
        },
        "highest": {name: getattr(scales, name).highest for name in ("ceq", "ebi", "meq30")},
        "labels": {name: text.strip() for name, text in printing.labels(scenario, MEASURES).items()},
    }
