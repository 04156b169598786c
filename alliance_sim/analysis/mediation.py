"""How much of an effect runs through trust, felt empathy, rapport, ruptures, fear, breakthrough and integration.

The same patients live through worlds no trial can show: clinicians as in the treated arm, while a mediator goes as it
went with the clinicians of the base arm. Y(x, M(z)) is the outcome with clinicians x and the mediator as under z:

- natural direct effect Y(1, M(0)) − Y(0, M(0)) and total indirect effect Y(1, M(1)) − Y(1, M(0));
- natural indirect effect Y(0, M(1)) − Y(0, M(0)) and total direct effect Y(1, M(1)) − Y(0, M(1)).

Either pair sums to the total effect; they differ by the mediated interaction (Robins and Greenland 1992, Pearl 2001;
from memory). Mediators are coupled: trust calms fear, ruptures cost trust. What several carry together therefore
depends on the order in which their paths are opened. The Shapley average takes the mean over all orders; it sums to
the total effect exactly, and the range over orders says how much the order matters.

Nothing is fixed once a patient has left the other world: what staying on brings then counts as direct.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched, combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.analysis import paired
from alliance_sim.analysis.monte_carlo import Array, Found, averaged, jackknifed
from alliance_sim.engine.intervention import Fixed
from alliance_sim.engine.recording import Keep, Recorded
from alliance_sim.errors import AnswerError
from alliance_sim.model.state import FIXABLE
from alliance_sim.study.executors import cores
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

Mediators = Mapping[str, tuple[str, ...]]  # a path's name, and the states that are fixed to close it
EACH: Mediators = {
    name: (name,) for name in ("trust", "felt_empathy", "rapport", "rupture", "fear", "breakthrough", "integration")
}
BOND: Mediators = {
    "bond": ("trust", "felt_empathy", "rapport"),
    **{name: (name,) for name in ("rupture", "fear", "breakthrough", "integration")},
}
MOST = 10  # mediators: worlds double with each
BASE, TREATED, AND = "base", "treated", " + "


def mediation_worlds(
    base: Scenario, treated: Scenario, replicates: int, seed: int, mediators: Mediators = EACH
) -> pd.DataFrame:
    """Simulate the worlds that `shapley` and `natural_effects` compare.

    Args:
        base: The world without the treatment.
        treated: The same timetable and patients, treated.
        replicates: Simulated trials of each world.
        seed: Seed of every draw.
        mediators: Paths and the states fixed to close each.

    Returns:
        One row a world and replicate: replicate, clinicians (base, treated), fixed (mediators that go as in the other
        world, joined by ` + `; empty if none), and the trial's mean outcomes. Treated worlds hold every set of
        mediators, base worlds one at a time.

    Raises:
        AnswerError: The mediators are too many, or name a state twice.
        ScenarioError: A state cannot be fixed, or the two arms follow different timetables.
    """
    _check(mediators)
    names, arms = list(mediators), {BASE: base, TREATED: treated}
    engine = paired.engine_for([base, treated], replicates, 2 ** len(names))
    closed: dict[str, list[tuple[str, ...]]] = {
        TREATED: [some for some in _subsets(names) if some],
        BASE: [(name,) for name in names],
    }

    def of(part: range) -> list[pd.DataFrame]:
        free = {arm: paired.simulate([arms[arm]], part, seed, Keep.sessions, engine) for arm in arms}
        frames = [_rows(free[arm], arm, [()]) for arm in arms]
        wide = paired.wide(arms[BASE], part, engine)
        for arm, other in ((TREATED, BASE), (BASE, TREATED)):
            for some in batched(closed[arm], wide):
                states = [tuple(state for name in fixed for state in mediators[name]) for fixed in some]
                fixed = Fixed(states, free[other])
                worlds = paired.simulate([arms[arm]] * len(some), part, seed, Keep.trials, engine, fixed)
                frames.append(_rows(worlds, arm, some))
        return frames

    with ThreadPoolExecutor(cores()) as pool:
        parts = list(pool.map(of, paired.batches([base, treated], replicates)))
    return pd.concat([frame for frames in parts for frame in frames], ignore_index=True)


def mediation(
    base: Scenario, treated: Scenario, replicates: int, seed: int, measure: str = "change", mediators: Mediators = EACH
) -> pd.DataFrame:
    """Simulate what is needed and split the effect of `treated` over `base` by `shapley`."""
    return shapley(mediation_worlds(base, treated, replicates, seed, mediators), base, measure)


def shapley(worlds: pd.DataFrame, scenario: Scenario, measure: str = "change") -> pd.DataFrame:
    """Split a total effect into a direct part and one part a mediator.

    A mediator's part in one order of opening paths is what opening its path adds, with the paths before it open and
    the paths after it fixed as in the base world. `direct` is what is left with all paths closed.

    Args:
        worlds: From `mediation_worlds`.
        scenario: The base world, for the unit.
        measure: A mean outcome of trials.

    Returns:
        Columns effect (total, direct, then each mediator), estimate, mcse, lower, upper, unit, lowest and highest (the
        estimate over all orders), share (of the total), share_mcse. Direct and mediators sum to the total.

    Raises:
        AnswerError: A world is missing or has no value.
    """
    names, apart = _named(worlds), _Apart(worlds)
    start = _values(apart, BASE, (), measure)
    whole = _values(apart, TREATED, (), measure) - start
    # A world is named by the paths that are open in it.
    opened = {
        frozenset(open_paths): _values(apart, TREATED, tuple(n for n in names if n not in open_paths), measure)
        for open_paths in _subsets(names)
    }
    direct = opened[frozenset()] - start
    parts, ranges = [], [(float(whole.mean()),) * 2, (float(direct.mean()),) * 2]
    for name in names:
        steps = {
            before: opened[frozenset((*before, name))] - opened[frozenset(before)]
            for before in _subsets([other for other in names if other != name])
        }
        parts.append(sum(_weight(len(before), len(names)) * step for before, step in steps.items()))
        means = [float(step.mean()) for step in steps.values()]
        ranges.append((min(means), max(means)))
    each = np.column_stack([whole, direct, *parts])
    shares = jackknifed(each, _of_total)
    frame = pd.DataFrame({"effect": ["total", "direct", *names], **averaged(each)._asdict()})
    return frame.assign(
        unit=units(scenario)[measure],
        lowest=[low for low, _ in ranges],
        highest=[high for _, high in ranges],
        share=shares.estimate,
        share_mcse=shares.mcse,
    )


def natural_effects(worlds: pd.DataFrame, scenario: Scenario, measure: str = "change") -> pd.DataFrame:
    """Natural direct and indirect effects through each mediator alone, all others free to follow.

    Arguments are those of `shapley`.

    Returns:
        Columns mediator, effect (natural direct, total indirect, natural indirect, total direct, mediated
        interaction), estimate, mcse, lower, upper, unit.

    Raises:
        AnswerError: A world is missing or has no value.
    """
    apart = _Apart(worlds)
    start, end = (_values(apart, arm, (), measure) for arm in (BASE, TREATED))
    rows = []
    for name in _named(worlds):
        closed = _values(apart, TREATED, (name,), measure)  # Y(1, M(0))
        carried = _values(apart, BASE, (name,), measure)  # Y(0, M(1))
        for effect, values in (
            ("natural direct", closed - start),
            ("total indirect", end - closed),
            ("natural indirect", carried - start),
            ("total direct", end - carried),
            ("mediated interaction", (end - closed) - (carried - start)),
        ):
            rows.append((name, effect, *map(float, averaged(values)), units(scenario)[measure]))
    return pd.DataFrame(rows, columns=["mediator", "effect", *Found._fields, "unit"])


def _check(mediators: Mediators) -> None:
    if not 1 <= len(mediators) <= MOST:
        raise AnswerError(f"{len(mediators)} mediators were named; name 1 to {MOST}, several states to a mediator.")
    states = [state for fixed in mediators.values() for state in fixed]
    for state in states:
        if state not in FIXABLE:
            raise AnswerError(f"{state!r} cannot be fixed; choose among: {', '.join(FIXABLE)}.")
    twice = [state for state in states if states.count(state) > 1]
    if twice:
        raise AnswerError(f"{twice[0]!r} is fixed by two mediators; give each state to one.")


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _weight(before: int, paths: int) -> float:
    """Share of all orders in which exactly these paths come before a given one."""
    return factorial(before) * factorial(paths - before - 1) / factorial(paths)


def _of_total(means: Array) -> Array:
    shares: Array = means / means[0] + 0.0 if means[0] else np.full(len(means), np.nan)
    return shares


def _rows(recorded: Recorded, clinicians: str, sets: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    """One row a world and replicate, of worlds whose arms are sets of fixed mediators."""
    replicates = np.asarray(recorded.replicates)
    words = pd.Series([AND.join(fixed) for fixed in sets])
    about = {
        "replicate": np.tile(replicates, len(sets)),
        "clinicians": clinicians,
        "fixed": words.repeat(len(replicates)).array,
    }
    return pd.DataFrame(about | {name: values.ravel() for name, values in recorded.trials.items()})


def _named(worlds: pd.DataFrame) -> list[str]:
    """Mediators in their order: those that base worlds hold alone."""
    fixed = worlds.loc[worlds["clinicians"] == BASE, "fixed"]
    return [name for name in fixed.unique() if name]


class _Apart:
    """Worlds by clinicians and what is fixed, each in the order of replicates."""

    def __init__(self, worlds: pd.DataFrame) -> None:
        self._worlds = worlds.sort_values("replicate", kind="stable")
        self._places: dict[Any, Array] = self._worlds.groupby(["clinicians", "fixed"], sort=False).indices  # type: ignore[assignment]
        self.replicates = np.unique(worlds["replicate"])

    def of(self, clinicians: str, fixed: str) -> pd.DataFrame:
        """One world's rows; none where it was not simulated."""
        return self._worlds.take(self._places.get((clinicians, fixed), np.array([], dtype=np.int64)))


def _values(worlds: _Apart, clinicians: str, fixed: tuple[str, ...], measure: str) -> Array:
    """A measure in one world, one value a replicate in their order.

    Raises:
        AnswerError: The world is missing, or a replicate of it, or it has no value.
    """
    own, wanted = worlds.of(clinicians, AND.join(fixed)), worlds.replicates
    if not np.array_equal(own["replicate"], wanted):
        raise AnswerError(
            f"the {clinicians} world with {AND.join(fixed) or 'nothing'} fixed lacks replicates; "
            "simulate all worlds anew."
        )
    values = own[measure].to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise AnswerError(f"{measure} has no value in every trial of this protocol; choose another measure.")
    return values
