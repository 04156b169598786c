"""What clinicians do, against what trials found in which they did different things: rows of `evidence/clinicians.csv`.

The arms of a paired study are the same patients with the same draws, so that their difference is what clinicians do, or
who shares sessions, nearly free of chance. Numbers of policies, of learning and of groups are no part of the posterior:
every draw meets them at their defaults. They are fitted apart, one to each row of `FITS`, at the defaults of all else
(`fitted_apart`).

A further row takes a paired study in `calibration.studies`, a line in `bindings.csv` (with an error where its paper
printed none) and, where no statistic here fits, a function in `STATISTICS` with a scale in `targets.OF_SCALE`; then its
sentence in `NOT_COUNTED` goes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from alliance_sim.calibration import statistics
from alliance_sim.calibration.columns import Columns
from alliance_sim.calibration.evidence.rows import rows
from alliance_sim.calibration.evidence.targets import (
    CONTEXT,
    FITTED,
    NOT_COUNTED,
    PREDICTED,
    USE_OF,
    Measure,
    Target,
    of_clinicians,
)
from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.summaries import Arms, by_study, off_scale, on_scale, pool, simulated
from alliance_sim.model.acting import expected
from alliance_sim.model.behaviours import NAMES, Behaviours
from alliance_sim.model.delivery import deliver
from alliance_sim.model.draws import SessionNoise
from alliance_sim.model.learning import Training, learned
from alliance_sim.model.state import Clinician
from alliance_sim.model.timetable import Kind
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
BATCH = 16  # draws of one batch: a tile of lanes
TRIALS = 16  # that each draw meets
HALVES = 2  # into which they are cut: how these differ is the noise of few patients
FEWER = 5  # batches of other rows for one of these: what pairs differ by is known from few patients
NOISE = ndtri((np.arange(100) + 0.5) / 100)  # standard normals at even shares
FIRST = 500_000  # number of the first trial: none of them is among those that a gain was fitted with
EARLY = 28  # day of the score by which a patient is on track or not
FURTHER = ("severity_at_entry", "cohesion")
NOTHING = Behaviours(*([0.0] * len(NAMES)))  # practised, or shown more of
PRACTICE = 10.0  # hours of deliberate practice, of which CL008 says what they bring: an assumption
FIT_FIRST, FIT_TRIALS = 200_000, 50
COLUMNS = ["key", "use", "quantity", "statistic", "published", "low", "high", "simulated", "mcse", "lower", "upper"]
COLUMNS += ["within", "why"]


def known() -> tuple[Target, ...]:
    """All rows that are measured here: fitted, predicted, and what stands beside them as context."""
    return of_clinicians(FITTED) + of_clinicians(PREDICTED) + of_clinicians(CONTEXT)


def predicted(
    posterior: Posterior, wanted: Sequence[Target], batches: int, seed: int = DEFAULT_SEED
) -> dict[str, Array]:
    """What a paper like each one would have printed, over the posterior; shape (batches, values of a batch) by target.

    Each draw of the posterior gives a level, from the patients of `TRIALS` trials; around it lies the error of the
    paper's own estimate, which holds how many patients it had and how different its trials were. What the level's own
    noise adds is taken off that error, so that the number of simulated patients makes no interval wider.

    Args:
        posterior: Whose draws are met.
        wanted: Rows of paired studies.
        batches: Of the other rows; here they are `FEWER` times fewer, but at least two.
        seed: Seed of every draw.
    """
    count = max(batches // FEWER, 2)
    draws = posterior.draws(count * BATCH, seed)
    found: dict[str, list[Array]] = {target.key: [] for target in wanted}  # (draws, halves) of each batch
    for batch in range(count):
        points = draws[batch * BATCH : (batch + 1) * BATCH]
        for study, own in by_study(wanted).items():
            arms = simulated(study, points, FIRST + batch * TRIALS, TRIALS, further=FURTHER, seed=seed)
            for target in own:
                halves = STATISTICS[target.measure.statistic](target.measure, arms)
                found[target.key].append(on_scale(halves, target.scale))
    return {target.key: off_scale(_with_error(np.stack(found[target.key]), target), target.scale) for target in wanted}


def _with_error(halves: Array, target: Target) -> Array:
    """Levels of draws with the paper's error around them, from shape (batches, draws, halves)."""
    noise = ((halves[..., 0] - halves[..., 1]) ** 2).mean() / HALVES**2  # variance of the mean of both
    error = np.sqrt(max(target.error**2 - noise, 0.0))
    made: Array = halves.mean(axis=2)[..., None] + error * NOISE
    return made.reshape(len(halves), -1)


