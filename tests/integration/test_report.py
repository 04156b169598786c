"""The page of a results folder: complete in itself, from the folder alone, whatever the folder holds."""

import base64
import html
import io
import json
import re
import shlex
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from alliance_sim import questions
from alliance_sim.analysis.opened import opened
from alliance_sim.analysis.screening import trajectories
from alliance_sim.cli.entry import main
from alliance_sim.compose.studies import composed
from alliance_sim.errors import AnswerError
from alliance_sim.report import wording
from alliance_sim.report.command import command
from alliance_sim.report.page import LARGEST_PAGE
from alliance_sim.report.pictures import csv
from alliance_sim.study import runner
from alliance_sim.study.config import Study
from alliance_sim.study.verify import verify
from alliance_sim.world.scenario import Scenario
from tests.integration.test_runner import failing

SMALL = ["patients.number=10", "clinicians.number=3", "replicates=3", "figures=false"]
ASKED = ["distributions", "behaviours", "mediation", "heterogeneity", "clinicians", "power"]
ASK = [f"ask=[{','.join(ASKED)}]", "power.sizes=[6,12]", "power.clinicians=[2]"]
SOBOL = ["design=sobol", "design.over=[clinicians.factor_shift,parameters.bond.rate]", "design.points=4", "ask=[sobol]"]
SECTIONS = ["design", "found", "precision", "uncertainty", "provenance", "limits"]


class Page(HTMLParser):
    """What a page holds: its sections, pictures, tables and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.tags: dict[str, int] = {}
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if tag == "section":
            self.sections.append(held["id"])
        if tag == "img":
            self.pictures.append(held)
        self.addresses += [held[name] for name in ("src", "href", "data", "action") if held.get(name)]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A small study that asks everything of arms, and its page."""
    folder = tmp_path_factory.mktemp("asked") / "mine"
    assert main(["run", *SMALL, *ASK, f"out={folder}"]) == 0
    return folder


@pytest.fixture(scope="module")
def whole(asked):
    assert main(["report", str(asked)]) == 0
    return (asked / "report.html").read_text(encoding="utf-8")


def written(folder: Path) -> Page:
    assert main(["report", str(folder)]) == 0
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_a_page_has_its_sections_and_an_answer_for_every_question(whole):
    assert Page(whole).sections == [*SECTIONS[:2], *ASKED, *SECTIONS[2:]]


def test_a_page_asks_for_nothing_outside_itself(whole):
    page = Page(whole)
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert not {"script", "link", "iframe", "object"} & page.tags.keys()
    assert not re.search(r"url\(|@import|https?://", whole)
    assert len(whole.encode()) < LARGEST_PAGE


def test_every_picture_has_words_and_every_table_a_caption(whole):
    page = Page(whole)
    assert len(page.pictures) >= 10
    assert all(len(picture["alt"] or "") > 20 for picture in page.pictures)
    assert page.tags["table"] == page.tags["caption"]


def test_a_page_says_how_to_run_the_study_again(asked, whole):
    assert verify(asked).digest in whole
    line = re.search(r'<pre class="line"><code>(.*?)</code>', whole, re.DOTALL)
    assert line
    for words in ("patients.number=10", "clinicians.number=3", "replicates=3", "power.sizes=[6,12]"):
        assert words in line[1]
    assert "not the whole study" not in whole
    assert "alliance_sim" in whole
    assert opened(asked).held.manifest["laws"] in whole


