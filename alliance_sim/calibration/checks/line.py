"""The answer to hundreds of sets of published numbers within seconds: expectations as a straight line.

What a point is expected to show is taken to be a straight line in the calibrated numbers around the posterior's
middle. What the line leaves counts as error of comparison, and its size is reported. The posterior's mean and
covariance are the prior of the answers, since the sets are made at draws of the posterior.
"""

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
SMALLEST = 1e-9  # variance added to each number, so that draws that are all alike can be divided by their spread


class Line(NamedTuple):
    """Expectations as a straight line over draws of the posterior."""

    middle: Array  # mean of the draws, standard normals, shape (numbers,)
    spread: Array  # their covariance, shape (numbers, numbers)
    level: Array  # expectation at the middle, shape (targets,)
    slopes: Array  # shape (targets, numbers)
    rest: Array  # covariance of what the line leaves, shape (targets, targets)

    def scatter(self, covariance: Array) -> Array:
        """Covariance of published numbers about the level: of comparison, of the line's error, and of the numbers.

        Args:
            covariance: Of comparison, shape (targets, targets).
        """
        made: Array = covariance + self.rest + self.slopes @ self.spread @ self.slopes.T
        return made


class Answers(NamedTuple):
    """The posterior of each synthetic set, a normal distribution."""

    middles: Array  # shape (sets, numbers)
    covariance: Array  # the same for all sets, shape (numbers, numbers)

    def draws(self, count: int, rng: np.random.Generator) -> Array:
        """Draws from each answer, shape (sets, draws, numbers)."""
        sizes, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(sizes, 0.0))
        noise = rng.standard_normal((len(self.middles), count, len(sizes)))
        made: Array = self.middles[:, None] + noise @ root.T
        return made

    def heights(self, points: Array) -> Array:
        """Log density of points of each set, up to a constant; from shape (sets, points, numbers) to (sets, points)."""
        off = points - self.middles[:, None]
        made: Array = -0.5 * ((off @ np.linalg.pinv(self.covariance, hermitian=True)) * off).sum(axis=2)
        return made


def line(normals: Array, weights: Array, levels: Array) -> Line:
    """Fit the line by least squares.

    Args:
        normals: Draws of the posterior, shape (draws, numbers).
        weights: Sum to 1, shape (draws,).
        levels: What each draw is expected to show, shape (draws, targets).
    """
    middle = weights @ normals
    spread = np.cov(normals.T, aweights=weights) + SMALLEST * np.eye(len(middle))
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([np.ones(len(normals)), normals - middle])
    found, *_ = np.linalg.lstsq(root * design, root * levels, rcond=None)
    rest = root * (levels - design @ found)
    free = max(1 - design.shape[1] / len(normals), 1 / len(normals))  # share of the draws that the line leaves free
    return Line(middle, spread, found[0], found[1:].T, rest.T @ rest / free)


def answered(known: Line, covariance: Array, seen: Array) -> Answers:
    """The posterior of each set of published numbers.

    Args:
        known: What points are expected to show.
        covariance: Of comparison, shape (targets, targets).
        seen: Shape (sets, targets).
    """
    gain = np.linalg.solve(known.scatter(covariance), known.slopes @ known.spread).T
    left = known.spread - gain @ known.slopes @ known.spread
    return Answers(known.middle + (seen - known.level) @ gain.T, (left + left.T) / 2)
