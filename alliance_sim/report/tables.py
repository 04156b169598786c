"""The tables of a study, built once for the console and for the page: what arms change, what came out, and answers."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from alliance_sim import questions
from alliance_sim.analysis import cost, printing
from alliance_sim.analysis.monte_carlo import margin
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import HEADLINE, HEADLINES, MEASURES, STANDARDISED
from alliance_sim.analysis.summary import keys
from alliance_sim.report import people, wording
from alliance_sim.study import posterior
from alliance_sim.study.config import Study
from alliance_sim.study.designs import reported

MOST_ROWS = 60  # of one table
WIDEST = 5  # arms that stand beside one another on a page; more stand below one another, with fewer measures
FEWER = ("change", "response", "dropout", "adverse", "wai_final", "clinician_hours")
ENDS, FEW_ENDS = 8, 5  # points shown of the best and of the worst, and on the console
ALL_KEYS = "All keys in which the arms differ"
MOST_KEYS = 10  # whose main effects are shown
GAIN = 6  # characters of a variance reduction
MOST_GAIN = 999  # beyond, only that it is more
CLEAR = 0.5  # error over estimate from which on a number needed to treat is not known
ON_SCALES = (
    "Measured on different scales, so no points are compared, but the standardised change: a trial's mean change to "
    "its own primary assessment over that change's standard deviation over patients (standardised response mean)."
)
SPLIT_NOTE = "Partly confounding: the halves also differ in what patients brought: attachment and fit above all."
OPEN = "[In brackets: 95 % of what the evidence leaves open of the parameters, draws of the posterior.]"
FUZZ = 1e-9  # of rounding, beyond what is possible
BEYOND = (
    "Nothing beyond {low:g} to {high:g} is possible{of}: where an estimate or interval goes there, its error is larger "
    "than its distance from that end, so it cannot be told from {low:g} or {high:g}."
)
Cells = Mapping[tuple[str, str], str]  # by measure and column


class Table(NamedTuple):
    """One table: its caption, its heads, which columns hold numbers (1) and which words (0), its rows and a note.

    A row of one cell runs over all columns. Spaces at the end of a cell keep numbers below one another on the console.
    """

    caption: str
    heads: list[str]
    numeric: list[int]
    rows: list[list[str]]
    note: str = ""


def differences(opened: Opened, whole: bool = False) -> Table:
    """In what arms differ from the base arm, or which keys a design varies; of an arm the first keys unless `whole`."""
    if not opened.study.design.of_arms:
        rows = [[one.meaning, one.unit, *one.values, one.key] for one in wording.of_points(opened)]
        return Table("What the points of the design change", ["What varies", "Unit", "Levels", "Key"], [0] * 4, rows)
    base, rows, hidden = opened.study.base_arm, [], 0
    for arm, changes in wording.of_arms(opened).items():
        shown = changes if whole else changes[: wording.MOST_CHANGES]
        hidden += len(changes) - len(shown)
        rows += [[arm, one.meaning, one.unit, one.values[0], one.values[1], one.key] for one in shown]
        if not changes:
            rows.append([arm, f"nothing: the same world as {base}", "", "", "", ""])
    note = f"And {hidden} more keys: all stand in “{ALL_KEYS}”, under Provenance." if hidden else ""
    heads = ["Arm", "What differs", "Unit", base, "In this arm", "Key"]
    return Table(f"In what the arms differ from arm {base}", heads, [0, 0, 0, 1, 1, 0], rows, note)


def outcomes(opened: Opened, brief: bool = False) -> list[Table]:
    """Outcomes, paired contrasts and the median split of arms; the ends of a design of points and what moves it.

    Args:
        opened: A study and its results.
        brief: As the console shows them: fewer points, no contrasts of spread, arms always beside one another.
    """
    named, scales = printing.labels(opened.base), _scales(opened)
    if opened.headline == STANDARDISED:
        named = {"change": "Primary score change", STANDARDISED: "standardised change"} | named
        named["change"] = "Primary score change"
    if opened.study.design.of_arms:
        made = [_by_arm(opened, named, scales), _contrasts(opened, named, brief), _split(opened, named)]
        made = made if brief else [_narrow(table, named) for table in made]
    else:
        ends = FEW_ENDS if brief else ENDS
        made = [_points(opened, named, ends), _against_base(opened, named, ends), _main_effects(opened, named)]
    if questions.designed(opened.study):
        own = f"Beside the plan, the study's own trials of {opened.base.patients.number} patients. "
        made = [table._replace(caption=f"{own}{table.caption}") for table in made]
    return [with_signs(table) for table in made if table.rows]


def planned(study: Study, name: str) -> Table:
    """What the design of a question is; without rows where it has none of its own."""
    rows = [list(row) for row in questions.design(study, name)]
    return Table("The planned trial", ["Part", "What it is"], [0, 0], rows)


def fixed(opened: Opened) -> str:
    """Over draws of the posterior: that what clinicians do otherwise than usual is none of what is varied."""
    if not opened.study.posterior.draws:
        return ""
    return posterior.fixed(opened.scenarios.values(), () if opened.study.design.of_arms else keys(opened.design))


def with_signs(table: Table) -> Table:
    """A table whose note says what the signs in its cells mean."""
    return with_note(table, printing.signs(cell for row in table.rows for cell in row[1:]))


def _scales(opened: Opened) -> dict[str, str]:
    return {arm: world.instrument(world.primary).name for arm, world in opened.scenarios.items()}


def _by_arm(opened: Opened, named: Mapping[str, str], scales: Mapping[str, str]) -> Table:
    cells = {
        (row["measure"], str(row["arm"])): printing.estimate(row["measure"], row["estimate"], row["mcse"])
        + printing.left_open(row)
        for row in _records(opened.answers.by_arm)
        if math.isfinite(row["estimate"])
    }
    notes = [OPEN] if "parameter_sd" in opened.answers.by_arm else []
    notes += filter(None, [fixed(opened)])
    if len(set(scales.values())) > 1:
        listed = "; ".join(f"{arm} {printing.labels(world)['change']}" for arm, world in opened.scenarios.items())
        notes.append(f"{ON_SCALES} Each arm's primary assessment: {listed}.")
    there = [arm for arm in scales if any(column == arm for _, column in cells)]
    caption = "Outcomes by arm: mean over trials ± Monte Carlo standard error"
    return _crossed(caption, cells, named, there, "\n".join(notes))


def _contrasts(opened: Opened, named: Mapping[str, str], brief: bool) -> Table:
    cells: dict[tuple[str, str], str] = {}
    hidden = printing.SPREAD if brief else ()
    for row in _records(opened.answers.contrasts):
        measure = row["measure"]
        if math.isfinite(row["difference"]) and measure not in hidden:
            text = printing.estimate(measure, row["difference"], row["mcse"], "pp") + printing.left_open(row)
            cells[measure, _pair(row)] = text + _gain(row["variance_reduction"]).rjust(GAIN)
    unpaired = [_pair(row) for row in _records(opened.answers.contrasts) if not row.get("paired", True)]
    for row in _records(opened.answers.effect_sizes):
        if math.isfinite(row["d"]):
            cells["d", _pair(row)] = printing.estimate("d", row["d"], row["d_mcse"]) + " " * GAIN
        if math.isfinite(row["d"]) or "paired" in row:
            known = row["nnt_mcse"] <= CLEAR * abs(row["nnt"])
            text = printing.estimate("nnt", row["nnt"], row["nnt_mcse"]) if known else "not known"
            cells["nnt", _pair(row)] = text + " " * GAIN
        if ("clinician_hours", _pair(row)) in cells:
            known = math.isfinite(row["hours"])
            text = printing.estimate("hours", row["hours"], row["hours_mcse"]) if known else "not known"
            cells["hours", _pair(row)] = text + " " * GAIN
    pairs = list(dict.fromkeys(_pair(row) for row in _records(opened.answers.contrasts)))
    kinds = "Contrasts" if unpaired else "Paired contrasts"
    caption = (
        f"{kinds}: difference ± Monte Carlo standard error (pp: percentage points), × how much common random "
        "numbers cut its variance; number needed to treat, and clinician hours, for one more response"
    )
    sizes = {"d": "Cohen's d of that change", "nnt": "number needed to treat", "hours": "hours for a further response"}
    whole = brief or len(pairs) <= WIDEST  # else the table becomes a narrow one, without these rows
    notes = [_meanings(opened)] if whole else []
    if unpaired:
        notes.insert(0, f"Unpaired, as patients of different conditions are: {', '.join(dict.fromkeys(unpaired))}.")
    notes.append(people.other_patients(opened))
    return _crossed(caption, cells, {**named, **sizes}, pairs, "\n".join(filter(None, notes)))


def _meanings(opened: Opened) -> str:
    """What hours for a further response say where they are no price to pay: a line each meaning, with its pairs."""
    table = opened.answers.contrasts
    held = {(row["measure"], _pair(row)): row["difference"] for row in _records(table)}
    said: dict[str, list[str]] = {}
    for row in _records(opened.answers.effect_sizes):
        pair = _pair(row)
        if abs(row["hours"]) > margin(row["hours_mcse"], row["replicates"]):
            meant = cost.meaning(held["clinician_hours", pair], held["response", pair])
            said.setdefault(meant, []).append(pair)
    return "\n".join(f"{', '.join(pairs)}: {meant}." for meant, pairs in said.items() if meant)


def _split(opened: Opened, named: Mapping[str, str]) -> Table:
    """What a study without randomised clinicians would report, and in its note the causal contrast."""
    words = {"low": "low half", "high": "high half", "difference": "high − low"}
    cells = {
        (row["measure"], words[row["half"]]): printing.estimate(row["measure"], row["estimate"], row["mcse"])
        for row in _records(opened.answers.median_split)
    }
    contrasts = _records(opened.answers.contrasts)
    own = [row for row in contrasts if _pair(row) == _pair(contrasts[0])]
    there = {row["measure"]: printing.estimate(row["measure"], row["difference"], row["mcse"]) for row in own}
    caused = [f"{named[name]} {there[name]}" for name in dict.fromkeys(name for name, _ in cells) if name in there]
    note = SPLIT_NOTE
    if caused and _by_clinicians(opened, own[0]):
        note += f"\nCaused by the clinicians, {_pair(own[0])}: {'; '.join(caused)}."
    base = opened.study.base_arm
    caption = f"What an observational study would see: arm {base} split at its median {named['wai_early']}"
    return _crossed(caption, cells, named, list(words.values()), note)


def _by_clinicians(opened: Opened, row: Mapping[Any, Any]) -> bool:
    """True if two arms differ in nothing but their clinicians."""
    one, two = (opened.scenarios[str(row[side])] for side in ("arm", "versus"))
    return dataclasses.replace(two, clinicians=one.clinicians) == one


def _crossed(caption: str, cells: Cells, named: Mapping[str, str], columns: Sequence[str], note: str = "") -> Table:
    """Measures in rows; those that a protocol does not have are left out."""
    held = {measure for measure, _ in cells}
    rows = [
        [text, *(cells.get((measure, column), "–") for column in columns)]
        for measure, text in named.items()
        if measure in held
    ]
    return Table(caption, ["Measure", *columns], [0, *[1] * len(columns)], rows, note)


def _narrow(table: Table, named: Mapping[str, str]) -> Table:
    """A table of many columns with columns and rows exchanged, and the measures that most people look for."""
    if len(table.heads) <= WIDEST + 1:
        return table
    kept = [row for row in table.rows if row[0] in {named[name] for name in FEWER}]
    rows = [[head, *(row[place] for row in kept)] for place, head in enumerate(table.heads) if place]
    heads = ["Arms" if " − " in table.heads[1] else "Arm", *(printing.short(row[0]) for row in kept)]
    note = f"{table.note} More measures in summary.csv.".strip()
    return Table(table.caption, heads, [0, *[1] * len(kept)], rows, note)


# ------------------------------------------------------------------------------------------- designs of points


def _points(opened: Opened, named: Mapping[str, str], ends: int) -> Table:
    """The points whose primary score falls most and least; all of them where they are few."""
    table = opened.answers.by_arm
    means = (
        table[table["measure"] == opened.headline].dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    )
    order = means["point"].tolist()
    more = len(order) - 2 * ends
    few = more <= 1
    shown = order if few else [*order[:ends], *order[-ends:]]
    values = _values(opened, shown)
    caption = f"{len(order)} points, those whose score falls most first: mean over trials ± Monte Carlo standard error"
    made = _by_point(caption, named, table, shown, lambda point: values[point])
    notes = [fixed(opened), ON_SCALES if opened.headline == STANDARDISED else ""]
    made = made._replace(note="\n".join(filter(None, notes)))
    if not few:
        made.rows.insert(ends, [f"… {more} more, in summary.csv …"])
    return made


def _against_base(opened: Opened, named: Mapping[str, str], ends: int) -> Table:
    """The points that differ most from the base, and what they change in it."""
    table = opened.answers.contrasts
    if table.empty:
        return Table("", [], [], [])
    of_change = table[table["measure"] == opened.headline].dropna(subset=["difference"])
    if of_change.empty:
        of_change = table[table["measure"] == HEADLINE].dropna(subset=["difference"])
    order = of_change.sort_values("difference", key=abs, ascending=False, kind="stable")["point"].tolist()
    shown, versus = order[: 2 * ends], table["versus"].iloc[0]
    values = _values(opened, [*shown, versus])
    base = values[versus]
    more = f", {len(shown)} largest of {len(order)}" if len(shown) < len(order) else ""
    unpaired = sorted(set(table["point"][~table["paired"].astype(bool)])) if "paired" in table else []
    how = "difference" if unpaired else "paired"
    caption = f"Difference from the base point{more}: {how} ± Monte Carlo standard error (pp: percentage points)"
    note = "Unpaired are points whose patients have another condition than the base's." if unpaired else ""

    def own(point: Any) -> dict[str, Any]:
        return {key: value for key, value in values[point].items() if value != base[key]}

    made = _by_point(caption, named, table.rename(columns={"difference": "estimate"}), shown, own, "pp")
    return with_note(made, note, people.other_patients(opened))


def _by_point(
    caption: str,
    named: Mapping[str, str],
    frame: pd.DataFrame,
    shown: Sequence[Any],
    sets: Callable[[Any], dict[str, Any]],
    share: str = "%",
) -> Table:
    """Measures in columns, a point a row, with the keys it sets."""
    held = {(row["measure"], row["point"]): row for row in _records(frame[frame["point"].isin(shown)])}
    shown_measures = (*([STANDARDISED] if STANDARDISED in named else []), *HEADLINES)
    rows = []
    for point in shown:
        cells = [held.get((name, point)) for name in shown_measures]
        said = [
            "–" if cell is None else printing.estimate(cell["measure"], cell["estimate"], cell["mcse"], share)
            for cell in cells
        ]
        rows.append([str(point), *said, reported(sets(point))])
    heads = ["Point", *(printing.short(named[name]) for name in shown_measures), "Sets"]
    return Table(caption, heads, [0, *[1] * len(shown_measures), 0], rows)


def _main_effects(opened: Opened, named: Mapping[str, str]) -> Table:
    """Which keys move the primary score most, and which of them the design cannot tell apart."""
    caption = (
        f"What moves {named[HEADLINE]} most: for each key the two levels that lie farthest apart, and the difference "
        f"between their means ± Monte Carlo standard error, not adjusted for other keys (a hint, no index)"
    )
    rows = [
        [
            row["key"],
            f"{row['level']} − {row['reference']}",
            printing.estimate(HEADLINE, row["difference"], row["mcse"]),
            "may be noise" if row["mcse"] > 0 and row["lower"] <= 0 <= row["upper"] else "",
        ]
        for row in _records(opened.answers.main_effects.head(MOST_KEYS))
    ]
    note = "\n".join(wording.confounding(opened))
    return Table(caption, ["Key", "Levels", "Difference", ""], [0, 0, 1, 0], rows, note)


def _values(opened: Opened, points: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    """What each of some points sets."""
    design = opened.design[opened.design["point"].isin(points)]
    made: dict[Any, Any] = design.set_index("point")[keys(design)].to_dict("index")
    return made


# --------------------------------------------------------------------------------- precision, and tidy estimates


def precision(
    needed: pd.DataFrame, measure: str, target: float, unit: str, contrasts: pd.DataFrame | None = None
) -> Table:
    """How many replicates a wished error needs, a row a mean, a difference and a contrast; of many the neediest.

    Args:
        needed: From `analysis.precision.needed`.
        measure: The measure.
        target: Monte Carlo standard error wished for.
        unit: Its unit.
        contrasts: From `analysis.precision.needed_of_contrasts`, where any were asked for, with what they compare in
            words: column `label`.
    """
    rows: list[list[str]] = []
    name = "arm" if "arm" in needed else "point"
    means, differences = (needed[needed["versus"].isna() == of] for of in (True, False))
    compared = differences[name].astype(str) + " − " + differences["versus"].astype(str)
    groups = {
        "means": means.assign(label=means[name].astype(str)),
        "differences": differences.assign(label=compared),
    }
    if contrasts is not None:
        groups["contrasts"] = contrasts
    for title, own in groups.items():
        known = own[own["estimate"].notna()].sort_values("needed", ascending=False, na_position="first")
        shown = known.head(2 * FEW_ENDS).sort_index()
        if shown.empty:
            continue
        rows.append([f"{title}, those of {len(known)} that need most" if len(shown) < len(known) else title])
        for row in _records(shown):
            together, apart = (f"{row[name]:,.0f}" if row[name] >= 0 else "?" for name in ("needed", "needed_apart"))
            number = printing.number(row["estimate"], 3) + printing.behind(row["mcse"], 3)
            apart = "" if title == "means" else apart
            rows.append([f"  {row['label']}", number, f"{row['replicates']:,}", together, apart])
    wished = f" for a Monte Carlo standard error of {target:.3g}" if target > 0 else ": no error is known to ask for"
    caption = f"Replicates needed{wished} ({measure}, {unit})"
    note = "needed: as the study draws, with draws that all points share; apart: with draws of its own."
    return with_signs(Table(caption, ["", "estimate", "replicates", "needed", "apart"], [0, 1, 1, 1, 1], rows, note))


def answered(opened: Opened, name: str) -> list[Table]:
    """The tables of one answer."""
    found = opened.answered(name)
    shown = [(found[part], about) for part, about in questions.question(name).PARTS.items() if part in found]
    made = [
        with_note(estimates_table(own, about.caption, about.named_by), beyond(own, about))
        for frame, about in shown
        for own in [about.shown(frame)]
    ]
    return [with_signs(table) for table in made if table.rows]


def with_note(table: Table, *said: str) -> Table:
    """A table with more lines in its note."""
    return table._replace(note="\n".join(filter(None, (table.note, *said))))


def beyond(frame: pd.DataFrame, part: questions.Part) -> str:
    """What it means that estimates or intervals lie beyond what is possible; empty where none does."""
    said: dict[tuple[float, float], list[str]] = {}
    for row in _records(frame) if part.possible else ():
        name = str(row[part.named_by[-1]])
        begins = next((key for key in part.possible if name.startswith(key)), None)
        low, high = (-math.inf, math.inf) if begins is None else part.possible[begins]
        if min(row["estimate"], row["lower"]) < low - FUZZ or max(row["estimate"], row["upper"]) > high + FUZZ:
            said.setdefault((low, high), []).extend([word(name)] if begins else [])
    return "\n".join(
        BEYOND.format(low=low, high=high, of=f" ({', '.join(dict.fromkeys(names))})" if names else "")
        for (low, high), names in said.items()
    )


def estimates_table(frame: pd.DataFrame, caption: str, named_by: Sequence[str], most: int = MOST_ROWS) -> Table:
    """A tidy table of estimates as people read it: what a row is about, estimate ± error, interval, unit.

    Args:
        frame: Columns `named_by`, estimate, mcse, lower, upper, unit, and perhaps note, and formula: what a closed
            formula gives for the same.
        caption: What the table shows.
        named_by: Columns that say what a row is about.
        most: Rows that are shown; of more, the first ones, and a note says so.
    """
    named = [name for name in named_by if frame[name].nunique(dropna=False) > 1] or list(named_by[-1:])
    if named_by[-1] not in named and len(frame):
        caption = f"{caption}: {word(frame[named_by[-1]].iloc[0])}"
    one = frame["unit"].map(unit).nunique() == 1 and bool(caption or not unit(frame["unit"].iloc[0]))
    caption = with_unit(caption, frame["unit"].iloc[0]) if one else caption
    closed = ["formula"] if "formula" in frame and frame["formula"].notna().any() else []
    rows = []
    for row in _records(frame.head(most)):
        words = [word(row[name], own=name in ("arm", "versus")) for name in named]
        note = str(row.get("note") or "") if not pd.isna(row.get("note")) else ""
        beside = ["" if pd.isna(row[name]) else f"{row[name]:.2f}" for name in closed]
        rows.append([*words, *_numbers(row), *beside, note or ("" if one else unit(row["unit"]))])
    heads = [*(name.replace("_", " ").capitalize() for name in named), "Estimate ± error", "95 % interval"]
    more = f"The first {most} of {len(frame)} rows." if len(frame) > most else ""
    heads += [*("Closed formula" for _ in closed), "Note" if one else "Unit"]
    numeric = [*[0] * len(named), 1, 1, *[1] * len(closed), 0]
    last = len(heads) - (not any(row[-1] for row in rows))  # without a column that is empty
    return Table(caption, heads[:last], numeric[:last], [row[:last] for row in rows], more)


def with_unit(text: str, of: object) -> str:
    """Words with a unit behind them, where there is one."""
    return f"{text} ({unit(of)})" if unit(of) else text


def unit(unit: object) -> str:
    """A unit as it is read; a pure number has none, also where a table of pure numbers was read as numbers."""
    return "" if str(unit) == "1" else str(unit)


def _numbers(row: Mapping[Any, Any]) -> list[str]:
    """Estimate with its error, and its interval, with the digits that the error is worth."""
    value, error, low, high = (float(row[name]) for name in ("estimate", "mcse", "lower", "upper"))
    if not math.isfinite(value):
        return ["not known", ""]
    places = printing.digits([error])
    said = printing.number(value, places) + printing.beside(row, places)
    if not (math.isfinite(low) and math.isfinite(high)):
        return [said, ""]
    return [said, f"{printing.number(low, places)} to {printing.number(high, places)}"]


def word(value: Any, own: bool = False) -> str:
    """A cell as it is read; `own` is a name that a person gave and stays as it is."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if own:
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return MEASURES.get(text, text.replace("_", " ") if "." not in text else text)


def _gain(factor: float) -> str:
    if not math.isfinite(factor):
        return ""
    return f"×{factor:.0f}" if factor <= MOST_GAIN else f"×>{MOST_GAIN}"


def _pair(row: Mapping[Any, Any]) -> str:
    return f"{row['arm']} − {row['versus']}"


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    records: list[Any] = frame.to_dict("records")
    return records
