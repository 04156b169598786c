"""The classroom's server as a network sees it: known hosts alone, limits for each client, no wait for who is slow."""

import asyncio
import gzip
import io
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from alliance_sim.cli import app
from alliance_sim.cli.entry import main
from alliance_sim.errors import ScenarioError
from alliance_sim.web import addresses, opening, serving
from alliance_sim.web.opening import ServerOptions

CONTENT = b"<!DOCTYPE html><title>A page</title>" + random.Random(1).randbytes(200_000).hex().encode()
WAIT = 10  # seconds, after which a test fails that would wait for ever
QUICK = serving.LIMITS._replace(request=0.3, stall=0.3, answer=0.6)
SYSTEM_HOLDS = 2**19  # bytes of an answer that two ends of a loopback may hold


class Opened(NamedTuple):
    """A server in a thread of this process."""

    server: serving.Server
    host: str
    port: int
    notes: list[str]

    @property
    def name(self):
        return f"{serving.bracketed(self.host)}:{self.port}"


@contextmanager
def opened(content=CONTENT, host="127.0.0.1", limits=serving.LIMITS):
    taken, notes = opening.listen(ServerOptions(host=host, port=0)), []
    server = serving.Server(taken, content, opening.hosts(host, taken), limits, notes.append)
    loop = asyncio.new_event_loop()
    faults = []
    loop.set_exception_handler(lambda _, about: faults.append(about))
    work = loop.create_task(server.run())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([work])))
    thread.start()
    try:
        yield Opened(server, host if ":" in host else "127.0.0.1", taken.getsockname()[1], notes)
    finally:
        loop.call_soon_threadsafe(work.cancel)
        thread.join(WAIT)
        assert not thread.is_alive()
        loop.close()
        taken.close()
    assert work.cancelled()
    assert faults == []


@pytest.fixture(scope="module")
def room():
    with opened() as found:
        yield found


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(room, source=None):
    return socket.create_connection((room.host, room.port), WAIT, (source, 0) if source else None)


def received(line):
    """Everything until the other side closes, or resets the connection."""
    parts = []
    try:
        while part := line.recv(2**16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read(whole):
    head, _, body = whole.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    return Got(int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body)


def send(room, request, source=None):
    """The answer to a request sent as it is."""
    with connect(room, source) as line:
        line.sendall(request)
        return read(received(line))


def get(room, path="/", method="GET", source=None, **headers):
    named = {"Host": room.name} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None)
    return send(room, f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"), source)


def wait_until(true):
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


# ------------------------------------------------------------------------------------------- what is handed out


@pytest.mark.parametrize("path", ["/", "/classroom.html", "/?from=school", "/classroom.html?"])
def test_the_page_is_handed_out_with_a_policy_that_keeps_it_to_itself(room, path):
    found = get(room, path)
    assert (found.status, found.body) == (200, CONTENT)
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert int(found.headers["content-length"]) == len(CONTENT)
    assert found.headers["cache-control"] == "no-cache"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["referrer-policy"] == "no-referrer"
    policy = dict(part.strip().split(" ", 1) for part in found.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert not re.search(r"https?:|\*|unsafe-eval", str(policy))


def test_a_browser_that_takes_gzip_gets_the_page_packed(room):
    found = get(room, Accept_Encoding="br, gzip;q=0.8")
    assert found.headers["content-encoding"] == "gzip"
    assert found.headers["vary"] == "accept-encoding"
    assert gzip.decompress(found.body) == CONTENT
    for refusing in ("identity", "gzip;q=0", "gzip; q=0.00", "notgzip"):
        assert get(room, Accept_Encoding=refusing).body == CONTENT


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_page_that_a_browser_has_is_not_sent_again(room, encoding):
    tag = get(room, Accept_Encoding=encoding).headers["etag"]
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        found = get(room, Accept_Encoding=encoding, If_None_Match=held)
        assert (found.status, found.body, found.headers["etag"]) == (304, b"", tag)
    assert get(room, Accept_Encoding=encoding, If_None_Match='"other"').status == 200


def test_another_page_and_another_packing_have_other_tags():
    first, second = serving.Page(b"one"), serving.Page(b"two")
    assert len({first.tag, first.packed_tag, second.tag, second.packed_tag}) == 4


def test_head_gets_what_get_gets_without_the_page(room):
    whole, head = get(room), get(room, method="HEAD")
    del whole.headers["date"], head.headers["date"]
    assert head == (200, whole.headers, b"")
    assert get(room, "/favicon.ico").status == get(room, "/favicon.ico", "HEAD").status == 204
    assert get(room, "/no", "HEAD").body == b""


@pytest.mark.parametrize(
    "path", ["/no", "//", "/..", "/../etc/passwd", "/%2e%2e/etc/passwd", "/classroom.html/", "/favicon.ico/", "*", "x"]
)
def test_there_is_nothing_else(room, path):
    found = get(room, path)
    assert (found.status, found.body) == (404, b"There is one page here, at the address / alone.\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_nothing_can_be_done_but_read(room, method):
    found = get(room, method=method)
    assert (found.status, found.headers["allow"]) == (405, "get, head")


# ------------------------------------------------------------------------------------------------ who may ask


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "127.0.0.1:{port}.evil.example", ""),
        *("0.0.0.0:{port}", "[::]:{port}", "localhost.:{port}", "user@127.0.0.1:{port}"),
        "127.0.0.1:{port}, 127.0.0.1:{port}",
    ],
)
def test_a_foreign_host_is_refused(room, host):
    found = get(room, Host=host.format(port=room.port))
    assert (found.status, found.body.count(b"\n")) == (421, 1)
    assert b"A page" not in found.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_this_machine_is_known_by_its_names(room, host):
    assert get(room, Host=f"{host}:{room.port}").status == 200


