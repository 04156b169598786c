"""`alliance-sim report`: one page of a results folder."""

from pathlib import Path

from alliance_sim.analysis.opened import opened
from alliance_sim.analysis.printing import size
from alliance_sim.cli import folders
from alliance_sim.report.page import write

USAGE = "report takes one folder, and out= if wished; type alliance-sim report outputs/alliance."


def main(words: list[str]) -> int:
    """Write the page.

    Raises:
        FolderError: The folder holds no results, or the page cannot be written.
    """
    folder, given = folders.read(words, USAGE, "out")
    place = Path(given.get("out") or f"{folder}/report.html")
    size_of_page = write(opened(folder), place)
    print(f"Report: {place} ({size(size_of_page)}, complete in itself: open it in any browser)")
    return 0
