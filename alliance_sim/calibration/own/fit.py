"""`alliance-sim fit`: which values of a few keys the data leave, in trials of their size and schedule."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import BeforeValidator

from alliance_sim.calibration.own import data, posterior, summaries, trials
from alliance_sim.calibration.own.abc import Array
from alliance_sim.calibration.own.blocks import SIZE, Maker, usable
from alliance_sim.calibration.own.layout import Layout, layout
from alliance_sim.calibration.own.posterior import Posterior
from alliance_sim.calibration.own.priors import EXAMPLE, priors
from alliance_sim.calibration.own.source import Source, of_study, split
from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import parameter
from alliance_sim.study import engines
from alliance_sim.study.config import Study
from alliance_sim.study.designs import CHOICE, at
from alliance_sim.study.engines import EngineName
from alliance_sim.study.posterior import of_condition, sample
from alliance_sim.study.progress import Progress
from alliance_sim.study.runner import refuse_elsewhere
from alliance_sim.world.configuration import from_words
from alliance_sim.world.scenario import Scenario, load_patients

NAME = "fit"
OVER, OWN = "over", "fit."  # the words that say what is fitted
COMMAND = f"alliance-sim {NAME} data=trial.csv {EXAMPLE}"
OF_POPULATION = ("patients.entry", "patients.severity", "patients=")
OUT = f"out=outputs/{NAME}"
FEWEST_PATIENTS = 10
LONGEST = 20_000  # characters of a list or a mapping


def _read(value: Any) -> Any:
    """A list or a mapping as it is typed, `[a, b]` or `{a: [0, 1]}`."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value) if len(value) <= LONGEST else None
    except (yaml.YAMLError, RecursionError):
        return None


def _keys(value: Any) -> Any:
    held = _read(value)
    held = [held] if isinstance(held, str) else held
    if not isinstance(held, list) or not all(isinstance(one, str) for one in held):
        raise ValueError(f"{str(value)[:60]!r} is no list of keys; write it as {EXAMPLE.removeprefix('over=')}")
    return held


def _ranges(value: Any) -> Any:
    held = _read(value)
    if not isinstance(held, dict) or not all(isinstance(one, list) for one in held.values()):
        raise ValueError(f"{str(value)[:60]!r} is no mapping; write it as {{KEY: [LOW, HIGH]}}")
    return held


@configurable
class Fit:
    """What is fitted, and how.

    Attributes:
        over: Dotted keys.
        ranges: Lowest and highest value of some of them.
        draws: Simulated trials.
    """

    over: Annotated[list[str], BeforeValidator(_keys)] = field(default_factory=list)
    ranges: Annotated[dict[str, Any], BeforeValidator(_ranges)] = field(default_factory=dict)
    draws: int = parameter(
        16384, "N", "trials", 2048, 1_000_000, CHOICE, "Trials that are simulated at draws of the priors."
    )


def asked(words: Sequence[str]) -> tuple[Source, Fit, list[str]]:
    """Tell the data, and what is fitted to them, from the words of the study.

    Raises:
        ScenarioError: No file is named, or a word cannot be understood.
    """
    source, words = split(words, NAME)
    own = [word for word in words if word.startswith((f"{OVER}=", OWN))]
    others = [word for word in words if word not in own]
    try:
        wanted = from_words(Fit, [word.removeprefix(OWN) for word in own], COMMAND)
    except ScenarioError as error:
        said = str(error)
        raise ScenarioError(f"{OWN}{said}" if said.startswith(("ranges", "draws")) else said) from error
    if any(word.startswith(OF_POPULATION) for word in (*others, *wanted.over)):
        source.entry = False  # what is typed, or fitted, of the population goes before the data's baseline
    return source, wanted, of_study(others, (OUT,), NAME)


class Fitted(NamedTuple):
    """A fit: what the data say of the keys, and of which trials that was found."""

    found: Posterior
    plan: Layout
    names: list[str]  # of the summaries that were used
    simulated: int  # trials
    varied: bool  # other keys were drawn from the calibrated posterior


