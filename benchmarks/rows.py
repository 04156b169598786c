"""The rows of the table: the same trials, the same summaries, one way of computing them a row."""

import importlib.util
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import mesa
import numpy as np

from alliance_sim.engine import arrays, worlds
from alliance_sim.engine.recording import Keep
from alliance_sim.laws import added, shifts, usual
from alliance_sim.model.policies.own import policy as policy_of_ones_own
from alliance_sim.trial import TherapyTrial
from alliance_sim.world.configuration import changed
from alliance_sim.world.protocol import used_phases
from alliance_sim.world.scenario import DEFAULT_SEED, Scenario
from benchmarks import floor, idiomatic_mesa
from benchmarks.counting import Counts

SEED = DEFAULT_SEED
BASELINE = "idiomatic_mesa"
Json = dict[str, Any]
OPTIONAL = ("agentpy", "jax")
NANOSECONDS = 1e9
DAILY = (
    *("trust", "felt_empathy", "rapport", "alliance", "openness", "fear", "severity", "set_point"),
    *("wellbeing", "insight", "in_treatment", "last_day"),
)
BUILDS = 30  # trials that are made to see how long that takes


@policy_of_ones_own
def repair_and_hold(seen: Any, p: Any) -> Any:
    """As usual, after a rupture that stayed open more empathy, on dosing days clearer boundaries."""
    open_rupture = seen.rupture * (1.0 - seen.repaired)
    return added(usual(seen, p), shifts(empathy=0.2 * open_rupture, boundaries=0.1 * seen.dosing))


class Size(NamedTuple):
    """How much one timing of each row computes, and how many rounds there are."""

    rounds: int = 9
    lanes: int = 1600  # worlds
    points: int = 64  # design points of the shared row
    replicates: int = 24  # of each of them
    numpy: int = 400  # worlds: the best block
    trials: int = 10  # Mesa's
    uses: int = floor.USES


class Row(NamedTuple):
    """One way to compute trials."""

    name: str
    declaration: str
    worlds: int  # that `run` computes
    run: Callable[[], Iterable[str]]  # returns the names of the summaries it collected


class Timing(NamedTuple):
    """Nanoseconds per patient-session over the rounds."""

    median: float
    least: float
    most: float


class DailyTrial(idiomatic_mesa.Trial):
    """The idiomatic trial that also collects every patient at the end of each day with appointments."""

    def __init__(self, world: Scenario, rng: int) -> None:
        """Begin to collect."""
        super().__init__(world, rng=rng)
        reporters = {idiomatic_mesa.Patient: {name: name for name in DAILY}}
        self.days = mesa.DataCollector(agenttype_reporters=reporters)

    def step(self) -> None:
        """Hold the day and collect it."""
        super().step()
        if self.day in self.agenda:
            self.days.collect(self)


def visits(scenario: Scenario) -> int:
    """Patient-sessions of one world: sessions and assessments of all its patients."""
    return len(scenario.events())


def design(scenario: Scenario, points: int) -> list[Scenario]:
    """Design points that differ in clinicians and in four parameters, evenly spread."""
    made = []
    for place in range(points):
        share = (place + 0.5) / points
        made.append(
            changed(
                scenario,
                {
                    "clinicians.factor_shift": -1.28 + 2.56 * share,
                    "parameters.bond.rate": 0.2 + 0.2 * share,
                    "parameters.rupture.depth": 0.05 + 0.15 * share,
                    "parameters.retention.fear": 1.0 + share,
                    "parameters.symptoms.days": 2.0 + share,
                },
            )
        )
    return made


