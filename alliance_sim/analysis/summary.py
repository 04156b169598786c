"""All answers of one study: what each point's outcomes are, how points differ, what a split would show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import uncertainty
from alliance_sim.analysis.estimates import (
    Pair,
    by_arm,
    contrasts,
    effect_sizes,
    key,
    main_effects,
    margin,
    split_estimates,
)
from alliance_sim.analysis.levels import Levels, levels, text, varied
from alliance_sim.analysis.running import IN_POINTS, STANDARDISED, Kind, Label, Running
from alliance_sim.study.designs import ROLES
from alliance_sim.study.units import units
from alliance_sim.world.scenario import Scenario

ROWS_AT_ONCE = 200_000
ORDERED_ARMS = 3  # with three arms the outermost two are compared too
HOURS_PER_RESPONSE = "hours_per_further_response"
# Units of effect sizes.
SIZES = {"cohens_d": "SD", STANDARDISED: "SD of change", "number_needed_to_treat": "patients", HOURS_PER_RESPONSE: "h"}
OF_PAIRS = ("paired", "same_patients")  # columns of differences where some are not
SPLIT_COLUMNS = ["wai_early", "change", "wellbeing_change"]  # what the median split reads of patients


class Answers(NamedTuple):
    """Tidy frames, every number with its Monte Carlo error."""

    by_arm: pd.DataFrame
    contrasts: pd.DataFrame
    effect_sizes: pd.DataFrame
    median_split: pd.DataFrame
    main_effects: pd.DataFrame = pd.DataFrame()  # of designs of points
    effects: pd.DataFrame = pd.DataFrame()  # of the keys that `contrast=` and `by=` name


def pairs(arms: Sequence[int | str], base: int | str) -> list[Pair]:
    """Which arms are compared: of three the last with the first, then every other arm with the base."""
    outer: list[Pair] = (
        [(arms[-1], arms[0])] if len(arms) == ORDERED_ARMS and base == arms[1] and isinstance(base, str) else []
    )
    return outer + [(arm, base) for arm in arms if arm != base]


def keys(design: pd.DataFrame) -> list[str]:
    """The keys that a design's points set."""
    return [name for name in design.columns if name not in (*ROLES, "id")]


def asked(design: pd.DataFrame) -> pd.DataFrame:
    """The design as it was asked for: one row an arm or point, without draws of the posterior and what they set."""
    if "draw" not in design:
        return design
    own = keys(design)
    varied = design.groupby("of")[own].nunique().max()
    drawn = [name for name in own if varied[name] > 1]
    kept = design.drop_duplicates("of").drop(columns=["point", "draw", *drawn])
    return kept.rename(columns={"of": "arm" if isinstance(kept["of"].iloc[0], str) else "point"})


def compared(design: pd.DataFrame, base: str) -> list[Pair]:
    """Which of a design's arms or points are compared."""
    if "arm" in design:
        return pairs(design["arm"].tolist(), base)
    bases = design.loc[design["base"].astype(bool), "point"].tolist() if "base" in design else []
    return pairs(design["point"].tolist(), bases[0]) if bases else []


def begin(design: pd.DataFrame, base: str, kinds: Mapping[Label, Kind] | None = None) -> Running:
    """Begin the answers of a study, to which its trials are added as they come.

    Args:
        design: One row a point, or an arm.
        base: The arm that others are compared with; other designs say themselves which point that is, if any.
        kinds: The kind of each arm or point that was asked for; all alike unless given.
    """
    held = compared(asked(design), base)
    if "draw" in design:
        own = uncertainty.pairs(design, held)
        points, groups = design["point"].tolist(), uncertainty.groups(design)
        each = {point: kinds[of] for point, of in zip(points, design["of"].tolist(), strict=True)} if kinds else None
        return Running(points, own, groups=groups, alike=_alike(design, own), kinds=each)
    if "arm" in design:
        return Running(design["arm"].tolist(), held, alike=_alike(design, held), kinds=kinds)
    trajectories = {"varied", "row"} <= set(design)  # of elementary effects: each point differs from the one before
    members = {} if trajectories else {key: _members(design, own) for key, own in levels_of(design).items()}
    return Running(design["point"].tolist(), held, members, alike=_alike(design, held), kinds=kinds)


def levels_of(design: pd.DataFrame) -> dict[str, Levels]:
    """The levels of each key that a design of points varies."""
    own = varied(design, keys(design))
    beside = len(own) > 1 and "varied" not in design  # else one key at a time changes, from the base's value
    return {key: levels(key, design[key], beside) for key in own}


def _members(design: pd.DataFrame, own: Levels) -> np.ndarray:
    """Which points have which level of a key, shape (levels, points); one at a time only where no other key varies."""
    made: np.ndarray = own.codes == np.arange(len(own.values))[:, None]
    if "varied" in design:
        made &= design["varied"].isin(["", own.key]).to_numpy()
    return made


def _alike(design: pd.DataFrame, compared: Sequence[Pair]) -> list[bool]:
    """For each pair whether its worlds are one and the same, by their content address."""
    if "id" not in design:
        return [False] * len(compared)
    ids = dict(zip(design["arm" if "arm" in design else "point"].tolist(), design["id"].tolist(), strict=True))
    return [ids[one] == ids[two] for one, two in compared]


