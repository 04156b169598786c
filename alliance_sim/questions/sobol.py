"""What the outcome depends on.

Type design=sobol too.
"""

from alliance_sim import figures as draw
from alliance_sim.analysis import sensitivity
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind

FEWEST = 2  # base points: one has no variance
PARTS = {
    "": Part("Sobol indices of the primary score's mean change", ("key", "index")),
    "parts": Part("Where the variance of one trial's mean change comes from", ("part",)),
}


def lacks(study: Study) -> str:
    """Points of a Sobol design, more than one row of them."""
    if study.design.kind is not Kind.sobol:
        return "points laid out for it; type design=sobol"
    return "" if study.design.points >= FEWEST else f"{FEWEST} base points; type design.points={FEWEST} or more"


def answer(opened: Opened) -> Tables:
    """Sobol indices, how they settle, and how much of the variance is noise."""
    trials, design = opened.trials, opened.held.design
    found = {"": sensitivity.sobol(trials, design), "convergence": sensitivity.convergence(trials, design)}
    if opened.study.replicates > 1:
        found["parts"] = sensitivity.variance_parts(trials, design, opened.base)
    return found


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """The indices, and how they settle."""
    return {
        "sobol": Drawing(
            "First-order and total Sobol indices of the primary score's mean change",
            lambda ax: draw.sobol_indices(tables[""], "mean change", ax=ax),
        ),
        "convergence": Drawing(
            "How the total indices settle as the design grows",
            lambda ax: draw.sobol_convergence(tables["convergence"], "mean change", ax=ax),
        ),
    }
