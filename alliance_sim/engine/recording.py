"""What a run keeps: arrays by name, first axis the agent or event, last two axes (arms, replicates)."""

import functools
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from alliance_sim.engine.hours import mean_hours
from alliance_sim.model import tally
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.records import leaves, names, paths
from alliance_sim.model.state import Assessment, Clinician, Encounter, Entry, Experience, Patient, Traits
from alliance_sim.model.tally import Outcome, Tally
from alliance_sim.model.timetable import Event, Kind
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
# Numbers of the state that nobody looks at afterwards.
NOT_KEPT = ("symptoms.severity_before", "course.last_day", "clinician_view.alliance_rating_bias")
STATE_PATHS = tuple(path for path in paths(Patient) if path not in NOT_KEPT)
STATES = tuple(path.rpartition(".")[2] for path in STATE_PATHS)
STATE_PLACES = [place for place, path in enumerate(paths(Patient)) if path not in NOT_KEPT]
ENCOUNTER_COLUMNS = tuple(path.replace(".", "_") for path in paths(Encounter))
BEHAVIOUR_COLUMNS = tuple(name for name in ENCOUNTER_COLUMNS if name.startswith(("delivered_", "perceived_")))
RATING_COLUMNS = ("wai", "wai_clinician", "fatigue", "skill", "cohesion", "lead")
SESSION_COLUMNS = (*STATES, *ENCOUNTER_COLUMNS, *RATING_COLUMNS, *Experience._fields)
FATIGUE = SESSION_COLUMNS.index("fatigue")
ASSESSMENT_COLUMNS = (*(f"score_{name}" for name in Assessment._fields), *STATES)
GUESSES = ("guessed_anxiety", "guessed_avoidance")
TRAITS = tuple(name for name in Traits._fields if name not in GUESSES)
TRAIT_PLACES = [place for place, name in enumerate(Traits._fields) if name not in GUESSES]
PATIENT_COLUMNS = (
    "enrolled",
    *TRAITS,
    *(f"entry_{name}" for name in Entry._fields),
    *STATES,
    "lead",
    "co",
)
CLINICIAN_COLUMNS = tuple(names(Clinician))


# Points of the distribution of change over a trial's patients, by name of their column.
QUANTILES = {"change_q10": 0.1, "change_q50": 0.5, "change_q90": 0.9}
HOURS = "clinician_hours"
OUTCOME_COLUMNS = (*Outcome._fields, HOURS)
TRIAL_COLUMNS = (*Outcome._fields, "change_sd", *QUANTILES, HOURS)


class Keep(Enum):
    """How much of each world is kept; each level holds the ones before."""

    trials = "trials"
    patients = "patients"
    sessions = "sessions"


class Recorded(NamedTuple):
    """What worlds of one timetable recorded."""

    sessions: dict[str, Array]  # (sessions, arms, replicates), in the order of `session_events`
    assessments: dict[str, Array]  # (assessments, arms, replicates), in the order of `assessment_events`
    patients: dict[str, Array]  # (patients, arms, replicates), on arrival
    outcomes: dict[str, Array]  # (patients, arms, replicates), at the primary day
    trials: dict[str, Array]  # (arms, replicates), means over patients
    clinicians: dict[str, Array]  # (clinicians, arms, replicates), as the trial begins
    session_events: list[Event]
    assessment_events: list[Event]
    seed: int
    replicates: tuple[int, ...]


