"""A random intercept fitted by restricted maximum likelihood, for many trials at once.

y = Xβ + Zb + e, with b of variance τ² and e of variance σ². Each row of Z says whose effects an outcome holds: 1 for
the only clinician, or the shares of a pair (a multiple-membership model). Given the ratio τ²/σ² everything has a closed
form in sums over the eigenvectors of Z'Z, which are the clinicians themselves where everybody has one (Patterson and
Thompson 1971; the formulas are textbook ones, written from memory and tested against statsmodels and against matrices
written out); the ratio itself is found by a search in one dimension. With equal caseloads and no covariates the result
is that of the analysis of variance.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from alliance_sim.analysis.monte_carlo import Array
from alliance_sim.errors import AnswerError

# Intraclass correlations between which the search starts: close together where most are.
COARSE = np.array([0.0, 0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.995])
BELOW = np.array([1.0, 0.95, 0.8, 0.5, 0.2])  # the same below zero, in parts of the lowest that is allowed
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
HALVINGS = 45  # of the bracket: to about 1e-10 of it


class Fit(NamedTuple):
    """What the model says of each trial."""

    coefficients: Array  # (trials, terms)
    errors: Array  # their standard errors
    between: Array  # τ², (trials,)
    within: Array  # σ²
    patients: Array  # how many were analysed
    clinicians: Array  # how many they had

    @property
    def icc(self) -> Array:
        """Share of the residual variance that lies between clinicians; below 0 only where `fit` is to allow it."""
        share: Array = self.between / (self.between + self.within)
        return share


class _Sums(NamedTuple):
    """All the data of a batch that the fit needs; of sums of x and y along each eigenvector of Z'Z their products."""

    values: Array  # eigenvalues, (trials, clinicians)
    products: Array  # of x with x, x with y, y with y; (trials, clinicians, products)
    xx: Array  # (trials, terms, terms)
    xy: Array  # (trials, terms)
    yy: Array  # (trials,)
    patients: Array  # (trials,)
    clinicians: Array  # (trials,)

    @property
    def free(self) -> Array:
        """Degrees of freedom that the terms leave."""
        left: Array = self.patients - self.xx.shape[1]
        return left


def fit(y: Array, x: Array, clinician: Array, weights: Array | None = None, floor: float = 0.0) -> Fit:
    """Fit each trial.

    Args:
        y: Outcomes, shape (trials, patients); NaN for who is not analysed.
        x: Terms, shape (trials, patients, terms), the intercept among them; NaN excludes a patient too.
        clinician: Whole numbers >= 0, shape (trials, patients): the clinician, or a row of `weights`.
        weights: Shares of the clinicians in an outcome, shape (rows, clinicians); each patient's own clinician has all
            unless given.
        floor: How far τ² may go below 0, as the analysis of variance lets it, which keeps the level of a test where
            clinicians hardly differ: by how much of it a clinician's mean may vary less than patients alone make it,
            in [0, 1).

    Raises:
        AnswerError: A trial has too few patients for its terms, or terms that say the same.
    """
    return _fitted(_sums(y, x, clinician, weights), floor)


def least_squares(y: Array, x: Array) -> Fit:
    """Fit each trial without clinicians; arguments and errors as `fit`."""
    return _fitted(_sums(y, x, np.zeros(y.shape, dtype=int), None), None)


def _sums(y: Array, x: Array, clinician: Array, weights: Array | None) -> _Sums:
    trials, _, terms = x.shape
    rows = int(clinician.max()) + 1 if weights is None else len(weights)
    known = np.isfinite(y) & np.isfinite(x).all(axis=2)
    y, x = np.where(known, y, 0.0), np.where(known[:, :, None], x, 0.0)
    code = (np.arange(trials)[:, None] * rows + clinician).ravel()

    def by_row(values: Array) -> Array:
        added = np.bincount(code, weights=values.ravel().astype(float), minlength=trials * rows)
        return added.reshape(trials, rows)

    counts, of_y = by_row(known), by_row(y)
    of_x = np.stack([by_row(x[:, :, term]) for term in range(terms)], axis=2)
    values, clinicians = counts, (counts > 0).sum(axis=1)
    if weights is not None:
        values, turned = _eigen(counts, weights)
        of_x, of_y = np.matmul(turned, of_x), np.matmul(turned, of_y[:, :, None])[:, :, 0]
        clinicians = (np.matmul(counts, weights) > 0).sum(axis=1)
    squares = (of_x[:, :, :, None] * of_x[:, :, None, :]).reshape(*of_x.shape[:2], terms * terms)
    return _Sums(
        values,
        np.concatenate([squares, of_x * of_y[:, :, None], of_y[:, :, None] ** 2], axis=2),
        np.einsum("tni,tnj->tij", x, x),
        np.einsum("tni,tn->ti", x, y),
        np.einsum("tn,tn->t", y, y),
        counts.sum(axis=1),
        clinicians,
    )


