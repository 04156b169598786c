"""From recorded worlds to one column a patient: what the statistics of papers are computed from."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alliance_sim.engine.recording import Recorded
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
EARLY_AND_MIDDLE = (4, 8)  # sessions of sixteen at which studies of the alliance rate it once
STEADY = (3, 4, 5, 6)  # sessions whose ratings are one person's single-session scores
PERCEIVED = ("felt_empathy", *(f"perceived_{name}" for name in Behaviours._fields))
ON_A_DAY = ("score", "change", "response", "remission", "stayed", "star_p")  # what one assessment gives
# What the statistics of each protocol read; the rest is not taken over from the engine.
KEPT_ALWAYS = ("score_primary", "in_treatment", "entry_primary", "entry_secondary")
KEPT = {
    "comp001": ("intensity",),
    "psychotherapy": ("wai", "wai_clinician", "rupture", "severity", *PERCEIVED, "lead", "expectancy",
                      "attachment_anxiety", "attachment_avoidance"),
    "psilodep2": ("score_secondary", "score_star_p"),
    "davis2021": ("wai",),
}  # fmt: skip


def kept(protocol: str, further: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Columns that the engine has to take over for a protocol's statistics."""
    return (*KEPT_ALWAYS, *KEPT.get(protocol, ()), *further)


class Columns:
    """Columns of the patients of one arm in many worlds, by name; each of shape (patients, points, trials).

    Names: `baseline`, `score.DAY`, `change.DAY`, `response.DAY`, `remission.DAY`, `stayed.DAY` (in treatment then),
    the same on the second scale (`secondary_change.DAY`), any outcome of `model.tally`, any trait, `intensity`
    (of the first dose), `SESSION` columns as `wai@4`, and what `_DERIVED` makes.
    """

    def __init__(self, scenario: Scenario, recorded: Recorded, part: slice, points: Sequence[Scenario]) -> None:
        """Find each patient's visits.

        Args:
            scenario: The arm's world (of any point: the timetable counts).
            recorded: What the engine kept, with at least the columns of `kept`.
            part: Which patients of the trial are in this arm.
            points: The arm's world at each point.
        """
        self.scenario, self.points = scenario, points
        self._recorded, self._part = recorded, part
        number = scenario.patients.number
        self._talks = _places(recorded.session_events, number, lambda step: step.name)
        self._asked = _places(recorded.assessment_events, number, lambda step: str(step.number))
        self._order = [step.name for step in scenario.course() if step.phase != "assessment"]
        self._made: dict[str, Array] = {}

    @property
    def noise_of_rating(self) -> float:
        """Standard error of one WAI-SR rating in units of the bond."""
        rating = self.scenario.parameters.instruments.wai_sr
        return rating.noise / rating.slope

    @property
    def clinicians(self) -> int:
        """Clinicians in one trial."""
        return self.scenario.clinicians.number

    def staff(self, name: str) -> Array:
        """A skill of each clinician, shape (clinicians, points, trials)."""
        return self._recorded.clinicians[name]

    def __getitem__(self, name: str) -> Array:
        """One column; made once."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Array:
        of, _, day = name.partition(".")
        scored = "secondary" if of.startswith("secondary_") else "primary"
        of = of.removeprefix("secondary_")
        if of == "baseline":
            return self._patients(f"entry_{scored}")
        if day and of in ON_A_DAY:
            return self._on_day(name, of, day, scored)
        if "@" in name:
            column, _, session = name.partition("@")
            place = self._order[int(session) - 1] if session.isdigit() else session
            return self._session(column, place)
        if name in PERCEIVED:
            better = self._patients("severity") - self.mean_over_sessions("severity")
            colours = np.array([world.parameters.ratings.colour for world in self.points])
            made: Array = self.mean_over_sessions(name) + colours[:, None] * better
            return made
        if name in _DERIVED:
            return _DERIVED[name](self)
        if name in self._recorded.outcomes:
            return self._recorded.outcomes[name][self._part]
        return self._patients(name)

    def _on_day(self, name: str, of: str, day: str, scored: str) -> Array:
        """A column of one assessment; `scored` is the scale, primary or secondary."""
        columns = {"score": f"score_{scored}", "stayed": "in_treatment", "star_p": "score_star_p"}
        if of in columns:
            return self._recorded.assessments[columns[of]][self._asked[day][self._part]]
        if of == "change":
            return self[name.replace("change", "score")] - self[name.partition("change")[0] + "baseline"]
        scale = self.scenario.instrument(getattr(self.scenario, scored))
        if of == "remission":
            found: Array = self[name.replace("remission", "score")] <= scale.remission
        else:
            fall = -self[name.replace("response", "change")]
            found = (fall >= scale.response_share * self["baseline"]) & (fall >= scale.response_points)
        return found.astype(float)

    def _patients(self, name: str) -> Array:
        return self._recorded.patients[name][self._part]

    def _session(self, column: str, session: str) -> Array:
        return self._recorded.sessions[column][self._talks[session][self._part]]

    def sessions(self, column: str) -> Array:
        """A session column of every session in order, shape (sessions, patients, points, trials); NaN where absent."""
        return np.stack([self._session(column, name) for name in self._order])

    def mean_over_sessions(self, column: str) -> Array:
        """Mean over the sessions a patient attended."""
        here = self.sessions("attended") > 0.5
        total = np.where(here, self.sessions(column), 0.0).sum(axis=0)
        made: Array = total / here.sum(axis=0)
        return made


def _places(events: list[Any], number: int, name: Callable[[Any], str]) -> dict[str, Array]:
    """Row of each patient's visit of a name."""
    found: dict[str, Array] = {}
    for row, event in enumerate(events):
        found.setdefault(name(event.planned), np.zeros(number, dtype=np.int64))[event.patient] = row
    return found


