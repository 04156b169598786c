"""How skill and outcome move over clinicians' cases."""

import pandas as pd

from alliance_sim.analysis.cases import by_case
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import cases as draw, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _needs, _wording
from alliance_sim.study.config import Study

MOST = 4  # arms in the figure
FEW = 8  # cases on the console
SHOWN = "Skill that patients met, their alliance at the end and the primary score, by case of their clinician"


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """The base arm, at cases evenly apart from the first to the last."""
    own = frame[frame["arm"].astype(str) == opened.study.base_arm]
    every = sorted(own["case"].unique())
    apart = -(-len(every) // FEW)
    return own[own["case"].isin([*every[::apart], every[-1]])]


PARTS = {
    "": Part(
        "Skill met and outcome by which case of their clinician patients are",
        ("arm", "measure", "case"),
        brief=_brief,
        across="measure",
    )
}


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


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        f"for arm {_wording.listed(opened.scenarios)}: the mean skill of the lead clinician in the sessions attended, "
        "the last alliance rating and the primary change of patients who are their lead clinician's first, second, … "
        "case by enrolment; in each replicate the mean over clinicians' patients of that case, averaged over "
        "replicates"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """What the base arm's clinicians' first and last patients met, and how they fared.

    Both stand in the same trials; the error of a difference is at most the sum of the two errors.
    """
    base, found = opened.study.base_arm, tables[""]
    own = found[found["arm"].astype(str) == base]
    first, last = own["case"].min(), own["case"].max()
    skill, change = (_moved(own, measure, first, last) for measure in ("skill", "change"))
    return (
        f"In arm {base}, from their clinician's case {first} to case {last}, the skill that patients meet moves by "
        f"{skill} and the change of the {_wording.SCORE} by {change} (errors are upper bounds)."
    )


def _moved(own: pd.DataFrame, measure: str, first: int, last: int) -> str:
    rows = own[own["measure"] == measure].set_index("case")
    one, two = rows.loc[first], rows.loc[last]
    error, apart = one["mcse"] + two["mcse"], two["estimate"] - one["estimate"]
    exact = first == last or (measure == "skill" and apart == 0 and one["mcse"] == two["mcse"])
    return _wording.number({"estimate": apart, "mcse": 0.0 if exact else error, "unit": one["unit"]})


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
            data=lambda: found,
        )
    }
