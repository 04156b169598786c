"""The classroom as one file, opened from a folder without a network, in a real browser: what its screens promise."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alliance_sim
from alliance_sim.analysis.story import lasted, timeline, who
from alliance_sim.analysis.worlds import worlds
from alliance_sim.cli.story import Story
from alliance_sim.compose.studies import composed
from alliance_sim.web import classroom
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.slow
SCREENS = ("", "more=1", "screen=patient&patient=3", "screen=live&who=patient-3", "screen=live&who=b-clinician-2")
ODD = (
    "protocol=mapp&condition=ptsd&patients=20&dose=80&seed=77&a.policy=repair_first&a.dosing.empathy=0.2&b.fatigue=0.4"
    "&b.budget=2&b.after_rupture.collaboration=0.3&b.caseload=3&spacing=1"
)
MOVES = 15  # of a slider, measured
LINE = "document.querySelector('#screen-compare .stage .series .line').getAttribute('points')"
MEASURE = """async ([name, values]) => {
  const input = document.querySelector(`input[name='${name}']`), times = [];
  for (const value of values) {
    const begun = performance.now();
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - begun);
  }
  return times;
}"""


def until(page: Any, what: str) -> None:
    """Wait until something holds in a page, whose policy forbids text as code."""
    for _ in range(PATIENCE // 20):
        if page.evaluate(what):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"in vain waited for {what}")


def settled(page: Any) -> None:
    """Wait until what was asked has been drawn and the address names it."""
    until(page, "location.hash.slice(1) === State.fragment()")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


# ------------------------------------------------------------------------------------------------- the first screen


def test_a_slider_moves_the_picture_and_the_link_restores_it(visit):
    page = visit()
    before = page.evaluate(LINE)
    slider = page.locator("input[name='a.warmth']")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    settled(page)
    after = page.evaluate(LINE)
    assert before != after
    assert {"a.empathy=0.77", "a.active_listening=0.77", "a.authenticity=0.77"} <= set(
        page.url.split("#")[1].split("&")
    )
    other = visit(page.url.split("#")[1])
    assert other.evaluate(LINE) == after
    assert other.locator("input[name='a.warmth']").input_value() == slider.input_value()


def test_a_mouse_drags_a_slider_too(visit):
    page = visit()
    before = page.locator("#screen-compare .first").text_content()
    box = page.locator("input[name='b.warmth']").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    settled(page)
    assert page.locator("#screen-compare .first").text_content() != before
    assert page.evaluate("State.level('b', 'warmth')") > 0.9


@pytest.mark.parametrize("fragment", ["", ODD, "protocol=waitlist", "protocol=groups_of_six&a.caseload=20&patients=30"])
def test_the_numbers_are_those_of_the_command_that_the_page_prints(visit, fragment):
    page = visit(fragment)
    assert page.locator("#refused").is_hidden()
    line = page.evaluate("Compare.runLine(State.get())")
    assert line.startswith("alliance-sim run ")
    found = alliance_sim.run("alliance", page_words(line))
    summary = found.summary().set_index(["arm", "measure"])
    gaps = found.contrasts().set_index(["arm", "versus", "measure"])
    shown = page.evaluate("Compare.rows(Compare.both(State.get()), State.get())")
    assert {"change", "response"} <= {row[0] for row in shown}
    for name, _, a, b, gap in shown:
        for arm, own in (("a", a), ("b", b)):
            agree(own, summary.loc[(arm, name)])
        agree(gap, gaps.loc[("b", "a", name)])


def page_words(line: str) -> list[str]:
    """Words of the command of a page, without where it writes."""
    import shlex

    return [word for word in shlex.split(line)[2:] if not word.startswith("out=")]


def agree(shown: list[float | None], row: pd.Series) -> None:
    """A number of the page and its error are the command's."""
    np.testing.assert_allclose(shown[0], row["estimate"], rtol=1e-12, atol=1e-12)
    error = np.nan if shown[1] is None else shown[1]
    np.testing.assert_allclose(error, row["mcse"], rtol=1e-9, atol=1e-12)


def test_a_difference_within_two_errors_is_said_to_be_chance(visit):
    page = visit(
        "b.empathy=0.84&b.active_listening=0.85&b.authenticity=0.75&b.boundaries=0.75&b.collaboration=0.8&patients=10"
    )
    said = page.locator("#screen-compare .second").text_content()
    assert "may be chance" in said or "no difference" in said
    assert "chance" not in visit().locator("#screen-compare .second").text_content()


def test_where_a_protocol_was_never_tried_the_page_warns(visit):
    said = visit("protocol=mapp&condition=depression").locator("#screen-compare .warning").text_content()
    assert "not for depression" in said
    assert "extrapolation" in said
    assert visit("protocol=mapp&condition=ptsd").locator("#screen-compare .warning").is_hidden()


