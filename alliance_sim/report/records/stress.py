"""The STRESS-ABS checklist, every item answered from the study and pointing to where more stands [Monks 2019]."""

from collections.abc import Sequence

from alliance_sim.report.records import calibrated, estimands, layout, phrases, sources
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.markdown import Markdown, escaped, filled
from alliance_sim.report.records.sources import Ground

# Items of the checklist for agent-based simulation, in its order.
ITEMS = {
    "1.1": "Purpose of the model",
    "1.2": "Model outputs",
    "1.3": "Experimentation aims",
    "2.1": "Base model overview diagram",
    "2.2": "Base model logic",
    "2.3": "Scenario logic",
    "2.4": "Algorithms",
    "2.5.1": "Components: environment",
    "2.5.2": "Components: agents",
    "2.5.3": "Components: interaction topology",
    "2.5.4": "Components: entry and exit",
    "3.1": "Data sources",
    "3.2": "Pre-processing",
    "3.3": "Input parameters",
    "3.4": "Assumptions",
    "4.1": "Initialisation",
    "4.2": "Run length",
    "4.3": "Estimation approach",
    "5.1": "Software or programming language",
    "5.2": "Random sampling",
    "5.3": "Model execution",
    "5.4": "System specification",
    "6.1": "Computer model sharing statement",
}


def text(facts: Facts, grounds: Sequence[Ground]) -> str:
    """The record."""
    last = {arm: max((step.day for step in world.course()), default=0) for arm, world in facts.worlds.items()}
    whole = {arm: max((event.day for event in world.events()), default=0) for arm, world in facts.worlds.items()}
    shared = {arm: world.cohorts.size for arm, world in facts.worlds.items() if world.cohorts.size > 1}
    return filled(
        "stress.md.j2",
        facts=facts,
        say=phrases,
        item=_item,
        last=max(last.values()),
        whole=max(whole.values()),
        shared=max(shared.values(), default=1),
        layout=layout,
        estimands=estimands,
        sets=layout.sets(facts, grounds),
        counted={kind.value: count for kind, count in sources.counted(grounds).items()},
        kinds=sources.shown(grounds),
        spacing=" or ".join(dict.fromkeys(str(one.assignment.enrolment_spacing) for one in facts.worlds.values())),
        fit=calibrated.known(),
        keys=len(sources.rests_on(grounds)),
    )


def _item(number: str, where: str) -> Markdown:
    """The head of an item, and where more stands."""
    return Markdown(f"### {number} {ITEMS[number]}\n\n*Where: {escaped(where)}.*\n")
