"""What commands do once their configuration is valid: run and print a study, tell a patient's story."""

import sys
import time
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
from pydantic.dataclasses import dataclass as validated

from alliance_sim.analysis.precision import known, largest_error
from alliance_sim.analysis.running import MEASURES, NAMES
from alliance_sim.analysis.summary import Answers, asked, keys, on_one_scale, opened, tidy
from alliance_sim.analysis.sweep import Sweep
from alliance_sim.errors import FolderError, ScenarioError
from alliance_sim.model.registry import Quantity as Q, nearest, parameters, table
from alliance_sim.study import printing
from alliance_sim.study.config import Estimand, Study
from alliance_sim.study.designs import CHOICE
from alliance_sim.study.runner import Worlds
from alliance_sim.study.store import Store, Stored, load, unwritable, writable
from alliance_sim.world.configuration import changed, names
from alliance_sim.world.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alliance_sim.report.opened import Opened

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130  # exit codes


@validated
class Story(Study):
    """What `alliance-sim story` tells: one patient of one trial of a study."""

    patient: Annotated[int, Q("i", "patients", 0, 99_999, CHOICE, "Which patient, from 0.")] = 0
    replicate: Annotated[int, Q("r", "trials", 0, 999_999, CHOICE, "Of which simulated trial, from 0.")] = 0
    arm: str = ""
    counterfactual: str = ""


def run(study: Study) -> int:
    """Run a study, print its answers, write its results.

    Returns:
        Exit code: 0, 1 if a trial failed, 130 if interrupted.

    Raises:
        ScenarioError: The study contradicts itself.
        FolderError: `out` cannot take its results.
    """
    worlds = study.worlds()
    base = study.scenarios()[study.base_arm]
    if study.ask:
        from alliance_sim.report.questions import check

        check(study)
    if study.dry_run:
        return _forecast(study, worlds, base)
    store = Store(study, worlds)
    interrupted = False
    try:
        sweep = Sweep(study, worlds, store)
        store.forget_answers()
        print(printing.opening(study, base, len(worlds)), flush=True)
        if store.damaged:
            print(printing.damaged(store.damaged), file=sys.stderr)
        try:
            sweep.run()
        except KeyboardInterrupt:
            interrupted = True
            if not store.done:
                store.discard()
                print("Interrupted: nothing was written.", file=sys.stderr)
                return INTERRUPTED
        if store.done:
            found = on_one_scale(sweep.answers(), {str(arm): world.primary.value for arm, world in worlds.items()})
            store.summary(tidy(found, study.base_arm))
        store.commit(sweep.workers)
    except OSError as error:
        done = store.done
        store.discard()
        raise FolderError(unwritable(store.folder, error, done)) from error
    except BaseException:
        store.discard()
        raise
    if interrupted:
        print(
            f"Interrupted: {store.done} of {store.total} trials are finished and lie in {store.folder}; "
            f"the same command goes on from there.",
            file=sys.stderr,
        )
        return INTERRUPTED
    if store.done < store.total:
        print(f"Shard {study.shard} is finished; {store.done} of {store.total} trials of the study lie in {study.out}.")
        return DONE
    held = load(store.folder)
    failed = held.failures
    print("\n" + "\n\n".join(_reported(study, base, found, held.design)) + "\n", flush=True)
    if study.precision.target:
        wanted = study.precision
        print(printing.reached(sweep.study, largest_error(sweep.found, wanted.measure, wanted.estimand)))
    if len(failed) < store.total:
        _finish(store, sweep, held)
    if len(failed):
        print(printing.failed(failed), file=sys.stderr)
    print(printing.ADVICE)
    print(f"Results lie in {study.out}. One page of them: alliance-sim report {study.out}")
    return FAILED if len(failed) else DONE


def show_precision(folder: str, measure: str, target: float | None) -> int:
    """Say how many replicates a wished error needs in a results folder, with and without common random numbers.

    Raises:
        ScenarioError: There is no such measure.
        FolderError: The folder holds no results.
    """
    from alliance_sim.analysis.precision import needed

    known(measure)
    stored = load(folder)
    found = opened(stored.design, stored.manifest["config"]["base_arm"])
    for part in stored.parts("trials", NAMES):
        found.add(stored.labelled(part))
    wished = (
        largest_error(found, measure, Estimand.difference if found.pairs else Estimand.mean)
        if target is None
        else target
    )
    print(printing.precision(needed(found, measure, wished), measure, wished, stored.manifest["units"]))
    return DONE


