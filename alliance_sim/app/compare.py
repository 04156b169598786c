"""What comparing two clinicians shows: the bond through treatment, outcomes over one another, of 100 patients how many.

The numbers are those of `analysis.estimates` and of the figures of a run, computed on arrays because sixty students
move sliders at once, and without seaborn, which takes more memory than all their pages. Tests hold the numbers equal
to what `alliance-sim run` writes and draws.
"""

import math
from typing import Any

import numpy as np

from alliance_sim.analysis.estimates import MEASURES, Z95
from alliance_sim.app import experiment
from alliance_sim.app.experiment import ARMS, Met
from alliance_sim.app.state import TRIALS, State
from alliance_sim.scenario import Scenario
from alliance_sim.study import printing

Array = np.ndarray[Any, np.dtype[Any]]
BONDS = ("trust", "felt_empathy", "rapport")
BAND = (0.1, 0.9)  # quantiles over patients
BINS = 40  # most bins of a distribution
SHARES = {
    "response": "respond",
    "remission": "reach remission",
    "dropout": "leave treatment early",
    "adverse": "have an adverse event",
}
PERCENT = 100


def compare(state: State) -> dict[str, Any]:
    """Everything the first page shows of a state, ready to be sent.

    Raises:
        ScenarioError: The settings contradict one another.
    """
    study = experiment.study(state)
    met = experiment.meet(study.scenarios(), study.seed, range(TRIALS))
    scenario = met["a"].scenario
    trials = by_trial(met)
    dosed = "dosing" in phases(scenario)["spans"]  # adverse events are those of dosing days
    return {
        "query": state.world().query(),
        "course": {arm: course(one) for arm, one in met.items()},
        "phases": phases(scenario),
        "outcomes": outcomes(met),
        "shares": [_share(name, text, trials) for name, text in SHARES.items() if name != "adverse" or dosed],
        "table": table(trials, scenario),
        "same_luck": met["a"].recorded is met["b"].recorded,
        "run_line": experiment.run_line(state),
        "patients": state.patients * TRIALS,
        "trials": TRIALS,
    }


def phases(scenario: Scenario) -> dict[str, Any]:
    """First and last day of each phase's sessions, the dosing days and the primary assessment, from enrolment."""
    spans: dict[str, list[int]] = {}
    primary = 0
    for step in scenario.course():
        if step.phase == "assessment":
            primary = step.day if step.number == scenario.protocol.assessments.primary_day else primary
        else:
            spans.setdefault(step.phase, []).append(step.day)
    spans = {phase: sorted(days) for phase, days in spans.items()}
    return {"spans": spans, "primary": primary}


# ------------------------------------------------------------------------------------------- the bond in time


def course(met: Met) -> dict[str, Any]:
    """Each bond after each session over the patients who attended it: mean, Monte Carlo error, 10 and 90 %."""
    recorded = met.recorded
    enrolled = recorded.patients["enrolled"][:, 0, 0]
    days = np.array([event.day - enrolled[event.patient] for event in recorded.session_events])
    attended = recorded.sessions["attended"][:, met.place] > 0.5
    made: dict[str, Any] = {"day": sorted({int(day) for day in days})}
    held = [days == day for day in made["day"]]
    for state in BONDS:
        values = recorded.sessions[state][:, met.place]
        rows = [_over_patients(values[here], attended[here]) for here in held]
        made[state] = {
            name: [_short(row[place]) for row in rows] for place, name in enumerate(("mean", "mcse", "low", "high"))
        }
    return made


def _over_patients(values: Array, attended: Array) -> tuple[float, float, float, float]:
    """Mean over patients and trials, its Monte Carlo error, and two quantiles over the patients."""
    seen = values[attended]
    if not seen.size:
        return (math.nan,) * 4
    with np.errstate(invalid="ignore"):  # a trial that everyone has left has no mean
        means = np.where(attended, values, 0).sum(axis=0) / attended.sum(axis=0)
    low, high = np.quantile(seen, BAND)
    return float(seen.mean()), mean_and_error(means)[1], float(low), float(high)


# ------------------------------------------------------------------------------------------------- outcomes


def outcomes(met: dict[str, Met]) -> dict[str, Any]:
    """Distribution of the primary change in each arm, in the same bins, with what matters to a patient."""
    scenario = met["a"].scenario
    scale = scenario.instrument(scenario.primary)
    changes = {arm: one.recorded.outcomes["change"][:, one.place] for arm, one in met.items()}
    edges = bin_edges(np.concatenate([change.ravel() for change in changes.values()]), scale.step)
    made: dict[str, Any] = {"scale": scale.name, "important": scale.important, "edges": edges, "arms": {}}
    for arm, change in changes.items():
        counts, _ = np.histogram(change, bins=edges)
        mean, error = mean_and_error(change.mean(axis=0))
        made["arms"][arm] = {
            "percent": [_short(share) for share in PERCENT * counts / change.size],
            "mean": _short(mean),
            "mcse": _short(error),
        }
    return made


def bin_edges(values: Array, step: float) -> list[float]:
    """Common bin edges between possible scores, so that every bin holds equally many of them."""
    low, high = float(values.min()), float(values.max())
    width = step * max(1, math.ceil((high - low + step) / step / BINS))
    start = math.floor(low / width) * width - step / 2
    return [start + width * place for place in range(math.floor((high - start) / width) + 2)]


def by_trial(met: dict[str, Met]) -> dict[str, dict[str, Array]]:
    """Each measure's mean in each trial, arm by arm."""
    return {arm: {name: one.recorded.trials[name][one.place] for name in MEASURES} for arm, one in met.items()}


def _share(name: str, text: str, trials: dict[str, dict[str, Array]]) -> dict[str, Any]:
    """Of 100 patients, how many; and how many more under B."""
    made: dict[str, Any] = {"name": name, "text": text}
    for arm in ARMS:
        made[arm] = [_short(PERCENT * part) for part in mean_and_error(trials[arm][name])]
    made["more"] = [_short(PERCENT * part) for part in mean_and_error(trials["b"][name] - trials["a"][name])]
    return made


def table(trials: dict[str, dict[str, Array]], scenario: Scenario) -> list[dict[str, Any]]:
    """Every measure under A and B and the paired difference, with Monte Carlo errors, as a run prints them."""
    rows = []
    for name, text in printing.labels(scenario, MEASURES).items():
        a, b = (mean_and_error(trials[arm][name]) for arm in ARMS)
        if math.isnan(a[0]) and math.isnan(b[0]):
            continue  # the protocol does not have this measure
        more = mean_and_error(trials["b"][name] - trials["a"][name])
        clear = bool(abs(more[0]) > Z95 * more[1]) if math.isfinite(more[1]) else False
        told = (printing.estimate(name, *a), printing.estimate(name, *b), printing.estimate(name, *more, "pp"))
        numbers = [_number(part) for part in (*a, *b, *more)]
        rows.append({"name": name, "text": text.strip(), "told": told, "numbers": numbers, "clear": clear})
    return rows


def mean_and_error(values: Array) -> tuple[float, float]:
    """Mean over trials and its Monte Carlo standard error; trials without the measure are left out."""
    kept = values[~np.isnan(values)]
    if not kept.size:
        return math.nan, math.nan
    error = float(kept.std(ddof=1) / math.sqrt(kept.size)) if kept.size > 1 else math.nan
    return float(kept.mean()), error


def _number(value: float) -> float | None:
    """A number as JSON can hold it."""
    return float(value) if math.isfinite(value) else None


def _short(value: float) -> float | None:
    """A number with the digits that a figure shows."""
    return round(float(value), 4) if math.isfinite(value) else None
