"""What did papers publish? The rows of the evidence tables, read and nothing more."""

import csv
import functools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

TABLES = ("calibration", "validation", "clinicians", "context", "schedules", "scales", "models")
Z95 = 1.96  # standard errors from the middle to either end of a 95 % interval
SD = re.compile(r"\bSD=([\d.]*\d)")
SD_OF_CHANGE = re.compile(r"SD of change ([\d.]*\d)")


class Row(NamedTuple):
    """One published number; what the paper does not say is NaN."""

    id: str
    quantity: str
    statistic: str
    value: float
    lower: float
    upper: float
    interval_kind: str
    se: float
    n: float
    source: str
    note: str
    use: str = ""  # of the table of clinicians: fit, predict or context

    @property
    def error(self) -> float:
        """Published standard error, in the row's own unit: as printed, else from its 95 % interval, else NaN."""
        if math.isfinite(self.se):
            return self.se
        return (self.upper - self.lower) / (2 * Z95) if self.interval_kind == "95% interval" else math.nan

    def published_sd(self, pattern: re.Pattern[str] = SD) -> float:
        """Standard deviation named in the note (`SD` or `SD_OF_CHANGE`); NaN where none is."""
        found = pattern.search(self.note)
        return float(found[1]) if found else math.nan


def number(text: str) -> float:
    """A cell as a number; NaN where it is empty."""
    return float(text) if text else math.nan


NUMBERS = ("value", "lower", "upper", "se", "n")
READ: dict[str, Callable[[str], Any]] = {name: number if name in NUMBERS else str for name in Row._fields}


@functools.cache
def rows(table: str) -> dict[str, Row]:
    """Rows of one evidence table by id, in the order of the file.

    Args:
        table: One of `TABLES`.
    """
    with (Path(__file__).parent / f"{table}.csv").open(encoding="utf-8") as lines:
        return {
            line["id"]: Row(**{name: as_written(line.get(name, "")) for name, as_written in READ.items()})
            for line in csv.DictReader(lines)
        }
