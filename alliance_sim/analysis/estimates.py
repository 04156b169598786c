"""What an arm's or a point's outcomes are, how they differ, and what a median split would have shown.

The replicate is the unit: patients share clinicians and a trial's luck, replicates share nothing. Points of a
design, arms among them, share every draw they can, so differences are paired by replicate. Frames name points by
a column `arm` (names) or `point` (numbers).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

MEASURES = {
    "change": "primary score change",
    "change_sd": "SD of that change",
    "response": "response",
    "remission": "remission",
    "dropout": "dropout",
    "adverse": "adverse event",
    "wellbeing_change": "wellbeing change",
    "wai_early": "WAI-SR before dosing",
    "wai_final": "WAI-SR at the end",
    "ebi": "EBI",
    "meq30": "MEQ30",
    "ceq": "CEQ",
    "ruptures": "ruptures a patient",
}
HALVES = 2
Z95 = 1.96
Pair = tuple[int | str, int | str]


def mean_and_error(values: pd.Series) -> tuple[float, float]:
    """Mean over replicates and its Monte Carlo standard error; NaN replicates are left out."""
    kept = values.dropna()
    error = float(kept.std(ddof=1) / np.sqrt(len(kept))) if len(kept) > 1 else float("nan")
    return float(kept.mean()) if len(kept) else float("nan"), error


def key(frame: pd.DataFrame) -> str:
    """Name of the column that says which point a row is of."""
    return "arm" if "arm" in frame else "point"


def by_arm(trials: pd.DataFrame) -> pd.DataFrame:
    """Estimate every measure in every arm or at every point.

    Args:
        trials: One row a point and replicate, as in `trials/`; failed rows are left out.

    Returns:
        Columns arm or point, measure, estimate, mcse (Monte Carlo standard error), replicates.
    """
    done, name = trials[trials["status"] == "done"], key(trials)
    grouped = done.groupby(name, observed=True, sort=False)[list(MEASURES)]
    means, spreads, counts = grouped.mean(), grouped.std(ddof=1), grouped.count()
    frame = pd.DataFrame(
        {
            name: means.index.repeat(len(MEASURES)),
            "measure": list(MEASURES) * len(means),
            "estimate": means.to_numpy().ravel(),
            "mcse": (spreads / counts**0.5).to_numpy().ravel(),
            "replicates": counts.to_numpy().ravel(),
        }
    )
    return frame.astype({"arm": object}) if name == "arm" else frame


def _wide(trials: pd.DataFrame, measure: str) -> pd.DataFrame:
    done, name = trials[trials["status"] == "done"], key(trials)
    if name == "arm":
        done = done.assign(arm=done["arm"].astype(str))
    return done.pivot(index="replicate", columns=name, values=measure)


def _beside(wide: pd.DataFrame, pairs: Sequence[Pair]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides of each pair, a column each; NaN in both where either is missing."""
    both = [wide[[pair[side] for pair in pairs]].set_axis(range(len(pairs)), axis=1) for side in (0, 1)]
    held = both[0].notna() & both[1].notna()
    return both[0].where(held), both[1].where(held)


