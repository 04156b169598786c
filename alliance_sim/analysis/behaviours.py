"""What each clinician behaviour does: one standard deviation more of it, everything else and everybody else equal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.analysis import paired
from alliance_sim.analysis.estimates import MEASURES
from alliance_sim.analysis.monte_carlo import Array, Found, averaged, jackknifed
from alliance_sim.errors import AnswerError
from alliance_sim.study.plan import BEHAVIOURS as BEHAVIOURS, trained
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario, with_values

BASE, ALL, AND = "base", "all behaviours", " × "
PAIR = 2
STEPS = 11  # levels of a dose-response curve
SATURATED = 0.9  # share of the whole gain at which a curve counts as saturated
Changes = dict[str, dict[str, float]]


def more(scenario: Scenario, names: Sequence[str] = BEHAVIOURS, amount: float = 1.0, joint: bool = True) -> Changes:
    """Arms in which clinicians have more of one behaviour, of two, or of all.

    Args:
        scenario: The world that arms change.
        names: Behaviours.
        amount: How much more, in standard deviations of the clinician population.
        joint: Also every two behaviours together, and all where they are more than two.

    Returns:
        Dotted keys that each arm sets, by the arm's name: as `arms` of a study.

    Raises:
        AnswerError: A behaviour is unknown or does not vary between clinicians.
        ScenarioError: The higher mean is outside [0, 1].
    """
    keys = {name: shifted(scenario, [name], amount) for name in names}
    arms: Changes = {BASE: {}, **keys}
    if joint:
        arms |= {f"{one}{AND}{two}": keys[one] | keys[two] for one, two in combinations(names, 2)}
    if joint and len(names) > PAIR:
        arms[ALL] = {key: value for values in keys.values() for key, value in values.items()}
    for values in arms.values():
        with_values(scenario, values)
    return arms


def shifted(scenario: Scenario, names: Sequence[str], amount: float) -> dict[str, float]:
    """Dotted keys that give clinicians more of these behaviours, in standard deviations of their population.

    Raises:
        AnswerError: A behaviour is unknown or does not vary between clinicians.
    """
    for name in names:
        _skill(scenario, name)
    return trained(scenario, names, amount)


def effects(trials: pd.DataFrame, scenario: Scenario, measures: Sequence[str] = tuple(MEASURES)) -> pd.DataFrame:
    """Effects of the arms of `more`, and what two behaviours do together beyond the sum of what each does.

    Args:
        trials: One row an arm and replicate.
        scenario: The base world, for the units.
        measures: Which of `MEASURES`.

    Returns:
        Columns behaviour, kind (effect, interaction, joint), measure, estimate, mcse, lower, upper, unit. An
        interaction is effect of both − effect of one − effect of the other; joint is the effect of all together,
        and for `all behaviours` the interaction is that effect − the sum of the single ones.
    """
    rows = []
    known = units(scenario)
    for measure, wide in _wide(trials, "arm", measures):
        gain = {str(arm): (wide[arm] - wide[BASE]).to_numpy() for arm in wide.columns if arm != BASE}
        single = [arm for arm in gain if AND not in arm and arm != ALL]
        for arm, own in gain.items():
            parts = single if arm == ALL else arm.split(AND)
            rows.append((arm, "effect" if arm in single else "joint", measure, *averaged(own), known[measure]))
            if len(parts) > 1:
                beyond = own - np.sum([gain[part] for part in parts], axis=0)
                rows.append((arm, "interaction", measure, *averaged(beyond), known[measure]))
    frame = pd.DataFrame(rows, columns=["behaviour", "kind", "measure", *Found._fields, "unit"])
    return frame.astype(dict.fromkeys(Found._fields, float))


def behaviour_effects(
    scenario: Scenario, replicates: int, seed: int, names: Sequence[str] = BEHAVIOURS, amount: float = 1.0
) -> pd.DataFrame:
    """Simulate the arms of `more` with the same patients and random draws, and return their `effects`."""
    return effects(paired.trials(worlds(scenario, more(scenario, names, amount)), replicates, seed), scenario)


def worlds(scenario: Scenario, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Scenario]:
    """The scenario of each arm."""
    return {name: with_values(scenario, dict(values)) for name, values in changes.items()}


# ------------------------------------------------------------------------------------------ dose-response curves


def levels(scenario: Scenario, name: str, steps: int = STEPS) -> Changes:
    """Arms in which all clinicians have the same level of one behaviour, from 0 to 1.

    Raises:
        AnswerError: The behaviour is unknown.
    """
    _skill(scenario, name, varies=False)
    even = np.linspace(0.0, 1.0, steps)
    return {f"{level:g}": {f"clinicians.{name}.mean": level, f"clinicians.{name}.spread": 0.0} for level in even}


def dose_response(
    scenario: Scenario, name: str, replicates: int, seed: int, steps: int = STEPS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the arms of `levels`; return the `curve` of every measure and where it saturates."""
    trials = paired.trials(worlds(scenario, levels(scenario, name, steps)), replicates, seed)
    trials = trials.assign(level=trials["arm"].astype(str).astype(float))
    return curve(trials, scenario), saturation(trials)


