"""Figures: each a function that takes tidy frames and axes, draws and returns the axes."""

from pathlib import Path

import pandas as pd

from alliance_sim.figures import theme
from alliance_sim.figures.alliance_outcome import alliance_against_change
from alliance_sim.figures.course import bond_course, bond_figure
from alliance_sim.figures.outcomes import outcome_distribution, outcome_ecdf
from alliance_sim.figures.story import patient_story
from alliance_sim.scenario import Scenario

__all__ = [
    "alliance_against_change",
    "bond_course",
    "bond_figure",
    "outcome_distribution",
    "outcome_ecdf",
    "patient_story",
    "save_all",
]


def save_all(
    folder: Path,
    scenarios: dict[str, Scenario],
    base_arm: str,
    patients: pd.DataFrame,
    sessions: pd.DataFrame,
) -> list[Path]:
    """Write a run's figures as PNG and SVG: the bond, the outcomes, the alliance against change.

    What a protocol cannot have is left out: a waitlist has no sessions and no alliance.

    Args:
        folder: Where to write; made if missing.
        scenarios: Each arm's world.
        base_arm: The arm whose phases are shaded and whose alliance is shown.
        patients: One row an arm, replicate and patient.
        sessions: One row an arm, replicate and contact.

    Returns:
        The paths written.
    """
    paths: list[Path] = []
    courses = {arm: world.course() for arm, world in scenarios.items()}
    for arm, course in courses.items():
        courses[arm] = [step for step in course if step.phase != "assessment"]
    treated = [arm for arm in (base_arm, *scenarios) if courses[arm]]
    if treated and (sessions["attended"] > 0.5).any():
        shaded = treated[0]
        differ = any(course != courses[shaded] for course in courses.values())
        figure = bond_figure(sessions, courses[shaded], shaded if differ else "")
        paths += theme.write(figure, folder, "bond")
    paths += _outcomes(folder, scenarios, base_arm, patients)
    own = patients[patients["arm"].astype(str) == base_arm]
    if own["wai_early"].notna().any():
        ax = alliance_against_change(patients, scenarios[base_arm], base_arm)
        paths += theme.write(theme.figure_of(ax), folder, "alliance_outcome")
    return paths


def _outcomes(folder: Path, scenarios: dict[str, Scenario], base_arm: str, patients: pd.DataFrame) -> list[Path]:
    """Arms measured on different scales go into different figures; the base arm's has no suffix."""
    paths: list[Path] = []
    for scale in dict.fromkeys(scenarios[arm].primary for arm in (base_arm, *scenarios)):
        arms = [arm for arm, world in scenarios.items() if world.primary is scale]
        shown = patients[patients["arm"].astype(str).isin(arms)]
        suffix = "" if base_arm in arms else f"_{scale.value}"
        for draw, name in ((outcome_distribution, "outcomes"), (outcome_ecdf, "outcomes_cumulative")):
            ax = draw(shown, scenarios[arms[0]])
            paths += theme.write(theme.figure_of(ax), folder, name + suffix)
    return paths
