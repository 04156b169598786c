"""A planned trial of two arms: how many are in it, who treats whom, what is compared and how it is analysed."""

from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Annotated, Any, NamedTuple

from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity, parameter
from alliance_sim.study.designs import CHOICE
from alliance_sim.world.scenario import Rule, Scenario, with_values

BEHAVIOURS = Behaviours._fields
ARMS = ("control", "treated")
PLANNED = ("patients.number", "clinicians.number", "assignment.rule")
FEWEST = 2  # clinicians an arm that a mixed model can tell from patients, and patients of a clinician
DEFAULT_CLINICIANS = 6
MOST_LAYOUTS = 60

Size = Annotated[int, Quantity("n", "patients", FEWEST, 100_000, CHOICE, "Patients of the control arm.")]
Staff = Annotated[int, Quantity("m", "clinicians", 1, 10_000, CHOICE, "Clinicians of the control arm, or of both.")]
Caseload = Annotated[int, Quantity("n_m", "patients", 1, 1000, CHOICE, "Patients of a clinician in the control arm.")]


class Analysis(Enum):
    """How the trial is analysed; all but the t test adjust for the baseline score."""

    t_test = "t_test"  # of change
    ancova = "ancova"
    mixed_model = "mixed_model"  # clinicians, pairs by their shares; t with between-within degrees of freedom
    mixed_model_wald = "mixed_model_wald"  # the lead alone and the normal distribution, as many programs print it


class Allocation(Enum):
    """What is randomised: clinicians with all their patients (a cluster-randomised trial), or patients."""

    clinician = "clinician"
    patient = "patient"


class Endpoint(Enum):
    """What is compared on the primary day; `alliance` asks for its relation to the outcome, over both arms."""

    change = "change"
    response = "response"
    remission = "remission"
    dropout = "dropout"
    alliance = "alliance"


class Estimand(Enum):
    """What leaving treatment means for the question, in the words of ICH E9(R1)."""

    treatment_policy = "treatment_policy"  # it does not matter: scores count whether or not a patient left
    hypothetical = "hypothetical"  # had nobody left; scores after leaving are not used
    composite = "composite"  # it is a failure: no change, no response
    while_on_treatment = "while_on_treatment"  # the last score before it counts


class Missing(Enum):
    """Who is not assessed on the primary day."""

    none = "none"
    random = "random"  # a share, whoever they are
    dropout = "dropout"  # those who left treatment
    worse = "worse"  # a share, likelier the worse they do


class Layout(NamedTuple):
    """How many are in a trial."""

    size: int  # patients of the control arm
    treated_size: int
    clinicians: int  # of the control arm; of both where patients are allocated
    treated_clinicians: int
    caseload: int  # patients of a clinician in the control arm
    treated_caseload: int

    @property
    def patients(self) -> int:
        """Patients of both arms."""
        return self.size + self.treated_size


