"""One's own scores as a tidy frame: read to the letter, each name mapped in one place, whatever cannot be used said.

Nothing of a row leaves this room but through sums over patients: labels of patients and clinicians are numbers from
here on.
"""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.calibration.own import names
from alliance_sim.calibration.own.names import (
    ARM,
    AS_TEXT,
    CLINICIAN,
    DATE,
    DAY,
    DROPOUT,
    INSTRUMENT,
    INSTRUMENTS,
    MEANS,
    MEASURES,
    PATIENT,
    ROLES,
    SCORE,
    SESSION,
    bare,
)
from alliance_sim.calibration.own.source import Source
from alliance_sim.errors import ScenarioError
from alliance_sim.study import points_table
from alliance_sim.study.points_table import Null, Table, Wanted
from alliance_sim.world.protocol import Anchor

FEWEST = 5  # patients whom a number that is shown is of, at least
ALL = ""  # the arm of data that name none
BASELINE = "baseline"  # a session that is none: the score at entry
FIRST = ("baseline", "screening", "entry", "pre")
LONGEST, MOST_NAMED = 40, 12  # characters of a name that is said, and names
MISSING = frozenset({"", ".", "-", "na", "n/a", "nan", "null", "none", "missing", "#n/a", "fehlt"})
WEEKS = ("week", "woche", "semaine", "semana")  # how a column of weeks begins
NO_LABEL = ("", "na", "n/a", "nan")
SOURCE = Wanted(
    "data",
    "data",
    "patient, day or session, and instruments as columns",
    "a row for each patient and day",
    (".csv", ".parquet", ".xlsx"),
    MISSING,
    dates=True,
)


@dataclass(frozen=True, eq=False)
class Data:
    """Scores of one's own patients.

    Attributes:
        scores: One row a score: patient (numbers from 0), arm (name), clinician (number; -1: not known), day (from what
            `anchor` says; NaN: not known), session (a number from 1 or a name, as words; empty: not known), instrument
            (a key of the model's instruments, or `dropout`), value (points; NaN: missing).
        arms: Names of the data's arms, in the order of their text; one empty name where the data have none.
        patients: One row a patient, by number: arm and clinician (the most frequent of the rows).
        anchor: What days are counted from.
        unused: What could not be used, a sentence each.
    """

    scores: pd.DataFrame
    arms: tuple[str, ...]
    patients: pd.DataFrame
    anchor: Anchor
    unused: tuple[str, ...]

    @property
    def instruments(self) -> list[str]:
        """Instruments that have any score."""
        held = set(self.scores.loc[self.scores["value"].notna(), "instrument"])
        return [name for name in MEASURES if name in held]

    @property
    def clinicians(self) -> int:
        """How many clinicians the data name; 0 where they name none."""
        return len(set(self.patients["clinician"]) - {-1})


