"""What the outcome depends on.

Type design=sobol too.
"""

import pandas as pd

from alliance_sim import figures as draw
from alliance_sim.analysis import sensitivity
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _wording
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind

MOST = 3  # keys that the sentence names
FEWEST = 2  # base points: one has no variance


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """Keys by their total index, the largest first."""
    return _wording.ranked(frame, "key", frame["index"].astype(str) == sensitivity.TOTAL)


PARTS = {
    "": Part(
        "Sobol indices of the primary score's mean change",
        ("key", "index"),
        brief=_brief,
        across="index",
        possible={"": SHARE},
    ),
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


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        "first-order (Saltelli and others 2010) and total (Jansen 1999) indices of the trial's mean primary change "
        f"for {_wording.listed(opened.study.design.keys())}, each taken as uniform over its range. Products and "
        "squares are taken between different replicates only, so that random draws add nothing to an index; with one "
        f"replicate they do. Errors and intervals are those of {sensitivity.RESAMPLES} bootstrap samples of base "
        "points and replicates"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """Which keys the outcome depends on most, and how much of one trial's outcome is chance."""
    found = tables[""]
    total = found[found["index"].astype(str) == sensitivity.TOTAL].sort_values("estimate", ascending=False)
    first, *more = total.head(MOST).to_dict("records")
    said = f"The primary score's mean change depends most on {first['key']}, total index {_wording.number(first)}"
    said += f"; then on {', '.join(f'{row["key"]} ({_wording.number(row)})' for row in more)}" if more else ""
    small = int((total["lower"] <= 0).sum())
    said += f"; {small} of {len(total)} keys have no index beyond its error." if small else "."
    parts = tables.get("parts")
    if parts is None:
        return f"{said} With one replicate, noise counts as dependence."
    share = 100 * float(parts["share"].iloc[0])
    return f"{said} Of the variance of one trial's mean change, {share:.0f} % comes from the keys (error not known)."


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
            data=lambda: tables["convergence"],
        ),
    }
