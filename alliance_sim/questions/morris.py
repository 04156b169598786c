"""Which keys matter at all.

Type design=file too, and design.file= a table of screening.trajectories.
"""

import pandas as pd

from alliance_sim.analysis import screening
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.sensitivity import RESAMPLES
from alliance_sim.figures import elementary_effects
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _wording
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind

SIZE = "mu_star"
MOST = 3  # keys that the sentence names


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """Keys by the mean size of their effects, the largest first."""
    return _wording.ranked(frame, "key", frame["statistic"].astype(str) == SIZE)


PARTS = {
    "": Part(
        "Elementary effects on the primary score's mean change", ("key", "statistic"), brief=_brief, across="statistic"
    )
}


def lacks(study: Study) -> str:
    """Points that are trajectories."""
    if study.design.kind is not Kind.file:
        return "trajectories; make them with screening.trajectories and type design=file"
    roles = study.points()[0].roles
    return "" if {"row", "varied"} <= set(roles) else "trajectories; make the file with screening.trajectories"


def answer(opened: Opened) -> Tables:
    """Elementary effects of every key."""
    return {"": screening.morris(opened.trials, opened.held.design, opened.base)}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        "elementary effects of each key on the trial's mean primary change, from one step of a trajectory to the next "
        "and scaled to the key's whole range: their mean (μ), the mean of their sizes (μ*) and their standard "
        f"deviation (σ, noise taken out). Errors and intervals are those of {RESAMPLES} bootstrap samples of "
        "trajectories and replicates"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """Which keys have the largest elementary effects."""
    found = tables[""]
    sizes = found[found["statistic"].astype(str) == SIZE].sort_values("estimate", ascending=False)
    listed = ", ".join(f"{row['key']} ({_wording.number(row)})" for row in sizes.head(MOST).to_dict("records"))
    return (
        f"Of {len(sizes)} keys, each over its whole range, those that move the primary score's mean change most are "
        f"{listed}: mean size of its effects, which noise makes larger than 0 even for a key without any."
    )


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Size and spread of each key's effects."""
    return {
        "morris": Drawing(
            "Mean size of each key's elementary effects against their spread",
            lambda ax: elementary_effects(tables[""], opened.base, ax=ax),
        )
    }
