"""`alliance-sim precision`: how many replicates a wished Monte Carlo error needs."""

from alliance_sim.analysis.opened import opened
from alliance_sim.analysis.precision import known, needed, needed_of_contrasts
from alliance_sim.analysis.printing import SHARES
from alliance_sim.analysis.running import NAMES
from alliance_sim.cli import folders
from alliance_sim.errors import ScenarioError
from alliance_sim.questions.contrasts import named
from alliance_sim.report import console, tables
from alliance_sim.study.config import Estimand
from alliance_sim.study.units import units

EXAMPLE = "type alliance-sim precision outputs/alliance measure=change target=0.1."
USAGE = f"precision takes one folder, and measure= and target= if wished; {EXAMPLE}"


def main(words: list[str]) -> int:
    """Say it for every mean, difference and asked contrast, with and without common random numbers.

    Raises:
        ScenarioError: There is no such measure, or the target is no error.
        FolderError: The folder holds no results.
    """
    folder, given = folders.read(words, USAGE, "measure", "target")
    target = _target(given["target"]) if "target" in given else None
    measure = known(given.get("measure", "change"))
    results = opened(folder)
    found = results.found
    place = NAMES.index(measure)
    if not found.each.count[:, place].any():
        there = [name for name in NAMES if found.each.count[:, NAMES.index(name)].any()]
        raise ScenarioError(f"measure={measure} has no value in {folder}; choose one of: {', '.join(there)}.")
    if target is None:
        target = results.largest_error(measure, Estimand.difference if found.pairs else Estimand.mean)
    unit = "percentage points" if measure in SHARES else units(results.base).get(measure, "its unit")
    contrasts = None
    if len(effects := results.answers.effects):
        contrasts = needed_of_contrasts(effects, measure, target)
        contrasts["label"] = contrasts["key"] + ", " + contrasts.apply(named, axis=1)
    print(console.text(tables.precision(needed(found, measure, target), measure, target, unit, contrasts)))
    return 0


def _target(typed: str) -> float:
    try:
        target = float(typed)
    except ValueError:
        target = 0.0
    if not 0 < target < float("inf"):
        raise ScenarioError(f"target={typed} is no error above 0; {EXAMPLE}")
    return target
