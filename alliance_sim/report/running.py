"""A study from its first trial to the answers and figures in its folder, said line by line as it goes."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from alliance_sim import questions
from alliance_sim.analysis import precision
from alliance_sim.analysis.opened import Opened
from alliance_sim.analysis.sweep import Sweep
from alliance_sim.errors import AnswerError, FolderError, command
from alliance_sim.report import console, tables, wording
from alliance_sim.report.brief import brief
from alliance_sim.study import names
from alliance_sim.study.config import Study
from alliance_sim.study.folders import unwritable
from alliance_sim.study.locks import finishing
from alliance_sim.study.progress import Signs
from alliance_sim.study.runner import Worlds, refuse_elsewhere
from alliance_sim.study.store import Store

OWN = "Beside the plan, the study's own trials:"
Say = Callable[[str], Any]  # takes a line, or several


class Ended(NamedTuple):
    """How a run ended."""

    opened: Opened | None = None  # what is in the folder; None if nothing is
    failed: int = 0  # trials
    interrupted: bool = False


def run(study: Study, say: Say, warn: Say, progress: bool | None = True) -> Ended:
    """Run a study, or what is missing of it in its folder; write its answers and figures.

    Args:
        study: The study; its `out` is the folder.
        say: Takes what was found.
        warn: Takes what went wrong.
        progress: Show trials done, rate and time left; None: only where a bar can be drawn.

    Raises:
        ScenarioError: The study contradicts itself.
        AnswerError: Its results cannot answer what it asks; all else is written.
        FolderError: `out` cannot take its results.
    """
    worlds = checked(study)
    base = study.scenarios()[study.base_arm]
    if study.dry_run:
        from alliance_sim.study.forecast import forecast

        say(console.opening(study, base, len(worlds)))
        plan = tables.planned(study, questions.designed(study))
        if plan.rows:
            say(f"\n{console.planned(plan)}\n\n{console.labelled(questions.costs(study))}\n\n{OWN}")
        say(console.forecast(forecast(study, worlds), study.named, study.precision))
        say("Nothing was run and nothing written; leave out dry_run=true to run it.")
        return Ended()
    store, opened, interrupted = Store(study, worlds), None, False
    try:
        sweep = Sweep(study, worlds, store, progress)
        store.forget_answers()
        say(console.opening(study, base, len(worlds)))
        if store.damaged:
            warn(console.damaged(store.damaged))
        try:
            sweep.run()
        except KeyboardInterrupt:
            interrupted = True
            if not store.done:
                store.discard()
                warn("Interrupted: nothing was written.")
                return Ended(interrupted=True)
        if store.done:
            opened = sweep.opened()
            store.summary(opened.summary())
        store.commit(sweep.workers)
    except OSError as error:
        done = store.done
        store.discard()
        raise FolderError(unwritable(store.folder, error, done)) from error
    except BaseException:
        store.discard()
        raise
    if interrupted:
        warn(_interrupted(store))
        return Ended(opened, interrupted=True)
    if opened is None or store.done < store.total:
        say(f"Shard {study.shard} is finished; {store.done} of {store.total} trials of the study lie in {study.out}.")
        return Ended(opened)
    failures = opened.held.failures
    asked = console.asked(wording.question(study), wording.answered_below(study) or wording.answer(opened))
    plan = tables.planned(study, questions.designed(study))
    own = list(map(console.text, tables.outcomes(opened, brief=True)))
    shown = [asked, console.planned(plan)] if plan.rows else [asked, *own]
    say("\n" + "\n\n".join(filter(None, shown)) + "\n")
    if study.precision.target:
        wanted = study.precision
        say(console.reached(opened.study, opened.largest_error(wanted.measure, wanted.estimand)))
    refused = None
    if len(failures) < store.total:
        try:
            with finishing(store.folder):
                refused = _finish(store, opened, say, progress)
        except KeyboardInterrupt:  # what a question kept stays too
            warn(_interrupted(store))
            return Ended(opened, interrupted=True)
    if plan.rows:
        say("\n\n".join(own) + "\n")
    if len(failures):
        warn(wording.failed(failures))
    if refused is not None:
        raise refused
    say(wording.ADVICE)
    say(f"Results lie in {study.out}. One page of them: {command('report', folder=study.out)}")
    return Ended(opened, len(failures))


def _interrupted(store: Store) -> str:
    """What is there of a run that was interrupted."""
    return (
        f"Interrupted: {store.done} of {store.total} trials are finished and lie in {store.folder}; "
        f"the same command goes on from there."
    )


def checked(study: Study) -> Worlds:
    """Refuse a study that cannot be run or answered as it asks, before anything is written; returns its worlds.

    Raises:
        ScenarioError: It contradicts itself.
        PolicyError: This program, the engine or the executor cannot follow a policy of one's own.
    """
    names.checked(study.arms)
    points = study.points()
    worlds = study.worlds(points)
    refuse_elsewhere(worlds, study.engine, study.executor.kind, study.ask)
    questions.check(study)
    precision.check(study, points)
    return worlds


def _finish(store: Store, opened: Opened, say: Say, progress: bool | None) -> AnswerError | None:
    """Answer the questions that the study asks, each into its tables, and draw the figures.

    Returns:
        Why questions have no answer in these results; None if all have one.
    """
    about: dict[str, Any] = {}
    refused: dict[str, AnswerError] = {}
    opened.writes = True
    for name in opened.study.ask:
        began = time.perf_counter()
        try:
            with Signs(lambda: f"{name}: {time.perf_counter() - began:.0f} s so far", progress):  # noqa: B023
                found = questions.answer(name, opened)
        except AnswerError as error:
            refused[name] = error
            continue
        seconds = round(time.perf_counter() - began, 2)
        about[name] = {"replicates": opened.study.replicates, "seconds": seconds}
        store.answer(found, about)
        parts = questions.by_part(name, found)
        sentence = questions.sentence(name, opened, parts)
        say(console.answered(questions.about(name).title, sentence, brief(opened, name, parts), list(found)))
    if opened.study.figures:
        from alliance_sim.report.drawings import write

        store.figures(lambda folder: write(opened, folder))
    if not refused:
        return None
    if len(refused) == 1:
        return next(iter(refused.values()))
    return AnswerError(" ".join(f"{questions.about(name).title}: {error}" for name, error in refused.items()))
