"""The package in Python: examples of its public names, what they refuse, the same answers in memory and in a folder."""

import doctest
import gc
import inspect
import warnings
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import alliance_sim
from alliance_sim.cli.entry import main
from alliance_sim.study.config import Estimand, Precision
from alliance_sim.study.verify import verify
from tests.integration.test_runner import failing

ROOT = Path(__file__).parents[2]
SMALL = ["patients.number=6", "clinicians.number=3", "replicates=3"]
NUMBERS = ["estimate", "mcse", "lower", "upper", "replicates"]
WITH_EXAMPLES = [name for name in alliance_sim.__all__ if name not in ("AllianceError", "TherapyTrial")]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def results():
    """The case study, small, in memory."""
    return alliance_sim.run("alliance", [*SMALL, "ask=[distributions]"])


# ------------------------------------------------------------------------------------------------------- examples


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_public_name_run(name):
    made = getattr(alliance_sim, name)
    (found,) = doctest.DocTestFinder(recurse=False).find(made, name, globs={})
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0


def test_the_examples_of_the_reference_run():
    path = ROOT / "docs" / "reference" / "api.md"
    done = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("name", [name for name in WITH_EXAMPLES if inspect.isfunction(getattr(alliance_sim, name))])
def test_a_public_function_says_its_arguments_and_errors(name):
    said = inspect.getdoc(getattr(alliance_sim, name))
    assert all(f"    {argument}: " in said for argument in inspect.signature(getattr(alliance_sim, name)).parameters)
    assert "Raises:" in said


# ------------------------------------------------------------------------------------- the same as the command line


def test_a_folder_written_in_python_has_the_digest_of_the_command_lines():
    found = alliance_sim.run("alliance", ["replicates=5", "patients.number=6", "figures=false"], out="one")
    assert main(["run", "replicates=5", "patients.number=6", "figures=false", "out=two"]) == 0
    assert found.folder == Path("one")
    assert found.verify() == verify("one").digest == verify("two").digest
    assert {path.name for path in Path("one").iterdir()} == {path.name for path in Path("two").iterdir()}
    assert Path("one/summary.csv").read_bytes() == Path("two/summary.csv").read_bytes()


def test_in_memory_the_numbers_are_those_of_the_folder_and_nothing_is_written(results):
    assert main(["run", *SMALL, "ask=[distributions]", "figures=false", "out=two"]) == 0
    written = pd.read_csv("two/summary.csv")
    for found, table in ((results.summary(), "outcome"), (results.contrasts(), "contrast")):
        own = written[written["table"] == table].reset_index(drop=True)
        assert found["arm"].tolist() == own["arm"].tolist()
        assert found["measure"].tolist() == own["measure"].tolist()
        np.testing.assert_allclose(found[NUMBERS].astype(float), own[NUMBERS].astype(float), rtol=1e-9)
        assert found["unit"].str.len().min() > 0
    assert results.folder is None
    assert results.verify() == verify("two").digest
    assert [path.name for path in Path().iterdir()] == ["two"]


def test_it_goes_on_where_the_command_line_stopped_and_the_other_way_round():
    assert main(["run", *SMALL, "figures=false", "out=mine"]) == 0
    grown = alliance_sim.run("alliance", [*SMALL[:2], "replicates=5", "out=mine", "figures=false"])
    assert [run["trials"] for run in grown.runs] == [3 * 3, 3 * 2]
    assert main(["run", *SMALL[:2], "replicates=5", "figures=false", "out=mine"]) == 0
    assert [run["trials"] for run in alliance_sim.load("mine").runs] == [9, 6, 0]


def test_a_study_writes_where_it_says_and_all_that_it_asks_for():
    arms = {"base": {}, "kind": {"clinicians.empathy.mean": 0.8}}
    study = alliance_sim.Study(arms=arms, replicates=2, out="mine", ask=["distributions"], executor="threads")
    study.patients.number, study.clinicians.number, study.executor.workers = 5, 3, 1
    study.precision = Precision(target=1e-6, estimand=Estimand.mean, max_replicates=4)
    found = alliance_sim.run(study)
    assert found.replicates == found.study.replicates == 4  # the wished precision asked for all that it may have
    assert found.runs[0]["workers"] == 1
    assert Path("mine/answers/distributions.csv").is_file()
    assert Path("mine/figures/bond.png").is_file()
    assert found.verify() == alliance_sim.run(replace(study, out="")).verify()


