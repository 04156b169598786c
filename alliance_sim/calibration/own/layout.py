"""Trials of the size and schedule of one's own data, laid out: as many patients an arm, seen on the same days.

Every arm's world holds all patients of the trial and the same clinicians; an arm's own patients are taken from it, so
that arms share clinicians and never a patient's draws.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.calibration.own import names
from alliance_sim.calibration.own.data import ALL, BASELINE, FEWEST, Data
from alliance_sim.calibration.own.names import DROPOUT
from alliance_sim.calibration.own.schedule import COURSE, EXPERIENCES, SESSION_COLUMNS, Calendar, Measure, further_days
from alliance_sim.calibration.own.source import Source
from alliance_sim.errors import ScenarioError
from alliance_sim.world.protocol import Anchor
from alliance_sim.world.scenario import SCALES, Scenario, with_values

Array = np.ndarray[Any, np.dtype[Any]]
UNEVEN = 4  # times as many patients as the data have that a world may hold so that caseloads are the data's
ASSESSED = {"wemwbs": "wellbeing", "star_p": "star_p"}  # beside the symptom scales


class Scores(NamedTuple):
    """Scores of an arm's patients in one world or many."""

    values: Mapping[Measure, Array]  # each (patients, …worlds); NaN where missing
    clinicians: Array | None  # (patients,) who leads each; None where it is not known
    early: tuple[int, ...]  # sessions whose rating of the alliance may be the early one
    last: int  # day of the protocol's primary assessment, from enrolment


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm of the data, laid out."""

    name: str  # in the data
    of: str  # arm of the study
    scenario: Scenario  # of the simulated trials
    patients: Array  # numbers in the data
    places: Array  # and in a simulated trial
    observed: Scores  # the data, in the shape of one world
    changes: Mapping[str, Any]  # keys that made it of the study's arm
    columns: Mapping[str, str]  # `primary`, `secondary`, `wellbeing` or `star_p` by instrument

    @property
    def measures(self) -> list[Measure]:
        """What is compared."""
        return list(self.observed.values)


@dataclass(frozen=True, eq=False)
class Layout:
    """Simulated trials of the data's size and schedule, before any is run.

    Attributes:
        arms: The data's arms, those of the study's base arm first.
        notes: What was set so that trials fit the data, a sentence each.
        unused: What of the data cannot be compared, a sentence each.
        entry: Instrument whose baseline mean and SD the simulated patients were given; empty where they were not.
    """

    arms: tuple[Arm, ...]
    notes: tuple[str, ...]
    unused: tuple[str, ...]
    entry: str

    @property
    def patients(self) -> int:
        """Patients of the data that are compared."""
        return sum(len(arm.patients) for arm in self.arms)

    @property
    def observed(self) -> dict[str, Scores]:
        """The data by arm."""
        return {arm.name: arm.observed for arm in self.arms}


def matched(data: Data, source: Source, known: Sequence[str], base: str) -> dict[str, str]:
    """The study's arm of each of the data's arms.

    Args:
        data: One's own.
        source: What was said of them.
        known: Arms of the study.
        base: The arm that stands for data without arms.

    Returns:
        Those of the base arm first: the others are compared with it.

    Raises:
        ScenarioError: An arm has none.
    """
    if data.arms == (ALL,):
        return {ALL: base}
    strange = next((name for name in source.arms if name not in data.arms), None)
    if strange is not None:
        raise ScenarioError(f"data.arms: the data have no arm {strange!r}; theirs are: {', '.join(data.arms)}.")
    found = {name: source.arms.get(name, name) for name in data.arms}
    lacking = next((name for name, of in found.items() if of not in known), None)
    if lacking in source.arms:
        raise ScenarioError(f"data.arms: the study has no arm {found[lacking]!r}; choose one of: {', '.join(known)}.")
    if lacking is not None:
        such = ", ".join(f"{name}: {of}" for name, of in zip(data.arms, itertools.cycle(known), strict=False))
        raise ScenarioError(
            f"arm {lacking!r} of the data is no arm of the study, whose arms are: {', '.join(known)}; say which is "
            f"which, such as data.arms='{{{such}}}'."
        )
    return dict(sorted(found.items(), key=lambda pair: pair[1] != base))


def layout(data: Data, source: Source, worlds: Mapping[str, Scenario], base: str) -> Layout:
    """Lay out trials of the data's size and schedule.

    Args:
        data: One's own.
        source: What was said of them.
        worlds: The study's arms.
        base: The arm that stands for data without arms.

    Raises:
        ScenarioError: An arm of the data fits none of the study, or no trial of that size can be made.
    """
    return _Maker(data, source, worlds, base).layout()


class _Maker:
    def __init__(self, data: Data, source: Source, worlds: Mapping[str, Scenario], base: str) -> None:
        self.data, self.source, self.worlds = data, source, worlds
        self.of = matched(data, source, list(worlds), base)
        self.notes: list[str] = []
        if data.arms == (ALL,) and len(worlds) > 1:
            self.notes.append(f"The data name no arms: all patients count as {base}.")
        self.unused = list(data.unused)
        self.entry = ""
        self.changes: dict[str, dict[str, Any]] = {}

    def layout(self) -> Layout:
        people = self.data.patients
        places, values = self._places()
        self._with_scales()
        values |= self._entry()
        arms = []
        for name, of in self.of.items():
            own = np.flatnonzero(people["arm"].to_numpy() == name)
            arms.append(self._arm(name, of, own, places[own], values))
        for arm in arms:
            if not arm.observed.values:
                raise ScenarioError(
                    f"{self._called(arm.name)} nothing can be compared: no instrument was rated of {FEWEST} patients "
                    f"on a day of the course. {' '.join(self.unused)}".rstrip()
                )
        return Layout(tuple(arms), tuple(dict.fromkeys(self.notes)), tuple(dict.fromkeys(self.unused)), self.entry)

    def _called(self, arm: str) -> str:
        return f"of arm {arm!r} of the data" if arm else "of the data"

    # ---------------------------------------------------------------------------------------- who treats whom

    def _places(self) -> tuple[Array, dict[str, Any]]:
        """Place of each patient in a simulated trial, and what makes trials of that size."""
        count, worlds = len(self.data.patients), [self.worlds[of] for of in self.of.values()]
        staff, size = max(world.clinicians.number for world in worlds), max(world.cohorts.size for world in worlds)
        most = min(world.clinicians.max_caseload for world in worlds)
        known = self.data.clinicians
        if known and size == 1:
            whom = self.data.patients["clinician"].to_numpy()
            turn = pd.Series(whom).groupby(whom).cumcount().to_numpy()
            number = known * int(turn.max() + 1)
            if number <= UNEVEN * count:
                pair = max(
                    getattr(world.protocol, phase).clinicians
                    for world in worlds
                    for phase in ("preparation", "therapy", "dosing", "integration")
                )
                if number > count:
                    self.notes.append(
                        f"Caseloads of the {known} clinicians are unequal in the data; simulated ones are filled up to "
                        f"{int(turn.max() + 1)} each, and only the data's patients are looked at."
                    )
                return turn * known + whom, {
                    "patients.number": number,
                    "clinicians.number": max(known, pair),
                    "clinicians.max_caseload": max(most, int(turn.max() + 1)),
                    "assignment.rule": "balanced",
                } if known >= pair else self._unknown(count, max(pair, staff), most)
            self.unused.append("Clinicians are not compared: their caseloads are too unequal.")
        elif known:
            self.unused.append("Clinicians are not compared: patients share sessions in the protocol.")
        if size > 1:
            return self._in_cohorts(size, staff, most)
        return np.arange(count), self._unknown(count, staff, most)

    def _unknown(self, count: int, staff: int, most: int) -> dict[str, Any]:
        """What makes trials of so many patients with the study's clinicians, or as many more as they need."""
        needed = max(staff, math.ceil(count / most))
        if needed > staff:
            self.notes.append(f"So many patients need {needed} clinicians: clinicians.number was {staff}.")
        return {"patients.number": count, "clinicians.number": needed}

    def _in_cohorts(self, size: int, staff: int, most: int) -> tuple[Array, dict[str, Any]]:
        """Where patients share sessions each arm begins with a cohort of its own."""
        whose, places, start = self.data.patients["arm"].to_numpy(), np.zeros(len(self.data.patients), dtype=int), 0
        for name in self.of:
            own = np.flatnonzero(whose == name)
            places[own] = start + np.arange(len(own))
            start += math.ceil(len(own) / size) * size
        a_clinician = max(1, most // size) * size
        return places, {"patients.number": start, "clinicians.number": max(staff, math.ceil(start / a_clinician))}

    # --------------------------------------------------------------------------------------------- what is rated

    def _with_scales(self) -> None:
        """Have trials rate a symptom scale that the data have and the protocol does not name."""
        made = {}
        for name, world in self.worlds.items():
            self.changes[name] = {}
            fitting = [scale for scale in SCALES[world.patients.condition] if scale.value in self.data.instruments]
            own = (world.primary, world.secondary)
            new = next((scale for scale in fitting if scale not in own), None)
            if new is not None and (world.secondary not in fitting or world.secondary is world.primary):
                self.changes[name] = {"protocol.entry.secondary": new.value}
                world = with_values(world, self.changes[name])
                self.notes.append(f"Simulated trials rate {world.instrument(new).name} as second scale, as yours did.")
            made[name] = world
        self.worlds = made

    def _columns(self, world: Scenario) -> dict[str, str]:
        return {world.secondary.value: "secondary", world.primary.value: "primary", **ASSESSED}

    def _entry(self) -> dict[str, Any]:
        """Mean and SD of the baseline as the population's, where a population has them."""
        worlds = [self.worlds[of] for of in self.of.values()]
        first = worlds[0]
        if not self.source.entry:
            if first.primary.value in self.data.instruments:
                self.notes.append(
                    f"Simulated patients are as ill as the study's own; data.entry=true gives them mean and SD of your "
                    f"baseline {first.instrument(first.primary).name}."
                )
            return {}
        if any(world.primary is not first.primary or world.patients != first.patients for world in worlds):
            self.unused.append("Arms have different populations, so your baseline was given to none.")
            return {}
        scores = self.data.scores
        own = scores[(scores["instrument"] == first.primary.value) & scores["value"].notna()]
        calendar = Calendar(first, self.data.anchor, self.source.window)
        at_entry = own[calendar.occasions(first.primary.value, own) == BASELINE]
        values = at_entry.sort_values("day").drop_duplicates("patient", keep="last")["value"].to_numpy()
        name = first.instrument(first.primary).name
        if len(values) < FEWEST or values.std(ddof=1) == 0:
            return {}
        low, high = first.entry_bounds
        if (values < low).sum() + (values > high).sum():
            self.unused.append(
                f"Some baseline {name} scores lie outside protocol.entry, {low:g} to {high:g}; type "
                f"protocol.entry.lowest= and protocol.entry.highest= as your trial had them."
            )
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        entry = {
            "patients.entry.mean": round(mean, 4),
            "patients.entry.sd": round(sd, 4),
            "patients.entry.scale": first.primary.value,
            "patients.entry.lowest": low,
            "patients.entry.highest": high,
        }
        try:
            with_values(first, entry)
        except ScenarioError as error:
            self.unused.append(
                f"Simulated patients keep the study's own severity, as yours, mean {mean:.1f} and SD {sd:.1f} at "
                f"baseline, cannot be had: {error}"
            )
            return {}
        self.entry = first.primary.value
        self.notes.append(
            f"Simulated patients were given your baseline {name}, mean {mean:.1f} and SD {sd:.1f}, which therefore "
            f"confirms nothing. Where scores vary less than in the study's own population, symptoms fluctuate less too."
        )
        return entry

    # ------------------------------------------------------------------------------------------------ one arm

    def _arm(self, name: str, of: str, patients: Array, places: Array, values: dict[str, Any]) -> Arm:
        world = self.worlds[of]
        calendar = Calendar(world, self.data.anchor, self.source.window)
        columns = self._columns(world)
        scores = self.data.scores
        scores = scores[(scores["arm"] == name) & scores["value"].notna()]
        observed: dict[Measure, Array] = {}
        for instrument in names.MEASURES:
            own = scores[scores["instrument"] == instrument]
            if own.empty:
                continue
            known = {*columns, *SESSION_COLUMNS, *EXPERIENCES, DROPOUT}
            if instrument not in known:
                self.unused.append(f"{names.shown(instrument)} is no outcome of {world.protocol.name}.")
                continue
            observed |= self._observed(instrument, own, calendar, patients)
        if DROPOUT in {measure.instrument for measure in observed}:
            whole = observed[Measure(DROPOUT, COURSE)]
            observed[Measure(DROPOUT, COURSE)] = np.where(np.isnan(whole), 0.0, whole)
        further = further_days(observed, calendar)
        if further:
            values = values | self._assessed(world, calendar, further)
        values = self.changes[of] | values
        scenario = with_values(world, values)
        early, last = scenario.early_codes(), scenario.protocol.assessments.primary_day
        sessions = [step for step in scenario.course() if step.phase != "assessment"]
        known_staff = self.data.clinicians and "assignment.rule" in values
        return Arm(
            name,
            of,
            scenario,
            patients,
            places,
            Scores(
                observed,
                self.data.patients["clinician"].to_numpy()[patients] if known_staff else None,
                tuple(place for place, step in enumerate(sessions, 1) if step.code in early),
                next(step.day for step in scenario.course() if step.phase == "assessment" and step.number == last),
            ),
            values,
            columns,
        )

    def _observed(
        self, instrument: str, own: pd.DataFrame, calendar: Calendar, patients: Array
    ) -> dict[Measure, Array]:
        """Scores on one instrument, a column of patients for each occasion."""
        found = own.assign(occasion=calendar.occasions(instrument, own), true=calendar.days_of(own))
        name = names.shown(instrument)
        lost = found[found["occasion"] == ""]
        if len(lost):
            what = (
                "no dosing session"
                if instrument in EXPERIENCES
                else (
                    "no session"
                    if instrument in SESSION_COLUMNS
                    else f"no day of the course, or of fewer than {FEWEST} patients"
                )
            )
            self.unused.append(
                f"{len(lost)} score{'s' * (len(lost) > 1)} of {name} {'are' if len(lost) > 1 else 'is'} of {what}."
            )
        made = {}
        for occasion, rows in found[found["occasion"] != ""].groupby("occasion"):
            measure = Measure(instrument, str(occasion))
            if instrument == "star_p" and occasion == BASELINE:
                self.unused.append(f"{name} is not rated at baseline in the model.")
                continue
            if instrument == DROPOUT:
                rows = rows.sort_values("value")
            elif measure.day >= 0:  # the nearest counts, the later of two
                rows = rows.assign(apart=-(rows["true"] - measure.day).abs()).sort_values(["apart", "true"])
            else:
                rows = rows.sort_values("true")
            each = rows.drop_duplicates("patient", keep="last").set_index("patient")["value"]
            if len(each) < FEWEST:
                self.unused.append(f"{name}, {occasion}: fewer than {FEWEST} patients.")
                continue
            made[measure] = each.reindex(patients).to_numpy(dtype=np.float64)
        return dict(sorted(made.items(), key=lambda item: (item[0].day, item[0].session)))

    def _assessed(self, world: Scenario, calendar: Calendar, further: list[int]) -> dict[str, Any]:
        """What has trials assessed on further days."""
        asked = world.protocol.assessments
        primary = next(
            step.day for step in world.course() if step.phase == "assessment" and step.number == asked.primary_day
        )
        self.notes.append(
            f"Simulated trials are assessed on the data's days too, from enrolment: {', '.join(map(str, further))}."
        )
        return {
            "protocol.assessments.anchor": Anchor.enrolment.value,
            "protocol.assessments.days": sorted({*calendar.assessed, *further}),
            "protocol.assessments.primary_day": primary,
        }
