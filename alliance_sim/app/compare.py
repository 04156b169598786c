"""What comparing two clinicians shows: the bond through treatment, outcomes over one another, of 100 patients how many.

The numbers are those of `analysis.estimates` and of the figures of a run, computed on arrays because sixty students
move sliders at once, and without seaborn, which takes more memory than all their pages. Tests compare the
numbers with what `alliance-sim run` writes and draws.
"""

import functools
import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.estimates import MEASURES
from alliance_sim.analysis.running import Running
from alliance_sim.app import experiment
from alliance_sim.app.clinics import Clinic
from alliance_sim.app.experiment import ARMS, Met
from alliance_sim.app.state import TRIALS, State
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
BONDS = ("trust", "felt_empathy", "rapport")
BAND = (0.1, 0.9)  # quantiles over patients
BINS = 40  # most bins of a distribution
SUMMARY = ("mean", "mcse", "low", "high")
DIGITS = 4
SHARES = {
    "response": "respond",
    "remission": "reach remission",
    "dropout": "leave treatment early",
    "adverse": "have an adverse event",
}
PERCENT = 100
KEPT = 256  # arms in memory, some 40 kB each


class Seen(NamedTuple):
    """What the first page shows of one arm."""

    scenario: Scenario
    course: dict[str, Any]
    changes: Array  # (patients, trials)
    trials: dict[str, Array]  # each measure's mean in each trial
    team: int


def compare(state: State) -> dict[str, Any]:
    """Everything the first page shows of a state, ready to be sent.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    # Draws have addresses, so each arm can be computed alone, and the one whose sliders rest is not computed again.
    arms = {arm: seen(replace(state.world(), a=clinic, b=Clinic())) for arm, clinic in (("a", state.a), ("b", state.b))}
    scenario = arms["a"].scenario
    course_of = phases(scenario)
    rows = {row["name"]: row for row in table({arm: one.trials for arm, one in arms.items()}, scenario)}
    dosed = "dosing" in course_of["spans"]  # adverse events are those of dosing days
    return {
        "course": {arm: one.course for arm, one in arms.items()},
        "phases": course_of,
        "outcomes": outcomes({arm: one.changes for arm, one in arms.items()}, scenario),
        "shares": [_share(text, rows[name]) for name, text in SHARES.items() if name != "adverse" or dosed],
        "table": list(rows.values()),
        "same_draws": arms["a"].team == arms["b"].team,
        "run_line": experiment.run_line(state),
        "patients": state.patients * TRIALS,
        "trials": TRIALS,
    }


@functools.lru_cache(maxsize=KEPT)
def seen(state: State) -> Seen:
    """What the first page shows of the clinician A of a state."""
    scenario = experiment.scenarios(state)["a"]
    met = experiment.meet({"a": scenario}, state.seed, range(TRIALS))["a"]
    changes = met.recorded.outcomes["change"][:, met.place].copy()
    return Seen(scenario, course(met), changes, by_trial(met), scenario.clinicians.number)


def phases(scenario: Scenario) -> dict[str, Any]:
    """First and last day of each phase's sessions, the dosing days and the primary assessment, from enrolment."""
    spans: dict[str, list[int]] = {}
    primary = 0
    for step in scenario.course():
        if step.phase == "assessment":
            primary = step.day if step.number == scenario.protocol.assessments.primary_day else primary
        else:
            spans.setdefault(step.phase, []).append(step.day)
    return {"spans": {phase: sorted(days) for phase, days in spans.items()}, "primary": primary}


# ------------------------------------------------------------------------------------------- the bond in time


def course(met: Met) -> dict[str, Any]:
    """Each bond after each session over the patients who attended it: mean, Monte Carlo error, 10 and 90 %."""
    recorded = met.recorded
    days = sorted({step.day for step in met.scenario.course() if step.phase != "assessment"})
    if not days:
        return {"day": [], **{name: {key: [] for key in SUMMARY} for name in BONDS}}
    # One row a day: all patients' sessions of that day, in all trials.
    enrolled = recorded.patients["enrolled"][:, 0, 0]
    at = np.array([event.day - enrolled[event.patient] for event in recorded.session_events])
    order = np.argsort(at, kind="stable").reshape(len(days), -1)
    attended = recorded.sessions["attended"][:, met.place][order] > 0.5
    bonds = np.stack([recorded.sessions[name][:, met.place][order] for name in BONDS])
    over = _over_patients(np.where(attended, bonds, np.nan))
    return {
        "day": days,
        **{name: {key: _shorts(over[key][place]) for key in SUMMARY} for place, name in enumerate(BONDS)},
    }


