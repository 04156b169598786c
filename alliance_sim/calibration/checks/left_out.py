"""Does the calibration foretell a trial that it was not fitted to? Each left out in turn, then those never fitted.

Without a trial's rows the best point is sought anew from the posterior's best on. The posterior is then taken to be
normal around that point, as in the search, and cut where priors are cut.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration import prediction, space
from alliance_sim.calibration.evidence.targets import Judged, Target, to_scale
from alliance_sim.calibration.likelihood import Likelihood, Reference
from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.search import Best, best
from alliance_sim.calibration.summaries import by_study, on_scale

Array = np.ndarray[Any, np.dtype[Any]]
NEVER = "never fitted"
LAPLACE, PAPERS = 14, 15  # what a random number is for
MOST = 4.0  # standard normals that a draw may lie from its prior's middle, as in the search
SHOWN = ["key", "study", "arm", "statistic", "of", "left_out", "published", "simulated", "mcse", "lower", "upper"]
COLUMNS = [*SHOWN, "within", "z"]
OF_TRIALS = ["study", "left_out", "rows", "within", "p"]


def without(study: str, reference: Reference, start: Array, seed: int) -> Best:
    """The best point without a study's rows, from a start in standard normals on, and its covariance."""
    return best(Likelihood(reference, seed=seed, without=study), start)


def laplace(found: Best, keys: Sequence[str], draws: int, seed: int) -> Posterior:
    """Draws of the normal posterior around a best point, as a posterior of equal weights."""
    rng = np.random.default_rng([seed % 2**32, LAPLACE])
    sizes, vectors = np.linalg.eigh(found.covariance)
    noise = rng.standard_normal((draws, len(sizes)))
    normals = np.clip(found.normals + noise @ (vectors * np.sqrt(np.maximum(sizes, 0.0))).T, -MOST, MOST)
    point = space.to_values(found.normals[None])[0]
    return Posterior(list(keys), space.to_values(normals), np.full(draws, 1 / draws), np.zeros(draws), point, {})


def foretold(
    posterior: Posterior, known: Sequence[Target], left_out: str, batches: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict rows from a posterior that they had no part in.

    Args:
        posterior: Draws without the rows.
        known: The rows.
        left_out: Which study was left out of the posterior, or `NEVER`.
        batches: As of `prediction.predicted`.
        seed: Of trials and draws.

    Returns:
        Rows with columns `COLUMNS`, and studies with columns `OF_TRIALS`. z is the distance of the published value
        from the mean of the simulated ones in standard deviations, on the scale of comparison; p of a study is the
        share of simulated trials that lie as far from their mean as the published one, all rows at once. For both, no
        row counts as known more sharply than its paper's error, and the mix of a meta-analysis adds to it; `within`
        takes the interval of the simulated trials alone, as everywhere.
    """
    values = prediction.predicted(posterior, known, batches, seed)
    table = prediction.table(known, values).assign(left_out=left_out)
    table["z"] = [_z(target, values[target.key]) for target in known]
    studies = [
        (
            study,
            left_out,
            len(own),
            int(table.loc[table["study"] == study, "within"].sum()),
            surprise(own, values, seed),
        )
        for study, own in by_study(known).items()
    ]
    return table[COLUMNS], pd.DataFrame(studies, columns=OF_TRIALS)


def surprise(known: Sequence[Target], values: Mapping[str, Array], seed: int) -> float:
    """Share of simulated trials as far from their mean as the published one, by Mahalanobis distance over all rows.

    Trials of each batch are measured by mean and covariance of the other batches, and the published one beside them: a
    trial that helped to make the measure would lie too near. Rows that are judged by sign are left out, and trials in
    which a row has no value; 1 where nothing is left.

    Args:
        known: Rows of one study.
        values: By key, shape (batches, values of a batch).
        seed: Of the papers' own errors.
    """
    rows = [target for target in known if target.judged is not Judged.sign]
    if not rows:
        return 1.0
    drawn = np.stack([_scaled(target, values[target.key]) for target in rows], axis=2)
    own = np.array([_error_beyond(target, drawn[:, :, place]) for place, target in enumerate(rows)])
    drawn = drawn + np.sqrt(own) * np.random.default_rng([seed % 2**32, PAPERS]).standard_normal(drawn.shape)
    published = np.array([to_scale(target.value, target.scale) for target in rows])
    farther, counted = 1, 1
    for batch in range(len(drawn)):
        others = _whole(np.delete(drawn, batch, axis=0).reshape(-1, len(rows)))
        if len(others) < 2:
            continue
        inverse = np.linalg.pinv(np.atleast_2d(np.cov(others.T)), hermitian=True)
        off = np.vstack([published, _whole(drawn[batch])]) - others.mean(axis=0)
        far = ((off @ inverse) * off).sum(axis=1)
        farther += int((far[1:] >= far[0]).sum())
        counted += len(far) - 1
    return farther / counted


def _whole(drawn: Array) -> Array:
    """Trials in which every row has a value."""
    made: Array = drawn[np.isfinite(drawn).all(axis=1)]
    return made


def _scaled(target: Target, values: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return on_scale(values, target.scale)


def _z(target: Target, values: Array) -> float:
    if target.judged is Judged.sign:
        return float("nan")
    drawn = _scaled(target, values)
    own = _error_beyond(target, drawn)
    drawn = drawn[np.isfinite(drawn)]
    return float((to_scale(target.value, target.scale) - drawn.mean()) / np.sqrt(drawn.var(ddof=1) + own))


def _error_beyond(target: Target, drawn: Array) -> float:
    """Variance by which the paper's error exceeds what trials at one point scatter, and that of a meta-analysis's mix.

    A batch holds one value for each point, or as many as trials. Where it holds one, how trials at one point scatter is
    not known, and counts as nothing: the patients of meta-analyses are thousands.

    Args:
        target: The row.
        drawn: On the scale of comparison, shape (batches, values of a batch), each point's trials together.
    """
    trials = drawn.reshape(len(drawn), prediction.BATCH, -1)
    whole = np.isfinite(trials).all(axis=2) & (trials.shape[2] > 1)
    scatter = float(trials[whole].var(axis=1, ddof=1).mean()) if whole.any() else 0.0
    return max(target.error**2 - scatter, 0.0) + target.mix**2
