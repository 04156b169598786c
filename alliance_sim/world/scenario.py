"""One simulated world as validated data: protocol, patients, clinicians, assignment and parameters."""

import itertools
import math
from collections.abc import Callable
from dataclasses import field
from enum import Enum
from typing import Annotated, Any

from alliance_sim.errors import ScenarioError
from alliance_sim.model import blinding
from alliance_sim.model.acting import Conduct, Effort, Shifts
from alliance_sim.model.behaviours import NAMES, Behaviours
from alliance_sim.model.caseload import Cohorts
from alliance_sim.model.configurable import configurable
from alliance_sim.model.dosing import Drug
from alliance_sim.model.instruments import Scale, SymptomScale
from alliance_sim.model.learning import Training
from alliance_sim.model.parameters import Numbers, Parameters, numbers
from alliance_sim.model.registry import ASSUMPTION, parameter, record
from alliance_sim.model.state import Plan, Sample, SkillLevels
from alliance_sim.model.timetable import Event, Kind, Planned, cohort, timetable
from alliance_sim.world import shown
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.configuration import changed, group, named
from alliance_sim.world.policy import FEEDBACK, Policy, by_name
from alliance_sim.world.populations import EntryScores, cut, referred
from alliance_sim.world.protocol import Allocation, Baseline, Blinding, DrugName, Protocol, course, used_phases


class Condition(Enum):
    """What patients are treated for."""

    depression = "depression"
    anxiety = "anxiety"
    ptsd = "ptsd"


EARLY_SESSIONS = 4
LEAST_SPREAD = 1.0  # points of true spread that a population has at least beside the error of measurement
DEFAULT_SEED = 20261122  # of every draw, unless a study or a trial names another
SESSION_PHASES = Shifts._fields[:-1]  # the others are no phase
SCALES = {
    Condition.depression: (Scale.madrs, Scale.qids_sr_16, Scale.grid_hamd),
    Condition.anxiety: (Scale.ham_a,),
    Condition.ptsd: (Scale.caps_5,),
}


class Rule(Enum):
    """How patients get their clinician: by lot, in turn, or the most insecurely attached to the most skilled."""

    random = "random"
    balanced = "balanced"
    attachment = "attachment"


DEPRESSED = "assumption: with the trials' cut-offs it gives the baselines TD079, TD225, TD059"


# fmt: off
@configurable
class Patients:
    """Who is treated: condition, how many, and their traits (standard scores of a mixed outpatient sample)."""

    condition: Condition = Condition.depression
    source: str = DEPRESSED
    entry: EntryScores = field(default_factory=EntryScores)
    number: int = parameter(60, "N", "patients", 1, 100_000, "a choice of the study", "Patients in one trial.")
    severity_mean: float = parameter(0.471, "μ_x", "severity", 0.05, 1, "calibrated to TD079-TD083",
        "Mean set-point of those referred.", "normal(0.46, 0.05)")
    severity_spread: float = parameter(0.0731, "σ_x", "severity", 0.01, 0.5, "calibrated to TD079-TD083",
        "Spread of the set-point among those referred.", "normal(0.11, 0.03)")
    attachment_anxiety: float = parameter(0.0, "μ_ax", "SD", -3, 3, ASSUMPTION, "Mean attachment anxiety.")
    attachment_avoidance: float = parameter(0.0, "μ_av", "SD", -3, 3, ASSUMPTION, "Mean attachment avoidance.")
    attachment_link: float = parameter(0.3, "ρ_a", "1", -0.95, 0.95, ASSUMPTION,
        "Correlation of attachment anxiety and avoidance.")
    expectancy: float = parameter(0.0, "μ_e", "SD", -3, 3, ASSUMPTION, "Mean expectancy.")
    absorption: float = parameter(0.0, "μ_a", "SD", -3, 3, ASSUMPTION, "Mean absorption.")
    resistance: float = parameter(0.0, "μ_r", "SD", -3, 3, ASSUMPTION, "Mean treatment resistance.")
    weight_mean: float = parameter(75.0, "μ_w", "kg", 30, 200, ASSUMPTION, "Mean body weight.")
    weight_spread: float = parameter(14.0, "σ_kg", "kg", 0, 60, ASSUMPTION, "Spread of body weight.")
    weight_lowest: float = parameter(40.0, "w₋", "kg", 20, 100, ASSUMPTION, "Lowest body weight.")
    symptom_volatility: float = parameter(1.0, "ν", "1", 0, 3,
        "calibrated in PTSD to TM002-TM008; 1 in depression by definition",
        "How volatile symptoms are: multiplies fluctuation and drift.", "normal(0.6, 0.2)")


