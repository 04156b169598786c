"""Points of one timetable as engines read them: arrays of numbers whose last axis is the point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alliance_sim.model.acting import NO_LIMIT, Conduct
from alliance_sim.model.learning import Training, moves
from alliance_sim.model.parameters import Numbers, Parameters, numbers
from alliance_sim.model.policies import BUILT_IN, USUAL
from alliance_sim.model.policies.own import Known
from alliance_sim.model.records import filled, flat, mapped, paths, paths_of
from alliance_sim.model.registry import record
from alliance_sim.model.state import Sample, SkillLevels
from alliance_sim.world.clinicians import Whom
from alliance_sim.world.policy import named
from alliance_sim.world.scenario import Rule, Scenario

Array = np.ndarray[Any, np.dtype[Any]]
FATIGUE = paths(Conduct).index("effort.fatigue")
EXPERIENCE, NOTICING = map(paths_of(numbers(Parameters())).index, ("learning.experience", "sensing.noticing"))
NOTHING_ASKED = np.array([NO_LIMIT if path == "effort.budget" else 0.0 for path in paths(Conduct)])


@dataclasses.dataclass(frozen=True)
class Arms:
    """Points that share a timetable, the number of patients and of clinicians, the scales and the days of enrolment.

    Attributes:
        base: One of them; all else that engines read is the same in each.
        numbers: Numbers of the laws, float64 of shape (numbers, points), in the order of `flat(scenario.numbers())`.
        sample: Who is admitted, (numbers, points), as `flat(scenario.sample())`.
        levels: The clinician population, (numbers, points), as `flat(scenario.skill_levels())`.
        conduct: What all clinicians are asked to do differently, (numbers, points), as `flat(scenario.conduct())`.
        training: What all clinicians do to learn, (numbers, points), as `flat(scenario.training())`.
        supervision: Which clinicians are supervised, share and rule, one a point.
        policies: Every policy that some clinician follows.
        followed: Place in `policies` of each clinician's, integers (clinicians, points).
        shares: Weight of the co-therapist, (points,).
        rules: How patients get their clinician, one a point.
        caseloads: Most patients one clinician leads, integers (points,).
    """

    base: Scenario
    numbers: Array
    sample: Array
    levels: Array
    conduct: Array
    training: Array
    supervision: Sequence[tuple[float, Whom]]
    policies: Sequence[Known]
    followed: Array
    shares: Array
    rules: Sequence[Rule]
    caseloads: Array

    def __len__(self) -> int:
        return len(self.rules)

    @classmethod
    def of(cls, scenarios: Sequence[Scenario] | Arms) -> Arms:
        """Lay scenarios out; what they share is read once."""
        if isinstance(scenarios, Arms):
            return scenarios
        known: dict[Any, Array] = {}

        def once(key: Any, read: Callable[[], Array]) -> Array:
            if key not in known:
                known[key] = read()
            return known[key]

        def numbers(arm: Scenario) -> Array:
            parts: Any = arm.numbers(lambda group: once(id(group), lambda: flat(record(group))))
            return np.concatenate([row for part in parts for row in (part if part is parts.policies else (part,))])

        wholes, samples, levels, conducts, trainings, followed = [], [], [], [], [], []
        policies: list[Known] = []

        def places(arm: Scenario) -> Array:
            own = named(arm.policy, arm.clinicians.number)
            policies.extend(one for one in dict.fromkeys(own) if one not in policies)
            return np.array([policies.index(one) for one in own])

        for arm in scenarios:
            scales = arm.primary, arm.secondary
            wholes.append(once((id(arm.parameters), arm.protocol.drug, arm.design, *scales), lambda: numbers(arm)))  # noqa: B023
            # Cut-offs are in points of the primary scale.
            whom = "sample", id(arm.patients), id(arm.protocol), id(arm.parameters)
            samples.append(once(whom, lambda: flat(arm.sample())))  # noqa: B023
            levels.append(once(("levels", id(arm.clinicians)), lambda: flat(arm.skill_levels())))  # noqa: B023
            staff = arm.clinicians
            asked = "conduct", id(staff.phases), id(staff.after_rupture), id(staff.effort)
            conducts.append(once(asked, lambda: flat(arm.conduct())))  # noqa: B023
            taught = "training", id(staff.supervision), id(staff.practice)
            trainings.append(once(taught, lambda: flat(arm.training())))  # noqa: B023
            followed.append(once(("followed", id(arm.policy), arm.clinicians.number), lambda: places(arm)))  # noqa: B023
        return cls(
            scenarios[0],
            np.stack(wholes, 1),
            np.stack(samples, 1),
            np.stack(levels, 1),
            np.stack(conducts, 1),
            np.stack(trainings, 1),
            [(arm.clinicians.supervision.share, arm.clinicians.supervision.whom) for arm in scenarios],
            policies,
            padded(followed),
            np.array([arm.protocol.co_share for arm in scenarios]),
            [arm.assignment.rule for arm in scenarios],
            np.array([arm.clinicians.max_caseload for arm in scenarios]),
        )

    def take(self, places: Array, base: Scenario) -> Arms:
        """Some of the points; `base` is the world of one of them."""
        return Arms(
            base=base,
            numbers=self.numbers[:, places],
            sample=self.sample[:, places],
            levels=self.levels[:, places],
            conduct=self.conduct[:, places],
            training=self.training[:, places],
            supervision=[self.supervision[place] for place in places.tolist()],
            policies=self.policies,
            followed=self.followed[:, places],
            shares=self.shares[places],
            rules=[self.rules[place] for place in places.tolist()],
            caseloads=self.caseloads[places],
        )

    @property
    def acting(self) -> Array:
        """Points whose clinicians do anything but follow the usual policy without a limit or a cost, true or false."""
        others = np.array([one.choose is not BUILT_IN[USUAL] for one in self.policies])
        found: Array = (self.conduct != NOTHING_ASKED[:, None]).any(0) | others[self.followed].any(0)
        return found

    @property
    def looking(self) -> Array:
        """Points in which something is seen only at a second look: ruptures are missed, or scores fed back."""
        found: Array = (self.numbers[NOTICING] < 1.0) | self.base.protocol.feedback
        return found

    @property
    def tiring(self) -> Array:
        """Points in which effort tires."""
        found: Array = self.conduct[FATIGUE] > 0.0
        return found

    @property
    def learning(self) -> Array:
        """Points in which the skill of any clinician may move."""
        found: Array = moves(filled(Training, self.training), self.numbers[EXPERIENCE])
        return found

    @property
    def trained(self) -> Training:
        """What all clinicians do to learn, each number of shape (points, 1)."""
        whole: Training = filled(Training, self.training[:, :, None])
        return whole

    @property
    def asked(self) -> Conduct:
        """What all clinicians are asked to do differently, each number of shape (points, 1)."""
        whole: Conduct = filled(Conduct, self.conduct[:, :, None])
        return whole

    @property
    def p(self) -> Numbers:
        """Numbers of the laws, each of shape (points, 1)."""
        coming = iter(self.numbers[:, :, None])
        whole: Numbers = mapped(lambda _: next(coming), self.base.numbers())
        return whole

    @property
    def admitted(self) -> Sample:
        """Who is admitted, each number of shape (points, 1)."""
        whom: Sample = filled(Sample, self.sample[:, :, None])
        return whom

    @property
    def population(self) -> SkillLevels:
        """The clinician population, each number of shape (points, 1)."""
        levels: SkillLevels = filled(SkillLevels, self.levels[:, :, None])
        return levels


def padded(rows: Sequence[Array]) -> Array:
    """Rows as columns, those that are shorter filled up with 0."""
    most = max(map(len, rows))
    return np.stack([own if len(own) == most else np.pad(own, (0, most - len(own))) for own in rows], 1)
