"""One's own data beside simulated trials of their size and schedule: where each summary lies among them."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance_sim.analysis.monte_carlo import known, over
from alliance_sim.calibration.own import summaries
from alliance_sim.calibration.own.data import ALL, BASELINE, Data, read
from alliance_sim.calibration.own.joint import Joint, joint, rank_error
from alliance_sim.calibration.own.layout import Layout, layout
from alliance_sim.calibration.own.source import Source
from alliance_sim.calibration.own.summaries import Summary
from alliance_sim.calibration.own.trials import TILE, ready, simulate
from alliance_sim.errors import ScenarioError
from alliance_sim.study import executors
from alliance_sim.study.config import Study
from alliance_sim.study.progress import Progress
from alliance_sim.study.runner import refuse_elsewhere
from alliance_sim.world.scenario import Scenario, with_values

Array = np.ndarray[Any, np.dtype[Any]]
ENDS = (0.025, 0.975)  # of a predictive interval
MOST_PATIENTS, LEAST_USUAL = 2_000_000, 100  # patients of all trials, and trials, where nobody says how many
FEWEST_TRIALS = 40  # below which no 95 % interval can be read off
RARE = 0.05  # share of patients whose SD is the least that a share counts with
MOST_POINTS = 2000  # worlds of draws of the posterior
BATCH = 2 * TILE  # simulated trials that a worker computes at a time


@dataclass(frozen=True, eq=False)
class Comparison:
    """One's own data beside simulated trials.

    Attributes:
        table: One row a summary: arm, versus, instrument, occasion, statistic, unit, patients (of the data, whom it is
            of), observed, simulated (mean over trials) and mcse, lower and upper (95 % of the trials) with lower_mcse
            and upper_mcse, p (two-sided, predictive) and p_mcse, given (True: simulated patients were given it), day
            (from enrolment; NaN where it has none), label (in words).
        lines: Change that a line through patients expects: arm, rating (WAI-SR points), observed, simulated, lower,
            upper.
        joint: All summaries together; None where there is none that was not given.
        plan: How the simulated trials were laid out.
        trials: How many there are.
        draws: Of the posterior; 0 where parameters stand at their defaults.
        study: What was simulated.
    """

    table: pd.DataFrame
    lines: pd.DataFrame
    joint: Joint | None
    plan: Layout
    trials: int
    draws: int
    study: Study

    @property
    def unusual(self) -> pd.DataFrame:
        """Summaries outside their 95 % interval that simulated patients were not given."""
        own = self.table[~self.table["given"]]
        return own[(own["observed"] < own["lower"]) | (own["observed"] > own["upper"])]


def compared(source: Source, study: Study, typed: Sequence[str] = (), shown: bool | None = False) -> Comparison:
    """Compare one's own data with simulated trials of their size and schedule.

    Args:
        source: One's own data.
        study: Arms, protocol, patients, clinicians, parameters of the simulated trials; `replicates` is their number.
        typed: Words that were typed for the study. Where they give no number of replicates, trials of very many
            patients are as many as keep the work at `MOST_PATIENTS`.
        shown: Show trials done and what is compiled; None: only where a bar can be drawn.

    Raises:
        ScenarioError: The data cannot be read, or nothing of them can be compared with this study.
    """
    if not study.design.of_arms:
        raise ScenarioError(f"data are compared with arms; leave design={study.design.kind.value} out.")
    if study.replicates < FEWEST_TRIALS:
        raise ScenarioError(
            f"replicates={study.replicates} simulated trials show no 95 % interval; type replicates={FEWEST_TRIALS} or "
            f"more."
        )
    worlds = study.scenarios()
    refuse_elsewhere(dict(worlds.items()), study.engine, study.executor.kind, ["compare"])
    own = next((word for word in typed if word.startswith(("patients.entry", "patients.severity"))), "")
    if source.entry and own:
        raise ScenarioError(f"data.entry=true and {own} both say how ill patients are; leave one of them out.")
    data = read(source)
    plan = layout(data, source, worlds, study.base_arm)
    if not any(word.startswith("replicates=") for word in typed):
        most = max(LEAST_USUAL, MOST_PATIENTS // plan.patients)
        study = dataclasses.replace(study, replicates=min(study.replicates, most))
    return _Comparing(data, plan, study, shown).result()


class _Comparing:
    def __init__(self, data: Data, plan: Layout, study: Study, shown: bool | None) -> None:
        self.data, self.plan, self.study, self.shown = data, plan, study, shown
        self.listed = summaries.listed(plan.observed)
        self.grids = {
            arm.name: summaries.grid(arm.observed)
            for arm in plan.arms
            if any(one.arm == arm.name and one.statistic == summaries.CORRELATION for one in self.listed)
        }

    def result(self) -> Comparison:
        observed = self._reduced(self.plan.observed)
        simulated, draws = self._simulated()
        count = len(self.listed)
        table = self._table(observed[:count], simulated[:count], draws)
        lines = self._lines(observed[count:], simulated[count:])
        free = np.flatnonzero(~table["given"])
        found = joint(observed[:count], simulated[:count], free, draws, self._least_sd(), self._shifted())
        held = self.study.posterior.draws
        return Comparison(table, lines, found, self.plan, simulated.shape[1], held, self.study)

    def _reduced(self, worlds: Any) -> Array:
        made = summaries.summarised(worlds, self.listed)
        return np.concatenate([made, summaries.lines(worlds, self.grids)]) if self.grids else made

    def _simulated(self) -> tuple[Array, Array]:
        """Summaries of every simulated trial, (summaries, trials), and the draw that each trial is of."""
        points = self._points()
        each = math.ceil(self.study.replicates / len(points))
        engine = ready(self.study.engine, points[0].values(), self.study.replicates, self.shown)

        def made(place: int, replicates: range) -> Array:
            own = {name: [world] for name, world in points[place].items()}
            return simulate(self.plan, own, replicates, self.study.seed, self._reduced, engine)[:, 0]

        work = [
            (place, range(first, min(first + BATCH, (place + 1) * each)))
            for place in range(len(points))
            for first in range(place * each, (place + 1) * each, BATCH)
        ]
        with executors.opened(self.study.executor) as (pool, _), Progress(len(points) * each, self.shown) as progress:
            parts = []
            for one in [pool.submit(made, *own) for own in work]:
                parts.append(one.result())
                progress.add(parts[-1].shape[1])
        return np.concatenate(parts, axis=1), np.repeat(np.arange(len(points)), each)

    def _points(self) -> list[dict[str, Scenario]]:
        """The arms' worlds at each draw of the posterior; once, where there is none."""
        if not self.study.posterior.draws:
            return [{arm.name: arm.scenario for arm in self.plan.arms}]
        points = self.study.points()
        if len(points) > MOST_POINTS:
            raise ScenarioError(
                f"posterior.draws={self.study.posterior.draws} makes {len(points):,} worlds; use at most "
                f"{MOST_POINTS:,}."
            )
        worlds = self.study.worlds(points)
        by_draw: dict[int, dict[str, Scenario]] = {}
        for point in points:
            by_draw.setdefault(int(point.roles["draw"]), {})[str(point.roles["of"])] = worlds[point.label]
        return [
            {arm.name: with_values(drawn[arm.of], dict(arm.changes)) for arm in self.plan.arms}
            for drawn in by_draw.values()
        ]

    def _table(self, observed: Array, simulated: Array, draws: Array) -> pd.DataFrame:
        rows = []
        for summary, own, values in zip(self.listed, observed, simulated, strict=True):
            there = np.isfinite(values)
            rows.append(
                {
                    "arm": summary.arm,
                    "versus": summary.versus,
                    "instrument": summary.instrument,
                    "occasion": summary.occasion,
                    "statistic": summary.statistic,
                    "unit": summary.unit,
                    "patients": summary.patients,
                    "observed": float(own),
                    **_place(float(own), values[there], draws[there]),
                    "given": self._given(summary),
                    "day": self._day(summary),
                    "label": summaries.said(summary),
                }
            )
        return pd.DataFrame(rows)

    def _least_sd(self) -> Array:
        """The least SD that each summary counts with in the joint check."""
        return np.array(
            [
                math.sqrt(RARE * (1 - RARE) / one.patients) if one.statistic in summaries.SHARES else 0.0
                for one in self.listed
            ]
        )

    def _shifted(self) -> list[int]:
        """Rows of the first arm's change at the end and of its last rating of the alliance."""
        first = self.plan.arms[0]
        end = summaries.headline(first.observed)
        own = [(row, one) for row, one in enumerate(self.listed) if one.arm == first.name]
        changed = [row for row, one in own if one.measure == end and one.statistic == summaries.CHANGE]
        rated = [row for row, one in own if one.instrument == summaries.ALLIANCE and one.statistic == summaries.MEAN]
        return [*changed, *rated[-1:]]

    def _given(self, summary: Summary) -> bool:
        """True for what simulated patients were given of the data."""
        at_entry = summary.instrument == self.plan.entry and summary.occasion == BASELINE
        return at_entry and summary.statistic in (summaries.MEAN, summaries.SD)

    def _day(self, summary: Summary) -> float:
        """Day from enrolment of a summary's occasion."""
        measure = summary.measure
        if measure.day >= 0:
            return float(measure.day)
        arm = next(arm for arm in self.plan.arms if arm.name == summary.arm)
        if measure.session:
            steps = [step for step in arm.scenario.course() if step.phase != "assessment"]
            return float(steps[measure.session - 1].day)
        return 0.0 if measure.occasion == BASELINE else math.nan

    def _lines(self, observed: Array, simulated: Array) -> pd.DataFrame:
        at = [(arm, rating) for arm, grid in self.grids.items() for rating in grid]
        frame = pd.DataFrame(at, columns=["arm", "rating"])
        if frame.empty:
            return frame
        ends = np.nanquantile(simulated, ENDS, axis=1)
        return frame.assign(observed=observed, simulated=np.nanmean(simulated, axis=1), lower=ends[0], upper=ends[1])


