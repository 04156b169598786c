"""The classroom's file, and a browser that notes every request, every error and every page it closes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alliance_sim.cli.entry import main

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUIET += ["--disable-sync", "--headless"]
PATIENCE = 15_000  # milliseconds to wait for an answer


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


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, written as a teacher would."""
    place = tmp_path_factory.mktemp("stick") / "classroom.html"
    assert main(["classroom", f"out={place}"]) == 0
    return place


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    """Open the file without a network; at the end, nothing may have been asked for elsewhere or gone wrong."""
    contexts, outside, wrong = [], [], []

    def open_file(fragment: str = "", width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        own = (file.as_uri(), "data:", "blob:")
        page.on("request", lambda request: request.url.startswith(own) or outside.append(request.url))
        page.on("websocket", lambda socket: outside.append(socket.url))
        page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{file.as_uri()}#{fragment}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert not outside
    assert not wrong
