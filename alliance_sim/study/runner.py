"""From a study to its frames: arms with one timetable run together, replicates in blocks of bounded size."""

import dataclasses
import json
import math
import sys
import time
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from alliance_sim.engine.recording import Keep
from alliance_sim.registry import plain
from alliance_sim.scenario import Scenario
from alliance_sim.study import tables
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName, pick, simulate

ROWS = 250_000  # sessions and assessments simulated at once: some 300 MB
SECONDS_BETWEEN_LINES = 5.0  # of progress, where no bar can be drawn; longer in long runs:
LINES = 10  # the wait is this part of the time passed
WORDS = ("phase", "session")  # columns whose words can differ between arms
NUMBERS = tables.TRIAL_COLUMNS  # what a trial that failed does not have


NOT_KEPT = pd.DataFrame()
Part = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # trials, patients, sessions


@dataclasses.dataclass(frozen=True)
class Chunk:
    """A block of replicates of every arm, finished."""

    replicates: range
    trials: pd.DataFrame
    patients: pd.DataFrame
    sessions: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class Results:
    """What a study found: tidy frames, and the trials that failed among them."""

    design: pd.DataFrame
    trials: pd.DataFrame
    patients: pd.DataFrame
    sessions: pd.DataFrame

    @property
    def failures(self) -> pd.DataFrame:
        """Arm, replicate and error of every trial that raised."""
        return failures(self.trials)


def failures(trials: pd.DataFrame) -> pd.DataFrame:
    """Arm, replicate and error of every trial that raised."""
    return trials.loc[trials["status"] == "failed", ["arm", "replicate", "error"]].reset_index(drop=True)


def run(study: Study, progress: bool = False) -> Results:
    """Run a whole study and keep everything in memory.

    Args:
        study: What to run.
        progress: Show trials done, rate and time left on standard error.

    Raises:
        ScenarioError: An arm is no valid scenario.
    """
    done = list(chunks(study, progress=progress))
    return Results(
        design(study),
        joined([chunk.trials for chunk in done], study.arms),
        joined([chunk.patients for chunk in done], study.arms),
        joined([chunk.sessions for chunk in done], study.arms),
    )