class Problem(NamedTuple):
    """What is to be found: data as summaries, and how trials like them are simulated."""

    maker: Maker
    observed: Array  # (summaries,)
    names: list[str]  # of the summaries


def problem(study: Study, source: Source, wanted: Fit) -> Problem:
    """Read data and lay trials of their size and schedule out; arguments and errors as of `fit`."""
    prior = priors(study.base(), wanted.over, wanted.ranges)
    plan = layout(data.read(source), source, study.scenarios(), study.base_arm)
    _refuse_set({arm.of: study.arms[arm.of] for arm in plan.arms}, wanted.over)
    if plan.patients < FEWEST_PATIENTS:
        raise ScenarioError(
            f"the data hold {plan.patients} patients, and {FEWEST_PATIENTS} are the fewest that fit takes; "
            f"a trial of so few says next to nothing of any key."
        )
    listed = summaries.listed(plan.observed)
    worlds = [arm.scenario for arm in plan.arms]
    engine = engines.pick(study.engine, worlds, wanted.draws)
    others = _others(study, worlds, wanted.over) if study.posterior.draws else []
    summarise = functools.partial(summaries.summarised, summaries=listed)
    maker = Maker(plan, prior, summarise, study.seed, _array(engine), study.executor, others)
    return Problem(maker, summaries.summarised(plan.observed, listed), [_called(one) for one in listed])


def fit(study: Study, source: Source, wanted: Fit, shown: bool | None = False) -> Fitted:
    """Fit keys to data.

    Args:
        study: Whose arms the data's are.
        source: The data.
        wanted: What is fitted.
        shown: Show what is compiled, then trials done, rate and time left; None: only where a bar can be drawn.

    Raises:
        ScenarioError: The data cannot be read or are too few, a key cannot be fitted, or an arm sets it.
    """
    refuse_elsewhere(dict(study.scenarios().items()), study.engine, study.executor.kind, [NAME])
    maker, observed, called = problem(study, source, wanted)
    trials.ready(maker.engine, [arm.scenario for arm in maker.plan.arms], wanted.draws, shown)
    maker.check_moves()
    with Progress(-(-wanted.draws // SIZE) * SIZE, shown) as progress:  # after compiling, which is no part of the rate
        made = maker.simulated(wanted.draws, progress.add)
    used, seen, names = usable(made, observed, called)
    if not names or len(used.block) < len(made.block) / 2:
        raise ScenarioError(
            "hardly any simulated trial has the scores that your data have, so there is nothing to fit to; compare "
            "both with alliance-sim compare."
        )
    found = posterior.posterior(maker.priors, used, seen, names, study.seed)
    return Fitted(found, maker.plan, names, len(made.block), bool(maker.others))


def _array(engine: EngineName) -> EngineName:
    """Lanes or NumPy: Mesa's agents would take hours and give the same."""
    return EngineName.numpy if engine is EngineName.mesa else engine


def _called(summary: summaries.Summary) -> str:
    arm = f"{summary.arm}: " if summary.arm and not summary.versus else ""
    return arm + summaries.said(summary)


def _refuse_set(arms: Mapping[str, Mapping[str, Any]], over: list[str]) -> None:
    """Refuse a key that an arm sets: it would not be fitted there."""
    for arm, values in arms.items():
        key = next((key for key in over for own in values if key == own or key.startswith(f"{own}.")), "")
        if key:
            raise ScenarioError(f"arm {arm!r} sets {key}, which over names too; leave it out of one of them.")


def _others(study: Study, worlds: list[Scenario], over: list[str]) -> list[str]:
    """Keys of the calibrated posterior that are drawn: those that neither the study nor the fit sets."""
    rows, _ = sample()
    keys: Mapping[str, float] = of_condition(rows[0], study.patients.condition.value)
    usual = Scenario(patients=load_patients(study.patients.condition.value))
    return [key for key in keys if key not in over and all(at(one, key) == at(usual, key) for one in worlds)]