def _gain(columns: Columns) -> Array:
    """Residual gain: how much lower the last score is than the first score predicts, all worlds of a point pooled."""
    first, last = columns["baseline"], columns["endpoint"]
    every = (0, 2)
    centred = first - first.mean(axis=every, keepdims=True)
    slope = (centred * last).sum(axis=every, keepdims=True) / (centred**2).sum(axis=every, keepdims=True)
    expected = last.mean(axis=every, keepdims=True) + slope * centred
    made: Array = expected - last
    return made


def _cohesion_met(columns: Columns) -> Array:
    """Mean cohesion of a patient's group over the sessions attended with others; NaN who was always alone."""
    met = columns.sessions("cohesion")
    here = (columns.sessions("attended") > 0.5) & np.isfinite(met)
    with np.errstate(invalid="ignore"):
        made: Array = np.where(here, met, 0.0).sum(axis=0) / here.sum(axis=0)
    return made


def _security(columns: Columns) -> Array:
    made: Array = -(columns["attachment_anxiety"] + columns["attachment_avoidance"])
    return made


def _repaired_share(columns: Columns) -> Array:
    """Share of a patient's ruptures that were mended; NaN without any."""
    ruptures = columns["ruptures"]
    with np.errstate(invalid="ignore"):
        made: Array = columns["repairs"] / np.where(ruptures > 0, ruptures, np.nan)
    return made


_DERIVED: dict[str, Callable[[Columns], Array]] = {
    "gain": _gain,
    "improvement": lambda columns: -columns["change"],
    "cohesion_met": _cohesion_met,
    "security": _security,
    "repaired_share": _repaired_share,
    "intensity": lambda columns: columns["intensity@dosing.1"],
    "completed": lambda columns: 1.0 - columns["dropout"],
    "guessed_none": lambda columns: 1.0 - columns["guess"],
    "wai_prepared": lambda columns: columns["wai@preparation.4"],
    "wai_week_after": lambda columns: columns["wai@integration.2.2"],
}
