"""`alliance-sim compare`: one's own data beside simulated trials of their size and schedule."""

import functools
import textwrap
from collections.abc import Sequence

from alliance_sim.calibration.own.compare import compared
from alliance_sim.calibration.own.source import Source, split
from alliance_sim.cli.overrides import composed
from alliance_sim.errors import ScenarioError
from alliance_sim.report import comparison, console, wording
from alliance_sim.report.width import columns, fitted
from alliance_sim.study.config import Study
from alliance_sim.study.folders import writable

BEFORE = ("arms={base: {}}", "base_arm=base", "out=outputs/compare", "replicates=400")
OF_RUN = ("ask", "power", "shard", "precision", "keep", "executor", "design", "dry_run")  # keys that nobody reads here


def main(words: list[str]) -> int:
    """Answer the words after `compare`.

    Raises:
        AllianceError: The data cannot be read or compared, or a word is not allowed.
    """
    source, others = split(words, "compare")
    return composed(before(others), Study, functools.partial(compare, source=source, words=words, typed=others))


def before(words: Sequence[str]) -> list[str]:
    """The words of a study after what stands where they say nothing else.

    Raises:
        ScenarioError: A key means nothing to a comparison.
    """
    for word in words:
        key = word.partition("=")[0].partition(".")[0]
        if key in OF_RUN and "=" in word:
            raise ScenarioError(f"{word.partition('=')[0]} means nothing to compare; leave it out.")
    named = any(word.startswith("experiment=") for word in words)
    return [*(BEFORE[2:] if named else BEFORE), *words]


def compare(study: Study, source: Source, words: Sequence[str], typed: Sequence[str]) -> int:
    """Compare, print the answer and write table, figures and page."""
    writable(study.out)
    found = compared(source, study, typed)
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
