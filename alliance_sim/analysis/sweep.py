"""One study from its first trial to its last: an executor computes, the store writes, the answers grow along."""

import time
from contextlib import closing

from alliance_sim.analysis import precision
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import NAMES
from alliance_sim.analysis.summary import answers, begin, written
from alliance_sim.study import executors
from alliance_sim.study.config import Study
from alliance_sim.study.engines import pick
from alliance_sim.study.progress import Progress
from alliance_sim.study.reading import read_design
from alliance_sim.study.runner import Missing, Worlds, batches
from alliance_sim.study.store import Store, load
from alliance_sim.study.work import computed

SECONDS_BETWEEN_SUMMARIES = 30.0  # at least, and more where there are many points:
SECONDS_A_POINT = 0.002


class Sweep:
    """A study that is under way in its folder."""

    def __init__(self, study: Study, worlds: Worlds, store: Store, progress: bool | None = True) -> None:
        """Begin with what the folder holds; nothing is computed yet.

        Raises:
            FolderError: The folder cannot be written.
        """
        self.study, self._worlds, self._store, self._progress = study, worlds, store, progress
        self._missing = store.begin()
        self._design = read_design(store.folder, ())
        self.found = begin(self._design, study.base_arm)
        self._wrote = time.monotonic()
        self.workers = 1
        self._take_held()

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
        engine = pick(study.engine, self._worlds, study.replicates)
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
                if time.monotonic() - self._wrote > max(SECONDS_BETWEEN_SUMMARIES, SECONDS_A_POINT * len(self._worlds)):
                    self._store.summary(written(answers(self.found, self._design, study.base_arm), study.base_arm))
                    self._wrote = time.monotonic()

    def _said(self) -> str:
        return precision.said(self.study, self.found)

    def opened(self) -> Opened:
        """The study with all that is in its folder, other shards' trials too."""
        if self.study.part is not None:
            self._store.refresh()
            self.found = begin(self._design, self.study.base_arm)
            self._take_held()
        return Opened(self.study, load(self._store.folder), self.found)
