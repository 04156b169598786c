"""`alliance-sim fit`: which values of a few keys give trials like one's own."""

import functools
from pathlib import Path

from alliance_sim.calibration.own.blocks import SIZE
from alliance_sim.calibration.own.fit import Fit, fit
from alliance_sim.calibration.own.source import KEY, Source, of_study, split
from alliance_sim.cli.compare import folded
from alliance_sim.cli.overrides import composed
from alliance_sim.errors import ScenarioError, command
from alliance_sim.report import console, fit as report
from alliance_sim.study.config import Study
from alliance_sim.study.folders import writable
from alliance_sim.study.progress import Progress
from alliance_sim.study.runner import refuse_elsewhere
from alliance_sim.world.configuration import from_words

NAME = "fit"
OVER, OWN = "over", "fit."  # the words that say what is fitted
EXAMPLE = "alliance-sim fit data=trial.csv over='[parameters.bond.rate]'"
FOLDERS = ("--config-dir", "-cd")
OF_POPULATION = ("patients.entry", "patients.severity", "patients=")
OUT = f"out=outputs/{NAME}"


def main(words: list[str]) -> int:
    """Answer the words after `fit`."""
    source, others = split(words, NAME)
    wanted, typed = _wanted(others)
    if any(word.startswith(OF_POPULATION) for word in (*typed, *wanted.over)):
        source.entry = False  # what is typed, or fitted, of the population goes before the data's baseline
    rest = of_study(typed, (OUT,), NAME)
    return composed(rest, Study, functools.partial(_fit, source=source, wanted=wanted, words=words, rest=rest))


def _wanted(words: list[str]) -> tuple[Fit, list[str]]:
    """Tell what is to be fitted from the words of the study."""
    own: list[str] = []
    others: list[str] = []
    for word in words:
        (own if word.startswith((f"{OVER}=", OWN)) else others).append(word)
    try:
        return from_words(Fit, [word.removeprefix(OWN) for word in own], EXAMPLE), others
    except ScenarioError as error:
        said = str(error)
        raise ScenarioError(f"{OWN}{said}" if said.startswith(("ranges", "draws")) else said) from error


def _fit(study: Study, source: Source, wanted: Fit, words: list[str], rest: list[str]) -> int:
    """Fit, print the answer and write it.

    Raises:
        AllianceError: The data cannot be read, a key cannot be fitted, or `out` cannot be written.
    """
    writable(study.out)
    refuse_elsewhere(dict(study.scenarios().items()), study.engine, study.executor.kind, [NAME])
    with Progress(-(-wanted.draws // SIZE) * SIZE, True) as progress:
        found = fit(study, source, wanted, progress.add)
    own, plain = _options(rest)
    again = report.run_command(study.out, plain, own)
    report.write(found, study.out, command(NAME, *map(_short, words)), again, study.figures)
    for table in report.tables(found, brief=True):
        print(console.text(table), end="\n\n")
    print(folded(report.sentence(found)))
    for line in (*found.plan.notes, *found.plan.unused):
        print(folded(line, "- "))
    place = f"Copy {study.out}/{report.PARAMETERS} to {own}/parameters, then run" if own else "Run"
    print(f"\nReport: {study.out}/report.html\n{place} the study with the posterior's means:\n  {again}")
    return 0


def _short(word: str) -> str:
    """A word, the data's file without its folder."""
    key, _, value = word.partition("=")
    return f"{key}={Path(value).name}" if key == KEY else word


def _options(words: list[str]) -> tuple[str, list[str]]:
    """The folder of one's own files, and the words that are no options."""
    folder, plain, waiting = "", [], False
    for word in words:
        name, equals, value = word.partition("=")
        if waiting or (name in FOLDERS and equals):
            folder, waiting = (word if waiting else value), False
        elif name in FOLDERS:
            waiting = True
        else:
            plain.append(word)
    return folder, plain
