"""Which values of a few keys give trials like the one observed?

Approximate Bayesian computation, adjusted by regression. Each simulated trial has a draw of the keys from their prior.
Its many summaries are reduced to one number a key: what a regression of the keys on the summaries expects
(semi-automatic summaries [Fearnhead & Prangle 2012]). Draws whose reduced summaries lie near the observed ones are
kept, weighted by how near they lie, and moved to where they would have been had they shown what was observed: by
local-linear regression of mean and of spread [Beaumont et al. 2002; Blum & François 2010]. Keys are standard normals
here: quantiles of their prior, so that no draw leaves a key's range.

Trials are simulated in blocks that share their random draws (a tile of lanes each): whatever is held out, and every
resampling, takes whole blocks.
"""

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
KEPT = 0.25  # share of the simulated trials that are near enough
FEWEST_KEPT = 200
FARTHEST = 6.0  # standard deviations beyond which a summary counts as that far: its shape there says little
LEAST_SPREAD = 1e-9  # of a summary, beside its size: what varies less does not vary
RIDGES = (1.0, 10.0, 100.0, 1000.0)  # tried in `reduction`, in trials' worth of belief that a summary says nothing
LEAST_SHARE = 1e-6  # of the largest variance, that a direction of summaries must have to count
SMALL_RESIDUAL = 1e-6  # added to squares before their logarithm


class Trials(NamedTuple):
    """Simulated trials at draws of the prior."""

    keys: Array  # (trials, keys), standard normals
    summaries: Array  # (trials, summaries)
    block: Array  # (trials,): those of one number share draws of the keys, or their random draws
    apart: Array  # (trials,): true for some of which no two share anything

    def at(self, chosen: Array) -> "Trials":
        """Some of them."""
        return Trials(*(part[chosen] for part in self))


class Reduction(NamedTuple):
    """From many summaries to one number a key."""

    middle: Array
    spread: Array
    weights: Array  # (features, keys)

    def of(self, summaries: Array) -> Array:
        """What the keys are expected to be, given summaries of shape (…, summaries): (…, keys)."""
        made: Array = _features(self.scaled(summaries)) @ self.weights
        return made

    def scaled(self, summaries: Array) -> Array:
        """Summaries in standard deviations from their middle."""
        made: Array = np.clip((summaries - self.middle) / self.spread, -FARTHEST, FARTHEST)
        return made


class Sample(NamedTuple):
    """Weighted draws of the posterior, standard normals."""

    keys: Array  # (draws, keys)
    weights: Array  # (draws,), their sum is 1
    chosen: Array  # places among the simulated trials


class Explained(NamedTuple):
    """Simulated trials whose keys are known, explained as the data are."""

    places: Array  # (explained,), among the simulated trials
    ranks: Array  # where the truth lies in its posterior, in [0, 1], (explained, keys)
    lower: Array  # the posteriors' 5 % points as standard normals, (explained, keys)
    upper: Array  # and their 95 % points
    agree: Array  # correlation of the posteriors' means with the truth, (keys,)


def _features(scaled: Array) -> Array:
    """A constant, each summary and its square."""
    return np.concatenate([np.ones((*scaled.shape[:-1], 1)), scaled, scaled**2], axis=-1)


def halves(trials: Trials) -> tuple[Trials, Trials]:
    """Trials from which the reduction is learned, and the others: no trial is explained by what was learned from it."""
    odd = np.unique(trials.block, return_inverse=True)[1] % 2 == 1
    return trials.at(odd), trials.at(~odd)


def reduction(trials: Trials) -> Reduction:
    """Regress keys on summaries; the ridge is the one with which two thirds of the blocks foretell the others best."""
    middle, spread = trials.summaries.mean(axis=0), trials.summaries.std(axis=0)
    spread = np.where(spread > LEAST_SPREAD * (1.0 + np.abs(middle)), spread, np.inf)  # what never moves says nothing
    found = Reduction(middle, spread, np.zeros(0))
    seen = _features(found.scaled(trials.summaries))
    third = np.unique(trials.block, return_inverse=True)[1] % 3 == 0
    first, second = (_products(seen[part], trials.keys[part]) for part in (~third, third))
    tried = [_ridge(first, ridge) for ridge in RIDGES]
    missed = [((trials.keys[third] - seen[third] @ weights) ** 2).sum(axis=0) for weights in tried]
    whole = [_ridge((first[0] + second[0], first[1] + second[1]), ridge) for ridge in RIDGES]
    best = np.argmin(missed, axis=0)
    return found._replace(weights=np.column_stack([whole[one][:, key] for key, one in enumerate(best)]))


def _products(seen: Array, keys: Array) -> tuple[Array, Array]:
    """What least squares needs of features and keys."""
    return seen.T @ seen, seen.T @ keys


def _ridge(products: tuple[Array, Array], ridge: float) -> Array:
    held = np.full(len(products[0]), ridge)
    held[0] = 0.0  # the constant is free
    made: Array = np.linalg.solve(products[0] + np.diag(held), products[1])
    return made


