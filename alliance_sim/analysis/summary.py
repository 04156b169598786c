"""All answers of one study: what each arm's outcomes are, how arms differ, what a split would show."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import by_arm, contrasts, effect_sizes, median_split

ORDERED_ARMS = 3  # with three arms the outermost two are compared too
SPLIT_COLUMNS = ["arm", "replicate", "wai_early", "change", "wellbeing_change"]


class Answers(NamedTuple):
    """Tidy frames, every number with its Monte Carlo error."""

    by_arm: pd.DataFrame
    contrasts: pd.DataFrame
    effect_sizes: pd.DataFrame
    median_split: pd.DataFrame


def pairs(arms: list[str], base: str) -> list[tuple[str, str]]:
    """Which arms are compared: of three the last with the first, then every other arm with the base."""
    outer = [(arms[-1], arms[0])] if len(arms) == ORDERED_ARMS and base == arms[1] else []
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


def tidy(found: Answers, base: str) -> pd.DataFrame:
    """One row a number: table, arm, versus, half, measure, estimate, mcse, interval, variance reduction."""
    outcomes = found.by_arm.assign(table="outcome")
    differences = found.contrasts.rename(columns={"difference": "estimate"}).assign(table="contrast")
    sizes = [
        found.effect_sizes[["arm", "versus", name, f"{name}_mcse"]]
        .set_axis(["arm", "versus", "estimate", "mcse"], axis="columns")
        .assign(table="contrast", measure=measure)
        for measure, name in (("cohens_d", "d"), ("number_needed_to_treat", "nnt"))
    ]
    halves = found.median_split.assign(table="median_split", arm=base)
    frames = [frame for frame in (outcomes, differences, *sizes, halves) if len(frame)]
    whole = pd.concat(frames, ignore_index=True)
    order = ["table", "arm", "versus", "half", "measure", "estimate", "mcse"]
    order += ["lower", "upper", "variance_reduction", "replicates"]
    whole = whole.reindex(columns=order)
    return whole[np.isfinite(whole["estimate"].astype(float))].reset_index(drop=True)
