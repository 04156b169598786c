"""`alliance-sim plot`: one figure of a results folder."""

from pathlib import Path

from alliance_sim.analysis.opened import opened
from alliance_sim.cli import folders
from alliance_sim.errors import ScenarioError, command
from alliance_sim.figures import theme
from alliance_sim.report.drawings import drawings
from alliance_sim.study.folders import written

USAGE = "plot takes one folder, figure= and out= if wished; type alliance-sim plot outputs/alliance."


def main(words: list[str]) -> int:
    """Draw one figure, or say which there are.

    Raises:
        ScenarioError: There is no such figure, or the file's ending is none that figures have.
        FolderError: The folder holds no results, or the figure cannot be written.
    """
    folder, given = folders.read(words, USAGE, "figure", "out")
    figure, known = given.get("figure", ""), drawings(opened(folder))
    if not known:
        raise ScenarioError(f"the results in {folder} allow no figure; plot others.")
    if figure not in known:
        asked = f"there is no figure {figure!r} of {folder}" if figure else "name a figure"
        raise ScenarioError(f"{asked}; type {command('plot', folder=folder)} figure= with one of: {', '.join(known)}.")
    place = Path(given.get("out") or f"{folder}/figures/{figure}.png")
    if place.suffix not in theme.ENDINGS:
        raise ScenarioError(f"out={place} is no kind of figure; end it with {' or '.join(theme.ENDINGS)}.")
    drawn = known[figure].draw()
    written(place, lambda to: theme.save(drawn, to))
    print(f"{known[figure].described(drawn)}: {place}")
    return 0
