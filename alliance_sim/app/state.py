"""What one page shows: everything that a link says, read from its query and validated like a configuration."""

import functools
import re
from dataclasses import field, fields, replace
from enum import Enum
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from alliance_sim.app.clinics import PRESETS, Clinic
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import explained
from alliance_sim.model.registry import Quantity as Q, hints, quantity
from alliance_sim.study.config import Study
from alliance_sim.world.configuration import no_choice, unknown
from alliance_sim.world.places import names
from alliance_sim.world.scenario import DEFAULT_SEED, Assignment, Condition, Patients

TRIALS = 16  # replicates of every comparison: the worlds that the engine runs at once
MOST_PATIENTS = 100
MOST_DAYS = 1000  # a trial of the live page is shorter
LESSONS = 6
LONGEST = 2000  # characters of a link's query
CHOICE = "a choice of the teacher"
AGENT = re.compile(r"|(patient|clinician)-\d{1,3}", re.ASCII)  # whose states the live page shows
SEED = quantity(hints(Study)["seed"])

choices = functools.cache(names)
CONDITIONS = [condition.value for condition in Condition]


class Page(Enum):
    """The four pages."""

    compare = "compare"
    patient = "patient"
    live = "live"
    lessons = "lessons"


class Arm(Enum):
    """Whose trial the live page plays."""

    a = "a"
    b = "b"


class Theme(Enum):
    """Colours: as the device has them, or light, or dark."""

    auto = "auto"
    light = "light"
    dark = "dark"


@dataclass(frozen=True)
class State:
    """Everything a link says; what it leaves out keeps its default."""

    page: Page = Page.compare
    protocol: str = "comp001"
    condition: str = "depression"
    dose: Annotated[int, Q("d", "% of the published dose", 0, 150, CHOICE, "Dose, of what the trial gave.")] = 100
    patients: Annotated[int, Q("N", "patients", 4, MOST_PATIENTS, CHOICE, "Patients in one trial.")] = Patients.number
    spacing: Annotated[int, Q("Δ_e", "days", 0, 14, CHOICE, "Days between one patient's enrolment and the next.")] = (
        Assignment.enrolment_spacing
    )
    seed: Annotated[int, SEED] = DEFAULT_SEED
    trial: Annotated[int, Q("r", "1", 0, TRIALS - 1, CHOICE, "Which simulated trial, from 0.")] = 0
    patient: Annotated[int, Q("i", "1", 0, MOST_PATIENTS - 1, CHOICE, "Which patient, from 0.")] = 0
    arm: Arm = Arm.a
    day: Annotated[int, Q("t", "days", 0, MOST_DAYS, CHOICE, "Day that the live page shows.")] = 0
    agent: str = ""
    lesson: Annotated[int, Q("l", "1", 1, LESSONS, CHOICE, "Which lesson.")] = 1
    theme: Theme = Theme.auto
    a: Clinic = field(default_factory=lambda: PRESETS["attentive"])
    b: Clinic = field(default_factory=lambda: PRESETS["distant"])

    def __post_init__(self) -> None:
        """Refuse names that are no file, and a patient that no trial has."""
        if self.protocol not in choices("protocol"):
            raise ScenarioError(no_choice("protocol", self.protocol))
        if self.condition not in CONDITIONS:
            raise ScenarioError(
                f"there is no condition {self.condition[:60]!r}; choose one of: {', '.join(CONDITIONS)}."
            )
        if not AGENT.fullmatch(self.agent):
            raise ScenarioError(f"agent={self.agent} is nobody; such as agent=patient-3 or agent=clinician-0.")
        if self.patient >= self.patients:
            raise ScenarioError(
                f"patient={self.patient} is outside [0, {self.patients - 1}]; the trial has {self.patients} patients."
            )

    def world(self) -> Self:
        """The same with all that does not change the numbers of a comparison at its default."""
        shown = ("page", "trial", "patient", "arm", "day", "agent", "lesson", "theme")
        return replace(self, **{name: getattr(State, name) for name in shown})

    def query(self) -> str:
        """The query of this page's link: what differs from the default."""
        usual = defaults()
        return urlencode({key: value for key, value in _flat(self).items() if value != usual[key]})


STATE = TypeAdapter(State)


def parse(query: str) -> State:
    """Read a link's query.

    Args:
        query: What stands behind the question mark, with or without it.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed, said in one sentence.
    """
    if len(query) > LONGEST:
        raise ScenarioError(f"the link is {len(query)} characters long; use at most {LONGEST}.")
    return amended(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


def amended(pairs: list[tuple[str, Any]]) -> State:
    """The default page with some dotted keys set; values may be text.

    Raises:
        ScenarioError: As `parse`.
    """
    given: dict[str, Any] = {}
    known = defaults()
    for key, value in pairs:
        if key not in known:
            raise ScenarioError(unknown(key, list(known)))
        branch = given
        *path, last = key.split(".")
        for arm in path:
            branch = branch.setdefault(arm, {})
        if last in branch:
            raise ScenarioError(f"{key} stands twice in the link; leave one out.")
        branch[last] = value
    for arm, own in given.items():
        if isinstance(own, dict):
            usual = {name.removeprefix(f"{arm}."): value for name, value in known.items() if name.startswith(f"{arm}.")}
            given[arm] = usual | own
    try:
        return STATE.validate_python(given)
    except ValidationError as error:
        raise ScenarioError(explained(error, State)) from error


def _flat(state: Any, prefix: str = "") -> dict[str, str]:
    """Dotted keys and their values as a link writes them."""
    made: dict[str, str] = {}
    for part in fields(state):
        value = getattr(state, part.name)
        if isinstance(value, Clinic):
            made |= _flat(value, f"{prefix}{part.name}.")
        else:
            made[prefix + part.name] = value.value if isinstance(value, Enum) else f"{value}"
    return made


@functools.cache
def defaults() -> dict[str, str]:
    """Every key of a link with its default, as a link writes them."""
    return _flat(State())
