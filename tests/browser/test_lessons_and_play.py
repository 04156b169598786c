"""Lessons and the game of one patient as a class uses them: by keyboard, with everybody's codes, and on paper."""

import json
import re

import numpy as np
import pytest

from alliance_sim.web import lessons
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.slow
MANY = len(lessons.lessons())
BROKEN = re.compile(r"\{\{|\[\[|\bnull\b|undefined|NaN|\[object")
FEW = 30  # keys until a button is reached
SHEETS = ("worksheet", "teacher")
MEASURES = ("change", "dropout", "ruptures", "wai_final")


def at(page, fragment):
    """Go to another place of a page that is open, and wait until it shows."""
    page.evaluate("part => { State.read(part); }", fragment)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(page, what):
    """Wait until something holds in a page, whose policy forbids text as code."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(what):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {what}")


def reached(page, name):
    """Press Tab until the button of that name has the focus."""
    for _ in range(FEW):
        if page.evaluate("document.activeElement.textContent") == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} cannot be reached by keyboard")


def test_each_lesson_goes_from_guess_to_answer_by_keyboard(visit):
    page = visit("screen=lessons")
    for number in range(1, MANY + 1):
        at(page, "screen=lessons")
        page.locator(f"[data-lesson='{number}']").focus()
        page.keyboard.press("Enter")
        handle = page.locator("[role=slider]").first
        handle.focus()
        before = handle.get_attribute("aria-valuenow")
        page.keyboard.press("ArrowRight")
        assert page.locator("[role=slider]").first.get_attribute("aria-valuenow") != before
        assert page.locator(".answer").count() == 0
        reached(page, "This is my guess")
        page.keyboard.press("Enter")
        page.locator(".answer").wait_for()
        assert page.evaluate("document.activeElement.textContent") == "What comes out"
        text = page.locator(".lesson").inner_text()
        assert not BROKEN.search(text), BROKEN.search(text)
        assert page.locator(".off li").count() == len(lessons.lessons()[number - 1].guess.asked)
        assert re.search(r"you −?[\d.]+, simulated −?[\d.]+", page.locator(".off").inner_text())
        assert re.search(r"\d ± \d", text)


def test_the_link_of_an_answer_shows_the_same_guess(visit):
    page = visit("screen=lessons&lesson=2")
    page.locator("[role=slider]").nth(1).press("PageUp")
    page.get_by_role("button", name="This is my guess").click()
    until(page, "location.hash.includes('guess=')")
    other = visit(page.url.split("#")[1])
    assert other.locator(".off").inner_text() == page.locator(".off").inner_text()
    assert other.locator(".own-code strong").inner_text() == page.locator(".own-code strong").inner_text()
    at(other, "screen=lessons&lesson=nine")
    assert "no lesson “nine”" in other.locator("#refused").inner_text()


def test_every_setting_of_a_lesson_is_allowed(visit):
    page = visit("screen=lessons")
    refused = page.evaluate(
        """() => Lessons.all.flatMap((lesson) => [lesson.start, ...lesson.tries]).map((one) => {
          try {
            State.amended(Object.entries(one.set), State.usual);
            return "";
          } catch (error) {
            return error.message;
          }
        })"""
    )
    assert len(refused) == MANY + sum(len(lesson.tries) for lesson in lessons.lessons())
    assert {*refused} == {""}


@pytest.mark.parametrize("number", [4, 8])
def test_a_setting_is_one_click_away_and_the_lesson_stays_beside_it(visit, number):
    page = visit(f"screen=lessons&lesson={number}&step=1")
    lesson = lessons.lessons()[number - 1]
    repeated = lesson.start == lessons.Setting(**lesson.tries[0].model_dump(exclude={"text"}))
    assert page.locator(".tries button:not(.term)").count() == len(lesson.tries) + (not repeated)
    for place in range(page.locator(".tries button:not(.term)").count()):
        button = page.locator(".tries button:not(.term)").nth(place)
        button.focus()
        page.keyboard.press("Enter")
        page.locator("#dock .lesson").wait_for()
        until(page, f"document.querySelectorAll('.tries button:not(.term)')[{place}].ariaPressed === 'true'")
        assert page.evaluate("document.activeElement.closest('.tries') !== null")
        assert page.locator("#refused").is_hidden()
    page.evaluate("State.set({ screen: 'compare', 'a.empathy': 0.31 })")
    until(page, "document.querySelectorAll('.tries [aria-pressed=true]').length === 0")
    page.locator("#dock button", has_text="Whole lesson").click()
    page.locator("#screen-lessons .lesson").wait_for()
    assert page.locator("#dock").is_hidden()


def test_every_setting_gives_in_the_page_what_the_lessons_were_made_with(visit):
    found = visit("screen=lessons").evaluate(
        """measures => Lessons.all.map((lesson) => [lesson.start, ...lesson.tries].map((one) => {
          const found = Compare.both(State.amended(Object.entries(one.set), State.usual));
          return ["a", "b"].map((arm) => measures.map((name) => found[arm].trials[name]));
        }))""",
        MEASURES,
    )
    for lesson, of_lesson in zip(lessons.lessons(), found, strict=True):
        for setting, sides in zip((lesson.start, *lesson.tries), of_lesson, strict=True):
            for name, of_side in zip((setting.a, setting.b), sides, strict=True):
                trials = lessons.met(lesson.worlds[name]).recorded.trials
                for measure, values in zip(MEASURES, of_side, strict=True):
                    assert np.array_equal(np.float32(values), np.float32(trials[measure][0])), (lesson.title, name)


def test_codes_of_the_class_show_as_dots_and_malformed_ones_are_named(visit):
    page = visit("screen=lessons&lesson=1&step=1")
    codes = page.evaluate("[[0, 5, 12], [3, 3, 3], [3, 3, 3]].map((values) => Lessons.codeOf(1, values))")
    page.locator("textarea.codes").fill(f"{codes[0]}, {codes[1].lower()}\n\n{codes[2]};;{codes[1][:-1]} Bob")
    assert page.locator(".found").inner_text() == "3 guesses; 2 entries left out:"
    assert page.locator(".class .wrong li").count() == 2
    assert page.locator(".class-dots circle.mark").count() == 3 * 3
    page.locator(".class-dots summary").click()
    assert page.locator(".class-dots tbody tr").count() == 3


@pytest.mark.parametrize(("protocol", "sessions"), [("comp001", 6), ("mapp", 15)])
def test_a_course_is_played_to_its_end_by_keyboard(visit, protocol, sessions):
    page = visit(f"screen=play&protocol={protocol}&patient=3")
    page.locator("button.begin").focus()
    page.keyboard.press("Enter")
    for number in range(1, sessions + 1):
        page.locator("[data-more=authenticity]").focus()
        for _ in range(4):  # one more than there are
            page.keyboard.press("Enter")
        assert page.locator(".rest").inner_text() == "All points given"
        screen = page.locator("#screen-play").inner_text()
        assert not re.search(r"\b0\.\d{2}", screen)  # no state is shown
        reached(page, f"Hold session {number}")
        page.keyboard.press("Enter")
        if page.locator(".ending").count():
            break
    assert page.evaluate("document.activeElement.textContent") in ("The course is over", "Your patient has left")
    assert page.locator(".ending tbody").first.locator("tr").count() == 8
    page.locator("button.others").focus()
    page.keyboard.press("Enter")
    page.locator(".verdict").wait_for()
    text = page.locator(".ending").inner_text()
    assert re.search(r"fall by [\d.]+ ± [\d.]+ points on average", text)
    assert not BROKEN.search(text)
    code = page.locator(".own-code strong").inner_text()
    page.locator("textarea.codes").fill(f"{code} {code} X")
    assert page.locator(".found").inner_text() == "2 results; 1 entry left out:"
    at(page, f"screen=play&protocol={protocol}&patient=4")
    page.locator("button.begin").wait_for()


def test_who_leaves_ends_the_course(visit):
    page = visit("screen=play&protocol=psychotherapy")
    for patient in range(1, 20):
        at(page, f"screen=play&protocol=psychotherapy&patient={patient}")
        page.locator("button.begin").click()
        while page.locator("button.hold").count():
            page.locator("button.hold").click()
        if page.locator("h2", has_text="Your patient has left").count():
            break
    text = page.locator(".ending").inner_text()
    assert re.search(r"left after session \d+ of 16", text)
    assert "then left" in text


def test_the_course_of_the_game_is_the_engine_s(visit):
    page = visit("screen=play&patient=2")
    page.locator("button.begin").click()
    while page.locator("button.hold").count():
        page.locator("button.hold").click()
    mine, manual = page.evaluate("['you', 'manual'].map((name) => Play.game().found[name].endpoint)")
    assert mine == manual  # nothing given is the manual


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_only_the_sheet_prints_on_one_or_two_pages(visit, scheme):
    page = visit("screen=lessons", color_scheme=scheme)
    for number in range(1, MANY + 1) if scheme == "light" else (1,):
        for sheet in SHEETS:
            at(page, f"screen=lessons&lesson={number}&sheet={sheet}")
            page.emulate_media(media="print")
            assert page.locator(".top").is_hidden()
            assert page.locator(".sheet-bar").is_hidden()
            text = page.locator("body").inner_text()
            assert text.strip() == page.locator(".sheet").inner_text().strip()
            assert not BROKEN.search(text), BROKEN.search(text)
            assert page.evaluate("getComputedStyle(document.querySelector('.sheet h2')).color") == "rgb(0, 0, 0)"
            assert (sheet == "teacher") == ("What is assumed" in text)
            made = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type /Page\b", made)) <= 2
            page.emulate_media(media="screen")


PLACES = (
    "screen=lessons",
    "screen=lessons&lesson=5",
    "screen=lessons&lesson=1&step=1",
    "screen=compare&lesson=2&step=1",
    "screen=lessons&lesson=3&sheet=worksheet",
    "screen=lessons&lesson=3&sheet=teacher",
    "screen=play",
)


@pytest.mark.parametrize(("scheme", "width", "step"), [("light", 1280, 1), ("dark", 390, 2)])
def test_no_barrier(visit, scheme, width, step):
    """By axe-core, which needs to run a script of its own in the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = visit(PLACES[0], width, color_scheme=scheme, bypass_csp=True)

    def fine():
        found = axe.run(page).response["violations"]
        assert not found, json.dumps(found)[:2000]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    for place in (*PLACES[:-1:step], PLACES[-1]):
        at(page, place)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        fine()
    page.locator("button.begin").click()
    page.locator("[data-more=empathy]").click()
    page.locator("button.hold").click()
    fine()
    while page.locator("button.hold").count():
        page.locator("button.hold").click()
    page.locator("textarea.codes").fill(page.locator(".own-code strong").inner_text())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    fine()
