"""Console tables of a study, at most 100 columns wide: every estimate stands beside its Monte Carlo error."""

import math
import textwrap
from typing import Any

import pandas as pd

from alliance_sim.scenario import EARLY_SESSIONS, Scenario
from alliance_sim.study.config import Study

WIDTH = 100
LABEL = 30
CELL = 22
GAIN = 6  # characters of a variance reduction
MOST_GAIN = 999  # beyond, only that it is more
FINE = ("wai_early", "wai_final", "d")  # a third decimal says something
CLEAR = 0.5  # error over estimate from which on a number needed to treat is not known
SHARES = ("response", "remission", "dropout", "adverse")  # printed as percent
SPLIT_NOTE = "Partly confounding: the halves also differ in what patients brought: attachment and fit above all."
ADVICE = "Simulated people only: no clinical advice."


def opening(study: Study, scenario: Scenario) -> str:
    """One line: what is run."""
    return (
        f"{study.experiment}: {scenario.protocol.name}, {scenario.patients.condition.value}; "
        f"arm{'s' * (len(study.arms) > 1)} {', '.join(study.arms)}; "
        f"{study.replicates} replicates × {scenario.patients.number} patients; seed {study.seed}"
    )


def labels(scenario: Scenario, measures: dict[str, str]) -> dict[str, str]:
    """Words for each measure, naming the scale, the primary day and when the alliance was rated."""
    scale = scenario.instrument(scenario.primary).name
    day = scenario.protocol.assessments.primary_day
    named = dict(measures)
    named["change"] = f"{scale} change, day {day}"
    named["change_sd"] = "  SD over patients"
    named["wellbeing_change"] = "WEMWBS (wellbeing) change"
    if not any(step.phase == "dosing" for step in scenario.course()):
        named["wai_early"] = f"WAI-SR, session {EARLY_SESSIONS}"
    return named


def estimate(measure: str, value: float, error: float, share: str = "%") -> str:
    """Write a number with its Monte Carlo error, a share as percent."""
    scale, places = (100, 1) if measure in SHARES else (1, 3 if measure in FINE else 2)
    text = number(value * scale, places)
    if math.isfinite(error):
        text += f" ± {error * scale:.{places}f}"
    return f"{text} {share}" if measure in SHARES else text


def number(value: float, places: int) -> str:
    """Write a number with a true minus sign, and none before zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def outcomes(by_arm: pd.DataFrame, named: dict[str, str]) -> str:
    """Outcome table with arms as columns; measures that a protocol does not have are left out."""
    cells = {
        (row["measure"], row["arm"]): estimate(row["measure"], row["estimate"], row["mcse"])
        for row in _records(by_arm)
        if math.isfinite(row["estimate"])
    }
    arms = list(dict.fromkeys(by_arm["arm"].astype(str)))
    held = {measure for measure, _ in cells}
    rows = [(measure, text) for measure, text in named.items() if measure in held]
    return _tables("Outcomes by arm: mean over trials ± Monte Carlo standard error", rows, arms, cells)


def differences(contrasts: pd.DataFrame, effect_sizes: pd.DataFrame, named: dict[str, str]) -> str:
    """Table of paired contrasts with the variance reduction that shared draws bought, d and NNT."""
    cells = {}
    for row in _records(contrasts):
        if math.isfinite(row["difference"]):
            text = estimate(row["measure"], row["difference"], row["mcse"], "pp")
            cells[row["measure"], _pair(row)] = text + _gain(row["variance_reduction"]).rjust(GAIN)
    for row in _records(effect_sizes):
        if math.isfinite(row["d"]):
            cells["d", _pair(row)] = estimate("d", row["d"], row["d_mcse"]) + " " * GAIN
        if not math.isnan(row["nnt"]):
            known = math.isfinite(row["nnt"]) and not row["nnt_mcse"] > CLEAR * abs(row["nnt"])
            text = estimate("nnt", row["nnt"], row["nnt_mcse"]) if known else "not known"
            cells["nnt", _pair(row)] = text + " " * GAIN
    columns = [_pair(row) for row in _records(effect_sizes)]
    rows = [(measure, text) for measure, text in named.items() if measure != "change_sd"]
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
        told = {name: estimate(name, own[name]["difference"], own[name]["mcse"]) for name, _ in rows}
        said = "; ".join(f"{text} {told[name]}" for name, text in rows)
        lines.append(textwrap.fill(f"Caused by the clinicians, {pair}: {said}.", WIDTH, subsequent_indent="  "))
    return "\n".join(lines)


def failed(failures: pd.DataFrame, most: int = 3) -> str:
    """Say which trials failed and why: the first few in full."""
    told = [f"  {row['arm']}, replicate {row['replicate']}: {row['error']}" for row in _records(failures.head(most))]
    more = [f"  and {len(failures) - most} more, in trials/"] if len(failures) > most else []
    count = f"{len(failures)} trial{'s' * (len(failures) > 1)} failed and left out:"
    return "\n".join([count, *told, *more])


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
    """Lay cells out under a title; more columns than fit go into further tables below."""
    width = max([CELL, *(len(text) + 2 for text in cells.values()), *(len(name) + 2 for name in columns)])
    label = max([LABEL, *(len(text) + 1 for _, text in rows)])
    fit = max(1, (WIDTH - label) // width)
    lines = [title]
    for first in range(0, len(columns), fit):
        block = columns[first : first + fit]
        lines += ["", " " * label + "".join(name.rjust(width) for name in block)]
        for key, text in rows:
            shown = (cells.get((key, name), "").rjust(width) for name in block)
            lines.append(text.ljust(label) + "".join(shown))
    return "\n".join(line.rstrip() for line in lines)