def test_waiting_patients_meet_nobody_so_there_are_no_sliders(visit):
    page = visit("protocol=waitlist")
    assert page.locator("input[name='a.warmth']").is_hidden()
    assert "meet nobody" in page.locator("#screen-compare .controls").text_content()
    page.evaluate("State.set({ screen: 'live' })")
    settled(page)
    assert page.locator("#screen-live .network svg").count() == 1


def test_ready_made_clinicians_more_settings_and_words(visit):
    page = visit()
    page.get_by_role("group", name="Ready-made clinicians for B").get_by_role("button", name="by the book").click()
    settled(page)
    assert page.evaluate("State.get()['b.boundaries']") == 0.9
    page.get_by_role("button", name="More settings").click()
    settled(page)
    assert page.locator("select[name='protocol']").is_visible()
    page.locator("#screen-compare .stage .term").first.click()
    assert page.locator("#glossary").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#glossary").is_hidden()
    assert page.evaluate("document.activeElement.className") == "term"


def test_each_button_copies_its_own_text_and_saves_its_own_file(visit):
    page = visit("patients=10&seed=5", permissions=["clipboard-read", "clipboard-write"])
    page.locator("details.take summary").click()
    page.get_by_role("button", name="Copy link").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.get_by_role("button", name="Copy command").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#line").input_value()
    with page.expect_download() as got:
        page.get_by_role("button", name="Numbers as CSV").click()
    data = pd.read_csv(got.value.path())
    assert set(data["figure"]) == {"course", "table"}
    assert set(data["arm"]) == {"a", "b", "b - a"}
    with page.expect_download() as got:
        page.get_by_role("button", name="Picture as SVG").click()
    assert Path(got.value.path()).read_text(encoding="utf-8").startswith("<svg")


def test_a_bad_link_is_refused_in_one_sentence_and_one_click_starts_over(visit):
    page = visit("a.empathy=1.4")
    refused = page.locator("#refused")
    assert refused.locator("span").text_content() == "a.empathy=1.4 is outside [0, 1]; type a value in that range."
    refused.locator("button").click()
    settled(page)
    assert refused.is_hidden()
    assert page.locator("#screen-compare .stage .series").count() == 2


# ------------------------------------------------------------------------------------------------------ one patient


@pytest.mark.parametrize(("fragment", "patients"), [("", (3, 10)), (ODD, (2,))])
def test_a_patients_story_is_the_commands(visit, fragment, patients):
    for patient in patients:
        page = visit(f"{fragment}&screen=patient&patient={patient}".lstrip("&"))
        assert f"Patient {patient} of trial 1" in page.locator("#screen-patient .first").text_content()
        words = page_words(page.evaluate("Person.storyLine(State.get())"))
        study = composed(words, Story)
        made = worlds(study, study.patient, study.replicate, study.arm, study.counterfactual)
        for arm, world in zip("ab", made, strict=True):
            shown = page.evaluate(
                """(arm) => {
                  const world = Person.lived(arm, State.get()), visits = Person.timeline(world).map((one) => one.text);
                  return { who: Person.who(world), lasted: Person.lasted(world), visits };
                }""",
                arm,
            )
            assert shown["visits"] == list(timeline(world).values())
            assert (shown["who"], shown["lasted"]) == (who(world), lasted(world))


def test_narrator_and_patient_agree_on_every_dosing_day(visit):
    page = visit("patients=100")
    days = page.evaluate(
        """() => ['a', 'b'].flatMap((arm) => Array.from({ length: 100 }, (_, number) => (
          Person.timeline(Person.lived(arm, { ...State.get(), patient: number + 1 }))))
          .flat().filter((one) => one.title.startsWith('dosing') && one.says))"""
    )
    assert len(days) > 100
    difficult = ["it was a difficult day" in day["text"].lower() for day in days]
    assert difficult == ["could not work through" in day["says"] for day in days]
    assert any(difficult)


def test_a_dot_and_the_keys_choose_a_patient(visit):
    page = visit("screen=patient&patients=10")
    page.get_by_role("button", name="Next").click()
    settled(page)
    assert "patient=5" in page.url
    page.locator("#screen-patient circle.person").first.dispatch_event("click")
    settled(page)
    assert "Patient 5 " not in page.locator("#screen-patient .first").text_content()


# ------------------------------------------------------------------------------------------------------------- live


def test_live_shows_the_same_patients_on_both_sides_and_steps_by_keyboard(visit):
    page = visit("screen=live&patients=40&day=30")
    for arm in (0, 1):
        network = page.locator("#screen-live .network").nth(arm)
        assert network.locator(".person").count() == 40
        assert network.locator(".person.coming").count() == 24
    page.get_by_role("button", name="A day on").focus()
    page.keyboard.press("Enter")
    settled(page)
    assert "day=31" in page.url
    page.locator("#screen-live .network .person").nth(3).dispatch_event("click")
    settled(page)
    said = page.locator("#screen-live .detail").text_content()
    assert "Patient 4 on day 31" in said
    assert all(name in said for name in ("Trust", "Fear", "with A", "with B"))
    restored = visit(page.url.split("#")[1])
    assert restored.locator("#screen-live .detail").text_content() == said


