"""How much one key of a design changes an outcome, and whether another key changes that effect.

A contrast is a set of weights, one a point, that sum to zero. In a replicate it is worth the weighted sum of that
replicate's points; points of a replicate share their patients and random draws, so contrasts are paired by replicate,
and the spread over replicates is their Monte Carlo error. An interaction is a contrast too: the weights of an effect at
one level of another key, less those of the effect at that key's first level.

Where keys have levels, an effect is the mean over all combinations of the other keys that hold both levels. Where a key
varies continuously, or no two points differ in one key alone, it is that of a straight line through the points, from
the lowest to the highest value of the key, with products for the other key.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.levels import FEWEST, Levels, bound, determined, levels, numeric, text, varied
from alliance_sim.analysis.monte_carlo import Array, around, averaged
from alliance_sim.analysis.running import CHANGE, NAMES, Label, Moments, arranged
from alliance_sim.errors import AnswerError
from alliance_sim.model.registry import nearest

ARM = "arm"
EFFECT, INTERACTION = "effect", "interaction"
LINES = "straight lines"
TOGETHER = "changes together with"
UNPAIRED = "unpaired, between people of different conditions"
NOISE = "may be noise"  # of an estimate whose interval holds 0
WORDS = ("kind", "key", "level", "reference", "by", "by_reference")
MOST_CELLS = 50_000_000  # weights that may be held at once
ROUNDING = 1e-12  # of a sum, relative to its parts
FEW_LEFT = 3  # degrees of freedom below which the fit of lines says nothing
ESTIMABLE = 1e-8  # largest residual of a difference that the points can show


class Contrast(NamedTuple):
    """One contrast: what it compares, and each point's weight.

    Attributes:
        kind: `effect`, or `interaction`: the difference between two effects.
        key: Whose levels are compared.
        level: The level, and
        reference: the level that it is compared with.
        by: Where the effect is taken: levels of other keys; empty for all of them.
        by_reference: Of an interaction, where the effect is taken that is subtracted.
        weights: Shape (points,), summing to 0.
        note: What limits it.
        lines: Columns of the straight lines that it was read from, shape (points, terms); None where keys have levels.
    """

    kind: str
    key: str
    level: str
    reference: str
    by: str
    by_reference: str
    weights: Array
    note: str = ""
    lines: Array | None = None


def planned(design: pd.DataFrame, keys: Sequence[str], contrast: str, by: Sequence[str], base: Array) -> list[Contrast]:
    """The effects of a key at each level of others, and how these effects differ.

    Args:
        design: One row a point.
        keys: Its columns that are keys.
        contrast: The key whose effect is wanted.
        by: Keys at whose levels it is wanted.
        base: True for the base point, where the design has one; shape (points,).

    Raises:
        AnswerError: A key is not there or does not vary, or the design cannot tell its effect from another's.
    """
    _check(design, keys, contrast, by)
    own, others = levels(contrast, design[contrast]), [levels(key, design[key]) for key in by]
    if own.continuous or any(one.continuous for one in others):
        return _along_lines(design, keys, own, others)
    found = _of_cells(design, keys, own, others, base)
    if all(TOGETHER in one.note for one in found):  # of which it is also true where keys fill a space
        lines = _through_space(design, keys, own, others)
        found = lines or found
    if not found:
        elsewhere = [key for key in varied(design, keys) if key != contrast]
        single, several = ("arm", "arms") if ARM in design else ("point", "points")
        add = f"add an {single} that does" if ARM in design else f"add {several} that do, as design=grid does"
        raise AnswerError(
            f"contrast={contrast}: no two {several} differ in it and agree in {', '.join(elsewhere)}, so its effect "
            f"cannot be told from what {'that does' if len(elsewhere) == 1 else 'these do'}; {add}."
        )
    return found


def _through_space(
    design: pd.DataFrame, keys: Sequence[str], own: Levels, others: Sequence[Levels]
) -> list[Contrast] | None:
    """As `_along_lines`, with every key a line that has more than two numbers; None where the points cannot show it."""
    lines = [one._replace(continuous=numeric(design[one.key]) and len(one.values) > FEWEST) for one in (own, *others)]
    space = [key for key in varied(design, keys) if numeric(design[key]) and design[key].nunique() > FEWEST]
    if not space or len(others) > 1:
        return None
    try:
        found = _along_lines(design, keys, lines[0], lines[1:], space)
    except AnswerError:
        return None
    return found if found[0].lines is not None and found[0].lines.shape[1] < len(design) else None


def _check(design: pd.DataFrame, keys: Sequence[str], contrast: str, by: Sequence[str]) -> None:
    known = varied(design, keys)
    for name, key in [("contrast", contrast), *(("by", key) for key in by)]:
        if key in known:
            continue
        near = nearest(key, known) or known
        why = "has one value in this design" if key in keys else "is no key of this design"
        choose = f"choose one that varies: {', '.join(near)}." if near else "vary a key first."
        raise AnswerError(f"{name}={key} {why}; {choose}")
    if len({contrast, *by}) < 1 + len(by):
        twice = contrast if contrast in by else next(key for key in by if list(by).count(key) > 1)
        raise AnswerError(f"contrast= and by= name {twice} twice; name it once.")


# --------------------------------------------------------------------------------------- keys with levels


def _of_cells(
    design: pd.DataFrame, keys: Sequence[str], own: Levels, others: Sequence[Levels], base: Array
) -> list[Contrast]:
    """Effects and interactions from the points that agree in every other key."""
    codes = {key: pd.factorize(design[key], use_na_sentinel=False)[0] for key in varied(design, keys)}
    elsewhere = [key for key in codes if key not in (own.key, *(one.key for one in others))]
    along = [key for key in elsewhere if determined(own.codes, codes[key])]  # change whenever the key does
    rest = _combined([codes[key] for key in elsewhere if key not in along], len(design))
    at = _combined([one.codes for one in others], len(design))
    where = {int(at[place]): _said(others, place) for place in np.unique(at, return_index=True)[1]}
    first = int(own.codes[np.argmax(base)]) if base.any() else 0
    start = int(at[np.argmax(base)]) if base.any() else min(where, default=0)
    order = sorted(where, key=lambda one: (one != start, one))
    if len(own.values) * len(where) * len(design) > MOST_CELLS:
        raise AnswerError(f"contrast={own.key} has too many levels for a design this large; leave out by=, or a key.")
    found = []
    for level in range(len(own.values)):
        if level == first:
            continue
        words = (own.key, text(own.values[level]), text(own.values[first]))
        different = [key for key in along if len(set(codes[key][np.isin(own.codes, [level, first])])) > 1]
        apart = (
            "cannot be told apart" if _one(design, own.key, different) else "would take more points to be told apart"
        )
        note = f"{TOGETHER} {', '.join(different)}: their effects {apart}" if different else ""
        cells = {place: [(own.codes == one) & (at == place) for one in (level, first)] for place in order}
        for place in order:
            weights, share = _matched(cells[place], rest)
            if weights is not None:
                found.append(
                    Contrast(EFFECT, *words, where[place], "", weights, "; ".join(filter(None, [note, share])))
                )
        for place in order[1:]:
            four, share = _matched([*cells[place], *cells[order[0]]], rest)
            if four is not None:
                said = "; ".join(filter(None, [note, share]))
                found.append(Contrast(INTERACTION, *words, where[place], where[order[0]], four, said))
    return found


def _one(design: pd.DataFrame, key: str, others: Sequence[str]) -> bool:
    """True unless every other key is a number that no straight line gives from the key."""
    return any(
        not (numeric(design[key]) and numeric(design[other])) or bound(np.corrcoef(design[key], design[other])[0, 1])
        for other in others
    )


def _matched(cells: Sequence[Array], rest: Array) -> tuple[Array | None, str]:
    """Weights of a difference (two cells) or of a difference of differences (four), over what all cells hold.

    Args:
        cells: Which points, true or false: at the level, at the reference; for four cells the same at the other place.
        rest: Which combination of the other keys a point has.

    Returns:
        The weights, None where no combination is in all cells; and what was left out, in words.
    """
    held = [np.unique(rest[cell]) for cell in cells]
    common = held[0]
    for own in held[1:]:
        common = np.intersect1d(common, own)
    if not len(common):
        return None, ""
    weights = np.zeros(len(rest))
    for cell, sign in zip(cells, (1.0, -1.0, -1.0, 1.0), strict=False):
        places = np.flatnonzero(cell & np.isin(rest, common))
        _, which, count = np.unique(rest[places], return_inverse=True, return_counts=True)
        weights[places] += sign / (len(common) * count[which])
    there = len(np.unique(np.concatenate(held)))
    return weights, f"over {len(common)} of {there} combinations of the other keys" if len(common) < there else ""


def _combined(codes: Sequence[Array], count: int) -> Array:
    """Each point's combination of codes, as whole numbers in the order of the codes."""
    if not codes:
        return np.zeros(count, dtype=np.int64)
    return np.unique(np.stack(codes), axis=1, return_inverse=True)[1].astype(np.int64)