def test_who_comes_in_by_an_address_of_this_machine_may_name_it():
    """Also by one that it did not have when the classroom was opened."""
    with opened(host="0.0.0.0") as room:
        there = room._replace(host="127.0.0.9")
        try:
            assert get(there).status == 200
        except OSError:
            pytest.skip("this machine has one loopback address")
        assert get(there, Host=f"127.0.0.8:{room.port}").status == 421


def test_a_request_that_names_no_host_or_two_is_refused(room):
    assert get(room, Host=None).status == 400
    assert send(room, b"GET / HTTP/1.0\r\n\r\n").status == 400
    twice = f"GET / HTTP/1.1\r\nHost: {room.name}\r\nHost: evil.example\r\n\r\n"
    assert send(room, twice.encode()).status == 400
    assert send(room, f"GET / HTTP/1.0\r\nHost: {room.name}\r\n\r\n".encode()).status == 200


def test_a_target_written_in_full_must_name_a_known_host_too(room):
    assert get(room, f"http://{room.name}/").status == 200
    assert get(room, f"HTTP://{room.name}").status == 200
    assert get(room, "http://evil.example/").status == 421
    assert get(room, f"http://{room.name}/", Host="evil.example").status == 421
    assert get(room, f"http://{room.name}@evil.example/").status == 421
    assert get(room, f"https://{room.name}/").status == 404


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 200),
        ("http://localhost:{port}", 200),
        ("http://evil.example", 403),
        ("https://127.0.0.1:{port}", 403),
        ("http://127.0.0.1", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_pages_of_other_sites_may_not_ask(room, origin, status):
    assert get(room, Origin=origin.format(port=room.port)).status == status


def test_who_opened_the_classroom_sees_each_refused_host_once_and_not_too_many():
    with opened() as room:
        for _ in range(3):
            get(room, Host="evil.example")
        get(room, Host="\x1b[31mred")
        get(room, Origin="http://evil.example")
        assert room.notes == [
            "Refused: a request for the host 'evil.example'.",
            "Refused: a request for the host '\\x1b[31mred'.",
            "Refused: a request by a page of 'http://evil.example'.",
        ]
        for number in range(50):
            get(room, Host=f"{number}.example")
        assert len(room.notes) == serving.MOST_NOTED + 1
        assert room.notes[-1] == "Further refused requests are not shown."
        assert get(room).status == 200


# ------------------------------------------------------------------------------------- requests that are odd


def test_a_connection_carries_one_request(room):
    one = f"GET / HTTP/1.1\r\nHost: {room.name}\r\n".encode()
    for more in (
        b"\r\n" + one + b"\r\n",
        b"Content-Length: 5\r\n\r\nhello" + one + b"\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + one + b"\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + one + b"\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"Expect: 100-continue\r\n\r\n",
    ):
        found = send(room, one + more)
        assert (found.status, found.headers["connection"], found.body) == (200, "close", CONTENT)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET / x HTTP/1.1", 400),
        ("G\x00T / HTTP/1.1", 400),
        ("GET /\x7f HTTP/1.1", 400),
        ("", 400),
        ("GET / HTTP/2.0", 505),
        ("GET / http/1.1", 505),
        ("PRI * HTTP/2.0", 505),
    ],
)
def test_what_is_no_request_is_refused(room, request_line, status):
    assert send(room, f"{request_line}\r\nHost: {room.name}\r\n\r\n".encode("latin-1")).status == status


