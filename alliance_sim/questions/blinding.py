"""How much of an effect is belief about the arm."""

import math

import pandas as pd

from alliance_sim.analysis import blinding
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.running import HEADLINE
from alliance_sim.figures import blinding as draw, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _needs, _wording
from alliance_sim.study.config import Study


def _headline(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows about the primary score."""
    return frame[frame["measure"] == HEADLINE]


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """The first pairs side by side."""
    return _wording.by_pair(_headline(frame))


AS_RUN, ADDED = blinding.Kind.as_run.value, f"{blinding.Kind.as_run.value}{blinding.LESS}perfect"
PARTS = {
    "": Part(
        "Effects on the primary score as run, perfectly blind and open; less perfect: what belief adds",
        ("arm", "versus", "blinding"),
        _headline,
        _brief,
        "pair",
    ),
    "share": Part("Share of the effect that belief makes", ("arm", "versus", "blinding"), _headline),
    "guesses": Part(
        "What patients believe to have got, as run", ("arm", "quantity"), possible={"Bang": (-1.0, 1.0), "": SHARE}
    ),
    "james": Part(
        "James's index: 0 all guess rightly, 0.5 chance", ("arm", "versus", "quantity"), possible={"": SHARE}
    ),
}


def lacks(study: Study) -> str:
    """Two arms on one scale, and somebody who believes something."""
    lack = _needs.arms(study, 2)
    if lack:
        return lack
    worlds = study.scenarios()
    if not blinding.compared(worlds, study.base_arm):
        return "two arms on one scale of symptoms; compare arms of one condition"
    if not any(blinding.believes(world) for world in worlds.values()):
        return "patients who believe something about their arm; choose a protocol that has a dosing session"
    return ""


def answer(opened: Opened) -> Tables:
    """Simulate every arm as run, under perfect blinding and open."""
    scenarios, study = opened.scenarios, opened.study
    worlds = blinding.blinding_worlds(scenarios, study.replicates, study.seed)
    pairs = blinding.compared(scenarios, study.base_arm)
    made = {
        "": blinding.effects(worlds, pairs, opened.base),
        "share": blinding.shares(worlds, pairs),
        "guesses": blinding.guesses(worlds, scenarios),
        "james": blinding.james_indices(worlds, pairs),
    }
    return {part: frame for part, frame in made.items() if len(frame)}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    compared = blinding.compared(opened.scenarios, opened.study.base_arm)
    return (
        f"for {_wording.pairs([(pair.arm, pair.versus) for pair in compared])}: effects on the primary change and on "
        "response in trials simulated as run, under perfect blinding (nothing tells a patient the arm) and open "
        "(everybody is told), with the same patients and draws. What belief adds is the effect less that under "
        "perfect blinding; its share of the effect has the error of the delete-one jackknife over replicates and is "
        "not given where the effect's interval holds 0. Guesses are a forced choice, summed up by Bang's and James's "
        "indices"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """What belief adds to the effect of the first pair, in points and as a share of it."""
    found = _headline(tables[""])
    first = found.iloc[0]
    pair = {"arm": str(first["arm"]), "versus": str(first["versus"])}
    whole, added = (_wording.only(found, **pair, blinding=name) for name in (AS_RUN, ADDED))
    share = _wording.only(_headline(tables["share"]), **pair, blinding=AS_RUN) if "share" in tables else None
    if whole is None or added is None:
        return "What belief adds is not known."
    said = f"Belief about the arm adds {_wording.effect(added)} to the effect of {pair['arm']} against {pair['versus']}"
    said += f" on the {_wording.SCORE}, {_wording.number(whole)} as run"
    if share is None or not math.isfinite(share["estimate"]):
        return f"{said}; that effect may be 0, so no share of it is given."
    return f"{said}: {_wording.number(share, share=True)} of it."


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Effects as run, under perfect blinding and open."""
    effects = tables[""]
    pairs = len(effects[["arm", "versus"]].drop_duplicates())
    return {
        "blinding": Drawing(
            "Effects as the trial is run, under perfect blinding and open; beside each pair, what belief adds as run",
            lambda ax: draw.effects_by_blinding(effects, opened.base, ax=ax),
            parts=(shown.Part("first", min(draw.MOST, pairs), pairs, "pairs of arms"),),
        )
    }
