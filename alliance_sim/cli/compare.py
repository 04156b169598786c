"""`alliance-sim compare`: one's own data beside simulated trials of their size and schedule."""

import functools
import textwrap
from collections.abc import Sequence

from alliance_sim.calibration.own.compare import compared
from alliance_sim.calibration.own.source import Source, of_study, split
from alliance_sim.cli.overrides import composed
from alliance_sim.report import comparison, console, wording
from alliance_sim.report.width import columns, fitted
from alliance_sim.study.config import Study
from alliance_sim.study.folders import writable


def main(words: list[str]) -> int:
    """Answer the words after `compare`.

    Raises:
        AllianceError: The data cannot be read or compared, or a word is not allowed.
    """
    source, others = split(words, "compare")
    return composed(of_study(others), Study, functools.partial(compare, source=source, words=words, typed=others))


def compare(study: Study, source: Source, words: Sequence[str], typed: Sequence[str]) -> int:
    """Compare, print the answer and write table, figures and page."""
    writable(study.out)
    found = compared(source, study, typed, shown=True)
    print(fitted(console.text(comparison.headline(found))))
    print()
    for line in comparison.answer(found):
        print(folded(line))
    for line in (*found.plan.notes, *found.plan.unused):
        print(folded(line, "- "))
    place = comparison.write(found, study.out, words, study.figures)
    print(folded(f"{wording.ADVICE} {comparison.PRIVATE}"))
    print(fitted(f"Report: {place} (complete in itself: open it in any browser)"))
    return 0


def folded(line: str, before: str = "") -> str:
    """A sentence in lines that fit the terminal."""
    return textwrap.fill(line, columns(), initial_indent=before, subsequent_indent=" " * len(before))