OF_PROTOCOL = Patients()  # stands for the population that the protocol names, where none is given


# fmt: off
@configurable
class Assignment:
    """Who treats whom, and how fast patients enrol."""

    rule: Rule = Rule.balanced
    enrolment_spacing: int = parameter(2, "Δ_e", "days", 0, 60, ASSUMPTION,
        "Days between one patient's enrolment and the next.")
# fmt: on


@configurable
class Scenario:
    """One simulated world. `Scenario()` is COMP001 at 25 mg in depression with typical clinicians.

    `protocol`, `patients`, `clinicians` and `policy` also take the name of a configuration file. Each number carries
    its unit and range: `alliance-sim parameters` prints them.

    Raises:
        ScenarioError: An argument is unknown, a value is not allowed, or the scenario contradicts itself.

    Examples:
        >>> from alliance_sim import Scenario
        >>> Scenario(protocol="mapp", patients="ptsd")
        <Scenario protocol: MAPP, mdma 80, 120, 120 mg; patients: 60 with ptsd, CAPS-5; clinicians: 12>
        >>> Scenario(clinicians="strong_bond").clinicians.factor_shift  # SD
        1.28
    """

    protocol: Annotated[Protocol, named("protocol")] = field(default_factory=lambda: load_protocol("comp001"))
    patients: Annotated[Patients, named("patients")] = field(default_factory=lambda: OF_PROTOCOL)
    clinicians: Annotated[Clinicians, named("clinicians")] = field(default_factory=Clinicians)
    policy: Annotated[Policy, by_name] = field(default_factory=Policy)
    assignment: Assignment = field(default_factory=Assignment)
    parameters: Parameters = field(default_factory=Parameters)

    def __post_init__(self) -> None:
        """Take the protocol's population where none is given, and refuse contradictions at once."""
        if self.patients is OF_PROTOCOL:
            self.patients = load_patients(self.protocol.patients)
        check(self)

    def __repr__(self) -> str:
        return f"<Scenario {'; '.join(f'{name}: {said}' for name, said in shown.summary(self).items())}>"

    def _repr_html_(self) -> str:
        """A small table, for notebooks."""
        return shown.html(self)

    def _scale(self, named: Scale) -> Scale:
        own = SCALES[self.patients.condition]
        return named if named in own else own[0]

    @property
    def primary(self) -> Scale:
        """The outcome scale: the protocol's, or the condition's where the protocol's does not fit it."""
        return self._scale(self.protocol.entry.scale)

    @property
    def secondary(self) -> Scale:
        """The second outcome scale, by the same rule."""
        return self._scale(self.protocol.entry.secondary)

    def instrument(self, scale: Scale) -> SymptomScale:
        """The numbers of a scale."""
        found: SymptomScale = getattr(self.parameters.instruments, scale.value)
        return found

    @property
    def entry_bounds(self) -> tuple[float, float]:
        """Lowest and highest score admitted, in points of `primary`.

        A protocol run on another condition keeps the same share of the scale's range.
        """
        rule = self.protocol.entry
        share = self.instrument(self.primary).highest / self.instrument(rule.scale).highest
        step = self.instrument(self.primary).step
        return math.ceil(rule.lowest * share / step) * step, math.floor(rule.highest * share / step) * step

    def course(self) -> list[Planned]:
        """Sessions and assessments of one patient, in days from enrolment, in order of time.

        Raises:
            ScenarioError: Dosing would come before preparation ends, or an assessment before enrolment.
        """
        return course(self.protocol)

    def early_codes(self) -> set[int]:
        """Codes of the sessions whose rating of the alliance may be the early one.

        All before the first dosing session; without dosing the first four, as the alliance literature rates.
        """
        sessions = [step for step in self.course() if step.kind is not Kind.ASSESSMENT]
        doses = [place for place, step in enumerate(sessions) if step.kind is Kind.DOSE]
        return {step.code for step in sessions[: doses[0] if doses else EARLY_SESSIONS]}

    def last_code(self) -> int:
        """Code of a patient's last session, after which nobody can leave any more; 0 without sessions."""
        codes = [step.code for step in self.course() if step.kind is not Kind.ASSESSMENT]
        return codes[-1] if codes else 0

    @property
    def cohorts(self) -> Cohorts:
        """How patients share sessions."""
        sizes = [getattr(self.protocol, phase).group for phase in used_phases(self.protocol)]
        return Cohorts(max(sizes, default=1), min(sizes, default=1) > 1)

    def enrolment(self) -> list[int]:
        """The day on which each patient's course begins, from the trial's start: a cohort's when it is complete."""
        n, size, spacing = self.patients.number, self.cohorts.size, self.assignment.enrolment_spacing
        return [cohort(patient, n, size)[-1] * spacing for patient in range(n)]

    def events(self) -> list[Event]:
        """The whole trial's timetable, with fixed-spacing enrolment."""
        return timetable(self.course(), self.enrolment())

    def plans(self) -> dict[int, Plan]:
        """The plan of each step of a patient's course by its code, days from enrolment.

        Where a pair is present it has the co-therapist's weight.
        """
        early, last, protocol = self.early_codes(), self.last_code(), self.protocol
        steps = self.course()
        before = [0, *(step.day for step in steps[:-1])]
        held = itertools.accumulate(step.kind is not Kind.ASSESSMENT for step in steps)
        first = min((step.day for step in steps if step.kind is Kind.DOSE), default=math.inf)
        late = protocol.assessments.baseline is Baseline.before_dosing and first < math.inf
        begins = max(first - 1, 0) if late else 0  # the day on which the baseline is taken
        return {
            step.code: Plan(
                day=float(step.day),
                hours=step.hours,
                co_share=protocol.co_share if step.clinicians > 1 else 0.0,
                dose=step.dose,
                by_weight=float(protocol.dose_per_kg),
                more=float(step.code != last),
                early=float(step.code in early),
                primary=float(step.kind is Kind.ASSESSMENT and step.number == protocol.assessments.primary_day),
                counted=float(step.day >= begins),
                quiet=float(max(min(step.day, begins) - day, 0)),
                dosed=float(step.day >= first),
                **{phase: float(step.phase == phase) for phase in SESSION_PHASES},
                session=float(session),
                feedback=float(protocol.feedback),
            )
            for step, day, session in zip(steps, before, held, strict=True)
        }

    def numbers(self, record: Callable[[Any], Any] = record) -> Numbers:
        """All numbers the laws of a session need, as floats.

        Args:
            record: Turns a parameter group into its named tuple; an engine may pass one that remembers.
        """
        return numbers(
            self.parameters,
            self.drug,
            self.design,
            self.instrument(self.primary),
            self.instrument(self.secondary),
            record,
        )

    def sample(self) -> Sample:
        """Who is admitted, as floats."""
        lowest, highest = self.entry_bounds
        brought = {name: float(getattr(self.patients, name)) for name in Sample._fields if hasattr(self.patients, name)}
        mean, spread = self.referred
        if spread > 0:
            brought["severity_mean"] = mean
        return Sample(**brought, entry_spread=spread, entry_lowest=lowest, entry_highest=highest)

    @property
    def referred(self) -> tuple[float, float]:
        """Mean and spread of true severity at entry among those referred, before the entry rule.

        Both are 0 where the population is not given by its entry scores.

        Raises:
            ScenarioError: No population has such scores after the entry rule, or scores vary more by error alone.
        """
        entry = self.patients.entry
        if entry.sd == 0:
            return 0.0, 0.0
        scale = self.instrument(entry.scale or self.primary)
        own = (entry.lowest, entry.highest) if entry.highest > 0 else self.entry_bounds
        mean, spread = referred(entry.mean, entry.sd, *own, scale.step)
        least = math.hypot(scale.noise, LEAST_SPREAD)
        if spread < least:
            met = cut(mean, least, own[0] - 0.5 * scale.step, own[1] + 0.5 * scale.step)[1]
            raise ScenarioError(
                f"patients.entry.sd={entry.sd:g} is less than scores of {scale.name} vary, whose error of measurement "
                f"alone is {scale.noise:g} points; type patients.entry.sd={math.ceil(10 * met) / 10:g} or more."
            )
        return mean / scale.slope, math.sqrt(spread**2 - scale.noise**2) / scale.slope

    @property
    def design(self) -> blinding.Design:
        """What the trial's design tells its patients, as floats."""
        plan = self.protocol
        return blinding.Design(
            active_share=float(plan.active_share),
            open=float(plan.blinding is Blinding.open or plan.allocation is Allocation.open),
            blind=float(plan.blinding is Blinding.perfect),
            waits=float(plan.allocation is Allocation.waitlist),
        )

    def skill_levels(self) -> SkillLevels:
        """The clinician population, as floats."""
        staff = self.clinicians
        skills = [getattr(staff, name) for name in NAMES]
        return SkillLevels(
            mean=Behaviours(*(float(skill.mean) for skill in skills)),
            spread=Behaviours(*(float(skill.spread) for skill in skills)),
            responsiveness=float(staff.responsiveness.mean),
            responsiveness_spread=float(staff.responsiveness.spread),
            loading=float(staff.loading),
            factor_shift=float(staff.factor_shift),
        )

    def conduct(self) -> Conduct:
        """What all clinicians are asked to do differently, and what it costs, as floats."""
        staff = self.clinicians
        asked = (*(getattr(staff.phases, phase) for phase in SESSION_PHASES), staff.after_rupture)
        rows = (Behaviours(*(float(getattr(shift, name)) for name in NAMES)) for shift in asked)
        return Conduct(Shifts(*rows), Effort(float(staff.effort.budget), float(staff.effort.fatigue)))

    def training(self) -> Training:
        """What clinicians do to learn, as floats."""
        staff = self.clinicians
        practice = Behaviours(*(float(getattr(staff.practice, name)) for name in NAMES))
        taught = staff.supervision
        return Training(supervised=float(taught.sessions), hours=float(taught.hours), practice=practice)

    @property
    def drug(self) -> Drug:
        """The numbers of the drug given; psilocybin's, unused, where none is."""
        return self.parameters.mdma if self.protocol.drug is DrugName.mdma else self.parameters.psilocybin


