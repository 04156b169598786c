"""One check of all summaries together: its p, the Monte Carlo error of it, and how far off a summary would be found."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.calibration.own.blocks import DEFINED

Array = np.ndarray[Any, np.dtype[Any]]
UNUSUAL = 0.05
FOUND = 0.8  # share of trials in which a shift is found
RESAMPLED = 100  # times the simulated trials are drawn anew, for Monte Carlo errors


class Shift(NamedTuple):
    """How far one summary alone must lie off for the check to find it in 80 % of trials like the simulated ones."""

    row: int  # of the summary
    distance: float  # in its unit, to either side
    mcse: float


class Joint(NamedTuple):
    """One check of all summaries together, which multiplies no p.

    The largest distance of any summary from the middle of the simulated trials, in their SD, is found for the data as
    for each simulated trial: what counts is the rank of the data's. The SD of a share counts as at least that of a
    share of 5 %, so that one patient more than none is not far out.

    The errors are those of a bootstrap of the simulated trials, as middle and SD are themselves estimated from them: of
    few trials their error is larger than that of the rank.
    """

    p: float
    mcse: float
    furthest: int  # row of the summary that lies furthest out
    summaries: int
    shifts: tuple[Shift, ...] = ()


def joint(
    observed: Array, simulated: Array, rows: Array, draws: Array, least: Array, shifted: Sequence[int] = ()
) -> Joint | None:
    """Rank the data among simulated trials by the summary that lies furthest out.

    Args:
        observed: Summaries of the data, shape (summaries,).
        simulated: And of simulated trials, (summaries, trials); NaN where one has none.
        rows: Summaries that are checked, if the data and nearly all trials have them and they vary.
        draws: The draw of parameters that each trial is of: trials of one draw are drawn anew together.
        least: The least SD that each summary counts with.
        shifted: Rows of which is found how far off they would have to lie.

    Returns:
        None where nothing can be checked.
    """
    own = np.column_stack([observed, simulated])[rows]
    known = np.isfinite(own)
    with np.errstate(invalid="ignore"):
        fits = known[:, 0] & (known.mean(axis=1) >= DEFINED)
        fits &= np.nanmax(own, axis=1, initial=-np.inf) > np.nanmin(own, axis=1, initial=np.inf)
    rows, own, least = rows[fits], own[fits], least[rows[fits]]
    if not len(rows):
        return None
    own = np.where(known[fits], own, np.nanmean(own, axis=1, keepdims=True))  # what is not known lies in the middle
    of = np.flatnonzero(np.isin(rows, shifted))
    found, furthest = _checked(own, least, of)
    random = np.random.default_rng(0)
    errors = np.std(
        [_checked(own[:, _drawn_anew(draws, random)], least, of)[0] for _ in range(RESAMPLED)], axis=0, ddof=1
    )
    shifts = tuple(Shift(int(rows[row]), *two) for row, *two in zip(of, found[1:], errors[1:], strict=True))
    p = float(found[0])
    return Joint(p, max(float(errors[0]), rank_error(p, simulated.shape[1])), int(rows[furthest]), len(rows), shifts)


def rank_error(share: float, trials: int) -> float:
    """The least error of a share of trials: that of separate ones, one of which may be either."""
    inside = np.clip(share, 1 / (1 + trials), trials / (1 + trials))
    return float(np.sqrt(inside * (1 - inside) / trials))


def _checked(own: Array, least: Array, of: Array) -> tuple[Array, int]:
    """The p of the first column, then how far each row of `of` must be shifted; and the row that lies furthest out."""
    spread = np.maximum(own.std(axis=1), least)[:, None]
    apart = np.divide(own - own.mean(axis=1, keepdims=True), spread, out=np.zeros_like(own), where=spread > 0)
    far = np.abs(apart)
    furthest = far.max(axis=0)
    p = (1 + (furthest[1:] >= furthest[0]).sum()) / len(furthest)
    limit = np.quantile(furthest[1:], 1 - UNUSUAL)
    needed = np.stack([limit - apart[of, 1:], limit + apart[of, 1:]])
    needed = np.where(furthest[1:] > limit, 0.0, needed)  # found without
    distances = np.quantile(needed, FOUND, axis=2).max(axis=0) * spread[of, 0]
    return np.concatenate([[p], distances]), int(far[:, 0].argmax())


def _drawn_anew(draws: Array, random: np.random.Generator) -> Array:
    """Columns of the data, which stay, and of the trials of draws that are taken anew."""
    count = int(draws.max(initial=0)) + 1
    if count == 1:
        return np.concatenate([[0], 1 + random.integers(0, len(draws), len(draws))])
    times = np.bincount(random.integers(0, count, count), minlength=count)
    return np.concatenate([[0], 1 + np.repeat(np.arange(len(draws)), times[draws])])
