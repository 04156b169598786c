"""From a study to its frames: points with one timetable run together, in batches of bounded size."""

import dataclasses
import itertools
import json
import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alliance_sim.engine.arms import Arms
from alliance_sim.engine.recording import Keep
from alliance_sim.errors import PolicyError
from alliance_sim.model.policies.own import found
from alliance_sim.model.registry import plain
from alliance_sim.study import tables
from alliance_sim.study.columns import Array, Column, Label, Points
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName, simulate, visits
from alliance_sim.study.executors import ExecutorKind
from alliance_sim.study.identity import flat
from alliance_sim.study.point_worlds import PointWorlds, Worlds as Worlds, together
from alliance_sim.study.shards import TILE as TILE, Shard
from alliance_sim.world.scenario import Scenario

ROWS = 125_000  # rows that one batch writes: of sessions some 150 MB while they are simulated
WORK, LEAST_WORK = 20_000_000, 500_000  # visits that one batch simulates: seconds, and what is not split for workers
BATCHES_PER_WORKER = 4
MANY_BATCHES = 4096  # of more work the batches grow instead, as far as their rows allow: each is a few files
DEEP = 50  # replicates for which it is worthwhile to lay a point out
WORDS = ("phase", "session")  # columns whose words can differ between points
CHANGES = "changes"  # column of a design of arms: the keys that an arm changes, as JSON
NUMBERS = tables.TRIAL_COLUMNS  # what a trial that failed does not have
NOT_KEPT = pd.DataFrame()
Part = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # trials, patients, sessions


class Missing(NamedTuple):
    """Which trials are not there yet."""

    gaps: list[tuple[range, ...]]  # ranges of replicates
    which: Array  # place in `gaps`, by point


@dataclasses.dataclass(frozen=True)
class Batch:
    """Points, and replicates of them that are run by one worker into one file."""

    labels: list[Label]
    replicates: range

    @property
    def trials(self) -> int:
        """How many trials it holds."""
        return len(self.labels) * len(self.replicates)


@dataclasses.dataclass(frozen=True)
class BatchFrames:
    """What the trials of a batch gave."""

    batch: Batch
    trials: pd.DataFrame
    patients: pd.DataFrame
    sessions: pd.DataFrame


def failures(trials: pd.DataFrame) -> pd.DataFrame:
    """Arm or point, replicate and error of every trial that raised."""
    key = "arm" if "arm" in trials else "point"
    return trials.loc[trials["status"] == "failed", [key, "replicate", "error"]].reset_index(drop=True)


