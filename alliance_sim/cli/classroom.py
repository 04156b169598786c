"""`alliance-sim classroom`: the classroom as one file."""

from pathlib import Path

from alliance_sim.analysis.printing import size
from alliance_sim.errors import ScenarioError
from alliance_sim.web import classroom

USAGE = "classroom takes out= alone, if wished; type alliance-sim classroom out=classroom.html."


def main(words: list[str]) -> int:
    """Write the page.

    Raises:
        ScenarioError: Something else than `out` is given, or it names no page.
        FolderError: The page cannot be written.
    """
    given = dict(word.split("=", 1) for word in words if "=" in word)
    if len(words) != len(given) or not given.keys() <= {"out"} or "" in given.values():
        raise ScenarioError(USAGE)
    place = Path(given.get("out", "classroom.html"))
    size_of_page = classroom.write(place)
    print(f"Classroom: {place} ({size(size_of_page)}, complete in itself: open it in any browser)")
    return 0