def _said(others: Sequence[Levels], place: int) -> str:
    """Where an effect is taken, in words."""
    return ", ".join(f"{one.key}={text(one.values[one.codes[place]])}" for one in others)


# -------------------------------------------------------------------------------- keys that vary continuously


def _along_lines(
    design: pd.DataFrame, keys: Sequence[str], own: Levels, others: Sequence[Levels], space: Sequence[str] = ()
) -> list[Contrast]:
    """Effects from a straight line through all points, with products of the key and the one that it is taken by.

    Args:
        design: One row a point.
        keys: Its columns that are keys.
        own: The key whose effect is wanted.
        others: The key at whose levels it is wanted.
        space: Keys that get a line, few as their values are.
    """
    if len(others) > 1:
        raise AnswerError("by= names several keys and one varies continuously; name one of them, or run design=grid.")
    beside = [key for key in varied(design, keys) if key not in (own.key, *(one.key for one in others))]
    blocks = [_terms(design[own.key], own), *(_terms(design[one.key], one) for one in others)]
    fixed = [_terms(design[one.key], one) for one in (_lined(levels(key, design[key]), space) for key in beside)]
    one, one_ends = blocks[0].columns, blocks[0].ends
    two, two_ends = (blocks[1].columns, blocks[1].ends) if others else (np.zeros((len(design), 0)), [np.zeros(0)])
    products = (one[:, :, None] * two[:, None, :]).reshape(len(design), -1)
    x = np.column_stack([np.ones(len(design)), one, two, products, *(block.columns for block in fixed)])
    inverse = np.linalg.pinv(x)

    def weights(at: Array, reference: Array, place: Array) -> Array:
        step = at - reference
        row = np.concatenate([[0.0], step, np.zeros(len(place)), np.outer(step, place).ravel()])
        row = np.concatenate([row, np.zeros(x.shape[1] - len(row))])
        made: Array = row @ inverse
        if np.abs(made @ x - row).max() > ESTIMABLE:
            raise AnswerError(
                f"contrast={own.key}: its effect cannot be told from that of other keys at these points; run more "
                "points, or name fewer keys."
            )
        return made

    where = [f"{others[0].key}={name}" for name in blocks[1].names] if others else [""]
    found = []
    for level in range(1, len(one_ends)):
        words = (own.key, blocks[0].names[level], blocks[0].names[0])
        each = [weights(one_ends[level], one_ends[0], place) for place in two_ends]
        for at, weight in zip(where, each, strict=True):
            found.append(Contrast(EFFECT, *words, at, "", weight, lines=x))
        for at, weight in zip(where[1:], each[1:], strict=True):
            found.append(Contrast(INTERACTION, *words, at, where[0], weight - each[0], lines=x))
    return found


