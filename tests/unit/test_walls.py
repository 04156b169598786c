"""Arrows between the rooms of the package run one way."""

import ast
from pathlib import Path

import alliance_sim

PACKAGE = Path(alliance_sim.__file__).parent
ROOMS = (
    *(
        "model",
        "laws",
        "world",
        "engine",
        "trial",
        "study",
        "compose",
        "analysis",
        "figures",
        "calibration",
        "questions",
        "report",
    ),
    *("results", "interface", "web", "cli"),
)  # each may import those before it
OF_ALL = ("errors", "aliases")  # which every room may import, and which import none
DOORS = ("__init__.py", "__main__.py")  # of the package


def imported(text: str) -> set[str]:
    """Rooms that a module imports, inside functions too; not for types alone."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    found = set()
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "name modules from the top"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("alliance_sim.")}
    return found


def against(files: dict[str, str]) -> set[tuple[str, str]]:
    """Imports that run the wrong way: of a file, a room."""
    found = set()
    for name, text in files.items():
        room = name.split("/")[0].removesuffix(".py")
        allowed = set() if room in OF_ALL else {*OF_ALL, *ROOMS[: ROOMS.index(room) + 1]}
        found |= {(name, other) for other in imported(text) & {*ROOMS, *OF_ALL} - allowed}
    return found


def test_no_room_imports_one_above_it():
    files = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).as_posix() not in DOORS
    }
    assert {name.split("/")[0].removesuffix(".py") for name in files} == {*ROOMS, *OF_ALL}
    assert not against(files)


def test_an_import_of_a_room_above_is_found_wherever_it_stands():
    """The control of the test above."""
    inside = "def late():\n    from alliance_sim.report import page\n"
    assert against({"analysis/mine.py": inside}) == {("analysis/mine.py", "report")}
    assert against({"model/mine.py": "import alliance_sim.study.config"}) == {("model/mine.py", "study")}
    assert against({"errors.py": "from alliance_sim import model"}) == {("errors.py", "model")}
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from alliance_sim.report import page\n"
    assert not against({"analysis/mine.py": typed, "cli/mine.py": inside})
