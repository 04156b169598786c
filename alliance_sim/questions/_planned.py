"""A planned trial in words: what it asks, and what it is, row by row, as console and page show it."""

from alliance_sim.analysis import power, printing
from alliance_sim.analysis.planned_members import Members, members
from alliance_sim.analysis.wording import listed, plain
from alliance_sim.errors import ScenarioError
from alliance_sim.study.config import Study
from alliance_sim.study.describing import PLANNED
from alliance_sim.study.designs import reported
from alliance_sim.study.plan import BEHAVIOURS, Allocation, Analysis, Endpoint, Estimand, Layout, Missing, Power
from alliance_sim.world.scenario import Scenario

SHOWN = 6  # sizes that are named
LEAVING = {
    Estimand.treatment_policy: "does not matter: the score counts whether or not a patient left (treatment policy)",
    Estimand.hypothetical: "had stayed (hypothetical): their scores are not used",
    Estimand.composite: "is a failure (composite)",
    Estimand.while_on_treatment: "ends what counts: the last score before it (while on treatment)",
}
ABSENT = {
    Missing.none: "nobody",
    Missing.random: "a share of {share:g}, whoever they are",
    Missing.dropout: "those who left treatment",
    Missing.worse: "a share of {share:g}, likelier the worse they do",
}
ANALYSES = {
    Analysis.t_test: "t test of change",
    Analysis.ancova: "analysis of covariance, adjusted for baseline",
    Analysis.mixed_model: "mixed model, adjusted for baseline",
    Analysis.mixed_model_wald: "mixed model with the lead alone, adjusted for baseline; normal distribution",
}
ALLOCATED = {
    Allocation.clinician: "clinicians with all their patients (cluster-randomised)",
    Allocation.patient: "patients; each clinician treats in both arms",
}


def treated(study: Study) -> Scenario | None:
    """The world of the treated arm where the plan names one.

    Raises:
        ScenarioError: The study has no such arm, or no other one.
    """
    arm, others = study.power.arm, [name for name in study.arms if name != study.base_arm]
    if not arm:
        return None
    if arm not in others:
        said = (
            f"choose one of: {', '.join(others)}"
            if others
            else "add it, such as arms.kind='{clinicians.empathy.mean: 0.8}'"
        )
        raise ScenarioError(f"power.arm={arm} is no arm beside base_arm={study.base_arm}; {said}.")
    return study.scenarios()[arm]


def treatment(plan: Power) -> str:
    """What is done in the treated arm and not in the control arm; empty if nothing is."""
    said = []
    if plan.arm:
        said.append(f"what arm {plan.arm} changes")
    elif plan.training and plan.behaviours:
        every = set(plan.behaviours) == set(BEHAVIOURS)
        what = f"all {len(BEHAVIOURS)} behaviours" if every else listed([plain(name) for name in plan.behaviours])
        said.append(f"{printing.number(plan.training, 2).rstrip('0').rstrip('.')} SD more of {what} in clinicians")
    if plan.changes:
        said.append(reported(plan.changes))
    return " and ".join(said)


def asked(study: Study) -> str:
    """The question that a plan asks."""
    plan, base = study.power, study.scenarios()[study.base_arm]
    scale = base.instrument(base.primary).name
    need = "How many patients does a trial need that is to"
    outcome = scale if plan.endpoint is Endpoint.change else plan.endpoint.value
    if plan.endpoint is Endpoint.alliance:
        return f"{need} see that {scale} goes with the early alliance?"
    done = treatment(plan) or "a treatment that changes nothing"
    if plan.margin:
        return f"{need} show that {done} makes {outcome} worse by less than {margin(study)}?"
    return f"{need} see what {done} does to {outcome}?"


def margin(study: Study) -> str:
    """The margin of a non-inferiority trial with its unit."""
    plan, base = study.power, study.scenarios()[study.base_arm]
    if plan.endpoint is not Endpoint.change:
        return f"{100 * plan.margin:g} percentage points"
    return f"{plan.margin:g} {base.instrument(base.primary).name} points"


