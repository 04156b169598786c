"""How skill and outcome move over clinicians' cases."""

import pandas as pd

from alliance_sim.analysis.cases import by_case
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import cases as draw, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _needs
from alliance_sim.study.config import Study

MOST = 4  # arms in the figure
SHOWN = "Skill that patients met, their alliance at the end and the primary score, by case of their clinician"
PARTS = {"": Part("Skill met and outcome by which case of their clinician patients are", ("arm", "measure", "case"))}


def lacks(study: Study) -> str:
    """Arms with sessions, each of a patient alone: a cohort meets its clinicians at once."""
    shared = any(world.cohorts.size > 1 for world in study.scenarios().values())
    alone = "patients who share no sessions; leave protocol.PHASE.group out" if shared else ""
    return _needs.arms(study) or _needs.sessions(study) or alone


def answer(opened: Opened) -> Tables:
    """Simulate each arm and follow its clinicians from case to case."""
    study = opened.study
    frames = [by_case(world, study.replicates, study.seed).assign(arm=arm) for arm, world in opened.scenarios.items()]
    found = pd.concat(frames, ignore_index=True).dropna(subset=["estimate"])
    return {"": found[["arm", *found.columns.drop("arm")]].reset_index(drop=True)}


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Skill and outcomes of the first arms that are measured on the base arm's scale."""
    alike, count = opened.measured_on(opened.base.primary), len(opened.scenarios)
    base = opened.study.base_arm
    drawn = [base, *(arm for arm in alike if arm != base)][:MOST]
    found = tables[""][tables[""]["arm"].astype(str).isin(drawn)]
    return {
        "cases": Drawing(
            SHOWN,
            lambda _: draw.cases_figure(found, opened.base, drawn),
            parts=(shown.Part("first", len(drawn), count, "arms"),),
        )
    }
