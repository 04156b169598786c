"""Points of one timetable as engines read them: arrays of numbers whose last axis is the point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alliance_sim.model.parameters import Numbers
from alliance_sim.model.records import filled, flat, mapped
from alliance_sim.model.registry import record
from alliance_sim.model.state import Sample, SkillLevels
from alliance_sim.world.scenario import Rule, Scenario

Array = np.ndarray[Any, np.dtype[Any]]


@dataclasses.dataclass(frozen=True)
class Arms:
    """Points that share a timetable, the number of patients and of clinicians, the scales and the days of enrolment.

    Attributes:
        base: One of them; all else that engines read is the same in each.
        numbers: Numbers of the laws, float64 of shape (numbers, points), in the order of `flat(scenario.numbers())`.
        sample: Who is admitted, (numbers, points), as `flat(scenario.sample())`.
        levels: The clinician population, (numbers, points), as `flat(scenario.skill_levels())`.
        shares: Weight of the co-therapist, (points,).
        rules: How patients get their clinician, one a point.
        caseloads: Most patients one clinician leads, integers (points,).
    """

    base: Scenario
    numbers: Array
    sample: Array
    levels: Array
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
            return np.concatenate(parts)

        wholes, samples, levels = [], [], []
        for arm in scenarios:
            scales = arm.primary, arm.secondary
            wholes.append(once((id(arm.parameters), arm.protocol.drug, arm.design, *scales), lambda: numbers(arm)))  # noqa: B023
            # Cut-offs are in points of the primary scale.
            whom = "sample", id(arm.patients), id(arm.protocol), id(arm.parameters)
            samples.append(once(whom, lambda: flat(arm.sample())))  # noqa: B023
            levels.append(once(("levels", id(arm.clinicians)), lambda: flat(arm.skill_levels())))  # noqa: B023
        return cls(
            scenarios[0],
            np.stack(wholes, 1),
            np.stack(samples, 1),
            np.stack(levels, 1),
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
            shares=self.shares[places],
            rules=[self.rules[place] for place in places.tolist()],
            caseloads=self.caseloads[places],
        )

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
