"""What a lesson's setting gives: computed when the lesson is opened, every number with its Monte Carlo error."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis import printing
from alliance_sim.analysis.estimates import median_split
from alliance_sim.app import experiment
from alliance_sim.app.compare import BONDS, PERCENT, by_trial, mean_and_error, table
from alliance_sim.app.experiment import ARMS, Met
from alliance_sim.app.lessons import LESSONS
from alliance_sim.app.state import TRIALS, State, parse
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.registry import ASSUMPTION, CALIBRATED, parameters
from alliance_sim.model.timetable import Kind
from alliance_sim.study import tables
from alliance_sim.world.configuration import changed
from alliance_sim.world.scenario import Scenario

Array = np.ndarray[Any, np.dtype[Any]]
Read = Callable[[Met], Array]  # a number for each trial of an arm
Row = dict[str, Any]
LOW, HIGH = 0.4, 0.85  # between which lesson 2 moves one behaviour
THIRDS = ("first third of the patients", "second third", "last third")
PAIR = ["A", "B", "B − A"]
NOTE = (
    "± one Monte Carlo standard error over trials; differences are paired: the same patients, the same random draws{}."
)
APART = ", but for how well each pair happens to fit, since teams of other sizes meet"


class Shown(NamedTuple):
    """What one lesson shows: tables, and a figure of bars."""

    tables: list[Row]
    figure: Row


def evidence(state: State) -> dict[str, Any]:
    """The numbers of one lesson, at the lesson's own setting."""
    own = parse(LESSONS[state.lesson - 1].setting)
    met = experiment.meet(experiment.scenarios(own), own.seed, range(TRIALS))
    shown = SHOWN[state.lesson - 1](met, own)
    return {
        "lesson": state.lesson,
        "intro": f"At this lesson's setting, {own.patients} patients in each of {TRIALS} simulated trials:",
        "tables": shown.tables,
        "figure": shown.figure,
        "note": NOTE.format("" if met["a"].recorded is met["b"].recorded else APART),
    }


# -------------------------------------------------------------------------------------------- tables and bars


def _table(title: str, rows: list[Row], columns: Sequence[str] = PAIR) -> Row:
    return {"title": title, "rows": rows, "columns": list(columns)}


def _rows(met: Mapping[str, Met], wanted: Mapping[str, str]) -> list[Row]:
    """Outcome rows of the first page, those that are wanted, in other words where words are given."""
    rows = table({arm: by_trial(one) for arm, one in met.items()}, met["a"].scenario)
    found = {row["name"]: row for row in rows}
    return [{**found[name], "text": text or found[name]["text"]} for name, text in wanted.items() if name in found]


def _row(text: str, met: Mapping[str, Met], read: Read, kind: str = "wai_final") -> Row:
    """A row of numbers by trial under A, under B and their difference; `kind` is the measure whose digits it takes."""
    a, b = (read(met[arm]) for arm in ARMS)
    sides = ((a, "%"), (b, "%"), (b - a, "pp"))
    return {"text": text, "cells": [printing.estimate(kind, *mean_and_error(values), unit) for values, unit in sides]}


def _series(name: str, colour: str, by_label: Mapping[str, tuple[Any, Any]]) -> Row:
    """Bars of one colour: a mean and its error by label."""
    means, errors = ([float(pair[side]) for pair in by_label.values()] for side in (0, 1))
    return {"name": name, "colour": colour, "x": list(by_label), "y": means, "error": errors}


def _pair(met: Mapping[str, Met], title: str, unit: str, by_label: Mapping[str, Read]) -> Row:
    """Bars of A and B side by side."""
    found = {arm: {label: mean_and_error(read(met[arm])) for label, read in by_label.items()} for arm in ARMS}
    series = [_series(f"Clinician {arm.upper()}", arm, bars) for arm, bars in found.items()]
    return {"title": title, "unit": unit, "series": series}


# ------------------------------------------------------------------------------------------- what is read


def _outcome(name: str) -> Read:
    def read(met: Met) -> Array:
        values: Array = met.recorded.trials[name][met.place]
        return values

    return read


