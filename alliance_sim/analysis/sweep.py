"""One study from its first trial to its last: an executor computes, the store writes, the answers grow along."""

import time
from contextlib import closing

import pandas as pd

from alliance_sim.analysis import precision
from alliance_sim.analysis.estimates import split_halves
from alliance_sim.analysis.running import NAMES, Running
from alliance_sim.analysis.summary import SPLIT_COLUMNS, Answers, answers, opened as opened_answers, tidy
from alliance_sim.engine.recording import Keep
from alliance_sim.study import executors
from alliance_sim.study.config import Study
from alliance_sim.study.engines import pick
from alliance_sim.study.progress import Progress
from alliance_sim.study.reading import DESIGN
from alliance_sim.study.runner import Missing, Worlds, batches
from alliance_sim.study.store import Store, Stored, load
from alliance_sim.study.work import computed

SECONDS_BETWEEN_SUMMARIES = 30.0


class Sweep:
    """A study that is under way in its folder."""

    def __init__(self, study: Study, worlds: Worlds, store: Store, progress: bool = True) -> None:
        """Begin with what the folder holds; nothing is computed yet.

        Raises:
            ScenarioError: The wished precision is of no measure of this study.
            FolderError: The folder cannot be written.
        """
        self.study, self._worlds, self._store, self._progress = study, worlds, store, progress
        precision.check(study)
        self._missing = store.begin()
        self._design = pd.read_parquet(store.folder / DESIGN)
        self.found = self._opened()
        self._wrote = time.monotonic()
        self.workers = 1
        self._take_held()

    def _opened(self) -> Running:
        return opened_answers(self._design, self.study.base_arm)

    def _take_held(self, first: int = 0) -> None:
        """Take in the trials that are in the folder already, from a replicate on, batch by batch."""
        if not self._store.done:
            return
        stored = load(self._store.folder)
        for part in stored.parts("trials", NAMES):
            fresh = part[part["replicate"] >= first]
            if len(fresh):
                self.found.add(stored.labelled(fresh))

    def run(self) -> None:
        """Compute what is missing, and more replicates as long as the wished precision asks for them.

        Raises:
            KeyboardInterrupt: What was finished is in the folder.
            OSError: The folder cannot be written any more; likewise.
        """
        with executors.opened(self.study.executor) as by:
            self.workers = by.workers
            while True:
                self._compute(by, self._missing)
                more = precision.replicates(self.study, self.found)
                if more <= self.study.replicates:
                    return
                self._grow(more)

    def _grow(self, replicates: int) -> None:
        before = self.study.replicates
        self._missing = self._store.grow(replicates)
        self.study = self._store.study
        self._take_held(before)  # an earlier run may have gone further

    def _compute(self, by: executors.Open, missing: Missing) -> None:
        study = self.study
        engine = pick(study.engine, list(self._worlds.values()), study.replicates)
        first = {point for _, point in self.found.pairs}
        cut = batches(study, self._worlds, engine, missing=missing, shard=study.part, first=first, workers=by.workers)
        total = sum(batch.trials for batch in cut)
        with (
            Progress(total, self._progress, self._said) as shown,
            closing(computed(self._store.inputs(cut, engine), by)) as coming,
        ):
            for encoded in coming:
                self._store.put(encoded)
                for trials in self._store.trials(encoded):
                    self.found.add(trials)
                shown.add(encoded.batch.trials)
                if time.monotonic() - self._wrote > SECONDS_BETWEEN_SUMMARIES:
                    self._store.summary(tidy(self._answers(), study.base_arm))
                    self._wrote = time.monotonic()

    def _said(self) -> str:
        return precision.said(self.study, self.found)

    def answers(self) -> Answers:
        """Answers from all that is in the folder, other shards' trials too."""
        if self.study.part is not None:
            self._store.refresh()
            self.found = self._opened()
            self._take_held()
        return self._answers(self._split(load(self._store.folder)) if self._store.done else None)

    def _answers(self, split: pd.DataFrame | None = None) -> Answers:
        return answers(self.found, self._design, self.study.base_arm, split)

    def _split(self, held: Stored) -> pd.DataFrame | None:
        """Halves of the base arm's patients, where there are arms and patients were kept."""
        if self.study.keep is Keep.trials or not self.study.named:
            return None
        base = self.study.base_arm
        ids = set(held.design.loc[held.design["arm"] == base, "id"])
        parts = held.parts("patients", SPLIT_COLUMNS, ids=ids)
        found = [split_halves(part.assign(arm=base), base) for part in parts if len(part)]
        return pd.concat(found) if found else None
