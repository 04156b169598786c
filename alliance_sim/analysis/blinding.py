"""How much of an effect is belief about one's arm, and how well patients guess it.

Every arm is simulated three times with the same patients and draws: as run, under perfect blinding, where nothing tells
a patient anything, and open, where everybody is told. What an effect under perfect blinding lacks is what belief adds.

Indices of blinding are those of a forced choice: nobody says "don't know". Bang's is 2 × share right − 1 of one arm:
1 all right, 0 chance, −1 all wrong (Bang 2004, Control Clin Trials 25:143). James's is (1 + (o − e) / e) / 2 of two
arms, with o the share of wrong guesses and e the share expected of guesses that know nothing: 0 all right, 0.5 chance,
1 all wrong (James 1996, Stat Med 15:1421). Both as the R package BI 1.2.0 computes them.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import paired, summary
from alliance_sim.analysis.monte_carlo import Array, Found, averaged, jackknifed, over
from alliance_sim.engine.recording import Keep
from alliance_sim.model.timetable import Planned
from alliance_sim.study.executors import cores
from alliance_sim.study.identity import described
from alliance_sim.study.units import units
from alliance_sim.world.protocol import Allocation
from alliance_sim.world.scenario import Scenario, with_values

MEASURED = ("change", "response")
OF_EFFECT = "of the effect"  # unit of a share
LESS, AND = " less ", " + "
NOT_DOSED = "no dosing session, so nobody guesses"
NOBODY_CAME = "nobody came to a dosing session"
NOTHING = Found(*[np.array(np.nan)] * 4)
NO_EFFECT = "the effect's interval holds 0"


class Kind(Enum):
    """How blind the patients of a world are."""

    as_run = "as run"
    perfect = "perfect"
    open = "open"


class Compared(NamedTuple):
    """Two arms, and the keys in which their worlds differ."""

    arm: str
    versus: str
    keys: tuple[str, ...]


# ------------------------------------------------------------------------------------------------------ what is run


def compared(scenarios: Mapping[str, Scenario], base: str) -> list[Compared]:
    """Which arms are compared: every arm with the base arm, and the later with the earlier where one key differs.

    Arms whose primary scales differ are not compared. Pairs that differ in the same keys follow one another.
    """
    own = {arm: described(world) for arm, world in scenarios.items()}
    of_base = [(str(arm), str(versus)) for arm, versus in summary.pairs(list(scenarios), base)]
    names = list(scenarios)
    later = [(arm, versus) for place, arm in enumerate(names) for versus in names[:place]]
    made = []
    for arm, versus in dict.fromkeys([*of_base, *later]):
        keys = tuple(key for key in {**own[versus], **own[arm]} if own[versus].get(key) != own[arm].get(key))
        known = (arm, versus) in of_base or (len(keys) == 1 and (versus, arm) not in of_base)
        if known and scenarios[arm].primary is scenarios[versus].primary:
            made.append(Compared(arm, versus, keys))
    order = list(dict.fromkeys(pair.keys for pair in made))
    return sorted(made, key=lambda pair: order.index(pair.keys))


def doses(scenario: Scenario) -> list[Planned]:
    """The dosing sessions of a world, with drug or without; patients guess after each."""
    return [step for step in scenario.course() if step.phase == "dosing"]


def believes(scenario: Scenario) -> bool:
    """True if patients of a world ever believe anything about their arm: after a dosing session, or told to wait."""
    return bool(doses(scenario)) or scenario.protocol.allocation is Allocation.waitlist


def blinded(scenario: Scenario, kind: Kind) -> Scenario:
    """The same world with another kind of blinding."""
    return scenario if kind is Kind.as_run else with_values(scenario, {"protocol.blinding": kind.value})


def blinding_worlds(scenarios: Mapping[str, Scenario], replicates: int, seed: int) -> pd.DataFrame:
    """Simulate every arm as run, under perfect blinding and open.

    Args:
        scenarios: Worlds by arm.
        replicates: Simulated trials of each.
        seed: Seed of every draw.

    Returns:
        One row an arm, kind of blinding and replicate: arm, blinding, replicate, the trial's mean change and response,
        and of its patients asked (how many guessed), drug (how many guessed the drug), certain (sum of certainty).

    Raises:
        ScenarioError: The seed or the number of replicates is not allowed.
    """
    arms = list(scenarios.values())
    engine = paired.engine_for(arms, replicates, len(Kind))
    worlds = {kind: {arm: blinded(world, kind) for arm, world in scenarios.items()} for kind in Kind}

    def of(part: range) -> list[pd.DataFrame]:
        frames = []
        for kind, own in worlds.items():
            for arm, (recorded, place) in paired.together(own, part, seed, Keep.patients, engine).items():
                trials = {name: recorded.trials[name][place] for name in MEASURED}
                guess, certainty = (recorded.outcomes[name][:, place] for name in ("guess", "certainty"))
                counts = {
                    "asked": np.isfinite(guess).sum(axis=0),
                    "drug": np.nansum(guess, axis=0),
                    "certain": np.nansum(certainty, axis=0),
                }
                about = {"arm": arm, "blinding": kind.value, "replicate": list(part)}
                frames.append(pd.DataFrame({**about, **trials, **counts}))
        return frames

    with ThreadPoolExecutor(cores()) as pool:
        parts = list(pool.map(of, paired.batches(arms, replicates)))
    return pd.concat([frame for frames in parts for frame in frames], ignore_index=True)


# ---------------------------------------------------------------------------------------------------------- effects


def effects(worlds: pd.DataFrame, pairs: Sequence[Compared], scenario: Scenario) -> pd.DataFrame:
    """Effects under each kind of blinding, and what belief adds to them.

    Args:
        worlds: From `blinding_worlds`.
        pairs: From `compared`.
        scenario: The base world, for the units.

    Returns:
        Columns arm, versus, differs (keys), measure, blinding (as run, perfect, open, as run less perfect, open less
        perfect), estimate, mcse, lower, upper, unit; all paired by replicate.
    """
    rows = []
    for pair, measure, each in _each(worlds, pairs):
        perfect = each[Kind.perfect]
        added = {f"{kind.value}{LESS}perfect": each[kind] - perfect for kind in (Kind.as_run, Kind.open)}
        for name, values in ({kind.value: own for kind, own in each.items()} | added).items():
            rows.append((*_named(pair), measure, name, *averaged(values), units(scenario)[measure]))
    columns = ["arm", "versus", "differs", "measure", "blinding", *Found._fields, "unit"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(Found._fields, float))


def shares(worlds: pd.DataFrame, pairs: Sequence[Compared]) -> pd.DataFrame:
    """The share of an effect that belief makes: what the effect has beyond that under perfect blinding.

    Arguments are those of `effects`.

    Returns:
        Columns arm, versus, differs, measure, blinding (as run, open), estimate, mcse, lower, upper, unit, note. The
        estimate is NaN, and the note says so, where the effect's interval holds 0.
    """
    rows = []
    for pair, measure, each in _each(worlds, pairs):
        for kind in (Kind.as_run, Kind.open):
            whole = averaged(each[kind])
            clear = bool(whole.lower > 0 or whole.upper < 0)
            both = np.column_stack([each[kind] - each[Kind.perfect], each[kind]])
            found = jackknifed(both, _ratio) if clear else NOTHING
            rows.append((*_named(pair), measure, kind.value, *found, OF_EFFECT, "" if clear else NO_EFFECT))
    columns = ["arm", "versus", "differs", "measure", "blinding", *Found._fields, "unit", "note"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(Found._fields, float))


def _each(worlds: pd.DataFrame, pairs: Sequence[Compared]) -> list[tuple[Compared, str, dict[Kind, Array]]]:
    """Differences between the arms of each pair, in each measure and kind of blinding, one a replicate."""

    def values(arm: str, kind: Kind, measure: str) -> Array:
        return _own(worlds, arm, kind)[measure].to_numpy(dtype=float)

    made = []
    for pair in pairs:
        for measure in MEASURED:
            between = {kind: values(pair.arm, kind, measure) - values(pair.versus, kind, measure) for kind in Kind}
            made.append((pair, measure, between))
    return made


def _named(pair: Compared) -> tuple[str, str, str]:
    return pair.arm, pair.versus, AND.join(pair.keys)


def _ratio(parts: Array) -> Array:
    return np.asarray(parts[0] / parts[1] + 0.0 if parts[1] else np.nan)


# ---------------------------------------------------------------------------------------------------------- guesses


def bang(right: Array, asked: Array) -> Array:
    """Bang's index of one arm from how many guess rightly; NaN where nobody is asked.

    Examples:
        >>> float(bang(30, 40))
        0.5
    """
    return 2.0 * over(np.asarray(right), np.asarray(asked)) - 1.0


def james(counts: Array) -> Array:
    """James's index of an arm with the drug and one without.

    Args:
        counts: Shape (..., 4): with the drug, how many guess the drug and how many guess none; without it the same.

    Returns:
        Shape (...), in [0, 1]; NaN where the guesses of one arm are missing.

    Examples:
        >>> float(james(np.array([20, 0, 0, 20])))
        0.0
        >>> float(james(np.array([10, 10, 10, 10])))
        0.5
    """
    drug_drug, drug_none, none_drug, none_none = np.moveaxis(np.asarray(counts, dtype=float), -1, 0)
    with_drug, without = drug_drug + drug_none, none_drug + none_none
    asked = with_drug + without
    wrong = over(drug_none + none_drug, asked)
    expected = over((drug_drug + none_drug) * without + (drug_none + none_none) * with_drug, asked**2)
    index: Array = (1.0 + over(wrong - expected, np.where((with_drug > 0) & (without > 0), expected, 0.0))) / 2.0
    return index


def guesses(worlds: pd.DataFrame, scenarios: Mapping[str, Scenario], kind: Kind = Kind.as_run) -> pd.DataFrame:
    """What patients of each arm guess, how certain they are, and how often they are right.

    Args:
        worlds: From `blinding_worlds`.
        scenarios: Worlds by arm.
        kind: In which of the worlds.

    Returns:
        Columns arm, quantity (guess the drug, guess rightly, certainty, Bang's index), estimate, mcse, lower, upper,
        unit, note. Right is a guess that says what patients who are told would say: `gives_drug`. An arm where nobody
        guesses has one row without an estimate, whose note says why.
    """
    rows: list[tuple[object, ...]] = []
    for arm, world in scenarios.items():
        own = _counts(worlds, arm, kind)
        asked, drug, certain = own.T
        if not asked.any():
            why = NOBODY_CAME if doses(world) else NOT_DOSED
            rows.append((arm, "guess the drug", *NOTHING, "1", why))
            continue
        right = drug if gives_drug(worlds, arm) else asked - drug
        for quantity, part, statistic in (
            ("guess the drug", drug, over),
            ("guess rightly", right, over),
            ("certainty", certain, over),
            ("Bang's index", right, bang),
        ):
            found = jackknifed(np.column_stack([part, asked]), lambda sums: statistic(sums[0], sums[1]))  # noqa: B023
            rows.append((arm, quantity, *found, "1", ""))
    frame = pd.DataFrame(rows, columns=["arm", "quantity", *Found._fields, "unit", "note"])
    return frame.astype(dict.fromkeys(Found._fields, float))


def james_indices(worlds: pd.DataFrame, pairs: Sequence[Compared], kind: Kind = Kind.as_run) -> pd.DataFrame:
    """James's index of every pair of arms of which one gives the drug, the other not, and both are asked.

    Arguments are those of `guesses` and `effects`.

    Returns:
        Columns arm, versus, quantity (James's index), estimate, mcse, lower, upper, unit.
    """
    rows = []
    for pair in pairs:
        arms = sorted((pair.arm, pair.versus), key=lambda arm: not gives_drug(worlds, arm))  # with the drug first
        held = [_counts(worlds, arm, kind) for arm in arms]
        alike = gives_drug(worlds, arms[0]) == gives_drug(worlds, arms[1])
        if alike or not all(own[:, 0].any() for own in held):
            continue
        counts = np.column_stack([part for own in held for part in (own[:, 1], own[:, 0] - own[:, 1])])
        rows.append((pair.arm, pair.versus, "James's index", *jackknifed(counts, james), "1"))
    frame = pd.DataFrame(rows, columns=["arm", "versus", "quantity", *Found._fields, "unit"])
    return frame.astype(dict.fromkeys(Found._fields, float))


def gives_drug(worlds: pd.DataFrame, arm: str) -> bool:
    """True if patients of an arm who are told what they got know it for the drug; a dose too low to be felt is none."""
    asked, drug, _ = _counts(worlds, arm, Kind.open).sum(axis=0)
    return bool(drug > asked / 2)


def _counts(worlds: pd.DataFrame, arm: str, kind: Kind) -> Array:
    """How many are asked, how many guess the drug, and the sum of certainty, a row a replicate."""
    return _own(worlds, arm, kind)[["asked", "drug", "certain"]].to_numpy(dtype=float)


def _own(worlds: pd.DataFrame, arm: str, kind: Kind) -> pd.DataFrame:
    """The rows of one arm and kind of blinding, in the order of replicates."""
    own = worlds[(worlds["arm"] == arm) & (worlds["blinding"] == kind.value)]
    return own.sort_values("replicate", kind="stable")
