"""Simulated trials of the size and schedule of one's own data, with those scores missing that are missing there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from alliance_sim.calibration.own.data import BASELINE
from alliance_sim.calibration.own.layout import Arm, Layout, Scores, layout as layout
from alliance_sim.calibration.own.names import DROPOUT
from alliance_sim.calibration.own.schedule import SESSION_COLUMNS, Measure
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.model.timetable import Event
from alliance_sim.study import engines
from alliance_sim.study.engines import EngineName
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
NUMBERS = 20_000_000  # that one batch keeps
ALL_COLUMNS, FEW_COLUMNS = 120, 12  # that engines keep of a visit: all of them, or what is read here
Reduce = Callable[[Mapping[str, Scores]], Array]


def simulate(
    plan: Layout,
    worlds: Mapping[str, Sequence[Scenario]],
    replicates: Sequence[int],
    seed: int,
    reduce: Reduce,
    engine: EngineName = EngineName.auto,
) -> Array:
    """Simulate trials and reduce them batch by batch.

    Args:
        plan: What `layout` made.
        worlds: Points of each of the layout's arms: its `scenario`, or this with other numbers; of one timetable.
        replicates: Numbers of the trials; all points meet the same.
        seed: Seed of every draw.
        reduce: Makes of the scores by arm, each (patients, points, replicates), an array (items, points, replicates).
        engine: What computes.

    Returns:
        Shape (items, points, replicates).
    """
    count = len(next(iter(worlds.values())))
    visits = max(engines.visits([own[0]], 1) for own in worlds.values())
    chosen = engines.pick(engine, [world for own in worlds.values() for world in own], len(replicates))
    columns = FEW_COLUMNS if chosen is EngineName.lanes else ALL_COLUMNS
    most = max(1, NUMBERS // (visits * columns))
    wide = min(count, max(1, most // len(replicates)))
    deep = max(1, most // wide)
    rows = []
    for first in range(0, count, wide):
        parts = [
            reduce(_scores(plan, {name: own[first : first + wide] for name, own in worlds.items()}, some, seed, chosen))
            for some in (replicates[at : at + deep] for at in range(0, len(replicates), deep))
        ]
        rows.append(np.concatenate(parts, axis=2))
    return np.concatenate(rows, axis=1)


def _scores(
    plan: Layout,
    worlds: Mapping[str, Sequence[Scenario]],
    replicates: Sequence[int],
    seed: int,
    engine: EngineName,
) -> dict[str, Scores]:
    """Scores by arm, with those missing that are missing in the data."""
    made = {}
    for arm in plan.arms:
        recorded = _recorded(list(worlds[arm.name]), replicates, seed, engine, _read_of(arm))
        values = {
            measure: np.where(np.isnan(held)[:, None, None], np.nan, _simulated(arm, recorded, measure)[arm.places])
            for measure, held in arm.observed.values.items()
        }
        made[arm.name] = arm.observed._replace(values=values)
    return made


def _read_of(arm: Arm) -> tuple[str, ...]:
    """Columns that are read of a recording."""
    scored = {f"{start}_{column}" for column in arm.columns.values() for start in ("score", "entry")}
    rated = {SESSION_COLUMNS.get(measure.instrument, measure.instrument) for measure in arm.measures if measure.session}
    return tuple(scored | rated)


def _recorded(
    worlds: list[Scenario], replicates: Sequence[int], seed: int, engine: EngineName, columns: Sequence[str]
) -> Recorded:
    if engine is EngineName.lanes:
        from alliance_sim.engine.worlds import simulate as in_lanes

        return in_lanes(worlds, replicates, seed, Keep.sessions, columns=columns)
    return engines.simulate(engine, worlds, replicates, seed)


def _simulated(arm: Arm, recorded: Recorded, measure: Measure) -> Array:
    """A score of every patient of the simulated trial, shape (patients, points, replicates)."""
    number = arm.scenario.patients.number
    if measure.instrument == DROPOUT:
        return recorded.outcomes["dropout"]
    if measure.session:
        steps = [step for step in arm.scenario.course() if step.phase != "assessment"]
        rows = _rows(recorded.session_events, number, steps[measure.session - 1].code)
        return recorded.sessions[SESSION_COLUMNS.get(measure.instrument, measure.instrument)][rows]
    column = arm.columns[measure.instrument]
    if measure.occasion == BASELINE:
        return recorded.patients[f"entry_{column}"]
    code = next(step.code for step in arm.scenario.course() if step.phase == "assessment" and step.day == measure.day)
    return recorded.assessments[f"score_{column}"][_rows(recorded.assessment_events, number, code)]


def _rows(events: Sequence[Event], number: int, code: int) -> Array:
    """Row of each patient's visit of a code."""
    found = np.zeros(number, dtype=np.int64)
    for row, event in enumerate(events):
        if event.planned.code == code:
            found[event.patient] = row
    return found
