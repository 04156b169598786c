"""`alliance-sim run`: a study composed from key=value words, run and written."""

import functools
import sys

from alliance_sim.cli.entry import FAILED, INTERRUPTED
from alliance_sim.cli.overrides import composed
from alliance_sim.report import running
from alliance_sim.report.width import fitted
from alliance_sim.study.config import Study


def main(words: list[str]) -> int:
    """Answer the words after `run`."""
    return composed(words, Study, run)


def run(study: Study) -> int:
    """Run a study, print its answers, write its results.

    Returns:
        Exit code: 0, 1 if a trial failed, 130 if interrupted.

    Raises:
        AllianceError: The study contradicts itself, or `out` cannot take its results.
    """
    ended = running.run(study, lambda text: print(fitted(text), flush=True), functools.partial(print, file=sys.stderr))
    return INTERRUPTED if ended.interrupted else FAILED if ended.failed else 0
