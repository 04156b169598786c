"""Laws are typed: a field that no record or parameter group has is refused before anything is compiled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# One misspelling a line: of a parameter, a behaviour, a nested state, a changed field, a parameter group, a draw.
MISSPELT = """\
from alliance_sim.model.behaviours import Behaviours
from alliance_sim.model.bond import Bond
from alliance_sim.model.draws import SessionNoise
from alliance_sim.model.maths import Value
from alliance_sim.model.parameters import Numbers
from alliance_sim.model.state import Patient


def misspelt(perceived: Behaviours, patient: Patient, noise: SessionNoise, p: Bond, q: Numbers) -> Value:
    one = p.felt_empathy_{emphaty}
    two = perceived.{colaboration}
    three = patient.bond.{trst}
    four = patient.bond._replace({raport}=1.0)
    five = q.{rupure}.base
    six = noise.delivery.{empaty}
    return one + two + three + four.trust + five + six
"""
RIGHT = ("empathy", "collaboration", "trust", "rapport", "rupture", "empathy")
WRONG = ("emphaty", "colaboration", "trst", "raport", "rupure", "empaty")
FIRST = 1 + MISSPELT.splitlines().index("    one = p.felt_empathy_{emphaty}")


@pytest.mark.slow
def test_a_misspelt_field_fails_the_check_of_types_and_the_right_one_passes(tmp_path):
    shutil.copytree(ROOT / "alliance_sim", tmp_path / "alliance_sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    texts = {"right": RIGHT, "wrong": WRONG}
    laws = {name: tmp_path / "alliance_sim" / "model" / f"{name}.py" for name in texts}
    for name, words in texts.items():
        text = MISSPELT.format(**dict(zip(WRONG, words, strict=True)))
        laws[name].write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "types"), *map(str, laws.values())],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | {"MYPYPATH": str(tmp_path)},
    )  # fmt: skip
    found = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [line for line in found if "wrong.py:" not in line] == []
    assert [line.split(":")[1] for line in found] == [str(FIRST + place) for place in range(len(WRONG))]
    assert all(word in line for word, line in zip(WRONG, found, strict=True))
