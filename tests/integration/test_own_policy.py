"""A policy of one's own: the same on every engine and executor, known by its text, refused where it holds more."""

import functools
import runpy
from pathlib import Path

import numpy as np
import pytest

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.engine import arrays, worlds
from alliance_sim.errors import PolicyError
from alliance_sim.laws import added, shifts, usual
from alliance_sim.model.policies import own
from alliance_sim.model.policies.own import policy as decorated
from alliance_sim.study import runner
from alliance_sim.study.verify import verify
from alliance_sim.trial import Clinician, TherapyTrial
from tests.worlds import differing, small, with_values

EXAMPLE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "examples" / "own_policy.py"))
WORDS = ["replicates=3", "patients.number=6", "clinicians.number=3", "~arms.strong", "~arms.weak", "figures=false"]
CALM = [*WORDS, "arms.calm={policy: calm_frame}"]


@alliance_sim.policy
class Steady(Clinician):
    def choose(self, seen):
        return added(usual(seen, self.model.p), shifts(boundaries=0.07 * seen.dosing))


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def trials():
    return alliance_sim.run("alliance", [*CALM, "engine=numpy"]).trials


@pytest.mark.parametrize("engine", ["lanes", "mesa"])
def test_every_engine_follows_it(engine, trials):
    assert alliance_sim.run("alliance", [*CALM, f"engine={engine}"]).trials.equals(trials)


@pytest.mark.slow
def test_workers_of_dask_get_it_from_the_program(trials):
    assert alliance_sim.run("alliance", [*CALM, "executor=dask", "executor.workers=2"]).trials.equals(trials)


@pytest.fixture(scope="module")
def digest(tmp_path_factory):
    """Content of a study that one thread computed as a whole."""
    out = tmp_path_factory.mktemp("whole")
    alliance_sim.run("alliance", [*CALM, "executor.workers=1"], out=out / "calm")
    return verify(out / "calm").digest


def test_shards_of_a_study_together_are_the_whole(digest):
    for number in (1, 2):
        alliance_sim.run("alliance", [*CALM, f"shard={number}/2"], out="shards")
    assert verify("shards").digest == digest


def test_a_program_may_pass_the_words_of_a_shard_on(digest, capsys):
    for number in (1, 2):
        assert main(["run", "experiment=alliance", *CALM, f"shard={number}/2", "out=shards"]) == 0
    said = capsys.readouterr().out
    assert said.count("is finished;") == said.count("Results lie in shards.") == 1
    assert verify("shards").digest == digest


@pytest.mark.parametrize("engine", ["lanes", "numpy", "mesa"])
def test_several_threads_give_the_whole(engine, digest, monkeypatch):
    monkeypatch.setattr(runner, "ROWS", 100)
    alliance_sim.run("alliance", [*CALM, f"engine={engine}", "executor.workers=3"], out="threads")
    assert len(list(Path("threads/batches").glob("*.json"))) > 3
    assert verify("threads").digest == digest


def test_an_agent_that_does_the_same_gives_the_same(trials):
    words = [*WORDS, "arms.calm={policy: CalmFrame}", "engine=mesa"]
    assert alliance_sim.run("alliance", words).trials.equals(trials)


def test_an_agent_of_a_trial_of_ones_own_chooses_too():
    """Shifting a behaviour in one phase by hand is what the key of that phase does."""

    class OwnTrial(TherapyTrial):
        clinician_type = Steady

    base = small("psilodep2")
    trial = OwnTrial(base, seed=3)
    trial.run_until(trial.end_day)
    keyed = arrays.simulate([with_values(base, {"clinicians.phases.dosing.boundaries": 0.07})], [0], 3)
    assert differing(trial.recorded, keyed) == []


def test_a_folder_keeps_its_text_is_read_without_it_and_goes_on_with_it_alone(monkeypatch, capsys):
    results = alliance_sim.run("alliance", CALM, out="calm")
    assert "def calm_frame(seen, p):" in Path("calm/config.yaml").read_text(encoding="utf-8")
    monkeypatch.delitem(own.KNOWN, "calm_frame")
    again = alliance_sim.load("calm")
    assert again.trials.equals(results.trials)
    assert main(["report", "calm"]) == 0
    assert "no command line" in Path("calm/report.html").read_text(encoding="utf-8").lower()
    with pytest.raises(PolicyError, match=r"policy calm_frame is not defined in this program; .* @alliance_sim.policy"):
        alliance_sim.run(again.study, out="calm")
    own.from_text("calm_frame", "def calm_frame(seen, p):\n    return shifts(boundaries=0.1)")
    with pytest.raises(PolicyError, match="policy calm_frame has another text here"):
        alliance_sim.run(again.study, out="calm")