def design(study: Study) -> list[tuple[str, str]]:
    """What the plan is: for each part of it what it is."""
    plan, base, other = study.power, study.scenarios()[study.base_arm], treated(study)
    sizes = power.layouts(plan, base, other)
    arms = plan.arms(base, sizes[0], other)
    named = printing.labels(base)["change"]
    outcome = {
        Endpoint.change: named,
        Endpoint.alliance: f"slope of {named.replace(' change', '')}, on the early alliance (WAI-SR), over both arms",
    }.get(plan.endpoint, f"share of patients with {plan.endpoint.value}")
    important = base.instrument(base.primary).important
    rows = [
        ("control arm", f"{study.base_arm}: {base.protocol.name}, {base.patients.condition.value}"),
        ("treated arm", f"the same, and {treatment(plan) or 'nothing else'}"),
        ("allocated are", ALLOCATED[plan.allocation]),
        ("clusters", _clusters(members(plan, sizes[0], arms), plan, arms)),
        ("patients, control + treated", _sizes(sizes, plan)),
        ("endpoint", outcome),
    ]
    if plan.margin:
        rows.append(("margin", f"{margin(study)}: the 95 % interval must exclude that the treated arm is worse by it"))
    if plan.endpoint is Endpoint.change and important:
        rows.append(("least important difference", f"{important:g} {base.instrument(base.primary).name} points"))
    level = f"one-sided level {plan.alpha / 2:g}" if plan.margin else f"two-sided level {plan.alpha:g}"
    return [
        *rows,
        ("who leaves treatment", LEAVING[plan.estimand]),
        ("not assessed", ABSENT[plan.missing].format(share=plan.missing_share)),
        ("analysis", f"{ANALYSES[plan.analysis]}; {level}; power wanted {plan.target:g}"),
        ("simulated", f"{study.replicates:,} trials of each size, with the effect and without; kept in {PLANNED}/"),
    ]


def costs(study: Study) -> list[tuple[str, str]]:
    """How many trials the plan simulates, of how many patients, and how long that takes."""
    plan, base, other = study.power, study.scenarios()[study.base_arm], treated(study)
    found = power.forecast(plan, base, study.replicates, study.seed, other)
    many = f"{found.sizes} size{'s' * (found.sizes > 1)} × {study.replicates:,} replicates"
    return [
        ("planned trials", f"{found.sizes * study.replicates:,} ({many})"),
        ("simulated patients", f"{found.patients:,}, each in {found.times} worlds: {found.patients * found.times:,}"),
        ("time", f"about {printing.duration(found.seconds)} on one thread here, once it is compiled"),
    ]


def _sizes(sizes: list[Layout], plan: Power) -> str:
    """How many are in each arm, and how many clinicians treat them."""
    both = plan.allocation is Allocation.patient
    said = [
        f"{one.size} + {one.treated_size} "
        + (
            f"(of {one.clinicians} clinicians)"
            if both
            else f"(of {one.clinicians} + {one.treated_clinicians} clinicians)"
        )
        for one in sizes[:SHOWN]
    ]
    more = [f"{len(sizes) - SHOWN} more sizes"] if len(sizes) > SHOWN else []
    return "; ".join([*said, *more])


def _clusters(who: Members, plan: Power, arms: dict[str, Scenario]) -> str:
    """By what the analysis groups patients, in which arms."""
    if not plan.mixed:
        return "none in the analysis"
    grouped = [world.cohorts.size > 1 for world in arms.values()]
    groups = any(grouped) and (plan.allocation is Allocation.patient or grouped[0] != grouped[1])
    what = "therapy groups" if groups and all(grouped) else "clinicians"
    if who.apart:
        return f"{what} of the {'treated' if who.clustered[1] else 'control'} arm alone (partially nested)"
    return f"{what}, with who assists them by the share of a patient's hours" if who.weights is not None else what
