"""The stated 95 % intervals hold what they promise: they cover the true value in 95 % of repeated studies.

1,000 studies of 50 trials of 30 patients each, two arms. The truth is the mean over all 50,000 trials, whose own error
is a thirtieth of a study's. Coverage may lie within 4 binomial standard errors of .95 (.922 to .978): chance alone puts
an interval outside in 1 of 15,000 cases, and there are some fifty. The controls take patients for the unit, or leave
the pairing out: they must miss. Differences in rare events need many events: where some thirteen patients of a study
drop out in one arm only (a shift of 0.5 in place of 1.28), the interval of the difference in dropout covers 92 %.
"""

import numpy as np
import pandas as pd
import pytest

from alliance_sim.analysis.estimates import by_arm, contrasts, effect_sizes, margin
from alliance_sim.engine.recording import Keep
from alliance_sim.engine.worlds import simulate
from alliance_sim.study import tables
from tests.worlds import small, with_values

STUDIES, TRIALS, SEED = 1000, 50, 11
ALLOWED = 4 * (0.95 * 0.05 / STUDIES) ** 0.5


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, np.ndarray]:
    """Trials of both arms, and what patients of the first one changed by, shape (trials, patients)."""
    base = small(patients__number=30, clinicians__number=6)
    arms = [base, with_values(base, {"clinicians.factor_shift": 1.28})]
    trials, patients = [], []
    step = 5000
    for first in range(0, STUDIES * TRIALS, step):
        numbers = list(range(first, first + step))
        recorded = simulate(arms, numbers, SEED, Keep.patients)
        trials.append(tables.trials(recorded, arms, [0, 1], numbers))
        patients.append(recorded.outcomes["change"][:, 0].T)
    return pd.concat(trials, ignore_index=True), np.concatenate(patients)


def studies(frame: pd.DataFrame) -> pd.DataFrame:
    """Each study's arms as points of their own: arm × studies + study, replicates from 0."""
    study, replicate = np.divmod(frame["replicate"].to_numpy(), TRIALS)
    return frame.assign(point=frame["point"] * STUDIES + study, replicate=replicate)


def covered(found: pd.DataFrame, value: str, truth: pd.Series) -> pd.Series:
    """Share of studies whose interval holds the truth, measure by measure."""
    true = truth.reindex(pd.MultiIndex.from_frame(found[["arm", "measure"]])).to_numpy()
    inside = (found["lower"] <= true) & (true <= found["upper"])
    known = found[value].notna() & (found["mcse"] > 0)
    return inside[known].groupby([found["arm"], found["measure"]]).mean()


def test_intervals_of_means_cover(both: tuple[pd.DataFrame, np.ndarray]) -> None:
    found = by_arm(studies(both[0]))
    found["arm"] = found["point"] // STUDIES
    truth = by_arm(both[0]).set_index(["point", "measure"])["estimate"]
    share = covered(found, "estimate", truth)
    assert len(share) == 2 * found["measure"].nunique()
    off = share[(share - 0.95).abs() > ALLOWED]
    assert off.empty, off


def test_intervals_of_paired_differences_cover(both: tuple[pd.DataFrame, np.ndarray]) -> None:
    own = studies(both[0])
    pairs = [(STUDIES + study, study) for study in range(STUDIES)]
    found = contrasts(own, pairs).assign(arm=0)
    truth = contrasts(both[0], [(1, 0)]).assign(arm=0).set_index(["arm", "measure"])["difference"]
    share = covered(found, "difference", truth)
    off = share[(share - 0.95).abs() > ALLOWED]
    assert off.empty, off
    sizes = effect_sizes(own, pairs)
    wide = margin(sizes["d_mcse"], sizes["replicates"])
    true = effect_sizes(both[0], [(1, 0)])["d"].item()
    assert abs((abs(sizes["d"] - true) <= wide).mean() - 0.95) <= ALLOWED


def test_control_patients_are_not_the_unit(both: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Patients of a trial share its drug effect and its clinicians: intervals that forget it are too narrow."""
    base = both[1].reshape(STUDIES, -1)
    half = 1.96 * base.std(axis=1, ddof=1) / base.shape[1] ** 0.5
    share = (abs(base.mean(axis=1) - base.mean()) <= half).mean()
    assert share < 0.95 - ALLOWED


def test_control_differences_are_paired(both: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Intervals that forget common random numbers are far too wide."""
    change = both[0].pivot(index="replicate", columns="point", values="change").to_numpy().reshape(STUDIES, TRIALS, 2)
    half = 1.96 * (change.var(axis=1, ddof=1).sum(axis=1) / TRIALS) ** 0.5
    difference = change[..., 1] - change[..., 0]
    assert (abs(difference.mean(axis=1) - difference.mean()) <= half).mean() > 0.95 + ALLOWED