def test_shards_of_a_study_share_their_folder():
    words = [*SMALL, "figures=false"]
    first = alliance_sim.run("alliance", [*words, "shard=1/2"], out="shards")
    assert "trials not there yet" in repr(first)
    alliance_sim.run("alliance", [*words, "shard=2/2"], out="shards")
    assert verify("shards").digest == alliance_sim.run("alliance", words).verify()
    with pytest.raises(alliance_sim.AllianceError, match="name it with out"):
        alliance_sim.run("alliance", [*words, "shard=1/2"])


# ------------------------------------------------------------------------------------------------------ in memory


def test_results_in_memory_go_when_the_object_goes():
    found = alliance_sim.run("alliance", [*SMALL, "keep=trials"])
    private = found._opened.held.folder
    assert private.is_dir()
    rows = next(found.parts("trials"))
    del found
    gc.collect()
    assert not private.exists()
    assert len(rows)


def test_nothing_is_printed_unless_it_is_asked_for(capfd):
    alliance_sim.run("alliance", SMALL)
    assert capfd.readouterr() == ("", "")


def test_a_failed_trial_warns_and_is_listed(monkeypatch):
    failing(monkeypatch, RuntimeError, replicate=1)
    with pytest.warns(RuntimeWarning, match="1 trial failed") as said:
        found = alliance_sim.run("alliance", SMALL)
    assert said[0].filename == __file__
    assert found.failures["error"].tolist() == ["RuntimeError: the bond broke"]


def test_an_interruption_keeps_what_is_finished(monkeypatch):
    with monkeypatch.context() as broken:
        failing(broken, KeyboardInterrupt, replicate=2)
        broken.setattr("alliance_sim.study.runner.ROWS", 1)
        words = [*SMALL, "keep=trials", "executor.workers=1"]
        with pytest.raises(KeyboardInterrupt, match=r"Interrupted: \d of 9 trials are finished and lie in mine"):
            alliance_sim.run("alliance", words, out="mine")
        with pytest.raises(KeyboardInterrupt, match="nothing is kept"):
            alliance_sim.run("alliance", words)
    found = alliance_sim.run("alliance", words, out="mine")
    assert 0 < found.runs[0]["trials"] < 9
    assert sum(run["trials"] for run in found.runs) == 9


# -------------------------------------------------------------------------------------------- figures and answers


def test_every_figure_is_drawn_into_axes_or_into_a_figure_that_pyplot_shows(results):
    assert {"bond", "contrasts", "outcomes", "quantiles"} <= set(results.figures)
    for name in results.figures:
        before = set(plt.get_fignums())
        made = results.plot(name)
        (new,) = set(plt.get_fignums()) - before
        assert (made if isinstance(made, Figure) else made.figure) is plt.figure(new)
        assert isinstance(made, Axes) == (name != "bond")
    ax = Figure().subplots()
    before = plt.get_fignums()
    assert results.plot("outcomes", ax=ax) is ax
    assert ax.has_data()
    assert plt.get_fignums() == before


def test_an_answer_that_the_study_gave_is_read_and_another_is_found_now():
    found = alliance_sim.run("alliance", [*SMALL, "ask=[distributions]"])
    assert found.answer("distributions").keys() == {"distributions", "distributions_quantiles"}
    assert "mediation" not in found.figures
    answer = found.answer("mediation")
    assert {"estimate", "mcse", "lower", "upper", "unit"} <= set(answer["mediation"])
    assert found.study.ask == ["distributions", "mediation"]
    assert "mediation" in found.figures
    again = found.answer("mediation")
    pd.testing.assert_frame_equal(again["mediation"], answer["mediation"])
    assert found.report("more/page.html") == Path("more/page.html")
    page = Path("more/page.html").read_text(encoding="utf-8")
    assert '<section id="mediation">' in page
    assert "alliance-sim-" not in page  # the private folder


def test_one_page_is_written_into_the_folder():
    found = alliance_sim.run("alliance", [*SMALL, "figures=false", "keep=trials"], out="mine")
    assert found.report() == Path("mine/report.html")
    assert main(["report", "mine", "out=other.html"]) == 0
    assert Path("mine/report.html").read_bytes() == Path("other.html").read_bytes()


def test_notebooks_show_a_table_and_consoles_a_line_or_two(results):
    assert len(repr(results).splitlines()) <= 3
    html = results._repr_html_()
    assert "<caption>Outcomes by arm" in html
    assert "Paired contrasts" in html
    scenario = alliance_sim.Scenario(protocol="mapp", patients="ptsd")
    assert len(repr(scenario).splitlines()) == 1
    for said in ("MAPP", "mdma 80, 120, 120 mg", "60 with ptsd, CAPS-5"):
        assert said in repr(scenario)
        assert said in scenario._repr_html_()


# ------------------------------------------------------------------------------------------- simulate and contrasts


