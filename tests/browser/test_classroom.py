"""The classroom as a teacher and her students use it: every promise of the page, in a real browser."""

import json
import re
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from alliance_sim.app.compare import compare
from alliance_sim.app.state import LESSONS, parse
from tests.browser.conftest import answered

pytestmark = pytest.mark.slow
PAGES = ("page=compare", "page=patient&patient=3", "page=live&day=16&arm=b", "page=lessons&lesson=3")
READ = """() => ({
  course: document.getElementById('course').data.map((trace) => trace.y),
  outcomes: document.getElementById('outcomes').data.map((trace) => trace.y),
  shares: [...document.querySelectorAll('[data-share]')].map((one) => [one.dataset.share, one.textContent]),
  table: [...document.querySelectorAll('#table tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent)),
})"""


def slide(page, name, value):
    """Drag a slider with the mouse to a value, and say which link the page then asks for."""
    slider = page.locator(f"input[name='{name}']")
    box = slider.bounding_box()
    now, low, high = (float(slider.evaluate(f"one => one.{key}")) for key in ("value", "min", "max"))
    across = [box["x"] + 8 + (box["width"] - 16) * (at - low) / (high - low) for at in (now, value)]
    page.mouse.move(across[0], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(across[1], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    page.wait_for_selector(f"html[data-asked*='{name}=']", state="attached")
    settled(page)


def settled(page):
    """Wait until the answer belongs to what the controls say and the address names it."""
    for _ in range(100):
        asked = page.locator("html").get_attribute("data-asked")
        if parse(asked) == parse(urlsplit(page.url).query):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the page asks {asked} and its address is {page.url}")


def test_dragging_a_slider_changes_both_figures_and_the_numbers(visit):
    page = visit()
    before = page.evaluate(READ)
    slide(page, "b.empathy", 0.95)
    after = page.evaluate(READ)
    for part in ("course", "outcomes", "shares"):
        assert before[part] != after[part]
    assert before["course"][0] == after["course"][0]  # A is as it was


def test_the_link_opened_in_a_second_browser_shows_the_same_numbers(visit):
    page = visit("?protocol=mapp&condition=ptsd&patients=20")
    slide(page, "a.boundaries", 0.2)
    page.locator("input[name='seed']").fill("77")
    page.wait_for_selector("html[data-asked*='seed=77']", state="attached")
    settled(page)
    other = visit("?" + urlsplit(page.url).query)
    assert other.evaluate(READ) == page.evaluate(READ)
    assert other.locator("input[name='seed']").input_value() == "77"


def test_the_page_shows_the_numbers_that_are_computed_for_its_link(visit):
    query = "patients=20&a.empathy=0.3&dose=40"
    shown = visit(f"?{query}").evaluate(READ)
    wanted = compare(parse(query))
    assert [row[1:] for row in shown["table"]] == [list(row["cells"]) for row in wanted["table"]]
    assert shown["course"][1] == wanted["course"]["a"]["trust"]["mean"]
    assert shown["outcomes"][1][:-1] == wanted["outcomes"]["arms"]["b"]["percent"]


def test_a_bad_link_is_refused_in_one_sentence_and_one_click_starts_over(visit):
    page = visit("?a.empathy=1.4")
    refused = page.locator("#refused")
    assert refused.locator("span").text_content() == (
        "a.empathy=1.4 is outside [0, 1] behaviour points; type a value in that range."
    )
    refused.locator("button").click()
    answered(page, "")
    assert refused.is_hidden()
    assert page.evaluate(READ)["table"]


def test_presets_downloads_and_the_run_line(visit):
    page = visit("?patients=10")
    page.locator("select[data-preset='a']").select_option("by the book")
    page.wait_for_selector("html[data-asked*='a.boundaries=0.9']", state="attached")
    settled(page)
    page.locator("#take summary").click()
    line = page.locator("#line").input_value()
    assert line == compare(parse(urlsplit(page.url).query))["run_line"]
    names = []
    page.on("download", lambda got: names.append(got.suggested_filename))
    with page.expect_download() as got:
        page.locator("button[data-save='csv']").click()
    data = pd.read_csv(got.value.path())
    assert set(data["figure"]) == {"course", "outcomes", "table"}
    change = compare(parse(urlsplit(page.url).query))["table"][0]
    written = data[(data["figure"] == "table") & (data["measure"] == change["name"])]
    np.testing.assert_allclose(written[["estimate", "mcse"]].to_numpy().ravel(), change["numbers"])
    for kind in ("png", "svg"):
        names.clear()
        page.locator(f"button[data-save='{kind}']").click()
        for _ in range(100):
            if len(names) == 2:
                break
            page.wait_for_timeout(50)
        assert names == [f"alliance_sim_course.{kind}", f"alliance_sim_outcomes.{kind}"]


def test_choosing_a_dot_tells_this_patients_story(visit):
    page = visit("?page=patient&patients=10")
    page.evaluate("document.getElementById('dots').emit('plotly_click', {points: [{customdata: 7}]})")
    page.wait_for_selector("html[data-asked*='patient=7']", state="attached")
    assert page.locator("#whose").text_content().startswith("Patient 7 of simulated trial 0")
    story = page.locator("#story").text_content()
    assert all(title in story for title in ("preparation 1", "dosing 1", "What lasted", "The difference", "“"))
    page.locator("button[data-step='patient'][data-by='1']").click()
    page.wait_for_selector("html[data-asked*='patient=8']", state="attached")


def test_the_live_trial_steps_plays_and_shows_an_agent_by_keyboard_alone(visit):
    page = visit("?page=live&patients=6")
    assert page.locator("#network .node").count() > 6
    today = page.locator("#today")
    page.locator("button[data-step='day'][data-by='1']").focus()
    page.keyboard.press("Enter")
    assert today.text_content() == "2"
    page.locator("[data-who='patient-1']").focus()
    page.keyboard.press("Enter")
    assert page.locator("#agent-name").text_content().startswith("Patient 1")
    assert page.locator("#agent .state").count() > 5
    assert page.evaluate("document.activeElement.dataset.who") == "patient-1"
    shared = visit("?" + agent_of(page))
    assert shared.locator("#agent").text_content() == page.locator("#agent").text_content()
    page.locator("#play").click()
    page.wait_for_timeout(1300)
    page.locator("#play").click()
    assert int(today.text_content()) > 2
    page.wait_for_timeout(400)
    assert f"day={today.text_content()}" in page.url


def agent_of(page):
    """The link of a live page on which an agent was chosen."""
    page.wait_for_timeout(400)
    query = urlsplit(page.url).query
    assert "agent=patient-1" in query
    return query


def test_every_lesson_opens_with_computed_numbers_and_its_setting_is_one_click_away(visit):
    page = visit("?page=lessons")
    for number in range(1, LESSONS + 1):
        page.locator(f"button[data-lesson='{number}']").click()
        evidence = page.locator(f"[data-evidence='{number}'] table")
        evidence.first.wait_for()
        assert re.search(r"\d ± \d", evidence.first.text_content() or "")
        article = page.locator(f"article[data-of-lesson='{number}']")
        assert [text for text in article.locator("h3").all_text_contents() if text.startswith(("Things", "A q"))] == [
            "Things to notice",
            "Things to try",
            "A question",
        ]
        answer = article.locator("details p")
        assert answer.is_hidden()
        article.locator("summary").click()
        assert answer.is_visible()
        article.locator("button.go").first.click()
        page.wait_for_selector("html:not([data-asked*='lessons'])", state="attached")
        assert page.locator("#course").is_visible()
        page.go_back()
        answered(page, f"page=lessons&lesson={number}" if number > 1 else "page=lessons")


def test_sliders_are_moved_by_keyboard_alone(visit):
    page = visit("?patients=10")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "b.collaboration":
            break
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("html[data-asked*='b.collaboration=0.41']", state="attached")


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        ("dark", 390),
        pytest.param("dark", 1280, marks=pytest.mark.full),
        pytest.param("light", 390, marks=pytest.mark.full),
    ],
)
def test_no_page_has_a_barrier(visit, scheme, width):
    """By axe-core, which needs to run a script of its own in the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(f"?{PAGES[0]}", width, color_scheme=scheme, bypass_csp=True)
    for query in PAGES:
        page.goto(page.url.split("?")[0] + "?" + query)
        answered(page, query)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page).response["violations"]
        grave = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert not grave, json.dumps(found)[:2000]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_theme_of_a_link_is_kept(visit):
    page = visit("?theme=dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 27)"


def test_what_one_student_does_does_not_show_in_another_page(visit):
    mine, other = visit("?patients=10"), visit("?patients=10")
    before = other.evaluate(READ)
    slide(mine, "a.empathy", 0.1)
    other.wait_for_timeout(200)
    assert other.evaluate(READ) == before
    assert mine.evaluate(READ) != before
