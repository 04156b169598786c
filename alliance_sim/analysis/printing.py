"""How measures and numbers are written, the same on the console, on the page and in the classroom."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from alliance_sim.analysis.running import MEASURES, STANDARDISED
from alliance_sim.engine.recording import QUANTILES
from alliance_sim.world.protocol import Anchor
from alliance_sim.world.scenario import EARLY_SESSIONS, Scenario

FINE = ("wai_early", "wai_final", "ruptures", "d", STANDARDISED)  # a third decimal says something
SHARES = ("response", "remission", "dropout", "adverse")  # printed as percent; differences in percentage points
SPREAD = ("change_sd", *QUANTILES)
BETTER = {  # which sign is better for patients, of measures of which one is
    **dict.fromkeys(
        ["change", "change_q10", "change_q50", "change_q90", STANDARDISED, "dropout", "adverse", "ruptures"], -1
    ),
    **dict.fromkeys(["response", "remission", "wellbeing_change", "wai_early", "wai_final"], 1),
}
UNKNOWN, NONE = " ± ?", " exactly"
BOUNDS = (" (≤ ", " (≥ ")  # of a share that is 0 or 1 in all trials
MEANINGS = {
    UNKNOWN: "± ?: the error is not known; it takes two trials or more that do not all agree.",
    **dict.fromkeys(
        BOUNDS,
        "(≤ …), (≥ …): all trials agree, which says nothing of the error; the 95 % interval (Wilson's) ends there.",
    ),
    NONE: "exactly: its error is none by construction, as nothing random can move this number.",
}


def labels(scenario: Scenario, measures: Mapping[str, str] = MEASURES) -> dict[str, str]:
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


def short(label: str) -> str:
    """A measure's words without what follows their comma, for the head of a column."""
    return label.split(",")[0].strip()


def estimate(measure: str, value: float, error: float, share: str = "%") -> str:
    """Write a number with its Monte Carlo error, a share as percent; a dash where there is no number."""
    if not math.isfinite(value):
        return "–"
    scale, places = (100, 1) if measure in SHARES else (1, 3 if measure in FINE else 2)
    text, said = number(value * scale, places), behind(error * scale, places)
    unit = f" {share}" if measure in SHARES else ""
    return f"{text}{unit}{said}" if said == NONE else f"{text}{said}{unit}"


def behind(error: float, places: int) -> str:
    """A Monte Carlo error as it stands behind its number: NaN is unknown, 0 is none by construction."""
    return UNKNOWN if not math.isfinite(error) else f" ± {error:.{places}f}" if error else NONE


def beside(row: Mapping[Any, Any], places: int, scale: float = 1.0) -> str:
    """What stands behind an estimate: its error, or where that is not known how far its interval goes.

    A share of which all trials agree has no known error and a known interval, whose one end it is.

    Args:
        row: The estimate: mcse, and of a known interval estimate, lower and upper.
        places: Digits behind the point.
        scale: What numbers are multiplied with, such as 100 for percent.
    """
    if math.isfinite(row["mcse"]):
        return behind(row["mcse"] * scale, places)
    value, low, high = (float(row.get(name, math.nan)) for name in ("estimate", "lower", "upper"))
    for sign, near, far in zip(BOUNDS, (low, high), (high, low), strict=True):
        if math.isfinite(far) and math.isclose(value, near, abs_tol=1e-9):
            return f"{sign}{number(far * scale, places)})"
    return UNKNOWN


def matters(value: float, important: float) -> str:
    """How large an effect is against the smallest difference that matters, both in points."""
    size = "less than" if abs(value) < important else "at least"
    return f"{size} the {important:g} points taken as the smallest difference that matters"


def signs(texts: Iterable[str]) -> str:
    """What the signs in some texts mean, a line each; empty where none of them stands there."""
    held = list(texts)
    found = (meaning for sign, meaning in MEANINGS.items() if any(sign in text for text in held))
    return "\n".join(dict.fromkeys(found))


def direction(measure: str) -> str:
    """Which values of a measure are better; empty where none are."""
    return {-1: "lower is better", 1: "higher is better"}.get(BETTER.get(measure, 0), "")


def left_open(row: Mapping[Any, Any]) -> str:
    """What draws of the posterior leave open of a row's estimate; empty where none were taken."""
    low, high = row.get("parameter_lower", math.nan), row.get("parameter_upper", math.nan)
    if not math.isfinite(low):
        return ""
    scale, places = (100, 0) if row["measure"] in SHARES else (1, 2 if row["measure"] in FINE else 1)
    return f" [{number(low * scale, places)}, {number(high * scale, places)}]"


def number(value: float, places: int) -> str:
    """Write a number with a true minus sign, and none before zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


def digits(errors: Sequence[float]) -> int:
    """How many digits behind the point the middle one of some errors is worth."""
    known = [error for error in errors if np.isfinite(error) and error > 0]
    size = int(np.floor(np.log10(np.median(known)))) if known else -1
    return min(-size, 4) if size < -1 else 2 if size < 0 else max(1 - size, 0)


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
