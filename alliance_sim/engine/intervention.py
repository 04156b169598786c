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

    `recorded` needs the same timetable and replicates as the worlds that follow it, and as many arms or one.
    """

    states: tuple[str, ...]
    recorded: Recorded


def check(fixed: Fixed, sessions: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> None:
    """Refuse what cannot be fixed.

    Raises:
        ScenarioError: A name is no state that can be fixed, or the recorded worlds are not the same patients' worlds.
    """
    unknown = [name for name in fixed.states if name not in FIXABLE]
    if unknown:
        raise ScenarioError(f"{unknown[0]!r} is no state that can be fixed; choose among: {', '.join(FIXABLE)}.")
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


def interventions(fixed: Fixed | None, events: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> Array:
    """Every session's `Intervention` as numbers, shape (sessions, fields, arms, replicates); empty without one.

    Where a patient had left the recorded world there is nothing to follow, and nothing is fixed.
    """
    names = Intervention._fields
    if fixed is None:
        return np.zeros((0, len(names), arms, len(replicates)))
    sessions = [event for event in events if event.planned.kind is not Kind.ASSESSMENT]
    check(fixed, sessions, arms, seed, replicates)
    values = np.zeros((len(sessions), len(names), arms, len(replicates)))
    there = fixed.recorded.sessions
    for place, name in enumerate(names):
        if name.startswith("on_"):
            values[:, place] = (name.removeprefix("on_") in fixed.states) * there["attended"]
        else:
            values[:, place] = there[name]
    return values
