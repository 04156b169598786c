"""How a study's arms or points were chosen, what is compared and what the study sets itself: parts of sentences."""

from collections.abc import Iterable, Sequence

from alliance_sim.analysis.summary import compared as pairs, keys
from alliance_sim.report import tables, wording
from alliance_sim.report.records.facts import Facts
from alliance_sim.report.records.sources import Ground, Kind
from alliance_sim.report.tables import Table
from alliance_sim.study.config import Study
from alliance_sim.study.designs import Kind as Design

MOST_NAMED = 6  # keys or pairs that a sentence names


def listed(names: Iterable[str], of: str = "") -> str:
    """Names in a sentence: a, b and c; of more than it names only how many there are, if it is said what they are."""
    *most, last = names
    if of and len(most) >= MOST_NAMED:
        return f"{len(most) + 1} {of}"
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, noun: str) -> str:
    """A number and its noun: 1 point, 2 points."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def design(facts: Facts) -> str:
    """Which arms or points there are, as the object of a sentence."""
    study = facts.study
    if study.design.of_arms:
        said = f"{counted(len(study.arms), 'arm')} ({', '.join(study.arms)})"
    else:
        said = f"{counted(facts.points, 'point')}{_points(facts)}, with all else as in arm {study.base_arm}"
    draws = study.posterior.draws
    return f"{said}, each at {counted(draws, 'draw')} of the posterior of the fitted parameters" if draws else said


def _points(facts: Facts) -> str:
    study, frame = facts.study, facts.opened.design
    own = listed(keys(frame), "keys")
    match study.design.kind:
        case Design.grid:
            return _grid(study, own)
        case Design.one_at_a_time:
            return f", the base and its variations in one key at a time ({own}{_together(study)})"
        case Design.latin_hypercube:
            return f" of a Latin hypercube over {own}"
        case Design.sobol:
            return (
                f" of a Sobol design over {own} (two matrices of {counted(study.design.points, 'base point')}, and the "
                "first with one key's column of the second, key by key)"
            )
    if {"row", "varied"} <= set(frame):
        return f" in {frame['row'].nunique():,} trajectories of elementary effects over {own}"
    return f" taken from a table that sets {own}"


def _grid(study: Study, own: str) -> str:
    if study.design.blocks:
        each = [" × ".join(block) for block in study.design.blocks]
        return f" of {counted(len(each), 'grid')}, one after another ({'; '.join(each)}{_together(study)})"
    if len(study.design.keys()) == 1:
        return f" at the levels of {own}"
    moved = _together(study).removeprefix("; ")
    return f", the combinations of the levels of {own}{f' ({moved})' if moved else ''}"


def _together(study: Study) -> str:
    said = [f"{listed(group)} move in step" for group in study.design.together]
    return f"; {', and '.join(said)}" if said else ""


def compared(facts: Facts) -> str:
    """Which arms or points are compared, and which comparison findings begin with: a sentence without its stop."""
    found = pairs(facts.opened.design, facts.study.base_arm)
    if not found or not facts.opened.found.pairs:
        return "No arm or point is compared with another"
    if not facts.study.design.of_arms:
        return f"Every other point is compared with point {found[0][1]}"
    said = [f"{arm} − {versus}" for arm, versus in found]
    if len(found) == 1:
        return f"The comparison is {said[0]}"
    if len(found) > wording.MOST_FINDINGS:
        return (
            f"Each of the other {len(found)} arms is compared with {facts.study.base_arm}; findings begin with the "
            "pair whose primary change differs most"
        )
    return f"The comparisons are {listed(said)}; findings begin with {said[0]}"


def changes(facts: Facts) -> Table:
    """In what arms or points differ; what the table leaves out is named below it."""
    made, most = tables.differences(facts.opened), wording.MOST_CHANGES
    if facts.varied or not made.note:
        return made
    hidden = {arm: own[most:] for arm, own in wording.of_arms(facts.opened).items() if len(own) > most}
    named = [f"{arm}: {', '.join(one.key for one in own)}" for arm, own in hidden.items()]
    return made._replace(note=f"Further keys, with their value in each arm in parameters.csv. {'. '.join(named)}.")


def sets(facts: Facts, grounds: Sequence[Ground]) -> str:
    """What the study sets itself: by its design, in its arms, and alike everywhere; a sentence."""
    said = []
    values: dict[str, set[object]] = {}
    for one in grounds:
        values.setdefault(one.row.key, set()).add(one.row.default)
    differ = sum(len(held) > 1 for held in values.values())
    by = f", by which {counted(differ, 'number')} in force differ{'s' * (differ == 1)} between"
    if facts.varied:
        files = f"{by} the files that it names" if len(facts.worlds) > 1 else ""
        said.append(f"the design varies {counted(len(facts.varied), 'key')} ({listed(facts.varied, 'keys')}){files}")
    if own := facts.arms_keys:
        said.append(f"the arms set {counted(len(own), 'key')} ({listed(own, 'keys')}){by} arms")
    alike = alike_everywhere(facts, grounds)
    if alike:
        said.append(
            f"{counted(len(alike), 'number')} away from the model's default {'are' if alike[1:] else 'is'} set alike "
            f"everywhere ({listed(alike, 'keys')})"
        )
    return f"{_upper('; '.join(said))}." if said else "The study sets no number away from the model's default."


def alike_everywhere(facts: Facts, grounds: Sequence[Ground]) -> list[str]:
    """The keys of numbers that the study sets away from the model's default, and to one value in all its worlds."""
    changed = [one for one in grounds if one.kind is Kind.changed and len(one.arms) == len(facts.worlds)]
    return [one.row.key for one in changed]


def one_value(facts: Facts) -> str:
    """What stands at one value, and what the errors are therefore of: a sentence."""
    draws = facts.study.posterior.draws
    if draws:
        return f"The fitted numbers stand at {counted(draws, 'draw')} of their posterior."
    number = len(facts.varied)
    but = f"the {counted(number, 'key')}" if number > 1 else "the key"
    kept = f"But for {but} of the design, every" if number else "Every"
    return (
        f"{kept} number of an arm or point stands at one value: Monte Carlo error is the only error shown, and says "
        "nothing of how far results move with the parameters."
    )


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
