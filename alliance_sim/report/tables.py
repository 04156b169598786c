"""The page's tables: what arms and points change, what came out, and the answers to further questions."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from alliance_sim.analysis.running import MEASURES
from alliance_sim.analysis.summary import keys
from alliance_sim.figures import parts
from alliance_sim.report import wording
from alliance_sim.report.opened import Opened
from alliance_sim.report.questions import Part
from alliance_sim.study import printing
from alliance_sim.study.designs import reported

ENDS = 8  # points shown of the best and of the worst
MOST_ROWS = 60  # of one table
WIDEST = 5  # arms that stand beside one another; more stand below one another, with fewer measures
FEWER = ("change", "response", "dropout", "adverse", "wai_final")


class Table(NamedTuple):
    """One table: its caption, its heads, which columns hold numbers (1) and which words (0), and its rows."""

    caption: str
    heads: list[str]
    numeric: list[int]
    rows: list[list[str]]
    note: str = ""


def differences(opened: Opened) -> Table:
    """In what arms differ from the base arm, or which keys a design varies."""
    if not opened.study.design.of_arms:
        rows = [[one.meaning, one.unit, one.values[0], one.values[-1], one.key] for one in wording.of_points(opened)]
        return Table(
            "What the points of the design change", ["What varies", "Unit", "From", "To", "Key"], [0, 0, 1, 1, 0], rows
        )
    base, rows, hidden = opened.study.base_arm, [], 0
    for arm, changes in wording.of_arms(opened).items():
        shown = changes[: wording.MOST_CHANGES]
        hidden += len(changes) - len(shown)
        rows += [[arm, one.meaning, one.unit, one.values[0], one.values[1], one.key] for one in shown]
        if not changes:
            rows.append([arm, f"nothing: the same world as {base}", "", "", "", ""])
    note = f"And {hidden} more keys, in the configuration below." if hidden else ""
    heads = ["Arm", "What differs", "Unit", base, "In this arm", "Key"]
    return Table(f"In what the arms differ from arm {base}", heads, [0, 0, 0, 1, 1, 0], rows, note)


def outcomes(opened: Opened) -> list[Table]:
    """Outcomes, paired contrasts and the median split of arms; the ends of a design of points."""
    named = printing.labels(opened.base, MEASURES)
    if opened.study.design.of_arms:
        made = [_by_arm(opened, named), _contrasts(opened, named), _split(opened, named)]
    else:
        made = [_points(opened, named), _against_base(opened, named)]
    return [table for table in made if table.rows]


def _by_arm(opened: Opened, named: dict[str, str]) -> Table:
    table, arms = opened.answers.by_arm, list(opened.scenarios)
    cells = {
        (row["measure"], str(row["arm"])): printing.estimate(row["measure"], row["estimate"], row["mcse"])
        + printing.left_open(row)
        for row in _records(table)
        if math.isfinite(row["estimate"])
    }
    rows = _crossed(cells, named, arms)
    scales = {arm: world.instrument(world.primary).name for arm, world in opened.scenarios.items()}
    note = ""
    if len(set(scales.values())) > 1:
        listed = ", ".join(f"{arm} {name}" for arm, name in scales.items())
        note = f"Arms are measured on different scales, so no change in points is compared: {listed}."
        named_scale = opened.base.instrument(opened.base.primary).name
        rows = [[row[0].replace(named_scale, "Primary score"), *row[1:]] for row in rows]
    caption = "Outcomes by arm: mean over trials ± Monte Carlo standard error"
    if len(arms) > WIDEST:
        return _turned(caption, "Arm", cells, named, arms, note)
    return Table(caption, ["Measure", *arms], [0, *[1] * len(arms)], rows, note)


def _contrasts(opened: Opened, named: dict[str, str]) -> Table:
    answers = opened.answers
    cells: dict[tuple[str, str], str] = {}
    for row in _records(answers.contrasts):
        if math.isfinite(row["difference"]):
            text = printing.estimate(row["measure"], row["difference"], row["mcse"], "pp")
            cells[row["measure"], _pair(row)] = text + printing.left_open(row)
    for row in _records(answers.effect_sizes):
        if math.isfinite(row["d"]):
            cells["d", _pair(row)] = printing.estimate("d", row["d"], row["d_mcse"])
    pairs = list(dict.fromkeys(_pair(row) for row in _records(answers.contrasts)))
    rows = _crossed(cells, {**named, "d": "Cohen's d of the primary score's change"}, pairs)
    caption = "Paired contrasts: difference ± Monte Carlo standard error (pp: percentage points)"
    if len(pairs) > WIDEST:
        return _turned(caption, "Arms", cells, named, pairs)
    return Table(caption, ["Measure", *pairs], [0, *[1] * len(pairs)], rows)


def _turned(
    caption: str,
    head: str,
    cells: Mapping[tuple[str, str], str],
    named: Mapping[str, str],
    columns: Sequence[str],
    note: str = "",
) -> Table:
    """Many arms below one another, with the measures that most people look for."""
    measures = [name for name in FEWER if any(measure == name for measure, _ in cells)]
    rows = [[column, *(cells.get((name, column), "–") for name in measures)] for column in columns]
    heads = [head, *(named[name].split(",")[0].strip() for name in measures)]
    return Table(caption, heads, [0, *[1] * len(measures)], rows, f"{note} More measures in summary.csv.".strip())


def _split(opened: Opened, named: dict[str, str]) -> Table:
    words = {"low": "low half", "high": "high half", "difference": "high − low"}
    cells = {
        (row["measure"], words[row["half"]]): printing.estimate(row["measure"], row["estimate"], row["mcse"])
        for row in _records(opened.answers.median_split)
        if math.isfinite(row["estimate"])
    }
    caption = (
        f"What an observational study would see: arm {opened.study.base_arm} split at its median {named['wai_early']}"
    )
    rows = _crossed(cells, named, list(words.values()))
    return Table(caption, ["Measure", *words.values()], [0, 1, 1, 1], rows, printing.SPLIT_NOTE)


def _points(opened: Opened, named: dict[str, str]) -> Table:
    table, design = opened.answers.by_arm, opened.design
    means = table[table["measure"] == "change"].dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    order = means["point"].tolist()
    few = len(order) <= 2 * ENDS + 1
    shown = order if few else [*order[:ENDS], *order[-ENDS:]]
    values: dict[Any, Any] = design.set_index("point")[keys(design)].to_dict("index")
    held = {(row["measure"], row["point"]): row for row in _records(table)}
    rows = []
    for point in shown:
        cells = [held[name, point] for name in printing.POINT_MEASURES]
        rows.append([str(point), *[_cell(cell) for cell in cells], reported(values[point])])
    heads = ["Point", *[named[name].split(",")[0] for name in printing.POINT_MEASURES], "Sets"]
    caption = f"{len(order)} points, those whose score falls most first: mean over trials ± Monte Carlo standard error"
    note = "" if few else f"The {ENDS} points at either end; all of them in summary.csv."
    return Table(caption, heads, [0, *[1] * len(printing.POINT_MEASURES), 0], rows, note)


def _against_base(opened: Opened, named: dict[str, str]) -> Table:
    table, design = opened.answers.contrasts, opened.design
    caption = "Difference from the base point, paired ± Monte Carlo standard error (pp: percentage points)"
    heads = ["Point", *[named[name].split(",")[0] for name in printing.POINT_MEASURES], "Sets"]
    rows: list[list[str]] = []
    if len(table):
        of_change = table[table["measure"] == "change"].dropna(subset=["difference"])
        order = of_change.sort_values("difference", key=abs, ascending=False, kind="stable")["point"].tolist()
        values: dict[Any, Any] = design.set_index("point")[keys(design)].to_dict("index")
        base = values[table["versus"].iloc[0]]
        held = {(row["measure"], row["point"]): row for row in _records(table)}
        for point in order[: 2 * ENDS]:
            cells = [held[name, point] for name in printing.POINT_MEASURES]
            own = {key: value for key, value in values[point].items() if value != base[key]}
            rows.append([str(point), *[_cell(cell, "pp") for cell in cells], reported(own)])
    return Table(caption, heads, [0, *[1] * len(printing.POINT_MEASURES), 0], rows)


def answered(opened: Opened, name: str, shown: Mapping[str, Part]) -> list[Table]:
    """The tables of one answer."""
    made = []
    for part, about in shown.items():
        frame = opened.table(f"{name}_{part}" if part else name)
        if frame is not None:
            made.append(estimates_table(about.shown(frame), about.caption, about.named_by))
    return [table for table in made if table.rows]


def estimates_table(frame: pd.DataFrame, caption: str, named_by: Sequence[str]) -> Table:
    """A tidy table of estimates as people read it: what a row is about, estimate ± error, interval, unit."""
    named = [name for name in named_by if frame[name].nunique(dropna=False) > 1 or name == named_by[-1]]
    rows = []
    for row in _records(frame.head(MOST_ROWS)):
        words = [_word(row[name]) for name in named]
        note = str(row.get("note") or "") if not pd.isna(row.get("note")) else ""
        rows.append([*words, *_numbers(row), note or _unit(str(row["unit"]))])
    heads = [*(name.replace("_", " ").capitalize() for name in named), "Estimate ± error", "95 % interval", "Unit"]
    more = f"The first {MOST_ROWS} of {len(frame)} rows." if len(frame) > MOST_ROWS else ""
    return Table(caption, heads, [*[0] * len(named), 1, 1, 0], rows, more)


def _numbers(row: Mapping[Any, Any]) -> list[str]:
    """Estimate with its error, and its interval, with the digits that the error is worth."""
    value, error, low, high = (float(row[name]) for name in ("estimate", "mcse", "lower", "upper"))
    if not math.isfinite(value):
        return ["not known", ""]
    number = parts.numbers([value], [error])[0].split(" ")[0]
    places = len(number.partition(".")[2])
    said = printing.number(value, places) + (f" ± {error:.{places}f}" if math.isfinite(error) else "")
    if not (math.isfinite(low) and math.isfinite(high)):
        return [said, ""]
    return [said, f"{printing.number(low, places)} to {printing.number(high, places)}"]


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _word(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return MEASURES.get(text, text.replace("_", " ") if "." not in text else text)


def _cell(row: Mapping[Any, Any], share: str = "%") -> str:
    value = row["estimate"] if "estimate" in row else row["difference"]
    return printing.estimate(row["measure"], value, row["mcse"], share) if math.isfinite(value) else "–"


def _crossed(cells: Mapping[tuple[str, str], str], named: Mapping[str, str], columns: Sequence[str]) -> list[list[str]]:
    held = {measure for measure, _ in cells}
    return [
        [text.strip(), *[cells.get((measure, column), "–") for column in columns]]
        for measure, text in named.items()
        if measure in held
    ]


def _pair(row: Mapping[Any, Any]) -> str:
    return f"{row['arm']} − {row['versus']}"


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    records: list[Any] = frame.to_dict("records")
    return records