def answers(found: Running, design: pd.DataFrame, base: str, split: pd.DataFrame | None = None) -> Answers:
    """Answer a study's questions from what was taken in so far.

    Args:
        found: Moments of its trials.
        design: One row a point, or an arm.
        base: The arm that others are compared with.
        split: Halves of the base arm's patients from `split_halves`, where patients are kept.
    """
    if "draw" in design:
        over = uncertainty.Averaged(found, compared(asked(design), base))
        return Answers(over.by_arm(), over.contrasts(), over.effect_sizes(), pd.DataFrame())
    return Answers(
        by_arm(found),
        contrasts(found),
        effect_sizes(found),
        pd.DataFrame() if split is None else split_estimates(split),
        _with_levels(main_effects(found), design),
    )


def _with_levels(effects: pd.DataFrame, design: pd.DataFrame) -> pd.DataFrame:
    """Main effects whose levels are said as they are read, instead of by their place."""
    found = levels_of(design) if len(effects) else {}
    for name in ("level", "versus"):
        said = [text(found[key].values[place]) for key, place in effects[["key", name]].itertuples(index=False)]
        effects = effects.assign(**{name: said})
    return effects.rename(columns={"versus": "reference"})


def written(found: Answers, base: str) -> Iterator[pd.DataFrame]:
    """The rows of `tidy`, some at a time: of a million points all at once would fill the memory."""
    if max(len(found.by_arm), len(found.contrasts)) <= ROWS_AT_ONCE:
        yield tidy(found, base)
        return
    some = Answers(*(frame.head(1) for frame in found))
    nothing, columns = Answers(*(frame.head(0) for frame in found)), tidy(some, base).columns
    for name in ("by_arm", "contrasts"):
        frame = getattr(found, name)
        for first in range(0, len(frame), ROWS_AT_ONCE):
            part = nothing._replace(**{name: frame.iloc[first : first + ROWS_AT_ONCE]})
            yield tidy(part, base).reindex(columns=columns)
    yield tidy(found._replace(by_arm=nothing.by_arm, contrasts=nothing.contrasts), base).reindex(columns=columns)


def tidy(found: Answers, base: str) -> pd.DataFrame:
    """One row a number: table, arm or point, versus, half, measure, estimate, mcse, interval, variance reduction.

    Effects of keys have the key, its level and the reference, and by what other levels they are taken.
    """
    name = key(found.by_arm)
    outcomes = found.by_arm.assign(table="outcome")
    differences = found.contrasts.rename(columns={"difference": "estimate"}).assign(table="contrast")
    sizes = [
        found.effect_sizes[[name, "versus", size, f"{size}_mcse", "replicates"]]
        .set_axis([name, "versus", "estimate", "mcse", "replicates"], axis="columns")
        .assign(table="contrast", measure=measure, **_pairing(found.effect_sizes))
        for measure, size in (("cohens_d", "d"), ("number_needed_to_treat", "nnt"), (HOURS_PER_RESPONSE, "hours"))
    ]
    split = found.median_split.assign(table="median_split", arm=base)
    effects = found.main_effects.rename(columns={"difference": "estimate"})
    effects = effects.assign(table="main_effect", measure="change")
    asked_for = found.effects.rename(columns={"kind": "table"})
    every = (outcomes, differences, *sizes, split, effects, asked_for)
    frames = [frame for frame in every if len(frame)] or [outcomes]
    whole = pd.concat(frames, ignore_index=True)
    of_keys = ["key", "level", "reference", *(["by", "by_reference"] if len(found.effects) else [])]
    order = ["table", name, "versus", *(of_keys if "key" in whole else []), "half", "measure", "estimate", "mcse"]
    order += ["lower", "upper", "variance_reduction", "replicates"]
    order += [column for column in (*uncertainty.UNKNOWN, *OF_PAIRS) if column in whole]
    whole = whole.reindex(columns=order)
    # What is over a difference has no interval around it: where the difference may be zero, it may be infinite.
    plain = whole["lower"].isna() & ~whole["measure"].isin(["number_needed_to_treat", HOURS_PER_RESPONSE])
    wide = margin(*(whole.loc[plain, name].to_numpy(dtype=float) for name in ("mcse", "replicates")))
    whole.loc[plain, "lower"] = whole.loc[plain, "estimate"] - wide
    whole.loc[plain, "upper"] = whole.loc[plain, "estimate"] + wide
    if name == "point":
        whole = whole.astype({"point": "Int64", "versus": "Int64"})
    return whole[np.isfinite(whole["estimate"].astype(float))].reset_index(drop=True)


def in_units(
    frame: pd.DataFrame, worlds: Mapping[str, Scenario], base: str, scale_names: Mapping[Label, str] | None = None
) -> pd.DataFrame:
    """Add the unit of each row of `tidy` behind its numbers.

    Args:
        frame: The rows.
        worlds: Each arm's world; of a design of points at least the base arm's.
        base: The arm that a design of points varies.
        scale_names: The name of each point's primary scale, where they vary.
    """
    known = {arm: units(world) | SIZES for arm, world in worlds.items()}
    own = frame["measure"].map(known[base])
    for arm, found in known.items() if "arm" in frame else ():
        own = own.where(frame["arm"] != arm, frame["measure"].map(found))
    if scale_names and "point" in frame:
        own = own.where(~frame["measure"].isin(IN_POINTS), frame["point"].map(scale_names) + " points")
    made = frame.copy()
    made.insert(list(made).index("upper") + 1, "unit", own)
    return made


def _pairing(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Whether rows are paired and of the same patients, where some are not."""
    return {name: frame[name] for name in OF_PAIRS if name in frame}
