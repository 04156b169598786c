"""Console tables of a study, at most 100 columns wide: every estimate stands beside its Monte Carlo error."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance_sim.engine.recording import QUANTILES
from alliance_sim.study.config import Study
from alliance_sim.study.designs import reported
from alliance_sim.world.protocol import Anchor
from alliance_sim.world.scenario import EARLY_SESSIONS, Scenario

if TYPE_CHECKING:
    from alliance_sim.study.forecast import Forecast

WIDTH = 100
LABEL = 30
CELL = 22
NUMBER = 12
GAIN = 6  # characters of a variance reduction
MOST_GAIN = 999  # beyond, only that it is more
FINE = ("wai_early", "wai_final", "ruptures", "d")  # a third decimal says something
CLEAR = 0.5  # error over estimate from which on a number needed to treat is not known
ENDS = 5  # points shown of the best and of the worst
POINT_MEASURES = ("change", "response", "dropout", "wai_final")
SHARES = ("response", "remission", "dropout", "adverse")  # printed as percent; differences in percentage points
SPREAD = ("change_sd", *QUANTILES)
OPEN = "\n[95 % of what the evidence leaves open of the parameters: draws of the posterior]"
SPLIT_NOTE = "Partly confounding: the halves also differ in what patients brought: attachment and fit above all."
ADVICE = "Simulated people only: no clinical advice."


def opening(study: Study, scenario: Scenario, points: int) -> str:
    """One line: what is run."""
    arms = f"arm{'s' * (len(study.arms) > 1)} {', '.join(study.arms)}"
    design = f"design {study.design.kind.value}, {points} point{'s' * (points > 1)}"
    return (
        f"{study.experiment}: {scenario.protocol.name}, {scenario.patients.condition.value}; "
        f"{arms if study.design.of_arms else design}; "
        f"{study.replicates} replicates × {scenario.patients.number} patients; seed {study.seed}"
    )


def labels(scenario: Scenario, measures: dict[str, str]) -> dict[str, str]:
    """Words for each measure, naming the scale, the primary day and when the alliance was rated."""
    scale = scenario.instrument(scenario.primary).name
    course, plan = scenario.course(), scenario.protocol.assessments
    dosed = any(step.phase == "dosing" for step in course)
    after_dose = dosed and plan.anchor is Anchor.last_dose
    when = f"{plan.primary_day} days after the last dose" if after_dose else f"day {plan.primary_day}"
    named = dict(measures)
    named["change"] = f"{scale} change, {when}"
    named["change_sd"] = "  SD over patients"
    named |= {name: f"  {share:.0%} of patients below" for name, share in QUANTILES.items()}
    named["wellbeing_change"] = "WEMWBS (wellbeing) change"
    if not dosed:
        named["wai_early"] = f"WAI-SR, session {EARLY_SESSIONS}"
    return named


def estimate(measure: str, value: float, error: float, share: str = "%") -> str:
    """Write a number with its Monte Carlo error, a share as percent."""
    scale, places = (100, 1) if measure in SHARES else (1, 3 if measure in FINE else 2)
    text = number(value * scale, places)
    if math.isfinite(error):
        text += f" ± {error * scale:.{places}f}"
    return f"{text} {share}" if measure in SHARES else text


def left_open(row: dict[str, Any]) -> str:
    """What draws of the posterior leave open of a row's estimate; empty where none were taken."""
    low, high = row.get("parameter_lower", math.nan), row.get("parameter_upper", math.nan)
    if not math.isfinite(low):
        return ""
    scale, places = (100, 0) if row["measure"] in SHARES else (1, 2 if row["measure"] in FINE else 1)
    return f" [{number(low * scale, places)}, {number(high * scale, places)}]"


