"""The open classroom as the network sees it: one session a page, a policy on every page, a bounded room."""

import json
import threading
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

pytest.importorskip("shiny", reason="the classroom is not installed: pip install 'alliance-sim[app]'")

import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from alliance_sim.app import server
from alliance_sim.app.serving import ServerOptions, listen
from benchmarks import classroom

WAIT = 10  # seconds


@pytest.fixture(scope="module")
def port():
    """A classroom in a thread of this process."""
    taken = listen(ServerOptions(port=0))
    config = uvicorn.Config(server.application(), log_level="warning", ws="websockets-sansio")
    opened = uvicorn.Server(config)
    thread = threading.Thread(target=opened.run, kwargs={"sockets": [taken]})
    thread.start()
    yield taken.getsockname()[1]
    opened.should_exit = True
    thread.join(WAIT)
    assert not thread.is_alive()


@contextmanager
def page(port):
    """An open page: its connection and what the server sent it first."""
    with connect(f"ws://127.0.0.1:{port}/websocket/") as line:
        line.send(json.dumps({"method": "init", "data": {}}))
        message = {}
        while "address" not in message:
            message = json.loads(line.recv(WAIT)).get("custom", {})
        yield line, message["address"]


def read_to_the_end(line):
    while True:
        line.recv(WAIT)


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=WAIT) as answer:
        return answer.headers, answer.read()


def ask(port, address, query):
    return json.loads(get(port, f"{address['path']}&{urlencode({'link': query})}")[1])


def test_a_page_asks_over_a_route_of_its_own_and_gets_numbers_or_a_refusal(port):
    with page(port) as (_, mine), page(port) as (_, other):
        assert mine["path"] != other["path"]
        found = ask(port, mine, "patients=4&a.empathy=0.2")
        assert found["kind"] == "compare"
        assert found == ask(port, other, "patients=4&a.empathy=0.2")
        assert ask(port, mine, "patients=5000")["text"].startswith("patients=5000 is outside [4, 100] patients")


def test_who_is_not_in_the_room_gets_no_answers(port):
    with page(port) as (_, mine):
        path = mine["path"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(port, path)


def test_the_browser_is_asked_to_load_nothing_from_elsewhere(port):
    headers, body = get(port, "")
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert b"Two clinicians, the same patients" in body
    headers, body = get(port, "plotly.min.js")
    assert headers["Content-Encoding"] == "gzip"
    assert body == server.packed()


def test_one_page_too_many_is_refused_and_a_place_left_is_free_again(port, monkeypatch):
    monkeypatch.setattr(server, "MOST_SESSIONS", 2)
    with page(port), page(port), page(port) as (line, address):
        assert (address["path"], address["refused"]) == ("", server.FULL.format(2))
        with pytest.raises(ConnectionClosed):
            read_to_the_end(line)
    with page(port) as (_, address):
        assert ask(port, address, "patients=4")["kind"] == "compare"


@pytest.mark.slow
def test_a_small_class_gets_right_answers_without_an_error(capsys):
    found = classroom.main(3, 1)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == found
    assert found["moves"] >= 3
    assert found["errors"] == found["wrong_answers"] == 0