def _lined(own: Levels, space: Sequence[str]) -> Levels:
    return own._replace(continuous=own.continuous or own.key in space)


class _Terms(NamedTuple):
    """Columns of a regression for one key, what they are at its ends or levels, and what these are called."""

    columns: Array  # (points, terms)
    ends: list[Array]
    names: list[str]


def _terms(column: pd.Series, own: Levels) -> _Terms:
    """A number from 0 to 1 over its range, or one column for each level but the first."""
    if own.continuous:
        low, high = float(column.min()), float(column.max())
        share = ((column.to_numpy(dtype=float) - low) / (high - low))[:, None]
        return _Terms(share, [np.zeros(1), np.ones(1)], [f"{low:.3g}", f"{high:.3g}"])
    flags = np.eye(len(own.values))[:, 1:]
    return _Terms(flags[own.codes], list(flags), [text(value) for value in own.values])


# ------------------------------------------------------------------------------------------------- what they are worth


def worth(parts: Iterable[pd.DataFrame], labels: Sequence[Label], weights: Array) -> Array:
    """Each contrast's value in each replicate.

    Args:
        parts: Trials, some rows at a time: arm or point, replicate and `NAMES`; each trial once.
        labels: The points, in the order of the weights.
        weights: Shape (contrasts, points).

    Returns:
        Shape (contrasts, replicates, measures); NaN where a point with a weight is missing or failed.
    """
    places, name = pd.Index(labels), "arm" if isinstance(labels[0], str) else "point"
    ups, downs, counted = np.maximum(weights, 0.0), np.maximum(-weights, 0.0), (weights != 0).astype(float)
    up, down, there = np.zeros((3, len(weights), 0, len(NAMES)))
    for part in parts:
        came = arranged(part, name, places)
        more = int(came.replicates.max()) + 1 - up.shape[1]
        if more > 0:
            room = np.zeros((len(weights), more, len(NAMES)))
            up, down, there = (np.concatenate([held, room], axis=1) for held in (up, down, there))
        given = ~np.isnan(came.values)
        values = np.where(given, came.values, 0.0)
        for held, own, of in ((up, ups, values), (down, downs, values), (there, counted, given.astype(float))):
            held[:, came.replicates] += np.tensordot(own[:, came.points], of, axes=1)
    apart = up - down
    apart[np.abs(apart) <= ROUNDING * np.maximum(np.abs(up), 1.0)] = 0.0
    whole: Array = there >= (counted.sum(axis=1) - 0.5)[:, None, None]
    return np.where(whole, apart, np.nan)


