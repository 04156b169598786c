"""How a planned trial is analysed: a t test, analysis of covariance or a mixed model, many trials at once.

Counts of patients (response, remission, dropout) are analysed by the same models as scores: the difference is then one
of shares, which means the same in every trial whatever else is in the model, and the t distribution over clinicians
keeps the level where a logistic model's errors need many of them.

In a mixed model the variance between clinicians may be estimated below zero, as the analysis of variance does. Cut at
zero it is too large on average where clinicians differ little, and tests reject too rarely. With pairs it may go less
far, as a clinician's effect is then seen through another's. The t distribution has between-within degrees of freedom:
clinicians less arms, or patients less clinicians; pairs count for the number of independent clinicians whose means vary
as much. Both choices were measured, see docs/how-to/power.md.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from alliance_sim.analysis import reml
from alliance_sim.analysis.monte_carlo import UPPER, Array
from alliance_sim.analysis.planned_members import Members
from alliance_sim.errors import AnswerError
from alliance_sim.study.plan import ARMS, Analysis

# How much less than patients alone make it a clinician's mean may vary: clinicians alone, and in pairs.
FLOOR, FLOOR_OF_PAIRS = 0.9, 1 / 3


class Tested(NamedTuple):
    """What each trial's analysis says of the difference between arms, or of a slope."""

    estimate: Array
    error: Array
    free: Array  # degrees of freedom; infinite for the normal distribution
    icc: Array  # share of the variance between clinicians
    variance: Array  # of outcomes between and within clinicians, given the terms
    unclustered: Array  # squared error of the same difference if patients were independent
    analysed: Array  # patients

    def p(self, away: Array | float = 0.0) -> Array:
        """Two-sided p that the truth is `away`."""
        against = -np.abs(self.over(away))
        return 2 * np.where(np.isfinite(self.free), stdtr(np.where(np.isfinite(self.free), self.free, 1.0), against),
                            ndtr(against))  # fmt: skip

    def over(self, away: Array | float = 0.0) -> Array:
        """How many standard errors the estimate lies above a value."""
        made: Array = np.divide(
            self.estimate - away, self.error, out=np.full(len(self.error), np.nan), where=self.error > 0
        )
        return made

    def half(self) -> Array:
        """Half the width of the 95 % interval."""
        made: Array = stdtrit(np.minimum(self.free, 1e9), UPPER) * self.error
        return made


def analyse(outcome: Array, baseline: Array, who: Members, analysis: Analysis, slope: Array | None = None) -> Tested:
    """Analyse trials.

    Args:
        outcome: Scores, or 1 and 0; shape (trials, patients), NaN for who was not assessed.
        baseline: Scores at entry, same shape; no term of a t test.
        who: Arms and clusters.
        analysis: How.
        slope: What is tested instead of the difference between arms, which stays in the model; same shape.

    Raises:
        AnswerError: A trial is too small for its analysis.
    """
    if who.apart and analysis is Analysis.mixed_model and slope is None:
        return _apart(outcome, baseline, who)
    arm = np.broadcast_to(who.treated.astype(float), outcome.shape)
    terms = [np.ones_like(arm), arm]
    if analysis is not Analysis.t_test:
        terms.append(baseline - baseline.mean())
    if slope is not None:
        terms.append(slope)
    tested = 1 if slope is None else len(terms) - 1
    x = np.stack(terms, axis=2)
    plain = reml.least_squares(outcome, x)
    free = plain.patients - len(terms)
    fitted = plain
    if analysis in (Analysis.mixed_model, Analysis.mixed_model_wald):
        rows = np.broadcast_to(who.cluster, outcome.shape)
        floor = FLOOR if who.weights is None else FLOOR_OF_PAIRS
        fitted = reml.fit(outcome, x, rows, who.weights, floor if analysis is Analysis.mixed_model else 0.0)
        within = fitted.patients - fitted.clinicians - (len(terms) - 1)
        between = fitted.clinicians * who.independent - len(ARMS)
        free = between if who.between and slope is None else within
        free = np.full(len(free), np.inf) if analysis is Analysis.mixed_model_wald else free
    _enough(free)
    return Tested(
        fitted.coefficients[:, tested],
        fitted.errors[:, tested],
        free.astype(float),
        fitted.icc,
        fitted.between + fitted.within,
        plain.errors[:, tested] ** 2,
        fitted.patients,
    )


def _apart(outcome: Array, baseline: Array, who: Members) -> Tested:
    """Each arm for itself: its own slope, its own variance, and clusters only where it has some; Welch's t.

    Arms are compared at the mean baseline of all patients.
    """
    middle = baseline.mean(axis=1, keepdims=True)
    parts = []
    for clustered, own in zip(who.clustered, (~who.treated, who.treated), strict=True):
        y, at = outcome[:, own], (baseline - middle)[:, own]
        x = np.stack([np.ones_like(y), at], axis=2)
        plain = reml.least_squares(y, x)
        if not clustered:
            parts.append((plain, plain, plain.patients - 2))
            continue
        _, rows = np.unique(who.cluster[own], return_inverse=True)
        fitted = reml.fit(y, x, np.broadcast_to(rows, y.shape), None, FLOOR)
        parts.append((plain, fitted, fitted.clinicians - 1))
    (plain, control, few), (other, treated, more) = parts
    _enough(np.minimum(few, more))
    squares = control.errors[:, 0] ** 2, treated.errors[:, 0] ** 2
    free = (squares[0] + squares[1]) ** 2 / (squares[0] ** 2 / few + squares[1] ** 2 / more)
    held = treated if who.clustered[1] else control
    return Tested(
        treated.coefficients[:, 0] - control.coefficients[:, 0],
        np.sqrt(squares[0] + squares[1]),
        free,
        held.icc,
        held.between + held.within,
        plain.errors[:, 0] ** 2 + other.errors[:, 0] ** 2,
        control.patients + treated.patients,
    )


def _enough(free: Array) -> None:
    if (free < 1).any():
        raise AnswerError("a trial has too few clinicians or patients left to be analysed; plan larger trials.")