def _eigen(counts: Array, weights: Array) -> tuple[Array, Array]:
    """Eigenvalues of each trial's Z'Z, and what turns sums by row of `weights` into sums by eigenvector.

    Args:
        counts: Patients of each row, shape (trials, rows).
        weights: Shape (rows, clinicians).
    """
    if (counts != counts[0]).any():
        return _decomposed(counts, weights)
    # Nobody is missing: all trials have one Z, and so have those of the next batch.
    values, turned = _of_whole_trials(counts[:1].tobytes(), weights.tobytes(), weights.shape)
    shape = (len(counts), *values.shape[1:])
    return np.broadcast_to(values, shape), np.broadcast_to(turned, (*shape, len(weights)))


@functools.lru_cache(maxsize=4)
def _of_whole_trials(counts: bytes, weights: bytes, shape: tuple[int, int]) -> tuple[Array, Array]:
    return _decomposed(np.frombuffer(counts)[None, :], np.frombuffer(weights).reshape(shape))


def _decomposed(counts: Array, weights: Array) -> tuple[Array, Array]:
    values, vectors = np.linalg.eigh(np.matmul(weights.T * counts[:, None, :], weights))
    return np.maximum(values, 0.0), np.matmul(vectors.transpose(0, 2, 1), weights.T)


def _fitted(sums: _Sums, floor: float | None) -> Fit:
    """The fit at the best intraclass correlations; with none where `floor` is None."""
    if (sums.free < 1).any():
        terms = sums.xx.shape[1]
        raise AnswerError(f"a trial has no more patients than the {terms} terms of its model; simulate larger ones.")
    try:
        best = np.zeros(len(sums.yy))
        if floor is not None:
            best = _lowest(lambda icc: _at(sums, icc)[0], _starts(sums, floor))
        _, coefficients, inverse, within = _at(sums, best)
    except np.linalg.LinAlgError as error:
        raise AnswerError("two terms of a trial's model say the same; simulate larger trials.") from error
    errors = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2) * within[:, None])
    between = within * best / (1.0 - best)
    return Fit(coefficients, errors, between, within, sums.patients, sums.clinicians)


def _at(sums: _Sums, icc: Array) -> tuple[Array, Array, Array, Array]:
    """Deviance at given intraclass correlations, with the coefficients, their unscaled covariance and σ²."""
    ratio = icc / (1.0 - icc)
    inflated = 1.0 + sums.values * ratio[:, None]
    weight = ratio[:, None] / inflated
    terms = sums.xx.shape[1]
    lost = np.matmul(weight[:, None, :], sums.products)[:, 0]
    xx = sums.xx - lost[:, : terms * terms].reshape(sums.xx.shape)
    xy = sums.xy - lost[:, terms * terms : -1]
    yy = sums.yy - lost[:, -1]
    inverse = np.linalg.inv(xx)
    coefficients = np.einsum("tij,tj->ti", inverse, xy)
    within = np.maximum(yy - np.einsum("ti,ti->t", xy, coefficients), np.finfo(float).tiny) / sums.free
    deviance = sums.free * np.log(within) + np.linalg.slogdet(xx)[1] + np.log(inflated).sum(axis=1)
    return deviance, coefficients, inverse, within


def _starts(sums: _Sums, floor: float) -> Array:
    """Intraclass correlations between which the search starts, shape (starts, trials), ascending."""
    starts = np.repeat(COARSE[:, None], len(sums.yy), axis=1)
    if not floor:
        return starts
    least = -floor / np.maximum(sums.values.max(axis=1), 1.0)  # τ²/σ²
    return np.concatenate([np.multiply.outer(BELOW, least / (1.0 + least)), starts])


def _lowest(deviance: Callable[[Array], Array], starts: Array) -> Array:
    """The intraclass correlation with the lowest deviance in each trial: a coarse look, then golden sections."""
    seen = np.stack([deviance(icc) for icc in starts])
    place, trial = seen.argmin(axis=0), np.arange(starts.shape[1])
    low, high = starts[np.maximum(place - 1, 0), trial], starts[np.minimum(place + 1, len(starts) - 1), trial]
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
    first: Array = np.where(seen[0] <= deviance(middle), starts[0], middle)  # at the end where it lies there
    return first
