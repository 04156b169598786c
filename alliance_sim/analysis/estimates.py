"""What an arm's outcomes are, how arms differ, and what a median split would have shown.

The replicate is the unit: patients share clinicians and a trial's luck, replicates share nothing. Arms
share every draw they can, so differences are paired by replicate.
"""

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


def mean_and_error(values: pd.Series) -> tuple[float, float]:
    """Mean over replicates and its Monte Carlo standard error; NaN replicates are left out."""
    kept = values.dropna()
    error = float(kept.std(ddof=1) / np.sqrt(len(kept))) if len(kept) > 1 else float("nan")
    return float(kept.mean()) if len(kept) else float("nan"), error


def by_arm(trials: pd.DataFrame) -> pd.DataFrame:
    """Estimate every measure in every arm.

    Args:
        trials: One row an arm and replicate, as in `trials/`; failed rows are left out.

    Returns:
        Columns arm, measure, estimate, mcse (Monte Carlo standard error), replicates.
    """
    done = trials[trials["status"] == "done"]
    rows = [
        (arm, measure, *mean_and_error(group[measure]), int(group[measure].notna().sum()))
        for arm, group in done.groupby("arm", observed=True, sort=False)
        for measure in MEASURES
    ]
    return pd.DataFrame(rows, columns=["arm", "measure", "estimate", "mcse", "replicates"])


def _wide(trials: pd.DataFrame, measure: str) -> pd.DataFrame:
    done = trials[trials["status"] == "done"].assign(arm=lambda frame: frame["arm"].astype(str))
    return done.pivot(index="replicate", columns="arm", values=measure)


def contrasts(trials: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Estimate differences between arms, paired by replicate.

    Args:
        trials: One row an arm and replicate.
        pairs: (arm, comparator) names.

    Returns:
        Columns arm, versus, measure, difference, mcse, lower and upper (95 % Monte Carlo interval),
        variance_reduction (variance of the difference with independent draws over that with common
        random numbers), replicates.
    """
    rows = []
    for measure in MEASURES:
        wide = _wide(trials, measure)
        for arm, versus in pairs:
            both = wide[[arm, versus]].dropna()
            difference, error = mean_and_error(both[arm] - both[versus])
            paired = (both[arm] - both[versus]).var(ddof=1)
            apart = both[arm].var(ddof=1) + both[versus].var(ddof=1)
            rows.append(
                (
                    arm,
                    versus,
                    measure,
                    difference,
                    error,
                    difference - 1.96 * error,
                    difference + 1.96 * error,
                    apart / paired if paired > 0 else float("nan"),
                    len(both),
                )
            )
    columns = [
        "arm",
        "versus",
        "measure",
        "difference",
        "mcse",
        "lower",
        "upper",
        "variance_reduction",
        "replicates",
    ]
    return pd.DataFrame(rows, columns=columns)


def effect_sizes(trials: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Cohen's d of the primary change and number needed to treat for one more response.

    Returns:
        Columns arm, versus, d, d_mcse, nnt, nnt_mcse. Negative d: the arm's severity fell more. NNT is
        one over the difference in response, its error by the delta method; negative means harm.
    """
    change, spread, response = (_wide(trials, name) for name in ("change", "change_sd", "response"))
    rows = []
    for arm, versus in pairs:
        pooled = np.sqrt((spread[arm] ** 2 + spread[versus] ** 2) / HALVES)
        d, d_error = mean_and_error((change[arm] - change[versus]) / pooled)
        risk, risk_error = mean_and_error(response[arm] - response[versus])
        nnt = 1 / risk if risk else float("inf")
        rows.append((arm, versus, d, d_error, nnt, risk_error * nnt**2))
    return pd.DataFrame(rows, columns=["arm", "versus", "d", "d_mcse", "nnt", "nnt_mcse"])


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
