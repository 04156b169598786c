"""Names are the field's: no identifier, key, column or file has a private word in it."""

import ast
import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from alliance_sim.engine.recording import ASSESSMENT_COLUMNS, PATIENT_COLUMNS, SESSION_COLUMNS, TRIAL_COLUMNS
from alliance_sim.study.config import Study
from alliance_sim.world.configuration import known_keys

ROOT = Path(__file__).parents[2]
PRIVATE = {"luck", "told", "leaning", "restlessness", "hopefulness", "untorn", "parcel", "desk"}
PRIVATE_PAIRS = {("came", "fear")}
# Names of older folders, and the tests that read those.
OLDER = (
    "alliance_sim/aliases.py",
    "tests/data/",
    "tests/integration/test_older_results.py",
    "tests/unit/test_rename_keys.py",
    "tests/unit/test_words.py",
)
ATTRIBUTE = re.compile(r"\b(?:id|class|name|for)=\"([^\"]*)")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
JS_STRING = re.compile(r"`[^`]*`|\"[^\"\n]*\"|'[^'\n]*'|//[^\n]*|/\*.*?\*/", flags=re.DOTALL)


def words(name: str) -> list[str]:
    """The words of an identifier, key or file name, in lower case."""
    return [word.lower() for word in WORD.findall(name)]


def is_private(name: str) -> bool:
    """True if one of its words is a private one."""
    own = words(name)
    return bool(PRIVATE & set(own)) or any(pair in PRIVATE_PAIRS for pair in itertools.pairwise(own))


def files(*endings: str) -> list[Path]:
    """Files of the project with these endings, those about older names left out."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    held = listed or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [ROOT / name for name in held if name.endswith(endings) and not name.startswith(OLDER)]


def python_names(path: Path) -> Iterator[str]:
    """Identifiers of a Python file, and strings that are names: keys and columns."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.:]+", node.value):
            yield node.value


def yaml_keys(held: object) -> Iterator[str]:
    """Keys of nested mappings."""
    if isinstance(held, dict):
        for key, value in held.items():
            yield str(key)
            yield from yaml_keys(value)
    elif isinstance(held, list):
        for value in held:
            yield from yaml_keys(value)


def test_no_identifier_of_the_code_is_private():
    found = {f"{path.name}: {name}" for path in files(".py") for name in python_names(path) if is_private(name)}
    assert found == set()


def test_no_identifier_of_the_page_is_private():
    found = set()
    for path in files(".js", ".html", ".css"):
        text = path.read_text(encoding="utf-8")
        named = JS_STRING.sub(" ", text) if path.suffix == ".js" else " ".join(ATTRIBUTE.findall(text))
        found |= {f"{path.name}: {name}" for name in IDENTIFIER.findall(named) if is_private(name)}
    assert found == set()


def test_no_key_and_no_column_is_private():
    columns = {*SESSION_COLUMNS, *ASSESSMENT_COLUMNS, *PATIENT_COLUMNS, *TRIAL_COLUMNS}
    keys = set(known_keys(Study()))
    for path in files(".yaml"):
        keys |= set(yaml_keys(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert {name for name in columns | keys if is_private(name)} == set()


def test_no_file_name_is_private():
    assert [path.name for path in files("") if is_private(path.stem)] == []


@pytest.mark.parametrize(
    "name", ["same_luck", "TOLD_COLUMNS", "Desk", "toldSums", "patients.restlessness", "came_fear"]
)
def test_a_private_word_would_be_found(name):
    assert is_private(name)


@pytest.mark.parametrize("name", ["threshold", "desktop", "untold", "fear_at_arrival", "cleaning"])
def test_a_word_inside_another_is_not_private(name):
    assert not is_private(name)