def verify(folder: str) -> int:
    """Check a results folder and print one digest of its content.

    Returns:
        Exit code: 0, 1 if a batch is damaged, 2 if there are no results.
    """
    from alliance_sim.study.verify import verify

    try:
        found = verify(folder)
    except FolderError as error:
        print(f"alliance-sim: {error}", file=sys.stderr)
        return REFUSED
    for said in found.damaged:
        print(f"damaged: {said}", file=sys.stderr)
    if found.damaged:
        print(
            f"Damaged batches: {len(found.damaged)} of {found.batches}; the study's command computes them again.",
            file=sys.stderr,
        )
        return FAILED
    print(f"{folder}: every batch ({found.batches}) is as it was written; {found.trials} of {found.wanted} trials.")
    print(f"content {found.digest}")
    return DONE


def story(study: Story) -> int:
    """Tell one simulated patient's way through treatment and draw it.

    Raises:
        ScenarioError: There is no such patient or arm, or the study contradicts itself.
        FolderError: `out` cannot be written.
    """
    if not study.design.of_arms:
        raise ScenarioError(f"a story is told of arms; leave design={study.design.kind.value} out.")
    scenarios = study.scenarios()
    arm = study.arm or study.base_arm
    if arm not in scenarios:
        near = nearest(arm, list(scenarios)) or list(scenarios)
        raise ScenarioError(f"there is no arm {arm!r}; choose one of: {', '.join(near)}.")
    known = list(dict.fromkeys([*scenarios, *names("clinicians")]))
    if study.counterfactual and not {study.counterfactual, f"{study.counterfactual}_bond"} & set(known):
        raise ScenarioError(
            f"counterfactual={study.counterfactual} is neither an arm nor a clinicians group; "
            f"choose one of: {', '.join(known)}."
        )
    number = scenarios[arm].patients.number
    if study.patient >= number:
        raise ScenarioError(
            f"patient={study.patient} is outside [0, {number - 1}]; a trial has patients.number={number} patients."
        )
    folder = writable(study.out)
    from alliance_sim.analysis.story import tell

    print(tell(study, study.patient, study.replicate, arm, study.counterfactual))
    if study.figures:
        from alliance_sim.figures.story import save

        try:
            folder.mkdir(parents=True, exist_ok=True)
            drawn = save(study, study.patient, study.replicate, arm, study.counterfactual, folder)
        except OSError as error:
            raise FolderError(unwritable(folder, error)) from error
        print(f"Figure: {', '.join(str(path) for path in drawn)}")
    return DONE