def estimated(
    contrasts: Sequence[Contrast], values: Array, each: Moments, apart: Mapping[int, Sequence[Array]]
) -> pd.DataFrame:
    """Estimates of contrasts.

    Args:
        contrasts: The contrasts.
        values: What they are worth, from `worth`.
        each: Moments of each point's measures.
        apart: Of contrasts (by place) between people of several conditions, whom nothing pairs: what the points of each
            condition add, from `worth`; the error is then that of their independent sum.

    Returns:
        Columns kind, key, level, reference, by, by_reference, measure, estimate, mcse, lower, upper, variance_reduction
        (variance with independent draws over that with common random numbers), replicates, note.
    """
    means, variances = each.means, each.variance
    frames = []
    for place, (contrast, own) in enumerate(zip(contrasts, values, strict=True)):
        found, count = averaged(own), np.isfinite(own).sum(axis=0)
        used = contrast.weights != 0
        independent = contrast.weights[used] ** 2 @ variances[used]
        paired = found.mcse**2 * count
        gain = np.divide(independent, paired, out=np.full(len(NAMES), np.nan), where=paired > 0)
        note = contrast.note if contrast.lines is None else _straight(contrast.lines, means[:, CHANGE])
        if place in apart:
            error = np.sqrt(sum(averaged(part).mcse ** 2 for part in apart[place]))
            found, gain = around(found.estimate, error, count), np.full(len(NAMES), np.nan)
            note = "; ".join(filter(None, [UNPAIRED, note]))
        words = {name: getattr(contrast, name) for name in WORDS}
        frame = pd.DataFrame({**words, "measure": NAMES, **found._asdict()})
        frames.append(frame.assign(variance_reduction=gain, replicates=count, note=note))
    return pd.concat(frames, ignore_index=True)


def _straight(lines: Array, means: Array) -> str:
    """How much of what points' mean change differs by straight lines explain."""
    there = np.isfinite(means)
    seen = means[there] - means[there].mean()
    left = means[there] - lines[there] @ np.linalg.lstsq(lines[there], means[there])[0]
    share = 1 - (left @ left) / (seen @ seen) if seen @ seen > 0 else float("nan")
    free = int(there.sum()) - lines.shape[1]
    few = (
        f"; {free} degree{'s' * (free != 1)} of freedom {'are' if free != 1 else 'is'} left, so nothing shows whether "
    )
    return (
        f"{LINES}, with {lines.shape[1]} terms at {there.sum()} points, which explain {100 * share:.0f} % of the "
        "differences in mean change between points; adjusted for all other keys"
        f"{few + 'lines fit, and the interval holds Monte Carlo error alone' if free < FEW_LEFT else ''}"
    )