def _place(observed: float, values: Array, draws: Array) -> dict[str, float]:
    """Where a number lies among simulated ones."""
    if len(values) < FEWEST_TRIALS:
        return dict.fromkeys(
            ("simulated", "mcse", "lower", "upper", "lower_mcse", "upper_mcse", "p", "p_mcse"), math.nan
        )
    lower, upper = np.quantile(values, ENDS)
    p, error = two_sided(observed, values, draws)
    return {
        "simulated": float(values.mean()),
        "mcse": _error(values, draws),
        "lower": float(lower),
        "upper": float(upper),
        "lower_mcse": _end_error(values, draws, ENDS[0]),
        "upper_mcse": _end_error(values, draws, ENDS[1]),
        "p": p,
        "p_mcse": error,
    }


def two_sided(observed: float, values: Array, draws: Array) -> tuple[float, float]:
    """Two-sided predictive p of a number among simulated ones, itself counted among them, and its Monte Carlo error.

    Args:
        observed: The number.
        values: Of simulated trials, all finite.
        draws: The draw of parameters that each is of: trials of one draw are alike.
    """
    shares = [(1 + hits.sum()) / (1 + len(values)) for hits in (values <= observed, values >= observed)]
    side = int(np.argmin(shares))
    hits = (values <= observed, values >= observed)[side]
    least = shares[side]
    return min(1.0, 2 * least), 2 * _share_error(hits, draws)


