"""How does each clinician behaviour go with outcome: as skill, as delivered, and as the patient perceived it?

Papers report what patients perceived. Skill and delivered behaviour are predictions of the model: skill cannot explain
more than the clinicians' share of outcome, and a clinician who responds to what is lacking delivers more where less is
gained. Studies disagree on whether the alliance works between or within clinicians [Baldwin 2007, PT035; Psychother
Res 2018, PT037]: both are shown.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration import statistics
from alliance_sim.calibration.summaries import POOLED_STUDY, pool, simulated
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.world.scenario import DEFAULT_SEED

Array = np.ndarray[Any, np.dtype[Any]]
TRIALS, SAMPLES = 600, 20
FIRST = 300_000
DELIVERED = tuple(f"delivered_{name}" for name in Behaviours._fields)


def associations(point: Mapping[str, float], seed: int = DEFAULT_SEED) -> pd.DataFrame:
    """Correlations with residual gain in ordinary psychotherapy, and slopes of the alliance.

    Returns:
        Columns what, estimate, mcse: means over independent samples of trials.
    """
    own = simulated(POOLED_STUDY, [point], FIRST, TRIALS, further=DELIVERED, seed=seed)["usual"]
    gain, lead = own["gain"], own["lead"].astype(np.int64)
    found: dict[str, Array] = {}
    for name in Behaviours._fields:
        levels = {
            "skill": np.take_along_axis(own.staff(name), lead, axis=0),  # of the patient's clinician
            "delivered": own.mean_over_sessions(f"delivered_{name}"),
            "perceived": own[f"perceived_{name}"],
        }
        for how, level in levels.items():
            found[f"{name}, {how}"] = statistics.correlation(pool(level, SAMPLES), pool(gain, SAMPLES))[0]
    between, within = _slopes(own["wai@4"], gain, own.clinicians)
    found |= {"alliance, slope between clinicians": between, "alliance, slope within clinicians": within}
    rows = [(what, values.mean(), values.std(ddof=1) / np.sqrt(len(values))) for what, values in found.items()]
    return pd.DataFrame(rows, columns=["what", "estimate", "mcse"])


def _slopes(alliance: Array, gain: Array, clinicians: int) -> tuple[Array, Array]:
    """Slope of gain, in standard deviations, by the alliance, in standard deviations: of means, and around them.

    Patients who left before the rating are left out; patient i is led by clinician i mod `clinicians`.
    """
    size = alliance.shape[0] // clinicians

    def parts(values: Array) -> Array:
        return values.reshape(size, clinicians, *values.shape[1:])

    here = np.isfinite(parts(alliance))
    first = np.where(here, parts(alliance), np.nan)
    second = np.where(here, parts(gain), np.nan)
    between, within = [], []
    for one, two in zip(np.split(first, SAMPLES, axis=3), np.split(second, SAMPLES, axis=3), strict=True):
        counted = np.isfinite(one).sum(axis=0) > 0
        unit = np.nanstd(two) / np.nanstd(one)
        one_mean, two_mean = (np.nansum(part, axis=0) / np.isfinite(part).sum(axis=0).clip(1) for part in (one, two))
        between.append(_slope(one_mean[counted], two_mean[counted]) / unit)
        off_one, off_two = one - one_mean, two - two_mean
        kept = np.isfinite(off_one)
        within.append(_slope(off_one[kept], off_two[kept]) / unit)
    return np.array(between), np.array(within)


def _slope(one: Array, two: Array) -> float:
    return float(np.cov(one, two)[0, 1] / one.var(ddof=1))