def test_another_text_is_another_study():
    one, other = (
        alliance_sim.Scenario(policy=own_name(text)) for text in ("shifts(empathy=0.1)", "shifts(empathy=0.2)")
    )
    assert one.policy.code != other.policy.code


def own_name(returned):
    own.from_text("changing", f"def changing(seen, p):\n    return {returned}")
    return "changing"


def test_two_policies_of_one_text_differ_by_exactly_nothing():
    own.from_text("one", "def one(seen, p):\n    return added(usual(seen, p), shifts(empathy=0.1 * seen.rupture))")
    own.from_text("two", "def two(seen, p):\n    return added(usual(seen, p), shifts(empathy=0.1 * seen.rupture))")
    arms = [small(policy="one"), small(policy="two")]
    for engine in (arrays.simulate, worlds.simulate):
        trials = engine(arms, range(3), 1).trials
        assert all(np.array_equal(values[0], values[1], equal_nan=True) for values in trials.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("if seen.trust > 0.5:\n        return shifts()\n    return shifts()", "where"),
        ("return shifts(empathy=0.1 if seen.trust > 0.5 else 0.0)", "where"),
        ("return shifts(empathy=where((seen.trust > 0.5) and (seen.rapport > 0.5), 0.1, 0.0))", "&"),
        ("for x in range(3):\n        y = x\n    return shifts()", "loop"),
        ("return shifts(empathy=seen.hidden_trust)", "which no clinician sees"),
        ("return shifts(empathy=unknown)", "none of its arguments"),
        ("return shifts(empathy=open('x'))", "which is no law"),
        ("return shifts(empathy=__import__('os').getpid())", "which is no law"),
        ("return shifts(empathy=seen.__class__)", "no number of"),
        ("return shifts(empathy=seen.trust.real)", "one value; leave .real out"),
        ("return shifts(empathy=usual(seen, p).emp)", "choose one of: empathy"),
        ("return shifts(empathy=log(0.0 - seen.session))", "outside [-1, 1]"),
        ("return shifts(empathy=1.2)", "outside [-1, 1]"),
        ("return shifts(empathy=seen.trust > 0.5)", "write where(seen.trust > 0.5, 1, 0)"),
        ("return shifts(empathy=0.1 * (seen.trust > 0.5))", "write where(seen.trust > 0.5, 1, 0)"),
        ("return shifts(empathy=-(seen.trust > 0.5))", "write where(seen.trust > 0.5, 1, 0)"),
        ("return shifts(empathy=minimum(seen.trust > 0.5, 0.1))", "write where(seen.trust > 0.5, 1, 0)"),
        ("return added(usual(seen, p), seen.trust > 0.5)", "write where(seen.trust > 0.5, 1, 0)"),
        ("x = seen.trust > 0.5\n    return shifts(empathy=where(x == 1, 0.1, 0))", "write where(x, 1, 0)"),
        ("x = seen.trust > 0.5\n    return shifts(empathy=where(seen.dosing > 0, x, 0))", "write where(x, 1, 0)"),
        ("return shifts(empathy=where(seen.dosing, 0.1, 0))", "compare it, such as seen.dosing > 0.5"),
        ("return shifts(empathy=where((seen.trust > 0.5) & seen.dosing, 0.1, 0))", "such as seen.dosing > 0.5"),
        ("return shifts(empathy=where(seen, 0.1, 0))", "name one, such as seen.trust"),
        ("return shifts(empathy=0.1 * usual(seen, p))", "name one, such as usual(seen, p).boundaries"),
        ("return where(seen.dosing > 0.5, usual(seen, p), shifts())", "name one, such as usual(seen, p).boundaries"),
        ("return shifts(empathy=where(seen.trust > 0.5))", "cannot be followed"),
        ("return 0.1", "shift of each behaviour"),
        ("return shifts(emp=0.1)", "cannot be followed"),
        ("return shifts(empathy=p.bond.nothing)", "p.bond has no nothing"),
        ("return (lambda: shifts())()", ""),
        ("return [shifts() for x in (1, 2)][0]", ""),
        ("import os\n    return shifts()", ""),
        ("x = (y := 0.1)\n    return shifts(empathy=x)", ""),
        ("x = 0.1\n    x += 0.1\n    return shifts(empathy=x)", "in place"),
        ("return shifts(empathy=seen.trust ** 2)", "x * x"),
        ("return shifts(empathy=0.0 < seen.trust < 1.0)", "compares"),
        ("return shifts(*seen)", "write them out"),
        ("def inner():\n        return 0.1\n    return shifts()", ""),
        ("pass", "return"),
    ],
)
def test_what_no_policy_may_hold_is_refused_in_one_sentence(text, said):
    with pytest.raises(PolicyError) as refused:
        own.from_text("f", f"def f(seen, p):\n    {text}\n")
    message = str(refused.value)
    assert message.startswith("policy f")
    assert said in message
    assert "\n" not in message
    assert "f" not in own.KNOWN