def show_parameters(pattern: str) -> int:
    """Print the parameter table, or the nearest keys where nothing matches."""
    rows = parameters(Study())
    text = table(rows, pattern)
    if text:
        print(text)
        return DONE
    word = pattern.rsplit(".")[-1]
    near = [row.key for row in rows if get_close_matches(word, row.key.split("."), cutoff=0.75)][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "type alliance-sim parameters to see all."
    print(f"no parameter matches {pattern!r}; {hint}", file=sys.stderr)
    return REFUSED


def _forecast(study: Study, worlds: Worlds, base: Scenario) -> int:
    """Say how large a study is, and stop."""
    from alliance_sim.study.forecast import forecast

    print(printing.opening(study, base, len(worlds)), flush=True)
    print(printing.forecast(forecast(study, worlds), study.named))
    print("Nothing was run and nothing written; leave out dry_run=true to run it.")
    return DONE


def _reported(study: Study, scenario: Scenario, found: Answers, points: pd.DataFrame) -> "Iterator[str]":
    named, points = printing.labels(scenario, MEASURES), asked(points)
    if not study.design.of_arms:
        if len(found.by_arm):
            yield printing.points(found.by_arm, points, keys(points), named)
        if len(found.contrasts):
            yield printing.against_base(found.contrasts, points, keys(points), named)
        if len(found.main_effects):
            yield printing.effects(found.main_effects, named)
        return
    if len(found.by_arm):
        yield printing.outcomes(found.by_arm, named)
    if len(found.contrasts):
        yield printing.differences(found.contrasts, found.effect_sizes, named)
    if len(found.median_split):
        yield printing.split(found.median_split, found.contrasts, study.base_arm, named)


def _finish(store: Store, sweep: Sweep, held: Stored) -> None:
    """Answer the questions that the study asks, each into its tables, and draw the figures."""
    from alliance_sim.report.opened import Opened

    opened = Opened(sweep.study, held, sweep.found)
    if opened.study.ask:
        _answer(store, opened)
    if opened.study.figures:
        from alliance_sim.report.drawings import write

        store.figures(lambda folder: write(opened, folder))


def _answer(store: Store, opened: "Opened") -> None:
    from alliance_sim.report import questions

    about: dict[str, Any] = {}
    for name in opened.study.ask:
        began = time.perf_counter()
        tables = questions.answer(name, opened)
        seconds = round(time.perf_counter() - began, 2)
        about[name] = {"replicates": opened.study.replicates, "seconds": seconds}
        store.answer(tables, about)
        print(printing.answered(name, questions.QUESTIONS[name].title, list(tables), seconds), flush=True)
    print()


def report(folder: str, out: str = "") -> int:
    """Write a results folder's page.

    Raises:
        FolderError: The folder holds no results, or the page cannot be written.
    """
    from alliance_sim.report.opened import opened
    from alliance_sim.report.page import page

    place = Path(out or f"{folder}/report.html")
    text = page(opened(folder))
    _placed(place, lambda: place.write_text(text, encoding="utf-8"))
    print(f"Report: {place} ({printing.size(len(text.encode()))}, complete in itself: open it in any browser)")
    return DONE


def plot(folder: str, figure: str, out: str = "") -> int:
    """Draw one figure of a results folder, or say which there are.

    Raises:
        ScenarioError: There is no such figure, or the file's ending is none that figures have.
        FolderError: The folder holds no results, or the figure cannot be written.
    """
    from alliance_sim.figures import theme
    from alliance_sim.report.drawings import drawings
    from alliance_sim.report.opened import opened

    known = drawings(opened(folder))
    place = Path(out or f"{folder}/figures/{figure}.png")
    if figure not in known:
        asked = f"there is no figure {figure!r} of {folder}" if figure else "name a figure"
        raise ScenarioError(f"{asked}; type alliance-sim plot {folder} figure= with one of: {', '.join(known)}.")
    if place.suffix not in theme.ENDINGS:
        raise ScenarioError(f"out={out} is no kind of figure; end it with {' or '.join(theme.ENDINGS)}.")
    drawn = known[figure].draw()
    _placed(place, lambda: theme.save(drawn, place))
    print(f"{known[figure].caption}: {place}")
    return DONE


def _placed(place: Path, write: "Callable[[], Any]") -> None:
    """Write a file, making its folder.

    Raises:
        FolderError: It cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write()
    except OSError as error:
        raise FolderError(
            f"{place} cannot be written ({error.strerror or error}); type out= with a file of your own."
        ) from error


def warm_up() -> int:
    """Compile every kernel by running a small world through it; say where the machine code lies."""
    from alliance_sim.engine import worlds
    from alliance_sim.engine.compile import cache_folder
    from alliance_sim.engine.intervention import Fixed
    from alliance_sim.engine.lanes import WIDTH
    from alliance_sim.engine.recording import Keep
    from alliance_sim.trial import TherapyTrial
    from alliance_sim.world.scenario import Scenario

    arm = changed(Scenario(), {"patients.number": 2, "clinicians.number": 2})
    began = time.monotonic()
    for what, compile_it in (
        ("worlds with draws of their own", lambda: worlds.simulate([arm], [0], 0)),
        ("worlds that share draws", lambda: worlds.simulate([arm] * WIDTH, [0], 0, Keep.trials)),
        (
            "worlds with a state held",
            lambda: worlds.simulate([arm], [0], 0, fixed=Fixed(("trust",), worlds.simulate([arm], [0], 0))),
        ),
        ("Mesa agents", lambda: TherapyTrial(arm).run_model()),
    ):
        print(f"compiling for {what} …", flush=True)
        compile_it()
    folder = cache_folder()
    print(f"Done in {time.monotonic() - began:.0f} s. The machine code lies in {folder or 'memory only'}.")
    return DONE
