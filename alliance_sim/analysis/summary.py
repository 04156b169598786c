"""All answers of one study: what each point's outcomes are, how points differ, what a split would show."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import Pair, by_arm, contrasts, effect_sizes, key, main_effects, median_split

ORDERED_ARMS = 3  # with three arms the outermost two are compared too
SPLIT_COLUMNS = ["arm", "replicate", "wai_early", "change", "wellbeing_change"]


class Answers(NamedTuple):
    """Tidy frames, every number with its Monte Carlo error."""

    by_arm: pd.DataFrame
    contrasts: pd.DataFrame
    effect_sizes: pd.DataFrame
    median_split: pd.DataFrame
    main_effects: pd.DataFrame = pd.DataFrame()  # of designs of points


def pairs(arms: Sequence[int | str], base: int | str) -> list[Pair]:
    """Which arms are compared: of three the last with the first, then every other arm with the base."""
    outer: list[Pair] = (
        [(arms[-1], arms[0])] if len(arms) == ORDERED_ARMS and base == arms[1] and isinstance(base, str) else []
    )
    return outer + [(arm, base) for arm in arms if arm != base]


def answers(trials: pd.DataFrame, patients: pd.DataFrame, arms: list[str], base: str) -> Answers:
    """Answer a study's questions.

    Args:
        trials: One row an arm and replicate.
        patients: One row a patient, of the base arm at least, with `SPLIT_COLUMNS`.
        arms: Names in the study's order.
        base: The arm that others are compared with.
    """
    held = set(trials.loc[trials["status"] == "done", "arm"].astype(str))
    compared = [pair for pair in pairs(arms, base) if held.issuperset(pair)]
    return Answers(
        by_arm(trials),
        contrasts(trials, compared),
        effect_sizes(trials, compared),
        median_split(patients, base),
    )


def point_answers(trials: pd.DataFrame, design: pd.DataFrame, keys: Sequence[str]) -> Answers:
    """Answer the questions of a design of points: every point's outcomes, contrasts with the base where it is one.

    Args:
        trials: One row a point and replicate.
        design: One row a point.
        keys: Which of its columns are the keys that vary.
    """
    held = set(trials.loc[trials["status"] == "done", "point"])
    bases = design.loc[design["base"], "point"].tolist() if "base" in design else []
    compared = pairs([point for point in design["point"].tolist() if point in held], bases[0]) if bases else []
    compared = [pair for pair in compared if held.issuperset(pair)]
    return Answers(
        by_arm(trials),
        contrasts(trials, compared),
        effect_sizes(trials, compared),
        pd.DataFrame(),
        main_effects(trials, design, keys, "change") if held and "varied" not in design else pd.DataFrame(),
    )


def tidy(found: Answers, base: str) -> pd.DataFrame:
    """One row a number: table, arm or point, versus, half, measure, estimate, mcse, interval, variance reduction."""
    name = key(found.by_arm)
    outcomes = found.by_arm.assign(table="outcome")
    differences = found.contrasts.rename(columns={"difference": "estimate"}).assign(table="contrast")
    sizes = [
        found.effect_sizes[[name, "versus", size, f"{size}_mcse"]]
        .set_axis([name, "versus", "estimate", "mcse"], axis="columns")
        .assign(table="contrast", measure=measure)
        for measure, size in (("cohens_d", "d"), ("number_needed_to_treat", "nnt"))
    ]
    halves = found.median_split.assign(table="median_split", arm=base)
    effects = found.main_effects.rename(columns={"difference": "estimate"})
    effects = effects.assign(table="main_effect", measure="change")
    frames = [frame for frame in (outcomes, differences, *sizes, halves, effects) if len(frame)]
    whole = pd.concat(frames, ignore_index=True)
    order = ["table", name, "versus", *(["key"] if len(effects) else []), "half", "measure", "estimate", "mcse"]
    order += ["lower", "upper", "variance_reduction", "replicates"]
    whole = whole.reindex(columns=order)
    if name == "point":
        whole = whole.astype({"point": "Int64", "versus": "Int64"})
    return whole[np.isfinite(whole["estimate"].astype(float))].reset_index(drop=True)
