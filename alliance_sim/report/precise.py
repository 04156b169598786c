"""How precise a study is, for its page and its records: largest Monte Carlo errors, and what common draws brought."""

import math

import numpy as np

from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.precision import scale
from alliance_sim.analysis.running import HEADLINE
from alliance_sim.study.config import Estimand

PRECISE = (HEADLINE, "response", "dropout", "adverse")  # measures whose errors are shown


def largest_errors(opened: Opened, none: str) -> list[list[str]]:
    """Of each measure its name, and the largest errors of a mean and of a difference in words.

    Args:
        opened: A study and its results.
        none: What an error of 0 is called.
    """
    named = printing.labels(opened.base)
    made = []
    for measure in PRECISE:
        if measure == HEADLINE and opened.headline != HEADLINE:
            continue  # measured on several scales, whose points are not compared
        shares = measure in printing.SHARES
        unit, size = ("percentage points", 1.0) if shares else ("points", scale(measure))
        errors = (opened.largest_error(measure, of) / size for of in (Estimand.mean, Estimand.difference))
        mean, difference = (error(one, unit, none) for one in errors)
        made.append([named[measure].strip(), mean, difference if opened.found.pairs else "none compared"])
    return made


def error(value: float, unit: str, none: str) -> str:
    """A Monte Carlo error in words."""
    if not math.isfinite(value):
        return "not known"
    return f"{value:.2g} {unit}" if value else none


def gain(opened: Opened) -> str:
    """How much common random numbers cut the variance of differences; empty where nothing is compared or known."""
    table = opened.answers.contrasts
    if not opened.found.pairs or "variance_reduction" not in table:
        return ""
    own = table.loc[table["measure"] == HEADLINE, "variance_reduction"].dropna()
    return f"{own.median():.0f}" if len(own) and np.isfinite(own.median()) else ""
