"""The do-operator: states fixed at a recorded trajectory, as if this one thing had gone as in another world."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alliance_sim.engine.recording import Array, Recorded
from alliance_sim.errors import ScenarioError
from alliance_sim.model.state import FIXABLE, Intervention
from alliance_sim.model.timetable import Event, Kind


class Fixed(NamedTuple):
    """Which states an intervention fixes, and the worlds whose trajectory they follow.

    `states` are names, the same in every arm, or such names for each arm. `recorded` needs the same timetable and
    replicates as the worlds that follow it, and as many arms or one.
    """

    states: tuple[str, ...] | Sequence[tuple[str, ...]]
    recorded: Recorded

    def sets(self, arms: int) -> list[tuple[str, ...]]:
        """The states that are fixed in each arm."""
        alike = tuple(name for name in self.states if isinstance(name, str))
        if len(alike) == len(self.states):
            return [alike] * arms
        return [states for states in self.states if not isinstance(states, str)]


class Followed(NamedTuple):
    """An intervention as numbers."""

    switches: Array  # (states, arms): 1 where an arm fixes the state
    attended: Array  # (sessions, arms or 1, replicates): 1 where the recorded patient was there
    values: Array  # (values of `Intervention`, sessions, arms or 1, replicates)


def check(fixed: Fixed, sessions: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> None:
    """Refuse what cannot be fixed.

    Raises:
        ScenarioError: A name is no state that can be fixed, or the recorded worlds are not the same patients' worlds.
    """
    sets = fixed.sets(arms)
    unknown = [name for states in sets for name in states if name not in FIXABLE]
    if unknown:
        raise ScenarioError(f"{unknown[0]!r} is no state that can be fixed; choose among: {', '.join(FIXABLE)}.")
    if len(sets) != arms:
        raise ScenarioError(f"{len(sets)} sets of states are fixed in {arms} arms; name one set, or one an arm.")
    there = fixed.recorded
    plans = [
        [(event.day, event.patient, event.planned.code) for event in events]
        for events in (there.session_events, sessions)
    ]
    if plans[0] != plans[1]:
        raise ScenarioError("the recorded worlds follow another timetable; record the same protocol and patients.")
    if (there.seed, there.replicates) != (seed, tuple(replicates)):
        raise ScenarioError(
            f"the recorded worlds have seed {there.seed} and other replicates or draws than seed {seed} here; "
            "record the same seed and replicates."
        )
    if there.sessions["attended"].shape[1] not in (1, arms):
        raise ScenarioError(
            f"the recorded worlds have {there.sessions['attended'].shape[1]} arms and these {arms}; "
            f"record one arm or {arms}."
        )


def followed(fixed: Fixed | None, events: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> Followed:
    """An intervention as numbers; empty without one.

    Raises:
        ScenarioError: As `check` says.
    """
    if fixed is None:
        return Followed(np.zeros((0, 0)), np.zeros((0, 0, 0)), np.zeros((0, 0, 0, 0)))
    sessions = [event for event in events if event.planned.kind is not Kind.ASSESSMENT]
    check(fixed, sessions, arms, seed, replicates)
    there = fixed.recorded.sessions
    switches = np.array([[float(name in states) for states in fixed.sets(arms)] for name in FIXABLE])
    values = np.stack([there[name] for name in Intervention._fields[len(FIXABLE) :]])
    return Followed(switches, np.ascontiguousarray(there["attended"]), values)


def interventions(fixed: Fixed | None, events: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> Array:
    """Every session's `Intervention` as numbers, shape (sessions, fields, arms, replicates); empty without one.

    Where a patient had left the recorded world there is nothing to follow, and nothing is fixed.
    """
    names = Intervention._fields
    if fixed is None:
        return np.zeros((0, len(names), arms, len(replicates)))
    follow = followed(fixed, events, arms, seed, replicates)
    switched = follow.switches[:, None, :, None] * follow.attended
    values = np.zeros((len(switched[0]), len(names), arms, len(replicates)))
    values[:, : len(FIXABLE)] = np.moveaxis(switched, 0, 1)
    values[:, len(FIXABLE) :] = np.moveaxis(follow.values, 0, 1)
    return values
