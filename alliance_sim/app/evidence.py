"""What a lesson's setting gives: computed when the lesson is opened, every number with its Monte Carlo error."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from alliance_sim.analysis.estimates import median_split
from alliance_sim.app import experiment
from alliance_sim.app.compare import PERCENT, mean_and_error, table
from alliance_sim.app.experiment import ARMS, Met
from alliance_sim.app.lessons import LESSONS
from alliance_sim.app.state import TRIALS, State, parse
from alliance_sim.configuration import changed
from alliance_sim.model.state import Behaviours
from alliance_sim.model.timetable import Kind
from alliance_sim.registry import ASSUMPTION, CALIBRATED, parameters
from alliance_sim.scenario import Scenario
from alliance_sim.study import printing, tables
from alliance_sim.study.config import Study

Array = np.ndarray[Any, np.dtype[Any]]
LOW, HIGH = 0.4, 0.85  # between which lesson 2 moves one behaviour
PAIR = ["A", "B", "B − A"]
NOTE = "± one Monte Carlo standard error over trials; differences are paired: the same patients, the same luck{}."
APART = ", but for how well each pair happens to fit, since teams of other sizes meet"


def evidence(state: State) -> dict[str, Any]:
    """The tables of one lesson, at the lesson's own setting."""
    chosen = LESSONS[state.lesson - 1]
    own = parse(chosen.setting)
    study = experiment.study(own)
    met = experiment.meet(study.scenarios(), study.seed, range(TRIALS))
    return {
        "lesson": state.lesson,
        "intro": f"At this lesson's setting, {own.patients} patients in each of {TRIALS} simulated trials:",
        "tables": TABLES[state.lesson - 1](met, study),
        "note": NOTE.format("" if met["a"].recorded is met["b"].recorded else APART),
    }


