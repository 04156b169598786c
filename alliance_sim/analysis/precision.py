"""How many replicates a wished Monte Carlo error needs, with and without common random numbers."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance_sim.analysis.contrasts import WORDS
from alliance_sim.analysis.monte_carlo import FEW
from alliance_sim.analysis.printing import SHARES
from alliance_sim.analysis.running import IN_POINTS, MEASURES, NAMES, Label, Moments, Running
from alliance_sim.errors import ScenarioError
from alliance_sim.model.registry import nearest
from alliance_sim.study.config import Estimand, Study
from alliance_sim.study.designs import Point

PERCENT = 100
MARGIN = 1.05  # more replicates than the error so far asks for: it is an estimate too
MOST_GROWTH = 4  # times as many, with fewer than `FEW` replicates


def check(study: Study, points: Sequence[Point]) -> None:
    """Refuse a wished precision that no estimate of the study can have.

    Args:
        study: The study.
        points: Its points.

    Raises:
        ScenarioError: There is no such measure, or there is no difference.
    """
    known(study.precision.measure)
    wanted = study.precision
    if not wanted.target or wanted.estimand is Estimand.mean:
        return
    if wanted.estimand is Estimand.contrast:
        if not study.contrast:
            raise ScenarioError(
                "precision.estimand=contrast asks for the error of contrasts and the study names none; "
                "type contrast=KEY too, or precision.estimand=mean."
            )
        return
    if len(points) == 1 or not any(point.roles.get("base") for point in points):
        raise ScenarioError(
            "precision.target asks for differences and this study has no point that others are compared with; "
            "type precision.estimand=mean."
        )
    if study.design.of_arms and wanted.measure in IN_POINTS:
        worlds = study.scenarios().values()
        scales = dict.fromkeys(world.instrument(world.primary).name for world in worlds)
        if len(scales) > 1:
            raise ScenarioError(
                f"precision.measure={wanted.measure} is in points, and the arms are measured on "
                f"{' and '.join(scales)}, which are not compared; type precision.measure=response "
                "or precision.estimand=mean."
            )


def known(measure: str) -> str:
    """Return the name of a measure.

    Raises:
        ScenarioError: There is no such measure.
    """
    if measure not in MEASURES:
        near = nearest(measure, NAMES) or NAMES
        raise ScenarioError(f"precision.measure={measure} is no measure; choose one of: {', '.join(near)}.")
    return measure


def scale(measure: str) -> int:
    """What a measure's numbers are multiplied by to be in its unit: shares are reported in percentage points."""
    return PERCENT if measure in SHARES else 1


def errors(found: Running, measure: str, estimand: Estimand) -> np.ndarray:
    """Monte Carlo errors of a measure's means or differences that have a value, in its unit; NaN where not known."""
    moments = (found.each if estimand is Estimand.mean else found.between).column(NAMES.index(measure))
    held: np.ndarray = moments.error[moments.count > 0] * scale(measure)
    return held


def largest(errors: np.ndarray) -> float:
    """The largest known error; NaN if none is known."""
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else math.nan


def replicates(study: Study, errors: np.ndarray) -> int:
    """How many replicates the wished precision needs, as far as its trials say; at most what the study allows.

    Args:
        study: A study that wishes for some.
        errors: Of what it wishes it for, so far.

    Returns:
        The study's own number where the wish is met.
    """
    wanted, now = study.precision, study.replicates
    held = largest(errors)
    if not held > wanted.target:
        return min(max(FEW, now), wanted.max_replicates) if np.isnan(errors).any() else now
    needed = math.ceil(now * (held / wanted.target) ** 2 * MARGIN)
    if now < FEW:
        needed = min(needed, MOST_GROWTH * now)
    return min(max(needed, now + 1), wanted.max_replicates)


def known_variance(of: Moments) -> np.ndarray:
    """Variance between replicates as far as the error that it makes is known; NaN elsewhere."""
    variance: np.ndarray = np.where(np.isnan(of.error), np.nan, np.where(of.exact, 0.0, of.variance))
    return variance


def said(study: Study, found: Running) -> str:
    """How precise the study is so far, in a few words; empty where nothing can be said."""
    wanted = study.precision
    measure, estimand = wanted.measure, wanted.estimand
    held = largest(errors(found, measure, estimand))  # of contrasts those of differences: they take the whole design
    if not math.isfinite(held):
        estimand, held = Estimand.mean, largest(errors(found, measure, Estimand.mean))
    if not math.isfinite(held):
        return ""
    aim = f" of {wanted.target:g}" if wanted.target and estimand is wanted.estimand else ""
    return f"{measure}: error of a {estimand.value} ± {held:.2g}{aim}"


def needed(found: Running, measure: str, target: float) -> pd.DataFrame:
    """How many replicates an error needs.

    Args:
        found: Moments of a study's trials.
        measure: One of `MEASURES`.
        target: Monte Carlo standard error wished for, in the measure's unit (shares: percentage points).

    Returns:
        One row a mean and one a difference: columns arm or point, versus (empty for means), estimate, mcse (both in the
        measure's unit), replicates, needed, needed_apart (of a difference: with independent draws in each point). The
        last two are NaN where the error is not known, or the target is no error.
    """
    place, times = NAMES.index(measure), scale(measure)
    share = times**2 / (target**2 or math.nan)

    def rows(labels: Sequence[Label], versus: Sequence[Label | None], of: Moments, apart: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(
            {
                found.name: labels,
                "versus": np.array(versus, dtype=object),
                "estimate": of.means[:, place] * times,
                "mcse": of.error[:, place] * times,
                "replicates": of.count[:, place].astype(np.int64),
                "needed": np.ceil(known_variance(of)[:, place] * share),
                "needed_apart": np.ceil(apart * share),
            }
        )

    means = rows(found.labels, [None] * len(found.labels), found.each, np.full(len(found.labels), np.nan))
    if not found.pairs:
        return means
    apart = found.first.variance[:, place] + found.second.variance[:, place]
    one, two = zip(*found.pairs, strict=True)
    return pd.concat([means, rows(one, two, found.between, apart)], ignore_index=True)


def needed_of_contrasts(effects: pd.DataFrame, measure: str, target: float) -> pd.DataFrame:
    """As `needed`, a row a contrast that the study was asked for.

    Args:
        effects: Contrasts from `asked_contrasts.effects`.
        measure: One of `MEASURES`.
        target: Monte Carlo standard error wished for, in the measure's unit (shares: percentage points).

    Returns:
        The columns of `effects` that say what is compared, and those of `needed` without arm or point and versus.
    """
    own, times = effects[effects["measure"] == measure].reset_index(drop=True), scale(measure)
    together = own["replicates"] * (own["mcse"] * times / (target or math.nan)) ** 2
    made = own[[name for name in own if name in (*WORDS, "replicates")]]
    numbers = {name: own[name] * times for name in ("estimate", "mcse")}
    apart = together * own["variance_reduction"]
    return made.assign(**numbers, needed=np.ceil(together), needed_apart=np.ceil(apart))
