"""How the classroom is opened: its address, what is printed for those who join, and how it ends."""

import asyncio
import contextlib
import errno
import importlib.util
import shutil
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import Annotated, TextIO

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity as Q
from alliance_sim.web import addresses
from alliance_sim.web.serving import LIMITS, Limits, Server, bare, bracketed, host_names
from alliance_sim.world.configuration import from_words

CHOICE = "a choice of the teacher"
LAST_PORT = 65_535
QUEUE = 512  # who comes while others are let in waits here
OWN_HANDLES = 100  # files and sockets that the program itself has open
LOOPBACK = ("localhost", "127.0.0.1", "::1")  # names by which this machine calls itself
EVERYWHERE = ("0.0.0.0", "::")  # where it listens to who comes from any network
MISSING = 'No QR code: it needs segno; type pip install "alliance-sim[app]".'
ILLEGIBLE = "No QR code: this terminal cannot show one; type the address into the phone."
ALONE = "Only this machine can open it; host=0.0.0.0 lets phones on the same network join."
OPEN = "Everyone on this network can open the page; host=127.0.0.1 keeps it to this machine."
NO_NETWORK = "This machine is in no network that others could join by; connect it to one and type the command again."
BLOCKS = " ▄▀█"  # no, the lower, the upper and both halves of a character are light
QUIET = 4  # light modules around the code, as its standard asks
BRIGHT, PLAIN = "\x1b[97;40m", "\x1b[0m"  # white on black, whatever the terminal's own colours


@configurable
class ServerOptions:
    """Where the classroom is found; `port=0` takes any free one."""

    host: str = "127.0.0.1"
    port: Annotated[int, Q("port", "1", 0, LAST_PORT, CHOICE, "Port of the web page.")] = 8000
    open: bool = True


def server_options(words: list[str]) -> ServerOptions:
    """Read `key=value` words.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed.
    """
    return from_words(ServerOptions, words, "alliance-sim app port=8001")


def listen(at: ServerOptions) -> socket.socket:
    """Take the address.

    Raises:
        ScenarioError: It is taken or not an address of this machine.
    """
    foreign = f"host={at.host} is no address of this machine; type host=127.0.0.1."
    try:
        family, *_, place = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)[0]
    except (OSError, ValueError) as error:  # the second where it cannot be a name
        raise ScenarioError(foreign) from error
    try:
        return _bound(family, place)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise ScenarioError(foreign) from error
        raise ScenarioError(
            f"host={at.host} port={at.port} cannot be used ({error.strerror}); "
            f"type another port, such as port={_next_free(family, place)}."
        ) from error


def _bound(family: socket.AddressFamily, place: tuple[object, ...]) -> socket.socket:
    """A socket that listens there; at the IPv6 address of all interfaces it takes IPv4 too."""
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where the other option would let two programs share a port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and socket.has_dualstack_ipv6():
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        taken.bind(place)
        taken.listen(QUEUE)
    except OSError:
        taken.close()
        raise
    return taken


def _next_free(family: socket.AddressFamily, place: tuple[object, ...]) -> int:
    """The first port after this one, and not below 8000, that is free; 0, which takes any, if that is far away."""
    host, port, *rest = place
    assert isinstance(port, int)
    first = max(port + 1, 8000)
    for other in range(first, min(first + 100, LAST_PORT + 1)):
        try:
            _bound(family, (host, other, *rest)).close()
        except OSError:
            continue
        return other
    return 0


def _allow_handles(connections: int) -> None:
    """Ask the system for a handle for every connection, where it grants few unless it is asked."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = connections + OWN_HANDLES
        if soft != resource.RLIM_INFINITY and soft < wanted and (hard == resource.RLIM_INFINITY or hard >= wanted):
            with contextlib.suppress(OSError, ValueError):  # else who comes when there is none left waits
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def places(taken: socket.socket) -> tuple[str, list[str]]:
    """Links to the classroom.

    Args:
        taken: The socket that listens.

    Returns:
        The one for this machine, and those that others on its network can open, the likeliest first.
    """
    host, port = taken.getsockname()[:2]
    others = []
    if bare(host).is_unspecified:
        others = addresses.of_network(taken.family)
        host = "127.0.0.1" if taken.family == socket.AF_INET or socket.has_dualstack_ipv6() else "::1"
    elif not bare(host).is_loopback:
        others = [host]
    return _link(host, port), [_link(other, port) for other in others]


def _link(host: str, port: int) -> str:
    return f"http://{bracketed(host)}:{port}/"


def hosts(given: str, taken: socket.socket) -> frozenset[str]:
    """What a request may name as its host: what is printed, the host as given, and this machine's names for itself.

    The address of all interfaces is none of them: only a page that attacks programs of this machine asks for it.
    """
    own, others = places(taken)
    printed = {link.removeprefix("http://").strip("/") for link in (own, *others)}
    names = host_names([given, *LOOPBACK], taken.getsockname()[1])
    return frozenset(printed) | names - host_names(EVERYWHERE, taken.getsockname()[1])


def invitation(taken: socket.socket, out: TextIO) -> str:
    """What is printed when the classroom is open: where it is found, and how phones join.

    Args:
        taken: The socket that listens.
        out: Where it is printed.
    """
    own, others = places(taken)
    lines = [f"Ready: {own} (Ctrl+C closes it)"]
    if others:
        lines += ["Others on this network open:", *(f"  {link}" for link in others), qr_code(others[0], out), OPEN]
    else:
        lines.append(NO_NETWORK if bare(taken.getsockname()[0]).is_unspecified else ALONE)
    return "\n".join(lines)


def qr_code(link: str, out: TextIO) -> str:
    """A QR code of a link in characters of half a line each; where it cannot be shown, one sentence that says so."""
    if importlib.util.find_spec("segno") is None:
        return MISSING
    import segno

    rows = half_blocks([list(row) for row in segno.make(link, error="l", micro=False).matrix_iter(border=QUIET)])
    try:
        BLOCKS.encode(out.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return ILLEGIBLE
    if not out.isatty():
        return "\n".join(rows)
    if shutil.get_terminal_size().columns < len(rows[0]):
        return ILLEGIBLE
    coloured = sys.platform != "win32"  # older terminals there print the signs that choose a colour
    return "\n".join(f"{BRIGHT}{row}{PLAIN}" if coloured else row for row in rows)


def half_blocks(dark: list[list[int]]) -> list[str]:
    """A picture of dark (1) and light (0) modules, two rows a line: light ones are drawn, as on a dark terminal."""
    wide = len(dark[0])
    even = [*dark, [1] * wide] if len(dark) % 2 else dark
    return [
        "".join(BLOCKS[2 * (not above) + (not below)] for above, below in zip(*pair, strict=True))
        for pair in zip(even[::2], even[1::2], strict=True)
    ]


def serve(at: ServerOptions, page: Callable[[], bytes], limits: Limits = LIMITS) -> None:
    """Open the classroom and keep it open until it is interrupted.

    Args:
        at: Where.
        page: Makes the page, once.
        limits: What one client may take.

    Raises:
        ScenarioError: The address cannot be used.
    """
    if threading.current_thread() is threading.main_thread():  # also where a script began it in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with listen(at) as taken:
        try:
            _allow_handles(limits.room)
            server = Server(taken, page(), hosts(at.host, taken), limits)
            print(invitation(taken, sys.stdout), flush=True)
            if at.open:
                threading.Thread(target=webbrowser.open, args=(places(taken)[0],), daemon=True).start()
            asyncio.run(server.run())
        except KeyboardInterrupt:  # how it is meant to end
            print("Closed.", file=sys.stderr)