def chunks(study: Study, rows: int | None = None, progress: bool = False) -> Iterator[Chunk]:
    """Run a study block by block; the results do not depend on the size of a block.

    Args:
        study: What to run.
        rows: Contacts in all arms together that one block holds, `ROWS` unless given; it holds one
            replicate at least.
        progress: Show trials done, rate and time left on standard error.

    Yields:
        Blocks of replicates, each with every arm.

    Raises:
        ScenarioError: An arm is no valid scenario.
    """
    scenarios = study.scenarios()
    together = groups(scenarios)
    engine = pick(study.engine, list(scenarios.values()), study.replicates)
    contacts = sum(len(held.course()) * held.patients.number for held in scenarios.values())
    most = max(1, (ROWS if rows is None else rows) // contacts)
    size = math.ceil(study.replicates / math.ceil(study.replicates / most))  # blocks of even size
    with Progress(study.replicates * len(scenarios), progress) as shown:
        for first in range(0, study.replicates, size):
            block = range(first, min(first + size, study.replicates))
            yield _chunk(scenarios, together, block, study, engine)
            shown.add(len(block) * len(scenarios))


def groups(scenarios: dict[str, Scenario]) -> list[list[str]]:
    """Names of arms that can run together: what an engine lays out once for all of them is the same."""
    found: dict[Hashable, list[str]] = {}
    for name, arm in scenarios.items():
        alike = (
            tuple(arm.course()),
            arm.patients.number,
            arm.clinicians.number,
            arm.assignment.enrolment_spacing,
            arm.protocol.dose_per_kg,
            arm.primary,
            arm.secondary,
            arm.protocol.assessments.primary_day,
        )
        found.setdefault(alike, []).append(name)
    return list(found.values())


def joined(frames: Iterable[pd.DataFrame], arms: Iterable[str]) -> pd.DataFrame:
    """Put frames of several blocks or groups of arms together, sorted by arm and replicate."""
    held = list(frames)
    held = [frame for frame in held if len(frame)] or held[:1]
    whole = pd.concat(held, ignore_index=True)
    if whole.empty:
        return whole
    whole["arm"] = pd.Categorical(whole["arm"].astype(str), categories=list(arms))
    for name in WORDS:
        if name in whole.columns:
            whole[name] = whole[name].astype("category")
    return whole.sort_values(["arm", "replicate"], kind="stable", ignore_index=True)


def design(study: Study) -> pd.DataFrame:
    """One row an arm: its name, what it changes, and every scenario value in which arms differ."""
    values = {name: flat(plain(held)) for name, held in study.scenarios().items()}
    keys = list(dict.fromkeys(key for arm in values.values() for key in arm))
    differing = [key for key in keys if len({json.dumps(arm.get(key)) for arm in values.values()}) > 1]
    frame = pd.DataFrame(
        {
            "arm": list(values),
            "base": [name == study.base_arm for name in values],
            "changes": [json.dumps(study.arms[name]) for name in values],
        }
    )
    for key in differing:
        held = [arm.get(key) for arm in values.values()]
        simple = all(isinstance(value, int | float | str) for value in held)
        frame[key] = held if simple else [json.dumps(value) for value in held]
    return frame


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested dictionaries into one with dotted keys."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            made.update(flat(value, f"{prefix}{key}."))
        else:
            made[f"{prefix}{key}"] = value
    return made


class Progress:
    """Trials done, rate and time left on standard error: a bar in a terminal, else a line now and then."""

    def __init__(self, total: int, shown: bool) -> None:
        """Show nothing unless `shown`."""
        self._total, self._done, self._shown = total, 0, shown
        self._bar = tqdm(total=total, unit=" trials", leave=False) if shown and sys.stderr.isatty() else None
        self._began = self._told = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add(self, trials: int) -> None:
        """Count trials that are done."""
        self._done += trials
        if self._bar is not None:
            self._bar.update(trials)
            return
        now = time.monotonic()
        wait = max(SECONDS_BETWEEN_LINES, (now - self._began) / LINES)
        if self._shown and now - self._told >= wait and self._done < self._total:
            rate = self._done / (now - self._began)
            left = (self._total - self._done) / rate
            told = f"{self._done} of {self._total} trials, {rate:.0f} a second, {left:.0f} s left"
            print(told, file=sys.stderr, flush=True)
            self._told = now


def _chunk(
    scenarios: dict[str, Scenario], together: list[list[str]], block: range, study: Study, engine: EngineName
) -> Chunk:
    errors: dict[tuple[str, int], str] = {}
    parts: list[Part] = []
    for names in together:
        parts += _simulated({name: scenarios[name] for name in names}, block, study, engine, errors)
    kinds = [joined(frames, scenarios) for frames in zip(*parts, strict=True)] or [pd.DataFrame()] * 3
    done, people, sessions = kinds
    return Chunk(block, _with_failures(done, list(scenarios), block, errors), people, sessions)


def _simulated(
    arms: dict[str, Scenario], block: range, study: Study, engine: EngineName, errors: dict[tuple[str, int], str]
) -> list[Part]:
    """Run arms of one timetable; where that raises, run their worlds one by one and note which ones raise."""
    held, names, replicates = list(arms.values()), list(arms), list(block)
    try:
        recorded = simulate(engine, held, block, study.seed, study.keep)
        return [
            (
                tables.trials(recorded, held, names, replicates),
                NOT_KEPT if study.keep is Keep.trials else tables.patients(recorded, held, names, replicates),
                tables.contacts(recorded, names, replicates) if study.keep is Keep.sessions else NOT_KEPT,
            )
        ]
    except Exception as error:
        if len(arms) == 1 and len(block) == 1:
            errors[names[0], block[0]] = " ".join(f"{type(error).__name__}: {error}".split())
            return []
    alone = [({name: arm}, range(place, place + 1)) for place in block for name, arm in arms.items()]
    return [part for one, place in alone for part in _simulated(one, place, study, engine, errors)]


def _with_failures(
    done: pd.DataFrame, arms: list[str], block: range, errors: dict[tuple[str, int], str]
) -> pd.DataFrame:
    """Add a row for each world that raised: its numbers are missing, its status says why."""
    if not errors:
        return done
    columns = ["patients", *NUMBERS]
    every = pd.MultiIndex.from_product([arms, block], names=["arm", "replicate"])
    if len(done):
        frame = done.assign(arm=done["arm"].astype(str)).set_index(["arm", "replicate"])[columns].reindex(every)
    else:
        frame = pd.DataFrame(np.nan, index=every, columns=columns)
    frame["status"] = ["failed" if key in errors else "done" for key in every]
    frame["error"] = [errors.get(key, "") for key in every]
    frame["patients"] = frame["patients"].fillna(0).astype(np.int64)
    frame = frame.reset_index()
    frame["arm"] = pd.Categorical(frame["arm"], categories=arms)
    return frame.astype({"replicate": np.int32})
