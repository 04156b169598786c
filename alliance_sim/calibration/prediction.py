"""What would a trial like the published one have shown? Prediction intervals of every target, over the posterior.

A target's prediction interval is the distribution of its statistic over simulated trials of the published size, each
with the trial's own drug effect, and over draws of the posterior; nothing else is added. Draws and trials come in
independent batches of `BATCH` draws that meet `BATCH` trials; how the batches differ gives the Monte Carlo error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration.evidence.targets import Judged, Scale, Target, to_scale
from alliance_sim.calibration.likelihood import SAMPLE, expected, long_run
from alliance_sim.calibration.results import Posterior
from alliance_sim.calibration.space import to_normal
from alliance_sim.calibration.studies import POOLED, scenario
from alliance_sim.calibration.summaries import (
    OF_POOLED,
    POOLED_STUDY,
    by_study,
    evaluate,
    off_scale,
    on_scale,
    simulated,
)  # fmt: skip
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
BATCH = 16  # draws, and trials, of one batch
BATCHES = 40
FIRST = 500_000  # number of the first trial: none of them is among those that were fitted with
INTERVAL = (0.025, 0.975)
COLUMNS = ["key", "role", "study", "arm", "statistic", "of", "quantity", "n", "published", "error", "low", "high"]
COLUMNS += ["simulated", "mcse", "lower", "upper", "within", "ratio"]


def predicted(
    posterior: Posterior, known: Sequence[Target], batches: int = BATCHES, seed: int = DEFAULT_SEED
) -> dict[str, Array]:
    """Statistics of simulated trials of the published size, by target; shape (batches, values of a batch)."""
    found: dict[str, list[Array]] = {target.key: [] for target in known}
    groups = by_study(known)
    of_trials = [study for study in groups if study not in (POOLED_STUDY, "pooled")]
    meta = _meta_analyses(posterior, groups.get(POOLED_STUDY, []), batches, seed)
    draws = posterior.draws(batches * BATCH, seed)
    for batch in range(batches):
        points = draws[batch * BATCH : (batch + 1) * BATCH]
        studies = dict.fromkeys(of_trials + ([study for study, *_ in POOLED] if "pooled" in groups else []))
        made = {study: simulated(study, points, FIRST + batch * BATCH, BATCH, seed=seed) for study in studies}
        for study in of_trials:
            for target in groups[study]:
                # Of a sign row: whether the signs hold in all trials of a draw together.
                samples = 1 if target.judged is Judged.sign else 0
                found[target.key].append(evaluate(target.measure, made[study], samples).ravel())
        for target in groups.get("pooled", []):
            found[target.key].append(OF_POOLED[target.measure.statistic](made).ravel())
    return {**{key: np.stack(values) for key, values in found.items() if values}, **meta}


def _meta_analyses(posterior: Posterior, known: Sequence[Target], batches: int, seed: int) -> dict[str, Array]:
    """Rows of pooled psychotherapy: what each draw is expected to show, and the sampling error of the published size.

    Simulating 30,000 patients for every draw would cost hours and add nothing: the sampling error is measured once, on
    a long run at the best point, and scaled to the published number of patients.
    """
    if not known:
        return {}
    best = to_normal(posterior.best[None])
    runs = long_run(dict(zip(posterior.keys, posterior.best, strict=True)), known, seed)
    level = np.array([on_scale(runs[target.key], target.scale).mean() for target in known])
    offset = level - expected(best, known, seed)[0]
    chosen = posterior.draws(batches * BATCH, seed)
    values = np.array([[point[key] for key in posterior.keys] for point in chosen])
    levels = expected(to_normal(values), known, seed) + offset
    noise = np.random.default_rng([seed % 2**32, 7]).standard_normal(levels.shape)
    made = {}
    for place, target in enumerate(known):
        patients = SAMPLE * scenario(POOLED_STUDY, target.measure.arm).patients.number
        spread = on_scale(runs[target.key], target.scale).std(ddof=1) * np.sqrt(patients / target.n)
        drawn = off_scale(levels[:, place] + spread * noise[:, place], target.scale)
        made[target.key] = drawn.reshape(batches, BATCH)
    return made


def table(known: Sequence[Target], values: Mapping[str, Array]) -> pd.DataFrame:
    """Every target with its error beside what was simulated with its interval; columns `COLUMNS`.

    `ratio` is the width of the prediction interval over that of ± 1.96 published errors, on the scale of comparison.
    """
    return pd.DataFrame([_line(target, values[target.key]) for target in known], columns=COLUMNS)


def _line(target: Target, batches: Array) -> dict[str, Any]:
    drawn = batches[np.isfinite(batches)]
    lower, upper = np.quantile(drawn, INTERVAL)
    middle = float(drawn.mean())
    low, high = _published_interval(target)
    within = lower <= target.value <= upper
    if target.judged is Judged.range:
        within = target.row.lower <= middle <= target.row.upper
        low, high = target.row.lower, target.row.upper
    elif target.judged is Judged.sign:
        within = middle > 0.5  # in more than half of the draws
        lower, upper = np.nan, np.nan
    width = np.diff(on_scale(np.clip([lower, upper], *_reach(target.scale)), target.scale))[0]
    ratio = float(width) / (2 * 1.96 * target.error)
    measure = target.measure
    return dict(
        zip(
            COLUMNS,
            (target.key, target.role, measure.study, measure.arm, measure.statistic, "|".join(measure.of),
             target.row.quantity, target.n, target.value, target.error, low, high, middle,
             float(np.nanmean(batches, axis=1).std(ddof=1) / np.sqrt(len(batches))), float(lower), float(upper),
             bool(within), ratio),
            strict=True,
        )
    )  # fmt: skip


def _reach(scale: Scale) -> tuple[float, float]:
    return {Scale.log: (1e-9, np.inf), Scale.arcsine: (0.0, 1.0), Scale.root: (0.0, 1.0)}.get(scale, (-np.inf, np.inf))


def _published_interval(target: Target) -> tuple[float, float]:
    """± 1.96 published errors, taken back from the scale of comparison."""
    middle = to_scale(target.value, target.scale)
    ends = off_scale(np.array([middle - 1.96 * target.error, middle + 1.96 * target.error]), target.scale)
    return float(ends[0]), float(ends[1])
