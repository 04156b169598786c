"""In what arms and points differ, and what the numbers say: sentences made from the registry's meanings and units."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import STANDARDISED
from alliance_sim.analysis.summary import keys
from alliance_sim.model.registry import Parameter, parameters, plain
from alliance_sim.study.identity import described
from alliance_sim.world.scenario import Rule

ADVICE = "Simulated people only: no clinical advice."
REPORTED = ("change", STANDARDISED, "response", "dropout", "adverse")  # measures that findings are about
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
MOST_FINDINGS = 4  # pairs of arms
TOP = 3  # keys of a design


class Difference(NamedTuple):
    """One key in which worlds differ."""

    key: str
    meaning: str
    unit: str
    values: list[str]  # of the base and of an arm; or the range of a design


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


def of_points(opened: Opened) -> list[Difference]:
    """The keys that a design's points set, from which value to which."""
    known = {row.key: row for row in parameters(opened.base)}
    design = opened.design
    made = []
    for key in keys(design):
        values = design[key]
        numbers = values.dtype.kind in "if"
        ends = [values.min(), values.max()] if numbers else sorted(set(values.astype(str)))
        made.append(_difference(key, known.get(key), ends))
    return made


def findings(opened: Opened) -> list[str]:
    """What was found, a sentence each; nothing is said that the Monte Carlo error does not allow."""
    named = printing.labels(opened.base)
    if opened.study.design.of_arms:
        return _of_contrasts(opened, named)
    return _of_design(opened, named)


def _of_contrasts(opened: Opened, named: dict[str, str]) -> list[str]:
    table = opened.answers.contrasts
    reported: list[str] = []
    if table.empty:
        return reported
    pairs = list(dict.fromkeys(zip(table["arm"], table["versus"], strict=True)))
    for arm, versus in pairs[:MOST_FINDINGS]:
        own = table[(table["arm"] == arm) & (table["versus"] == versus)].set_index("measure")
        said = [_compared(opened, measure, own.loc[measure], named) for measure in REPORTED if measure in own.index]
        kind = "" if own.get("paired", pd.Series([True])).all() else ", unpaired"
        reported.append(f"{arm} against {versus}{kind}: {'; '.join(part for part in said if part)}.")
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
        return f"{name} differs by {number}, whose error is not known"
    if row["lower"] <= 0 <= row["upper"]:
        return f"{name} differs by {number}, which Monte Carlo error alone can make"
    way = "lower" if value < 0 else "higher"
    said = f"{name} is {way} by {printing.estimate(measure, abs(value), error, 'percentage points')}"
    if measure != "change":
        return said
    world = opened.scenarios.get(str(row.get("arm")), opened.base)
    scale = world.instrument(world.primary)
    size = "less than" if abs(value) < scale.important else "at least"
    better = "symptoms fell more" if value < 0 else "symptoms fell less"
    return f"{said} ({better}; {size} the {scale.important:g} points taken as the smallest difference that matters)"


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
    moved = opened.answers.main_effects.head(TOP)
    if len(moved):
        said = [
            f"{row.key} ({printing.estimate('change', float(row.difference), float(row.mcse))})"  # type: ignore[arg-type]
            for row in moved.itertuples()
        ]
        reported.append(
            f"Upper less lower half of a key's values moves it most for {', '.join(said)}: a hint, no index, since "
            "what works in both directions cancels."
        )
    return reported


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