def rows(scenario: Scenario, size: Size) -> list[Row]:
    """Lay out every row."""
    points = design(scenario, size.points)
    own = changed(scenario, {"policy": repair_and_hold.__name__})
    built_in = changed(scenario, {"policy": "repair_first"})
    grouped = changed(scenario, {f"protocol.{phase}.group": 6 for phase in used_phases(scenario.protocol)})
    learning = changed(scenario, {"clinicians.supervision.sessions": 0.25, "clinicians.practice.empathy": 0.25})

    def alone(world: Scenario) -> Callable[[], Iterable[str]]:
        return lambda: worlds.simulate([world], range(size.lanes), SEED, Keep.trials).trials

    def together(made: list[Scenario]) -> Callable[[], Iterable[str]]:
        return lambda: worlds.simulate(made, range(size.replicates), SEED, Keep.trials).trials

    def numpy() -> Iterable[str]:
        return arrays.simulate([scenario], range(size.numpy), SEED).trials

    def own_mesa() -> Iterable[str]:
        for replicate in range(size.trials):
            trial = TherapyTrial(scenario, replicate=replicate, seed=SEED)
            trial.run_until(trial.end_day)
            collected = trial.recorded.trials
        return collected

    def uncollected() -> Iterable[str]:
        for replicate in range(size.trials):
            trial = TherapyTrial(scenario, replicate=replicate, seed=SEED, collect=False)
            trial.run_until(trial.end_day)
            collected = trial.recorded.trials
        return collected

    def idiomatic_daily() -> Iterable[str]:
        for seed in range(size.trials):
            trial = DailyTrial(scenario, rng=seed)
            trial.run_model()
            trial.days.get_agenttype_vars_dataframe(idiomatic_mesa.Patient)
        return trial.datacollector.model_vars

    def idiomatic() -> Iterable[str]:
        for seed in range(size.trials):
            collected = idiomatic_mesa.run(scenario, seed)
        return collected

    def batch_run() -> Iterable[str]:
        found = mesa.batch_run(
            idiomatic_mesa.Trial,
            {"world": [scenario]},
            number_processes=1,
            rng=list(range(size.trials)),
            max_steps=10_000,
            display_progress=False,
        )
        return [name for name in found[-1] if name not in ("RunId", "iteration", "Step", "world", "rng")]

    return [
        Row(
            "lanes",
            f"engine.worlds.simulate, one design point x {size.lanes} replicates, sixteen worlds at once, "
            "each with draws of its own; only trial summaries kept",
            size.lanes,
            alone(scenario),
        ),
        Row(
            "lanes_shared",
            f"engine.worlds.simulate, {size.points} design points x {size.replicates} replicates, "
            "a replicate's draws serve all design points; only trial summaries kept",
            size.points * size.replicates,
            together(points),
        ),
        Row("policy", "the row lanes, with clinicians who follow the policy repair_first", size.lanes, alone(built_in)),
        Row("own_policy", "the same, with a policy of one's own", size.lanes, alone(own)),
        Row(
            "policy_shared",
            "the row lanes_shared, with clinicians who follow the policy repair_first",
            size.points * size.replicates,
            together(design(built_in, size.points)),
        ),
        Row("group", "the row lanes, every session shared by six patients", size.lanes, alone(grouped)),
        Row(
            "group_shared",
            "the row lanes_shared, every session shared by six patients",
            size.points * size.replicates,
            together(design(grouped, size.points)),
        ),
        Row("learning", "the row lanes, with clinicians who are supervised and practise", size.lanes, alone(learning)),
        Row(
            "numpy",
            f"engine.arrays.simulate, one design point x {size.numpy} replicates, the same laws over arrays, "
            "nothing compiled; keeps every session",
            size.numpy,
            numpy,
        ),
        Row(
            "own_mesa",
            f"TherapyTrial, {size.trials} trials to their end, agents calling compiled laws; keeps every session "
            "and collects agents daily",
            size.trials,
            own_mesa,
        ),
        Row(
            "trial_uncollected",
            f"the same {size.trials} trials with collect=False",
            size.trials,
            uncollected,
        ),
        Row(
            "idiomatic_daily",
            f"benchmarks/idiomatic_mesa.py, {size.trials} trials, whose DataCollector takes of every patient each day "
            f"the {len(DAILY)} columns that TherapyTrial's takes, but for what it has no attribute of",
            size.trials,
            idiomatic_daily,
        ),
        Row(
            BASELINE,
            f"benchmarks/idiomatic_mesa.py, {size.trials} trials, the same laws written for Mesa with math and a "
            "NumPy generator; DataCollector takes the trial summaries",
            size.trials,
            idiomatic,
        ),
        Row(
            "mesa_batch_run",
            f"mesa.batch_run over those, {size.trials} trials, one process",
            size.trials,
            batch_run,
        ),
    ]


def not_measured() -> list[str]:
    """One line for each optional row there is none of."""
    return [
        f"{name}: no row; {'no port of the laws is kept here' if importlib.util.find_spec(name) else 'not installed'}"
        for name in OPTIONAL
    ]


class Measured(NamedTuple):
    """What the rounds gave."""

    timings: dict[str, Timing]
    primitives: dict[str, Timing]  # the floor's parts, per use and lane