@pytest.mark.parametrize("line", ["no colon", "na me: x", " folded: x", ": x", "a: x\ny", "a: x\x00", "a\xe9: x"])
def test_a_header_that_cannot_be_read_is_refused(room, line):
    whole = f"GET / HTTP/1.1\r\nHost: {room.name}\r\n{line}\r\n\r\n"
    assert send(room, whole.encode("latin-1")).status == 400


def test_a_head_is_bounded(room):
    start = f"GET / HTTP/1.1\r\nHost: {room.name}\r\n".encode()
    fits = serving.LIMITS.head - len(start) - 3
    assert send(room, start + b"a:" + b"x" * (fits - 1) + b"\r\n\r\n").status == 200
    assert send(room, start + b"a:" + b"x" * (fits + 2) + b"\r\n\r\n").status == 431
    assert send(room, start + b"a:" + b"x" * 4 * fits).status == 431
    with connect(room) as line:  # who never stops is cut off
        try:
            for _ in range(1000):
                line.sendall(b"x" * 2**14)
        except OSError:
            return
    pytest.fail("sixteen megabytes were taken")


def test_no_noise_disturbs_the_server():
    with opened(b"small", limits=QUICK._replace(at_once=10_000)) as room:
        whole = f"GET / HTTP/1.1\r\nHost: {room.name}\r\nAccept-Encoding: gzip\r\n\r\n".encode()

        def disturb(number):
            noise = random.Random(number)
            with connect(room) as line:
                spoilt = bytearray(whole if noise.random() < 0.8 else noise.randbytes(200) + b"\r\n\r\n")
                for _ in range(noise.randrange(4)):
                    spoilt[noise.randrange(len(spoilt))] = noise.randrange(256)
                line.sendall(spoilt[: noise.randrange(1, len(spoilt)) if noise.random() < 0.3 else len(spoilt)])
                if noise.random() < 0.2:
                    return 0
                line.shutdown(socket.SHUT_WR)
                got = received(line)
                return read(got).status if got else 0

        with ThreadPoolExecutor(8) as threads:
            seen = set(threads.map(disturb, range(300)))
        assert {0, 200, 400} <= seen <= {0, 200, 204, 400, 404, 405, 408, 421, 505}
        wait_until(lambda: room.server.visitors == 0)
        assert get(room).body == b"small"


# ------------------------------------------------------------------------------------------------ who is slow


def test_who_sends_nothing_is_closed_without_an_answer_and_who_sends_a_part_hears_why():
    """A browser connects ahead, and would take an answer for that to its next request."""
    with opened(limits=QUICK) as room, connect(room) as silent, connect(room) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert received(silent) == b""
        assert read(received(half)).status == 408
        wait_until(lambda: room.server.visitors == 0)