def check(scenario: Scenario) -> None:
    """Raise `ScenarioError` with one sentence if a scenario contradicts itself."""
    plan, people, staff = scenario.protocol, scenario.patients, scenario.clinicians
    for name in ("preparation", "therapy", "dosing", "integration"):
        days = getattr(plan, name).days
        if days is not None and sorted(days) != days:
            raise ScenarioError(f"protocol.{name}.days={days} is not in order; give the days from first to last.")
    if not plan.assessments.days:
        raise ScenarioError(
            "protocol.assessments.days is empty; name at least one day on which patients are assessed, "
            "such as protocol.assessments.days=[21] protocol.assessments.primary_day=21."
        )
    if len(set(plan.assessments.days)) < len(plan.assessments.days):
        raise ScenarioError(f"protocol.assessments.days={plan.assessments.days} names a day twice; name each day once.")
    if plan.assessments.primary_day not in plan.assessments.days:
        raise ScenarioError(
            f"protocol.assessments.primary_day={plan.assessments.primary_day} is not an assessment day; "
            f"choose one of {plan.assessments.days}."
        )
    sessions = len(plan.dosing.days) if plan.dosing.days is not None else plan.dosing.sessions
    if plan.drug is not DrugName.none and len(plan.doses) != sessions:
        raise ScenarioError(
            f"protocol.doses={plan.doses} names {len(plan.doses)} doses for {sessions} dosing sessions; "
            f"give one dose a session or set protocol.drug=none."
        )
    if plan.entry.lowest >= plan.entry.highest:
        raise ScenarioError(
            f"protocol.entry.lowest={plan.entry.lowest:g} is not below "
            f"protocol.entry.highest={plan.entry.highest:g}, so nobody could enter; type two scores, lowest first."
        )
    if people.entry.scale is not None and people.entry.scale not in SCALES[people.condition]:
        own = ", ".join(scale.value for scale in SCALES[people.condition])
        raise ScenarioError(
            f"patients.entry.scale={people.entry.scale.value} does not measure {people.condition.value}; "
            f"choose one of: {own}."
        )
    scenario.referred  # noqa: B018  # raises where no population has such entry scores
    _check_groups(scenario)
    if people.number > staff.number * staff.max_caseload:
        raise ScenarioError(
            f"patients.number={people.number} is more than clinicians.number={staff.number} × "
            f"clinicians.max_caseload={staff.max_caseload} can place; "
            f"use at most {staff.number * staff.max_caseload} patients or raise either."
        )
    course(plan)
    used = used_phases(plan)
    for phase in SESSION_PHASES:
        asked = {name: getattr(getattr(staff.phases, phase), name) for name in NAMES}
        name = next((name for name in NAMES if asked[name]), "")
        if name and phase not in used:
            raise ScenarioError(
                f"clinicians.phases.{phase}.{name}={asked[name]:g} is of a phase that the protocol has not; "
                f"choose one of: {', '.join(used) or 'none'}."
            )
    followed = [name for name in FEEDBACK if scenario.policy.follows(name)]
    if followed and not plan.feedback:
        raise ScenarioError(
            f"policy {followed[0]} goes by scores that are fed back to clinicians, and protocol.feedback is false; "
            f"add protocol.feedback=true."
        )
    needed = max(getattr(plan, name).clinicians for name in used_phases(plan)) if used_phases(plan) else 1
    if needed > staff.number:
        raise ScenarioError(
            f"the protocol needs {needed} clinicians in a session and clinicians.number={staff.number}; "
            f"use clinicians.number={needed} or more."
        )


