"""How much a key changes the outcomes, and how others change that.

Type contrast=KEY too, and by=KEY.
"""

import pandas as pd

from alliance_sim.analysis import asked_contrasts, printing
from alliance_sim.analysis.contrasts import EFFECT, INTERACTION, LINES, NOISE, TOGETHER
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
        for key in study.contrast:
            asked_contrasts.planned(study, key, study.by)
    except AnswerError as error:
        raise ScenarioError(str(error)) from error
    return ""


def answer(opened: Opened) -> Tables:
    """Read it from what the study found."""
    return {"": opened.answers.effects}


def method(opened: Opened) -> str:
    """What was computed, for whom and by which estimator."""
    study = opened.study
    at = f", at each level of {_wording.listed(study.by)}" if study.by else ""
    differ = " An interaction is the effect at one of these levels less that at the first." if study.by else ""
    return (
        f"the effect of {_wording.listed(study.contrast)} on every measure{at}: in each replicate the mean at a level "
        "less that at the first level, over all combinations of the other keys that hold both levels, averaged over "
        "replicates. A key that varies continuously has the effect of a least-squares straight line from its lowest "
        f"to its highest value.{differ} No correction is made for the number of effects"
    )


def sentence(opened: Opened, tables: Tables) -> str:
    """Of each key the effect of its last level, at each level of the other keys, and how it differs there."""
    own = tables[""].fillna({"by": "", "by_reference": "", "note": ""})
    own = own[own["measure"] == HEADLINE]
    if own.empty:
        return (
            "The points are measured on different scales, so no effect in points is compared; the table has the rest."
        )
    return " ".join(_said(part) for _, part in own.groupby("key", sort=False))


def _said(own: pd.DataFrame) -> str:
    """What the last level of one key does."""
    own = own[own["level"] == own["level"].iloc[-1]]
    first = own.iloc[0]
    effects, differing = (own[own["kind"] == kind].to_dict("records") for kind in (EFFECT, INTERACTION))
    each = [f"{_wording.effect(row)}{' at ' * bool(row['by'])}{row['by']}" for row in effects[:MOST_SAID]]
    more = f" ({len(effects) - MOST_SAID} more in the table)" if len(effects) > MOST_SAID else ""
    said = [f"{first['key']}, {first['level']} − {first['reference']}: {_wording.SCORE} {'; '.join(each)}{more}."]
    if differing:
        last = differing[-1]
        said.append(f"Its effect at {last['by']} less that at {last['by_reference']}: {_wording.effect(last)}.")
    limits = dict.fromkeys(row["note"].removeprefix(NOISE).removeprefix("; ") for row in effects)
    return " ".join([*said, *(f"It {_verb(limit)}{limit}." for limit in limits if limit)])


def _verb(limit: str) -> str:
    """What a limit needs to be read as a sentence."""
    return "" if limit.startswith(TOGETHER) else "is taken " if limit.startswith("over") else "is read from "


def figures(opened: Opened, tables: Tables) -> dict[str, Drawing]:
    """Of each key its effects by the levels of the others; with one other of few levels the means as lines above."""
    frame = tables[""]
    drawn = [key for key in opened.study.contrast if ((frame["key"] == key) & (frame["measure"] == HEADLINE)).any()]
    return {
        f"interaction{f'_{place}' * (place > 1)}": _drawing(opened, frame[frame["key"] == key], key)
        for place, key in enumerate(drawn, start=1)
    }


def _drawing(opened: Opened, frame: pd.DataFrame, key: str) -> Drawing:
    by = opened.study.by
    caption = f"Effect of {key} on the primary score's mean change{', by ' * bool(by)}{', '.join(by)}"
    means = _means(opened, (key, by[0])) if len(by) == 1 and not frame["note"].str.contains(LINES).any() else None
    if means is None:
        return Drawing(caption, lambda ax: interaction.effects_by_level(frame, opened.base, ax=ax))
    return Drawing(caption, lambda _: interaction.interaction(frame, means, (key, by[0]), opened.base))


def _means(opened: Opened, both: tuple[str, str]) -> pd.DataFrame | None:
    """Each point's mean change beside the two keys; None where one of them varies continuously."""
    frame = asked_contrasts.laid(opened.study, both[0]).frame
    if any(levels(key, frame[key]).continuous for key in both):
        return None
    name = "arm" if opened.study.design.of_arms else "point"
    table = opened.answers.by_arm
    return frame[list(dict.fromkeys([name, *both]))].merge(table[table["measure"] == HEADLINE], on=name)
