"""How many patients a trial needs.

Type power.sizes='[24, 48]' too.
"""

import math
from typing import Any

import pandas as pd

from alliance_sim.analysis import power, printing
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import power_curve
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _planned
from alliance_sim.questions._planned import asked as asked, costs as costs, design as design
from alliance_sim.study.config import Study
from alliance_sim.study.plan import Allocation, Endpoint
from alliance_sim.study.planned_trials import PlannedTrials

# Of the short table.
HEADLINES = ("power", "type I error", "correlation", "bias", "coverage", "design effect", "ICC")
MOST_SIZES = 12
NAMED = ("clinicians", "caseload", "size", "quantity")


def _present(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns that name its rows; those of earlier versions lack some."""
    return frame.assign(**{name: math.nan for name in ("caseload", "which") if name not in frame})


def _brief(_: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the short table: what stands side by side of each size, of many the largest."""
    own = frame[frame["quantity"].isin(HEADLINES)]
    sizes = own.drop_duplicates([name for name in NAMED[:-1] if name in own])[-MOST_SIZES:]
    return own.merge(sizes[[name for name in NAMED[:-1] if name in own]])


POSSIBLE = dict.fromkeys(("power", "type I error", "coverage", "ICC"), SHARE)
PARTS = {
    "": Part(
        "Power, type I error and how well the analysis does, by size",
        NAMED,
        _present,
        brief=_brief,
        across="quantity",
        possible=POSSIBLE,
    ),
    "smallest": Part("Smallest size with the power wanted", ("which", "target"), _present),
}


def lacks(study: Study) -> str:
    """A planned trial."""
    if not study.power.planned:
        return "a planned trial; say how many patients an arm, such as power.sizes='[24, 48, 96]'"
    power.layouts(study.power, study.scenarios()[study.base_arm], _planned.treated(study))
    return ""


def answer(opened: Opened) -> Tables:
    """Simulate and analyse trials of every size of the plan."""
    study, plan = opened.study, opened.study.power
    kept = PlannedTrials(opened.held.folder, opened.writes)
    found, least = power.power_curve(plan, opened.base, study.replicates, study.seed, _planned.treated(study), kept)
    return {"": found, "smallest": least}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    plan = opened.study.power
    if plan.endpoint is Endpoint.alliance:
        effect = "the slope of the primary score on the alliance, over both arms"
        truth = "Power is the share of trials with p"
    else:
        effect = f"the difference in {plan.endpoint.value} on the primary day, treated − control"
        truth = (
            "The true effect is the mean over a trial's patients of what treatment did to each, known from simulating "
            "every patient in both arms; bias is the mean of the estimate less it, and coverage the share of trials "
            "whose 95 % interval holds its mean over trials. Power is the share of trials with p"
        )
    trial = "; ".join(f"{part}: {said}" for part, said in _planned.design(opened.study))
    test = f" against the margin of {plan.margin:g}" if plan.margin else ""
    return (
        f"the estimand of the planned trial is {effect}. Its parts: {trial}. Each trial of each size is analysed so. "
        f"{truth} below {plan.alpha:g}{test} where there is the effect, and type I error where there is none (shares "
        "with Wilson's intervals). The smallest size is read where the power, as a normal deviate and straight in the "
        f"root of the size between simulated sizes, reaches {plan.target:g}"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """How many patients give the power wanted, and what the analysis promises that it does not keep."""
    plan, least = opened.study.power, tables["smallest"]
    found = tables[""]
    said = []
    for row in least.to_dict("records"):
        held = _held(plan, row)
        note = row.get("note")
        if not math.isfinite(row["estimate"]):
            said.append(f"{held}{note}" if isinstance(note, str) and note else f"{held}no size is known")
            continue
        staff = row.get("clinicians", math.nan)
        more = "" if plan.allocation is Allocation.patient else " an arm"
        needed = f" ({staff:.0f} clinicians{more})" if math.isfinite(staff) else ""
        who = "patients an arm" if plan.ratio == 1 else "patients of the control arm"
        said.append(f"{held}{_number(row)} {who}{needed} give {plan.target:.0%} power".replace("%", " %"))
    whole = "; ".join(said)
    last = found[found["size"] == found["size"].max()]
    parts = {row["quantity"]: row for row in last.to_dict("records")}
    facts = []
    if "true effect" in parts:
        row = parts["true effect"]
        facts.append(f"the effect is {_number(row, 2)} {row['unit']}{_against(opened, float(row['estimate']))}")
    if "type I error" in parts:
        facts.append(f"type I error {_number(parts['type I error'], 3)}")
    if "design effect" in parts:
        facts.append(f"design effect {_number(parts['design effect'], 2)} (ICC {_number(parts['ICC'], 3)})")
    if "bias" in parts:
        facts.append(f"bias {_number(parts['bias'], 2)}, coverage {_number(parts['coverage'], 3)}")
    if "patients analysed" in parts:
        facts.append(f"{_number(parts['patients analysed'], 1)} patients analysed")
    size, treated = last["size"].iloc[0], last.get("treated_size", last["size"]).iloc[0]
    patients = f"{size} patients an arm" if size == treated else f"{size} + {treated} patients"
    return f"{whole[:1].upper()}{whole[1:]}. With {patients}: {'; '.join(facts)}."


def _held(plan: Any, row: dict[Any, Any]) -> str:
    """What a curve holds, as the beginning of a sentence; empty in tables of before there were several."""
    if "held" not in row:
        return ""
    which = int(row["which"])
    if row["held"] == "caseload":
        return f"with {which} patients to a clinician, "
    more = "in all" if plan.allocation is Allocation.patient else "an arm"
    return f"with {which} clinicians {more}, "


def _number(row: dict[Any, Any], places: int = 0) -> str:
    """An estimate with its error behind it."""
    if not math.isfinite(row["estimate"]):
        return "not known"
    return printing.number(row["estimate"], places) + printing.beside(row, places)


def _against(opened: Opened, effect: float) -> str:
    """What an effect is judged by: the margin, else the smallest difference that matters, where the scale has one."""
    plan, scale = opened.study.power, opened.base.instrument(opened.base.primary)
    if plan.margin:
        return f" (margin {_planned.margin(opened.study)})"
    return (
        f" ({printing.matters(effect, scale.important)})"
        if plan.endpoint is Endpoint.change and scale.important
        else ""
    )


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Power by size."""
    least = tables["smallest"].assign(note=tables["smallest"]["note"].fillna(""))
    return {
        "power": Drawing(
            "Power and type I error of the planned trial, by patients an arm",
            lambda ax: power_curve(tables[""], least, opened.study.power, ax=ax),
        )
    }
