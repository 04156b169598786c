"""A study as validated data: one base scenario, the design that changes it, replicates and where results go."""

from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Annotated, Any

from pydantic import BeforeValidator

from alliance_sim.engine.recording import Keep
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.parameters import Parameters
from alliance_sim.model.registry import parameter
from alliance_sim.study.designs import CHOICE, Design, Point
from alliance_sim.study.engines import EngineName
from alliance_sim.study.executors import Executor
from alliance_sim.study.plan import Power
from alliance_sim.study.point_worlds import Worlds, worlds_of
from alliance_sim.study.posterior import Posterior, over_draws
from alliance_sim.study.shards import Shard, shard
from alliance_sim.world.clinicians import Clinicians
from alliance_sim.world.configuration import changed, named
from alliance_sim.world.policy import Policy, by_name, with_texts
from alliance_sim.world.protocol import Protocol
from alliance_sim.world.scenario import (
    DEFAULT_SEED,
    OF_PROTOCOL,
    Assignment,
    Patients,
    Scenario,
    load_patients,
    load_protocol,
)
from alliance_sim.world.seeds import LARGEST, MOST_TRIALS

MAPPINGS = ("arms", "design.levels", "design.ranges", "power.changes")  # of a study: they hold keys of its scenario


def keys(name: str) -> BeforeValidator:
    """Annotation of a field that holds keys: one, several with commas between, or a list of them."""

    def listed(value: Any) -> list[str]:
        several = value.split(",") if isinstance(value, str) else value
        if not isinstance(several, list) or not all(isinstance(key, str) for key in several):
            raise ScenarioError(f"{name}={value} is no key; type {name}=KEY, or {name}='[KEY, KEY]' for several.")
        return [key.strip() for key in several if key.strip()]

    return BeforeValidator(listed)


class Estimand(Enum):
    """What a wished precision is asked of: each mean, each difference from a comparator, or each asked contrast."""

    mean = "mean"
    difference = "difference"
    contrast = "contrast"


@configurable
class Precision:
    """How precise a study is to become: replicates are added until it is."""

    target: float = parameter(
        0.0, "ε", "unit of the measure", 0, 1e6, CHOICE, "Largest Monte Carlo standard error wished for; 0: none asked."
    )
    measure: str = "change"
    estimand: Estimand = Estimand.difference
    max_replicates: int = parameter(
        10_000, "R₊", "trials", 2, MOST_TRIALS, CHOICE, "Most replicates that are run to reach it."
    )


