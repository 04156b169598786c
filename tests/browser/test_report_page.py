"""The page of a study in a browser: its first screen, both colour schemes, a telephone, paper, and its downloads."""

import csv
import json
from pathlib import Path

import pytest

from alliance_sim.cli.entry import main

STUDY = ["patients.number=8", "clinicians.number=3", "replicates=3", "figures=false", "ask=[distributions]"]
A4 = 718  # pixels between the margins of the page's print style


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "mine"
    assert main(["run", *STUDY, f"out={folder}"]) == 0
    assert main(["report", str(folder)]) == 0
    return folder / "report.html"


@pytest.fixture
def visit(browser, file):
    """Open the page without a network; at the end nothing may have been asked for elsewhere or gone wrong."""
    contexts, wrong = [], []

    def opened(width=1280, height=800, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda sent: sent.url.startswith((file.as_uri(), "data:")) or wrong.append(sent.url))
        page.on("console", lambda said: wrong.append(said.text))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_holds_question_answer_picture_caveat_and_contents(visit, scheme):
    page = visit(color_scheme=scheme)
    for place in ("h1", ".answer", ".first figure img", ".advice", "nav li:last-child"):
        box = page.locator(place).bounding_box()
        assert box is not None, place
        assert box["y"] + box["height"] <= 800, place
    assert page.title().startswith("The same patients meet clinicians")
    assert page.locator("h1").inner_text().endswith("differ?")
    assert page.locator("h1").count() == page.locator("main").count() == 1
    for address in page.eval_on_selector_all("nav a", "links => links.map((one) => one.getAttribute('href'))"):
        assert page.locator(address).count() == 1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nobody_is_kept_out(visit, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(width, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = axe.Axe().run(page).response["violations"]
    assert not found, json.dumps(found)[:2000]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_reaches_what_was_found_first(visit):
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_on_paper_no_table_is_cut_and_all_is_light(visit):
    page = visit(A4, 1000, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    cut = "[...document.querySelectorAll('.wide')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.evaluate(cut) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.locator("details pre").evaluate("one => one.checkVisibility({contentVisibilityAuto: true})")


def test_the_numbers_of_a_figure_come_as_a_file(visit, tmp_path):
    page = visit(accept_downloads=True)
    with page.expect_download() as waited:
        page.locator("#figure-quantiles a.data").click()
    assert waited.value.suggested_filename == "quantiles.csv"
    waited.value.save_as(tmp_path / "quantiles.csv")
    with (tmp_path / "quantiles.csv").open(encoding="utf-8", newline="") as held:
        rows = list(csv.DictReader(held))
    assert {"arm", "versus", "level", "estimate", "mcse", "unit"} <= rows[0].keys()
