"""The server of one page: who may ask, how often, and how long an answer may take.

It holds the page in memory and reads no file. A connection carries one request and is then closed, so that nobody keeps
a place between requests and nothing after the first one is read as another. `Limits` gives the reasons for its numbers.
"""

import asyncio
import contextlib
import gzip
import hashlib
import ipaddress
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Collection
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

END = b"\r\n\r\n"  # of a request's head
CHUNK = 16_384  # bytes handed to the network at once
HELD = 32_768  # bytes that the network may hold of one answer, so that a client that does not read is noticed
PAUSE = 0.1  # seconds until the next try, where the machine has no handle left for a connection
AGAIN = "5"  # seconds after which one that was refused may ask again
FORGET = 1.0  # seconds between two looks for addresses whose requests are long past
MOST_NOTED = 20  # refused hosts and origins that are shown, so that nobody can fill the terminal
SHOWN = 80  # characters of one
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VISIBLE = re.compile(r"[\t\x20-\x7e]*")
UNFIT = {"\0", "\r", "\n"}  # in no header
ONCE = {"host", "origin"}  # headers of which there is one
PATHS = ("/", "/classroom.html")
ICON = "/favicon.ico"
RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # closed without waiting for the other side

# The browser itself refuses to load, send or embed anything that is not in the page.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
ALWAYS = {
    "Connection": "close",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Limits(NamedTuple):
    """What one client may take; every number is an assumption of ours, for a class of sixty.

    A client is an IPv4 address or an IPv6 network of 64 bits, of which one machine may use all addresses. A whole class
    can stand behind one of either, so that the limits are those of a class: its pages come within seconds, and who asks
    in a loop gets no more than a class does.

    Attributes:
        head: Bytes of a request's head: a browser sends less than 2,000, and more where other programs on this machine
            left cookies, which it sends to all of them.
        request: Seconds in which the head must be there: it is one packet.
        at_once: Requests of one client that are answered at once: sixty phones ask for the page and for an icon.
        rate: Further ones a second, so in t seconds at most `at_once` + `rate` t; others wait for their turn, in the
            order in which they came. Pages of 300 kB then fill 96 Mbit/s, which a room's network carries.
        connections: Open ones of one client; a further one takes the place of the oldest that has not asked yet, or is
            refused. Sixty visitors with two each, as browsers open one ahead, fit beside thirty who ask in six loops
            each, and who waits longest waits 300 / 40 s.
        delay: Seconds until one that is refused for this hears so, so that a loop of refusals does not keep the machine
            busy. Who shares an address with more than these has to come again until a place is free.
        room: Open connections in all: those of one client leave a hundred to others. In a full room the client that has
            most gives up its oldest one to a client that has fewer.
        stall: Seconds in which a client must read 16,384 bytes, and hang up after it has all. Of an answer the network
            holds 65,536 bytes at most, so 52 kbit/s are enough, sixty times over a bad network of 3 Mbit/s.
        answer: Seconds for a whole answer: 300 kB at 40 kbit/s.
        left: Bytes after the head that are read and dropped before the connection is cut.
    """

    head: int = 16_384
    request: float = 5.0
    at_once: int = 120
    rate: float = 40.0
    connections: int = 300
    delay: float = 1.0
    room: int = 400
    stall: float = 10.0
    answer: float = 60.0
    left: int = 65_536


LIMITS = Limits()


class RequestError(Exception):
    """A request that is answered by one sentence."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None, note: str = "") -> None:
        """Say why, and what is shown to who opened the classroom."""
        super().__init__(sentence)
        self.status, self.sentence, self.headers, self.note = status, sentence, headers or {}, note


class Request(NamedTuple):
    """The head of one request: names of headers in lower case, `authority` the host of a target written in full."""

    method: str
    path: str
    authority: str | None
    headers: dict[str, str]


class Answer(NamedTuple):
    """An answer as it goes over the network; all answers share the bytes of the page."""

    head: bytes
    body: bytes


class Page:
    """What is handed out: the page, plain and packed, each with its tag."""

    def __init__(self, content: bytes) -> None:
        """Pack it once."""
        tag = hashlib.sha256(content).hexdigest()[:32]
        self.plain, self.packed = content, gzip.compress(content, mtime=0)
        self.tag, self.packed_tag = f'"{tag}"', f'"{tag}-gzip"'


def parsed(head: bytes) -> Request:
    """Read a request's head.

    Raises:
        RequestError: It is not one of HTTP/1.0 or HTTP/1.1.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not TOKEN.fullmatch(words[0]) or not VISIBLE.fullmatch(first):
        raise RequestError(400, "This is no request that a browser sends.")
    method, target, version = words
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise RequestError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if not colon or not TOKEN.fullmatch(name) or UNFIT & set(value) or name in headers.keys() & ONCE:
            raise RequestError(400, "A header of this request cannot be read.")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    authority = None
    if target[:7].lower() == "http://":
        authority, slash, rest = target[7:].partition("/")
        target = slash + rest
    return Request(method, target.partition("?")[0] or "/", authority, headers)


def checked(request: Request, hosts: Collection[str]) -> None:
    """Refuse what was not sent to one of these hosts or comes from a page of another one.

    Raises:
        RequestError: The host is absent or unknown, the origin is unknown, or the method is not one that reads.
    """
    if "host" not in request.headers:
        raise RequestError(400, "This request names no host.")
    for host in (request.headers["host"], request.authority):
        if host is not None and host.lower() not in hosts:
            sentence = "The classroom answers only at the addresses that it prints when it is opened."
            raise RequestError(421, sentence, note=f"a request for the host {host[:SHOWN]!a}")
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in {f"http://{host}" for host in hosts}:
        note = f"a request by a page of {origin[:SHOWN]!a}"
        raise RequestError(403, "Pages of other sites may not ask here.", note=note)
    if request.method not in ("GET", "HEAD"):
        raise RequestError(405, "The page can be read and nothing else: GET or HEAD.", {"Allow": "GET, HEAD"})


def answered(request: Request, page: Page) -> Answer:
    """The answer to a request that was checked.

    Raises:
        RequestError: There is nothing at its path.
    """
    if request.path == ICON:
        return written(204, {"Cache-Control": "max-age=86400"})
    if request.path not in PATHS:
        raise RequestError(404, "There is one page here, at the address / alone.")
    packed = takes_gzip(request.headers.get("accept-encoding", ""))
    body, tag = (page.packed, page.packed_tag) if packed else (page.plain, page.tag)
    headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept-Encoding"}
    if holds(request.headers.get("if-none-match", ""), tag):
        return written(304, headers)
    headers["Content-Type"] = "text/html; charset=utf-8"
    if packed:
        headers["Content-Encoding"] = "gzip"
    return written(200, headers, body, bodiless=request.method == "HEAD")


def takes_gzip(accepted: str) -> bool:
    """True if a header Accept-Encoding names gzip with a weight above 0."""
    for choice in accepted.lower().split(","):
        name, *settings = (part.strip() for part in choice.split(";"))
        if name == "gzip":
            return not any(re.fullmatch(r"q=0(\.0*)?", setting) for setting in settings)
    return False


def holds(tags: str, tag: str) -> bool:
    """True if a header If-None-Match names this tag."""
    return tags.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in tags.split(","))


