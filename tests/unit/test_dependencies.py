"""What a study needs is declared and locked; what only tests and documentation need is not installed with it."""

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
HOMES = metadata.packages_distributions()
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")  # what a study needs, everything
CORE = {Requirement(line).name for line in PROJECT["dependencies"]}
APP = {Requirement(line).name for line in PROJECT["optional-dependencies"]["app"]}


def imported(file: Path) -> set[str]:
    """Distributions that a file imports, anywhere in it, besides the standard library and this package."""
    lines = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = {alias.name for line in lines if isinstance(line, ast.Import) for alias in line.names}
    names |= {line.module for line in lines if isinstance(line, ast.ImportFrom) and line.module and not line.level}
    modules = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"alliance_sim"}
    return {HOMES[module][0].lower() for module in modules}


def locked(name: str) -> dict[str, str]:
    """Distributions of a lock, each with its version."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    pins = [line.removesuffix(" \\").partition(" ;")[0] for line in lines if line[:1].isalnum()]
    return dict(pin.split("==") for pin in pins)


def test_code_imports_what_is_declared_and_no_more_is_declared():
    package = REPOSITORY / "alliance_sim"
    app = {package / "web" / "opening.py"}
    core = set().union(*(imported(file) for file in set(package.rglob("*.py")) - app))
    assert core == CORE
    assert set().union(*map(imported, app)) - CORE <= APP


def test_the_locks_agree_and_name_no_host():
    text = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in LOCKS)
    assert "://" not in text
    assert locked(LOCKS[0]).items() <= locked(LOCKS[1]).items()


@pytest.mark.parametrize(
    "name",
    [
        "sphinx",
        "playwright",
        "distributed",
        "segno",
        "seaborn",
        "statsmodels",
        "salib",
        "ruff",
        "mypy",
        "uv",
    ],
)
def test_a_study_does_without(name):
    assert name not in locked(LOCKS[0])
    assert name in locked(LOCKS[1])
