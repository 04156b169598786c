"""What the checks found: kept in one file, read strictly, told in a line each."""

import json

import numpy as np
import pytest

from alliance_sim.calibration import results
from alliance_sim.calibration.checks import outcome, words
from alliance_sim.calibration.checks.coverage import Coverage
from alliance_sim.calibration.checks.fit import Fit
from alliance_sim.calibration.checks.known import Ranks, Recovery
from alliance_sim.calibration.checks.left_out import NEVER

EVEN = Coverage(deviation=0.05, allowed=0.1, p=0.5)


@pytest.fixture(scope="module")
def posterior():
    return results.read()


@pytest.fixture
def found(posterior):
    """Checks that all passed."""
    return outcome.Found(
        key=posterior.about["key"],
        draws=outcome.digest(posterior),
        seed=1,
        sets=200,
        numbers=50,
        targets=104,
        recovery=Recovery(covered=0.9, lowest=0.85, highest=0.95, p=0.6),
        recovered={"parameters.bond.rate": 0.8},
        ranks=Ranks(chi2=11.0, p=0.7),
        tarp=EVEN,
        joint=EVEN,
        fit=Fit(distance=90.0, usual=100.0, p_sets=0.7, least=100.0, p_chi2=0.6),
        implausible={"TD079": 2.0},
        trials=[
            outcome.Trial(study="one", left_out="one", rows=4, within=4, p=0.4),
            outcome.Trial(study="two", left_out=NEVER, rows=3, within=2, p=0.2),
        ],
        line=(0.1, 0.3),
    )


FAULTS = {
    "recovery": {"recovery": Recovery(covered=0.7, lowest=0.5, highest=0.8, p=0.0)},
    "ranks": {"ranks": Ranks(chi2=40.0, p=0.0)},
    "tarp": {"tarp": Coverage(deviation=0.3, allowed=0.1, p=0.0)},
    "joint": {"joint": Coverage(deviation=0.3, allowed=0.1, p=0.0)},
    "fit": {"fit": Fit(distance=300.0, usual=100.0, p_sets=0.004, least=400.0, p_chi2=0.0)},
    "implausible": {"implausible": {"TD079": 5.0}},
    "left_out": {"trials": [outcome.Trial(study="one", left_out="one", rows=4, within=0, p=0.001)]},
    "never": {"trials": [outcome.Trial(study="one", left_out=NEVER, rows=4, within=0, p=0.001)]},
}
BEGINNINGS = {
    "recovery": "  Recovery:",
    "ranks": "  Ranks of true numbers",
    "tarp": "  TARP:",
    "joint": "  Joint coverage",
    "fit": "  Misspecification:",
    "implausible": "  Implausibility",
    "left_out": "  Each study left out",
    "never": "  Studies that were never fitted",
}


def items(lines):
    """Wrapped lines, one an item."""
    made = []
    for line in lines:
        if line.startswith("    "):
            made[-1] += line[3:]
        else:
            made.append(line)
    return made


def test_every_check_has_a_line_and_none_is_marked_where_all_passed(found):
    lines = words.lines(found)
    assert max(map(len, lines)) <= 110
    for beginning in BEGINNINGS.values():
        assert sum(item.startswith(beginning) for item in items(lines)) == 1, beginning
    assert words.failed(found) == []
    assert not any(item.endswith("!") for item in items(lines)[1:])


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_that_failed_is_marked_and_no_other(name, found):
    broken = found.model_copy(update=FAULTS[name])
    assert words.failed(broken) == [name]
    marked = [item for item in items(words.lines(broken))[1:] if item.endswith("!")]
    assert len(marked) == 1
    assert marked[0].startswith(BEGINNINGS[name])


def test_what_was_found_is_read_as_it_was_written(found, posterior, tmp_path):
    path = tmp_path / outcome.FILE
    outcome.write(path, found)
    assert outcome.read(path, posterior) == found
    first = path.read_bytes()
    outcome.write(path, found)
    assert path.read_bytes() == first


def test_checks_of_another_posterior_do_not_count(found, posterior, tmp_path):
    path = tmp_path / outcome.FILE
    outcome.write(path, found)
    assert outcome.read(path, posterior._replace(about={"key": "another"})) is None
    assert outcome.read(path, posterior._replace(about={})) is None
    assert outcome.read(path, posterior._replace(values=posterior.values + 1e-3)) is None
    assert outcome.read(tmp_path / "none.json", posterior) is None


def test_a_damaged_file_of_checks_is_none(found, posterior, tmp_path):
    path = tmp_path / outcome.FILE
    whole = json.loads(found.model_dump_json())
    texts = [
        "",
        "[]",
        "{",
        json.dumps({**whole, "more": 1}),
        json.dumps({key: value for key, value in whole.items() if key != "tarp"}),
        json.dumps({**whole, "seed": "1"}),
        json.dumps({**whole, "sets": 1.5}),
        json.dumps({**whole, "line": [0.1, float("nan")]}),
        json.dumps({**whole, "line": [0.1]}),
        json.dumps({**whole, "tarp": {"deviation": 2.0, "allowed": 0.1, "p": 0.5}}),
        json.dumps({**whole, "implausible": {"\x1b[31m": 5.0}}),
        json.dumps(whole) + " " * outcome.LARGEST,
    ]
    for text in texts:
        path.write_text(text, encoding="utf-8")
        assert outcome.read(path, posterior) is None, text[:60]
    path.write_bytes(b"\xff\xfe\x00")
    assert outcome.read(path, posterior) is None
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert outcome.read(path, posterior) == found


def test_draws_in_memory_and_from_their_file_have_one_digest(posterior, tmp_path):
    values = posterior.values + np.random.default_rng(1).random(posterior.values.shape) * 1e-9
    made = posterior._replace(values=values)
    results.write(tmp_path / "posterior.parquet", made)
    assert outcome.digest(results.read(tmp_path / "posterior.parquet")) == outcome.digest(made)