def _share_error(hits: Array, draws: Array) -> float:
    """Standard error of a share of trials; never less than that of separate trials, one of which may be either."""
    share = (1 + hits.sum()) / (1 + len(hits))
    return max(_error(hits.astype(float), draws, 0.0), rank_error(share, len(hits)))


def _error(values: Array, draws: Array, otherwise: float = math.nan) -> float:
    """Standard error of a mean over trials; of several draws by the means of draws."""
    count = int(draws.max(initial=0)) + 1
    if count > 1:
        sizes = np.bincount(draws, minlength=count)
        values = over(np.bincount(draws, values, minlength=count), sizes)
        values = values[np.isfinite(values)]
    if len(values) < 2:
        return otherwise
    found = float(known(values.std(ddof=1) / math.sqrt(len(values)), len(values)))
    return otherwise if math.isnan(found) else found


def _end_error(values: Array, draws: Array, share: float) -> float:
    """Standard error of a quantile: half of what lies between the quantiles one error of the share to either side."""
    end = np.quantile(values, share)
    error = _share_error(values <= end, draws)
    low, high = np.quantile(values, np.clip([share - error, share + error], 0, 1))
    found = float(high - low) / 2
    return found or math.nan


def title(arm: str) -> str:
    """How an arm of the data is called."""
    return arm if arm != ALL else "all patients"