def test_a_page_begins_with_the_question_its_answer_and_the_picture_of_it(whole):
    first, rest = whole.split('<main id="content">')
    assert re.search(r"<title>The same patients meet .*</title>", first)
    answer = re.search(r'<p class="answer">(.*?)</p>', first, re.DOTALL)[1]
    assert answer.startswith(
        "strong against weak: MADRS change is lower by "
    )  # what the arms change, not what is asked beside
    assert "does better than another of weak in" not in first
    assert "does better than another of weak in" in rest
    assert '<figure id="figure-contrasts">' in first
    assert '<figure id="figure-contrasts">' not in rest
    assert '<a href="#figure-contrasts">' in rest
    assert all(f'<a href="#{place}">' in first for place in SECTIONS)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["ask=[mediation]"], ""),
        (["experiment=mediation"], "mediation"),
        (["experiment=mediation", "ask=[distributions,mediation]"], "mediation"),
        (["experiment=mediation", "ask=[distributions]"], ""),
        (["experiment=mediation", "arms={one: {}, two: {clinicians: strong_bond}}", "base_arm=one"], ""),
        (["experiment=sensitivity"], "sobol"),
        (["design=sobol", "ask=[sobol]"], "sobol"),
        (["experiment=interaction"], "contrasts"),
        (["arms={one: {}, two: {clinicians: strong_bond}}", "base_arm=one", "contrast=arm"], ""),
    ],
)
def test_a_study_is_about_what_its_experiment_asks_and_not_about_what_is_asked_beside(words, first):
    study = composed(words, Study)
    assert wording.leading(study) == first
    assert wording.answered_below(study) == (
        f"below the tables, under “{questions.about(first).title}”." if first else ""
    )


def test_every_figure_has_its_numbers_as_csv_and_says_what_they_sum_up(asked, whole):
    links = re.findall(r'download="(\w+)\.csv" href="data:text/csv;charset=utf-8;base64,([^"]*)">([^<]*)</a>', whole)
    held = {name: pd.read_csv(io.BytesIO(base64.b64decode(content))) for name, content, _ in links}
    assert held.keys() == set(re.findall(r'<figure id="figure-(\w+)">', whole))
    said = {name: text for name, _, text in links}
    known = opened(asked)
    assert said["outcomes"].endswith("patients in bins)")
    assert held["outcomes"].groupby("arm")["percent"].sum().tolist() == pytest.approx([100] * 3)
    assert held["outcomes_cumulative"].groupby("arm")["percent"].max().tolist() == pytest.approx([100] * 3)
    assert held["individual_effects"]["percent"].sum() == pytest.approx(100)
    assert len(held["alliance_outcome"]) <= 5
    first = known.drawn[0].query("arm == 'typical' and replicate == 0")
    assert held["clinicians_apart"]["patients"].sum() == first["change"].notna().sum()
    assert held["contrasts"]["difference"].tolist() == pytest.approx(
        known.answers.contrasts.query("measure == 'change'")["difference"].tolist()
    )
    assert not any("patient" in frame.columns for frame in held.values())


def test_many_numbers_stay_in_the_tables_of_the_folder():
    address, said = csv(pd.DataFrame({"value": range(100_000)}))
    assert address == ""
    assert "too many for this page" in said


def test_every_command_in_a_page_can_be_typed(asked, whole, capsys):
    found = [html.unescape(line) for line in re.findall(r"<code>(alliance-sim [^<]*)</code>", whole)]
    assert {line.split()[1] for line in found} == {"run", "precision", "verify", "parameters", "records"}
    for line in found:
        _, command_, *words = shlex.split(line)
        more = {"run": ["dry_run=true"], "parameters": []}.get(command_, [str(asked)])
        assert main([command_, *words, *more]) == 0, line
    capsys.readouterr()


def test_no_number_of_a_table_stands_without_its_error(whole, asked):
    """Estimates have ±, but for shares of which all trials agree, which have a bound, and for what is no estimate."""
    rows = re.findall(r'<td class="n">(.*?)</td>', whole)
    said = [cell for cell in rows if re.search(r"\d\.\d", cell) and " to " not in cell]
    said = [cell for cell in said if not re.fullmatch(r"0\.0+ \(≤ [01]\.\d+\)|1\.0+ \(≥ [01]\.\d+\)", cell)]
    bare = [cell for cell in said if "±" not in cell and "percentage points" not in cell and " points" not in cell]
    assert len(said) > 50
    formula = pd.read_csv(asked / "answers" / "power.csv")["formula"].dropna()
    assert set(bare) <= {"−1.28", "1.28", *(f"{value:.2f}" for value in formula)}  # what arms set, a closed formula


