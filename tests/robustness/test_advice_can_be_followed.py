"""What a refusal advises can be typed, was not typed already, and helps."""

import re
import shlex
from pathlib import Path

import pytest

from tests.robustness.commands import SMALL, refusal, run

GRID = ("design=grid", "design.levels={clinicians.empathy.mean: [0.4, 0.8]}")
SOBOL = ("design=sobol", "design.over=[clinicians.empathy.mean]")
# Each is refused for its last word, or for what that word lacks.
REFUSED = [
    ["clinicians.empaty.mean=0.5"],
    ["replicate=3"],
    ["protocl=mapp"],
    ["protocol=mappp"],
    ["patients=pstd"],
    ["experiment=aliance"],
    ["design=sobel"],
    ["executor=treads"],
    ["parameters=posteriori"],
    ["protocol.drug=lsd"],
    ["keep=trails"],
    ["engine=fast"],
    ["clinicians.empathy.mean=0,8"],
    ["protocol.preparation.hours=1,5"],
    ["replicates=1,000"],
    ["-m", "seed=range(0,1000000000)"],
    ["arms=null"],
    ["arms={b"],
    ["arms.a={b"],
    ["arms.a={clinicians.number: 3, clinicians: {number: 4}}"],
    ["figures=maybe"],
    ["base_arm=normal"],
    ["arms={a: {}, b: {clinicians.empathy.mean: 0.8}}", "base_arm=c"],
    ["arms={}"],
    ["arms.new=5"],
    ["arms.new={clinicians.empaty.mean: 0.8}"],
    ["~arms.weakk"],
    ["ask=[mediations]"],
    ["ask=mediation"],
    ["ask=[distributions]", "keep=trials"],
    ["ask=[sobol]"],
    ["ask=[power]"],
    ["ask=[mediation]", "~arms.weak", "~arms.strong"],
    ["design=sobol", "design.over=[clinicians.empathy.mean]", "design.points=100"],
    ["design=sobol", "design.over=[clinicians.empathy.mean]", "design.points=0"],
    ["design=latin_hypercube", "design.over=[clinicians.empathy.mean]", "design.points=0"],
    ["design=sobol"],
    ["design=grid"],
    ["design=grid", "design.over=[protocol]"],
    ["design=grid", "design.over=[protocol.drug]"],
    ["design=grid", "design.over=[keep]"],
    ["design=grid", "design.over=[protocol.preparation]"],
    ["design=one_at_a_time", "design.over=[patients.condition]"],
    ["design.levels={clinicians.empathy.mean: [0.4]}"],
    ["design=grid", "design.ranges=5"],
    ["design=grid", "design.levels={clinicians.empathy.mean: 0.4}"],
    [*GRID, "precision.target=0.5"],
    [*SOBOL, "design.points=2", "precision.target=0.5"],
    ["~arms.weak", "~arms.strong", "precision.target=1"],
    ["precision.target=1", "precision.measure=chnge"],
    ["precision.measure=response"],
    ["experiment=power", "power.sizes=[24]", "power.clinicians=[4]"],
    ["power.sizes=[24]", "power.changes={patients.number: 9}"],
    ["protocol.drug=none", "protocol.doses=[10]"],
    ["protocol.dosing.days=[30]", "protocol.dosing.first=3"],
    ["protocol.dosing.days=[3]"],
    ["protocol.assessments.days=[]"],
    ["protocol.assessments.primary_day=22"],
    ["protocol.doses=[1,2]"],
    ["patients.number=1000"],
    ["protocol.entry.lowest=70"],
    ["shard=3"],
    ["shard=1/2", "precision.target=1"],
    ["precision.target=1", "precision.max_replicates=2", "replicates=3"],
    ["posterior.draws=9999"],
    ["out="],
    ["out=~/x"],
    ["out=/dev/null/x"],
    ["seed=-1"],
    ["patients.number=2.5"],
    ["--multrun"],
    ["--cfg=all"],
    ["question=${oc.env:HOME}"],
    ["seed=1,2"],
]
KEY_VALUE = re.compile(r"(~?[a-z_]+(?:\.[a-z_]+)*=(?:'[^']*'|\{[^}]*\}|[^\s';]*[^\s';.,]))")


def advised(words: list[str], sentence: str) -> list[list[str]]:
    """The commands that a sentence advises, in place of the words that it was about."""
    last, said = words[-1], sentence
    found: list[list[str]] = []
    near = re.search(r"did you mean (.*)\?", said)
    if near:
        wrong = re.search(r"there is no (?:key|option) '([^']*)'", said)
        assert wrong is not None
        for key in near[1].split(" or "):
            found.append([word.replace(wrong[1], key) for word in words])
    choices = re.search(r"choose (?:one of|among): ([\w, ]+)[.;]", f"{said}.")
    if choices:
        for choice in choices[1].split(", ")[:3]:
            sign, equals, value = last.partition("=")
            new = f"{sign}={'[' * value.startswith('[')}{choice}{']' * value.startswith('[')}"
            found.append([*words[:-1], new if equals else f"~arms.{choice}"])
    for part in re.findall(r"(?:type|such as|set|use) (.*?)(?:, which|[;]|$)", said):
        for alternative in part.split(" or ") if " or " in part else [part]:
            new = [shlex.split(word)[0] for word in KEY_VALUE.findall(alternative)]
            keys = {word.partition("=")[0].lstrip("~") for word in new}
            kept = [word for word in words if word.partition("=")[0].lstrip("~+") not in keys]
            kept = [word for word in kept if "leave it out there and list" not in said or "design.over" not in word]
            if new:
                found.append([*kept, *new])
    return found


def typed(words: list[str], out: str) -> list[str]:
    """A small study with these words."""
    keys = {word.partition("=")[0] for word in words}
    base = [word for word in (*SMALL, "keep=trials", f"out={out}") if word.partition("=")[0] not in keys]
    return ["run", *base, *words]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_advice_was_not_typed_already_and_leads_on_until_the_study_runs(words: list[str], here: Path) -> None:
    assert all(other != words for other in advised(words, refusal(*typed(words, "x"))))
    assert not list(here.iterdir())
    seen = set()
    while (ended := run(*typed(words, "x"))).code != 0:
        assert ended.code == 2, ended.err
        assert ended.err not in seen, (words, ended.err)
        seen.add(ended.err)
        other = advised(words, ended.err.strip())
        if not other:  # what to type is said in words, such as which of two to leave out
            assert re.search(r"leave|run|use|type|move|raise|give|choose|name|begin|put", ended.err), ended.err
            break
        words = other[0]


def test_most_refusals_say_what_to_type(here: Path) -> None:
    """Its control: without advice the test above would try nothing."""
    assert sum(bool(advised(words, refusal(*typed(words, "x")))) for words in REFUSED[::3]) > 12


def test_a_thousand_with_a_comma_is_not_advised_to_be_one(here: Path) -> None:
    assert "type patients.number=1000," in refusal(*typed(["patients.number=1,000"], "x"))
    assert "type clinicians.empathy.mean=0.8," in refusal(*typed(["clinicians.empathy.mean=0,8"], "x"))


def test_a_measure_without_values_names_those_that_have_some(here: Path) -> None:
    assert run("run", *SMALL, "protocol=waitlist", "keep=trials", "out=x").code == 0
    sentence = refusal("precision", "x", "measure=meq30")
    assert "choose one of: change" in sentence
    assert run("precision", "x", "measure=change").code == 0
