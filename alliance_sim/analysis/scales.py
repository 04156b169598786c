"""Arms and points of different conditions or scales: what of them can be compared, and what cannot be paired.

Points of two scales are never compared. What stands in their place is the standardised change: a trial's mean change to
its own primary assessment over the standard deviation of that change over its patients, known as the standardised
response mean. Patients of two conditions are other people, so nothing pairs them: their difference has the error of two
independent means. Patients of one condition may be other people too, where another entry rule or population selects or
makes them. Their trials share every random draw, so differences are taken trial by trial, with the error of these; but
they hold what the patients differ in beside what their treatment does.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alliance_sim.analysis.estimates import key, margin
from alliance_sim.analysis.running import PAIRED, STANDARDISED, Kind, Label, Running
from alliance_sim.analysis.summary import Answers, compared, keys
from alliance_sim.study.config import Study
from alliance_sim.study.point_worlds import worlds_of
from alliance_sim.world.scenario import Scenario

OF_SCALES = ("protocol", "patients", "patients.condition", "protocol.entry.scale")  # keys that decide on which scale
OF_PEOPLE = (
    "patients.",
    "protocol.entry.",
    "parameters.instruments.",
    "parameters.symptoms.fluctuation",
    "parameters.symptoms.momentary_share",
)  # what keys begin with that decide who is admitted


def kind(world: Scenario) -> Kind:
    """The kind of a world."""
    scale, symptoms, people = world.instrument(world.primary), world.parameters.symptoms, world.patients
    who = (*world.sample(), people.number, scale.noise, scale.slope, scale.step)
    return Kind(world.primary.value, people.condition.value, (*who, symptoms.fluctuation, symptoms.momentary_share))


def kinds(study: Study, asked: pd.DataFrame) -> Mapping[Label, Kind]:
    """Kind of each arm or point of a design; empty where it varies none, or compares no points.

    Args:
        study: The study.
        asked: Its design from `summary.asked`.
    """
    if study.design.of_arms:
        return {arm: kind(world) for arm, world in study.scenarios().items()}
    of_people = OF_PEOPLE if study.contrast or compared(asked, study.base_arm) else ()
    deciding = [key for key in keys(asked) if key in OF_SCALES or key.startswith(of_people)]
    if not deciding:
        return {}
    worlds, labels = worlds_of(study.scenarios()[study.base_arm], study.asked()), asked["point"].tolist()
    codes = asked.groupby(deciding, dropna=False, sort=False).ngroup().to_numpy()
    first = zip(*np.unique(codes, return_index=True), strict=True)
    known = {code: kind(worlds[labels[place]]) for code, place in first}
    return {label: known[code] for label, code in zip(labels, codes, strict=True)}


def differ(kinds: Mapping[Label, Kind]) -> bool:
    """True if points are measured on more than one scale."""
    return len({kind.scale for kind in kinds.values()}) > 1


def comparable(found: Answers, running: Running, kinds: Mapping[Label, Kind]) -> Answers:
    """Answers with what arms or points of several kinds need beside the rest.

    Args:
        found: Answers of a study.
        running: The moments that they are of.
        kinds: The kind of each arm or point; empty where all are alike.

    Returns:
        The same where all are of one kind. Where pairs are not paired, contrasts say so in a column `paired`, without
        a variance reduction or hours for a further response. Where scales differ, the standardised change is a further
        measure, of outcomes and of contrasts, and there are no main effects.
    """
    if not differ(kinds):
        return found if running.paired.all() else _with_pairing(found, running)
    outcomes = pd.concat([found.by_arm, _standardised(running)], ignore_index=True)
    made = found._replace(by_arm=outcomes, main_effects=found.main_effects.head(0))
    if made.contrasts.empty:
        return made
    table = made.contrasts.dropna(subset=["difference"])
    table = pd.concat([_standardised_differences(running), table], ignore_index=True)
    return _with_pairing(made._replace(contrasts=table), running)


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


def _with_pairing(found: Answers, running: Running) -> Answers:
    """Contrasts that say which of them are paired."""
    paired = dict(zip(running.pairs, running.paired.tolist(), strict=True))

    def of(frame: pd.DataFrame) -> list[bool]:
        return [paired[pair] for pair in zip(frame[running.name].tolist(), frame["versus"].tolist(), strict=True)]

    table, sizes = (frame.assign(paired=of(frame)) for frame in (found.contrasts, found.effect_sizes))
    table["variance_reduction"] = table["variance_reduction"].where(table["paired"])
    sizes.loc[~sizes["paired"], ["hours", "hours_mcse"]] = np.nan
    return found._replace(contrasts=table, effect_sizes=sizes)


def _standardised_differences(running: Running) -> pd.DataFrame:
    """The pairs' differences in standardised change, with the columns of `estimates.contrasts`."""
    held = running.between.column(PAIRED.index(STANDARDISED))
    there = held.count[:, 0] > 0
    difference, error, count = (part[there, 0] for part in (held.means, held.error, held.count))
    wide = margin(error, count)
    one, two = zip(*running.pairs, strict=True)
    made = {running.name: one, "versus": two, "measure": STANDARDISED}
    frame = pd.DataFrame(made)[there].reset_index(drop=True)
    numbers = {"difference": difference, "mcse": error, "lower": difference - wide, "upper": difference + wide}
    return frame.assign(**numbers, variance_reduction=np.nan, replicates=count.astype(np.int64))