def test_a_copied_folder_gives_the_same_page_in_the_file_that_out_names(asked, whole, tmp_path):
    copied = shutil.copytree(asked, tmp_path / "elsewhere" / "copy")
    (copied / "report.html").unlink()
    place = tmp_path / "deep" / "page.html"
    assert main(["report", str(copied), f"out={place}"]) == 0
    assert place.read_text(encoding="utf-8") == whole
    assert not (copied / "report.html").exists()


def test_answers_are_tidy_and_say_what_they_rest_on(asked):
    tables = {path.stem: pd.read_csv(path) for path in (asked / "answers").glob("*.csv")}
    assert {name.split("_")[0] for name in tables} == set(ASKED)
    assert all({"estimate", "mcse", "lower", "upper", "unit"} <= set(table.columns) for table in tables.values())
    about = json.loads((asked / "answers" / "about.json").read_text())
    assert set(about) == set(ASKED)
    assert all(one["replicates"] == 3 for one in about.values())


def test_the_parts_of_a_mediation_sum_to_the_total(asked):
    table = pd.read_csv(asked / "answers" / "mediation.csv").set_index("effect")["estimate"]
    assert table.drop("total").sum() == pytest.approx(table["total"], abs=1e-8)
    contrast = opened(asked).answers.contrasts.set_index(["measure", "arm", "versus"])
    # Stored in single precision, simulated anew in double.
    assert table["total"] == pytest.approx(contrast.loc[("change", "strong", "weak"), "difference"], abs=1e-5)


def test_earlier_answers_go_when_they_are_not_asked_for_again(tmp_path):
    out = f"out={tmp_path / 'mine'}"
    assert main(["run", *SMALL, "ask=[distributions]", out]) == 0
    assert main(["run", *SMALL, "ask=[heterogeneity]", out]) == 0
    assert {path.stem.split("_")[0] for path in (tmp_path / "mine" / "answers").glob("*.csv")} == {"heterogeneity"}
    assert main(["run", *SMALL, out]) == 0
    assert not (tmp_path / "mine" / "answers").exists()


