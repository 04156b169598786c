"""`alliance-sim fit`: which values of a few keys give trials like one's own."""

import functools

from alliance_sim.calibration.own.fit import Fit, asked, fit
from alliance_sim.calibration.own.source import FOLDERS, Source
from alliance_sim.cli.compare import folded
from alliance_sim.cli.overrides import composed
from alliance_sim.report import console, fit as report
from alliance_sim.study.config import Study
from alliance_sim.study.folders import writable


def main(words: list[str]) -> int:
    """Answer the words after `fit`."""
    source, wanted, rest = asked(words)
    return composed(rest, Study, functools.partial(_fit, source=source, wanted=wanted, words=words, rest=rest))


def _fit(study: Study, source: Source, wanted: Fit, words: list[str], rest: list[str]) -> int:
    """Fit, print the answer and write it.

    Raises:
        AllianceError: The data cannot be read, a key cannot be fitted, or `out` cannot be written.
    """
    writable(study.out)
    found = fit(study, source, wanted, shown=True)
    own, plain = _options(rest)
    report.write(found, study.out, words, plain, own, study.figures)
    for table in report.tables(found, brief=True):
        print(console.text(table), end="\n\n")
    print(folded(report.sentence(found)))
    for line in (*found.plan.notes, *found.plan.unused):
        print(folded(line, "- "))
    place = f"Copy {study.out}/{report.PARAMETERS} to {own}/parameters, then run" if own else "Run"
    again = report.run_command(study.out, plain, own)
    print(f"\nReport: {study.out}/report.html\n{place} the study with the posterior's means:\n  {again}")
    return 0


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
