"""How many patients a trial needs.

Type power.sizes='[24, 48]' too.
"""

import math

from alliance_sim.analysis import power
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import power_curve
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _wording
from alliance_sim.study.config import Study

PARTS = {
    "": Part("Power and type I error by size", ("size", "clinicians", "quantity")),
    "smallest": Part("Smallest size with the power wanted", ("target",)),
}


def lacks(study: Study) -> str:
    """A planned trial."""
    if not study.power.sizes:
        return "a planned trial; say how many patients an arm, such as power.sizes='[24, 48, 96]'"
    base = study.scenarios()[study.base_arm]
    for size in study.power.sizes:
        study.power.arms(base, size)
    return ""


def answer(opened: Opened) -> Tables:
    """Simulate and analyse trials of every size of the plan."""
    study, plan = opened.study, opened.study.power
    found, least = power.power_curve(plan, opened.base, study.replicates, study.seed)
    return {"": found, "smallest": least}


def sentence(opened: Opened, tables: Tables) -> str:
    """The smallest size with the power wanted, or what to simulate to find it."""
    (row,) = tables["smallest"].to_dict("records")
    if math.isfinite(row["estimate"]):
        return f"Power {row['target']:.0%} needs {_wording.number(row)}.".replace("%", " %", 1)
    return f"{str(row['note'])[:1].upper()}{str(row['note'])[1:]}."


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Power by size."""
    least = tables["smallest"].assign(note=tables["smallest"]["note"].fillna(""))
    return {
        "power": Drawing(
            "Power and type I error of the planned trial, by patients an arm",
            lambda ax: power_curve(tables[""], least, opened.study.power, ax=ax),
        )
    }
