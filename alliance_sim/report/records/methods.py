"""A paragraph for the methods section of a paper."""

from collections.abc import Sequence

from alliance_sim.report.records import calibrated, citations, estimands, layout, phrases, sources
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.markdown import filled
from alliance_sim.report.records.sources import Ground


def text(facts: Facts, grounds: Sequence[Ground]) -> str:
    """The record."""
    works = {citations.work_of(key) for key in sources.rests_on(grounds)} - {""}
    return filled(
        "methods.md.j2",
        facts=facts,
        say=phrases,
        fit=calibrated.known(),
        layout=layout,
        estimands=estimands,
        counted={kind.name: count for kind, count in sources.counted(grounds).items()},
        sets=layout.sets(facts, grounds),
        works=len(works),
    )