def _rows(met: dict[str, Met], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """Outcome rows of the first page, those that are wanted, in other words."""
    trials = {
        arm: {name: one.recorded.trials[name][one.place] for name in one.recorded.trials} for arm, one in met.items()
    }
    found = {row["name"]: row for row in table(trials, met["a"].scenario)}
    return [{**found[name], "text": text or found[name]["text"]} for name, text in wanted.items() if name in found]


def _row(text: str, a: Array, b: Array, kind: str = "wai_final") -> dict[str, Any]:
    """A row of numbers by trial; `kind` is the measure whose digits and unit it takes."""
    told = [
        printing.estimate(kind, *mean_and_error(values), unit) for values, unit in ((a, "%"), (b, "%"), (b - a, "pp"))
    ]
    return {"name": text, "text": text, "told": told}


def _mean(met: Met, name: str, rows: Array | None = None) -> Array:
    """Mean of a session's column over the sessions attended, by trial."""
    values = met.recorded.sessions[name][:, met.place]
    here = met.recorded.sessions["attended"][:, met.place] > 0.5
    here = here if rows is None else here & rows[:, None]
    return np.where(here, values, 0).sum(axis=0) / here.sum(axis=0)


def _last_before_dosing(met: Met) -> Array:
    """True for the session before the first dose."""
    steps = [step for step in met.scenario.course() if step.phase != "assessment"]
    first = next(place for place, step in enumerate(steps) if step.kind is Kind.DOSE)
    wanted = steps[first - 1].code
    return np.array([event.planned.code == wanted for event in met.recorded.session_events])


def _dosing(met: Met) -> Array:
    return np.array([event.planned.kind is Kind.DOSE for event in met.recorded.session_events])


# -------------------------------------------------------------------------------------------------- lessons


def _bond(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    one = met["a"]
    labels = list(ARMS) if one.recorded is met["b"].recorded else ["a"]
    people = tables.patients(one.recorded, [one.scenario], labels, list(range(TRIALS)))
    halves = median_split(people, "a")
    words = {"change": _named(one.scenario, "change"), "wellbeing_change": _named(one.scenario, "wellbeing_change")}
    rows = []
    for measure, text in words.items():
        own = halves[halves["measure"] == measure].set_index("half")
        told = [
            printing.estimate(measure, *own.loc[half, ["estimate", "mcse"]]) for half in ("low", "high", "difference")
        ]
        rows.append({"name": measure, "text": text, "told": told})
    split = {"title": "What a study would see: A's patients, split at the median early bond (WAI-SR)", "rows": rows}
    return [
        {**split, "columns": ["low half", "high half", "high − low"]},
        {
            "title": "What the clinicians cause: the same patients met by A and by B",
            "rows": _rows(met, {"wai_early": "", **words}),
            "columns": PAIR,
        },
    ]


def _named(scenario: Scenario, measure: str) -> str:
    return printing.labels(scenario, {measure: measure, "change": "", "change_sd": "", "wellbeing_change": ""})[measure]


def _behaviours(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    base = study.base()
    worlds = {
        f"{name}.{end}": changed(base, {f"clinicians.{name}.mean": level})
        for name in Behaviours._fields
        for end, level in (("low", LOW), ("high", HIGH))
    }
    found = experiment.meet(worlds, study.seed, range(TRIALS))
    before = _last_before_dosing(next(iter(found.values())))
    columns: dict[str, Callable[[Met], Array]] = {
        "trust before dosing": lambda one: _mean(one, "trust", before),
        "felt empathy before dosing": lambda one: _mean(one, "felt_empathy", before),
        "rapport before dosing": lambda one: _mean(one, "rapport", before),
        "ruptures a patient": lambda one: one.recorded.trials["ruptures"][one.place],
        _named(base, "change"): lambda one: one.recorded.trials["change"][one.place],
    }
    rows = []
    for name in Behaviours._fields:
        low, high = found[f"{name}.low"], found[f"{name}.high"]
        told = [
            printing.estimate("wai_final" if "dosing" in text else "change", *mean_and_error(read(high) - read(low)))
            for text, read in columns.items()
        ]
        rows.append({"name": name, "text": name.replace("_", " "), "told": told})
    title = f"What one behaviour moves: {HIGH:g} less {LOW:g} of it, the other four typical"
    return [{"title": title, "rows": rows, "columns": list(columns)}]


def _challenge(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    def worked(one: Met) -> Array:
        return _mean(one, "resolved", _dosing(one)) / _mean(one, "challenge", _dosing(one))

    def link(one: Met) -> Array:
        outcomes = one.recorded.outcomes
        pairs = zip(outcomes["ceq"][:, one.place].T, outcomes["change"][:, one.place].T, strict=True)
        return np.array([_correlation(ceq, change) for ceq, change in pairs])

    a, b = met["a"], met["b"]
    rows = [
        *_rows(met, {"ceq": "challenge (CEQ)"}),
        _row("share of the challenge worked through", worked(a), worked(b), "response"),
        *_rows(met, {"ebi": "emotional breakthrough (EBI)", "adverse": "", "change": ""}),
        _row("correlation of challenge with symptom change", link(a), link(b)),
    ]
    return [{"title": "The dosing day", "rows": rows, "columns": PAIR}]


def _correlation(x: Array, y: Array) -> float:
    held = ~np.isnan(x) & ~np.isnan(y)
    return float(np.corrcoef(x[held], y[held])[0, 1])


def _ruptures(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    def mended(one: Met) -> Array:
        trials = one.recorded.trials
        share: Array = trials["repairs"][one.place] / trials["ruptures"][one.place]
        return share

    rows = [
        *_rows(met, {"ruptures": ""}),
        _row("share of ruptures that were mended", mended(met["a"]), mended(met["b"]), "response"),
        *_rows(met, {"wai_final": "", "dropout": "", "change": ""}),
    ]
    return [{"title": "Ruptures and what became of them", "rows": rows, "columns": PAIR}]


def _fatigue(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    a, b = met["a"], met["b"]
    rows = [
        _row("fatigue after a session (0 to 1)", _mean(a, "fatigue"), _mean(b, "fatigue")),
        _row("empathy delivered (0 to 1)", _mean(a, "delivered_empathy"), _mean(b, "delivered_empathy")),
        *_rows(met, {"wai_final": "", "ruptures": "", "dropout": "", "change": ""}),
    ]
    return [{"title": "The same skills with few and with many patients", "rows": rows, "columns": PAIR}]


def _limits(met: dict[str, Met], study: Study) -> list[dict[str, Any]]:
    trials = {arm: one.recorded.trials["response"][one.place] for arm, one in met.items()}
    ends = {
        "response under A": (trials["a"], "%"),
        "response under B": (trials["b"], "%"),
        "response, B − A": (trials["b"] - trials["a"], "pp"),
    }
    rows = []
    for text, (values, unit) in ends.items():
        one = [f"{printing.number(PERCENT * end, 1)} {unit}" for end in (values.min(), values.max())]
        told = [*one, printing.estimate("response", *mean_and_error(values), unit)]
        rows.append({"name": text, "text": text, "told": told})
    kinds = Counter(_kind(row.source) for row in parameters(study.base().parameters))
    counted = [{"name": kind, "text": kind, "told": [str(many)]} for kind, many in kinds.most_common()]
    return [
        {
            "title": "One trial beside another",
            "rows": rows,
            "columns": [f"lowest of {TRIALS} trials", "highest", "mean of all"],
        },
        {"title": "Where the model's parameters come from", "rows": counted, "columns": ["parameters"]},
    ]


def _kind(source: str) -> str:
    if source.startswith(ASSUMPTION):
        return "assumptions"
    return "calibrated to published results" if source.startswith(CALIBRATED) else "taken from a published source"


TABLES = (_bond, _behaviours, _challenge, _ruptures, _fatigue, _limits)
