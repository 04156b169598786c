"""How the classroom is opened: its address, what is compiled before it says ready, and how it ends."""

import importlib.util
import socket
import sys
import threading
import time
import webbrowser
from typing import Annotated

from alliance_sim.errors import ScenarioError
from alliance_sim.model.configurable import configurable
from alliance_sim.model.registry import Quantity as Q
from alliance_sim.world.configuration import from_words

MISSING = 'the classroom needs {}; type pip install "alliance-sim[app]".'
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST = 65_536  # bytes of what a page may send at once
GRACE = 2  # seconds that open pages get when the classroom closes
CHOICE = "a choice of the teacher"


@configurable
class ServerOptions:
    """Where the classroom is found; `port=0` takes any free one."""

    host: str = "127.0.0.1"
    port: Annotated[int, Q("port", "1", 0, 65_535, CHOICE, "Port of the web page.")] = 8000
    open: bool = True


def server_options(words: list[str]) -> ServerOptions:
    """Read `key=value` words.

    Raises:
        ScenarioError: A key is unknown or a value is not allowed.
    """
    return from_words(ServerOptions, words, "alliance-sim app port=8001")


def missing() -> str:
    """Say which package of the extra is not there; empty if none is missing."""
    absent = [name for name in ("shiny", "plotly", "uvicorn") if importlib.util.find_spec(name) is None]
    return MISSING.format(absent[0]) if absent else ""


def listen(at: ServerOptions) -> socket.socket:
    """Take the address.

    Raises:
        ScenarioError: It is taken or not an address of this machine.
    """
    try:
        family = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as error:
        raise ScenarioError(f"host={at.host} is no address of this machine; type host=127.0.0.1.") from error
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((at.host, at.port))
        taken.listen()  # who comes before the model is ready waits
    except OSError as error:
        taken.close()
        raise ScenarioError(
            f"host={at.host} port={at.port} cannot be used ({error.strerror}); "
            f"type another port, such as port={at.port + 1}."
        ) from error
    return taken


def warm() -> None:
    """Compile what pages need by computing one small page of each kind."""
    from alliance_sim.app.answers import ANSWERS
    from alliance_sim.app.state import amended

    for kind, (project, work) in ANSWERS.items():
        work(project(amended([("page", kind), ("patients", "4")])))


def serve(at: ServerOptions) -> None:
    """Open the classroom and keep it open until it is interrupted.

    Raises:
        ScenarioError: The address cannot be used.
    """
    taken = listen(at)
    import uvicorn

    from alliance_sim.app.server import application, packed

    began = time.monotonic()
    print("Getting the model ready (the first time it is compiled, which takes half a minute) …", flush=True)
    warm()
    packed()
    address = f"http://{f'[{at.host}]' if ':' in at.host else at.host}:{taken.getsockname()[1]}/"
    settings = uvicorn.Config(
        application(),
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=LARGEST,
        timeout_graceful_shutdown=GRACE,
    )
    if at.host not in LOOPBACK:
        print("Everyone on this network can open the page; host=127.0.0.1 keeps it to this machine.", flush=True)
    print(f"Ready after {time.monotonic() - began:.0f} s: {address} (Ctrl+C closes it)", flush=True)
    if at.open:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        uvicorn.Server(settings).run(sockets=[taken])
    except KeyboardInterrupt:  # how it is meant to end
        print("Closed.", file=sys.stderr)
