"""Which figures a study's results can be drawn as: one table that `run`, `plot` and the report share."""

import functools
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_sim import figures, questions
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import HEADLINE, STANDARDISED
from alliance_sim.analysis.summary import keys
from alliance_sim.figures import data, shown, theme
from alliance_sim.figures.drawing import Drawing


def drawings(opened: Opened) -> dict[str, Drawing]:
    """The figures that the results allow, by name; what a protocol cannot have or a folder lacks is left out."""
    if opened.found.each.count.max(initial=0) == 0:
        return {}
    own = _of_arms(opened) if opened.study.design.of_arms else _of_points(opened)
    return own | questions.figures(opened)


def write(opened: Opened, folder: Path) -> list[Path]:
    """Draw every figure as PNG and SVG; returns the paths written."""
    drawn = drawings(opened).items()
    return [path for name, drawing in drawn for path in theme.write(drawing.draw(), folder, name)]


def _of_arms(opened: Opened) -> dict[str, Drawing]:
    """Bond, outcomes, and the alliance against change: as far as patients and sessions were kept."""
    people, sessions = opened.drawn
    made: dict[str, Drawing] = {}
    if len(sessions) and (sessions["attended"] > 0).any():
        made["bond"] = Drawing(
            "Trust, felt empathy and rapport after each session: mean and spread of the patients, arm by arm",
            functools.partial(_bond, opened, sessions),
            parts=(shown.replicates(opened, "sessions"),),
            data=lambda: data.bond(sessions),
            summed="means and quantiles of patients",
        )
    differences = opened.answers.contrasts
    if len(differences) and (differences["measure"] == HEADLINE).any():
        made["contrasts"] = Drawing(
            f"Paired differences between arms in {opened.base.instrument(opened.base.primary).name} change",
            lambda ax: figures.arm_contrasts(differences, opened.base, ax=ax),
            data=lambda: differences[differences["measure"] == HEADLINE],
        )
    if len(differences) and (differences["measure"] == STANDARDISED).any():
        made["contrasts_standardised"] = Drawing(
            "Differences in standardised change between arms that are measured on different scales",
            lambda ax: figures.arm_contrasts(differences, opened.base, STANDARDISED, ax=ax),
            data=lambda: differences[differences["measure"] == STANDARDISED],
        )
    if people.empty:
        return made
    made |= _outcomes(opened, people)
    base = opened.study.base_arm
    if people.loc[people["arm"].astype(str) == base, "wai_early"].notna().any():
        made["alliance_outcome"] = Drawing(
            f"One simulated trial, arm {base}: each patient's early alliance against the symptom change",
            lambda ax: figures.alliance_against_change(people, opened.base, base, ax=ax),
            parts=(shown.replicates(opened, "patients", [base], one=True),),
            data=lambda: data.alliance(people, base),
            summed="patients in fifths of their alliance",
        )
    return made


def _bond(opened: Opened, sessions: pd.DataFrame, _: Axes | None) -> Figure:
    courses = {
        arm: [step for step in world.course() if step.phase != "assessment"] for arm, world in opened.scenarios.items()
    }
    shaded = next(arm for arm in (opened.study.base_arm, *courses) if courses[arm])
    differ = any(course != courses[shaded] for course in courses.values())
    return figures.bond_figure(sessions, courses[shaded], shaded if differ else "")


def _outcomes(opened: Opened, people: pd.DataFrame) -> dict[str, Drawing]:
    """Arms measured on different scales go into different figures; the base arm's has no suffix."""
    made = {}
    for scale in dict.fromkeys(opened.scenarios[arm].primary for arm in (opened.study.base_arm, *opened.scenarios)):
        arms = opened.measured_on(scale)
        own, world = people[people["arm"].astype(str).isin(arms)], opened.scenarios[arms[0]]
        part = shown.replicates(opened, "patients", arms)
        suffix = "" if opened.base.primary is scale else f"_{scale.value}"
        name = world.instrument(scale).name
        made[f"outcomes{suffix}"] = Drawing(
            f"How many patients changed by how many {name} points, arm by arm, with the arms' means",
            functools.partial(figures.outcome_distribution, own, world),
            parts=(part,),
            data=functools.partial(data.distribution, own, world),
            summed="patients in bins",
        )
        made[f"outcomes_cumulative{suffix}"] = Drawing(
            f"Share of patients whose {name} changed by at most so many points, arm by arm",
            functools.partial(figures.outcome_ecdf, own, world),
            parts=(part,),
            data=functools.partial(data.cumulative, own),
            summed="shares of patients",
        )
    return made


def _of_points(opened: Opened) -> dict[str, Drawing]:
    """The primary score along the design's keys, and which keys move it most."""
    design, found = opened.design, opened.answers
    varying = [key for key in keys(design) if design[key].nunique() > 1]
    if not varying:
        return {}
    first = [key for key in found.main_effects.get("key", pd.Series(dtype=str)) if key in varying]
    ordered = first + [key for key in varying if key not in first]
    which = "strongest" if len(first) == len(ordered) else "first"  # of some the effect is not known
    made = {
        "points": Drawing(
            f"The primary score's mean change along {', '.join(ordered[: figures.MOST_KEYS])}",
            lambda _: figures.along_keys(found.by_arm, design, ordered, opened.base, opened.headline, which=which),
            data=lambda: found.by_arm[found.by_arm["measure"] == opened.headline].merge(design, on="point"),
        )
    }
    if len(first) > 1:
        made["main_effects"] = Drawing(
            "How far the primary score's mean change moves between the two levels of each key that lie farthest apart",
            lambda ax: figures.key_effects(found.main_effects, opened.base, ax=ax),
            data=lambda: found.main_effects,
        )
    return made
