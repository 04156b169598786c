"""What commands do once their configuration is valid: run and print a study, tell a patient's story."""

import sys
import time
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import pandas as pd
from pydantic.dataclasses import dataclass as validated

from alliance_sim.analysis.estimates import MEASURES
from alliance_sim.analysis.summary import SPLIT_COLUMNS, Answers, answers, tidy
from alliance_sim.configuration import changed, names
from alliance_sim.engine.recording import Keep
from alliance_sim.protocol import ScenarioError
from alliance_sim.registry import Quantity as Q, nearest, parameters, table
from alliance_sim.scenario import Scenario
from alliance_sim.study import printing
from alliance_sim.study.config import CHOICE, Study
from alliance_sim.study.runner import chunks, failures, joined
from alliance_sim.study.store import OutError, Store, read, unwritable, writable

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130  # exit codes
DRAWN_ROWS = 500_000  # most sessions and assessments that figures are drawn from


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
        OutError: `out` cannot take its results.
    """
    scenarios = study.scenarios()
    store = Store(study)
    print(printing.opening(study, scenarios[study.base_arm]), flush=True)
    kept = Kept(study, [], [])
    interrupted = False
    try:
        for chunk in chunks(study, progress=True):
            store.add(chunk)
            own = chunk.patients
            kept.trials.append(chunk.trials)
            kept.patients.append(own[own["arm"] == study.base_arm][SPLIT_COLUMNS] if len(own) else own)
    except KeyboardInterrupt:
        interrupted = True
    except OSError as error:
        store.discard()
        raise OutError(unwritable(store.folder, error)) from error
    except BaseException:
        store.discard()
        raise
    if interrupted:
        return _interrupted(store, kept)
    found = kept.answers()
    store.summary(tidy(found, study.base_arm))
    store.commit()
    failed = failures(kept.whole())
    print("\n" + "\n\n".join(_told(study, scenarios[study.base_arm], found)) + "\n", flush=True)
    if study.figures and study.keep is Keep.sessions and len(failed) < study.replicates * len(scenarios):
        _draw(store, study, scenarios)
    if len(failed):
        print(printing.failed(failed), file=sys.stderr)
    print(printing.ADVICE)
    print(f"Results lie in {study.out}.")
    return FAILED if len(failed) else DONE


@dataclass
class Kept:
    """What answers need of each finished block."""

    study: Study
    trials: list[pd.DataFrame]
    patients: list[pd.DataFrame]

    def whole(self) -> pd.DataFrame:
        """Every finished trial."""
        return joined(self.trials, self.study.arms)

    def answers(self) -> Answers:
        """Answer the study's questions from what is finished."""
        own = [frame for frame in self.patients if len(frame)]
        people = joined(own, self.study.arms) if own else pd.DataFrame(columns=SPLIT_COLUMNS)
        return answers(self.whole(), people, list(self.study.arms), self.study.base_arm)


def story(study: Story) -> int:
    """Tell one simulated patient's way through treatment and draw it.

    Raises:
        ScenarioError: There is no such patient or arm, or the study contradicts itself.
        OutError: `out` cannot be written.
    """
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
            raise OutError(unwritable(folder, error)) from error
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


def _told(study: Study, scenario: Scenario, found: Answers) -> "Iterator[str]":
    named = printing.labels(scenario, MEASURES)
    if len(found.by_arm):
        yield printing.outcomes(found.by_arm, named)
    if len(found.contrasts):
        yield printing.differences(found.contrasts, found.effect_sizes, named)
    if len(found.median_split):
        yield printing.split(found.median_split, found.contrasts, study.base_arm, named)


def _draw(store: Store, study: Study, scenarios: dict[str, Scenario]) -> None:
    """Draw figures from as many replicates as fit into memory with ease."""
    from alliance_sim.figures import save_all

    arms = list(scenarios)
    contacts = sum(len(arm.course()) * arm.patients.number for arm in scenarios.values())
    most = max(1, DRAWN_ROWS // max(1, contacts))
    people, sessions = (read(store.folder, kind, arms, most) for kind in ("patients", "sessions"))
    store.figures(lambda folder: save_all(folder, scenarios, study.base_arm, people, sessions))


def _interrupted(store: Store, kept: Kept) -> int:
    """Keep the finished blocks, unless a finished run would give way to them."""
    done = sum(trials["replicate"].nunique() for trials in kept.trials)
    if not done or store.replaces:
        store.discard()
        left = f"the earlier results in {store.folder} stay as they were"
        print(f"Interrupted: {left if store.replaces else 'nothing was written'}.", file=sys.stderr)
        return INTERRUPTED
    store.summary(tidy(kept.answers(), kept.study.base_arm))
    store.commit()
    print(
        f"Interrupted: {done} of {kept.study.replicates} replicates are finished and lie in {store.folder}.",
        file=sys.stderr,
    )
    return INTERRUPTED


def warm_up() -> int:
    """Compile every kernel by running a small world through it; say where the machine code lies."""
    from alliance_sim.engine import worlds
    from alliance_sim.engine.compile import cache_folder
    from alliance_sim.engine.holding import Held
    from alliance_sim.engine.lanes import WIDTH
    from alliance_sim.engine.recording import Keep
    from alliance_sim.scenario import Scenario
    from alliance_sim.trial import TherapyTrial

    arm = changed(Scenario(), {"patients.number": 2, "clinicians.number": 2})
    began = time.monotonic()
    for what, compile_it in (
        ("worlds with draws of their own", lambda: worlds.simulate([arm], [0], 0)),
        ("worlds that share draws", lambda: worlds.simulate([arm] * WIDTH, [0], 0, Keep.trials)),
        (
            "worlds with a state held",
            lambda: worlds.simulate([arm], [0], 0, held=Held(("trust",), worlds.simulate([arm], [0], 0))),
        ),
        ("Mesa agents", lambda: TherapyTrial(arm).run_model()),
    ):
        print(f"compiling for {what} …", flush=True)
        compile_it()
    folder = cache_folder()
    print(f"Done in {time.monotonic() - began:.0f} s. The machine code lies in {folder or 'memory only'}.")
    return DONE