# ---------------------------------------------------------------------------------------------------- statistics
# Each takes a measure and the arms of its study; it returns shape (points, halves): a number from the patients of each
# half of the trials.


def _halves(columns: Columns, name: str) -> Array:
    """A column with the patients of several trials together, shape (patients, points, halves)."""
    return pool(columns[name], HALVES)


def difference(measure: Measure, arms: Arms) -> Array:
    """Cohen's d of an arm less another."""
    return statistics.cohens_d(*(_halves(arms[name], measure.of[0]) for name in (measure.arm, measure.versus)))


def difference_not_on_track(measure: Measure, arms: Arms) -> Array:
    """The same of those who would not be on track in the former arm."""
    here = not_on_track(arms[measure.arm])
    one, two = (_halves(arms[name], measure.of[0]) for name in (measure.arm, measure.versus))
    return statistics.cohens_d(np.where(here, one, np.nan), np.where(here, two, np.nan))


def not_on_track(columns: Columns) -> Array:
    """Who does worse than the expected course in an arm without feedback, true or false; shape as of `_halves`.

    That is who has a score above the course that a clinician would expect, four weeks after enrolment. The same
    patients count in the arm with feedback, where the score is not looked at: there clinicians have acted by then.
    """
    world = columns.scenario
    before = sum(step.kind is not Kind.ASSESSMENT and step.day < EARLY for step in world.course())
    course = expected(_halves(columns, "severity_at_entry"), 1.0 + before, world.numbers().sensing)
    found: Array = _halves(columns, f"score.{EARLY}") / world.instrument(world.primary).slope > course
    return found


def odds_ratio(measure: Measure, arms: Arms) -> Array:
    """Odds of what is 0 or 1 in an arm over those in another."""
    one, two = (_halves(arms[name], measure.of[0]).mean(axis=0) for name in (measure.arm, measure.versus))
    made: Array = one / (1 - one) * (1 - two) / two
    return made


def correlation(measure: Measure, arms: Arms) -> Array:
    """Pearson correlation over the patients of an arm."""
    return statistics.correlation(*(_halves(arms[measure.arm], name) for name in measure.of))


def point_biserial(measure: Measure, arms: Arms) -> Array:
    """Correlation, over the patients of two arms, of a number with being in the one and not in the other."""
    one, two = (_halves(arms[name], measure.of[0]) for name in (measure.arm, measure.versus))
    here = np.concatenate([np.ones_like(one), np.zeros_like(two)])
    return statistics.correlation(here, np.concatenate([one, two]))


def relative_change(measure: Measure, arms: Arms) -> Array:
    """Mean in an arm over that in another, less 1."""
    one, two = (_halves(arms[name], measure.of[0]).mean(axis=0) for name in (measure.arm, measure.versus))
    made: Array = one / two - 1
    return made


def rise_with_practice(measure: Measure, arms: Arms) -> Array:
    """Cohen's d of a behaviour that rested clinicians show in one session, after `PRACTICE` hours of it less before."""
    columns, name = arms[measure.arm], measure.of[0]
    hours = Training(0.0, 0.0, NOTHING._replace(**{name: PRACTICE}))
    skills = pool(columns.staff(name), HALVES)  # (clinicians, points, halves)
    found = []
    for place, world in enumerate(columns.points):
        numbers = world.numbers()
        before = NOTHING._replace(**{name: skills[:, None, place]})
        after = learned(before, 0.0, hours, numbers.learning)
        shown = (getattr(_shown(skill, numbers.delivery), name) for skill in (after, before))
        found.append(statistics.cohens_d(*(one.reshape(-1, 1, HALVES) for one in shown))[0])
    return np.stack(found)


def _shown(skill: Behaviours, p: Any) -> Behaviours:
    """What clinicians deliver at `NOISE` of a session, where skills are of shape (clinicians, 1, halves)."""
    rested = Clinician(skill, 0.0, 0.0, 0.0, 0.0)
    noise = Behaviours(*([NOISE[:, None]] * len(NAMES)))
    session = SessionNoise(noise, *([0.0] * (len(SessionNoise._fields) - 1)))
    return deliver(rested, rested, 0.0, NOTHING, session, p)