def batches(
    study: Study,
    worlds: Worlds,
    engine: EngineName,
    rows: int | None = None,
    missing: Missing | None = None,
    shard: Shard | None = None,
    first: Collection[Label] = (),
    workers: int = 1,
) -> list[Batch]:
    """Cut a study, or what is missing of it, or one shard's part, into batches.

    Those with the points `first` come first, then those of the first replicates. Every worker gets some, unless they
    would be tiny.
    """
    cut: list[tuple[Batch, float]] = []  # with its share of what a batch may hold
    whole = visits(worlds, study.replicates)
    work = min(max(WORK, whole // MANY_BATCHES), max(LEAST_WORK, whole // (workers * BATCHES_PER_WORKER)))
    labels = np.array(list(worlds), dtype=object)
    gaps, which = ([(range(study.replicates),)], np.zeros(len(labels), dtype=int)) if missing is None else missing
    for group in _grouped(worlds):
        most = at_once(_size(worlds, labels, group[0]), engine, study.keep, ROWS if rows is None else rows, work)
        places, span = (group, range(study.replicates)) if shard is None else shard.of(group, study.replicates)
        own = [tuple(gap for gap in (_both(one, span) for one in some) if gap) for some in gaps]
        alike = np.array([own.index(some) for some in own])[which[places]]
        for first_alike in pd.unique(alike).tolist():
            some_labels = labels[places[alike == first_alike]].tolist()
            for gap in own[first_alike]:
                cut += [(batch, batch.trials / most) for batch in _cut(some_labels, gap, most)]
    early = set(first)
    cut.sort(key=lambda one: (early.isdisjoint(one[0].labels), one[0].replicates.start))
    return _joined_batches(cut)


def _joined_batches(cut: Iterable[tuple[Batch, float]]) -> list[Batch]:
    """Join neighbours of the same replicates as long as one batch may hold them: points that run apart are many."""
    made: list[Batch] = []
    held = 0.0
    for batch, share in cut:
        if made and made[-1].replicates == batch.replicates and held + share <= 1:
            made[-1] = Batch([*made[-1].labels, *batch.labels], batch.replicates)
            held += share
        else:
            made.append(batch)
            held = share
    return made


def _both(one: range, two: range) -> range:
    """The replicates that are in both ranges."""
    return range(max(one.start, two.start), min(one.stop, two.stop))


def _cut(labels: list[Label], gap: range, most: int) -> Iterator[Batch]:
    """Cut points × replicates into batches of bounded size: full lanes, and each point laid out for many replicates."""
    worthwhile = min(DEEP, max(1, most // min(len(labels), TILE)))
    deep = min(len(gap), max(most // len(labels), worthwhile))
    deep = math.ceil(len(gap) / math.ceil(len(gap) / deep))  # batches of even size
    wide = max(1, most // deep)
    wide = wide // TILE * TILE or wide  # lanes are full
    for first in range(gap.start, gap.stop, deep):
        replicates = range(first, min(first + deep, gap.stop))
        for at in range(0, len(labels), wide):
            yield Batch(labels[at : at + wide], replicates)


def at_once(size: tuple[int, int], engine: EngineName, keep: Keep, rows: int, work: int = WORK) -> int:
    """How many trials a batch may hold: bounded by the rows it records and by the work it does.

    Args:
        size: Visits and patients of one of its trials.
        engine: What computes it.
        keep: How much of it is kept.
        rows: Most rows.
        work: Most visits.
    """
    each, people = size
    records_all = keep is Keep.sessions or engine is not EngineName.lanes
    own = each if records_all else people if keep is Keep.patients else 1
    return max(1, min(rows // max(1, own), work // max(1, each)))


def _size(worlds: Worlds, labels: Array, place: int) -> tuple[int, int]:
    """Visits and patients of one trial of a point."""
    if isinstance(worlds, PointWorlds):
        return worlds.size(place)
    world = worlds[labels[place]]
    return visits([world], 1), world.patients.number


def groups(worlds: Worlds) -> list[list[Label]]:
    """Labels of points that can run together."""
    labels = np.array(list(worlds), dtype=object)
    return [labels[group].tolist() for group in _grouped(worlds)]


def _grouped(worlds: Worlds) -> list[Array]:
    """Places of points that can run together, in their order."""
    if isinstance(worlds, PointWorlds):
        of = worlds.groups
    else:
        found: dict[Hashable, int] = {}
        of = np.array([found.setdefault(together(world), len(found)) for world in worlds.values()])
    order = np.argsort(of, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(of[order])) + 1)


def joined(frames: Iterable[pd.DataFrame], labels: Iterable[Label]) -> pd.DataFrame:
    """Put frames of several batches together, sorted by point and replicate."""
    held = list(frames)
    held = [frame for frame in held if len(frame)] or held[:1]
    whole = pd.concat(held, ignore_index=True)
    if whole.empty:
        return whole
    if "arm" in whole:
        whole["arm"] = pd.Categorical(whole["arm"].astype(str), categories=list(labels))
    for name in WORDS:
        if name in whole.columns:
            whole[name] = whole[name].astype("category")
    key = "arm" if "arm" in whole else "point"
    return whole.sort_values([key, "replicate"], kind="stable", ignore_index=True)


def design(study: Study, worlds: Worlds | None = None) -> pd.DataFrame:
    """One row a point: its number, its part in the design and its values.

    Of arms also the name, the changes, and every scenario value in which arms differ.
    """
    points = worlds.points if isinstance(worlds, PointWorlds) else study.points()
    if isinstance(points, Points):
        return points.frame()
    frame = pd.DataFrame({"point": np.array([point.number for point in points], dtype=np.int32)})
    frame["arm"] = [point.name for point in points]
    frame["base"] = [point.roles["base"] for point in points]
    frame[CHANGES] = [json.dumps(point.values) for point in points]
    values = [flat(plain(held)) for held in (study.worlds() if worlds is None else worlds).values()]
    for key in dict.fromkeys(key for arm in values for key in arm):
        held = [arm.get(key) for arm in values]
        if len({json.dumps(value) for value in held}) > 1:
            frame[key] = Column.of(held).frame(plain=False)
    return frame


def part(worlds: Worlds, labels: list[Label]) -> Worlds:
    """Some of a study's worlds."""
    return worlds.part(labels) if isinstance(worlds, PointWorlds) else {label: worlds[label] for label in labels}


def policies(worlds: Worlds) -> dict[str, str]:
    """Policies of one's own that the clinicians of some worlds follow: their texts by name.

    Raises:
        PolicyError: This program has none of that name and text.
    """
    every = [worlds.base] if isinstance(worlds, PointWorlds) else worlds.values()
    different = {id(world.policy): world.policy for world in every}.values()
    pairs = [((one.name, one.code), (one.other, one.other_code)) for one in different]
    followed = dict.fromkeys(itertools.chain.from_iterable(pairs))
    return {name: text for name, text in followed if text and found(name, text)}


def refuse_elsewhere(worlds: Worlds, engine: EngineName, executor: ExecutorKind, asked: Sequence[str]) -> None:
    """Refuse policies that an engine, an executor or what simulates further worlds for questions cannot follow.

    Raises:
        PolicyError: This program lacks a policy, or it is a class of Mesa's agents and would run elsewhere.
    """
    for name, text in policies(worlds).items():
        if found(name, text).clinician is None:
            continue
        if engine is not EngineName.mesa:
            raise PolicyError(f"policy {name} is a class of Mesa's agents; type engine=mesa.")
        if executor is not ExecutorKind.threads:
            raise PolicyError(f"policy {name} is a class, which other processes do not have; type executor=threads.")
        if asked:
            raise PolicyError(f"policy {name} is a class of Mesa's agents, which no question simulates; leave ask out.")


def run_batch(batch: Batch, worlds: Worlds, seed: int, keep: Keep, engine: EngineName) -> BatchFrames:
    """Run one batch."""
    errors: dict[tuple[Label, int], str] = {}
    own = part(worlds, batch.labels)
    parts: list[Part] = []
    whole = own.arms() if isinstance(own, PointWorlds) and engine is not EngineName.mesa else None
    for group in _grouped(own):
        labels = [batch.labels[place] for place in group]
        beside = [own[label] for label in labels] if whole is None else whole.take(group, own[labels[0]])
        parts += _simulated(beside, labels, list(batch.replicates), seed, keep, engine, errors)
    kinds = [joined(frames, own) for frames in zip(*parts, strict=True)] or [pd.DataFrame()] * 3
    done, people, sessions = kinds
    return BatchFrames(batch, _with_failures(done, batch, errors), people, sessions)


def _simulated(
    arms: Sequence[Scenario] | Arms,
    labels: list[Label],
    replicates: list[int],
    seed: int,
    keep: Keep,
    engine: EngineName,
    errors: dict[tuple[Label, int], str],
) -> list[Part]:
    """Run points of one timetable; where that raises, run their trials one by one and note which ones raise."""
    base = arms.base if isinstance(arms, Arms) else arms[0]
    try:
        recorded = simulate(engine, arms, replicates, seed, keep)
        return [
            (
                tables.trials(recorded, [base], labels, replicates),
                NOT_KEPT if keep is Keep.trials else tables.patients(recorded, [base], labels, replicates),
                tables.visits(recorded, labels, replicates) if keep is Keep.sessions else NOT_KEPT,
            )
        ]
    except PolicyError:
        raise
    except Exception as error:
        if len(arms) == 1 and len(replicates) == 1:
            errors[labels[0], replicates[0]] = " ".join(f"{type(error).__name__}: {error}".split())
            return []
    each = [
        arms.take(np.array([place]), base) if isinstance(arms, Arms) else [arms[place]] for place in range(len(arms))
    ]
    alone = [(own, [label], [one]) for one in replicates for own, label in zip(each, labels, strict=True)]
    return [part for one in alone for part in _simulated(*one, seed, keep, engine, errors)]


def _with_failures(done: pd.DataFrame, batch: Batch, errors: dict[tuple[Label, int], str]) -> pd.DataFrame:
    """Add a row for each trial that raised: its numbers are missing, its status says why."""
    if not errors:
        return done
    columns, key = ["patients", *NUMBERS], tables.key(batch.labels)
    named = key == "arm"
    every = pd.MultiIndex.from_product([batch.labels, batch.replicates], names=[key, "replicate"])
    if len(done):
        held = done.assign(arm=done["arm"].astype(str)) if named else done
        frame = held.set_index([key, "replicate"])[columns].reindex(every)
    else:
        frame = pd.DataFrame(np.nan, index=every, columns=columns)
    frame["status"] = ["failed" if place in errors else "done" for place in every]
    frame["error"] = [errors.get(place, "") for place in every]
    frame["patients"] = frame["patients"].fillna(0).astype(np.int64)
    frame = frame.reset_index()
    if named:
        frame["arm"] = pd.Categorical(frame["arm"], categories=batch.labels)
    return frame.astype({"replicate": np.int32} if named else {"replicate": np.int32, "point": np.int32})
