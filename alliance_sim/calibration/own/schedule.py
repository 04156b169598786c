"""When one's own scores were taken, in the terms of a protocol: the entry, an assessment, a session."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.calibration.own import names
from alliance_sim.calibration.own.data import BASELINE, FEWEST
from alliance_sim.calibration.own.names import DROPOUT
from alliance_sim.model.state import Experience
from alliance_sim.model.timetable import Kind, Planned
from alliance_sim.world.protocol import Anchor, Baseline
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
SESSION_COLUMNS = {"wai_sr": "wai", "wai_sr_clinician": "wai_clinician"}
EXPERIENCES = Experience._fields  # after dosing sessions alone
COURSE = "course"  # the occasion of what is of a patient's whole course


class Measure(NamedTuple):
    """One score of a patient: on what, and when."""

    instrument: str  # a key of the model's instruments, or `dropout`
    occasion: str  # `baseline`, `day 37` (from enrolment), `session 3`, `course`

    @property
    def day(self) -> int:
        """Day of an assessment, from enrolment; -1 of others."""
        kind, _, number = self.occasion.partition(" ")
        return int(number) if kind == "day" else -1

    @property
    def session(self) -> int:
        """Which of the patient's sessions, from 1; 0 of others."""
        kind, _, number = self.occasion.partition(" ")
        return int(number) if kind == "session" else 0


class Calendar:
    """The days of a protocol's course, from enrolment."""

    def __init__(self, scenario: Scenario, anchor: Anchor, window: int) -> None:
        """Lay out the course.

        Args:
            scenario: The world.
            anchor: What the data's days are counted from.
            window: Days by which a score may miss the day that it counts for.
        """
        self.scenario, self.window = scenario, window
        course = scenario.course()
        self.sessions: list[Planned] = [step for step in course if step.kind is not Kind.ASSESSMENT]
        self.assessed = [step.day for step in course if step.kind is Kind.ASSESSMENT]
        doses = [step.day for step in self.sessions if step.kind is Kind.DOSE]
        late = scenario.protocol.assessments.baseline is Baseline.before_dosing and bool(doses)
        self.baseline = max(doses[0] - 1, 0) if late else 0
        self.zero = doses[-1] if anchor is Anchor.last_dose and doses else 0
        self.end = max(step.day for step in course)

    def days_of(self, scores: pd.DataFrame) -> Array:
        """Day from enrolment of each score; of one with a session alone that session's; NaN where it has none."""
        days = scores["day"].to_numpy() + self.zero
        for place in np.flatnonzero(np.isnan(days)):
            days[place] = self._day_of(scores["session"].iloc[place])
        return days

    def _day_of(self, session: str) -> float:
        if session == BASELINE:
            return float(self.baseline)
        number = self.number(session)
        return float(self.sessions[number - 1].day) if number else np.nan

    def number(self, session: str) -> int:
        """Which session of the course a word means, from 1; 0 where the course has none such."""
        if session.isdigit():
            return int(session) if int(session) <= len(self.sessions) else 0
        return next((place for place, step in enumerate(self.sessions, 1) if step.name == session), 0)

    def occasions(self, instrument: str, scores: pd.DataFrame) -> Array:
        """The occasion that each score counts for; empty where the course has none."""
        if instrument == DROPOUT:
            return np.full(len(scores), COURSE, dtype=object)
        days = self.days_of(scores)
        if instrument in names.INSTRUMENTS and (instrument in SESSION_COLUMNS or instrument in EXPERIENCES):
            return self._sessions(instrument, days, scores["session"].to_numpy())
        return self._assessments(days, scores["patient"].to_numpy())

    def _sessions(self, instrument: str, days: Array, words: Array) -> Array:
        """Of what is rated after sessions: the session that is named, or else the nearest."""
        dosed = instrument in EXPERIENCES
        places = [place for place, step in enumerate(self.sessions, 1) if not dosed or step.kind is Kind.DOSE]
        held = np.array([self.sessions[place - 1].day for place in places], dtype=float)
        found = np.full(len(days), "", dtype=object)
        for row, (day, word) in enumerate(zip(days, words, strict=True)):
            number = self.number(word) if word not in ("", BASELINE) else 0
            if not number and word == "" and len(held) and np.abs(held - day).min() <= self.window:
                number = places[int(np.abs(held - day).argmin())]
            if number in places:
                found[row] = f"session {number}"
        return found

    def _assessments(self, days: Array, patients: Array) -> Array:
        """Of what is rated at assessments: those of the protocol, and further days on which enough were assessed."""
        found = np.full(len(days), "", dtype=object)
        found[days <= self.baseline] = BASELINE
        open_ = (days > self.baseline) & (days <= self.end + self.window)
        nearest = _nearest(days, self.assessed, self.window)
        own = nearest >= 0
        found[open_ & own] = [f"day {int(day)}" for day in nearest[open_ & own]]
        left = open_ & ~own
        while left.any():
            counts = pd.Series(patients[left]).groupby(days[left]).nunique()
            day = int(counts.index.to_numpy()[counts.to_numpy().argmax()])
            here = left & (np.abs(days - day) <= self.window)
            if len(set(patients[here])) < FEWEST:
                break
            found[here] = f"day {day}"
            left &= ~here
        return found


def _nearest(days: Array, among: Sequence[int], window: int) -> Array:
    """The nearest of some days to each day within a window, -1 where there is none."""
    if not among:
        return np.full(len(days), -1.0)
    held = np.array(sorted(among), dtype=float)
    apart = np.abs(np.nan_to_num(days, nan=-1e9)[:, None] - held)
    return np.where(apart.min(axis=1) <= window, held[apart.argmin(axis=1)], -1.0)


def further_days(measures: Iterable[Measure], calendar: Calendar) -> list[int]:
    """Days of assessments that a protocol has not, from enrolment."""
    return sorted({measure.day for measure in measures if measure.day >= 0} - set(calendar.assessed))
