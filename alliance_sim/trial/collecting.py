"""Mesa's data collector for a trial: a day's end copies the arrays, and frames are made when asked for."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from mesa import DataCollector

from alliance_sim.model import bond, groups, state
from alliance_sim.model.records import names
from alliance_sim.trial.agents import BEFORE, Clinician, Group, Patient

if TYPE_CHECKING:
    from alliance_sim.trial.model import TherapyTrial

Array = np.ndarray[Any, np.dtype[Any]]
PATIENT_COLUMNS = (
    "time",
    "number",
    "phase",
    "trust",
    "felt_empathy",
    "rapport",
    "alliance",
    "openness",
    "fear",
    "severity",
    "set_point",
    "wellbeing",
    "insight",
    "in_treatment",
    "last_day",
)
COLUMNS: dict[type, tuple[str, ...]] = {
    Patient: PATIENT_COLUMNS,
    Clinician: ("number", "fatigue"),
    Group: ("number", "cohesion"),
}
TRIAL_COLUMNS = {"time": "time", "in_treatment": "in_treatment", "alliance": "mean_alliance"}
PLACES: dict[type, dict[str, int]] = {
    Patient: {name: place for place, name in enumerate(names(state.Patient))},
    Clinician: {name: place for place, name in enumerate(names(state.Clinician))},
    Group: {name: place for place, name in enumerate(names(groups.Group))},
}


class Attribute:
    """A reporter of one attribute of an agent, which can be pickled: Mesa makes an inner function of a name."""

    def __init__(self, name: str) -> None:
        """Remember the attribute."""
        self.name = name

    def __call__(self, agent: Any) -> Any:
        """Return the agent's attribute."""
        return getattr(agent, self.name)


class Day(NamedTuple):
    """What one day's end showed: copies, which later days leave alone."""

    people: Array  # (patients, fields of `state.Patient`)
    staff: Array  # (clinicians, fields of `state.Clinician`)
    cohorts: Array  # (groups, fields of `groups.Group`)
    phases: list[str]  # of each patient
    present: Array  # (patients,), False of those who were removed
    enrolled: Array  # (patients,), True from the day of enrolment on of those who are present
    trial: dict[str, Any]  # by name of a reporter of one's own
    agents: list[tuple[Any, ...]]  # day, agent, then each of one's own agent reporters
    by_type: dict[type, dict[str, dict[int, Any]]]  # of one's own reporters: values by name and agent