STATISTICS: dict[str, Callable[[Measure, Arms], Array]] = {
    "cohens_d": difference,
    "correlation": correlation,
    "d_not_on_track": difference_not_on_track,
    "odds_ratio": odds_ratio,
    "point_biserial": point_biserial,
    "relative_change": relative_change,
    "rise_with_practice": rise_with_practice,
}


# ---------------------------------------------------------------------------------------------------- fitting


class Fit(NamedTuple):
    """Numbers that one row is fitted with: those of `per`, each times what is tried."""

    per: Mapping[str, float]  # dotted keys; 1 of the first
    tried: Array
    parts: int = 8  # of `FIT_TRIALS` trials each
    bounded: bool = False  # the last value tried is the largest plausible, and is taken where none reaches the row


class Weights(NamedTuple):
    """How much one bond point more, in all three bonds, lowers usual fear and opens: what a group may count at most."""

    comfort: float
    opening: float


BOND = Weights(comfort=0.6, opening=5.3)  # `openness.fear_trust`, and the sum of `openness.trust` to `rapport`, rounded
FITS = {
    "CL001": Fit({"parameters.policies.feedback_informed.gain": 1.0}, np.geomspace(0.5, 10.0, 16)),
    "CL006": Fit(
        {"parameters.groups.opening": 1.0, "parameters.groups.comfort": BOND.comfort / BOND.opening},
        np.linspace(0.0, BOND.opening, 5),
        40,
        bounded=True,
    ),
    "CL007": Fit({"parameters.learning.supervision": 1.0}, np.linspace(0.005, 0.04, 8)),
    "CL008": Fit({"parameters.learning.practice": 1.0}, np.linspace(0.005, 0.08, 16)),
}


def reached(key: str, values: Array, seed: int = DEFAULT_SEED) -> tuple[Array, Array]:
    """What a row of `FITS` comes to at values of its number, all else at the defaults, and its Monte Carlo error.

    Args:
        key: The row.
        values: Of the first number of its `per`, shape (values,).
        seed: Seed of every draw.
    """
    measure = next(target.measure for target in of_clinicians(FITTED) if target.key == key)
    per, count = FITS[key].per, FITS[key].parts
    points = [{name: float(value) * each for name, each in per.items()} for value in values]
    first = [FIT_FIRST + part * FIT_TRIALS for part in range(count)]
    parts = [
        STATISTICS[measure.statistic](
            measure, simulated(measure.study, points, one, FIT_TRIALS, further=FURTHER, seed=seed)
        )
        for one in first
    ]
    found = np.stack(parts).mean(axis=2)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(count)


def fitted_apart(key: str, seed: int = DEFAULT_SEED) -> float:
    """Value of the first number of a row of `FITS` at which it comes to what is published, or the largest plausible.

    Raises:
        ValueError: None of the values tried does.
    """
    published, tried = rows("clinicians")[key].value, FITS[key].tried
    found, _ = reached(key, tried, seed)
    if FITS[key].bounded and published > found[-1]:
        return float(tried[-1])
    if not found[0] <= published <= found[-1]:
        said = f"values from {tried[0]:g} to {tried[-1]:g} reach {found[0]:.3f} to {found[-1]:.3f}"
        raise ValueError(f"{said}, and {key} is {published:g}.")
    return float(np.interp(published, found, tried))


# ---------------------------------------------------------------------------------------------------- the table


def table(compared: pd.DataFrame, missed: Mapping[str, str]) -> pd.DataFrame:
    """Every row of `evidence/clinicians.csv` beside what was simulated, or why nothing was.

    Args:
        compared: From `prediction.table`, with all rows.
        missed: Reason of each miss, by key.

    Returns:
        Columns `COLUMNS`; `within` is empty where a row is not judged, as context is not.
    """
    of_key = compared.set_index("key")
    numbers = ("published", "low", "high", "simulated", "mcse", "lower", "upper")
    made = []
    for key, row in rows("clinicians").items():
        own: dict[str, Any] = {"published": row.value, "low": row.lower, "high": row.upper}
        judged = key in of_key.index and row.use != USE_OF[CONTEXT]
        if key in of_key.index:
            own = {name: of_key.loc[key, name] for name in numbers}
        within = bool(of_key.loc[key, "within"]) if judged else None
        why = missed.get(key, "not understood") if within is False else NOT_COUNTED.get(key, "")
        about = {"key": key, "use": row.use, "quantity": row.quantity, "statistic": row.statistic}
        made.append({**about, **own, "within": within, "why": why})
    return pd.DataFrame(made, columns=COLUMNS)
