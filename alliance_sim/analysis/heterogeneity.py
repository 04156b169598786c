"""Who gains most: each patient's own effect, from the two worlds that differ in the arm alone.

A trial sees every patient in one arm only. Here the same patient lives through both with the same random draws, so
an individual effect is a difference of two scores in which the noise that both worlds share cancels. How far effects
differ between patients rests on what counts as the same draws: those of the same address, which is this model's choice.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_sim.analysis.distributions import by_patient
from alliance_sim.analysis.estimates import key
from alliance_sim.analysis.monte_carlo import Array, Found, averaged, jackknifed, over
from alliance_sim.errors import AnswerError
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

MODERATORS = ("attachment_anxiety", "attachment_avoidance", "baseline", "expectancy", "resistance")
TIED = 1e-12  # smallest share of its largest element by which products of moderators still differ
THIRDS = ("lowest third", "middle third", "highest third")


def individual_effects(
    patients: pd.DataFrame, arm: str, versus: str, moderators: Sequence[str] = MODERATORS
) -> pd.DataFrame:
    """Each patient's change in one arm minus the same patient's change in the other.

    Args:
        patients: One row an arm, replicate and patient.
        arm: The arm whose effect is asked for.
        versus: The comparator.
        moderators: What patients brought; taken from the comparator's rows.

    Returns:
        Columns replicate, patient, effect (points; negative: better off in `arm`), then the moderators.

    Raises:
        AnswerError: An arm is missing or the two do not hold the same patients.
    """
    name = key(patients)
    labels = patients[name].astype(str)
    for label in (arm, versus):
        if not (labels == label).any():
            raise AnswerError(f"there is no arm {label!r}; choose among: {', '.join(labels.unique())}.")
    change = by_patient(patients[labels.isin([arm, versus])], "change")
    start = patients[labels == versus].sort_values(["replicate", "patient"], ignore_index=True)
    effect = change[arm] - change[versus]
    if effect.size != len(start):
        raise AnswerError(f"arms {arm} and {versus} hold different patients; give the same patients of both.")
    return start[["replicate", "patient", *moderators]].assign(effect=effect.ravel())


def spread_of_effects(effects: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """How different individual effects are, and how many patients gain or lose what matters to them.

    Args:
        effects: From `individual_effects`.
        scenario: The comparator's world, for the scale and its smallest important difference.

    Returns:
        Columns quantity, estimate, mcse, lower, upper, unit.
    """
    scale = scenario.instrument(scenario.primary)
    own = effects.dropna(subset=["effect"])
    trials = own["effect"].groupby(own["replicate"])
    sums = np.column_stack([trials.size(), trials.sum(), (own["effect"] ** 2).groupby(own["replicate"]).sum()])
    shares = {
        "share better off": own["effect"] < 0,
        "share unchanged": own["effect"] == 0,
        "share worse off": own["effect"] > 0,
        f"share better off by {scale.important:g} points or more": own["effect"] <= -scale.important,
        f"share worse off by {scale.important:g} points or more": own["effect"] >= scale.important,
    }
    points = units(scenario)["change"]
    rows: list[tuple[object, ...]] = [
        ("mean effect", *map(float, averaged(trials.mean().to_numpy())), points),
        ("SD of individual effects", *map(float, jackknifed(sums, _deviation)), points),
    ]
    for quantity, true in shares.items():
        share = true.groupby(own["replicate"]).mean().to_numpy(dtype=float)
        rows.append((quantity, *map(float, averaged(share)), "1"))
    return pd.DataFrame(rows, columns=["quantity", *Found._fields, "unit"])


def moderation(
    effects: pd.DataFrame, scenario: Scenario, moderators: Sequence[str] = MODERATORS, thirds: bool = True
) -> pd.DataFrame:
    """How the effect differs with what patients brought.

    Args:
        effects: From `individual_effects`.
        scenario: The comparator's world, for the unit.
        moderators: Columns of `effects`.
        thirds: Also the mean effect in each third of a moderator.

    Returns:
        Columns moderator, kind (alone: change of the effect per standard deviation of the moderator; joint: the same
        with all others equal; lowest, middle and highest third: the mean effect there), estimate, mcse, lower, upper,
        unit. Negative slopes: more of the moderator, more gained.

    Raises:
        AnswerError: A moderator does not vary.
    """
    own = effects.dropna(subset=["effect", *moderators])
    points, scores = units(scenario)["change"], own[list(moderators)].to_numpy(dtype=float)
    spread = scores.std(axis=0, ddof=1)
    if (spread == 0).any():
        raise AnswerError(f"{moderators[int(np.argmin(spread))]} does not vary between patients; leave it out.")
    scores = (scores - scores.mean(axis=0)) / spread
    effect, trial = own["effect"].to_numpy(dtype=float), pd.factorize(own["replicate"], sort=True)[0]
    rows: list[tuple[object, ...]] = []
    joint = _slopes(scores, effect, trial)
    for place, name in enumerate(moderators):
        alone = _slopes(scores[:, [place]], effect, trial)
        for kind, found in (("alone", alone), ("joint", Found(*(part[place : place + 1] for part in joint)))):
            rows.append((name, kind, *(float(part[0]) for part in found), f"{points} per SD"))
        if thirds:
            found = _means(
                np.searchsorted(np.quantile(scores[:, place], [1 / 3, 2 / 3]), scores[:, place]), effect, trial
            )
            rows += [(name, kind, *map(float, numbers), points) for kind, *numbers in zip(THIRDS, *found, strict=True)]
    return pd.DataFrame(rows, columns=["moderator", "kind", *Found._fields, "unit"])


def _deviation(sums: Array) -> Array:
    count, total, squares = sums
    return np.array(np.sqrt(max(squares / count - (total / count) ** 2, 0.0)))


def _by_trial(trial: Array, values: Array) -> Array:
    """Sums over the patients of each trial, shape (trials, columns)."""
    return np.column_stack([np.bincount(trial, weights=column) for column in values.T])


def _slopes(scores: Array, effect: Array, trial: Array) -> Found:
    """Least-squares slopes over all patients; their errors take the trial as the unit."""
    terms = np.column_stack([np.ones(len(effect)), scores])
    wide = terms.shape[1]
    products = np.column_stack([terms * terms[:, [column]] for column in range(wide)] + [terms * effect[:, None]])

    def slopes(sums: Array) -> Array:
        matrix = sums[: wide * wide].reshape(wide, wide)
        if np.linalg.matrix_rank(matrix, hermitian=True, tol=TIED * np.abs(matrix).max()) < wide:
            return np.full(wide - 1, np.nan)  # too few patients to tell moderators apart
        found: Array = np.linalg.solve(matrix, sums[wide * wide :])[1:]
        return found

    return jackknifed(_by_trial(trial, products), slopes)


def _means(group: Array, effect: Array, trial: Array) -> Found:
    """Mean effect in each third; a trial adds its sums and counts."""
    there = (group[:, None] == np.arange(len(THIRDS))).astype(float)
    sums = _by_trial(trial, np.column_stack([there * effect[:, None], there]))

    def means(parts: Array) -> Array:
        total, count = np.split(parts, 2)
        return over(total, np.where(count > TIED, count, 0.0))

    return jackknifed(sums, means)
