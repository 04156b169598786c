"""Holding a state at a recorded trajectory: what would have been, had this one thing gone as in another world."""

from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.recording import Array, Recorded
from alliance_sim.model.state import SWITCHES, Hold
from alliance_sim.protocol import ScenarioError


class Held(NamedTuple):
    """Which states to hold, and the worlds whose trajectory they follow.

    `recorded` needs the same timetable and replicates as the worlds that hold, and as many arms or one.
    """

    names: tuple[str, ...]
    recorded: Recorded


def check(held: Held, sessions: int, arms: int, replicates: int) -> None:
    """Refuse what cannot be held.

    Raises:
        ScenarioError: A name is no state that can be held, or the recorded worlds do not fit.
    """
    unknown = [name for name in held.names if name not in SWITCHES]
    if unknown:
        raise ScenarioError(f"hold={unknown[0]!r} cannot be held; choose among: {', '.join(SWITCHES)}.")
    shape = held.recorded.sessions["attended"].shape
    if shape[0] != sessions or shape[1] not in (1, arms) or shape[2] != replicates:
        raise ScenarioError(
            f"the recorded worlds have (sessions, arms, replicates) = {shape} and these need "
            f"({sessions}, {arms} or 1, {replicates}); record the same protocol, patients and replicates."
        )


def pins(held: Held | None, sessions: int, arms: int, replicates: int) -> Array:
    """Every session's `Hold` as numbers, shape (sessions, fields of Hold, arms, replicates); empty without `held`."""
    if held is None:
        return np.zeros((0, len(Hold._fields), arms, replicates))
    check(held, sessions, arms, replicates)
    values = np.zeros((sessions, len(Hold._fields), arms, replicates))
    for place, name in enumerate(Hold._fields):
        if name.startswith("on_"):
            values[:, place] = float(name.removeprefix("on_") in held.names)
        else:
            values[:, place] = held.recorded.sessions[name]
    return values


def hold_of(values: Array, session: int) -> Any:
    """The `Hold` of one session, fields of shape (arms, replicates)."""
    return Hold(*values[session])
