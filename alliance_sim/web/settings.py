"""Worlds as plain data: all that a page needs to know of protocols, populations, policies and numbers, nothing rounded.

A page's settings are plain values (`DEFAULTS`); `scenario` makes of them the world that the command line would run.
"""

import functools
from collections.abc import Mapping
from typing import Any

from alliance_sim.engine import dyad
from alliance_sim.engine.arms import NOTHING_ASKED
from alliance_sim.engine.recording import (
    ASSESSMENT_COLUMNS,
    CLINICIAN_COLUMNS,
    OUTCOME_COLUMNS,
    PATIENT_COLUMNS,
    SESSION_COLUMNS,
    STATE_PLACES,
    STATES,
    TRAIT_PLACES,
    TRAITS,
)
from alliance_sim.errors import ScenarioError
from alliance_sim.model import groups, policies, state, tally
from alliance_sim.model.acting import Remembered, Seen
from alliance_sim.model.behaviours import DECLARED, NAMES
from alliance_sim.model.instruments import Scale
from alliance_sim.model.parameters import Numbers, Parameters
from alliance_sim.model.records import flat, leaves, names, paths_of, size
from alliance_sim.model.registry import parameters, record
from alliance_sim.model.timetable import PHASES, Kind
from alliance_sim.world import places
from alliance_sim.world.clinicians import Clinicians, Whom
from alliance_sim.world.configuration import changed
from alliance_sim.world.policy import FEEDBACK
from alliance_sim.world.protocol import Blinding, DrugName, Protocol, used_phases
from alliance_sim.world.scenario import (
    DEFAULT_SEED,
    SCALES,
    SESSION_PHASES,
    Assignment,
    Condition,
    Patients,
    Rule,
    Scenario,
    load_patients,
    load_protocol,
)

REPLACED = ("drug", "design", "primary", "secondary")  # groups of numbers that differ between worlds
DIGITS = 4  # of a dose
PROTOCOL = "comp001"  # unless another is chosen
STAFF, PEOPLE = Clinicians(), Patients()
KEYS = {row.key: row for row in parameters(Scenario())}
# What a world may say, and what holds where it does not.
DEFAULTS: dict[str, Any] = {
    "protocol": PROTOCOL,
    "condition": "",  # the protocol's own
    "patients": PEOPLE.number,
    "spacing": Assignment().enrolment_spacing,
    "clinicians": STAFF.number,
    "caseload": STAFF.max_caseload,  # most patients one clinician leads
    "rule": Assignment().rule.value,
    "dose": 1.0,  # of what was published
    "seed": str(DEFAULT_SEED),
    "skills": {name: DECLARED[name].mean for name in NAMES},
    "spreads": dict.fromkeys(NAMES, 0.0),  # between clinicians: each is a copy of the others
    "responsiveness": STAFF.responsiveness.mean,
    "phases": {phase: dict.fromkeys(NAMES, 0.0) for phase in SESSION_PHASES},
    "after_rupture": dict.fromkeys(NAMES, 0.0),
    "policy": policies.USUAL,
    "blinding": Blinding.as_felt.value,
    "feedback": False,  # scores are fed back to clinicians
    "budget": STAFF.effort.budget,
    "fatigue": STAFF.effort.fatigue,
    "supervision": {"sessions": 0.0, "share": 1.0, "whom": Whom.evenly.value, "hours": STAFF.supervision.hours},
    "practice": dict.fromkeys(NAMES, 0.0),
    "numbers": {},  # of the laws, by name
}
OF_KEYS = {  # the key of the command line that has a setting's range
    "patients": "patients.number",
    "spacing": "assignment.enrolment_spacing",
    "clinicians": "clinicians.number",
    "caseload": "clinicians.max_caseload",
    "responsiveness": "clinicians.responsiveness.mean",
    "budget": "clinicians.effort.budget",
    "fatigue": "clinicians.effort.fatigue",
    "skills": "clinicians.empathy.mean",
    "spreads": "clinicians.empathy.spread",
    "phases": "clinicians.phases.dosing.empathy",
    "after_rupture": "clinicians.after_rupture.empathy",
    "practice": "clinicians.practice.empathy",
    "supervision.sessions": "clinicians.supervision.sessions",
    "supervision.share": "clinicians.supervision.share",
    "supervision.hours": "clinicians.supervision.hours",
}
MOST_DOSE = 1.5  # of what was published
SIZES = {
    "clinician": state.Clinician,
    "patient": state.Patient,
    "traits": state.Traits,
    "entry": state.Entry,
    "tally": tally.Tally,
    "remembered": Remembered,
    "group": groups.Group,
    "intervention": state.Intervention,
    "seen": Seen,
}


