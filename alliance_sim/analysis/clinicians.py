"""How much of the outcome lies between clinicians, and what a better alliance goes with, within and between them.

Two answers stand side by side. The model's own variances are estimated without bias from all replicates together; what
one trial would report comes from a mixed model in each trial, where the share is cut at zero and clinicians' means
carry the noise of few patients (Lüdtke and others 2008).
"""

import numpy as np
import pandas as pd

from alliance_sim.analysis import reml
from alliance_sim.analysis.monte_carlo import Array, Found, averaged, jackknifed, share as share_of
from alliance_sim.errors import AnswerError
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

FEWEST = 2  # clinicians
FEWEST_PATIENTS = 5  # one more than the mixed model of a trial has terms


def clinician_variance(patients: pd.DataFrame, arm: str, measure: str = "change") -> pd.DataFrame:
    """Share of the outcome's variance between lead clinicians, the baseline score taken out.

    Args:
        patients: One row an arm, replicate and patient.
        arm: Which arm.
        measure: The outcome.

    Returns:
        Columns quantity, estimate, mcse, lower, upper, unit. `clinicians' share` is the model's own; `share in one
        trial` is the mean of what trials' mixed models estimate, `trials that find none` how many put it at zero.

    Raises:
        AnswerError: A trial has fewer than two clinicians, or no clinician has two patients.
    """
    own = _arm(patients, arm, [measure, "baseline"])
    sums = _components(own, [_adjusted(own, measure)])

    def share(parts: Array) -> Array:
        between = _between(parts, 1)
        whole: Array = (between / (between + _within(parts, 1)))[0, 0]
        return whole

    y, x, clinician = _batch(own, measure, ["baseline"])
    fitted = reml.fit(y, x, clinician)
    rows = [
        ("clinicians' share", *map(float, jackknifed(sums, share)), "1"),
        ("share in one trial", *map(float, averaged(fitted.icc)), "1"),
        ("trials that find none", *map(float, share_of(np.array((fitted.icc == 0).sum()), np.array(len(y)))), "1"),
    ]
    return pd.DataFrame(rows, columns=["quantity", *Found._fields, "unit"])


def alliance_slopes(
    patients: pd.DataFrame, arm: str, scenario: Scenario, alliance: str = "wai_early", measure: str = "change"
) -> pd.DataFrame:
    """Outcome per point of alliance, within and between clinicians, the baseline score taken out.

    Args:
        patients: One row an arm, replicate and patient.
        arm: Which arm.
        scenario: Its world, for the units.
        alliance: Column of the patients' rating.
        measure: The outcome.

    Returns:
        Columns slope (within, between, between − within), view (`model`: from variances between and within clinicians
        over all replicates; `one trial`: mean over trials of a mixed model with the patient's deviation from the
        clinician's mean rating and that mean), estimate, mcse, lower, upper, unit.

    Raises:
        AnswerError: As in `clinician_variance`.
    """
    own = _arm(patients, arm, [measure, "baseline", alliance])
    sums = _components(own, [own[alliance].to_numpy(dtype=float), _adjusted(own, measure)])

    def slopes(parts: Array) -> Array:
        within, between = _within(parts, 2), _between(parts, 2)
        inside, across = within[0, 1] / within[0, 0], between[0, 1] / between[0, 0]
        return np.array([inside, across, across - inside])

    mean = own.groupby(["replicate", "lead"])[alliance].transform("mean")
    terms = own.assign(mean=mean, deviation=own[alliance] - mean)
    y, x, clinician = _batch(terms, measure, ["baseline", "deviation", "mean"])
    inside, across = reml.fit(y, x, clinician).coefficients[:, 2:4].T
    reported = averaged(np.column_stack((inside, across, across - inside)))
    names = ("within", "between", "between - within")
    unit = f"{units(scenario)[measure]} per {units(scenario)[alliance].removesuffix('s')}"
    frames = [
        pd.DataFrame({"slope": names, "view": view, **found._asdict(), "unit": unit})
        for view, found in (("model", jackknifed(sums, slopes)), ("one trial", reported))
    ]
    return pd.concat(frames, ignore_index=True)


