"""The web application: one page, one session a student, everything served from this machine."""

import importlib.util
from pathlib import Path
from typing import Any

from shiny import App, Inputs, Outputs, Session, reactive, ui

from alliance_sim.app.desk import Desk
from alliance_sim.app.page import html
from alliance_sim.app.pool import Pool

STATIC = Path(__file__).parent / "static"
MOST_SESSIONS = 150  # open pages
FULL = "The classroom is full: {} pages are open. Close one and load this page again."


def application() -> App:
    """Make the classroom; it computes nothing until a page asks."""
    pool = Pool()
    open_pages: set[str] = set()

    def server(input: Inputs, output: Outputs, session: Session) -> None:
        async def send(kind: str, content: dict[str, Any]) -> None:
            await session.send_custom_message(kind, content)

        if len(open_pages) >= MOST_SESSIONS:
            full = FULL.format(MOST_SESSIONS)

            @reactive.effect
            async def turn_away() -> None:
                await send("refused", {"text": full, "asked": ""})
                await session.close()

            return
        open_pages.add(session.id)
        desk = Desk(pool, send)

        @session.on_ended
        def leave() -> None:
            open_pages.discard(session.id)
            desk.leave()

        @reactive.effect
        @reactive.event(input.query)
        def asked() -> None:
            desk.ask(str(input.query()))

    app = App(ui.page_html(html()), server, static_assets={"/static": STATIC, "/plotly.min.js": plotly()})
    app.sanitize_errors = True
    app.on_shutdown(pool.close)
    return app


def plotly() -> Path:
    """Plotly's own script, as its Python package brings it; the package itself is not imported."""
    found = importlib.util.find_spec("plotly")
    assert found is not None  # `door` asked for it
    assert found.origin is not None
    return Path(found.origin).parent / "package_data" / "plotly.min.js"
