"""What a study's results hold, for whoever draws or writes about them: read when first asked for, from a folder alone.

The folder may have been copied from elsewhere, be interrupted or hold one shard; what is not there is empty.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from alliance_sim.analysis import precision, scales, summary, uncertainty
from alliance_sim.analysis.asked_contrasts import effects
from alliance_sim.analysis.estimates import Pair, split_halves
from alliance_sim.analysis.running import HEADLINE, NAMES, STANDARDISED, Kind, Label, Running
from alliance_sim.analysis.summary import SPLIT_COLUMNS, Answers
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import FolderError
from alliance_sim.model.instruments import Scale
from alliance_sim.study.config import Estimand, Study
from alliance_sim.study.reading import ANSWERS, Stored, load
from alliance_sim.study.records import DamagedError
from alliance_sim.world.scenario import Scenario

Tables = Mapping[str, pd.DataFrame]  # of an answer, by part; the main one has no name
DRAWN_ROWS = 500_000  # most sessions and assessments that figures are drawn from


class _Answered(dict[str, pd.DataFrame]):
    """A question's tables by their part; one that is not there is one sentence when it is asked for."""

    def __init__(self, question: str, held: Stored, tables: Tables) -> None:
        super().__init__(tables)
        self._question, self._held = question, held

    def __missing__(self, part: str) -> pd.DataFrame:
        name = f"{self._question}_{part}" if part else self._question
        raise DamagedError(f"{ANSWERS}/{name}.csv", "is missing").at(self._held.folder, self._held.advice)