def written(status: int, headers: dict[str, str], body: bytes = b"", bodiless: bool = False) -> Answer:
    """An answer with what belongs to every one of them; without its body where only its head is asked for."""
    lines = {"Date": formatdate(usegmt=True), **ALWAYS, **headers}
    if status not in (204, 304):
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    return Answer(f"{first}{head}\r\n".encode("ascii"), b"" if bodiless else body)


def refused(refusal: RequestError, bodiless: bool = False) -> Answer:
    """A refusal as it goes over the network: its sentence as plain text."""
    headers = {"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8", **refusal.headers}
    return written(refusal.status, headers, f"{refusal.sentence}\n".encode(), bodiless)


def too_many() -> RequestError:
    """A connection above the limits of its client; a browser loads the page again by itself."""
    sentence = "Too many ask for the page at once; it loads again by itself."
    return RequestError(429, sentence, {"Retry-After": AGAIN, "Refresh": AGAIN})


def client_of(address: str) -> str:
    """Who is counted as one client: an IPv4 address, or an IPv6 network of 64 bits."""
    found = bare(address)
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def bare(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address without the name of its interface; IPv4 within IPv6 as itself.

    Raises:
        ValueError: It is none.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


class Pace:
    """When each client's next request is due; what it keeps is forgotten soon after."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody has asked yet."""
        self._limits, self._clock = limits, clock
        self._due: dict[str, float] = {}  # when all requests of a client so far are spread out at `rate`
        self._tidied = clock()

    def turn(self, client: str) -> float:
        """Seconds that one more request of this client has to wait."""
        now, limits = self._clock(), self._limits
        if now - self._tidied > FORGET:
            self._tidied, self._due = now, {name: due for name, due in self._due.items() if due > now}
        due = self._due[client] = max(now, self._due.get(client, now)) + 1 / limits.rate
        return max(0.0, due - now - limits.at_once / limits.rate)


Connections = dict["asyncio.Task[None]", bool]  # in the order in which they came: True if it has not asked yet


class Server:
    """Hands out one page over a socket that listens."""

    def __init__(
        self,
        listening: socket.socket,
        content: bytes,
        hosts: Collection[str],
        limits: Limits = LIMITS,
        note: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    ) -> None:
        """Prepare all answers.

        Args:
            listening: Where visitors come in.
            content: The page.
            hosts: What a request may name as its host, in lower case, with the port where it is not 80.
            limits: What one client may take.
            note: Shows a line to who opened the classroom.
        """
        self._listening, self._page, self._hosts = listening, Page(content), frozenset(hosts)
        self._limits, self._note = limits, note
        self._pace = Pace(limits)
        self._clients: dict[str, Connections] = {}
        self._noted: set[str] = set()

    @property
    def visitors(self) -> int:
        """Connections that are open."""
        return sum(map(len, self._clients.values()))

    async def run(self) -> None:
        """Answer until this is cancelled."""
        loop = asyncio.get_running_loop()
        self._listening.setblocking(False)
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD)  # as do all that come in by it
        try:
            while True:
                try:
                    connection, peer = await loop.sock_accept(self._listening)
                except OSError:  # no handle left, or gone before it was taken
                    await asyncio.sleep(PAUSE)
                    continue
                if peer:
                    self._welcome(connection, client_of(peer[0]))
                else:  # gone before it was taken, as some systems say it
                    connection.close()
                await asyncio.sleep(0)  # where many wait at the door, those inside get their turn too
        finally:
            tasks = [task for connections in self._clients.values() for task in connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _welcome(self, connection: socket.socket, client: str) -> None:
        """Give a connection a place, or refuse it where nobody else has to give up one."""
        own, limits = len(self._clients.get(client, ())), self._limits
        crowded = own >= limits.connections and not self._freed(client)
        if self.visitors >= limits.room:
            greediest = max(self._clients, key=lambda name: len(self._clients[name]))
            fair = own + 1 < len(self._clients[greediest])
            if not (self._freed(greediest, silent=False) if fair else self._freed(client)):
                with contextlib.suppress(OSError):  # said as well as it can be: there is no place to wait for a request
                    connection.send(b"".join(refused(too_many())))
                connection.close()
                return
        task = asyncio.get_running_loop().create_task(self._converse(connection, client, crowded))
        self._clients.setdefault(client, {})[task] = True

        def closed(task: "asyncio.Task[None]") -> None:
            self._leave(client, task)
            connection.close()

        task.add_done_callback(closed)

    def _freed(self, client: str, silent: bool = True) -> bool:
        """Close the oldest connection of a client, of those alone that have not asked yet; False if there is none."""
        for task, is_silent in self._clients.get(client, {}).items():
            if is_silent or not silent:
                self._leave(client, task)
                task.cancel()
                return True
        return False

    def _leave(self, client: str, task: "asyncio.Task[None]") -> None:
        """Free a place; nothing happens if it is free already."""
        connections = self._clients.get(client, {})
        connections.pop(task, None)
        if not connections:
            self._clients.pop(client, None)

    def _has_asked(self, client: str) -> None:
        """Note that the present connection waits for its answer, so that no other takes its place for its silence."""
        task = asyncio.current_task()
        if task is not None and task in self._clients.get(client, {}):
            self._clients[client][task] = False

    async def _converse(self, connection: socket.socket, client: str, crowded: bool) -> None:
        """Answer one request and close."""
        writer, ended = None, False
        try:
            reader, writer = await asyncio.open_connection(sock=connection, limit=self._limits.head)
            answer = await self._answer(reader, client, crowded, writer.get_extra_info("sockname"))
            if answer is not None:
                await self._send(writer, answer)
                await self._hang_up(reader, writer)
            ended = True
        except (OSError, TimeoutError):  # it went away, or takes too long
            pass
        finally:
            if not ended:  # else the system would go on trying to hand over what nobody reads
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if writer is not None:
                writer.transport.abort()

    async def _answer(
        self, reader: asyncio.StreamReader, client: str, crowded: bool, here: tuple[str, int]
    ) -> Answer | None:
        """Read a request and find its answer; None where nothing was asked."""
        bodiless = False
        try:
            head = await self._head(reader)
            if head is None:
                return None
            self._has_asked(client)
            if crowded:
                await asyncio.sleep(self._limits.delay)
                raise too_many()
            await asyncio.sleep(self._pace.turn(client))
            request = parsed(head)
            bodiless = request.method == "HEAD"
            checked(request, self._hosts | host_names([here[0]], here[1]))
            return answered(request, self._page)
        except RequestError as refusal:
            self._note_once(refusal.note)
            return refused(refusal, bodiless)

    async def _head(self, reader: asyncio.StreamReader) -> bytes | None:
        """The head of a request, without its end; None if none came, as from a browser that connects ahead.

        Raises:
            RequestError: It is too long or takes too long.
        """
        got = b""
        try:
            async with asyncio.timeout(self._limits.request):
                while END not in got and len(got) <= self._limits.head:
                    more = await reader.read(CHUNK)
                    if not more:
                        return None
                    got += more
        except TimeoutError:
            if not got:
                return None
            raise RequestError(408, f"A request must be there within {self._limits.request:g} s.") from None
        head = got.partition(END)[0]
        if len(head) > self._limits.head:
            raise RequestError(431, f"A request's head is at most {self._limits.head} bytes.")
        return head

    async def _send(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        writer.transport.set_write_buffer_limits(0)  # what is said to be sent is with the system
        async with asyncio.timeout(self._limits.answer):
            for part in (answer.head, *(answer.body[at : at + CHUNK] for at in range(0, len(answer.body), CHUNK))):
                async with asyncio.timeout(self._limits.stall):
                    writer.write(part)
                    await writer.drain()

    async def _hang_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait until the other side has closed too: closing at once would take back what it has not read yet."""
        writer.write_eof()
        left = self._limits.left
        async with asyncio.timeout(self._limits.stall):
            while left > 0 and (more := await reader.read(CHUNK)):
                left -= len(more)

    def _note_once(self, line: str) -> None:
        """Show what was refused, each once and only so many."""
        if not line or line in self._noted or len(self._noted) > MOST_NOTED:
            return
        self._noted.add(line)
        full = len(self._noted) > MOST_NOTED
        self._note("Further refused requests are not shown." if full else f"Refused: {line}.")


def host_names(addresses: Collection[str], port: int) -> frozenset[str]:
    """What requests for these addresses or names may say as their host, in lower case."""
    named = {bracketed(address).lower() for address in addresses}
    return frozenset({f"{name}:{port}" for name in named} | (named if port == 80 else set()))


def bracketed(address: str) -> str:
    """An address or name as it stands in a link: IPv6 in brackets."""
    try:
        found = bare(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else f"[{found}]"