def _over_patients(values: Array) -> dict[str, Array]:
    """Mean over patients and trials, its Monte Carlo error, and two quantiles over the patients.

    Args:
        values: Shape (states, days, patients, trials); NaN where a patient did not attend.
    """
    flat = np.sort(values.reshape(*values.shape[:2], -1), axis=-1)  # NaN comes last
    count = (~np.isnan(flat)).sum(axis=-1)
    with np.errstate(invalid="ignore"):  # a session that nobody attends has no mean
        mean = np.nansum(flat, axis=-1) / count
        trials = np.nansum(values, axis=2) / (~np.isnan(values)).sum(axis=2)
    low, high = (_quantile(flat, count, share) for share in BAND)
    return {"mean": mean, "mcse": mean_and_error(trials)[1], "low": low, "high": high}


def _quantile(ordered: Array, count: Array, share: float) -> Array:
    """Quantile of the first `count` of ordered values, interpolated linearly."""
    place = np.maximum(share * (count - 1), 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    ends = [np.take_along_axis(ordered, at[..., None], -1)[..., 0] for at in (below, above)]
    inner: Array = ends[0] + (ends[1] - ends[0]) * (place - below)
    return inner


# ------------------------------------------------------------------------------------------------- outcomes


def outcomes(changes: dict[str, Array], scenario: Scenario) -> dict[str, Any]:
    """Distribution of the primary change in each arm, in the same bins, with what matters to a patient."""
    scale = scenario.instrument(scenario.primary)
    edges = bin_edges(np.concatenate([change.ravel() for change in changes.values()]), scale.step)
    made: dict[str, Any] = {"scale": scale.name, "important": scale.important, "edges": edges, "arms": {}}
    for arm, change in changes.items():
        counts, _ = np.histogram(change, bins=edges)
        mean, error = map(_short, mean_and_error(change.mean(axis=0)))
        made["arms"][arm] = {"percent": _shorts(PERCENT * counts / change.size), "mean": mean, "mcse": error}
    return made


def bin_edges(values: Array, step: float) -> list[float]:
    """Common bin edges between possible scores, so that every bin covers equally many of them."""
    low, high = float(values.min()), float(values.max())
    width = step * max(1, math.ceil((high - low + step) / step / BINS))
    start = math.floor(low / width) * width - step / 2
    return [start + width * place for place in range(math.floor((high - start) / width) + 2)]


def by_trial(met: Met) -> dict[str, Array]:
    """Each measure's mean in each trial, in the precision that a run keeps."""
    return {name: met.recorded.trials[name][met.place].astype(np.float32).astype(np.float64) for name in MEASURES}


def table(trials: dict[str, dict[str, Array]], scenario: Scenario) -> list[dict[str, Any]]:
    """Every measure under A and B and the paired difference, with Monte Carlo errors, as a run prints them.

    Args:
        trials: From `by_trial`, by arm.
        scenario: Names the scales.
    """
    frames = [pd.DataFrame(trials[arm]).assign(arm=arm) for arm in ARMS]
    found = Running(ARMS, [(ARMS[1], ARMS[0])])
    found.add(pd.concat(frame.assign(replicate=np.arange(len(frame))) for frame in frames))
    moments = [(found.each, 0), (found.each, 1), (found.between, 0)]
    rows = []
    for place, (name, text) in enumerate(printing.labels(scenario, MEASURES).items()):
        numbers = [(float(one.means[row, place]), float(one.error[row, place])) for one, row in moments]
        if math.isnan(numbers[0][0]) and math.isnan(numbers[1][0]):
            continue  # the protocol does not have this measure
        cells = [printing.estimate(name, *one, unit) for one, unit in zip(numbers, ("%", "%", "pp"), strict=True)]
        parts = [_number(part) for one in numbers for part in one]
        rows.append({"name": name, "text": text.strip(), "cells": cells, "numbers": parts})
    return rows


def _share(text: str, row: dict[str, Any]) -> dict[str, Any]:
    """Of 100 patients, how many; and how many more under B."""
    numbers = [None if part is None else _short(PERCENT * part) for part in row["numbers"]]
    return {"name": row["name"], "text": text, "a": numbers[:2], "b": numbers[2:4], "more": numbers[4:]}


def mean_and_error(values: Array) -> tuple[Any, Any]:
    """Mean over trials, the last axis, and its Monte Carlo standard error; trials without the measure are left out."""
    count = (~np.isnan(values)).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):  # none: no mean; one: no error
        mean = np.nansum(values, axis=-1) / count
        squares = np.nansum((values - mean[..., None]) ** 2, axis=-1)
        return mean, np.sqrt(squares / (count - 1) / count)


def _number(value: float) -> float | None:
    """A number as JSON can write it; None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def _short(value: float) -> float | None:
    """A number with the digits that a figure shows."""
    return round(float(value), DIGITS) if math.isfinite(value) else None


def _shorts(values: Array) -> list[float | None]:
    return [_short(value) for value in values.tolist()]
