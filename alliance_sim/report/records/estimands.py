"""What a study estimates, measure by measure: what it is in one trial, between trials, and in which unit."""

from collections.abc import Iterable

from alliance_sim.analysis import printing
from alliance_sim.analysis.running import HEADLINE, MEASURES, STANDARDISED
from alliance_sim.analysis.summary import HOURS_PER_RESPONSE, SIZES
from alliance_sim.model.instruments import SymptomScale
from alliance_sim.report.records.facts import Facts
from alliance_sim.study.dictionary import OUTCOMES, SPREAD, YES
from alliance_sim.study.units import units

SPREAD_KIND = "spread of change over patients"
RATIO = "ratio: the trial's mean change over the standard deviation of change over its patients"
DIFFERENCE = (
    "mean over replicates of the difference between the two trials of one replicate, of every measure above for which "
    "scales allow it"
)
OF_PAIRS = {  # by their names in the tables
    "cohens_d": (
        "Cohen's d",
        "ratio in each replicate: the difference in mean change over the root of the mean of both trials' variances of "
        "change over patients; mean over replicates",
    ),
    "number_needed_to_treat": (
        "number needed to treat",
        "ratio of means: one over the difference in the share with response; negative: one more is without it",
    ),
    HOURS_PER_RESPONSE: (
        "hours for a further response",
        "ratio of means: the difference in clinician hours a patient over the difference in the share with response; "
        "not given where that difference may be 0",
    ),
}
SPLIT = (
    "mean over patients of arm {}, split in each trial at the median of the early alliance rating: low half, high "
    "half, and high − low; what an observational study would see, no effect of the alliance"
)
MAIN = (
    "difference between the means over points at two levels of a key, or over its upper and its lower points where it "
    "varies continuously; paired by replicate"
)
EFFECT = "difference between means over points at two levels of a key; an interaction is a difference of two such"


def measures(facts: Facts) -> list[list[str]]:
    """Every measure of a trial that the study has a number of: words, name, what it is, unit."""
    own = dict.fromkeys(facts.opened.answers.by_arm["measure"])
    return [[_words(facts, name), name, _what(name), _unit(facts, name)] for name in own]


def of_comparisons(facts: Facts) -> list[list[str]]:
    """Every further kind of number in `summary.csv`: words, name, what it is, unit; empty where there is none."""
    found, made = facts.opened.answers, []
    if len(found.contrasts):
        made.append(["difference", "contrast", DIFFERENCE, "that of the measure"])
    if len(found.effect_sizes):
        made += [[words, name, what, SIZES[name]] for name, (words, what) in OF_PAIRS.items()]
    if len(found.median_split):
        of = listed_units(_unit(facts, name) for name in dict.fromkeys(found.median_split["measure"]))
        made.append(["median split", "median_split", SPLIT.format(facts.study.base_arm), of])
    if len(found.main_effects):
        made.append(["what moves the primary change", "main_effect", MAIN, _unit(facts, HEADLINE)])
    if len(found.effects):
        made.append(["effect of a key, and how it differs", "effect, interaction", EFFECT, "that of the measure"])
    return made


def kinds(facts: Facts) -> str:
    """Which measures of a trial are of which kind, in sentences; the last without its stop."""
    held: dict[str, list[str]] = {}
    for words, _, what, _ in measures(facts):
        kind = what.partition(":")[0] if ":" in what else SPREAD_KIND
        held.setdefault(kind, []).append(words)
    return ". ".join(f"{kind.capitalize()}: {', '.join(own)}" for kind, own in held.items())


def scales(facts: Facts) -> list[str]:
    """What counts as response and remission on each primary scale of the study, and which difference matters."""
    held = [world.instrument(world.primary) for world in facts.worlds.values()]
    held += [getattr(facts.base.parameters.instruments, kind.scale) for kind in facts.opened.kinds.values()]
    return list(dict.fromkeys(map(_rule, held)))


def _rule(scale: SymptomScale) -> str:
    fall = f"{100 * scale.response_share:g} % of baseline" if scale.response_share else ""
    points = f"{scale.response_points:g} points" if scale.response_points else ""
    response = " and ".join(filter(None, (fall, points))) or "any points"
    return (
        f"Response on {scale.name} is a fall by at least {response}; remission is a score of at most "
        f"{scale.remission:g}; {scale.important:g} points are taken as the smallest difference that matters"
    )


def listed_units(names: Iterable[str]) -> str:
    """Units that are not the same, beside one another."""
    return " or ".join(dict.fromkeys(names))


def _words(facts: Facts, name: str) -> str:
    if name == STANDARDISED:
        return "standardised change"
    if name in printing.SPREAD:
        return MEASURES[name]
    return listed_units(printing.labels(world)[name].strip() for world in facts.worlds.values())


def _what(name: str) -> str:
    if name == STANDARDISED:
        return RATIO
    if name in SPREAD:
        return SPREAD[name].meaning.replace("`", "")
    kind = "share of patients" if OUTCOMES[name].type == YES else "mean over patients"
    return f"{kind}: {OUTCOMES[name].meaning}"


def _unit(facts: Facts, name: str) -> str:
    if name in printing.SHARES:
        return "share of patients"
    known = [units(world) | SIZES for world in facts.worlds.values()]
    unit = listed_units(own[name] for own in known)
    return "count" if unit == "1" else unit
