"""How much one key changes the outcomes, and how other keys change that.

Type contrast=KEY too, and by=KEY for interactions.
"""

import pandas as pd

from alliance_sim.analysis import asked_contrasts, printing
from alliance_sim.analysis.contrasts import EFFECT, INTERACTION, NOISE
from alliance_sim.analysis.levels import levels
from alliance_sim.analysis.opened import Opened, Tables
from alliance_sim.analysis.running import HEADLINE, HEADLINES
from alliance_sim.errors import AnswerError, ScenarioError
from alliance_sim.figures import interaction
from alliance_sim.figures.drawing import Drawing
from alliance_sim.questions import Part, _wording
from alliance_sim.study.config import Study

MOST_SAID = 4  # effects in a sentence


def _headlines(frame: pd.DataFrame) -> pd.DataFrame:
    """The measures that findings begin with, shares in percentage points."""
    own = frame[frame["measure"].isin(HEADLINES)]
    shares = own["measure"].isin(printing.SHARES)
    numbers = ["estimate", "mcse", "lower", "upper"]
    own = own.assign(**{name: own[name].where(~shares, 100 * own[name]) for name in numbers})
    unit = own["unit"].where(~shares, "percentage points")
    return own.assign(unit=unit, contrast=own.apply(named, axis=1))


def _headline(_: Opened, frame: pd.DataFrame) -> pd.DataFrame:
    own = _headlines(frame)
    return own[own["measure"] == HEADLINE].head(12)


def named(row: pd.Series) -> str:
    """What a row compares, in words."""
    what = f"{row['level']} − {row['reference']}"
    if row["kind"] == INTERACTION:
        return f"{what}: at {row['by']} less at {row['by_reference']}"
    return f"{what} at {row['by']}" if row["by"] else what


PARTS = {
    "": Part(
        "Effect of a key, and how it differs by others: paired differences, and differences of differences",
        ("key", "contrast", "measure"),
        _headlines,
        _headline,
    )
}


def lacks(study: Study) -> str:
    """A key, and a design that holds its effect.

    Raises:
        ScenarioError: The design does not hold it.
    """
    if not study.contrast:
        return "a key whose effect is wanted; type contrast=KEY, such as contrast=clinicians.empathy.mean"
    try:
        asked_contrasts.planned(study, study.contrast, study.taken_by)
    except AnswerError as error:
        raise ScenarioError(str(error)) from error
    return ""


def answer(opened: Opened) -> Tables:
    """Read it from what the study found."""
    return {"": opened.answers.effects}


def sentence(opened: Opened, tables: Tables) -> str:
    """The effect of the level farthest from the first at each level of the other keys, and how it differs there."""
    own = tables[""].fillna({"by": "", "by_reference": "", "note": ""})
    own = own[own["measure"] == HEADLINE]
    if own.empty:
        return (
            "The points are measured on different scales, so no effect in points is compared; the table has the rest."
        )
    own = own[own["level"] == own["level"].iloc[-1]]
    first = own.iloc[0]
    effects, differing = (own[own["kind"] == kind].to_dict("records") for kind in (EFFECT, INTERACTION))
    each = [f"{_wording.effect(row)}{' at ' * bool(row['by'])}{row['by']}" for row in effects[:MOST_SAID]]
    more = f" ({len(effects) - MOST_SAID} more in the table)" if len(effects) > MOST_SAID else ""
    said = [f"{first['key']}, {first['level']} − {first['reference']}: primary score {'; '.join(each)}{more}."]
    if differing:
        last = differing[-1]
        said.append(f"Its effect at {last['by']} less that at {last['by_reference']}: {_wording.effect(last)}.")
    limits = dict.fromkeys(row["note"].removeprefix(NOISE).removeprefix("; ") for row in effects)
    return " ".join([*said, *(f"It {_verb(limit)}{limit}." for limit in limits if limit)])


def _verb(limit: str) -> str:
    """What a limit needs to be read as a sentence."""
    return "" if limit.startswith("changes") else "is taken " if limit.startswith("over") else "is read from "


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Effects by the levels of the other keys; with one other key of few levels the means as lines above them."""
    frame, study = tables[""], opened.study
    if not (frame["measure"] == HEADLINE).any():
        return {}
    by = study.taken_by
    caption = f"Effect of {study.contrast} on the primary score's mean change{', by ' * bool(by)}{', '.join(by)}"
    means = _means(opened) if len(by) == 1 else None
    if means is None:
        return {"interaction": Drawing(caption, lambda ax: interaction.effects_by_level(frame, opened.base, ax=ax))}
    both = (study.contrast, by[0])
    return {"interaction": Drawing(caption, lambda _: interaction.interaction(frame, means, both, opened.base))}


def _means(opened: Opened) -> pd.DataFrame | None:
    """Each point's mean change beside the two keys; None where one of them varies continuously."""
    study = opened.study
    laid = asked_contrasts.laid(study, study.contrast)
    frame, both = laid.frame, [study.contrast, study.by.strip()]
    if any(levels(key, frame[key]).continuous for key in both):
        return None
    name = "arm" if study.design.of_arms else "point"
    table = opened.answers.by_arm
    return frame[list(dict.fromkeys([name, *both]))].merge(table[table["measure"] == HEADLINE], on=name)