@pytest.mark.parametrize(
    "head",
    ["def f(seen):", "def f(seen, p, q):", "def f(seen, p=1):", "def f(*seen):", "def f(seen, **p):", "class f:"],
)
def test_other_arguments_are_refused(head):
    with pytest.raises(PolicyError, match="policy f"):
        own.from_text("f", f"{head}\n    return shifts()\n")


def test_it_may_be_decorated_under_any_name_and_by_nothing_else():
    @decorated
    def renamed(seen, p):
        return shifts()

    assert own.KNOWN["renamed"].text.startswith("def renamed")
    with pytest.raises(PolicyError, match="policy doubled has another decorator"):

        @alliance_sim.policy
        @functools.cache
        def doubled(seen, p):
            return shifts()


def test_the_name_of_a_built_in_policy_is_taken():
    def usual(seen, p):
        return shifts()

    with pytest.raises(PolicyError, match="usual is the name of a built-in policy"):
        alliance_sim.policy(usual)


def test_a_class_is_refused_where_it_cannot_run():
    words = [*WORDS, "arms.calm={policy: CalmFrame}"]
    for more, said in (
        (["engine=numpy"], "type engine=mesa"),
        (["engine=mesa", "executor=dask"], "type executor=threads"),
        (["engine=mesa", "ask=[behaviours]"], "leave ask out"),
    ):
        with pytest.raises(PolicyError, match=said):
            alliance_sim.run("alliance", [*words, *more])


def test_what_an_agent_chooses_is_checked():
    class Wild(Clinician):
        def choose(self, seen):
            return shifts(empathy=3.0)

    class WildTrial(TherapyTrial):
        clinician_type = Wild

    trial = WildTrial(small())
    with pytest.raises(PolicyError, match=r"policy Wild shifts empathy by 3.0, which is outside \[-1, 1\]"):
        trial.run_until(trial.end_day)


@pytest.mark.parametrize("engine", ["numpy", "lanes", "mesa"])
def test_a_choice_out_of_range_that_no_trial_showed_stops_the_study(engine, monkeypatch):
    """A policy that was good where it was tried, and is not in some world."""
    monkeypatch.setattr(own, "_try", lambda name, made: None)
    own.from_text("far", "def far(seen, p):\n    return shifts(empathy=where(seen.dosing > 0.5, 2.0, 0.0))")
    with pytest.raises(PolicyError, match=r"policy far shifts empathy by 2\.0"):
        alliance_sim.run("alliance", [*WORDS, "arms.far={policy: far}", f"engine={engine}"])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("policy=repair", "choose one of: repair_first"),
        ("policy.name=nobody", "choose one of"),
        ("policy.name=[usual]", "choose one of"),
        ("arms.b={policy.name: [usual]}", "policy"),
        ("arms.b={policy: {name: [usual], share: 1}}", "policy"),
        ("arms.b={policy: [usual]}", "policy"),
        ("arms.b={policy.other: {usual: 1}}", "policy"),
        ("arms.b={policy: 5}", "policy"),
        ("policy=feedback_informed", "add protocol.feedback=true"),
        ("clinicians.phases.therapy.empathy=0.1", "choose one of: preparation, dosing, integration"),
        ("clinicians.phases.dosing.empathy=1.1", "[-1, 1]"),
        ("clinicians.after_rupture.empathy=-2", "[-1, 1]"),
        ("policy.share=1.5", "[0, 1]"),
        ("clinicians.effort.budget=9", "[0, 5]"),
    ],
)
def test_bad_words_are_one_sentence(word, said, capsys):
    assert main(["run", word, "replicates=2", "patients.number=6", "clinicians.number=3", "out=none"]) == 2
    assert said in capsys.readouterr().err
    assert not Path("none").exists()
