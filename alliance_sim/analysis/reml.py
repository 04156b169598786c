"""A random intercept fitted by restricted maximum likelihood, for many trials at once.

y = Xβ + b[clinician] + e, with b of variance τ² and e of variance σ². Given the ratio τ²/σ² everything has a closed
form in sums over clinicians (Patterson and Thompson 1971; the formulas are textbook ones, written from memory and
tested against statsmodels); the ratio itself is found by a search in one dimension. With equal caseloads and no
covariates the result is that of the analysis of variance.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from alliance_sim.analysis.monte_carlo import Array
from alliance_sim.errors import AnswerError

# Intraclass correlations between which the search starts: close together where most are.
COARSE = np.array([0.0, 0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.995])
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
HALVINGS = 45  # of the bracket: to about 1e-10 of it


class Fit(NamedTuple):
    """What the model says of each trial."""

    coefficients: Array  # (trials, terms)
    errors: Array  # their standard errors
    between: Array  # τ², (trials,), >= 0
    within: Array  # σ²
    patients: Array  # how many were analysed
    clinicians: Array  # how many they had

    @property
    def icc(self) -> Array:
        """Share of the residual variance that lies between clinicians, [0, 1)."""
        share: Array = self.between / (self.between + self.within)
        return share


class _Sums(NamedTuple):
    """All the data of a batch that the fit needs."""

    caseload: Array  # (trials, clinicians)
    x: Array  # (trials, clinicians, terms)
    y: Array  # (trials, clinicians)
    xx: Array  # (trials, terms, terms)
    xy: Array  # (trials, terms)
    yy: Array  # (trials,)

    @property
    def free(self) -> Array:
        """Degrees of freedom that the terms leave."""
        left: Array = self.caseload.sum(axis=1) - self.x.shape[2]
        return left


def fit(y: Array, x: Array, clinician: Array) -> Fit:
    """Fit each trial.

    Args:
        y: Outcomes, shape (trials, patients); NaN for who is not analysed.
        x: Terms, shape (trials, patients, terms), the intercept among them; NaN excludes a patient too.
        clinician: Whole numbers >= 0, shape (trials, patients).

    Raises:
        AnswerError: A trial has too few patients for its terms, or terms that say the same.
    """
    return _fitted(_sums(y, x, clinician), None)


def least_squares(y: Array, x: Array) -> Fit:
    """Fit each trial without clinicians; arguments and errors as `fit`."""
    return _fitted(_sums(y, x, np.zeros(y.shape, dtype=int)), np.zeros(len(y)))


def _sums(y: Array, x: Array, clinician: Array) -> _Sums:
    trials, _, terms = x.shape
    clinicians = int(clinician.max()) + 1
    known = np.isfinite(y) & np.isfinite(x).all(axis=2)
    y, x = np.where(known, y, 0.0), np.where(known[:, :, None], x, 0.0)
    code = (np.arange(trials)[:, None] * clinicians + clinician).ravel()

    def by_clinician(values: Array) -> Array:
        added = np.bincount(code, weights=values.ravel().astype(float), minlength=trials * clinicians)
        return added.reshape(trials, clinicians)

    return _Sums(
        by_clinician(known),
        np.stack([by_clinician(x[:, :, term]) for term in range(terms)], axis=2),
        by_clinician(y),
        np.einsum("tni,tnj->tij", x, x),
        np.einsum("tni,tn->ti", x, y),
        np.einsum("tn,tn->t", y, y),
    )


def _fitted(sums: _Sums, icc: Array | None) -> Fit:
    """The fit at given intraclass correlations, or at the best ones."""
    if (sums.free < 1).any():
        terms = sums.x.shape[2]
        raise AnswerError(f"a trial has no more patients than the {terms} terms of its model; simulate larger ones.")
    try:
        best = _lowest(lambda share: _at(sums, share)[0], len(sums.y)) if icc is None else icc
        _, coefficients, inverse, within = _at(sums, best)
    except np.linalg.LinAlgError as error:
        raise AnswerError("two terms of a trial's model say the same; simulate larger trials.") from error
    errors = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2) * within[:, None])
    between = within * best / (1.0 - best)
    present = sums.caseload > 0
    return Fit(coefficients, errors, between, within, sums.caseload.sum(axis=1), present.sum(axis=1))


def _at(sums: _Sums, icc: Array) -> tuple[Array, Array, Array, Array]:
    """Deviance at given intraclass correlations, with the coefficients, their unscaled covariance and σ²."""
    ratio = icc / (1.0 - icc)
    inflated = 1.0 + sums.caseload * ratio[:, None]
    weight = ratio[:, None] / inflated
    xx = sums.xx - np.einsum("tg,tgi,tgj->tij", weight, sums.x, sums.x)
    xy = sums.xy - np.einsum("tg,tgi,tg->ti", weight, sums.x, sums.y)
    yy = sums.yy - np.einsum("tg,tg,tg->t", weight, sums.y, sums.y)
    inverse = np.linalg.inv(xx)
    coefficients = np.einsum("tij,tj->ti", inverse, xy)
    within = np.maximum(yy - np.einsum("ti,ti->t", xy, coefficients), np.finfo(float).tiny) / sums.free
    deviance = sums.free * np.log(within) + np.linalg.slogdet(xx)[1] + np.log(inflated).sum(axis=1)
    return deviance, coefficients, inverse, within


def _lowest(deviance: Callable[[Array], Array], trials: int) -> Array:
    """The intraclass correlation with the lowest deviance in each trial: a coarse look, then golden sections."""
    seen = np.stack([deviance(np.full(trials, icc)) for icc in COARSE])
    place = seen.argmin(axis=0)
    low, high = COARSE[np.maximum(place - 1, 0)], COARSE[np.minimum(place + 1, len(COARSE) - 1)]
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = deviance(left), deviance(right)
    for _ in range(HALVINGS):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        fresh = np.where(lower, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        at_fresh = deviance(fresh)
        left, right = np.where(lower, fresh, right), np.where(lower, left, fresh)
        at_left, at_right = np.where(lower, at_fresh, at_right), np.where(lower, at_left, at_fresh)
    middle = (low + high) / 2.0
    return np.where(seen[0] <= deviance(middle), 0.0, middle)