def test_who_sends_a_byte_at_a_time_is_not_waited_for():
    with opened(limits=QUICK) as room, connect(room) as line:
        line.settimeout(0.05)
        got = b""
        end = time.monotonic() + WAIT
        while not got:
            assert time.monotonic() < end
            line.send(b"G")
            try:
                got = line.recv(2**16)
            except TimeoutError:
                continue
        assert read(got).status == 408


@pytest.mark.parametrize("size", [1_000, 8_000_000])
def test_who_does_not_read_or_hang_up_is_not_waited_for(size):
    with opened(bytes(size), limits=QUICK) as room, connect(room) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {room.name}\r\n\r\n".encode())
        wait_until(lambda: room.server.visitors == 1)
        wait_until(lambda: room.server.visitors == 0)
        assert len(received(line)) < max(size, 8_000) + SYSTEM_HOLDS * (size < SYSTEM_HOLDS)


def test_who_reads_too_slowly_is_cut_off_although_something_moves():
    with opened(bytes(8_000_000), limits=QUICK) as room, connect(room) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {room.name}\r\n\r\n".encode())
        wait_until(lambda: room.server.visitors == 1)
        end = time.monotonic() + WAIT
        while room.server.visitors:
            assert time.monotonic() < end
            try:
                line.recv(100_000)
            except ConnectionResetError:
                break
            time.sleep(0.05)
        wait_until(lambda: room.server.visitors == 0)


def test_who_has_said_all_before_it_listens_gets_its_answer(room):
    with connect(room) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {room.name}\r\n\r\n".encode())
        line.shutdown(socket.SHUT_WR)
        assert read(received(line)).body == CONTENT


# ----------------------------------------------------------------------------------------------- who is greedy


def greedy(room, source, ended, seen):
    """Ask again and again, whatever is answered."""
    while not ended.is_set():
        try:
            seen.append(get(room, source=source).status)
        except (OSError, IndexError):
            seen.append(0)


def crowd(room, visitors, greedy_ones):
    """What visitors get beside others who ask in a loop; each is given by the address it comes from."""
    ended, seen = threading.Event(), []
    with ThreadPoolExecutor(len(visitors) + len(greedy_ones)) as threads:
        loops = [threads.submit(greedy, room, source, ended, seen) for source in greedy_ones]
        wait_until(lambda: len(seen) > len(greedy_ones))
        try:
            return list(threads.map(lambda source: get(room, source=source), visitors)), seen
        finally:
            ended.set()
            for loop in loops:
                loop.result(WAIT)


def test_sixty_visitors_beside_thirty_greedy_ones_behind_one_address_all_get_the_page(room):
    found, _ = crowd(room, [None] * 60, [None] * 30)
    assert [(one.status, one.body == CONTENT) for one in found] == [(200, True)] * 60


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
def test_sixty_visitors_beside_thirty_greedy_ones_with_their_own_addresses_all_get_the_page():
    with opened(limits=serving.LIMITS._replace(at_once=8)) as room:
        greedy_ones = [f"127.0.1.{number}" for number in range(1, 31)]
        found, seen = crowd(room, [f"127.0.2.{number}" for number in range(1, 61)], greedy_ones)
        assert [(one.status, one.body == CONTENT) for one in found] == [(200, True)] * 60
        assert seen


def test_sixty_phones_behind_one_address_are_answered_at_once():
    pace = serving.Pace(serving.LIMITS, clock=lambda: 0.0)
    assert [pace.turn("a router") for _ in range(120)] == [0.0] * 120


