"""Simulated trials of the size and schedule of one's own data, with those scores missing that are missing there.

Who leaves treatment rates no session any more, in the data as in a simulated trial. So ratings that are missing in the
data because the patient had left are not taken out of simulated trials, whose patients leave by themselves: only gaps
between ratings are, and scores of assessments, which patients of the model give whether they left or not.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from alliance_sim.calibration.own.data import BASELINE
from alliance_sim.calibration.own.layout import Arm, Layout, Scores, layout as layout
from alliance_sim.calibration.own.names import DROPOUT
from alliance_sim.calibration.own.schedule import COURSE, SESSION_COLUMNS, Measure
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.model.timetable import Kind
from alliance_sim.study import engines
from alliance_sim.study.engines import EngineName
from alliance_sim.study.progress import Signs
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
NUMBERS = 20_000_000  # that one batch keeps
TILE = 16  # worlds that lanes compute at once: a batch of fewer takes as long
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
    most = max(1 if chosen is not EngineName.lanes else TILE, NUMBERS // (visits * columns) // TILE * TILE)
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


def ready(name: EngineName, worlds: Iterable[Scenario], replicates: int, shown: bool | None) -> EngineName:
    """The engine for so many trials, once it is compiled; what is compiled is said meanwhile.

    Args:
        name: What was asked for.
        worlds: Of one trial.
        replicates: How many trials there are.
        shown: Whether to say it; None: as where a bar can be drawn.

    Raises:
        AllianceError: It cannot be compiled.
    """
    chosen = engines.pick(name, list(worlds), replicates)
    if chosen is EngineName.lanes:
        from alliance_sim.engine.ahead import Ahead

        with Ahead() as ahead, Signs(ahead.said, shown):
            ahead.wait()
    return chosen


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
            measure: np.where(missing[:, None, None], np.nan, _simulated(arm, recorded, measure))
            for measure, missing in gaps(arm.observed).items()
        }
        made[arm.name] = arm.observed._replace(values=values)
    return made


def gaps(observed: Scores) -> dict[Measure, Array]:
    """Which of the data's patients lack a score for another reason than that they had left; (patients,) each.

    A patient who rated some session and none after it has left, unless a column of dropout says otherwise.
    """
    held = observed.values
    rated = [measure.session * np.isfinite(values) for measure, values in held.items() if measure.session]
    last = np.max(rated, axis=0) if rated else np.zeros(1)
    said = held.get(Measure(DROPOUT, COURSE))
    left = (last > 0) & (True if said is None else said > 0)
    return {measure: np.isnan(values) & ~(left & (measure.session > last)) for measure, values in held.items()}


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
    """A score of every patient of the arm, shape (patients, points, replicates)."""
    if measure.instrument == DROPOUT:
        return recorded.outcomes["dropout"][arm.places]
    if measure.session:
        return recorded.sessions[SESSION_COLUMNS.get(measure.instrument, measure.instrument)][_rows(arm, measure)]
    column = arm.columns[measure.instrument]
    if measure.occasion == BASELINE:
        return recorded.patients[f"entry_{column}"][arm.places]
    return recorded.assessments[f"score_{column}"][_rows(arm, measure)]


def _rows(arm: Arm, measure: Measure) -> Array:
    """Where the visit of a measure stands of each patient of the arm, among sessions or assessments as recorded."""
    steps = [step for step in arm.scenario.course() if (step.kind is Kind.ASSESSMENT) is not bool(measure.session)]
    visit = steps[measure.session - 1] if measure.session else next(step for step in steps if step.day == measure.day)
    codes, patients = _visits(arm)[bool(measure.session)]
    found = np.zeros(arm.scenario.patients.number, dtype=np.int64)
    here = np.flatnonzero(codes == visit.code)
    found[patients[here]] = here
    return found[arm.places]


@functools.lru_cache(maxsize=16)
def _visits(arm: Arm) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Code and patient of each assessment, and of each session, in the order in which they are recorded."""
    held: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for event in arm.scenario.events():
        held[event.planned.kind is not Kind.ASSESSMENT].append((event.planned.code, event.patient))
    assessed, met = (tuple(np.array(rows, dtype=np.int64).reshape(-1, 2).T) for rows in held)
    return assessed, met  # type: ignore[return-value]  # two columns each