def _check_groups(scenario: Scenario) -> None:
    """Raise `ScenarioError` with one sentence if patients cannot share sessions as the protocol says."""
    plan, people, staff = scenario.protocol, scenario.patients, scenario.clinicians
    used = used_phases(plan)
    sizes = {phase: getattr(plan, phase).group for phase in SESSION_PHASES if getattr(plan, phase).group > 1}
    first, cohort_size = next(iter(sizes.items()), ("", 1))
    for phase, size in sizes.items():
        said = f"protocol.{phase}.group={size}"
        if phase not in used:
            raise ScenarioError(
                f"{said} is of a phase that the protocol has not; choose one of: {', '.join(used) or 'none'}."
            )
        if size != cohort_size:
            raise ScenarioError(
                f"{said} and protocol.{first}.group={cohort_size} differ, and a cohort stays together; "
                f"give every phase with a group the same number, or 1."
            )
        if size > people.number:
            raise ScenarioError(
                f"{said} is larger than the trial, patients.number={people.number}; "
                f"use a group of at most {people.number}, or more patients."
            )
        if size > staff.max_caseload:
            raise ScenarioError(
                f"{said} is more than clinicians.max_caseload={staff.max_caseload}, the patients one clinician leads; "
                f"use a group of at most {staff.max_caseload} or raise the caseload."
            )
        room, (whole, rest) = staff.number * (staff.max_caseload // size), divmod(people.number, size)
        if whole + (rest > staff.max_caseload % size) > room:
            raise ScenarioError(
                f"{said} makes {math.ceil(people.number / size)} groups, and clinicians.number={staff.number} with "
                f"clinicians.max_caseload={staff.max_caseload} can lead {room}; "
                f"use fewer patients, a smaller group or raise either."
            )


def load_protocol(name: str) -> Protocol:
    """Load a protocol of `conf/protocol` by name.

    Raises:
        ScenarioError: There is no such protocol.
    """
    return group("protocol", name, Protocol)


def load_patients(name: str) -> Patients:
    """Load a patient population of `conf/patients` by name.

    Raises:
        ScenarioError: There is no such population.
    """
    return group("patients", name, Patients)


def with_values(scenario: Scenario, values: dict[str, Any]) -> Scenario:
    """Return a scenario with some dotted keys set to other values; checks everything again.

    Args:
        scenario: The scenario, which stays as it is.
        values: Values by dotted key, each in the unit that `alliance-sim parameters KEY` prints.

    Raises:
        ScenarioError: A key is unknown, a value is out of range or the result contradicts itself.

    Examples:
        >>> from alliance_sim import Scenario, with_values
        >>> with_values(Scenario(), {"patients.number": 24, "protocol.doses": [10.0]})
        <Scenario protocol: COMP001, psilocybin 10 mg; patients: 24 with depression, MADRS; clinicians: 12>
        >>> with_values(Scenario(), {"clinicians.loading": 1.4})
        Traceback (most recent call last):
            ...
        alliance_sim.errors.ScenarioError: clinicians.loading=1.4 is outside [0, 1]; type a value in that range.
    """
    return changed(scenario, values)
