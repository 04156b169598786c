"""Arms and points of different conditions or scales: what of them can be compared, and what cannot be paired.

Points of two scales are never compared. What stands in their place is the standardised change: a trial's mean change to
its own primary assessment over the standard deviation of that change over its patients, known as the standardised
response mean. Patients of two conditions are other people, so nothing pairs them: their difference has the error of two
independent means. Patients of one condition may be other people too, where another entry rule or population selects or
makes them. Their trials share every random draw, so differences are taken trial by trial, with the error of these; but
they hold what the patients differ in beside what their treatment does.
"""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import key, margin
from alliance_sim.analysis.monte_carlo import known
from alliance_sim.analysis.running import IN_POINTS, NAMES, PAIRED, STANDARDISED, Label, Running
from alliance_sim.analysis.summary import Answers
from alliance_sim.world.scenario import Scenario


class Kind(NamedTuple):
    """On which scale a world's patients are measured, for what they are treated, and what makes and admits them."""

    scale: str
    condition: str
    people: tuple[Hashable, ...] = ()

    @classmethod
    def of(cls, world: Scenario) -> "Kind":
        """The kind of a world."""
        scale, symptoms, people = world.instrument(world.primary), world.parameters.symptoms, world.patients
        who = (*world.sample(), people.number, scale.noise, scale.slope, scale.step)
        momentary = symptoms.fluctuation, symptoms.momentary_share
        return cls(world.primary.value, people.condition.value, (*who, *momentary))

    @property
    def patients(self) -> tuple[Hashable, ...]:
        """Equal for worlds that admit the same patients."""
        return self.condition, self.people


def differ(kinds: Mapping[Label, Kind]) -> bool:
    """True if points are measured on more than one scale."""
    return len({kind.scale for kind in kinds.values()}) > 1


def comparable(found: Answers, running: Running, kinds: Mapping[Label, Kind]) -> Answers:
    """Answers in which only what can be compared is compared.

    Args:
        found: Answers of a study.
        running: The moments that they are of.
        kinds: The kind of each arm or point; empty where all are alike.

    Returns:
        The same where all are measured on one scale. Else outcomes have the standardised change as a further measure;
        contrasts have it too, no differences in points of two scales, and a column `paired`; what is unpaired has the
        error of independent means, no variance reduction and no hours for a further response.
    """
    if not differ(kinds):
        return found
    outcomes = pd.concat([found.by_arm, _standardised(running)], ignore_index=True)
    made = found._replace(by_arm=outcomes, main_effects=found.main_effects.head(0))
    return made if found.contrasts.empty else _compared(made, running, kinds)


def with_patients(found: Answers, kinds: Mapping[Label, Kind]) -> Answers:
    """Answers whose differences say whether both hold the same patients, where some do not; else as they are."""
    if len({kind.patients for kind in kinds.values()}) < 2 or found.contrasts.empty:
        return found

    def said(frame: pd.DataFrame) -> pd.DataFrame:
        pairs = zip(frame[key(frame)], frame["versus"], strict=True)
        return frame.assign(same_patients=[kinds[one].patients == kinds[two].patients for one, two in pairs])

    return found._replace(contrasts=said(found.contrasts), effect_sizes=said(found.effect_sizes))


def _standardised(running: Running) -> pd.DataFrame:
    """The standardised change of every arm or point, with the columns of `estimates.by_arm`."""
    held = running.standardised
    there = held.count[:, 0] > 0
    mean, error, count = (part[there, 0] for part in (held.means, held.error, held.count))
    wide = margin(error, count)
    named = pd.Series(running.labels)[there].to_numpy()
    columns = {"estimate": mean, "mcse": error, "lower": mean - wide, "upper": mean + wide}
    return pd.DataFrame({running.name: named, "measure": STANDARDISED, **columns, "replicates": count.astype(np.int64)})


def _compared(found: Answers, running: Running, kinds: Mapping[Label, Kind]) -> Answers:
    name = key(found.contrasts)
    place = {pair: number for number, pair in enumerate(running.pairs)}

    def of(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each row its pair's place, whether its scales differ, and whether it is unpaired."""
        pairs = list(zip(frame[name].tolist(), frame["versus"].tolist(), strict=True))
        scale = [kinds[one].scale != kinds[two].scale for one, two in pairs]
        apart = [kinds[one].condition != kinds[two].condition for one, two in pairs]
        return np.array([place[pair] for pair in pairs]), np.array(scale), np.array(apart)

    table = found.contrasts
    rows, scale, apart = of(table)
    column = np.array([NAMES.index(measure) for measure in table["measure"]])
    error = _independent(running, rows, column)
    table = table.assign(paired=~apart, mcse=np.where(apart, error, table["mcse"]))
    table["variance_reduction"] = table["variance_reduction"].where(~apart)
    table = table[~(scale & table["measure"].isin(IN_POINTS).to_numpy())]
    further = _standardised_differences(table, running, kinds, name)
    table = _with_interval(pd.concat([further, table], ignore_index=True))
    sizes = found.effect_sizes
    rows, scale, apart = of(sizes)
    response = NAMES.index("response")
    unpaired = _independent(running, rows, np.full(len(rows), response)) * sizes["nnt"].to_numpy() ** 2
    sizes = sizes.assign(paired=~apart, nnt_mcse=np.where(apart, unpaired, sizes["nnt_mcse"]))
    sizes.loc[scale, ["d", "d_mcse"]] = np.nan
    sizes.loc[apart, ["hours", "hours_mcse"]] = np.nan
    return found._replace(contrasts=table, effect_sizes=sizes)


def _independent(running: Running, pairs: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Error of the difference of two independent means: the root of the sum of both squared errors."""
    both = np.hypot(running.first.spread, running.second.spread)[pairs, columns]
    between = running.between
    return known(both, between.count[pairs, columns], between.exact[pairs, columns])


def _standardised_differences(
    table: pd.DataFrame, running: Running, kinds: Mapping[Label, Kind], name: str
) -> pd.DataFrame:
    """The pairs' differences in standardised change, with the columns of the table."""
    column, each = PAIRED.index(STANDARDISED), running.standardised.spread[:, 0]
    at = {label: number for number, label in enumerate(running.labels)}
    made = []
    for number, (one, two) in enumerate(running.pairs):
        if not running.between.count[number, column]:
            continue
        paired = kinds[one].condition == kinds[two].condition
        count = running.between.count[number, column]
        error = float(running.between.error[number, column])
        if not paired:
            error = float(known(np.hypot(each[at[one]], each[at[two]]), count))
        difference = float(running.between.means[number, column])
        row = {name: one, "versus": two, "measure": STANDARDISED, "difference": difference, "mcse": error}
        made.append({**row, "variance_reduction": np.nan, "replicates": int(count), "paired": paired})
    return pd.DataFrame(made, columns=list(table))


def _with_interval(table: pd.DataFrame) -> pd.DataFrame:
    wide = margin(table["mcse"].to_numpy(dtype=float), table["replicates"].to_numpy(dtype=float))
    return table.assign(lower=table["difference"] - wide, upper=table["difference"] + wide)