@configurable
class Study:
    """What `alliance-sim run` runs.

    `arms` maps a name to the dotted keys of the scenario it changes, for example
    `{strong: {clinicians.factor_shift: 1.28}}`; an empty mapping is the base scenario itself. A name has 1 to 100
    printable characters and is read back from a table as it is, which numbers are not. Any design but arms varies the
    base arm and leaves the others out.

    `protocol`, `patients`, `clinicians`, `policy` and `executor` also take the name of a configuration file, as on the
    command line: `Study(protocol="mapp", patients="ptsd")`.

    Raises:
        ScenarioError: An argument is unknown, a value is not allowed, or the study contradicts itself.

    Examples:
        >>> import alliance_sim
        >>> arms = {"usual": {}, "kind": {"clinicians.empathy.mean": 0.8}}
        >>> study = alliance_sim.Study(protocol="mapp", patients="ptsd", arms=arms, base_arm="usual", replicates=20)
        >>> study
        <Study custom: MAPP, ptsd; arms usual, kind; 20 replicates × 60 patients; seed 20261122>
        >>> alliance_sim.Study(replicate=3)
        Traceback (most recent call last):
            ...
        alliance_sim.errors.ScenarioError: there is no key 'replicate'; did you mean replicates?
    """

    experiment: str = "custom"
    question: str = ""
    protocol: Annotated[Protocol, named("protocol")] = field(default_factory=lambda: load_protocol("comp001"))
    patients: Annotated[Patients, named("patients")] = field(default_factory=lambda: OF_PROTOCOL)
    clinicians: Annotated[Clinicians, named("clinicians")] = field(default_factory=Clinicians)
    policy: Annotated[Policy, by_name] = field(default_factory=Policy)
    assignment: Assignment = field(default_factory=Assignment)
    parameters: Parameters = field(default_factory=Parameters)
    arms: dict[str, dict[str, Any]] = field(default_factory=lambda: {"base": {}})
    base_arm: str = "base"
    design: Design = field(default_factory=Design)
    replicates: int = parameter(200, "R", "trials", 1, MOST_TRIALS, CHOICE, "Simulated trials a point.")
    seed: int = parameter(DEFAULT_SEED, "seed", "1", 0, LARGEST, CHOICE, "Seed of every draw.")
    engine: EngineName = EngineName.auto
    keep: Keep = Keep.sessions
    executor: Annotated[Executor, named("executor")] = field(default_factory=Executor)
    shard: str = ""
    precision: Precision = field(default_factory=Precision)
    posterior: Posterior = field(default_factory=Posterior)
    contrast: Annotated[Any, keys("contrast")] = field(default_factory=list)  # list[str]: whose effects are asked for
    by: Annotated[Any, keys("by")] = field(default_factory=list)  # list[str]: and at whose levels
    ask: list[str] = field(default_factory=list)  # further questions: each is a module of questions/
    power: Power = field(default_factory=Power)
    out: str = ""
    figures: bool = True
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Take the protocol's population where none is given, and refuse a study that contradicts itself."""
        if self.patients is OF_PROTOCOL:
            self.patients = load_patients(self.protocol.patients)
        self.arms = {arm: with_texts(values) for arm, values in self.arms.items()}
        if "policy" in self.design.levels:
            self.design.levels["policy"] = [
                with_texts({"policy": one})["policy"] for one in self.design.levels["policy"]
            ]
        if self.by and not self.contrast:
            raise ScenarioError(
                f"by={', '.join(self.by)} says at which levels an effect is taken; type contrast=KEY too."
            )
        if self.contrast and "contrasts" not in self.ask:
            self.ask = [*self.ask, "contrasts"]
        if not self.arms:
            raise ScenarioError("arms={} leaves nothing to run; name an arm, such as arms.base={} base_arm=base.")
        if self.base_arm not in self.arms:
            raise ScenarioError(f"base_arm={self.base_arm!r} is not an arm; choose one of: {', '.join(self.arms)}.")
        if shard(self.shard) is not None and self.precision.target:
            raise ScenarioError(
                "precision.target needs the whole study and shard= runs a part of it; leave one of them out."
            )
        if self.precision.target and self.precision.max_replicates < self.replicates:
            raise ScenarioError(
                f"precision.max_replicates={self.precision.max_replicates} is below replicates={self.replicates}, "
                f"with which the study begins; raise it or begin with fewer."
            )

    def __repr__(self) -> str:
        arms, design = f"arms {', '.join(self.arms)}", f"design {self.design.kind.value}"
        return (
            f"<Study {self.experiment}: {self.protocol.name}, {self.patients.condition.value}; "
            f"{arms if self.design.of_arms else design}; "
            f"{self.replicates} replicates × {self.patients.number} patients; seed {self.seed}>"
        )

    @property
    def part(self) -> Shard | None:
        """Which part of the study this process runs; None for all of it."""
        return shard(self.shard)

    def base(self) -> Scenario:
        """The scenario that arms change."""
        return Scenario(self.protocol, self.patients, self.clinicians, self.policy, self.assignment, self.parameters)

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

    def points(self) -> Sequence[Point]:
        """Every point of the design; an arm is a point with a name.

        Raises:
            ScenarioError: The design contradicts itself.
        """
        asked = self.asked()
        if not self.posterior.draws:
            return asked
        return over_draws(asked, self._changed_world(), self.design.kind, self.posterior.draws)

    def asked(self) -> Sequence[Point]:
        """Points of the design, before draws of the posterior are taken."""
        if not self.design.of_arms:
            return self.design.expand(self.scenarios()[self.base_arm], self.seed)
        return [
            Point(number, values, {"base": name == self.base_arm}, name)
            for number, (name, values) in enumerate(self.arms.items())
        ]

    def _changed_world(self) -> Scenario:
        """The world that points change."""
        return self.base() if self.design.of_arms else self.scenarios()[self.base_arm]

    @property
    def named(self) -> bool:
        """True if rows of results carry names of arms; else they carry numbers of points."""
        return self.design.of_arms and not self.posterior.draws

    def worlds(self, points: Sequence[Point] | None = None) -> Worlds:
        """Each point's scenario, by name for arms and by number in other designs.

        Args:
            points: What `points` returned, where it is already there.

        Raises:
            ScenarioError: A point is no valid scenario.
        """
        if self.named:
            return {name: held for name, held in self.scenarios().items()}  # noqa: C416  (a mapping of wider keys)
        return worlds_of(self._changed_world(), self.points() if points is None else points)