def test_a_loop_gets_the_pace_of_its_client_and_disturbs_no_other():
    now, (at_once, rate) = [1000.0], (serving.LIMITS.at_once, serving.LIMITS.rate)
    pace = serving.Pace(serving.LIMITS, clock=lambda: now[0])
    waits = [pace.turn("greedy") for _ in range(at_once + 100)]
    assert waits == pytest.approx([0.0] * at_once + [number / rate for number in range(1, 101)])
    assert pace.turn("another") == 0.0
    now[0] += 1.0
    assert pace.turn("greedy") == pytest.approx(101 / rate - 1.0)
    now[0] += 100.0
    pace.turn("another")
    assert set(pace._due) == {"another"}  # nobody is remembered for ever


def test_in_any_time_a_client_gets_no_more_than_its_pace():
    with opened(b"small", limits=serving.LIMITS._replace(at_once=3, rate=20)) as room:
        began = time.monotonic()
        assert [get(room).status for _ in range(13)] == [200] * 13
        assert time.monotonic() - began > (13 - 3) / 20 - 0.01  # the least that it can take, however fast the machine


def ask_slowly(room, source=None):
    """A connection that has asked, and whose answer of `bytes(8_000_000)` is not read."""
    line = connect(room, source)
    line.sendall(f"GET / HTTP/1.1\r\nHost: {room.name}\r\n\r\n".encode())
    assert line.recv(12) == b"HTTP/1.1 200"
    return line


def test_too_many_connections_of_one_client_are_refused_and_a_place_left_is_free_again():
    limits = serving.LIMITS._replace(connections=3, delay=0.1)
    with opened(bytes(8_000_000), limits=limits) as room:
        held = [ask_slowly(room) for _ in range(3)]
        found = get(room)
        assert (found.status, found.headers["retry-after"], found.headers["refresh"]) == (429, "5", "5")
        assert found.body == b"Too many ask for the page at once; it loads again by itself.\n"
        held.pop().close()
        wait_until(lambda: room.server.visitors == 2)
        assert get(room).status == 200
        for line in held:
            line.close()


def test_who_asks_takes_the_place_of_who_is_silent():
    """So that nobody can keep a class out that stands behind the same address."""
    with opened(limits=serving.LIMITS._replace(connections=3)) as room, connect(room) as first:
        wait_until(lambda: room.server.visitors == 1)
        others = [connect(room) for _ in range(2)]
        wait_until(lambda: room.server.visitors == 3)
        assert get(room).status == 200
        assert received(first) == b""  # it was reset
        for line in others:
            line.close()


def test_visitors_beside_a_crowd_that_keeps_silent_behind_the_same_address_all_get_the_page():
    with opened() as room:
        silent = [connect(room) for _ in range(serving.LIMITS.room + 50)]
        assert [get(room).status for _ in range(60)] == [200] * 60
        for line in silent:
            line.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
def test_in_a_full_room_the_greediest_client_gives_up_its_oldest_connection():
    with opened(bytes(8_000_000), limits=serving.LIMITS._replace(room=5)) as room:
        held = [ask_slowly(room, "127.0.0.2") for _ in range(4)]
        other = ask_slowly(room, "127.0.0.3")
        assert get(room, source="127.0.0.4").status == 200
        with held.pop(0) as line:
            assert len(received(line)) < 8_000_000  # it was reset
        wait_until(lambda: room.server.visitors == 4)
        held.append(ask_slowly(room, "127.0.0.2"))
        with connect(room, "127.0.0.2") as line:  # who holds most gets no further one
            assert read(received(line)).status == 429
        for line in (*held, other):
            assert len(received(line)) > 8_000_000 - 12
            line.close()


def test_an_address_of_ipv6_is_counted_with_its_network():
    assert (
        serving.client_of("2001:db8::1") == serving.client_of("2001:db8::ffff:1") != serving.client_of("2001:db8:1::1")
    )
    assert serving.client_of("::ffff:192.0.2.7") == serving.client_of("192.0.2.7") == "192.0.2.7"
    assert serving.client_of("fe80::1%eth0") == "fe80::/64"


# ---------------------------------------------------------------------------------------- addresses and printing


