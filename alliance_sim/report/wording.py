"""In what arms and points differ, and what the numbers say: sentences made from the registry's meanings and units."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim import questions
from alliance_sim.analysis import printing
from alliance_sim.analysis.levels import bound, correlated, together
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import HEADLINE, STANDARDISED
from alliance_sim.analysis.summary import keys
from alliance_sim.model.registry import Parameter, parameters, plain
from alliance_sim.report import people
from alliance_sim.report.command import filed
from alliance_sim.study.config import Study
from alliance_sim.study.designs import reported
from alliance_sim.study.identity import described
from alliance_sim.world.places import names
from alliance_sim.world.scenario import Rule

ADVICE = "Simulated people only: no clinical advice."
REPORTED = ("change", STANDARDISED, "response", "dropout", "adverse")  # measures that findings are about
ANSWERS = ("change", STANDARDISED, "response")  # those that the answer in a sentence is about
NOUNS = {
    STANDARDISED: "the standardised change",
    "response": "the share of patients with a response",
    "dropout": "the share who drop out",
    "adverse": "the share with an adverse event",
}
ASSIGNED = {
    Rule.random: "by lot",
    Rule.balanced: "in turn",
    Rule.attachment: "so that the most insecurely attached get the most skilled",
}
MOST_CHANGES = 12  # keys of an arm
MOST_LEVELS = 6  # of a key that are all said
MOST_FINDINGS = 4  # pairs of arms
TOP = 3  # keys of a design


class Difference(NamedTuple):
    """One key in which worlds differ."""

    key: str
    meaning: str
    unit: str
    values: list[str]  # of the base and of an arm; or one text, the levels or the range of a design


def of_arms(opened: Opened) -> dict[str, list[Difference]]:
    """For each arm but the base in what its world differs from the base's."""
    known = {row.key: row for row in parameters(opened.base)}
    usual = described(opened.base)
    made = {}
    for arm, world in opened.scenarios.items():
        if arm == opened.study.base_arm:
            continue
        own = described(world)
        changed = [key for key in dict.fromkeys([*usual, *own]) if usual.get(key) != own.get(key)]
        made[arm] = [_difference(key, known.get(key), [usual.get(key), own.get(key)]) for key in changed]
    return made


def varied(opened: Opened) -> int:
    """How many parameters of the model a design of points varies."""
    if opened.study.design.of_arms:
        return 0
    return sum(key.startswith("parameters.") for key in keys(opened.design) if opened.design[key].nunique() > 1)


def of_points(opened: Opened) -> list[Difference]:
    """The keys that a design's points set, each with its levels or its range."""
    known, design = {row.key: row for row in parameters(opened.base)}, opened.design
    return [_difference(key, known.get(key), [_levels(design[key])]) for key in keys(design)]


def _levels(values: pd.Series) -> str:
    """The levels of a key; of many numbers from which to which they lie."""
    numbers = values.dtype.kind in "if"
    own = [_value(value) for value in (sorted(set(values)) if numbers else dict.fromkeys(values.astype(str)))]
    if len(own) <= MOST_LEVELS:
        return "; ".join(own)
    return f"{own[0]} to {own[-1]}, {len(own)} values" if numbers else f"{len(own)} choices"


def findings(opened: Opened) -> list[str]:
    """What was found, a sentence each; nothing is said that the Monte Carlo error does not allow."""
    named = printing.labels(opened.base)
    if opened.study.design.of_arms:
        return _of_contrasts(opened, named)
    return _of_design(opened, named)


def question(study: Study) -> str:
    """What a study was made to ask; empty where nothing is written, or what is written is about other arms or points.

    An experiment's question is about its own arms, design or planned trial: a study that changes these asks another
    one. That of a planned trial is made from the plan.
    """
    asked, own, made = " ".join(study.question.split()), _as_published(study), questions.asked(study)
    if not asked or own is None:
        return asked or made
    changed = _changed(study, own) or questions.asked(own) != made
    return made if changed and own.question == study.question else asked


def _as_published(study: Study) -> Study | None:
    """The experiment as its file has it; None where a study is of no experiment that comes with the program."""
    return filed(study.experiment) if study.experiment in names("experiment") else None


def _changed(study: Study, own: Study) -> bool:
    """True if a study has other arms or another design than its experiment."""
    return own.design.kind is not study.design.kind or list(own.arms) != list(study.arms)


def leading(study: Study) -> str:
    """Which of its further questions a study is itself about; empty where it is how its arms or points differ.

    These are the questions that its experiment's file asks, those that are about a design of points, and a first one
    that has a design of its own.
    """
    if designed := questions.designed(study):
        return designed
    own = _as_published(study)
    asked = own.ask if own and not _changed(study, own) else []
    if not study.design.of_arms:
        asked = [*asked, *questions.OF_DESIGNS]
    return next((name for name in study.ask if name in asked), "")