def _mean(met: Met, name: str, rows: Array | None = None) -> Array:
    """Mean of a session's column over the sessions attended, all or those of some rows, by trial."""
    values = met.recorded.sessions[name][:, met.place]
    here = met.recorded.sessions["attended"][:, met.place] > 0.5
    here = here if rows is None else here & rows[:, None]
    mean: Array = np.where(here, values, 0).sum(axis=0) / here.sum(axis=0)
    return mean


def _before_dosing(met: Met) -> Array:
    """True for the session before the first dose."""
    steps = [step for step in met.scenario.course() if step.phase != "assessment"]
    first = next(place for place, step in enumerate(steps) if step.kind is Kind.DOSE)
    wanted = steps[first - 1].code
    return np.array([event.planned.code == wanted for event in met.recorded.session_events])


def _worked_through(met: Met) -> Array:
    """Share of the challenge of dosing days that was resolved."""
    dosing = np.array([event.planned.kind is Kind.DOSE for event in met.recorded.session_events])
    return _mean(met, "resolved", dosing) / _mean(met, "challenge", dosing)


def _mended(met: Met) -> Array:
    """Share of ruptures that were mended."""
    return _outcome("repairs")(met) / _outcome("ruptures")(met)


def _link(met: Met) -> Array:
    """Correlation of challenge with symptom change over the patients of a trial."""
    outcomes = met.recorded.outcomes
    challenge, change = (pd.DataFrame(outcomes[name][:, met.place]) for name in ("ceq", "change"))
    return challenge.corrwith(change).to_numpy()