def test_ipv6_is_served_too():
    try:
        opening.listen(ServerOptions(host="::1", port=0)).close()
    except ScenarioError:
        pytest.skip("this machine has no IPv6")
    with opened(host="::1") as room:
        assert get(room).status == 200
        assert get(room, Host="[::1]").status == 421
    with opened(host="::") as room:
        assert get(room._replace(host="::1")).status == 200
        if socket.has_dualstack_ipv6():
            assert get(room._replace(host="127.0.0.1")).status == 200


def test_addresses_that_nobody_else_can_open_are_left_out():
    both = (socket.AF_INET, socket.AF_INET6)
    given = ["fd00::2", "127.0.0.1", "10.0.0.7", "169.254.1.1", "::1", "fe80::1", "0.0.0.0", "10.0.0.7", "224.0.0.1"]
    assert addresses.usable(given, both) == ["10.0.0.7", "fd00::2"]
    assert addresses.usable(given, both[:1]) == ["10.0.0.7"]


def test_addresses_found_are_of_this_machine():
    for address in addresses.of_network(socket.AF_INET6):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as own:
            own.bind((address, 0))


def test_a_network_without_a_way_out_is_found_too(monkeypatch):
    everywhere = addresses.of_network(socket.AF_INET)
    monkeypatch.setattr(addresses, "FAR", ())
    assert sorted(addresses.of_network(socket.AF_INET)) == sorted(everywhere)


class Terminal(io.TextIOWrapper):
    """A terminal that shows the characters of an encoding."""

    def __init__(self, encoding):
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self):
        return True


def invited(host, monkeypatch, found=("192.168.1.7",), encoding="utf-8"):
    monkeypatch.setattr(addresses, "of_network", lambda family: list(found))
    with opening.listen(ServerOptions(host=host, port=0)) as taken:
        return opening.invitation(taken, Terminal(encoding)), taken.getsockname()[1]


def test_the_addresses_printed_are_those_that_others_can_open(monkeypatch):
    shown, port = invited("0.0.0.0", monkeypatch, ["192.168.1.7", "fd00::2"])
    assert "0.0.0.0" not in shown
    assert re.findall(r"http://\S+", shown) == [
        f"http://127.0.0.1:{port}/",
        f"http://192.168.1.7:{port}/",
        f"http://[fd00::2]:{port}/",
    ]
    assert opening.OPEN in shown


def test_every_printed_address_is_answered(monkeypatch):
    monkeypatch.setattr(addresses, "of_network", lambda family: ["192.168.1.7", "fd00::2"])
    with opened(host="0.0.0.0") as room:
        for host in ("192.168.1.7", "[FD00::2]", "127.0.0.1", "localhost"):
            assert get(room, Host=f"{host}:{room.port}").status == 200
        assert get(room, Host=f"0.0.0.0:{room.port}").status == 421


def test_a_machine_without_a_network_and_one_that_is_alone_get_one_sentence(monkeypatch):
    assert invited("0.0.0.0", monkeypatch, [])[0].splitlines()[1:] == [opening.NO_NETWORK]
    assert invited("127.0.0.1", monkeypatch)[0].splitlines()[1:] == [opening.ALONE]


def modules(shown):
    """A QR code as it was printed, back in dark (True) and light modules."""
    rows = []
    for line in shown.splitlines():
        drawn = line.removeprefix(opening.BRIGHT).removesuffix(opening.PLAIN)
        levels = [opening.BLOCKS.index(sign) for sign in drawn]
        rows += [[level < 2 for level in levels], [level % 2 == 0 for level in levels]]
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_the_qr_code_is_that_of_the_first_network_address(monkeypatch, encoding):
    segno = pytest.importorskip("segno", reason="no QR codes: pip install 'alliance-sim[app]'")
    shown, port = invited("0.0.0.0", monkeypatch, encoding=encoding)
    code = "\n".join(line for line in shown.splitlines() if line.startswith(opening.BRIGHT))
    expected = segno.make(f"http://192.168.1.7:{port}/", error="l", micro=False).matrix_iter(border=opening.QUIET)
    expected = [[bool(module) for module in row] for row in expected]
    assert modules(code)[: len(expected)] == expected
    assert code.encode(encoding)


