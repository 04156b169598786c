"""Through what the effect runs."""

from alliance_sim.analysis.mediation import EACH, mediation_worlds, natural_effects, shapley
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import effect_parts
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _needs, _wording
from alliance_sim.study.config import Study
from alliance_sim.study.runner import groups

MOST = 3  # mediators that the sentence names
PARTS = {
    "": Part("Parts of the effect; direct and the mediators' parts sum to the total", ("effect",)),
    "natural": Part("Natural effects through each mediator alone", ("mediator", "effect")),
}


def lacks(study: Study) -> str:
    """Two arms with one timetable and the same patients."""
    lack = _needs.arms(study, 2) or _needs.sessions(study)
    if lack:
        return lack
    one, two = _needs.pair(study)
    alike = len(groups({"one": one, "two": two})) == 1
    return "" if alike else "two arms with one timetable and the same patients; let arms differ in clinicians"


def answer(opened: Opened) -> Tables:
    """Simulate the first pair of arms with each set of mediators as in the other arm."""
    treated, base = _needs.pair(opened.study)
    worlds = mediation_worlds(base, treated, opened.study.replicates, opened.study.seed)
    return {"": shapley(worlds, base), "natural": natural_effects(worlds, base)}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    arm, versus = opened.pair
    return (
        f"the total effect of {arm} − {versus} on the primary change, split into a direct part and one part for each "
        f"of {len(EACH)} mediators ({_wording.listed(map(_wording.plain, EACH))}). Trials of arm {arm} were simulated "
        "again with every set of mediators fixed, patient by patient and session by session, at what they were in arm "
        f"{versus}. A mediator's part is what freeing it adds, averaged over all orders of freeing the mediators "
        "(Shapley value), so that the parts sum to the total; the direct part is what is left with all of them fixed. "
        "Natural direct and indirect effects change one mediator alone while all others follow. Effects are "
        "differences within replicates, averaged; shares of the total have the error of the delete-one jackknife over "
        "replicates"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """How much of the effect is direct, and through which mediators most of it runs."""
    found = tables[""]
    total, direct = (_wording.only(found, effect=name) for name in ("total", "direct"))
    if total is None or direct is None:
        return "The effect is not known."
    arm, versus = map(str, opened.pair)
    said = f"The effect of {arm} against {versus} on the {_wording.SCORE} is {_wording.number(total)}"
    if not _wording.clear(total):
        return f"{said}: not beyond Monte Carlo error, so its parts say nothing about what it runs through."
    parts = _wording.strongest(found[~found["effect"].isin(["total", "direct"])]).head(MOST).to_dict("records")
    listed = ", ".join(f"{_wording.plain(row['effect'])} {_share(row)}" for row in parts)
    return f"{said}: {_share(direct)} of it runs directly, and most of the rest through {listed}."


def _share(row: _wording.Row) -> str:
    return _wording.number({"estimate": row["share"], "mcse": row["share_mcse"]}, share=True)


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """The parts of the effect."""
    arm, versus = map(str, opened.pair)
    return {
        "mediation": Drawing(
            f"Parts of the effect of arm {arm} against arm {versus}: direct, and through each mediator",
            lambda ax: effect_parts(tables[""], opened.scenarios[versus], ax=ax),
        )
    }