def _arm(patients: pd.DataFrame, arm: str, columns: list[str]) -> pd.DataFrame:
    """The arm's patients of whom everything is known, sorted by trial."""
    own = patients[patients["arm"].astype(str) == arm].dropna(subset=columns)
    if own.empty:
        known = ", ".join(patients["arm"].astype(str).unique())
        raise AnswerError(f"no patient of arm {arm!r} has {' and '.join(columns)}; the arms are: {known}.")
    least = own.groupby("replicate")["lead"].nunique().min()
    if least < FEWEST or (own.groupby(["replicate", "lead"]).size() < FEWEST).all():
        raise AnswerError(
            "clinicians cannot be distinguished from patients; use clinicians.number of 2 or more and more patients."
        )
    return own.sort_values(["replicate", "patient"], kind="stable")


def _adjusted(own: pd.DataFrame, measure: str) -> Array:
    """The outcome without what the baseline score predicts inside a trial."""
    inside = own[[measure, "baseline"]].astype(float)
    inside = inside - inside.groupby(own["replicate"]).transform("mean")
    squares = float((inside["baseline"] ** 2).sum())
    slope = float((inside[measure] * inside["baseline"]).sum()) / squares if squares else 0.0
    values: Array = (own[measure] - slope * own["baseline"]).to_numpy(dtype=float)
    return values


def _components(own: pd.DataFrame, columns: list[Array]) -> Array:
    """What each trial adds to the variances between and within clinicians.

    Returns:
        Shape (replicates, parts): products within, their degrees of freedom, products between, theirs, and those times
        the caseload that a clinician's mean rests on. Products are flattened matrices (columns × columns).
    """
    trial = pd.factorize(own["replicate"], sort=True)[0]
    code, _ = pd.factorize(pd.MultiIndex.from_arrays([trial, own["lead"]]), sort=True)
    clinicians, trials = int(code.max()) + 1, int(trial.max()) + 1
    of_trial = np.zeros(clinicians, dtype=int)
    of_trial[code] = trial
    values = np.column_stack(columns)

    def sums(codes: Array, weights: Array, count: int) -> Array:
        return np.column_stack([np.bincount(codes, weights=column, minlength=count) for column in weights.T])

    caseload = np.bincount(code).astype(float)
    in_trial = np.bincount(of_trial, weights=caseload)
    means = sums(code, values, clinicians) / caseload[:, None]
    whole = sums(trial, values, trials) / in_trial[:, None]
    inside, across = values - means[code], means - whole[of_trial]
    wide = len(columns)
    within = sums(trial, _products(inside, inside).reshape(-1, wide * wide), trials)
    between = sums(of_trial, (caseload[:, None, None] * _products(across, across)).reshape(-1, wide * wide), trials)
    there = np.bincount(of_trial).astype(float)
    effective = in_trial - np.bincount(of_trial, weights=caseload**2) / in_trial
    return np.column_stack((within, in_trial - there, between, there - 1.0, effective))


def _products(one: Array, two: Array) -> Array:
    made: Array = one[:, :, None] * two[:, None, :]
    return made


def _within(parts: Array, wide: int) -> Array:
    """Variances and covariances within clinicians, of so many columns."""
    matrix: Array = parts[: wide * wide].reshape(wide, wide) / parts[wide * wide]
    return matrix


def _between(parts: Array, wide: int) -> Array:
    """Variances and covariances of clinicians' own levels: without bias, so that they may be negative."""
    products = parts[wide * wide + 1 : 2 * wide * wide + 1].reshape(wide, wide)
    matrix: Array = (products - parts[-2] * _within(parts, wide)) / parts[-1]
    return matrix


def _batch(own: pd.DataFrame, measure: str, terms: list[str]) -> tuple[Array, Array, Array]:
    """Outcomes, terms (intercept first) and clinicians as arrays (trials, patients); NaN where a patient is missing."""
    wide = own.pivot(index="replicate", columns="patient", values=[measure, "lead", *terms])
    y = wide[measure].to_numpy(dtype=float)
    x = np.stack([np.ones_like(y), *(wide[term].to_numpy(dtype=float) for term in terms)], axis=2)
    return y, x, wide["lead"].fillna(0).to_numpy(dtype=int)
