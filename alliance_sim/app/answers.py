"""Which page asks what: the part of a link that its answer depends on, and what computes it."""

from collections.abc import Callable
from typing import Any

from alliance_sim.app.compare import compare
from alliance_sim.app.state import State

Project = Callable[[State], State]
Work = Callable[[State], dict[str, Any]]

ANSWERS: dict[str, tuple[Project, Work]] = {
    "compare": (State.world, compare),
}
