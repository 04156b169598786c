"""What the sentences of several questions share: a number with its error, and what that error allows one to say."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import HEADLINE

Row = Mapping[Any, Any]  # of a table of estimates: estimate, mcse, lower, upper, unit
NOISE = "Monte Carlo error alone can make it"
SCORE = f"primary score ({printing.direction(HEADLINE)})"
PAIRS = 3  # pairs of arms side by side on the console
NEAREST = 2  # effects named that may be as large as the largest
WIDE = 1.96  # standard errors of a 95 % interval
OTHERS = 3  # arms besides the base arm that a sentence names


def rows(frame: pd.DataFrame, **values: str) -> pd.DataFrame:
    """Rows whose columns have these values."""
    for column, value in values.items():
        frame = frame[frame[column].astype(str) == value]
    return frame


def only(frame: pd.DataFrame, **values: str) -> Row | None:
    """The first row whose columns have these values; None if there is none."""
    held: list[dict[Any, Any]] = rows(frame, **values).head(1).to_dict("records")
    return held[0] if held else None


def number(row: Row, share: bool = False, unit: str | None = None) -> str:
    """An estimate with its error and unit, as in −5.19 ± 0.28 MADRS points; one that is not known is said to be so.

    Args:
        row: The estimate.
        share: It is a share, which is written in percent.
        unit: What follows the number; the row's own unit unless given.
    """
    value, error = float(row["estimate"]), float(row["mcse"])
    if not math.isfinite(value):
        return "not known"
    scale = 100.0 if share else 1.0
    own = "%" if share else str(row["unit"]) if unit is None else unit
    behind = "" if own in ("1", "") else f" {own}"
    places = printing.digits([error * scale])
    text = printing.number(value * scale, places)
    if math.isnan(error):
        end = printing.beside(row, places, scale)
        return f"{text}{behind} (its error is not known)" if end == printing.UNKNOWN else f"{text}{end}{behind}"
    return f"{text}{printing.behind(error * scale, places)}{behind}" if error else f"{text}{behind} (without error)"


def clear(row: Row) -> bool:
    """True if the interval is known and does not hold 0."""
    return bool(float(row["lower"]) > 0 or float(row["upper"]) < 0)


def effect(row: Row) -> str:
    """An effect as `number`, and whether noise alone can make it."""
    return f"{number(row)} ({NOISE})" if _noise(row) else number(row)


def _noise(row: Row) -> bool:
    """True if the error is known, and the interval holds 0."""
    return float(row["mcse"]) > 0 and float(row["lower"]) <= 0 <= float(row["upper"])


def strongest(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows by the size of their estimate, largest first."""
    return frame.dropna(subset=["estimate"]).sort_values("estimate", key=abs, ascending=False, kind="stable")


def most_and_least(opened: Opened, found: pd.DataFrame, what: str, name: Callable[[Row], str], also: str = "") -> str:
    """Which effect is the largest in the base arm, which the smallest, and which is the largest in other arms.

    Args:
        opened: The study.
        found: Effects on the primary score, with their arm.
        what: What was changed, as the subject of the sentence.
        name: What an effect is of.
        also: A sentence more about the base arm.
    """
    base = opened.study.base_arm
    own = found[found["arm"].astype(str) == base]
    ranked = strongest(own).to_dict("records")
    if not ranked:
        return f"No effect on the primary score is known in arm {base}."
    first, *more = ranked
    surely = [row for row in ranked if clear(row)]
    if not surely:
        said = f"{what} moves the {SCORE} beyond Monte Carlo error nowhere in arm {base}; the largest effect is "
        return f"{said}{name(first)}, {number(first)}."
    said = f"In arm {base}, {what[0].lower()}{what[1:]} moves the {SCORE} most for {name(first)}, {effect(first)}"
    close = [name(row) for row in more if _alike(first, row)]
    if close:
        others = f"{', '.join(close[:NEAREST])}{f' and {len(close) - NEAREST} more' * (len(close) > NEAREST)}"
        said += f" (not surely more than for {others})"
    if more:
        said += f", and least for {name(more[-1])}, {effect(more[-1])}"
    doubtful = len(ranked) - len(surely)
    said += f"; {doubtful} of {len(ranked)} effects are not beyond Monte Carlo error." if doubtful else "."
    return " ".join(filter(None, [said, also, _elsewhere(opened, found, name)]))


def _alike(one: Row, two: Row) -> bool:
    """True if the errors of two effects, taken as independent, do not allow one to say which is larger."""
    apart = abs(float(one["estimate"])) - abs(float(two["estimate"]))
    error = math.hypot(float(one["mcse"]), float(two["mcse"]))
    return not apart > WIDE * error  # also where an error is not known


def _elsewhere(opened: Opened, found: pd.DataFrame, name: Callable[[Row], str]) -> str:
    """The largest effect in each of the first other arms."""
    others = [arm for arm in opened.scenarios if arm != opened.study.base_arm]
    said = []
    for arm in others[:OTHERS]:
        rows = strongest(found[found["arm"].astype(str) == arm]).head(1).to_dict("records")
        known = rows and clear(rows[0])
        said.append(f"{arm} {name(rows[0])}, {number(rows[0])}" if known else f"{arm} none beyond Monte Carlo error")
    more = [f"{len(others) - OTHERS} more arms in the tables"] if len(others) > OTHERS else []
    return f"Largest elsewhere: {'; '.join([*said, *more])}." if said else ""


def plain(name: object) -> str:
    """A name of the model as it is read."""
    return str(name).replace("_", " ")


def listed(names: Iterable[object]) -> str:
    """Names in a sentence: a, b and c."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last


def pairs(compared: Iterable[tuple[object, object]]) -> str:
    """Pairs of arms in a sentence: a − c and b − c."""
    return listed(f"{arm} − {versus}" for arm, versus in compared)


def first_arms(opened: Opened) -> list[str]:
    """The base arm and the first others, as many as a sentence names."""
    base = opened.study.base_arm
    return [base, *[arm for arm in opened.scenarios if arm != base][:OTHERS]]


def by_pair(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first pairs of arms, with their pair in one column."""
    pair = frame["arm"].astype(str) + " − " + frame["versus"].astype(str)
    first = pair.drop_duplicates().head(PAIRS)
    return frame.assign(pair=pair)[pair.isin(first)].drop(columns=["arm", "versus"])


def ranked(frame: pd.DataFrame, column: str, by: "pd.Series[bool]") -> pd.DataFrame:
    """Rows in the order of some of them: those whose estimate is largest among the rows `by` first."""
    order = frame[by].sort_values("estimate", ascending=False, kind="stable")[column].tolist()
    place = {value: turn for turn, value in enumerate(order)}
    return frame.sort_values(column, key=lambda values: values.map(place), kind="stable")