def test_an_interrupted_study_has_a_page_that_says_so(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    with monkeypatch.context() as broken:
        broken.setattr(runner, "ROWS", 1)
        failing(broken, KeyboardInterrupt, replicate=2)
        assert main(["run", *SMALL, "ask=[distributions]", f"out={folder}"]) == 130
    assert written(folder).sections == [*SECTIONS[:2], "distributions", *SECTIONS[2:]]
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "This study is not complete" in text
    assert "8 of 9 trials" in text
    assert "Asked, and not answered yet" in text


def test_one_shard_has_a_page_that_says_so(tmp_path):
    folder = tmp_path / "mine"
    assert main(["run", *SMALL, "replicates=4", "shard=1/2", f"out={folder}"]) == 0
    assert written(folder).sections == SECTIONS
    assert "This study is not complete" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_damaged_folder_is_reported_in_one_sentence(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["run", *SMALL, f"out={folder}"]) == 0
    next((folder / "trials").glob("*.parquet")).write_bytes(b"no longer what it was")
    assert main(["report", str(folder)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_points_have_a_page_with_figures_along_their_keys(tmp_path):
    folder = tmp_path / "mine"
    assert main(["run", *SMALL, *SOBOL, f"out={folder}"]) == 0
    page = written(folder)
    assert page.sections == [*SECTIONS[:2], "sobol", *SECTIONS[2:]]
    assert len(page.pictures) == 4
    assert {path.stem for path in (folder / "answers").glob("*.csv")} == {"sobol", "sobol_convergence", "sobol_parts"}


def test_trajectories_of_a_file_are_answered(tmp_path):
    keys = ["clinicians.factor_shift", "parameters.bond.rate"]
    trajectories(Scenario(), keys, 4, 1, {keys[0]: [-1, 1]}).to_parquet(tmp_path / "points.parquet")
    words = ["design=file", f"design.file={tmp_path / 'points.parquet'}", "ask=[morris]", f"out={tmp_path / 'mine'}"]
    assert main(["run", *SMALL, *words]) == 0
    (tmp_path / "points.parquet").unlink()  # the folder alone is enough
    assert written(tmp_path / "mine").sections == [*SECTIONS[:2], "morris", *SECTIONS[2:]]
    assert "not the whole study" in (tmp_path / "mine" / "report.html").read_text(encoding="utf-8")


def test_what_results_cannot_answer_is_one_sentence_and_the_trials_stay(tmp_path, monkeypatch, capsys):
    def refuse(name, opened):
        raise AnswerError("too few patients; run more.")

    monkeypatch.setattr(questions, "answer", refuse)
    assert main(["run", *SMALL, "ask=[distributions]", f"out={tmp_path / 'mine'}"]) == 2
    assert capsys.readouterr().err.endswith("alliance-sim: too few patients; run more.\n")
    assert verify(tmp_path / "mine").trials == 9


# --------------------------------------------------------------------------------------------------------- plot


def test_plot_draws_one_figure_in_the_form_that_its_file_names(asked, tmp_path):
    assert main(["plot", str(asked), "figure=mediation"]) == 0
    assert (asked / "figures" / "mediation.png").is_file()
    for ending, begins in ((".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG")):
        place = tmp_path / f"mine{ending}"
        assert main(["plot", str(asked), "figure=outcomes", f"out={place}"]) == 0
        assert place.read_bytes().startswith(begins)


@pytest.mark.parametrize("words", [[], ["figure=medation"]])
def test_plot_lists_the_figures_there_are(asked, words, capsys):
    assert main(["plot", str(asked), *words]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("bond", "mediation", "power", "who_gains"))


def test_a_figure_of_no_known_kind_is_refused(asked, capsys):
    assert main(["plot", str(asked), "figure=bond", "out=bond.docx"]) == 2
    assert "end it with .png or .svg or .pdf" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------ command


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["experiment=caseload", "seed=7"],
        ["experiment=power", "power.sizes=[24,48]", "++power.changes={protocol.drug: none}"],
        ["protocol=mapp", "patients=ptsd", "clinicians=strong_bond", "protocol.drug=none"],
        ["protocol=comp001", "protocol.doses=[10.0]", "question='whose: \"10 mg\", or more?'"],
        ["++arms.kind={clinicians.empathy.mean: 0.8}", "~arms.weak", "replicates=10"],
        ["++arms.tired={parameters.strain.start: 0.5, assignment.rule: random}", "base_arm=tired"],
        ["design=grid", "++design.levels={clinicians.empathy.mean: [0.4, 0.8], protocol.drug: [none, mdma]}"],
        ["design=latin_hypercube", "design.over=[clinicians.loading]", "++design.ranges.clinicians.loading=[0, 0.9]"],
    ],
    ids=lambda words: " ".join(words)[:40],
)  # fmt: skip
def test_the_command_of_a_study_composes_that_study(words):
    """Its control: the command of another study is another, and says what differs."""
    line, exact = command(composed(words, Study))
    assert exact
    other, _ = command(composed([*words, "seed=99"], Study))
    assert other != line
    assert "seed=99" in other


# ------------------------------------------------------------------------------------------------------ browser


@pytest.mark.slow
def test_a_browser_without_network_shows_the_page_whole(asked, whole):
    """Nothing is asked for, nothing fails, every picture is there, and the page is no wider than a telephone."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium here")
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(offline=True, viewport={"width": 390, "height": 800}).new_page()
        tab.on("request", lambda request: said.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto((asked / "report.html").as_uri())
        broken = tab.evaluate("[...document.images].filter(one => !one.naturalWidth).length")
        wide = tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        browser.close()
    assert [one for one in said if not one.startswith("data:")] == [(asked / "report.html").as_uri()]
    assert not broken
    assert not wide
