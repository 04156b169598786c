"""The worked studies: small versions run and say something, whole ones give the findings that are written down."""

import re

import pytest

from alliance_sim.analysis.opened import opened
from alliance_sim.figures import parts, policy_differences
from alliance_sim.model.behaviours import NAMES
from alliance_sim.study import engines
from experiments import __main__ as experiments, finding
from experiments.studies import SITUATIONS, STUDIES, against_usual
from tests.integration.test_docs import SMALL

QUICK = ("training", "mediation", "blinding", "phases", "policies", "matching", "preparation")
CHANGES_EACH_TIME = re.compile(r"took .* on one machine")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "FEW", 0)  # lanes, which other tests have compiled, are quick however small the work
    monkeypatch.setattr(engines, "MANY", 0)


@pytest.mark.parametrize("name", QUICK)
def test_a_small_study_gives_a_finding_of_the_same_shape(name, tmp_path):
    said = experiments.ran(name, tmp_path, [*SMALL, *STUDIES[name].small])
    shape = [line.split("|")[1] for line in finding.text(name).splitlines() if line.startswith("|")]
    assert [line.split("|")[1] for line in said.splitlines() if line.startswith("|")] == shape


def test_training_spends_the_same_on_every_arm(tmp_path):
    experiments.ran("training", tmp_path, SMALL)
    scenarios = opened(tmp_path / "training").scenarios
    sums = {arm: sum(getattr(world.clinicians, skill).mean for skill in NAMES) for arm, world in scenarios.items()}
    trained = {total for arm, total in sums.items() if arm not in ("untrained", "all_alike")}
    assert max(trained) == pytest.approx(min(trained))
    assert sums["all_alike"] == pytest.approx(sums["untrained"])
    assert min(trained) - sums["untrained"] == pytest.approx(0.15)


def test_policies_are_compared_and_drawn_inside_their_situation(tmp_path):
    experiments.ran("policies", tmp_path, SMALL)
    held = opened(tmp_path / "policies")
    assert all(world.protocol.feedback == arm.startswith("feedback") for arm, world in held.scenarios.items())
    assert {world.clinicians.effort.fatigue for world in held.scenarios.values()} == {0.1}
    frame = against_usual(held)
    frame = frame[frame["measure"] == "change"]
    change = held.trials.pivot(index="replicate", columns="arm", values="change")
    for row in parts.each(frame):
        usual = "usual_" + {said: place for place, said in SITUATIONS.items()}[row.situation]
        assert row.arm.removeprefix(row.name) == usual.removeprefix("usual")
        assert row.estimate == pytest.approx((change[row.arm] - change[usual]).mean())
    named, *panels = policy_differences(frame, held.base).axes
    assert [ax.get_title() for ax in panels] == list(SITUATIONS.values())
    for ax, (_, own) in zip(panels, frame.groupby("situation", sort=False), strict=True):
        best_first = own.sort_values("estimate", kind="stable")["name"]
        assert [label.get_text() for label in ax.get_yticklabels()] == [parts.worded(name) for name in best_first]
    assert named.get_title() == "Policies less the usual one, by situation"


def test_waiting_is_equal_whoever_the_clinicians_are(tmp_path):
    """The study that finds nothing: not nearly nothing. Its control: with sessions the same arms differ."""
    experiments.ran("no_effect", tmp_path / "wait", [*SMALL, *STUDIES["no_effect"].small])
    waiting = opened(tmp_path / "wait" / "no_effect").answers.contrasts.dropna(subset=["difference"])
    assert len(waiting) > 3
    assert (waiting["difference"] == 0).all()
    words = [*SMALL, *STUDIES["no_effect"].small, "protocol=psychotherapy"]
    experiments.ran("no_effect", tmp_path / "talk", words)
    treated = opened(tmp_path / "talk" / "no_effect").answers.contrasts.set_index("measure")
    assert treated.loc["wai_final", "difference"] > 0


def test_a_finding_is_put_between_its_markers_and_nowhere_else(tmp_path, monkeypatch):
    page = tmp_path / "mine" / "README.md"
    page.parent.mkdir()
    before, after = "# Mine\n\n", "\n\nMore.\n"
    page.write_text(f"{before}{finding.BEGIN.format('mine')}\nold\n{finding.END}{after}")
    monkeypatch.setattr(finding, "PLACE", tmp_path)
    finding.put("mine", "new ± 1\n")
    assert finding.text("mine") == "new ± 1\n"
    assert page.read_text().startswith(before)
    assert page.read_text().endswith(after)
    page.write_text("# Mine\n")
    with pytest.raises(ValueError, match="needs one block"):
        finding.put("mine", "new ± 1\n")


def test_an_unknown_study_is_refused_and_nothing_is_run(capsys):
    assert experiments.main(["alliances"]) == 2
    assert "name one of: all, alliance" in capsys.readouterr().err


@pytest.mark.full
@pytest.mark.parametrize("name", STUDIES)
def test_a_whole_study_gives_the_finding_that_is_written_down(name, tmp_path):
    said = experiments.ran(name, tmp_path, [])
    kept = finding.text(name)
    assert CHANGES_EACH_TIME.sub("", said) == CHANGES_EACH_TIME.sub("", kept)