def number(value: float, places: int) -> str:
    """Write a number with a true minus sign, and none before zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def outcomes(by_arm: pd.DataFrame, named: dict[str, str]) -> str:
    """Outcome table with arms as columns; measures that a protocol does not have are left out."""
    cells = {
        (row["measure"], row["arm"]): estimate(row["measure"], row["estimate"], row["mcse"]) + left_open(row)
        for row in _records(by_arm)
        if math.isfinite(row["estimate"])
    }
    arms = list(dict.fromkeys(by_arm["arm"].astype(str)))
    held = {measure for measure, _ in cells}
    rows = [(measure, text) for measure, text in named.items() if measure in held]
    title = "Outcomes by arm: mean over trials ± Monte Carlo standard error"
    return _tables(title + OPEN * ("parameter_sd" in by_arm), rows, arms, cells)


def differences(contrasts: pd.DataFrame, effect_sizes: pd.DataFrame, named: dict[str, str]) -> str:
    """Table of paired contrasts with the variance reduction that shared draws bought, d and NNT."""
    cells = {}
    for row in _records(contrasts):
        if math.isfinite(row["difference"]):
            text = estimate(row["measure"], row["difference"], row["mcse"], "pp")
            cells[row["measure"], _pair(row)] = text + left_open(row) + _gain(row["variance_reduction"]).rjust(GAIN)
    for row in _records(effect_sizes):
        if math.isfinite(row["d"]):
            cells["d", _pair(row)] = estimate("d", row["d"], row["d_mcse"]) + " " * GAIN
        if not math.isnan(row["nnt"]):
            known = math.isfinite(row["nnt"]) and not row["nnt_mcse"] > CLEAR * abs(row["nnt"])
            text = estimate("nnt", row["nnt"], row["nnt_mcse"]) if known else "not known"
            cells["nnt", _pair(row)] = text + " " * GAIN
    columns = [_pair(row) for row in _records(effect_sizes)]
    rows = [(measure, text) for measure, text in named.items() if measure not in SPREAD]
    rows += [("d", "Cohen's d of that change"), ("nnt", "number needed to treat")]
    held = {measure for measure, _ in cells}
    rows = [row for row in rows if row[0] in held]
    title = (
        "Paired contrasts: difference ± Monte Carlo standard error (pp: percentage points),\n"
        "× how much common random numbers cut its variance; number needed to treat for one more response"
    )
    return _tables(title, rows, columns, cells)


def split(median_split: pd.DataFrame, contrasts: pd.DataFrame, base: str, named: dict[str, str]) -> str:
    """What a study without randomised clinicians would report, beside the causal contrast."""
    words = {"low": "low half", "high": "high half", "difference": "high − low"}
    cells = {
        (row["measure"], words[row["half"]]): estimate(row["measure"], row["estimate"], row["mcse"])
        for row in _records(median_split)
    }
    rows = [(name, named[name]) for name in dict.fromkeys(median_split["measure"])]
    title = f"What an observational study would see: arm {base} split at its median {named['wai_early']}"
    lines = [_tables(title, rows, list(words.values()), cells), "", SPLIT_NOTE]
    if len(contrasts):
        records = _records(contrasts)
        pair = _pair(records[0])
        own = {row["measure"]: row for row in records if _pair(row) == pair}
        reported = {name: estimate(name, row["difference"], row["mcse"]) for name, row in own.items()}
        said = "; ".join(f"{text} {reported[name]}" for name, text in rows if name in reported)
        lines.append(textwrap.fill(f"Caused by the clinicians, {pair}: {said}.", WIDTH, subsequent_indent="  "))
    return "\n".join(lines)


def forecast(found: "Forecast", of_arms: bool) -> str:
    """How large a study is and what it will cost, a line each."""
    worlds = found.points * found.replicates
    threads = f"{found.workers} thread{'s' * (found.workers > 1)}"
    rows = [
        ("arms" if of_arms else "points", f"{found.points:,}"),
        ("trials", f"{worlds:,} ({found.points:,} × {found.replicates:,} replicates)"),
        ("simulated patients", f"{found.patients:,}"),
        ("groups of one timetable", f"{found.timetables:,}"),
        (
            "time",
            f"about {duration(found.seconds)} with engine={found.engine.value} on {threads} here, once it is compiled",
        ),
        ("disk", f"about {size(found.size)}"),
    ]
    return "\n".join(f"  {name.ljust(LABEL - 2)}{text}" for name, text in rows)


def duration(seconds: float) -> str:
    """A time in the unit that reads best."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 2 else f"{seconds:.1f} seconds"


def size(count: float) -> str:
    """A number of bytes in the unit that reads best."""
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count:.0f} bytes"