@functools.cache
def data() -> dict[str, Any]:
    """Everything a page needs to make worlds and to name what is in them; the same each time."""
    whole: dict[str, Any] = _plain(_data())
    return whole


def _plain(held: Any) -> Any:
    """The same, with whole numbers as short as JavaScript reads them: it has one kind of numbers."""
    if isinstance(held, dict):
        return {name: _plain(value) for name, value in held.items()}
    if isinstance(held, list | tuple):
        return [_plain(value) for value in held]
    return int(held) if isinstance(held, float) and held.is_integer() else held


def _data() -> dict[str, Any]:
    base = Scenario().numbers()
    drugs = {name.value: getattr(Parameters(), name.value) for name in (DrugName.psilocybin, DrugName.mdma)}
    return {
        "defaults": DEFAULTS,
        "limits": {name: [KEYS[key].lower, KEYS[key].upper] for name, key in OF_KEYS.items()}
        | {"dose": [0, MOST_DOSE]},
        "whole": [name for name, key in OF_KEYS.items() if isinstance(KEYS[key].default, int)],
        "behaviours": {
            name: {"meaning": one.meaning, "phrase": one.phrase, "serves": one.serves} for name, one in DECLARED.items()
        },
        "rules": [rule.value for rule in Rule],
        "supervised": [whom.value for whom in Whom],
        "blindings": [one.value for one in Blinding],
        "phases": PHASES,
        "columns": {
            "sessions": SESSION_COLUMNS,
            "assessments": ASSESSMENT_COLUMNS,
            "outcomes": OUTCOME_COLUMNS,
            "patients": PATIENT_COLUMNS,
            "clinicians": CLINICIAN_COLUMNS,
        },
        "names": {
            "patient": names(state.Patient),
            "traits": names(state.Traits),
            "seen": Seen._fields,
            "plan": state.Plan._fields,
            "numbers": paths_of(base),
        },
        "kept": {"states": [STATES, STATE_PLACES], "traits": [TRAITS, TRAIT_PLACES]},
        "sizes": {name: size(kind) for name, kind in SIZES.items()} | {"under_way": dyad.UNDER_WAY},
        "places": {
            "pair": dyad.PAIR,
            "company": dyad.COMPANY,
            "chosen": dyad.CONDUCT,
            "seen": dyad.CONDUCT + dyad.BEHAVIOURS,
            "in_treatment": dyad.IN_TREATMENT,
            "supervised": names(state.Clinician).index("supervised"),
            "own_choice": dyad.OWN_CHOICE,
            "habit": dyad.HABIT,
        },
        "alone": [one if one == one else None for one in state.ALONE],
        "nothing_asked": NOTHING_ASKED.tolist(),
        "levels": {"loading": STAFF.loading, "shift": STAFF.factor_shift},
        "numbers": flat(base).tolist(),
        "replaced": {name: _start(name) for name in REPLACED},
        "drugs": {name: flat(record(drug)).tolist() for name, drug in drugs.items()},
        "scales": {scale.value: _scale(scale) for scale in Scale},
        "instruments": _instruments(),
        "conditions": {one.value: {"scales": [scale.value for scale in SCALES[one]]} for one in Condition},
        "policies": {
            name: {"meaning": _first_line(choose), "feedback": name in FEEDBACK}
            for name, choose in policies.BUILT_IN.items()
        },
        "protocols": {name: _protocol(name) for name in places.names("protocol")},
    }


def _start(group: str) -> int:
    """Place of the first number of a group of numbers."""
    before = Numbers._fields[: Numbers._fields.index(group)]
    whole: Any = Scenario().numbers()
    return sum(len(leaves(getattr(whole, name))) for name in before)


def _first_line(choose: Any) -> str:
    return str(choose.__doc__).strip().splitlines()[0]


def _scale(scale: Scale) -> dict[str, Any]:
    own = getattr(Parameters().instruments, scale.value)
    return {
        "name": own.name,
        "lowest": own.lowest,
        "highest": own.highest,
        "important": own.important,
        "remission": own.remission,
        "values": flat(record(own)).tolist(),
    }


def _instruments() -> dict[str, Any]:
    """Name and range of every questionnaire that is no outcome scale."""
    whole = Parameters().instruments
    others = [name for name in Numbers._fields if hasattr(whole, name)]
    found = {name: getattr(whole, name) for name in others}
    return {
        name: {"name": one.name, "lowest": one.lowest, "highest": one.highest} | _important(one)
        for name, one in found.items()
    }


def _important(one: Any) -> dict[str, float]:
    return {"important": one.important} if hasattr(one, "important") else {}