@configurable
class Power:
    """A planned trial of two arms.

    How large: `sizes` (patients of the control arm) with `clinicians` or `caseload`, or both of those without sizes;
    each list is crossed with the other. Sizes are rounded up so that all clinicians have as many patients. The treated
    arm has `ratio` times as many: clinicians where these are allocated, patients of each where patients are.

    What is treated: `arm` names one of the study's arms; else the control arm's clinicians are trained in `behaviours`.
    `changes` are dotted keys that the treated arm changes besides, such as {protocol.drug: none}.
    """

    sizes: list[Size] = field(default_factory=list)
    clinicians: list[Staff] = field(default_factory=list)
    caseload: list[Caseload] = field(default_factory=list)
    ratio: float = parameter(1.0, "k", "1", 0.1, 10, CHOICE, "Treated patients for each of the control arm.")
    allocation: Allocation = Allocation.clinician
    arm: str = ""
    training: float = parameter(
        1.0, "Δ_b", "SD", -4, 4, CHOICE, "Behaviour gained in training, in SD of the clinician population."
    )
    behaviours: list[str] = field(default_factory=lambda: list(BEHAVIOURS))
    changes: dict[str, Any] = field(default_factory=dict)
    endpoint: Endpoint = Endpoint.change
    margin: float = parameter(
        0.0, "δ", "unit of the endpoint", 0, 100, CHOICE,
        "Margin of a non-inferiority trial, in points or as a share of patients; 0 asks for a difference.",
    )  # fmt: skip
    estimand: Estimand = Estimand.treatment_policy
    missing: Missing = Missing.none
    missing_share: float = parameter(
        0.2, "q", "1", 0, 0.5, CHOICE, "Share of patients not assessed, where missing is random or worse."
    )
    analysis: Analysis = Analysis.mixed_model
    alpha: float = parameter(
        0.05, "α", "1", 0.0001, 0.5, CHOICE, "Two-sided level of significance; half of it where there is a margin."
    )
    target: float = parameter(0.8, "1-β", "1", 0.5, 0.99, CHOICE, "Power wanted.")

    def __post_init__(self) -> None:
        """Refuse a plan that cannot be run or analysed."""
        strange = [name for name in self.behaviours if name not in BEHAVIOURS]
        if strange:
            raise ScenarioError(f"behaviours names {strange[0]!r}; choose among: {', '.join(BEHAVIOURS)}.")
        own = [key for key in self.changes if key in PLANNED]
        if own:
            raise ScenarioError(
                f"changes sets {own[0]}, which the plan itself sets; use sizes, clinicians or caseload."
            )
        if self.sizes and self.clinicians and self.caseload:
            raise ScenarioError(
                "power.sizes, power.clinicians and power.caseload are all set, and two of them make the third; "
                "leave one of them out, such as power.sizes='[]'."
            )
        self._check_endpoint()
        made = self.layouts()
        if len(made) > MOST_LAYOUTS:
            raise ScenarioError(f"the plan has {len(made)} trials of other sizes; list at most {MOST_LAYOUTS}.")
        for one in made:
            self._check_layout(one)

    def _check_endpoint(self) -> None:
        event = self.endpoint is Endpoint.dropout
        if event and (self.estimand is not Estimand.treatment_policy or self.missing is Missing.dropout):
            given = "estimand" if self.estimand is not Estimand.treatment_policy else "missing"
            usual = Estimand.treatment_policy.value if given == "estimand" else Missing.none.value
            raise ScenarioError(
                f"power.{given}={getattr(self, given).value} is about those who leave, and power.endpoint=dropout "
                f"counts them; type power.{given}={usual}."
            )
        if self.endpoint is Endpoint.alliance and (
            self.margin or self.estimand is not Estimand.treatment_policy or self.analysis is Analysis.t_test
        ):
            raise ScenarioError(
                "power.endpoint=alliance asks for a slope, not for a difference of arms; leave out power.margin and "
                "power.estimand, and type power.analysis=mixed_model or power.analysis=ancova."
            )
        if self.margin >= 1 and self.endpoint is not Endpoint.change:
            raise ScenarioError(
                f"power.margin={self.margin:g} is no share of patients, in which power.endpoint={self.endpoint.value} "
                "is counted; type one below 1, such as power.margin=0.1."
            )

    def _check_layout(self, one: Layout) -> None:
        if not self.mixed:
            return
        fewest = min(one.clinicians, one.treated_clinicians)
        if fewest < FEWEST:
            raise ScenarioError(
                f"analysis={self.analysis.value} needs {FEWEST} clinicians an arm and a size has {fewest}; "
                "type more clinicians, a smaller caseload or analysis=ancova."
            )
        if max(one.caseload, one.treated_caseload) < FEWEST:
            raise ScenarioError(
                f"analysis={self.analysis.value} cannot tell clinicians from patients with one patient to each; "
                "type fewer clinicians, a larger caseload or analysis=ancova."
            )

    @property
    def mixed(self) -> bool:
        """Clinicians are in the analysis."""
        return self.analysis in (Analysis.mixed_model, Analysis.mixed_model_wald)

    @property
    def planned(self) -> bool:
        """There is a trial to plan."""
        return bool(self.sizes or (self.clinicians and self.caseload))

    @property
    def by_caseload(self) -> bool:
        """Sizes are compared at one caseload, with more and more clinicians; else at one number of clinicians."""
        return bool(self.caseload)

    def layouts(self, group: int = 1) -> list[Layout]:
        """Every trial of the plan, by what is held and by size.

        Args:
            group: Patients who share sessions; caseloads are whole groups.
        """
        if not self.planned:
            return []
        held = sorted(set(self.caseload or self.clinicians or [DEFAULT_CLINICIANS]))
        moving = sorted(set(self.sizes or self.clinicians))
        made = []
        for one in held:
            for other in moving:
                if not self.by_caseload:  # `one` clinicians share a size
                    staff, each = one, _whole(-(-other // one), group)
                else:
                    each = _whole(one, group)
                    staff = -(-other // each) if self.sizes else other
                made.append(self._layout(staff, each, group))
        return list(dict.fromkeys(made))

    def _layout(self, staff: int, each: int, group: int) -> Layout:
        if self.allocation is Allocation.patient:
            others = max(group, round(each * self.ratio / group) * group)
            return Layout(staff * each, staff * others, staff, staff, each, others)
        more = max(1, round(staff * self.ratio))
        return Layout(staff * each, more * each, staff, more, each, each)

    def arms(self, control: Scenario, layout: Layout, treated: Scenario | None = None) -> dict[str, Scenario]:
        """The two worlds of a trial; all its patients are in both, and each counts in one.

        Args:
            control: The control arm's world; its numbers of patients and clinicians are the plan's.
            layout: One of `layouts`.
            treated: The world of `arm`; the control arm's, trained, unless given.

        Raises:
            ScenarioError: A change is not allowed, or clinicians cannot take so many patients.
        """
        staff = layout.clinicians
        if self.allocation is Allocation.clinician:
            staff += layout.treated_clinicians
        numbers = dict(zip(PLANNED, (layout.patients, staff, Rule.balanced), strict=True))
        usual = with_values(control, numbers)
        other = usual if treated is None else with_values(treated, numbers)
        learned = trained(usual, self.behaviours, self.training) if self.training and treated is None else {}
        other = with_values(other, learned | self.changes)
        if other.primary is not usual.primary:
            raise ScenarioError(
                f"the treated arm is measured by {other.instrument(other.primary).name} and the control arm by "
                f"{usual.instrument(usual.primary).name}; plan a trial whose arms have one scale."
            )
        return {"control": usual, "treated": other}


def _whole(each: int, group: int) -> int:
    """A caseload of whole groups."""
    return -(-each // group) * group


def trained(scenario: Scenario, behaviours: Sequence[str], amount: float) -> dict[str, float]:
    """Dotted keys that give clinicians more of these behaviours, in standard deviations of their population.

    Raises:
        ScenarioError: A behaviour does not vary between clinicians.
    """
    keys = {}
    for name in behaviours:
        skill = getattr(scenario.clinicians, name)
        if not skill.spread:
            raise ScenarioError(
                f"clinicians.{name}.spread=0 leaves no standard deviation to add; type a spread above 0."
            )
        keys[f"clinicians.{name}.mean"] = skill.mean + amount * skill.spread
    return keys