def points(by_point: pd.DataFrame, design: pd.DataFrame, keys: Sequence[str], named: dict[str, str]) -> str:
    """The points whose primary score falls most and least; all of them where they are few."""
    means = by_point.pivot(index="point", columns="measure", values="estimate")
    errors = by_point.pivot(index="point", columns="measure", values="mcse")
    order = means["change"].sort_values(kind="stable").dropna().index.tolist()
    few = len(order) <= 2 * ENDS + 1
    title = f"{len(order)} points, those whose score falls most first: mean over trials ± Monte Carlo standard error"
    values: dict[Any, Any] = design.set_index("point")[list(keys)].to_dict("index")
    lines = [title, "", "  point" + "".join(_head(named[name]).rjust(CELL) for name in POINT_MEASURES)]
    for place, point in enumerate(order if few else [*order[:ENDS], *order[-ENDS:]]):
        if not few and place == ENDS:
            lines.append(f"  … {len(order) - 2 * ENDS} more, in summary.csv …")
        cells = [estimate(name, means.loc[point, name], errors.loc[point, name]) for name in POINT_MEASURES]
        lines.append(f"{point:>7}" + "".join(cell.rjust(CELL) for cell in cells))
        lines.append(textwrap.fill(reported(values[point]), WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9))
    return "\n".join(line.rstrip() for line in lines)


def against_base(contrasts: pd.DataFrame, design: pd.DataFrame, keys: Sequence[str], named: dict[str, str]) -> str:
    """The points that differ most from the base, and what they change in it."""
    of_change = contrasts[contrasts["measure"] == "change"].set_index("point")
    order = of_change["difference"].sort_values(key=abs, ascending=False, kind="stable").dropna().index.tolist()
    shown = order[: 2 * ENDS]
    values: dict[Any, Any] = design.set_index("point")[list(keys)].to_dict("index")
    base = values[contrasts["versus"].iloc[0]]
    cells = {(row["measure"], row["point"]): row for row in _records(contrasts) if row["point"] in set(shown)}
    more = f", {len(shown)} largest of {len(order)}" if len(shown) < len(order) else ""
    lines = [f"Difference from the base{more}: paired ± Monte Carlo standard error (pp: percentage points)", ""]
    lines.append("  point" + "".join(_head(named[name]).rjust(CELL) for name in POINT_MEASURES))
    for point in shown:
        own = {key: value for key, value in values[point].items() if value != base[key]}
        row = [cells[name, point] for name in POINT_MEASURES]
        texts = [estimate(cell["measure"], cell["difference"], cell["mcse"], "pp").rjust(CELL) for cell in row]
        lines.append(f"{point:>7}" + "".join(texts))
        lines.append(textwrap.fill(reported(own), WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9))
    return "\n".join(line.rstrip() for line in lines)


def effects(main: pd.DataFrame, named: dict[str, str]) -> str:
    """Which keys move the primary score most."""
    lines = [
        f"What moves {named['change']}",
        "mean over the upper less the lower half of a key's range (a hint, no index)",
        "",
    ]
    width = max([LABEL, *(len(key) + 4 for key in main["key"])])
    for row in _records(main.head(2 * ENDS)):
        text = estimate("change", row["difference"], row["mcse"])
        lines.append(f"  {row['key']}".ljust(width) + text.rjust(CELL))
    return "\n".join(lines)


def _head(text: str) -> str:
    """A label short enough for a column: what follows its comma is left out."""
    short = text if len(text) < CELL else text.split(",")[0]
    return short if len(short) < CELL else short[: CELL - 2] + "…"


def _folded(text: str) -> list[str]:
    """A label in as many lines as it needs beside a table."""
    indent = len(text) - len(text.lstrip()) + 2
    return textwrap.wrap(text, LABEL - 1, subsequent_indent=" " * indent, drop_whitespace=True)


def reached(study: Study, error: float) -> str:
    """Say whether the wished precision was reached."""
    wanted = study.precision
    what = f"Monte Carlo error of {wanted.measure}, {wanted.estimand.value}s"
    if error <= wanted.target:
        return f"{what}: at most {error:.3g}, as wished ({wanted.target:g}), with {study.replicates} replicates.\n"
    return (
        f"{what}: {error:.3g} with {study.replicates} replicates, above the wished {wanted.target:g}; "
        f"raise precision.max_replicates to go on.\n"
    )


