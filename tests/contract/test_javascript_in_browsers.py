"""The engine in JavaScript gives NumPy's bits in two browsers too, and the classroom opens in both."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from alliance_sim.web import classroom, lessons, program
from tests.browser.conftest import CHROMIUM, QUIET
from tests.contract.test_javascript import ALL, AVERAGE, EACH, OTHER_ORDER
from tests.web.node import HERE, lacking, node
from tests.web.page import page
from tests.web.worlds import PROTOCOLS, cases

FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
COUNTED, PATIENCE = "window.COUNTED", 60_000  # milliseconds
# Move the first slider and wait until the sentence above the picture is another one.
MOVED = """(async () => {
  const sentence = () => document.querySelector(".headline").textContent, before = sentence();
  const slider = document.querySelector("main input[type=range]");
  slider.value = slider.min;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  for (let tries = 0; tries < 100 && sentence() === before; tries++) await new Promise((done) => setTimeout(done, 50));
  return JSON.stringify({ before, after: sentence() });
})()"""

# Every lesson from guess to answer, one worksheet, and one course of the game to its end.
TOUR = """(async () => {
  const come = async (what) => {
    for (let tries = 0; tries < 400; tries++) {
      const found = what();
      if (found) return found;
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error(`it did not come: ${what}`);
  };
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((found) => found.offsetParent);
  const one = (selector) => shown(selector)[0];
  const button = (text) => shown("main button").find((found) => found.textContent.startsWith(text));
  const answers = [];
  location.hash = "screen=lessons";
  for (let lesson = 1; lesson <= LESSONS; lesson++) {
    (await come(() => one(`[data-lesson="${lesson}"]`))).click();
    (await come(() => button("This is my guess"))).click();
    await come(() => one(".answer"));
    answers.push(document.querySelector(".off").textContent);
    button("← All lessons").click();
  }
  await come(() => one("[data-lesson]"));
  location.hash = "screen=lessons&lesson=3&sheet=worksheet";
  const sheet = (await come(() => one(".sheet"))).textContent;
  location.hash = "screen=play&protocol=comp001&patient=4";
  (await come(() => one("button.begin"))).click();
  let sessions = 0;
  while (!one(".ending")) {
    (await come(() => button(`Hold session ${sessions + 1}`))).click();
    sessions += 1;
    await come(() => one(".ending") || button(`Hold session ${sessions + 1}`));
  }
  return JSON.stringify({ answers, sheet, sessions, ending: one(".ending").textContent });
})()"""


def in_chromium(file: Path, script: str) -> str:
    """What a script gives in a page of Chromium, opened from a file without a network."""
    if importlib.util.find_spec("playwright") is None:
        lacking("Playwright is not installed; type pip install 'alliance-sim[browser]'")
    if CHROMIUM is None:
        lacking("Chromium is not installed; install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        opened = browser.new_context(offline=True).new_page()
        opened.set_default_timeout(PATIENCE)
        wrong = []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        opened.goto(file.as_uri())
        found: str = opened.evaluate(script)
        browser.close()
    assert not wrong
    return found


def in_firefox(file: Path, script: str) -> str:
    """What a script gives in a page of Firefox, opened from a file without a network."""
    if FIREFOX is None:
        lacking("Firefox is not installed; install firefox-esr")
    if not (HERE / "node_modules").is_dir():
        lacking("puppeteer-core is not installed; type npm ci --prefix tests/web")
    return node(HERE / "firefox.js", file, script, FIREFOX)


BROWSERS = {"chromium": in_chromium, "firefox": in_firefox}
each_browser = pytest.mark.parametrize("browser", BROWSERS)


@pytest.mark.slow
@each_browser
def test_every_protocol_gives_the_bits_that_numpy_gives(browser, worlds, tmp_path):
    file = tmp_path / "equal.html"
    file.write_text(page(*worlds), encoding="utf-8")
    found = json.loads(BROWSERS[browser](file, COUNTED))
    for name, one in found["counts"].items():
        print(f"{browser}, {name}: {one['equal']:,} doubles equal, {one['different']} different")
    assert {name: one["first"] for name, one in found["counts"].items() if one["different"]} == {}
    assert found["counts"].keys() == {*PROTOCOLS}
    assert min(one["equal"] for one in found["counts"].values()) >= EACH
    assert found["compared"] == found["expected"] == sum(one["equal"] for one in found["counts"].values()) >= ALL


@pytest.mark.slow
@each_browser
def test_a_sum_in_another_order_is_seen(browser, tmp_path):
    """The control of the test above."""
    file = tmp_path / "other.html"
    text = program.whole().replace(AVERAGE, OTHER_ORDER)
    file.write_text(page(*cases("davis2021", 1), engine=text), encoding="utf-8")
    assert json.loads(BROWSERS[browser](file, COUNTED))["counts"]["davis2021"]["different"] > 500


@pytest.mark.slow
@each_browser
def test_the_classroom_opens_and_a_slider_moves_its_numbers(browser, tmp_path):
    file = tmp_path / "classroom.html"
    file.write_text(classroom.page(), encoding="utf-8")
    said = json.loads(BROWSERS[browser](file, MOVED))
    for sentence in said.values():
        assert sentence.startswith("Of 100")
        assert len(re.findall(r"\d+", sentence)) >= 3, sentence
    assert said["before"] != said["after"]


@pytest.mark.slow
@each_browser
def test_every_lesson_and_a_course_of_the_game_go_to_their_end(browser, tmp_path):
    file = tmp_path / "classroom.html"
    file.write_text(classroom.page(), encoding="utf-8")
    many = len(lessons.lessons())
    found = json.loads(BROWSERS[browser](file, TOUR.replace("LESSONS", str(many))))
    assert len(found["answers"]) == many
    assert all("simulated" in answer for answer in found["answers"])
    assert "Draw your guess" in found["sheet"]
    assert found["sessions"] == 6
    assert "You held all 6 sessions" in found["ending"]