def title(opened: Opened) -> str:
    """The question of a study as the title of what is said about it; one is made where none is written."""
    study = opened.study
    asked = question(study)
    if asked:
        return asked
    if first := leading(study):
        return questions.about(first).title
    if not study.design.of_arms:
        return f"What {_listed(keys(opened.design), TOP, 'keys')} change"
    if len(study.arms) == 1:
        return f"What comes of arm {next(iter(study.arms))}"
    return f"How {_listed(list(study.arms), TOP, 'arms')} differ"


def _listed(said: Sequence[str], most: int, of: str) -> str:
    """Names in a sentence; of many only how many there are."""
    if len(said) > most:
        return f"{len(said)} {of}"
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))


def answered_below(study: Study) -> str:
    """Where on the console the answer of a study stands that is about a further question; empty if it is not."""
    first = leading(study)
    return f"below the tables, under “{questions.about(first).title}”." if first else ""


def answer(opened: Opened) -> str:
    """What a study found, in a sentence: of the question that it is about, else how its first arms or points differ."""
    first = leading(opened.study)
    if first in opened.about_answers and (answered := questions.sentence(first, opened)):
        return answered
    named = printing.labels(opened.base)
    if not opened.study.design.of_arms:
        return _ends(opened, named)
    table = opened.answers.contrasts
    if table.empty:
        return _of_one_arm(opened, named)
    if opened.headline == STANDARDISED:
        return _standardised(opened, named)
    arm, versus, most = _first_pair(table)
    own = table[(table["arm"] == arm) & (table["versus"] == versus)].set_index("measure")
    said = [_compared(opened, measure, own.loc[measure], named) for measure in ANSWERS if measure in own.index]
    listed = "; ".join(filter(None, said))
    return f"{most}{arm} against {versus}{people.kind(own)}: {listed}." if listed else ""


def _standardised(opened: Opened, named: dict[str, str]) -> str:
    """How the first arms differ that are measured on several scales."""
    table = opened.answers.contrasts
    rows = table[table["measure"] == STANDARDISED].head(MOST_FINDINGS).to_dict("records")
    said = [
        f"{row['arm']} against {row['versus']}{'' if row['paired'] else ' (other patients, unpaired)'}: "
        f"{_compared(opened, STANDARDISED, row, named)}"
        for row in rows
    ]
    return f"{'; '.join(said)}."


def _first_pair(table: pd.DataFrame) -> tuple[str, str, str]:
    """The pair of arms that an answer is about, and why: the first, or of many the one that differs most."""
    pairs = table[["arm", "versus"]].drop_duplicates()
    change = table[table["measure"] == HEADLINE].dropna(subset=["difference"])
    if len(pairs) <= MOST_FINDINGS or change.empty:
        return str(pairs["arm"].iloc[0]), str(pairs["versus"].iloc[0]), ""
    row = change.sort_values("difference", key=abs, kind="stable").iloc[-1]
    return str(row["arm"]), str(row["versus"]), f"The largest of {len(change)} differences, "


def _ends(opened: Opened, named: dict[str, str]) -> str:
    """At which points of a design the primary score falls most and least."""
    table = opened.answers.by_arm
    own = table[table["measure"] == HEADLINE].dropna(subset=["estimate"])
    if own.empty:
        return ""
    design, said = opened.design.set_index("point"), []
    for place in (own["estimate"].idxmin(), own["estimate"].idxmax()):
        row: Any = own.loc[[place]].to_dict("records")[0]
        values = design.loc[row["point"], keys(opened.design)].to_dict()
        said.append(f"{printing.estimate(HEADLINE, row['estimate'], row['mcse'])} at {reported(values)}")
    if len(own) == 1:
        return f"{named[HEADLINE]}: {said[0]}."
    return f"{named[HEADLINE]}: of {len(own)} points, symptoms fall most, {said[0]}, and least, {said[1]}."


def _of_one_arm(opened: Opened, named: dict[str, str]) -> str:
    """The outcomes of the base arm, which there is nothing to compare with."""
    base, table = opened.study.base_arm, opened.answers.by_arm
    own = table[(table["arm"].astype(str) == base) & table["measure"].isin(ANSWERS)].dropna(subset=["estimate"])
    said = [
        f"{printing.short(named[row['measure']])} {printing.estimate(row['measure'], row['estimate'], row['mcse'])}"
        f"{_way(row['measure'])}"
        for row in own.to_dict("records")
    ]
    return f"{base}: {'; '.join(said)}." if said else ""


def _of_contrasts(opened: Opened, named: dict[str, str]) -> list[str]:
    table = opened.answers.contrasts
    reported: list[str] = []
    if table.empty:
        return reported
    pairs = list(dict.fromkeys(zip(table["arm"], table["versus"], strict=True)))
    for arm, versus in pairs[:MOST_FINDINGS]:
        own = table[(table["arm"] == arm) & (table["versus"] == versus)].set_index("measure")
        said = [_compared(opened, measure, own.loc[measure], named) for measure in REPORTED if measure in own.index]
        reported.append(f"{arm} against {versus}{people.kind(own)}: {'; '.join(part for part in said if part)}.")
    if len(pairs) > MOST_FINDINGS:
        reported.append(f"{len(pairs) - MOST_FINDINGS} more comparisons stand in the table below.")
    return reported