def curve(trials: pd.DataFrame, scenario: Scenario, measures: Sequence[str] = tuple(MEASURES)) -> pd.DataFrame:
    """A measure at each level of a behaviour, and its gain over the lowest level.

    Args:
        trials: One row a level (column `level`) and replicate.
        scenario: The base world, for the units.
        measures: Which of `MEASURES`.

    Returns:
        Columns measure, level, kind (mean, gain), estimate, mcse, lower, upper, unit. Gains are paired by replicate.
    """
    frames = []
    for measure, wide in _wide(trials, "level", measures):
        values = wide.to_numpy()
        for kind, held in (("mean", values), ("gain", values - values[:, :1])):
            frame = pd.DataFrame({"level": wide.columns.to_numpy(dtype=float), **averaged(held)._asdict()})
            frames.append(frame.assign(measure=measure, kind=kind, unit=units(scenario)[measure]))
    return pd.concat(frames, ignore_index=True)[["measure", "level", "kind", *Found._fields, "unit"]]


def saturation(
    trials: pd.DataFrame, measures: Sequence[str] = tuple(MEASURES), reached: float = SATURATED
) -> pd.DataFrame:
    """The lowest level of a behaviour that brings so large a share of the gain from its lowest to its highest level.

    Between simulated levels the curve is taken as straight. A curve that is a straight line reaches 90 % of its gain
    at 0.9: it saturates nowhere.

    Trials and measures are those of `curve`.

    Returns:
        Columns measure, estimate (level in [0, 1]), mcse, lower, upper, unit, gained (the gain from the lowest to the
        highest level in standard errors of it: below about 3 there is no gain whose share could be found). The
        estimate is NaN where the ends are equal.
    """
    rows = []
    for measure, wide in _wide(trials, "level", measures):
        places, values = wide.columns.to_numpy(dtype=float), wide.to_numpy()
        if not np.isfinite(values).all():
            continue  # what this protocol does not measure
        whole = averaged(values[:, -1] - values[:, 0])
        found = jackknifed(values, lambda means: _crossing(places, means, reached))  # noqa: B023  (called at once)
        gained = abs(whole.estimate) / whole.mcse if whole.mcse > 0 else np.nan
        rows.append((measure, *map(float, found), "level in [0, 1]", float(gained)))
    return pd.DataFrame(rows, columns=["measure", *Found._fields, "unit", "gained"])


def _crossing(places: Array, means: Array, reached: float) -> Array:
    """First place at which the curve has made that share of its way from the first value to the last."""
    way = means[-1] - means[0]
    if way == 0:
        return np.array(np.nan)
    shares = (means - means[0]) / way
    after = int(np.argmax(shares >= reached))  # the last is 1
    before = after - 1
    part = (reached - shares[before]) / (shares[after] - shares[before])
    return np.array(places[before] + part * (places[after] - places[before]))


def _skill(scenario: Scenario, name: str, varies: bool = True) -> Any:
    if name not in BEHAVIOURS:
        raise AnswerError(f"{name!r} is no behaviour; choose among: {', '.join(BEHAVIOURS)}.")
    skill = getattr(scenario.clinicians, name)
    if varies and not skill.spread:
        raise AnswerError(f"clinicians.{name}.spread=0 leaves no standard deviation to add; type a spread above 0.")
    return skill


def _wide(trials: pd.DataFrame, name: str, measures: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Of each measure replicates in rows, arms or levels in columns; a replicate that failed anywhere is left out.

    Raises:
        AnswerError: No replicate is whole.
    """
    done = trials[trials["status"] == "done"]
    if name == "arm":
        done = done.assign(arm=done["arm"].astype(str))
    order = list(done[name].unique()) if name == "arm" else sorted(done[name].unique())
    wide = done.pivot(index="replicate", columns=name, values=list(measures)).astype(float)
    whole = wide[done.groupby("replicate").size().reindex(wide.index) == len(order)]
    if whole.empty:
        raise AnswerError("no replicate was run in every arm; run the study again.")
    for measure in measures:
        yield measure, pd.DataFrame(whole[measure])[order]
