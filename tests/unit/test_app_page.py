"""One student's page neither shows in nor slows another's: pool, requests, opening it, and the page's own HTML."""

import asyncio
import json
import re
import socket
import threading

import pytest

from alliance_sim.app import page_requests, serving
from alliance_sim.app.page import ADVICE, html
from alliance_sim.app.page_requests import PageRequests
from alliance_sim.app.pool import Pool
from alliance_sim.app.state import State
from alliance_sim.cli.entry import main
from alliance_sim.model.behaviours import DECLARED


def read(answer):
    return json.loads(answer)


@pytest.fixture
def slow(monkeypatch):
    """Answers that wait to be let go and count how often they are computed."""
    gate, seeds = threading.Event(), []

    def work(state):
        seeds.append(state.seed)
        assert gate.wait(10)
        if state.seed == 13:
            raise RuntimeError("no result")
        return {"seed": state.seed}

    monkeypatch.setitem(page_requests.ANSWERS, "compare", (State.world, work))
    return gate, seeds


def test_the_latest_question_of_a_session_wins(slow):
    gate, seeds = slow

    async def lesson():
        mine = PageRequests(Pool())
        asked = [asyncio.create_task(mine.answer(f"seed={seed}")) for seed in (1, 2, 3, 4)]
        await asyncio.sleep(0.05)
        gate.set()
        return await asyncio.gather(*asked)

    first, *between, last = asyncio.run(lesson())
    assert read(first)["seed"] == 1
    assert between == [None, None]
    assert read(last)["seed"] == 4
    assert seeds == [1, 4]


def test_an_error_in_one_session_is_said_there_and_ends_no_other(slow, caplog):
    gate, seeds = slow
    gate.set()

    async def lesson():
        pool = Pool()
        mine, other = PageRequests(pool), PageRequests(pool)
        broken, fine = await asyncio.gather(mine.answer("seed=13"), other.answer("seed=5"))
        return broken, fine, await mine.answer("seed=13"), await mine.answer("seed=6")

    broken, fine, again, after = map(read, asyncio.run(lesson()))
    assert broken["kind"] == again["kind"] == "refused"
    assert "RuntimeError: no result" in broken["text"]
    assert (fine["seed"], after["seed"]) == (5, 6)
    assert seeds.count(13) == 2  # a failure is not kept
    assert "no result" in caplog.text


def test_equal_questions_share_one_answer_even_if_who_asked_first_leaves(slow):
    gate, seeds = slow

    async def lesson():
        pool = Pool()
        first = asyncio.create_task(PageRequests(pool).answer("seed=3"))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(PageRequests(pool).answer("seed=3&theme=dark")) for _ in range(20)]
        await asyncio.sleep(0.05)
        first.cancel()
        gate.set()
        return await asyncio.gather(*others)

    answers = asyncio.run(lesson())
    assert {read(answer)["seed"] for answer in answers} == {3}
    assert seeds == [3]


def test_the_pool_forgets_what_was_not_asked_for_longest(slow):
    gate, seeds = slow
    gate.set()

    async def lesson():
        mine = PageRequests(Pool(kept=2))
        for seed in (1, 2, 1, 3, 1, 2):
            await mine.answer(f"seed={seed}")

    asyncio.run(lesson())
    assert seeds == [1, 2, 3, 2]


def test_a_bad_link_is_refused_and_costs_nothing(slow):
    _, seeds = slow
    answer = read(asyncio.run(PageRequests(Pool()).answer("a.empathy=7")))
    assert answer == {
        "kind": "refused",
        "text": "a.empathy=7 is outside [0, 1] behaviour points; type a value in that range.",
    }
    assert seeds == []


# -------------------------------------------------------------------------------------------- how it is opened

WRONG = {
    "no port": (["port=high"], "port=high is not a whole number; type one in [0, 65535]."),
    "no such port": (["port=70000"], "port=70000 is outside [0, 65535]; type a value in that range."),
    "no key": (["prot=1"], "did you mean port?"),
    "no value": (["8000"], "such as alliance-sim app port=8001."),
    "no answer": (["open=perhaps"], "open=perhaps is not true or false; type one of them."),
    "looked up": (["host=${oc.env:HOME}"], "host=${oc.env:HOME} is no address of this machine"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_word_is_refused_in_one_sentence(words, said, capsys):
    assert main(["app", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_taken_port_is_refused_and_another_named(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["app", f"port={port}", "open=false"]) == 2
    assert f"such as port={port + 1}." in capsys.readouterr().err


def test_without_the_extra_the_command_names_it(monkeypatch, capsys):
    found = serving.importlib.util.find_spec
    monkeypatch.setattr(serving.importlib.util, "find_spec", lambda name: None if name == "shiny" else found(name))
    assert main(["app"]) == 2
    assert capsys.readouterr().err == (
        'alliance-sim: the classroom needs shiny; type pip install "alliance-sim[app]".\n'
    )


def test_it_is_for_this_machine_unless_a_host_is_named():
    assert serving.server_options([]) == serving.ServerOptions(host="127.0.0.1", port=8000, open=True)


# --------------------------------------------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def page():
    return html()


def test_the_page_says_once_that_people_are_simulated_and_that_nothing_is_advice(page):
    assert page.count(ADVICE) == 1


def test_the_page_names_nothing_outside(page):
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_every_behaviour_has_a_slider_with_the_registry_range_and_a_plain_sentence(page):
    for arm in "ab":
        for name, declared in DECLARED.items():
            slider = re.search(rf'<input type="range" name="{arm}\.{name}"[^>]*>', page)
            assert slider
            assert 'min="0" max="1"' in slider[0]
            assert f'<small id="about-{arm}.{name}">{declared.meaning}</small>' in page