class Recorder:
    """Fills the arrays of `Recorded`, one event at a time; what did not happen stays NaN.

    Attributes:
        sessions: Shape (columns, sessions, arms, replicates), in the order of `SESSION_COLUMNS`; kernels write into it.
        assessments: The same of assessments, in the order of `ASSESSMENT_COLUMNS`.
        patients: The same of patients on arrival, in the order of `PATIENT_COLUMNS`.
    """

    def __init__(
        self, scenario: Scenario, events: list[Event], arms: int, seed: int, replicates: Sequence[int]
    ) -> None:
        """Make room for every event of a timetable in (arms, replicates) worlds."""
        shape = (arms, len(replicates))
        talks = [event for event in events if event.planned.kind is not Kind.ASSESSMENT]
        assessments = [event for event in events if event.planned.kind is Kind.ASSESSMENT]
        self._shape = shape
        self._events = events

        def room(names: tuple[str, ...], count: int) -> Array:
            return np.full((len(names), count, *shape), np.nan)

        self.sessions = room(SESSION_COLUMNS, len(talks))
        self.assessments = room(ASSESSMENT_COLUMNS, len(assessments))
        self.patients = room(PATIENT_COLUMNS, scenario.patients.number)
        self._clinicians = room(CLINICIAN_COLUMNS, scenario.clinicians.number)
        self._outcomes: dict[str, Array] = {}
        self._trials: dict[str, Array] = {}
        self._session_events, self._assessment_events = talks, assessments
        self._seed, self._replicates = seed, tuple(replicates)

    @functools.cached_property
    def _places(self) -> list[int]:
        return places(self._events)

    def arrival(self, number: int, traits: Traits, patient: Patient, entry: Entry, lead: Any, co: Any) -> None:
        """Keep what a patient brought."""
        values = (
            patient.course.last_day,
            *(traits[place] for place in TRAIT_PLACES),
            *entry,
            *states(leaves(patient)),
            lead,
            co,
        )
        _keep(self.patients, number, values)

    def staff(self, clinicians: Clinician) -> None:
        """Keep the clinicians as the trial begins; fields of shape (clinicians, …)."""
        for column, values in zip(self._clinicians, leaves(clinicians), strict=True):
            column[:] = values

    def session(self, event: int, values: Sequence[Any]) -> None:
        """Keep one session: values in the order of `SESSION_COLUMNS`, with questionnaires where there was a dose."""
        _keep(self.sessions, self._places[event], values)

    def tired(self, event: int, members: int, fatigue: Any) -> None:
        """Keep the lead's fatigue after a shared session, whose last event this is, for each of its members."""
        last = self._places[event]
        self.sessions[FATIGUE, last - members + 1 : last + 1] = fatigue

    def assessment(self, event: int, values: Sequence[Any]) -> None:
        """Keep one assessment: values in the order of `ASSESSMENT_COLUMNS`."""
        _keep(self.assessments, self._places[event], values)

    def outcomes(self, tallies: list[Tally], p: Numbers, hours: Callable[[Array], Array]) -> None:
        """Keep every patient's outcomes and their means over the trial, as `found` does."""
        found = [tally.outcome(one, p) for one in tallies]
        self.found(
            Outcome(
                *(
                    np.stack([np.broadcast_to(getattr(one, name), self._shape) for one in found])
                    for name in Outcome._fields
                )
            ),
            hours,
        )

    def found(self, outcomes: Outcome, hours: Callable[[Array], Array]) -> None:
        """Keep outcomes of shape (patients, arms, replicates) and their means, summed in the order of patients.

        Args:
            outcomes: Every patient's.
            hours: Makes the hours of clinicians of the sessions attended, as `clinician_hours` does.
        """
        for name, values in zip(Outcome._fields, outcomes, strict=True):
            self._outcomes[name] = values
            self._trials[name] = _mean(values)
        change, mean = self._outcomes["change"], self._trials["change"]
        squares = _sum((change - mean) * (change - mean))
        with np.errstate(invalid="ignore"):  # one patient has no spread: NaN
            self._trials["change_sd"] = tally.spread(squares, np.float64(len(change)))
        self._trials.update(quantiles(np.moveaxis(change, 0, -1)))
        given = hours(self._outcomes["sessions"].astype(np.intp))
        self._outcomes[HOURS], self._trials[HOURS] = given, mean_hours(given)

    def finish(self, copies: bool = False) -> Recorded:
        """Return everything so far; with `copies`, what later visits leave alone."""

        def table(names: tuple[str, ...], columns: Array) -> dict[str, Array]:
            return dict(zip(names, columns.copy() if copies else columns, strict=True))

        return blank_absent(
            Recorded(
                table(SESSION_COLUMNS, self.sessions),
                table(ASSESSMENT_COLUMNS, self.assessments),
                table(PATIENT_COLUMNS, self.patients),
                dict(self._outcomes),
                dict(self._trials),
                table(CLINICIAN_COLUMNS, self._clinicians),
                list(self._session_events),
                list(self._assessment_events),
                self._seed,
                self._replicates,
            )
        )


def places(events: Sequence[Event]) -> list[int]:
    """The place of each event of a timetable among the sessions, or among the assessments, as they are recorded."""
    counts = {True: 0, False: 0}
    found = []
    for event in events:
        assessed = event.planned.kind is Kind.ASSESSMENT
        found.append(counts[assessed])
        counts[assessed] += 1
    return found


def states(numbers: Any) -> Any:
    """Of the numbers of a `Patient` in the order of `leaves`, those that are kept, in the order of `STATES`."""
    return [numbers[place] for place in STATE_PLACES]


def _keep(columns: Array, place: int, values: Sequence[Any]) -> None:
    """Write values, one a column, each an array (arms, replicates) or what fits it, at one place of a table."""
    for column, value in zip(columns, values, strict=False):
        column[place] = value


def blank_absent(recorded: Recorded) -> Recorded:
    """Blank what a patient who had left did not rate or meet."""
    kept = recorded.sessions
    if kept:
        absent = kept["attended"] < 0.5
        for name in kept.keys() & {*BEHAVIOUR_COLUMNS, *RATING_COLUMNS, *Experience._fields} - {"fatigue", "lead"}:
            kept[name][absent] = np.nan
    return recorded


def quantiles(change: Array) -> dict[str, Array]:
    """Points of the distribution of change over patients, linear between neighbouring patients.

    Args:
        change: Shape (…, patients).

    Returns:
        Each of `QUANTILES`, shape (…).
    """
    ranked = np.sort(change, axis=-1)
    found = {}
    for name, share in QUANTILES.items():
        place = share * (ranked.shape[-1] - 1)
        below = int(place)
        above = min(below + 1, ranked.shape[-1] - 1)
        found[name] = ranked[..., below] + (place - below) * (ranked[..., above] - ranked[..., below])
    return found


def _mean(values: Array) -> Array:
    """Mean over the first axis of what is not NaN, added in order; NaN where nothing is."""
    with np.errstate(invalid="ignore"):
        return _sum(tally.or_nothing(values)) / _sum(tally.given(values))


def _sum(values: Array) -> Array:
    """Sum over the first axis, added in order from zero, as every engine adds: NumPy's own sum adds in pairs."""
    total: Array = 0.0 + np.cumsum(values, axis=0)[-1]
    return total