@pytest.mark.parametrize("keep", ["trials", "patients", "sessions"])
def test_simulated_arms_are_those_of_a_study(keep):
    arms = {"usual": {}, "longer": {"protocol.preparation.sessions": 4}, "kind": {"clinicians.empathy.mean": 0.9}}
    study = alliance_sim.Study(arms=arms, base_arm="usual", replicates=3, keep="sessions")
    study.patients.number, study.clinicians.number = 6, 3
    found = alliance_sim.simulate(study.scenarios(), replicates=3, keep=keep)
    wanted = getattr(alliance_sim.run(study), keep)
    pd.testing.assert_frame_equal(found[wanted.columns], wanted, check_categorical=False)
    assert found.attrs["units"] == wanted.attrs["units"]


def test_units_that_differ_between_scenarios_are_not_said():
    few = alliance_sim.with_values(alliance_sim.Scenario(), {"patients.number": 4, "clinicians.number": 2})
    other = alliance_sim.with_values(few, {"patients.condition": "ptsd"})
    units = alliance_sim.simulate({"one": few, "two": other}, replicates=1).attrs["units"]
    assert "change" not in units
    assert units["weight"] == "kg"


def test_contrasts_are_those_of_the_results(results):
    found = alliance_sim.contrasts(results.trials, [("strong", "weak")]).set_index("measure")
    own = results.contrasts().query("arm == 'strong' and versus == 'weak'").set_index("measure").loc[found.index]
    columns = ["estimate", "mcse", "lower", "upper", "unit", "variance_reduction"]
    pd.testing.assert_frame_equal(own[columns], found[columns], rtol=1e-6)


# ------------------------------------------------------------------------------------------------- what is refused

REFUSED = {
    "there is no experiment 'aliance'; choose one of: alliance": lambda _: alliance_sim.run("aliance"),
    "pass a list of words": lambda _: alliance_sim.run("alliance", "replicates=3"),
    "did you mean replicates": lambda _: alliance_sim.run("alliance", ["replicats=3"]),
    "'-m' is not of the form key=value": lambda _: alliance_sim.run("alliance", ["-m"]),
    "not a Scenario": lambda _: alliance_sim.run(alliance_sim.Scenario()),
    "comes beside a Study": lambda _: alliance_sim.run(alliance_sim.Study(), ["replicates=3"]),
    "dry_run=true runs nothing": lambda _: alliance_sim.run("alliance", ["dry_run=true"]),
    "there is no key 'replicate'; did you mean replicates": lambda _: alliance_sim.Study(replicate=3),
    "there is no key 'patient'; did you mean patients": lambda _: alliance_sim.Scenario(patient="ptsd"),
    "there is no protocol 'map'; choose one of: mapp": lambda _: alliance_sim.Scenario(protocol="map"),
    "did you mean patients.number": lambda _: alliance_sim.with_values(alliance_sim.Scenario(), {"patients.numbr": 3}),
    "there is no figure 'bonds'.*choose one of: bond": lambda results: results.plot("bonds"),
    "bond has panels of its own": lambda results: results.plot("bond", ax=Figure().subplots()),
    "'mediaton', which is no question; choose among: mediation": lambda results: results.answer("mediaton"),
    "which needs a planned trial": lambda results: results.answer("power"),
    "cannot be written": lambda results: results.report("/proc/page.html"),
    "no scenario to simulate": lambda _: alliance_sim.simulate({}),
    "replicates=0 is outside": lambda _: alliance_sim.simulate(alliance_sim.Scenario(), replicates=0),
    "keep=nothing is not among": lambda _: alliance_sim.simulate(alliance_sim.Scenario(), keep="nothing"),
    "pass a row a trial": lambda results: alliance_sim.contrasts(results.patients, [("weak", "strong")]),
    "there is no 'strng' in these trials": lambda results: alliance_sim.contrasts(results.trials, [("strng", "weak")]),
    "holds no results": lambda _: alliance_sim.load("nothing"),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_done_is_refused_in_one_sentence(said, results):
    with pytest.raises(alliance_sim.AllianceError, match=said) as error:
        REFUSED[said](results)
    assert "\n" not in str(error.value)
    assert not list(Path().iterdir())


def test_a_program_that_uses_hydra_itself_may_run_studies():
    from hydra import compose, initialize
    from hydra.core.global_hydra import GlobalHydra

    with warnings.catch_warnings(), initialize(version_base="1.3", config_path=None):
        alliance_sim.run("alliance", [*SMALL, "keep=trials"])
        assert GlobalHydra.instance().is_initialized()
        assert compose(overrides=["+mine=3"]).mine == 3
