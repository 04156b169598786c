"""The contract of the engine in JavaScript: generated from the laws, and equal to NumPy's to the last bit."""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from alliance_sim.errors import ScenarioError
from alliance_sim.model import maths
from alliance_sim.model.acting import NO_LIMIT
from alliance_sim.model.behaviours import Behaviours, added
from alliance_sim.model.maths import exp, where
from alliance_sim.web import program, settings
from alliance_sim.web.javascript import NUMBER, ByHand, Generator, GeneratorError, Record
from tests.web.node import HERE, node
from tests.web.worlds import PROTOCOLS, USUAL_REPLICATES, cases

EACH, ALL = 100_000, 1_000_000  # doubles compared, at least
AVERAGE, OTHER_ORDER = "return (a + b + c) / 3;", "return (a + (b + c)) / 3;"


def laid_down(folder, found, truth, text=None):
    """Write the engine, worlds and what NumPy makes of them into a folder."""
    (folder / "cases.json").write_text(json.dumps([case._asdict() for case in found]), encoding="utf-8")
    truth.astype("<f8").tofile(folder / "truth.bin")
    (folder / "engine.js").write_text(text or program.whole(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The whole engine as a file."""
    file = tmp_path_factory.mktemp("engine") / "engine.js"
    file.write_text(program.whole(), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def compared(worlds, tmp_path_factory):
    folder = laid_down(tmp_path_factory.mktemp("compared"), *worlds)
    return json.loads(node(HERE / "equal_in_node.js", folder))


def test_every_protocol_gives_the_bits_that_numpy_gives(compared):
    counts = compared["counts"]
    for name, found in counts.items():
        print(f"{name}: {found['equal']:,} doubles equal, {found['different']} different")
    assert {name: found["first"] for name, found in counts.items() if found["different"]} == {}
    assert counts.keys() == {*PROTOCOLS}
    assert min(found["equal"] for found in counts.values()) >= EACH
    assert compared["compared"] == compared["expected"] == sum(found["equal"] for found in counts.values()) >= ALL


def test_a_sum_in_another_order_is_seen(tmp_path):
    """The control of the test above."""
    text = program.whole()
    assert text.count(AVERAGE) == 1
    folder = laid_down(tmp_path, *cases("davis2021", USUAL_REPLICATES), text.replace(AVERAGE, OTHER_ORDER))
    found = json.loads(node(HERE / "equal_in_node.js", folder))["counts"]["davis2021"]
    assert found["different"] > 1000


def test_the_text_is_the_same_in_every_process():
    script = "from alliance_sim.web import program; import sys; sys.stdout.write(program.whole())"
    alone = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"},
    )
    assert alone.stdout == program.whole()


# -------------------------------------------------------------------------------- the maths

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, 2.0**-1022, -(2.0**-1022), 1.7e308, -1.7e308)
MANY = 20_000


def arguments():
    """Arguments of each function: edge values, and many random ones; (function, rows of arguments)."""
    draw = np.random.default_rng(1)
    wide = np.concatenate(
        [draw.uniform(-750, 750, MANY), draw.normal(size=MANY), (-708.0, 709.0, -708.1, 709.1), EDGES]
    )
    spread = np.exp(draw.uniform(-708, 709, MANY))
    positive = np.concatenate([spread, draw.uniform(0.5, 2.0, MANY), np.nextafter(1.0, (0.0, 2.0)), EDGES])
    shares = np.concatenate([draw.uniform(size=MANY), 10.0 ** draw.uniform(-300, -1, MANY), (0.075, 0.925), EDGES])
    words = draw.integers(0, 2**32, (MANY, 6)).astype(float)
    ends = np.array(np.meshgrid(*[(0.0, 2.0**31, 2.0**32 - 1)] * 6)).reshape(6, -1).T
    words = np.concatenate([words, ends])
    yield maths.exp, wide[:, None]
    yield maths.logistic, wide[:, None]
    yield maths.log, positive[:, None]
    yield maths.normal_quantile, shares[:, None]
    yield maths.normal_cdf, np.concatenate([wide / 10.0, EDGES])[:, None]
    yield maths.uniform, words[:, :1]
    yield maths.normal_pair, words[:, :2]
    yield maths.philox, words


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of infinite edges
def test_exp_log_normals_and_random_words_have_the_bits_of_python(engine, tmp_path):
    calls, given, expected = [], [], []
    for law, rows in arguments():
        is_word = law in (maths.philox, maths.uniform, maths.normal_pair)
        result = law(*(rows.astype(np.uint64) if is_word else rows).T)
        expected.append(np.column_stack(result if isinstance(result, tuple) else [result]).astype(float))
        calls.append({"name": law.__name__, "takes": rows.shape[1], "many": len(rows), "words": law is maths.philox})
        given.append(rows.ravel())
    (tmp_path / "engine.js").write_text(engine.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
    np.concatenate(given).tofile(tmp_path / "arguments.bin")
    node(HERE / "maths_in_node.js", tmp_path)
    found = np.fromfile(tmp_path / "results.bin")
    for call, own in zip(calls, expected, strict=True):
        there, found = found[: own.size].reshape(own.shape), found[own.size :]
        same = (there.view(np.uint64) == own.view(np.uint64)) | (np.isnan(there) & np.isnan(own))
        assert same.all(), (call["name"], there[~same][:3], own[~same][:3])
    assert not found.size


# -------------------------------------------------------------------------------- what a page does


def asked(engine, script):
    """What a script of the engine, `A`, prints as JSON."""
    return json.loads(node(f"const A = require({json.dumps(str(engine))});\n{script}"))


def test_a_course_played_with_what_a_policy_does_is_the_course_of_that_policy(engine):
    """What is seen before a session and one's own choice reach the session as a policy's do."""
    played = asked(engine, (HERE / "played.js").read_text(encoding="utf-8"))
    assert played[0] > 10
    assert played[1:] == [True, True]


def test_many_trials_have_the_outcomes_and_bonds_of_each(engine):
    found = asked(engine, (HERE / "many.js").read_text(encoding="utf-8"))
    assert found[0] is True
    assert abs(found[1]) < 1e-12


def test_a_trial_is_stepped_and_read_by_name(engine):
    found = asked(engine, (HERE / "stepped.js").read_text(encoding="utf-8"))
    assert found["first"] == found["held"][0]
    assert found["first"] == {
        "day": 0, "patient": 0, "phase": "preparation", "number": 1, "name": "preparation.1", "kind": "talk",
        "clinicians": 1, "hours": 1.5, "members": [],
    }  # fmt: skip
    assert found["before"]["trust"] != found["after"]["trust"]
    assert found["many"] == 2
    columns = settings.data()["columns"]
    tables = ("sessions", "assessments", "patients", "clinicians", "outcomes")
    for table, names in zip(tables, found["names"], strict=True):
        assert [name for name in names if name in columns[table]] == columns[table]


WRONG = [
    ({"protocol": "comp"}, "there is no protocol"),
    ({"colour": 1}, "there is no setting.colour"),
    ({"patients": 0}, "patients=0 is outside [1, 100000]"),
    ({"patients": 2.5}, "patients=2.5 is not a whole number"),
    ({"patients": "six"}, 'patients="six" is not a number'),
    ({"clinicians": 1}, "the protocol needs 2 clinicians"),
    ({"clinicians": 2}, "patients=60 is more than clinicians=2"),
    ({"skills": {"warmth": 1}}, "there is no skills.warmth"),
    ({"skills": {"empathy": 1.2}}, "skills.empathy=1.2 is outside [0, 1]"),
    ({"phases": {"therapy": {"empathy": 0.1}}}, "phases.therapy.empathy=0.1 is of a phase that the protocol has not"),
    ({"policy": "mine"}, "there is no policy"),
    ({"seed": "18446744073709551616"}, "is no seed"),
    ({"numbers": {"bond.colour": 1}}, "there is no number"),
    ({"protocol": "groups_of_six", "patients": 5}, "a group of 6 is larger than the trial"),
]


def test_settings_that_are_wrong_are_refused_in_one_sentence(engine):
    said = asked(
        engine,
        f"const GIVEN = {json.dumps([given for given, _ in WRONG])};\n"
        + (HERE / "refused.js").read_text(encoding="utf-8"),
    )
    for (given, wanted), sentence in zip(WRONG, said, strict=True):
        assert wanted in sentence, (given, sentence)
        assert sentence.endswith("."), sentence
        assert ". " not in sentence, sentence


def test_what_javascript_refuses_python_refuses():
    for given, _ in WRONG:
        if "seed" not in given and "skills" not in given:
            with pytest.raises((ScenarioError, ValueError)):
                settings.scenario(given)


def test_defaults_are_those_of_the_command_line():
    own = settings.DEFAULTS
    assert own["budget"] == NO_LIMIT
    assert settings.scenario({}).patients.number == own["patients"]


# -------------------------------------------------------------------------------- what is refused


def by_if(x):
    return 1.0 if x > 0.0 else 0.0


def by_and(x):
    return where((x > 0.0) and (x < 1.0), 1.0, 0.0)


def by_loop(x):
    while x > 1.0:
        x = x * 0.5
    return x


def by_power(x):
    return x**2.5


def by_word(x):
    return x + np.uint64(2**63)


def by_library(x):
    return math.sqrt(x)


def by_nothing(x):
    return x + nowhere  # noqa: F821


def by_records(one):
    return one + 1.0


def by_chain(x):
    return where(0.0 < x < 1.0, 1.0, 0.0)


REFUSED = {
    by_if: "holds a choice by 'if'; write where(condition, yes, no)",
    by_and: "holds 'and' or 'or'; write & or | between conditions in brackets",
    by_loop: "holds a while loop",
    by_power: "holds ** of what is not constant",
    by_word: "the whole number 9223372036854775808, which no double holds",
    by_library: "calls math.sqrt(x), which is no law",
    by_nothing: "holds nowhere, which is nowhere",
    by_chain: "holds 0.0 < x < 1.0",
}


@pytest.mark.parametrize("law", REFUSED, ids=lambda law: law.__name__)
def test_a_law_outside_the_subset_is_refused_by_name_and_line(law):
    with pytest.raises(GeneratorError) as refused:
        Generator({}, {}).function(law, [NUMBER])
    said = str(refused.value)
    assert said.startswith(f"{law.__name__} (test_javascript.py, line ")
    assert REFUSED[law] in said
    line = int(said.split("line ")[1].split(")")[0])
    assert 0 < line - law.__code__.co_firstlineno <= 2
    assert said.count(". ") == 0


def test_a_record_is_no_number():
    with pytest.raises(GeneratorError, match="takes one for a number"):
        Generator({}, {}).function(by_records, [Record(Behaviours, (NUMBER,) * 5)])


def test_a_law_keeps_its_order_and_its_names():
    def law(x, y):
        """A sum from the left."""
        low, high = exp(x), y
        return (low + high) + (x - (y - 1.0)) * -x

    made = Generator({maths.exp: ByHand("own")}, {})
    made.function(law, [NUMBER, NUMBER], "law")
    assert made.text() == (
        "function law(x, y) {\n  const low = own(x);\n  const high = y;\n  return low + high + (x - (y - 1)) * -x;\n}"
    )


def test_a_law_over_records_is_written_out_field_by_field():
    record = Record(Behaviours, (NUMBER,) * 5)
    made = Generator({}, {})
    made.function(added, [record, record])
    assert "boundaries: behaviours$_plus(one.boundaries, other.boundaries)" in made.text()