def _fatigue_of(third: int) -> Read:
    def read(met: Met) -> Array:
        share = met.scenario.patients.number / len(THIRDS)
        rows = np.array([int(event.patient // share) == third for event in met.recorded.session_events])
        return _mean(met, "fatigue", rows)

    return read


def _named(scenario: Scenario, measure: str) -> str:
    return printing.labels(scenario, {measure: measure, "change": "", "change_sd": "", "wellbeing_change": ""})[measure]


# -------------------------------------------------------------------------------------------------- lessons


def _bond(met: dict[str, Met], own: State) -> Shown:
    one = met["a"]
    labels = list(ARMS) if one.recorded is met["b"].recorded else ["a"]
    people = tables.patients(one.recorded, [one.scenario], labels, list(range(TRIALS)))
    split: list[dict[Any, Any]] = median_split(people, "a").to_dict("records")
    halves = {(row["measure"], row["half"]): (row["estimate"], row["mcse"]) for row in split}
    words = {name: _named(one.scenario, name) for name in ("change", "wellbeing_change")}
    rows = []
    for measure, text in words.items():
        cells = [printing.estimate(measure, *halves[measure, half]) for half in ("low", "high", "difference")]
        rows.append({"text": text, "cells": cells})
    seen = "What a study would see: A's patients, split at the median early bond (WAI-SR)"
    caused = "What the clinicians cause: the same patients met by A and by B"
    figure = _pair(met, words["change"], "points", {"all patients": _outcome("change")})
    ends = {"A, worse early bond": halves["change", "low"], "A, better early bond": halves["change", "high"]}
    figure["series"].insert(0, _series("A, split by early bond", "soft", ends))
    columns = ["low half", "high half", "high − low"]
    return Shown([_table(seen, rows, columns), _table(caused, _rows(met, {"wai_early": "", **words}))], figure)


def _behaviours(met: dict[str, Met], own: State) -> Shown:
    base = experiment.base(own)
    worlds = {
        f"{name}.{end}": changed(base, {f"clinicians.{name}.mean": level})
        for name in Behaviours._fields
        for end, level in (("low", LOW), ("high", HIGH))
    }
    found = experiment.meet(worlds, own.seed, range(TRIALS))
    before = _before_dosing(next(iter(found.values())))
    bonds: dict[str, Read] = {
        f"{name.replace('_', ' ')} before dosing": functools.partial(_mean, name=name, rows=before) for name in BONDS
    }
    columns = {**bonds, "ruptures a patient": _outcome("ruptures"), _named(base, "change"): _outcome("change")}
    kinds = {text: "wai_final" if text in bonds else "change" for text in columns}
    moved: dict[str, dict[str, tuple[Any, Any]]] = {text: {} for text in columns}
    rows = []
    for name in Behaviours._fields:
        said = name.replace("_", " ")
        for text, read in columns.items():
            moved[text][said] = mean_and_error(read(found[f"{name}.high"]) - read(found[f"{name}.low"]))
        rows.append(
            {"text": said, "cells": [printing.estimate(kind, *moved[text][said]) for text, kind in kinds.items()]}
        )
    title = f"What one behaviour moves: {HIGH:g} less {LOW:g} of it, the others typical"
    colours = dict(zip(bonds, ("a", "b", "good"), strict=True))
    series = [_series(text, colour, moved[text]) for text, colour in colours.items()]
    return Shown([_table(title, rows, list(columns))], {"title": title, "unit": "bond points", "series": series})


def _challenge(met: dict[str, Met], own: State) -> Shown:
    rows = [
        *_rows(met, {"ceq": "challenge (CEQ)"}),
        _row("share of the challenge worked through", met, _worked_through, "response"),
        *_rows(met, {"ebi": "emotional breakthrough (EBI)", "adverse": "", "change": ""}),
        _row("correlation of challenge with symptom change", met, _link),
    ]
    shares: dict[str, Read] = {
        "challenge worked through": lambda one: PERCENT * _worked_through(one),
        "patients with an adverse event": lambda one: PERCENT * _outcome("adverse")(one),
    }
    return Shown([_table("The dosing day", rows)], _pair(met, "Challenge and what becomes of it", "%", shares))


def _ruptures(met: dict[str, Met], own: State) -> Shown:
    rows = [
        *_rows(met, {"ruptures": ""}),
        _row("share of ruptures that were mended", met, _mended, "response"),
        *_rows(met, {"wai_final": "", "dropout": "", "change": ""}),
    ]
    counts: dict[str, Read] = {
        "ruptures": _outcome("ruptures"),
        "of these mended": _outcome("repairs"),
        "left open": lambda one: _outcome("ruptures")(one) - _outcome("repairs")(one),
    }
    return Shown(
        [_table("Ruptures and what became of them", rows)], _pair(met, "Ruptures a patient", "ruptures", counts)
    )


def _fatigue(met: dict[str, Met], own: State) -> Shown:
    rows = [
        _row("fatigue after a session (0 to 1)", met, lambda one: _mean(one, "fatigue")),
        _row("empathy delivered (0 to 1)", met, lambda one: _mean(one, "delivered_empathy")),
        *_rows(met, {"wai_final": "", "ruptures": "", "dropout": "", "change": ""}),
    ]
    figure = _pair(met, "Fatigue in the sessions of those who come", "fatigue",
                   {third: _fatigue_of(place) for place, third in enumerate(THIRDS)})  # fmt: skip
    return Shown([_table("The same skills with few and with many patients", rows)], figure)


def _limits(met: dict[str, Met], own: State) -> Shown:
    a, b = (_outcome("response")(met[arm]) for arm in ARMS)
    ends = {"response under A": (a, "%"), "response under B": (b, "%"), "response, B − A": (b - a, "pp")}
    rows = []
    for text, (values, unit) in ends.items():
        one = [f"{printing.number(PERCENT * end, 1)} {unit}" for end in (values.min(), values.max())]
        rows.append({"text": text, "cells": [*one, printing.estimate("response", *mean_and_error(values), unit)]})
    kinds = Counter(_kind(row.source) for row in parameters(experiment.base(own).parameters))
    counted = [{"text": kind, "cells": [str(many)]} for kind, many in kinds.most_common()]
    apart = _table("One trial beside another", rows, [f"lowest of {TRIALS} trials", "highest", "mean of all"])
    sources = _table("Where the model's parameters come from", counted, ["parameters"])
    numbers = [str(number) for number in range(TRIALS)]
    series = [
        {"name": f"Clinician {arm.upper()}", "colour": arm, "x": numbers, "y": (PERCENT * values).tolist(), "error": []}
        for arm, values in zip(ARMS, (a, b), strict=True)
    ]
    figure = {"title": "Patients who respond, trial by trial", "unit": "% of the patients of a trial", "series": series}
    return Shown([apart, sources], figure)


def _kind(source: str) -> str:
    if source.startswith(ASSUMPTION):
        return "assumptions"
    return "calibrated to published results" if CALIBRATED in source else "taken from a published source"


SHOWN = (_bond, _behaviours, _challenge, _ruptures, _fatigue, _limits)