def test_where_no_qr_code_can_be_shown_one_sentence_says_so(monkeypatch):
    for encoding in ("ascii", "latin-1", "cp1252"):
        shown, _ = invited("0.0.0.0", monkeypatch, encoding=encoding)
        assert opening.ILLEGIBLE in shown.splitlines()
        assert shown.encode(encoding)
    monkeypatch.setenv("COLUMNS", "30")
    assert opening.ILLEGIBLE in invited("0.0.0.0", monkeypatch)[0]
    monkeypatch.setitem(sys.modules, "segno", None)
    monkeypatch.setattr(opening.importlib.util, "find_spec", lambda name: None)
    assert opening.MISSING in invited("0.0.0.0", monkeypatch)[0].splitlines()


# ------------------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["port=70000"], "port=70000 is outside [0, 65535]; type a value in that range."),
        (["port=x"], "port=x is not a whole number; type one in [0, 65535]."),
        (["prot=1"], "there is no key 'prot'; did you mean port?"),
        (["open=perhaps"], "open=perhaps is not true or false; type one of them."),
        (["8000"], "'8000' is not of the form key=value; such as alliance-sim app port=8001."),
        (["host="], "host= is no address of this machine; type host=127.0.0.1."),
        (["host=a..b"], "host=a..b is no address of this machine; type host=127.0.0.1."),
        (["host=198.51.100.7"], "host=198.51.100.7 is no address of this machine; type host=127.0.0.1."),
    ],
)
def test_what_cannot_be_opened_is_refused_in_one_sentence(words, said, capsys):
    assert main(["app", *words]) == 2
    assert capsys.readouterr() == ("", f"alliance-sim: {said}\n")


def test_a_port_that_is_taken_is_refused_with_one_that_is_free():
    with opening.listen(ServerOptions(port=0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ScenarioError, match=rf"port={port} cannot be used \(.+\); type another port, such as"
        ) as why:
            opening.listen(ServerOptions(port=port))
        opening.listen(ServerOptions(port=int(str(why.value).rpartition("=")[2].strip(".")))).close()


def test_after_the_last_port_any_free_one_is_named():
    assert opening._next_free(socket.AF_INET, ("127.0.0.1", 65_535)) == 0
    assert opening._next_free(socket.AF_INET, ("127.0.0.1", 80)) >= 8000


@pytest.mark.skipif(sys.platform == "win32", reason="the signal cannot be sent to one program alone there")
@pytest.mark.parametrize(("encoding", "ignored"), [("utf-8", False), ("ascii", True)])
def test_ctrl_c_closes_it_at_once_whoever_is_connected(encoding, ignored):
    """Also where it was begun with the signal ignored, as by a script in the background."""
    command = [sys.executable, "-m", "alliance_sim", "app", "port=0", "open=false", "host=0.0.0.0"]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    pipe = subprocess.PIPE
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else signal.getsignal(signal.SIGINT)
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment, encoding=encoding) as process:
        signal.signal(signal.SIGINT, before)
        try:
            ready = process.stdout.readline()
            port = int(re.search(r"^Ready: http://127.0.0.1:(\d+)/ \(Ctrl\+C closes it\)$", ready)[1])
            with socket.create_connection(("127.0.0.1", port), WAIT) as silent:
                with socket.create_connection(("127.0.0.1", port), WAIT) as line:
                    line.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
                    assert read(received(line)).body == app.page()
                process.send_signal(signal.SIGINT)
                out, said = process.communicate(timeout=WAIT)
                assert received(silent) == b""
        finally:
            process.kill()  # one that did not close must not keep the tests waiting
    assert (process.returncode, said) == (0, "Closed.\n")
    assert "http://0.0.0.0" not in out
