"""Which page asks what: the part of a link that its answer depends on, and what computes it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from alliance_sim.app.compare import compare
from alliance_sim.app.evidence import evidence
from alliance_sim.app.live import live
from alliance_sim.app.person import person
from alliance_sim.app.state import State

Project = Callable[[State], State]
Work = Callable[[State], dict[str, Any]]


def _of_patient(state: State) -> State:
    return replace(state.world(), trial=state.trial, patient=state.patient)


def _of_live(state: State) -> State:
    return replace(state.world(), trial=state.trial, arm=state.arm)


def _of_lesson(state: State) -> State:
    return State(lesson=state.lesson)


ANSWERS: dict[str, tuple[Project, Work]] = {
    "compare": (State.world, compare),
    "patient": (_of_patient, person),
    "live": (_of_live, live),
    "lessons": (_of_lesson, evidence),
}
