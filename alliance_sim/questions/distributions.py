"""How far apart the arms' patients lie."""

import pandas as pd

from alliance_sim.analysis.distributions import comparisons, quantiles
from alliance_sim.analysis.estimates import Pair
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.summary import pairs
from alliance_sim.figures import quantile_differences
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _needs, _wording

POSSIBLE = {"probability": SHARE, "difference in re": (-1.0, 1.0)}  # in response and in remission
SHOWN_LEVELS = (0.1, 0.5, 0.9)


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """The first pairs side by side."""
    return _wording.by_pair(frame)


PARTS = {
    "": Part("Comparisons of arms", ("arm", "versus", "measure"), brief=_brief, across="pair", possible=POSSIBLE),
    "quantiles": Part(
        "Quantiles of change, and their differences",
        ("arm", "versus", "level"),
        lambda frame: frame[frame["level"].isin(SHOWN_LEVELS)],
    ),
}

lacks = _needs.two_arms


def answer(opened: Opened) -> Tables:
    """Compare every pair of arms that are measured on one scale."""
    people = _needs.in_every_arm(opened.people(["change", "response", "remission", "patient"]))
    compared = _compared(opened)
    return {"": comparisons(people, compared, opened.base), "quantiles": quantiles(people, opened.base, compared)}


def _compared(opened: Opened) -> list[Pair]:
    """The pairs of arms that are measured on one scale."""
    worlds = opened.scenarios
    apart = pairs(list(worlds), opened.study.base_arm)
    return [(arm, versus) for arm, versus in apart if worlds[str(arm)].primary is worlds[str(versus)].primary]


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        f"in every trial, for {_wording.pairs(_compared(opened))}: the difference in mean change; Cohen's d, which is "
        "that difference over the root of the mean of both arms' variances over patients; the probability of "
        "superiority, which is the share of pairs of different patients, one of each arm, in which the first arm's "
        "symptoms fell more, ties counted half; and the differences in the shares with response and remission. Each "
        "is averaged over replicates; a number needed to treat is one over the mean difference in shares, its error "
        "by the delta method. Quantiles of change are interpolated in the distribution over all patients, their "
        "errors from the spread over replicates of the share of patients below, over the density there (Woodruff)"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """How often a patient of the first pair's arm does better, and by how much."""
    arm, versus = map(str, opened.pair)
    names = ("probability of superiority", "difference in change", "Cohen's d")
    found = [_wording.only(tables[""], arm=arm, versus=versus, measure=name) for name in names]
    better, apart, size = found
    if better is None or apart is None or size is None:
        return f"{arm} and {versus} are not measured on one scale, so how far apart they lie is not known."
    return (
        f"A patient of {arm} does better than another of {versus} in {_wording.number(better, share=True)} of "
        f"comparisons (50 %: no difference); the mean change differs by {_wording.effect(apart)}, Cohen's d "
        f"{_wording.number(size, unit='')}."
    )


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Differences in quantiles of the first pair of arms."""
    arm, versus = map(str, opened.pair)
    return {
        "quantiles": Drawing(
            f"Difference of arm {arm} and arm {versus} in the quantiles of change",
            lambda ax: quantile_differences(tables["quantiles"], opened.base, arm, versus, ax=ax),
            data=lambda: _wording.rows(tables["quantiles"], arm=arm, versus=versus),
        )
    }