class DayCollector(DataCollector):
    """Mesa's collector of a trial: a row a patient and day, with reporters of one's own beside.

    Reporters may be added, replaced and deleted as on any `DataCollector`, in its dictionaries or by its methods; what
    was not yet reported on a day is None there. Collecting twice on one day keeps the later.
    """

    def __init__(self, trial: TherapyTrial, **own: Any) -> None:
        """Collect a trial; `own` are the arguments of Mesa's `DataCollector`."""
        self._trial = trial
        self._days: dict[float, Day] = {}
        super().__init__()
        self._given = {kind: {name: Attribute(name) for name in columns} for kind, columns in COLUMNS.items()}
        self.model_reporters = dict(TRIAL_COLUMNS)
        self.agenttype_reporters = {kind: dict(given) for kind, given in self._given.items()}
        for name, reporter in (own.get("model_reporters") or {}).items():
            self._new_model_reporter(name, reporter)
        for name, reporter in (own.get("agent_reporters") or {}).items():
            self._new_agent_reporter(name, reporter)
        for kind, reporters in (own.get("agenttype_reporters") or {}).items():
            for name, reporter in reporters.items():
                self._new_agenttype_reporter(kind, name, reporter)
        for name, columns in (own.get("tables") or {}).items():
            self._new_table(name, columns)

    def _new_agent_reporter(self, name: str, reporter: Any) -> None:
        super()._new_agent_reporter(name, Attribute(reporter) if isinstance(reporter, str) else reporter)

    def _new_agenttype_reporter(self, agent_type: type, name: str, reporter: Any) -> None:
        made = Attribute(reporter) if isinstance(reporter, str) else reporter
        super()._new_agenttype_reporter(agent_type, name, made)

    def collect(self, model: TherapyTrial) -> None:
        """Copy the state of everyone, and ask the reporters of one's own."""
        trial: dict[str, Any] = {}
        agents: list[tuple[Any, ...]] = []
        by_type: dict[type, dict[str, dict[int, Any]]] = {}
        asked = self._asked(model)
        if asked is not None:
            asked.collect(model)
            self._validated = asked._validated
            trial = {name: values[-1] for name, values in asked.model_vars.items()}
            agents = asked._agent_records.get(model.time, [])
            for kind, rows in asked._agenttype_records.get(model.time, {}).items():
                own = asked.agenttype_reporters[kind]
                by_type[kind] = {name: {row[1]: row[at] for row in rows} for at, name in enumerate(own, 2)}
        self._days[model.time] = Day(
            model.people.copy(),
            model.staff.copy(),
            model.cohorts.copy(),
            model.phases.copy(),
            model.present.copy(),
            model.enrolled,
            trial,
            agents,
            by_type,
        )

    def _asked(self, model: TherapyTrial) -> DataCollector | None:
        """A collector of one day for whatever the arrays do not hold; None if they hold everything."""
        usual = self.model_reporters == TRIAL_COLUMNS and self.agenttype_reporters == self._given
        if usual and not self.agent_reporters and not any(model.overridden.values()):
            return None
        trial = {
            name: reporter
            for name, reporter in self.model_reporters.items()
            if TRIAL_COLUMNS.get(name) != reporter or reporter in model.overridden[None]
        }
        by_type: dict[type, dict[str, Any]] = {}
        for kind, reporters in self.agenttype_reporters.items():
            given, new = self._given.get(kind, {}), model.overridden.get(kind, set())
            own = {
                name: reporter for name, reporter in reporters.items() if given.get(name) is not reporter or name in new
            }
            if own:
                by_type[kind] = own
        if not (trial or by_type or self.agent_reporters):
            return None
        asked = DataCollector()
        asked._validated = self._validated
        asked.model_reporters = trial
        asked.model_vars = {name: [] for name in trial}
        asked.agent_reporters, asked.agenttype_reporters = self.agent_reporters, by_type
        return asked

    # Mesa's own names of what it has collected, for whoever reads them: `batch_run`, SolaraViz.

    @property
    def _collection_steps(self) -> list[float]:
        return list(self._days)

    @_collection_steps.setter
    def _collection_steps(self, value: Any) -> None:
        """Mesa sets it when it begins."""

    @property
    def _agent_records(self) -> dict[float, list[tuple[Any, ...]]]:
        return {day: kept.agents for day, kept in self._days.items() if kept.agents}

    @_agent_records.setter
    def _agent_records(self, value: Any) -> None:
        """Mesa sets it when it begins."""

    @property
    def _agenttype_records(self) -> Any:
        return Records(self)

    @_agenttype_records.setter
    def _agenttype_records(self, value: Any) -> None:
        """Mesa sets it when it begins."""

    @property
    def model_vars(self) -> dict[str, list[Any]]:
        """A list of each reporter of the model, a value a day."""
        return {name: [self._of_trial(name, *one) for one in self._days.items()] for name in self.model_reporters}

    @model_vars.setter
    def model_vars(self, value: Any) -> None:
        """Mesa sets it when it begins."""

    def _of_trial(self, name: str, day: float, kept: Day) -> Any:
        if name in kept.trial or name not in TRIAL_COLUMNS:
            return kept.trial.get(name)
        if name == "time":
            return day
        here = kept.people[kept.enrolled]
        if name == "in_treatment":
            return int(here[:, PLACES[Patient]["in_treatment"]].sum())
        return float(np.mean(alliances(here))) if len(here) else float("nan")

    def get_agent_vars_dataframe(self) -> pd.DataFrame:
        """Each enrolled patient at the end of each day on which anything happened in the trial.

        The state is that of the patient's latest visit, on `last_day`: between visits nobody looks. With agent
        reporters of one's own their columns stand beside, and every other agent has rows too.
        """
        frame = self.get_agenttype_vars_dataframe(Patient)
        frame = frame[
            np.concatenate([kept.enrolled[kept.present] for kept in self._days.values()] or [np.zeros(0, bool)])
        ]
        if not self.agent_reporters:
            return frame
        rows = [row for kept in self._days.values() for row in kept.agents]
        columns = ["Step", "AgentID", *self.agent_reporters]
        own = pd.DataFrame.from_records(rows, columns=columns, index=["Step", "AgentID"])
        waiting = {
            (day, agent.unique_id)
            for day, kept in self._days.items()
            for agent, here in zip(self._trial.by_number[Patient], kept.enrolled, strict=True)
            if not here
        }
        own = own[[place not in waiting for place in own.index]]
        return frame.drop(columns=frame.columns.intersection(own.columns)).join(own, how="outer")

    def get_agenttype_vars_dataframe(self, agent_type: type) -> pd.DataFrame:
        """Each agent of a type at the end of each day on which anything happened in the trial."""
        kind = self._kind(agent_type)
        if kind not in COLUMNS:
            return self._of_others(kind)
        days = [(day, kept, *self._shown(kind, kept)) for day, kept in self._days.items()]
        steps = np.repeat(np.array(list(self._days)), [len(ids) for _, _, ids, _ in days])
        ids = np.concatenate([ids for _, _, ids, _ in days] or [np.zeros(0, dtype=np.int64)])
        made = {}
        for name in self.agenttype_reporters[kind]:
            parts = [self._column(kind, name, *one) for one in days]
            made[name] = list(chain.from_iterable(parts)) if _listed(parts) else np.concatenate(parts or [[]])
        return pd.DataFrame(made, index=pd.MultiIndex.from_arrays([steps, ids], names=["Step", "AgentID"]))

    def _shown(self, kind: type, kept: Day) -> tuple[Array, Array]:
        """Ids of the agents of a type that have a row on a day, and the places of the trial's own in its arrays."""
        if kind not in COLUMNS:
            ids = {one for values in kept.by_type.get(kind, {}).values() for one in values}
            return np.array(sorted(ids), dtype=np.int64), np.arange(len(ids))
        agents = self._trial.by_number[kind]
        places = np.flatnonzero(kept.present) if kind is Patient else np.arange(len(agents))
        return np.array([agents[place].unique_id for place in places], dtype=np.int64), places

    def _kind(self, agent_type: type) -> type:
        """The type that reporters stand under: a subclass of the trial's own agents answers to their name."""
        if agent_type in self.agenttype_reporters:
            return agent_type
        return next((kind for kind in COLUMNS if issubclass(agent_type, kind)), agent_type)

    def _of_others(self, kind: type) -> pd.DataFrame:
        reporters = self.agenttype_reporters
        asked = DataCollector(agenttype_reporters={kind: reporters[kind]} if kind in reporters else None)
        asked._agenttype_records = {day: self._agenttype_records.get(day) for day in self._days}
        frame: pd.DataFrame = asked.get_agenttype_vars_dataframe(kind)
        return frame

    def _column(self, kind: type, name: str, day: float, kept: Day, ids: Array, places: Array) -> Any:
        """One column of a type of agents at one day's end; the last two as `_shown` gives them."""
        own = kept.by_type.get(kind, {})
        if name in own or name not in COLUMNS.get(kind, ()):
            return [own.get(name, {}).get(int(one)) for one in ids]
        if name == "number":
            return places
        if name == "time":
            return np.full(len(places), float(day))
        if name == "phase":
            return [kept.phases[place] if kept.enrolled[place] else BEFORE for place in places]
        if name == "alliance":
            return alliances(kept.people[places])
        rows = {Patient: kept.people, Clinician: kept.staff, Group: kept.cohorts}[kind]
        return rows[places, PLACES[kind][name]]


class Records:
    """Rows of agents by day and type as Mesa keeps them, made for the days that are asked for."""

    def __init__(self, collector: DayCollector) -> None:
        """Answer for a collector."""
        self._collector = collector

    def get(self, day: float, default: Any = None) -> Any:
        """Rows (day, agent, values in the order of the type's reporters) of each type at one day's end."""
        collector, found = self._collector, {}
        kept = collector._days.get(day)
        if kept is None:
            return default
        for kind, reporters in collector.agenttype_reporters.items():
            ids, places = collector._shown(kind, kept)
            columns = [_plain(collector._column(kind, name, day, kept, ids, places)) for name in reporters]
            found[kind] = list(zip([day] * len(ids), ids.tolist(), *columns, strict=True))
        return found


def alliances(people: Array) -> Array:
    """The bond as a whole of each patient, in [0, 1], by the law."""
    at = PLACES[Patient]
    made: Array = bond.alliance(state.BondState(*(people[:, at[name]] for name in state.BondState._fields)))
    return made


def _listed(parts: list[Any]) -> bool:
    return any(isinstance(part, list) for part in parts)


def _plain(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list) else list(values.tolist())
