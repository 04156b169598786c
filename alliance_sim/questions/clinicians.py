"""How much lies between clinicians."""

import pandas as pd

from alliance_sim import figures as draw
from alliance_sim.analysis.clinicians import FEWEST, FEWEST_PATIENTS, alliance_slopes, clinician_variance
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.figures import data, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _needs, _wording
from alliance_sim.study.config import Study

PARTS = {
    "": Part("Share of the outcome's variance between lead clinicians", ("arm", "quantity"), possible={"": SHARE}),
    "slopes": Part("Outcome per point of alliance, within and between clinicians", ("slope", "view")),
}


def lacks(study: Study) -> str:
    """Clinicians with several patients each, all kept."""
    lack = _needs.arms(study) or _needs.patients(study) or _needs.sessions(study)
    if lack:
        return lack
    for world in study.scenarios().values():
        fewest = max(FEWEST_PATIENTS, world.clinicians.number + 1)
        if world.clinicians.number < FEWEST or world.patients.number < fewest:
            return (
                f"{FEWEST} or more clinicians with several patients in every arm; "
                f"type clinicians.number={FEWEST} or more, and patients.number={fewest} or more"
            )
    return ""


def answer(opened: Opened) -> Tables:
    """Split the variance of the outcome in each arm, and the slope on the alliance in the base arm."""
    people = opened.people(["patient", "lead", "change", "baseline", "wai_early"])
    shares = [clinician_variance(people, arm).assign(arm=arm) for arm in opened.scenarios]
    slopes = alliance_slopes(people, opened.study.base_arm, opened.base)
    return {"": pd.concat(shares, ignore_index=True), "slopes": slopes}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        f"for arm {_wording.listed(opened.scenarios)}: the share of the primary change's variance that lies between "
        "lead clinicians, the baseline score taken out, by analysis of variance over all replicates, which may be "
        "below 0; beside it the mean share that a mixed model by restricted maximum likelihood finds in one trial. "
        f"For arm {opened.study.base_arm} the slopes of change on the patient's early alliance rating, within "
        "clinicians and between their means, by both ways. Errors are those of the delete-one jackknife over "
        "replicates, and of means over trials"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """How much of the outcome's variance lies between lead clinicians, and what a point of alliance goes with."""
    base = opened.study.base_arm
    share = _wording.only(tables[""], arm=base, quantity="clinicians' share")
    if share is None:
        return f"How much lies between the clinicians of arm {base} is not known."
    said = f"In arm {base}, {_wording.number(share, share=True)} of the outcome's variance lies between lead clinicians"
    said += "" if _wording.clear(share) else ", not beyond Monte Carlo error"
    within, between = (_wording.only(tables["slopes"], slope=name, view="model") for name in ("within", "between"))
    if within is None or between is None:
        return f"{said}."
    inside, across = _wording.number(within), _wording.number(between, unit="")
    return f"{said}; the {_wording.SCORE} moves by {inside} within clinicians and by {across} between."


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Slopes on the alliance, and one trial's clinicians where patients were kept."""
    people = opened.drawn[0]
    made = {
        "alliance_slopes": Drawing(
            "Symptom change per point of alliance, within and between clinicians",
            lambda ax: draw.alliance_slopes(tables["slopes"], opened.base, ax=ax),
            data=lambda: tables["slopes"],
        )
    }
    if len(people):
        made["clinicians_apart"] = Drawing(
            "Each clinician's mean change in one simulated trial, with the patients behind it",
            lambda ax: draw.clinicians_apart(people, opened.base, opened.study.base_arm, ax=ax),
            parts=(shown.replicates(opened, "patients", [opened.study.base_arm], one=True),),
            data=lambda: data.clinicians(people, opened.study.base_arm),
            summed="means of clinicians",
        )
    return made
