"""One study from its first trial to its last: an executor computes, the store writes, the answers grow along."""

import time
from contextlib import closing

from alliance_sim.analysis import precision
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.running import NAMES
from alliance_sim.analysis.scales import kinds
from alliance_sim.analysis.summary import answers, asked, begin, in_units, written
from alliance_sim.study import executors
from alliance_sim.study.choice import Choice
from alliance_sim.study.config import Study
from alliance_sim.study.engines import EngineName
from alliance_sim.study.progress import Progress
from alliance_sim.study.reading import read_design
from alliance_sim.study.runner import Batch, Missing, Worlds, batches
from alliance_sim.study.store import Store, load
from alliance_sim.study.work import EncodedBatch, computed

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
        self._kinds = kinds(study, asked(self._design))
        self.found = begin(self._design, study.base_arm, self._kinds)
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
        with executors.opened(self.study.executor) as by, Choice(self.study.engine, self._progress) as choice:
            self.workers = by.workers
            while True:
                self._compute(by, choice, self._missing)
                wanted = self.study.precision
                if not wanted.target:
                    return
                more = precision.replicates(self.study, self.opened().errors(wanted.measure, wanted.estimand))
                if more <= self.study.replicates:
                    return
                self._grow(more)

    def _grow(self, replicates: int) -> None:
        before = self.study.replicates
        self._missing = self._store.grow(replicates)
        self.study = self._store.study
        self._take_held(before)  # an earlier run may have gone further

    def _compute(self, by: executors.Open, choice: Choice, missing: Missing) -> None:
        """Compute what is missing; what is left when a faster engine becomes ready is cut into batches anew."""
        study = self.study
        first = {point for _, point in self.found.pairs}

        def cut(engine: EngineName) -> list[Batch]:
            return batches(
                study, self._worlds, engine, missing=missing, shard=study.part, first=first, workers=by.workers
            )

        def said() -> str:
            return "; ".join(filter(None, [choice.said(), precision.said(study, self.found)]))

        engine = choice.now(self._worlds, study.replicates)
        held = cut(engine)
        with Progress(sum(batch.trials for batch in held), self._progress, said) as shown:
            while held:
                waiting = iter(held)
                inputs = self._store.inputs(choice.while_best(engine, waiting), engine)
                with closing(computed(inputs, by)) as coming:
                    for encoded in coming:
                        self._take(encoded)
                        shown.add(encoded.batch.trials)
                if next(waiting, None) is None:
                    return
                missing, engine = self._store.missing(), choice.now(self._worlds, study.replicates)
                held = cut(engine)

    def _take(self, encoded: EncodedBatch) -> None:
        """Write a batch, count its trials, and write the answers so far now and then."""
        self._store.put(encoded)
        for trials in self._store.trials(encoded):
            self.found.add(trials)
        if time.monotonic() - self._wrote > max(SECONDS_BETWEEN_SUMMARIES, SECONDS_A_POINT * len(self._worlds)):
            held = answers(self.found, self._design, self.study.base_arm)
            base, arms = self.study.base_arm, self.study.scenarios()
            self._store.summary(in_units(part, arms, base) for part in written(held, base))
            self._wrote = time.monotonic()

    def opened(self) -> Opened:
        """The study with all that is in its folder, other shards' trials too."""
        if self.study.part is not None:
            self._store.refresh()
            self.found = begin(self._design, self.study.base_arm, self._kinds)
            self._take_held()
        return Opened(self.study, load(self._store.folder), self.found)
