"""Holding a state at a recorded trajectory: what would have been, had this one thing gone as in another world."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.recording import Array, Recorded
from alliance_sim.errors import ScenarioError
from alliance_sim.model.state import SWITCHES, Hold
from alliance_sim.model.timetable import Event, Kind


class Held(NamedTuple):
    """Which states to hold, and the worlds whose trajectory they follow.

    `recorded` needs the same timetable and replicates as the worlds that hold, and as many arms or one.
    """

    names: tuple[str, ...]
    recorded: Recorded


def check(held: Held, sessions: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> None:
    """Refuse what cannot be held.

    Raises:
        ScenarioError: A name is no state that can be held, or the recorded worlds are not the same patients' worlds.
    """
    unknown = [name for name in held.names if name not in SWITCHES]
    if unknown:
        raise ScenarioError(f"hold={unknown[0]!r} cannot be held; choose among: {', '.join(SWITCHES)}.")
    there = held.recorded
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


def pins(held: Held | None, events: list[Event], arms: int, seed: int, replicates: Sequence[int]) -> Array:
    """Every session's `Hold` as numbers, shape (sessions, fields of Hold, arms, replicates); empty without `held`.

    Where a patient had left the recorded world there is nothing to follow, and nothing is held.
    """
    if held is None:
        return np.zeros((0, len(Hold._fields), arms, len(replicates)))
    sessions = [event for event in events if event.planned.kind is not Kind.ASSESSMENT]
    check(held, sessions, arms, seed, replicates)
    values = np.zeros((len(sessions), len(Hold._fields), arms, len(replicates)))
    there = held.recorded.sessions
    for place, name in enumerate(Hold._fields):
        if name.startswith("on_"):
            values[:, place] = (name.removeprefix("on_") in held.names) * there["attended"]
        else:
            values[:, place] = there[name]
    return values


def hold_of(values: Array, session: int) -> Any:
    """The `Hold` of one session, fields of shape (arms, replicates)."""
    return Hold(*values[session])
