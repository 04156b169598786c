"""What each clinician behaviour does."""

import pandas as pd

from alliance_sim.analysis.behaviours import ALL, BEHAVIOURS, SATURATED, STEPS, behaviour_effects, dose_response, more
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.running import HEADLINE
from alliance_sim.figures import behaviours as draw, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import SHARE, Part, _needs, _wording
from alliance_sim.study.config import Study


def _headline(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows about the primary score, the effects of single behaviours and of all."""
    own = frame[frame["measure"] == HEADLINE]
    return own if "kind" not in own else own[(own["kind"] == "effect") | (own["behaviour"] == ALL)]


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """Effects of single behaviours, arm by arm as far as there is room, and of all together."""
    own = _headline(frame)
    own = own[(own["kind"] == "effect") | ((own["behaviour"] == ALL) & (own["kind"] == "joint"))]
    return own[own["arm"].astype(str).isin(_wording.first_arms(opened))].drop(columns="kind")


PARTS = {
    "": Part(
        "One standard deviation more of a behaviour in all clinicians: effect on the primary score, arm by arm",
        ("arm", "behaviour", "kind"),
        _headline,
        _brief,
        "arm",
    ),
    "saturation": Part(
        "Level of a behaviour that brings 90 % of the gain from level 0 to level 1",
        ("behaviour",),
        _headline,
        possible={"": SHARE},
    ),
}


def lacks(study: Study) -> str:
    """Arms with sessions, whose clinicians differ in every behaviour."""
    return _needs.more(study, more)


def answer(opened: Opened) -> Tables:
    """Simulate each arm with more of each behaviour, and the base arm at each level of it."""
    study, effects, curves, levels = opened.study, [], [], []
    for arm, world in opened.scenarios.items():
        effects.append(behaviour_effects(world, study.replicates, study.seed).assign(arm=arm))
    for name in BEHAVIOURS:
        curve, saturation = dose_response(opened.base, name, study.replicates, study.seed)
        curves.append(curve.assign(behaviour=name))
        levels.append(saturation.assign(behaviour=name))
    parts = {"": effects, "curve": curves, "saturation": levels}
    known = {part: [frame.dropna(subset=["estimate"]) for frame in frames] for part, frames in parts.items()}
    return {part: pd.concat(frames, ignore_index=True) for part, frames in known.items()}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        f"for arm {_wording.listed(opened.scenarios)}: trials simulated again with one standard deviation (of the "
        "clinician population) more of one behaviour, of two and of all in every clinician, less the same replicate "
        "of the unchanged arm, averaged over replicates. An interaction is the effect of both less the sum of the "
        f"single effects. For arm {opened.study.base_arm} also with all clinicians at one of {STEPS} levels from 0 to "
        f"1 of each behaviour: the level of saturation is the lowest that brings {SATURATED:.0%} of the gain from 0 to "
        "1, its error by the delete-one jackknife"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """Which behaviour moves the primary score most, and which least; and where else it is another."""
    own = _headline(tables[""])
    single, joint = own[own["kind"] == "effect"], own[(own["behaviour"] == ALL) & (own["kind"] == "joint")]
    together = _wording.only(joint, arm=opened.study.base_arm)
    return _wording.most_and_least(
        opened,
        single,
        "One standard deviation more of a behaviour",
        lambda row: _wording.plain(row["behaviour"]),
        f"All behaviours together: {_wording.effect(together)}." if together else "",
    )


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Effects and interactions in the base arm, effects arm by arm, and how much of the strongest is enough."""
    effects, base = tables[""], opened.study.base_arm
    own = effects[effects["arm"].astype(str) == base]
    single = own[(own["measure"] == HEADLINE) & (own["kind"] == "effect")]
    strongest = str(single.sort_values("estimate", key=abs, kind="stable")["behaviour"].iloc[-1])
    levels, place = (tables[part][tables[part]["behaviour"] == strongest] for part in ("curve", "saturation"))
    part = shown.Part("base one", 1, len(opened.scenarios), "arms")
    made = {
        "behaviours": Drawing(
            f"Effect of one standard deviation more of each behaviour, arm {base}",
            lambda ax: draw.behaviour_effects(own, opened.base, ax=ax),
            parts=(part,),
            data=lambda: _headline(own),
        ),
        "interactions": Drawing(
            "What two behaviours do together beyond the sum of what each does",
            lambda ax: draw.behaviour_interactions(own, opened.base, ax=ax),
            parts=(part,),
            data=lambda: own[(own["measure"] == HEADLINE) & (own["kind"] == "interaction")],
        ),
        "dose_response": Drawing(
            f"Gain with the level of {strongest.replace('_', ' ')} that all clinicians share",
            lambda ax: draw.dose_response(levels, place, opened.base, strongest, ax=ax),
            data=lambda: levels[(levels["measure"] == HEADLINE) & (levels["kind"] == "gain")],
        ),
    }
    alike = opened.measured_on(opened.base.primary)
    if len(alike) > 1:
        by_arm = effects[effects["arm"].astype(str).isin(alike) & (effects["behaviour"] != ALL)]
        made["behaviours_by_arm"] = Drawing(
            "Effect of one standard deviation more of each behaviour, arm by arm",
            lambda ax: draw.behaviours_by_arm(by_arm, opened.base, ax=ax),
            parts=(shown.Part("comparable", len(alike), len(opened.scenarios), "arms"),),
            data=lambda: _headline(by_arm),
        )
    return made
