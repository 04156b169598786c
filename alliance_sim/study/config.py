"""A study as validated data: one base scenario, named arms that change it, replicates and where results go."""

from dataclasses import field
from typing import Annotated, Any

from pydantic.dataclasses import dataclass

from alliance_sim.configuration import changed
from alliance_sim.engine.recording import Keep
from alliance_sim.model.parameters import Parameters
from alliance_sim.protocol import Protocol, ScenarioError
from alliance_sim.registry import Quantity as Q
from alliance_sim.scenario import Assignment, Clinicians, Patients, Scenario, load_protocol
from alliance_sim.study.engines import EngineName

CHOICE = "a choice of the study"


@dataclass
class Study:
    """What `alliance-sim run` runs.

    `arms` maps a name to the dotted keys of the scenario it changes, for example
    `{strong: {clinicians.factor_shift: 1.28}}`; an empty mapping is the base scenario itself.
    """

    experiment: str = "custom"
    question: str = ""
    protocol: Protocol = field(default_factory=lambda: load_protocol("comp001"))
    patients: Patients = field(default_factory=Patients)
    clinicians: Clinicians = field(default_factory=Clinicians)
    assignment: Assignment = field(default_factory=Assignment)
    parameters: Parameters = field(default_factory=Parameters)
    arms: dict[str, dict[str, Any]] = field(default_factory=lambda: {"base": {}})
    base_arm: str = "base"
    replicates: Annotated[int, Q("R", "trials", 1, 1_000_000, CHOICE, "Simulated trials an arm.")] = 200
    seed: Annotated[int, Q("seed", "1", 0, 2**64 - 1, CHOICE, "Seed of every draw.")] = 20261122
    engine: EngineName = EngineName.auto
    keep: Keep = Keep.sessions
    out: str = ""
    figures: bool = True

    def __post_init__(self) -> None:
        """Refuse a study without a base arm, or an arm that is no scenario."""
        if self.base_arm not in self.arms:
            raise ScenarioError(f"base_arm={self.base_arm!r} is not an arm; choose one of: {', '.join(self.arms)}.")

    def base(self) -> Scenario:
        """The scenario that arms change."""
        return Scenario(self.protocol, self.patients, self.clinicians, self.assignment, self.parameters)

    def scenarios(self) -> dict[str, Scenario]:
        """Each arm's scenario.

        Raises:
            ScenarioError: An arm names an unknown key or a value that is not allowed.
        """
        base = self.base()
        made = {}
        for name, values in self.arms.items():
            try:
                made[name] = changed(base, values)
            except ScenarioError as error:
                raise ScenarioError(f"arm {name!r}: {error}") from error
        return made
