"""Which behaviour matters when."""

import pandas as pd

from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.phases import more, phase_effects
from alliance_sim.analysis.running import HEADLINE
from alliance_sim.figures import phases as draw, shown
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _needs, _wording
from alliance_sim.study.config import Study


def _headline(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows about the primary score."""
    return frame[frame["measure"] == HEADLINE]


def _brief(opened: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    """Effects in the base arm."""
    own = _headline(frame)
    return own[own["arm"].astype(str) == opened.study.base_arm]


SHOWN = (
    "Effect of one standard deviation more of each behaviour in each phase alone, and after ruptures, on the primary "
    "score, the alliance at the end, adverse events and dropout"
)
PARTS = {
    "": Part(
        "One standard deviation more of a behaviour in one phase alone, or after ruptures: effect on the primary score",
        ("arm", "behaviour", "phase"),
        _headline,
        _brief,
        "phase",
    ),
}


def lacks(study: Study) -> str:
    """Arms with sessions, whose clinicians differ in every behaviour."""
    return _needs.more(study, more)


def answer(opened: Opened) -> Tables:
    """Simulate each arm with more of each behaviour in each of its phases."""
    study = opened.study
    frames = [
        phase_effects(world, study.replicates, study.seed).assign(arm=arm) for arm, world in opened.scenarios.items()
    ]
    found = pd.concat(frames, ignore_index=True).dropna(subset=["estimate"])
    return {"": found[["arm", *found.columns.drop("arm")]].reset_index(drop=True)}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    return (
        f"for arm {_wording.listed(opened.scenarios)}: trials simulated again with all clinicians delivering one "
        "standard deviation (of the clinician population) more of one behaviour in the sessions of one phase alone, "
        "or in sessions that follow one with a rupture, less the same replicate of the unchanged arm, averaged over "
        "replicates. Each interval is that of one effect: no correction is made for their number"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """Which behaviour moves the primary score most, and when."""
    return _wording.most_and_least(
        opened,
        _headline(tables[""]),
        "One standard deviation more of a behaviour in one phase alone, or after ruptures,",
        lambda row: f"{_wording.plain(row['behaviour'])} ({row['phase']})",
    )


def _drawn(effects: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """The effects that the figure of some arms shows."""
    return effects[effects["arm"].astype(str).isin(arms) & effects["measure"].isin(draw.BETTER)]


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Behaviour by phase in the base arm, and in the others that are measured on its scale."""
    base, effects, count = opened.study.base_arm, tables[""], len(opened.scenarios)
    alike = opened.measured_on(opened.base.primary)
    effects = effects[effects["arm"].astype(str).isin(alike)]
    others = [arm for arm in alike if arm != base]
    made = {
        "phases": Drawing(
            f"{SHOWN}, arm {base}",
            lambda _: draw.phases_figure(effects, opened.base, [base]),
            parts=(shown.Part("base one", 1, count, "arms"),),
            data=lambda: _drawn(effects, [base]),
        )
    }
    if others:
        drawn = others[: draw.MOST]
        which = "next" if len(others) > len(drawn) else "other" if len(alike) == count else "other comparable"
        made["phases_other_arms"] = Drawing(
            f"{SHOWN}, in the other arms",
            lambda _: draw.phases_figure(effects, opened.base, drawn),
            parts=(shown.Part(which, len(drawn), count, "arms"),),
            data=lambda: _drawn(effects, drawn),
        )
    return made