def measure(scenario: Scenario, size: Size, alone: Counts, together: Counts) -> Measured:
    """Time every row once a round, and the floor with them.

    Raises:
        ValueError: Rows do not collect the same summaries.
    """
    laid = rows(scenario, size)
    collected = {row.name: sorted(row.run()) for row in laid}  # compiles and warms up
    floor.each(1)
    if any(names != collected[BASELINE] for names in collected.values()):
        raise ValueError(f"rows collect different summaries: {collected}")
    sessions = visits(scenario)
    taken: dict[str, list[float]] = {}
    parts: dict[str, list[float]] = {}
    for _ in range(size.rounds):
        for row in laid:
            began = time.perf_counter()
            row.run()
            passed = time.perf_counter() - began
            taken.setdefault(row.name, []).append(passed * NANOSECONDS / (row.worlds * sessions))
        costs = floor.each(size.uses)
        for name, floored in (
            ("floor", floor.own(costs, alone)),
            ("floor_shared", floor.shared(costs, alone)),
            ("reuse_floor", floor.own(costs, together)),
            ("reuse_floor_shared", floor.shared(costs, together)),
        ):
            taken.setdefault(name, []).append(floored)
        for name, cost in costs.items():
            parts.setdefault(name, []).append(cost)
    return Measured({name: timing(values) for name, values in taken.items()}, {k: timing(v) for k, v in parts.items()})


def timing(values: list[float]) -> Timing:
    """Median and range."""
    return Timing(statistics.median(values), min(values), max(values))


def ratios(timings: dict[str, Timing]) -> dict[str, float]:
    """Ratios of medians that say how the engines do."""

    def over(slow: str, fast: str) -> float:
        return timings[slow].median / timings[fast].median

    return {
        "lanes_over_mesa": over(BASELINE, "lanes"),
        "lanes_shared_over_mesa": over(BASELINE, "lanes_shared"),
        "lanes_over_own_mesa": over("own_mesa", "lanes"),
        "numpy_over_mesa": over(BASELINE, "numpy"),
        "own_mesa_over_mesa": over(BASELINE, "own_mesa"),
        "trial_over_mesa": over(BASELINE, "own_mesa"),
        "trial_over_mesa_daily": over("idiomatic_daily", "own_mesa"),
        "trial_uncollected_over_mesa": over(BASELINE, "trial_uncollected"),
        "mesa_batch_run_over_mesa": over(BASELINE, "mesa_batch_run"),
        "policy_over_lanes": over("policy", "lanes"),
        "own_policy_over_lanes": over("own_policy", "lanes"),
        "policy_over_lanes_shared": over("policy_shared", "lanes_shared"),
        "group_over_lanes": over("group", "lanes"),
        "group_over_lanes_shared": over("group_shared", "lanes_shared"),
        "learning_over_lanes": over("learning", "lanes"),
        "lanes_over_floor": over("lanes", "floor"),
        "lanes_shared_over_floor": over("lanes_shared", "floor_shared"),
        "lanes_over_reuse_floor": over("lanes", "reuse_floor"),
        "lanes_shared_over_reuse_floor": over("lanes_shared", "reuse_floor_shared"),
    }


def building(scenario: Scenario) -> float:
    """Milliseconds to make a `TherapyTrial`, ready to run, in a process that has made one before: the median."""
    taken = []
    for replicate in range(BUILDS):
        began = time.perf_counter()
        TherapyTrial(scenario, replicate=replicate)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def agree(scenario: Scenario, trials: int, seed: int = SEED) -> dict[str, float]:
    """How far the idiomatic trial's summaries lie from the engines', in standard errors.

    Args:
        scenario: The world both simulate.
        trials: Trials of each.
        seed: Seed of both.

    Returns:
        By name of a summary the difference of its means over trials; by `name spread` that of its mean distance from
        the median. Summaries that the scenario does not have, such as an experience without a drug, are left out.
    """
    theirs = [idiomatic_mesa.run(scenario, seed + place) for place in range(trials)]
    ours = arrays.simulate([scenario], range(trials), seed).trials
    found = {}
    for name, values in ours.items():
        one, two = np.array([row[name] for row in theirs]), np.asarray(values[0])
        one, two = one[~np.isnan(one)], two[~np.isnan(two)]
        if not one.size and not two.size:
            continue
        found[name] = _standard_errors(one, two)
        found[f"{name} spread"] = _standard_errors(np.abs(one - np.median(one)), np.abs(two - np.median(two)))
    return found


def _standard_errors(one: np.ndarray, two: np.ndarray) -> float:
    """Difference of two means in standard errors; infinite where only one sample has values or both are constant."""
    if min(one.size, two.size) < 2:
        return float("inf")
    difference = float(one.mean() - two.mean())
    error = float(np.sqrt(one.var(ddof=1) / one.size + two.var(ddof=1) / two.size))
    return difference / error if error > 0.0 else (float("inf") if difference else 0.0)
