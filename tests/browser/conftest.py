"""A classroom that is open, and a browser that notes every request, every error and every page it closes."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import alliance_sim

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--headless"]
PATIENCE = 15_000  # milliseconds to wait for an answer


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Open the classroom as a teacher would, on a free port; it must close when interrupted."""
    pytest.importorskip("shiny", reason="the classroom is not installed: pip install 'alliance-sim[app]'")
    path = os.pathsep.join([str(Path(alliance_sim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "alliance_sim", "app", "port=0", "open=false"]
    environment = os.environ | {"PYTHONPATH": path}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as server:
        assert server.stdout is not None
        found = None
        while found is None and (line := server.stdout.readline()):
            found = re.search(r"http://\S+", line)
        assert found, "the classroom did not open"
        yield found[0]
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


@pytest.fixture(scope="module")  # its driver holds an event loop, which must not outlive the module
def browser() -> Iterator[Any]:
    """A browser without a window."""
    driver = pytest.importorskip("playwright.sync_api", reason="no browser driver: pip install 'alliance-sim[browser]'")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with driver.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open a link in a browser context of its own; at the end, nothing may have gone elsewhere or wrong."""
    contexts, outside, wrong = [], [], []

    def open_link(query: str = "", width: int = 1600, height: int = 1000, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        own = (address, address.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda request: request.url.startswith(own) or outside.append(request.url))
        page.on("websocket", lambda socket: socket.url.startswith(own) or outside.append(socket.url))
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address + query)
        answered(page)
        return page

    yield open_link
    for context in contexts:
        context.close()
    assert not outside
    assert not wrong


def answered(page: Any, query: str | None = None) -> None:
    """Wait until the answer to the latest question, or to this one, is on the page."""
    wanted = "html[data-asked]" if query is None else f"html[data-asked='{query}']"
    page.wait_for_selector(wanted, state="attached")