def _paired(values: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean over replicates and its Monte Carlo standard error, column by column."""
    return values.mean().to_numpy(), (values.std(ddof=1) / np.sqrt(values.count())).to_numpy()


def contrasts(trials: pd.DataFrame, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Estimate differences between points, paired by replicate.

    Args:
        trials: One row a point and replicate.
        pairs: (point, comparator): names of arms, or numbers.

    Returns:
        Columns arm or point, versus, measure, difference, mcse, lower and upper (95 % Monte Carlo interval),
        variance_reduction (variance of the difference with independent draws over that with common
        random numbers), replicates.
    """
    columns = [key(trials), "versus", "measure", "difference", "mcse", "lower", "upper"]
    columns += ["variance_reduction", "replicates"]
    if not pairs:
        return pd.DataFrame(columns=columns)
    frames = []
    for measure in MEASURES:
        one, two = _beside(_wide(trials, measure), pairs)
        difference, error = _paired(one - two)
        paired = (one - two).var(ddof=1).to_numpy()
        apart = (one.var(ddof=1) + two.var(ddof=1)).to_numpy()
        gain = np.divide(apart, paired, out=np.full(len(pairs), np.nan), where=paired > 0)
        values = (difference, error, difference - Z95 * error, difference + Z95 * error, gain, one.count().to_numpy())
        frame = pd.DataFrame(dict(zip(columns[3:], values, strict=True)))
        frames.append(_named(frame, pairs, columns[0]).assign(measure=measure))
    return pd.concat(frames, ignore_index=True)[columns]


def effect_sizes(trials: pd.DataFrame, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Cohen's d of the primary change and number needed to treat for one more response.

    Returns:
        Columns arm or point, versus, d, d_mcse, nnt, nnt_mcse. Negative d: severity fell more than in the
        comparator. NNT is one over the difference in response, its error by the delta method; negative means harm.
    """
    columns = [key(trials), "versus", "d", "d_mcse", "nnt", "nnt_mcse"]
    if not pairs:
        return pd.DataFrame(columns=columns)
    (one, two), (wide, wide_two), (risk_one, risk_two) = (
        _beside(_wide(trials, name), pairs) for name in ("change", "change_sd", "response")
    )
    d, d_error = _paired((one - two) / ((wide**2 + wide_two**2) / HALVES) ** 0.5)
    risk, risk_error = _paired(risk_one - risk_two)
    nnt = np.divide(1, risk, out=np.full(len(pairs), np.inf), where=risk != 0)
    with np.errstate(invalid="ignore"):  # no difference at all: its error is not known
        nnt_error = risk_error * nnt**2
    frame = pd.DataFrame({"d": d, "d_mcse": d_error, "nnt": nnt, "nnt_mcse": nnt_error})
    return _named(frame, pairs, columns[0])[columns]


def _named(frame: pd.DataFrame, pairs: Sequence[Pair], name: str) -> pd.DataFrame:
    return frame.assign(**{name: [pair[0] for pair in pairs], "versus": [pair[1] for pair in pairs]})


def main_effects(trials: pd.DataFrame, design: pd.DataFrame, keys: Sequence[str], measure: str) -> pd.DataFrame:
    """How much a measure's mean differs between the upper and the lower half of each key's values.

    A hint, not an index: other keys vary in both halves, and what works in both directions cancels. Paired by
    replicate; the error is that of the draws, with the points as they are.

    Args:
        trials: One row a point and replicate.
        design: One row a point, with `point` and the keys' values.
        keys: Which columns of the design; those that are no numbers or never change are left out.
        measure: One of `MEASURES`.

    Returns:
        Columns key, difference, mcse; the largest first.
    """
    wide = _wide(trials, measure)
    rows = []
    for name in keys:
        values = design.set_index("point")[name].reindex(wide.columns)
        if not pd.api.types.is_numeric_dtype(values) or values.nunique() < HALVES:
            continue
        middle = (values.min() + values.max()) / HALVES
        upper, lower = values.index[values > middle], values.index[values <= middle]
        rows.append((name, *mean_and_error(wide[upper].mean(axis=1) - wide[lower].mean(axis=1))))
    found = pd.DataFrame(rows, columns=["key", "difference", "mcse"])
    return found.sort_values("difference", key=abs, ascending=False, ignore_index=True)


def median_split(patients: pd.DataFrame, arm: str) -> pd.DataFrame:
    """What a study without randomised clinicians would report: one arm split at the median early WAI-SR.

    Patients at the median count as low. The difference mixes what the bond does with what made the bond:
    attachment and above all fit differ between the halves.

    Returns:
        Columns measure (change, wellbeing_change), half (low, high, difference), estimate, mcse.
    """
    own = patients[(patients["arm"].astype(str) == arm) & patients["wai_early"].notna()]
    middle = own.groupby("replicate")["wai_early"].transform("median")
    half = np.where(own["wai_early"] > middle, "high", "low")
    rows = []
    for measure in ("change", "wellbeing_change"):
        means = own.groupby([own["replicate"], half])[measure].mean().unstack()
        if not {"low", "high"} <= set(means.columns):
            continue
        for name in ("low", "high"):
            rows.append((measure, name, *mean_and_error(means[name])))
        rows.append((measure, "difference", *mean_and_error(means["high"] - means["low"])))
    return pd.DataFrame(rows, columns=["measure", "half", "estimate", "mcse"])
