"""One yardstick for every version: the same predicted rows, scored the same way.

`yardstick.csv` holds the rows, frozen by id: all that were predicted and never fitted, less those of baselines, which
are inputs. Beside each stand the ends of its 95 % prediction interval, and whether it held, as `alliance-sim validate`
wrote them on 2026-11-29 with the posterior of key 177e0513a9a9, the last before patient populations became inputs.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.calibration.evidence.targets import PREDICTED, Target, to_scale
from alliance_sim.calibration.summaries import on_scale

FILE = Path(__file__).with_name("yardstick.csv")
FROZEN_KEY = "177e0513a9a9"  # of the calibration whose intervals stand in the file
WIDTH = 100
MISSED = 0.05  # share of values that a 95 % interval may miss: alpha of the interval score


class Yardstick(NamedTuple):
    """How well so many rows were predicted."""

    rows: int
    inside: int  # of their 95 % prediction interval
    score: float  # mean interval score, in published errors; the lower the better
    scored: int  # rows with an error
    width: float  # of the median interval, in published errors


def interval_score(value: float, lower: float, upper: float) -> float:
    """Interval score of a 95 % interval [Gneiting & Raftery 2007].

    It is the interval's width and 40 times how far the value lies outside, in the unit of both.
    """
    return upper - lower + 2 / MISSED * (max(lower - value, 0.0) + max(value - upper, 0.0))


def frozen() -> pd.DataFrame:
    """The frozen rows: columns key, lower, upper, within."""
    return pd.read_csv(FILE)


def measured(table: pd.DataFrame, known: Sequence[Target]) -> Yardstick:
    """Score intervals of the frozen rows that are still predicted.

    Args:
        table: Columns key, lower, upper (on the row's own scale; NaN where a row is judged by sign) and within.
        known: Targets, with their published values and errors.
    """
    of_key = {target.key: target for target in known if target.role == PREDICTED}
    own = table[table["key"].isin(frozen()["key"]) & table["key"].isin(of_key)]
    scores, widths = [], []
    for key, *ends in zip(own["key"], own["lower"], own["upper"], strict=True):
        target = of_key[key]
        if not (np.isfinite(target.error) and np.isfinite(ends).all()):
            continue
        lower, upper = on_scale(np.array(ends), target.scale) / target.error
        scores.append(interval_score(to_scale(target.value, target.scale) / target.error, lower, upper))
        widths.append(upper - lower)
    score, width = (float(np.mean(scores)), float(np.median(widths))) if scores else (np.nan, np.nan)
    return Yardstick(len(own), int(own["within"].sum()), score, len(scores), width)


def lines(table: pd.DataFrame, known: Sequence[Target]) -> list[str]:
    """The yardstick of a table of predictions, and the frozen one of the same rows."""
    now, before = measured(table, known), measured(frozen(), known)
    said = [
        f"Frozen yardstick, {now.rows} predicted rows that are no baselines: {_said(now)}",
        f"The same rows before populations became inputs (calibration {FROZEN_KEY}): {_said(before)}. Score and width "
        "are in published errors, the lower the better",
    ]
    return [line for text in said for line in textwrap.wrap(f"{text}.", WIDTH, subsequent_indent="  ")]


def _said(found: Yardstick) -> str:
    return (
        f"coverage {found.inside}/{found.rows}, mean interval score {found.score:.2f} "
        f"({found.scored} rows with an error), median width {found.width:.2f}"
    )