class Opened:
    """A study and its results folder."""

    def __init__(self, study: Study, held: Stored, found: Running | None = None) -> None:
        """Take both, and the moments of the trials where they are known; nothing is read yet."""
        self.study, self.held, self._found = study, held, found
        self.tables: dict[str, pd.DataFrame] = {}  # answers that the folder does not hold
        self.writes = False  # whether what answers them is written to the folder on the way
        self._trials_with: dict[str, pd.DataFrame] = {}

    @functools.cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Each arm's world; of a design of points the base arm's alone."""
        made = self.study.scenarios()
        return made if self.study.design.of_arms else {self.study.base_arm: made[self.study.base_arm]}

    @property
    def base(self) -> Scenario:
        """The base arm's world, which a design of points varies."""
        return self.scenarios[self.study.base_arm]

    @functools.cached_property
    def found(self) -> Running:
        """Moments of every measure, from all trials that are there."""
        if self._found is not None:
            return self._found
        made = summary.begin(self.held.design, self.study.base_arm, self.kinds)
        for part in self.held.parts("trials", NAMES):
            made.add(self.held.labelled(part))
        return made

    @functools.cached_property
    def answers(self) -> Answers:
        """Outcomes, contrasts, main effects and the median split; no score is compared across scales."""
        made = summary.answers(self.found, self.held.design, self.study.base_arm, self._split())
        if self.study.contrast:
            made = made._replace(effects=effects(self, self.study.contrast, self.study.by))
        if not self.kinds:
            return made
        running = self.found
        if "draw" in self.held.design:
            running = uncertainty.Averaged(running, summary.compared(self.design, self.study.base_arm)).mean
        return scales.with_patients(scales.comparable(made, running, self.kinds), self.kinds)

    @functools.cached_property
    def kinds(self) -> Mapping[Label, Kind]:
        """Scale, condition and people of each arm or point; empty where a design varies none, or compares no points."""
        return scales.kinds(self.study, self.design)

    @property
    def other_patients(self) -> list[Pair]:
        """The pairs of arms or points that do not hold the same patients."""
        table = self.answers.contrasts
        if "same_patients" not in table:
            return []
        own = table[~table["same_patients"].astype(bool)]
        return list(dict.fromkeys(zip(own["arm" if "arm" in own else "point"], own["versus"], strict=True)))

    @property
    def scale_names(self) -> dict[Label, str]:
        """The name of each point's primary scale, where a design of points varies it."""
        if self.study.design.of_arms:
            return {}
        scales_of = self.study.parameters.instruments
        return {label: getattr(scales_of, kind.scale).name for label, kind in self.kinds.items()}

    def errors(self, measure: str, estimand: Estimand) -> np.ndarray:
        """Monte Carlo errors of a measure's means, differences or contrasts, in its unit; NaN where not known."""
        if estimand is not Estimand.contrast:
            return precision.errors(self.found, measure, estimand)
        table = self.answers.effects
        own: np.ndarray = table.loc[table["measure"] == measure, "mcse"].to_numpy(dtype=float)
        return own * precision.scale(measure)

    def largest_error(self, measure: str, estimand: Estimand) -> float:
        """The largest of `errors` that is known; NaN if none is."""
        return precision.largest(self.errors(measure, estimand))

    @property
    def headline(self) -> str:
        """The measure that findings begin with: where scales differ, one that has none."""
        return STANDARDISED if scales.differ(self.kinds) else HEADLINE

    def summary(self) -> Iterator[pd.DataFrame]:
        """The rows of `summary.csv` with their units, some at a time."""
        base = self.study.base_arm
        for part in summary.written(self.answers, base):
            yield summary.in_units(part, self.scenarios, base, self.scale_names)

    def _split(self) -> pd.DataFrame | None:
        """Halves of the base arm's patients in each trial, where there are arms and patients were kept."""
        if self.study.keep is Keep.trials or not self.study.named:
            return None
        base, design = self.study.base_arm, self.held.design
        parts = self.held.parts("patients", SPLIT_COLUMNS, ids=set(design.loc[design["arm"] == base, "id"]))
        found = [split_halves(part.assign(arm=base), base) for part in parts if len(part)]
        return pd.concat(found) if found else None

    @functools.cached_property
    def design(self) -> pd.DataFrame:
        """One row an arm or point, as the study asked for them."""
        return summary.asked(self.held.design)

    @property
    def labels(self) -> list[Label]:
        """Names of the arms, or numbers of the points."""
        design = self.design
        return list(design["arm"] if "arm" in design else design["point"])

    @property
    def pair(self) -> Pair:
        """The arm and the comparator that questions about one effect are about."""
        return summary.pairs(list(self.scenarios), self.study.base_arm)[0]

    def measured_on(self, scale: Scale) -> list[str]:
        """The arms whose primary scale this is."""
        return [arm for arm, world in self.scenarios.items() if world.primary is scale]

    def people(self, columns: Sequence[str] | None = None, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """Every patient; empty where none were kept, or they are patients of many draws of the posterior."""
        if self.study.posterior.draws:
            return pd.DataFrame()
        return self.held.read("patients", columns, labels=arms)

    @functools.cached_property
    def trials(self) -> pd.DataFrame:
        """Every trial."""
        return self.held.trials

    @functools.cached_property
    def drawn(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Patients and sessions of as many replicates as figures are drawn from with ease."""
        if self.study.posterior.draws:
            return pd.DataFrame(), pd.DataFrame()
        most = self._drawn_replicates
        return self.held.read("patients", replicates=most), self.held.read("sessions", replicates=most)

    @property
    def _drawn_replicates(self) -> int:
        visits = sum(len(arm.course()) * arm.patients.number for arm in self.scenarios.values())
        return max(1, DRAWN_ROWS // max(1, visits))

    def trials_with(self, kind: str) -> pd.DataFrame:
        """Arm and replicate of every trial whose `patients` or `sessions` the folder holds, drawn or not."""
        if kind not in self._trials_with:
            if self._drawn_replicates >= self.held.replicates:
                rows = self.drawn[("patients", "sessions").index(kind)]
                self._trials_with[kind] = rows if rows.empty else rows[["arm", "replicate"]].drop_duplicates()
            else:
                parts = [self.held.labelled(part.drop_duplicates()) for part in self.held.parts(kind, [])]
                self._trials_with[kind] = pd.concat(parts) if parts else pd.DataFrame()
        return self._trials_with[kind]

    def table(self, name: str) -> pd.DataFrame | None:
        """A table of answers as the study wrote it; None where it is not there."""
        return self.tables[name] if name in self.tables else self.held.table(name)

    def answered(self, question: str) -> dict[str, pd.DataFrame]:
        """A question's tables by their part, the main one's without a name; none if it was not answered."""
        there = {*self.tables, *self.held.tables}
        parts = {name: name.removeprefix(question) for name in sorted(there)}
        found = {part.removeprefix("_"): self.table(name) for name, part in parts.items() if part[:1] in ("", "_")}
        return _Answered(question, self.held, {part: table for part, table in found.items() if table is not None})

    @functools.cached_property
    def about_answers(self) -> dict[str, dict[str, Any]]:
        """For each question that was answered: replicates and seconds."""
        return dict(self.held.about_answers)


def opened(folder: str | Path) -> Opened:
    """Open a results folder.

    Raises:
        FolderError: It holds no results, is damaged, or was written by another version.
    """
    stored = load(folder)
    try:
        study = TypeAdapter(Study).validate_python(stored.manifest["config"])
    except ValidationError as error:
        raise FolderError(
            f"{folder} holds a study that this version of alliance-sim cannot read; "
            f"use version {stored.manifest.get('package', 'that wrote it')}."
        ) from error
    if not _fits(stored.design, study):
        raise FolderError(f"{folder} lists other points than its study has; {stored.advice}.")
    return Opened(study, stored)


def _fits(design: pd.DataFrame, study: Study) -> bool:
    """True if a design has the columns that the answers of a study read, and names its arms."""
    if study.named:
        return "arm" in design and set(design["arm"]) == set(study.arms)
    base = "base" not in design or pd.api.types.is_bool_dtype(design["base"])
    of_arms = not study.design.of_arms or set(design.get("of", ())) == set(study.arms)
    return base and of_arms and "arm" not in design and ("draw" in design) == ("of" in design)