def _compared(opened: Opened, measure: str, row: Any, named: dict[str, str]) -> str:
    value, error = float(row["difference"]), float(row["mcse"])
    if not math.isfinite(value):
        return ""
    name = NOUNS.get(measure) or printing.short(named[measure])
    number = printing.estimate(measure, value, error, "percentage points")
    if value == 0 and error == 0:
        return f"{name} is equal in every trial"
    if not math.isfinite(error):
        said = f"{name} differs by {number.replace(printing.UNKNOWN, '')}, whose error is not known"
        return f"{said}{_way(measure)}"
    if row["lower"] <= 0 <= row["upper"]:
        return f"{name} differs by {number}, which Monte Carlo error alone can make{_way(measure)}"
    way = "lower" if value < 0 else "higher"
    said = f"{name} is {way} by {printing.estimate(measure, abs(value), error, 'percentage points')}"
    if measure != "change":
        sign = printing.BETTER.get(measure, 0) * value
        return f"{said} ({'better' if sign > 0 else 'worse'})" if sign else said
    world = opened.scenarios.get(str(row.get("arm")), opened.base)
    scale = world.instrument(world.primary)
    better = "symptoms fell more" if value < 0 else "symptoms fell less"
    return f"{said} ({better}; {printing.matters(value, scale.important)})"


def _way(measure: str) -> str:
    """Which values of a measure are better, in brackets; empty where none are."""
    said = printing.direction(measure)
    return f" ({said})" if said else ""


def _of_design(opened: Opened, named: dict[str, str]) -> list[str]:
    table = opened.answers.by_arm
    measure = opened.headline
    own = table[(table["measure"] == measure) & np.isfinite(table["estimate"])]
    if own.empty:
        return []
    reported = []
    for word, place in (("most", own["estimate"].idxmin()), ("least", own["estimate"].idxmax())):
        row = own.loc[place]
        number = printing.estimate(measure, row["estimate"], row["mcse"])
        reported.append(
            f"Symptoms fell {word} at point {row['point']}: {NOUNS.get(measure) or named[measure]}, {number}."
        )
    effects = opened.answers.main_effects
    surely = effects[(effects["lower"] > 0) | (effects["upper"] < 0)] if len(effects) else effects
    if len(surely):
        said = [
            f"{row['key']} ({row['level']} − {row['reference']}: "
            f"{printing.estimate('change', row['difference'], row['mcse'])})"
            for row in surely.head(TOP).to_dict("records")
        ]
        reported.append(
            f"It moves most with {', '.join(said)}: the two levels of a key that lie farthest apart, not adjusted for "
            f"other keys; {printing.direction(measure)}; a hint, no index."
        )
    if len(effects):
        noise = (effects["mcse"] > 0) & (effects["lower"] <= 0) & (effects["upper"] >= 0)
        for which, said_of in (
            (noise, "Monte Carlo error alone can make what {} seem to do."),
            (effects["mcse"].isna(), "The error of what {} seem to do is not known; run more replicates."),
        ):
            if which.any():
                reported.append(said_of.format(", ".join(effects.loc[which, "key"].head(TOP))))
    return [*reported, *confounding(opened)]


def confounding(opened: Opened) -> list[str]:
    """Which keys of a design of points cannot be told apart, or hardly."""
    design, own = opened.design, keys(opened.design)
    return [
        *(
            f"{', '.join(group[:-1])} and {group[-1]} always change together in this design: their effects cannot be "
            "told apart."
            for group in together(design, own)
        ),
        *(
            f"{one} and {two} always change together in this design: their effects cannot be told apart."
            if bound(size)
            else f"{one} and {two} mostly change together in this design: {100 * (1 - size**2):.2g} % of the variance "
            "of each is left beside the other, so their effects are hard to tell apart."
            for one, two, size in correlated(design, own)
        ),
    ]


def _difference(key: str, row: Parameter | None, values: list[Any]) -> Difference:
    words = [_value(value) for value in values]
    if row is None:
        return Difference(key, key.replace(".", " ").replace("_", " "), "", words)
    return Difference(key, row.meaning.rstrip("."), "" if row.unit == "1" else row.unit, words)


def _value(value: Any) -> str:
    """A value as it is read."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.number):
        return f"{float(value):g}".replace("-", "−")
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    return str(plain(value))


def failed(failures: pd.DataFrame, most: int = 3) -> str:
    """Say which trials failed and why: the first few in full."""
    key = "arm" if "arm" in failures else "point"
    word = "" if key == "arm" else "point "
    rows = failures.head(most).to_dict("records")
    first = [f"  {word}{row[key]}, replicate {row['replicate']}: {row['error']}" for row in rows]
    more = [f"  and {len(failures) - most} more, in trials/"] if len(failures) > most else []
    count = f"{len(failures)} trial{'s' * (len(failures) > 1)} failed and left out:"
    return "\n".join([count, *first, *more])