class _Texts:
    """Columns whose cells are words, as `in` asks for them."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._named = {column: role for role, column in columns.items()}

    def __contains__(self, head: object) -> bool:
        name = str(head)
        return self._named.get(name, MEANS.get(bare(name), "")) in AS_TEXT


def read(source: Source) -> Data:
    """Read one's own data.

    Raises:
        ScenarioError: The file cannot be read, or something in it could be meant in two ways; one sentence.
    """
    return _Reader(source).data()


class _Reader:
    """A table on its way to scores."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.said = f"data={source.file if source.file.isprintable() else repr(source.file)}"
        if source.sheet and Path(source.file).suffix.lower() != ".xlsx":
            raise ScenarioError(
                f"data.sheet={source.sheet} is of a spreadsheet, and {self.said} is none; leave it out."
            )
        columns = self.columns = _mapped(source.columns)
        self.table: Table = points_table.read(source.file, _Texts(columns), SOURCE, source.sheet)
        self.places = self.table.places
        if not len(self.places):
            raise self.wrong(": it has names of columns and no row; give a row for each patient and day.")
        self.of, self.others = self._roles(columns)
        self.unused: list[str] = []

    def wrong(self, said: str) -> ScenarioError:
        """An error about the file."""
        return ScenarioError(f"{self.said}{said}")

    def at(self, row: int, role: str, said: str) -> ScenarioError:
        """An error about a cell."""
        return self.wrong(f", {self.places[row]}, {self.of[role]}: {said}")

    def cells(self, role: str) -> list[Any]:
        """A column's cells; None where one is empty."""
        held = list(self.table.columns[self.table.heads.index(self.of[role])])
        return [None if cell is Null.NULL else cell for cell in held]

    def _roles(self, columns: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """The column of each role and instrument, and the columns that are none."""
        heads = self.table.heads
        found: dict[str, str] = {}
        long = INSTRUMENT in {*columns, *(MEANS.get(bare(head), "") for head in heads)}
        for role, column in columns.items():
            match = [head for head in heads if head == column] or [head for head in heads if bare(head) == bare(column)]
            if not match and role in MEASURES and long:  # what a row calls it
                continue
            if len(match) != 1:
                raise ScenarioError(
                    f"data.columns: {self.said} has no column {column[:LONGEST]!r}; its columns are: {_listed(heads)}."
                )
            found[role] = match[0]
        taken = set(found.values())
        for head in heads:
            role = MEANS.get(bare(head), "")
            if not role or head in taken or role in found.keys() & columns.keys():
                continue
            if role in found:
                raise self.wrong(
                    f": columns {found[role]} and {head} both mean {role}; name one, such as "
                    f"data.columns='{{{role}: {head}}}'."
                )
            found[role] = head
        if PATIENT not in found:
            raise self.wrong(
                f" has no column that names patients; its columns are: {_listed(heads)}. Name it, such as "
                f"data.columns='{{patient: {heads[0]}}}'."
            )
        if not {DAY, DATE, SESSION} & found.keys():
            free = next((head for head in heads if head not in found.values()), heads[-1])
            raise self.wrong(
                f" has no column for day, date or session; its columns are: {_listed(heads)}. Name it, such as "
                f"data.columns='{{day: {free}}}'."
            )
        return found, [head for head in heads if head not in found.values()]

    # ------------------------------------------------------------------------------------------------- rows

    def data(self) -> Data:
        """All of it."""
        patients, labels = self._labels(PATIENT, needed=True)
        scores = self._scores()
        when = self._times(patients)
        frame = scores.assign(
            patient=patients[scores["row"]], day=when["day"][scores["row"]], session=when["session"][scores["row"]]
        )
        arm_codes, arms = self._labels(ARM) if ARM in self.of else (np.zeros(len(patients), dtype=np.int64), [ALL])
        whose = self._arms(patients, arm_codes, len(labels))
        clinicians = self._clinicians(patients, len(labels))
        self._check_once(frame)
        order = pd.Index(arms)
        people = pd.DataFrame({"arm": order[whose], "clinician": clinicians})
        frame = frame.assign(arm=order[whose[frame["patient"]]], clinician=clinicians[frame["patient"]])
        columns = ["patient", "arm", "clinician", "day", "session", "instrument", "value"]
        return Data(frame[columns].reset_index(drop=True), tuple(arms), people, self.source.anchor, tuple(self.unused))

    def _labels(self, role: str, needed: bool = False) -> tuple[np.ndarray[Any, Any], list[str]]:
        """Numbers of labels in the order of their text, whatever the order of the rows; -1 for none; and the labels."""
        cells = [_label(cell) for cell in self.cells(role)]
        if needed and None in cells:
            raise self.at(cells.index(None), role, "it is empty; name the patient of each row.")
        codes, labels = pd.factorize(np.array(cells, dtype=object), sort=True)
        return codes.astype(np.int64), list(labels)

    def _arms(self, patients: Any, codes: Any, count: int) -> Any:
        """Arm of each patient; a patient has one."""
        found = np.full(count, -1)
        known = codes >= 0
        found[patients[known][::-1]] = codes[known][::-1]
        other = np.flatnonzero(known & (found[patients] != codes))
        if len(other):
            raise self.at(int(other[0]), ARM, "the patient has another arm above; give each patient one arm.")
        lacking = np.flatnonzero(found[patients] < 0)
        if len(lacking):
            raise self.at(int(lacking[0]), ARM, "it is empty, and no row of the patient names an arm; name it in one.")
        return found

    def _clinicians(self, patients: Any, count: int) -> Any:
        """The most frequent clinician of each patient, -1 where no row names one."""
        found = np.full(count, -1)
        if CLINICIAN in self.of:
            codes, _ = self._labels(CLINICIAN)
            held = pd.DataFrame({"patient": patients, "clinician": codes})[codes >= 0]
            often = (
                held.groupby(["patient", "clinician"], sort=False).size().sort_values(ascending=False, kind="stable")
            )
            first = often.reset_index().drop_duplicates("patient")
            found[first["patient"]] = first["clinician"]
            if len(first) < count:
                self.unused.append("Some patients have no clinician in the data: clinicians are not compared.")
                found[:] = -1
        return found

    # --------------------------------------------------------------------------------------------- scores

    def _scores(self) -> pd.DataFrame:
        """Row, instrument and value of each score."""
        if (INSTRUMENT in self.of) != (SCORE in self.of) and not set(MEASURES) & self.of.keys():
            lone, other = (INSTRUMENT, SCORE) if INSTRUMENT in self.of else (SCORE, INSTRUMENT)
            raise self.wrong(
                f" has a column for {lone} ({self.of[lone]}) and none for {other}; name it, such as "
                f"data.columns='{{{other}: {(self.others or self.table.heads)[-1]}}}'."
            )
        parts = [self._column(name, name) for name in MEASURES if name in self.of]
        if INSTRUMENT in self.of and SCORE in self.of:
            parts.append(self._long())
        unknown = [head[:LONGEST] for head in self.others]
        if unknown:
            self.unused.append(
                f"Columns that were not read, as their names say nothing that the model has: {_listed(unknown)}."
            )
        whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"value": []})
        if whole["value"].notna().sum() == 0:
            said = _listed(unknown or self.table.heads)
            raise self.wrong(
                f" has no score of an instrument of the model ({said} is none); the model has: "
                f"{', '.join(INSTRUMENTS)}. Name its column, such as data.columns='{{madrs: {self.table.heads[-1]}}}'."
            )
        return whole

    def _column(self, role: str, instrument: str) -> pd.DataFrame:
        return self._checked(role, np.arange(len(self.places)), np.full(len(self.places), instrument), self.cells(role))

    def _long(self) -> pd.DataFrame:
        """Scores of a table with a row each."""
        named = [_label(cell) for cell in self.cells(INSTRUMENT)]
        empty = named.index(None) if None in named else -1
        if empty >= 0:
            raise self.at(empty, INSTRUMENT, "it is empty; name the instrument of each score.")
        own = {bare(column): role for role, column in self.columns.items() if role in MEASURES and role not in self.of}
        strange = set(own) - {bare(str(label)) for label in named}
        if strange:
            column = self.columns[own[min(strange)]]
            raise self.wrong(f" has no column and no instrument {column[:LONGEST]!r}; see data.columns.")
        means = {label: own.get(bare(str(label)), MEANS.get(bare(str(label)), "")) for label in set(named)}
        known = np.array([means[label] in MEASURES for label in named], dtype=bool)
        others = Counter(str(label)[:LONGEST] for label, fits in zip(named, known, strict=True) if not fits)
        if others:
            self.unused.append(f"Instruments that the model has not: {_listed(list(others))}.")
        rows, cells = np.flatnonzero(known), self.cells(SCORE)
        instruments = np.array([means[named[row]] for row in rows], dtype=object)
        return self._checked(SCORE, rows, instruments, [cells[row] for row in rows])

    def _checked(self, role: str, rows: Any, instruments: Any, cells: list[Any]) -> pd.DataFrame:
        """Scores, each a number in the range of its instrument."""
        for row, cell in zip(rows, cells, strict=True):
            if cell is not None and not isinstance(cell, int | float):
                advice = _advice(role, []) if role == DROPOUT else "type a score, or leave it empty"
                raise self.at(int(row), role, f"{points_table.shown(cell)} is no number; {advice}.")
        values = np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
        for name in pd.unique(instruments):
            low, high = _range(name)
            here = instruments == name
            wrong = np.flatnonzero(here & ((values < low) | (values > high)))
            between = np.flatnonzero(here & (name == DROPOUT) & (values > low) & (values < high))
            if len(between) and not len(wrong):
                place = int(between[0])
                raise self.at(int(rows[place]), role, f"{values[place]:g} is neither 0 nor 1; {_advice(name, [])}.")
            if len(wrong):
                place = int(wrong[0])
                advice = _advice(name, values[here])
                raise self.at(
                    int(rows[place]),
                    role,
                    f"{values[place]:g} is outside {low:g} to {high:g}, the range of {names.shown(name)}; {advice}.",
                )
        return pd.DataFrame({"row": rows, "instrument": instruments, "value": values})

    # ----------------------------------------------------------------------------------------------- times

    def _times(self, patients: Any) -> dict[str, Any]:
        """Day and session of each row."""
        count = len(self.places)
        days, sessions = np.full(count, np.nan), np.full(count, "", dtype=object)
        if SESSION in self.of:
            sessions = np.array(
                [self._session(row, cell) for row, cell in enumerate(self.cells(SESSION))], dtype=object
            )
        if DAY in self.of:
            cells = self.cells(DAY)
            if bare(self.of[DAY]).startswith(WEEKS):
                raise self.wrong(
                    f": column {self.of[DAY]} seems to hold weeks, and days are needed; type seven times as many, in a "
                    f"column day."
                )
            if any(isinstance(cell, str | datetime.date) for cell in cells):
                days = self._dated(DAY, cells, patients)
            else:
                days = np.array([np.nan if cell is None else self._whole(row, cell) for row, cell in enumerate(cells)])
                self._check_dates(days, patients)
        elif DATE in self.of:
            days = self._dated(DATE, self.cells(DATE), patients)
        lacking = np.flatnonzero(np.isnan(days) & (sessions == ""))
        if len(lacking):
            role = next(role for role in (DAY, DATE, SESSION) if role in self.of)
            raise self.at(int(lacking[0]), role, "it is empty; say of each row when it was.")
        return {"day": days, "session": sessions}

    def _whole(self, row: int, cell: Any) -> float:
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not abs(cell) < 36_500:
            raise self.at(row, DAY, f"{points_table.shown(cell)} is no day; type a number of days from enrolment.")
        if cell < 0 and self.source.anchor is Anchor.enrolment:
            raise self.at(
                row,
                DAY,
                f"{cell:g} lies before day 0, and days are counted from enrolment; where yours are counted from the "
                f"last dose, type data.anchor=last_dose.",
            )
        if abs(cell - round(cell)) > 1e-6:  # rounded, two visits could fall on one day
            raise self.at(
                row,
                DAY,
                f"{cell:g} is no whole day; type whole days from enrolment, and where yours are weeks, seven times as "
                f"many.",
            )
        return float(round(cell))

    def _dated(self, role: str, cells: list[Any], patients: Any) -> Any:
        """Days from each patient's first date."""
        if self.source.anchor is not Anchor.enrolment:
            raise self.at(
                0, role, f"dates count from each patient's first, so data.anchor={self.source.anchor.value} cannot be."
            )
        try:
            found = names.dates(cells)
        except names.DateError as error:
            row, said = error.args
            raise self.at(
                row,
                role,
                f"{points_table.shown(cells[row])} {said}; write all dates as year-month-day, such as 2024-03-31.",
            ) from error
        days = pd.Series([np.nan if day is None else float(day) for day in found])
        return (days - days.groupby(patients).transform("min")).to_numpy()

    def _check_dates(self, days: Any, patients: Any) -> None:
        """Refuse dates beside days that lie another number of days apart."""
        try:
            found = names.dates(self.cells(DATE)) if DATE in self.of else []
        except names.DateError:  # days say when
            return
        if not found:
            return
        apart = pd.Series([np.nan if day is None else float(day) for day in found], dtype=float) - days
        other = np.flatnonzero((apart - apart.groupby(patients).transform("first")).abs() > 0)
        if len(other):
            raise self.at(
                int(other[0]),
                DATE,
                f"it lies another number of days from the patient's first date than {self.of[DAY]} says; correct one, "
                f"or leave one column out.",
            )

    def _session(self, row: int, cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if cell != int(cell) or not 0 <= cell < 1000:
                raise self.at(row, SESSION, f"{cell:g} is no session; number sessions from 1, and the baseline 0.")
            return str(int(cell)) if cell else BASELINE
        text = str(cell).strip().lower()
        if text.isdigit():
            return str(int(text)) if int(text) else BASELINE
        return BASELINE if text in FIRST else text

    def _check_once(self, frame: pd.DataFrame) -> None:
        """Refuse two scores of a patient on one instrument at one time."""
        keys = ["patient", "day", "session", "instrument"]
        held = frame[frame["value"].notna()]
        twice = held[held.duplicated(keys)]
        if len(twice):
            row, instrument = int(twice["row"].iloc[0]), twice["instrument"].iloc[0]
            role = instrument if instrument in self.of else SCORE
            raise self.at(
                row, role, f"the patient has a score of {names.shown(instrument)} at that time already; leave one out."
            )


def _mapped(columns: Mapping[str, str]) -> dict[str, str]:
    """Columns by what they hold, each role and instrument by its own name."""
    found: dict[str, str] = {}
    for name, column in columns.items():
        role = MEANS.get(bare(name), "")
        if not role:
            raise ScenarioError(
                f"data.columns: there is no {name[:LONGEST]!r}; choose among: {', '.join((*ROLES, *MEASURES))}."
            )
        if role in found:
            raise ScenarioError(f"data.columns names {role} twice: {found[role]!r} and {column!r}; leave one out.")
        found[role] = column
    if len(set(found.values())) < len(found):
        twice = next(column for column in found.values() if list(found.values()).count(column) > 1)
        raise ScenarioError(f"data.columns uses column {twice[:LONGEST]!r} twice; give each its own.")
    return found


def _label(cell: Any) -> str | None:
    """A label as a word: 7.0 from a spreadsheet is 7."""
    if cell is None:
        return None
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    label = str(cell).strip()
    return None if label.lower() in NO_LABEL else label


def _range(measure: str) -> tuple[float, float]:
    if measure == DROPOUT:
        return 0.0, 1.0
    about = INSTRUMENTS[measure]
    return about.lowest, about.highest


def _advice(measure: str, values: Any) -> str:
    if measure.startswith("wai_sr"):
        return "the model has the mean of items rated 1 to 5: divide a sum by the number of items"
    if measure == DROPOUT:
        return "type 1 for a patient who had left treatment and 0 otherwise"
    return "correct it, or leave it empty"


def _listed(heads: Sequence[str]) -> str:
    """Some names, as far as they can be said in a sentence."""
    shown = [head[:LONGEST] for head in heads[:MOST_NAMED]]
    more = len(heads) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
