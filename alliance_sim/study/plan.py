"""A planned trial of two arms: who is in it, what the treated arm's clinicians learn, how it is analysed."""

from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Annotated, Any

import numpy as np

from alliance_sim.errors import ScenarioError
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity, parameter
from alliance_sim.study.designs import CHOICE
from alliance_sim.world.scenario import Rule, Scenario, with_values

Array = np.ndarray[Any, np.dtype[Any]]
BEHAVIOURS = Behaviours._fields
ARMS = ("control", "treated")
PLANNED = ("patients.number", "clinicians.number", "assignment.rule")
FEWEST = 2  # clinicians an arm that a mixed model can tell from patients


Size = Annotated[int, Quantity("n", "patients", FEWEST, 100_000, CHOICE, "Patients an arm.")]


class Analysis(Enum):
    """How the trial is analysed; all but the t test adjust the endpoint for baseline."""

    t_test = "t_test"  # of change
    ancova = "ancova"
    mixed_model = "mixed_model"  # a random intercept for each clinician; t with between-within degrees of freedom
    mixed_model_wald = "mixed_model_wald"  # the same with the normal distribution, as many programs print it


class Missing(Enum):
    """Whether those who left treatment are assessed."""

    assessed = "assessed"
    lost = "lost"


@configurable
class Power:
    """A planned trial of two arms.

    `sizes` are patients an arm, rounded up so that all clinicians have as many (without sizes no trial is planned);
    `clinicians` an arm, or in all if they are `shared` between arms. With a `caseload` (patients of one clinician in an
    arm) the number of clinicians follows from the size instead. The treated arm's clinicians are trained in
    `behaviours`; `changes` are dotted keys of the scenario that it changes besides, such as {protocol.drug: none}.
    """

    sizes: list[Size] = field(default_factory=list)
    clinicians: int = parameter(6, "m", "clinicians", 1, 10_000, CHOICE, "Clinicians an arm.")
    caseload: int = parameter(
        0, "n_m", "patients", 0, 1000, CHOICE, "Patients of a clinician in an arm; 0 keeps `clinicians`."
    )
    shared: bool = False
    training: float = parameter(
        1.0, "Δ_b", "SD", -4, 4, CHOICE, "Behaviour gained in training, in SD of the clinician population."
    )
    behaviours: list[str] = field(default_factory=lambda: list(BEHAVIOURS))
    changes: dict[str, Any] = field(default_factory=dict)
    analysis: Analysis = Analysis.mixed_model
    missing: Missing = Missing.assessed
    alpha: float = parameter(0.05, "α", "1", 0.0001, 0.5, CHOICE, "Two-sided level of significance.")
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
        mixed = self.analysis in (Analysis.mixed_model, Analysis.mixed_model_wald)
        fewest = min((self.layout(size)[1] for size in self.sizes), default=FEWEST)
        if mixed and fewest < FEWEST:
            raise ScenarioError(
                f"analysis={self.analysis.value} needs {FEWEST} clinicians an arm and a size has {fewest}; "
                "type more clinicians, a smaller caseload or analysis=ancova."
            )

    def layout(self, size: int) -> tuple[int, int]:
        """Patients an arm, rounded up to equal caseloads, and clinicians an arm (in all if shared)."""
        clinicians = -(-size // self.caseload) if self.caseload else self.clinicians
        each = self.caseload or -(-size // clinicians)
        return clinicians * each, clinicians

    def arms(self, scenario: Scenario, size: int) -> dict[str, Scenario]:
        """The two worlds of a size.

        Raises:
            ScenarioError: A change is not allowed, or clinicians cannot take so many patients.
        """
        patients, clinicians = self.layout(size)
        staff = clinicians if self.shared else 2 * clinicians
        control = with_values(scenario, dict(zip(PLANNED, (2 * patients, staff, Rule.balanced), strict=True)))
        training = trained(control, self.behaviours, self.training) if self.training else {}
        return {"control": control, "treated": with_values(control, training | self.changes)}

    def members(self, size: int) -> tuple[Array, Array]:
        """Who is in the treated arm (true or false) and the lead clinician, by patient."""
        patients, clinicians = self.layout(size)
        number = np.arange(2 * patients)
        lead = number % (clinicians if self.shared else 2 * clinicians)
        treated = number // clinicians % 2 == 1
        return treated, lead


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