def precision(needed: pd.DataFrame, measure: str, target: float, units: dict[str, str]) -> str:
    """How many replicates a wished error needs, a line a mean and a difference; of many only those that need most."""
    unit = "percentage points" if measure in SHARES else units.get(measure, "its unit")
    lines = [
        f"Replicates needed for a Monte Carlo standard error of {target:.3g} ({measure}, {unit})",
        "",
        f"{'':{LABEL}}{'estimate':>{CELL}}{'replicates':>{NUMBER}}{'needed':>{NUMBER}}{'apart':>{NUMBER}}",
    ]
    for title, rows in (("means", needed["versus"].isna()), ("differences", needed["versus"].notna())):
        shown = needed[rows].nlargest(2 * ENDS, "needed")
        if shown.empty:
            continue
        more = f", those of {rows.sum()} that need most" if len(shown) < rows.sum() else ""
        lines.append(f"{title}{more}")
        for row in _records(shown.sort_index()):
            name = str(row["arm"] if "arm" in row else row["point"])
            label = f"  {name}" + ("" if row["versus"] is None else f" − {row['versus']}")
            value = f"{number(row['estimate'], 3)} ± {row['mcse']:.3f}"
            apart = "" if math.isnan(row["needed_apart"]) else f"{row['needed_apart']:,.0f}"
            lines.append(
                f"{label:{LABEL}}{value:>{CELL}}{row['replicates']:>{NUMBER},}{row['needed']:>{NUMBER},.0f}"
                f"{apart:>{NUMBER}}"
            )
    lines += [
        "",
        "needed: as the study draws, every point meeting the same patients and luck; apart: with draws of its own.",
    ]
    return "\n".join(lines)


def answered(name: str, title: str, tables: Sequence[str], seconds: float) -> str:
    """Say which question was answered, how long it took and where the answer lies."""
    return f"{name}: {title[0].lower()}{title[1:]}, in {duration(seconds)}: answers/{', '.join(tables)}.csv"


def damaged(said: Sequence[str]) -> str:
    """Say which chunks are computed again, and why."""
    count = f"{len(said)} chunk{'s' * (len(said) > 1)} of an earlier run"
    return f"{count} cannot be used and will be computed again: {said[0]}{', …' * (len(said) > 1)}."


def failed(failures: pd.DataFrame, most: int = 3) -> str:
    """Say which trials failed and why: the first few in full."""
    key = "arm" if "arm" in failures else "point"
    word = "" if key == "arm" else "point "
    rows = _records(failures.head(most))
    first = [f"  {word}{row[key]}, replicate {row['replicate']}: {row['error']}" for row in rows]
    more = [f"  and {len(failures) - most} more, in trials/"] if len(failures) > most else []
    count = f"{len(failures)} trial{'s' * (len(failures) > 1)} failed and left out:"
    return "\n".join([count, *first, *more])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[Any] = frame.to_dict("records")
    return records


def _gain(factor: float) -> str:
    if not math.isfinite(factor):
        return ""
    return f"×{factor:.0f}" if factor <= MOST_GAIN else f"×>{MOST_GAIN}"


def _pair(row: dict[Any, Any]) -> str:
    return f"{row['arm']} − {row['versus']}"


def _tables(
    title: str,
    rows: list[tuple[str, str]],
    columns: list[str],
    cells: dict[tuple[str, str], str],
) -> str:
    """Lay cells out under a title; long labels are folded, more columns than fit go into tables below."""
    width = max([CELL, *(len(text) + 2 for text in cells.values()), *(len(name) + 2 for name in columns)])
    fit = max(1, (WIDTH - LABEL) // width)
    lines = [title]
    for first in range(0, len(columns), fit):
        block = columns[first : first + fit]
        lines += ["", " " * LABEL + "".join(name.rjust(width) for name in block)]
        for key, text in rows:
            shown = (cells.get((key, name), "").rjust(width) for name in block)
            label, *more = _folded(text)
            lines += [label.ljust(LABEL) + "".join(shown), *more]
    return "\n".join(line.rstrip() for line in lines)