def test_live_plays_pauses_and_keeps_still_where_that_is_asked(visit):
    page = visit("screen=live&patients=10&day=0")
    page.locator("select[name='speed']").select_option("40")
    page.get_by_role("button", name="▶ Play").click()
    until(page, "Live.today() > 5")
    page.get_by_role("button", name="Pause").click()
    settled(page)
    today = page.evaluate("Live.today()")
    assert f"day={today}" in page.url
    page.wait_for_timeout(200)
    assert page.evaluate("Live.today()") == today
    still = visit("screen=live&patients=10", reduced_motion="reduce")
    assert still.locator("#screen-live .play").is_hidden()
    assert "less motion" in still.locator("#screen-live").text_content()


def test_live_ends_where_the_trial_ends_and_tells_left_from_not_yet_here(visit):
    page = visit("screen=live&day=2000")
    ended = page.evaluate(
        """() => {
          const found = Live.counts(Live.lane('b', State.get()), Live.today(), true);
          const { dropout } = Alliance.run(Alliance.world(State.world('b')), 1).outcomes;
          return [found.left, dropout.reduce((sum, one) => sum + one, 0), found.coming, found.here];
        }"""
    )
    assert ended[0] == ended[1] > 0
    assert ended[2:] == [0, 0]
    assert page.locator("#screen-live .network").nth(1).locator(".person.left").count() == ended[0]


# --------------------------------------------------------------------------------------------- everyone, everywhere


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_screen_has_a_barrier(visit, scheme, width):
    """By axe-core, which needs to run a script of its own in the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit(SCREENS[0], width, 844, color_scheme=scheme, bypass_csp=True)
    for fragment in SCREENS:
        page.evaluate("(fragment) => State.read(fragment)", fragment)
        settled(page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page).response["violations"]
        assert not found, (fragment, json.dumps(found)[:2000])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), fragment


def test_on_a_phone_the_picture_stays_in_sight_while_a_slider_moves(visit):
    page = visit("more=1", 390, 844, has_touch=True)
    page.evaluate("document.querySelectorAll('#more details').forEach((one) => { one.open = true; })")
    for name in ("a.warmth", "b.structure", "b.empathy", "b.caseload"):
        slider = page.locator(f"input[name='{name}']")
        slider.scroll_into_view_if_needed()
        page.evaluate("(one) => one.scrollIntoView({ block: 'center' })", slider.element_handle())
        box = page.locator("#screen-compare .stage svg").bounding_box()
        own = slider.bounding_box()
        assert box["y"] >= 0, name
        assert box["y"] + box["height"] <= 844, name
        assert own["y"] > box["y"] + box["height"], name  # and does not cover the slider


def test_the_theme_of_a_link_is_kept(visit):
    dark, light = visit("theme=dark"), visit("theme=light", color_scheme="dark")
    colours = [page.evaluate("getComputedStyle(document.body).backgroundColor") for page in (dark, light)]
    assert colours == ["rgb(21, 23, 26)", "rgb(255, 255, 255)"]


@pytest.mark.full
def test_how_large_and_how_fast_it_is(visit, file, capsys):
    """Prints what was measured; it asserts no time."""
    content = file.read_bytes()
    lines = [f"\n{len(content) / 1e3:.0f} kB, {len(gzip.compress(content)) / 1e3:.0f} kB gzipped"]
    for slower in (1, 4):
        first = []
        for _ in range(3):
            page = visit()
            if slower > 1:
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
                page.reload()
                page.wait_for_selector("html[data-ready]", state="attached")
            until(page, "performance.getEntriesByName('first picture').length > 0")
            first.append(page.evaluate("performance.getEntriesByName('first picture')[0].startTime"))
        values = [round(0.2 + 0.01 * step, 2) for step in range(MOVES)]
        moved = [page.evaluate(MEASURE, [name, values]) for name in ("a.warmth", "b.structure")]
        middle, late = np.median(moved), np.quantile(moved, 0.95)
        lines.append(
            f"CPU 1/{slower}: first picture {np.median(first):.0f} ms (at most {max(first):.0f}); slider to picture "
            f"median {middle:.0f} ms, p95 {late:.0f} ms ({np.size(moved)} moves)"
        )
    with capsys.disabled():
        print("\n".join(lines))


def test_the_page_of_the_docs_is_this_one(file):
    assert (Path(__file__).parents[2] / "docs" / "classroom.html").read_bytes() == file.read_bytes()
    assert classroom.html().encode() == file.read_bytes()


def test_a_policy_of_ones_own_is_refused_in_a_sentence(visit):
    page = visit("a.policy=mine")
    said = page.locator("#refused").inner_text()
    assert "a.policy=mine is none of: usual, manual" in said
    assert "a policy of one's own runs in Python alone." in said