def near(keys: Array, shown: Array, goal: Array, again: Array | None = None) -> Sample:
    """Draw from the posterior, given reduced summaries of trials, (trials, keys), and of the data, (keys,)."""
    count = min(len(keys), max(FEWEST_KEPT, round(KEPT * len(keys))))
    spread = shown.std(axis=0)
    away = (shown - goal) / np.where(spread > 0, spread, 1.0)
    distance = np.sqrt((away**2).sum(axis=1))
    chosen = np.argpartition(distance, count - 1)[:count]
    chosen.sort()
    widest = distance[chosen].max()
    weights = 1.0 - (distance[chosen] / widest) ** 2 if widest > 0 else np.ones(count)  # Epanechnikov's kernel
    weights = weights if again is None else weights * again[chosen]
    weights = weights / weights.sum()
    seen = np.column_stack([np.ones(count), away[chosen]])
    own = keys[chosen]
    middle = _regressed(seen, own, weights)
    off = own - seen @ middle
    logs = _regressed(seen, np.log(off**2 + SMALL_RESIDUAL), weights)
    scale = np.exp(0.5 * (logs[0] - np.clip(seen @ logs, logs[0] - 4, logs[0] + 4)))
    free = 1.0 / (weights**2).sum()  # as many trials of one weight would tell as much
    scale *= np.sqrt(max(free, seen.shape[1] + 1.0) / max(free - seen.shape[1], 1.0))  # what fitting took off residuals
    return Sample(middle[0] + off * scale, weights, chosen)


def _regressed(seen: Array, values: Array, weights: Array) -> Array:
    """Weighted least squares: coefficients, (columns of `seen`, columns of `values`)."""
    pulled = seen * weights[:, None]
    ridge = 1e-9 * np.eye(seen.shape[1])
    made: Array = np.linalg.solve(pulled.T @ seen + ridge, pulled.T @ values)
    return made


def quantile(values: Array, weights: Array, share: float) -> Array:
    """Weighted quantiles of each column, linear between neighbouring draws: shape (keys,)."""
    made = np.empty(values.shape[1])
    for place, column in enumerate(values.T):
        order = np.argsort(column, kind="stable")
        height = np.cumsum(weights[order]) - 0.5 * weights[order]
        made[place] = np.interp(share, height, column[order])
    return made


def recovered(trials: Trials, reduced: Reduction, most: int) -> Explained:
    """Seek the known keys of simulated trials, each explained by trials of other blocks alone.

    Args:
        trials: Simulated trials, none of which `reduced` was learned from.
        reduced: From `reduction`.
        most: How many are explained, at most; no two of them share anything.
    """
    shown = reduced.of(trials.summaries)
    there = np.flatnonzero(trials.apart)
    places = there[np.linspace(0, len(there) - 1, min(most, len(there))).round().astype(int)]
    ranks, ends, means = [], [], []
    for place in places.tolist():
        others = trials.block != trials.block[place]
        found = near(trials.keys[others], shown[others], shown[place])
        ranks.append(found.weights @ (found.keys < trials.keys[place]))
        means.append(found.weights @ found.keys)
        ends.append([quantile(found.keys, found.weights, share) for share in (0.05, 0.95)])
    lower, upper = np.swapaxes(np.array(ends), 0, 1)
    pairs = zip(np.array(means).T, trials.keys[places].T, strict=True)
    agree = [np.corrcoef(mean, truth)[0, 1] for mean, truth in pairs]
    return Explained(places, np.array(ranks), lower, upper, np.array(agree))


class Misfit(NamedTuple):
    """How odd the observed summaries are among those of trials near them."""

    share: float  # of near trials that lie at least as far from the middle as the data, the data counted among them
    among: int  # trials that it is a share of
    away: Array  # each summary, in standard deviations of near trials from their mean


def misfit(trials: Trials, observed: Array, reduced: Reduction) -> Misfit:
    """How odd are the observed summaries among those of trials near them, all of them together?

    Near trials are halved by block: one half says how summaries scatter, the other how far such trials lie from its
    middle (Mahalanobis' distance).
    """
    chosen = near(trials.keys, reduced.of(trials.summaries), reduced.of(observed)).chosen
    known = np.unique(trials.block[chosen], return_inverse=True)[1] % 2 == 0
    scaled, goal = reduced.scaled(trials.summaries[chosen]), reduced.scaled(observed)
    middle = scaled[known].mean(axis=0)
    size, axes = np.linalg.eigh(np.cov(scaled[known].T).reshape(len(middle), -1))
    used = size > LEAST_SHARE * size.max()
    white = axes[:, used] / np.sqrt(size[used])
    far = (((scaled[~known] - middle) @ white) ** 2).sum(axis=1)
    own = (((goal - middle) @ white) ** 2).sum()
    spread = scaled.std(axis=0)
    away = (goal - scaled.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    return Misfit(float((1 + (far >= own).sum()) / (len(far) + 1)), len(far) + 1, away)