def population(protocol: str, condition: str) -> str:
    """The patients of a world: the protocol's own where they have the condition chosen, else the condition's."""
    own = load_protocol(protocol).patients
    return own if load_patients(own).condition.value == condition else condition


def _protocol(name: str) -> dict[str, Any]:
    plan = load_protocol(name)
    world = Scenario(protocol=plan)
    steps = world.course()
    plans = world.plans()
    given = iter(range(len(plan.doses)))
    return {
        "title": plan.name,
        "drug": plan.drug.value,
        "doses": plan.doses,
        "dose_per_kg": plan.dose_per_kg,
        "allocation": plan.allocation.value,
        "patients": plan.patients,
        "condition": world.patients.condition.value,
        "phases": {phase: _phase(plan, phase) for phase in used_phases(plan)},
        "primary_day": plan.assessments.primary_day,
        "measuring": plan.measuring,
        "group": world.cohorts.size,
        "shares_all": world.cohorts.always,
        "design": flat(world.design).tolist(),
        "steps": [
            {
                "phase": step.phase,
                "number": step.number,
                "name": step.name,
                "day": step.day,
                "hours": step.hours,
                "clinicians": step.clinicians,
                "group": step.group,
                "code": step.code,
                "kind": int(step.kind),
                **({"dose": next(given)} if step.kind is Kind.DOSE and plan.doses else {}),
                "plan": flat(plans[step.code]).tolist(),
            }
            for step in steps
        ],
        "conditions": {one.value: _people(name, one.value) for one in Condition},
    }


def _phase(plan: Protocol, phase: str) -> dict[str, Any]:
    own = getattr(plan, phase)
    return {"hours": own.hours, "clinicians": own.clinicians, "group": own.group}


def _people(protocol: str, condition: str) -> dict[str, Any]:
    who = population(protocol, condition)
    world = Scenario(protocol=load_protocol(protocol), patients=load_patients(who))
    return {
        "population": who,
        "primary": world.primary.value,
        "secondary": world.secondary.value,
        "entry": list(world.entry_bounds),
        "sample": flat(world.sample()).tolist(),
    }


def doses(plan: Protocol, share: float) -> list[float]:
    """The doses of a protocol at a share of what was published, mg or mg/kg."""
    return plan.doses if share == 1.0 else [round(dose * (100 * share) / 100, DIGITS) for dose in plan.doses]


def _key(number: str, plan: Protocol) -> str:
    """The key of a number of the laws."""
    return f"parameters.{number.replace('drug.', f'{plan.drug.value}.', 1) if number.startswith('drug.') else number}"


def scenario(settings: Mapping[str, Any]) -> Scenario:
    """The world that settings of a page name, as the command line makes it.

    Raises:
        ScenarioError: There is no such setting, a value is not allowed or the settings contradict one another.
    """
    unknown = [name for name in settings if name not in DEFAULTS]
    if unknown:
        raise ScenarioError(f"there is no setting {unknown[0]!r}; choose one of: {', '.join(DEFAULTS)}.")
    given = {**DEFAULTS, **settings}
    plan = load_protocol(given["protocol"])
    condition = given["condition"] or load_patients(plan.patients).condition.value
    world = Scenario(protocol=plan, patients=load_patients(population(given["protocol"], condition)))
    values: dict[str, Any] = {
        "patients.number": given["patients"],
        "assignment.enrolment_spacing": given["spacing"],
        "assignment.rule": given["rule"],
        "clinicians.number": given["clinicians"],
        "clinicians.max_caseload": given["caseload"],
        "clinicians.responsiveness.mean": given["responsiveness"],
        "clinicians.responsiveness.spread": 0.0,
        "clinicians.effort.budget": given["budget"],
        "clinicians.effort.fatigue": given["fatigue"],
        "policy.name": given["policy"],
        "protocol.blinding": given["blinding"],
        "protocol.feedback": given["feedback"] or given["policy"] in FEEDBACK,
    }
    for own, where in (("skills", "mean"), ("spreads", "spread")):
        values |= {f"clinicians.{name}.{where}": number for name, number in (DEFAULTS[own] | given[own]).items()}
    for phase, shifts in given["phases"].items():
        values |= {f"clinicians.phases.{phase}.{name}": number for name, number in shifts.items()}
    for group in ("after_rupture", "supervision", "practice"):
        values |= {f"clinicians.{group}.{name}": number for name, number in given[group].items()}
    values |= {_key(name, plan): number for name, number in given["numbers"].items()}
    if plan.doses:
        values["protocol.doses"] = doses(plan, given["dose"])
    return changed(world, values)
