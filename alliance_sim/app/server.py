"""The web application: one page, one session a student, everything served from this machine."""

import functools
import gzip
import importlib.util
from pathlib import Path
from typing import Any

from shiny import App, Inputs, Outputs, Session, reactive, ui
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alliance_sim.app.desk import Desk
from alliance_sim.app.page import html
from alliance_sim.app.pool import Pool

STATIC = Path(__file__).parent / "static"
MOST_SESSIONS = 150  # open pages
FULL = "The classroom is full: {} pages are open. Close one and load this page again."


# The browser itself refuses to load anything from elsewhere, or to be shown inside another site's page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' ws: wss:; frame-ancestors 'self'; form-action 'none'"
)
DAY = 86_400  # seconds for which a browser keeps Plotly's script


def application() -> ASGIApp:
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

    app = App(ui.page_html(html()), server, static_assets={"/static": STATIC})
    app.sanitize_errors = True
    app.on_shutdown(pool.close)
    app.starlette_app.routes.insert(0, Route("/plotly.min.js", plotly))
    return guarded(app)


def guarded(app: ASGIApp) -> ASGIApp:
    """The same application with `POLICY` on every page."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await app(scope, receive, with_policy if scope["type"] == "http" else send)

    return served


def plotly(request: Request) -> Response:
    """Plotly's own script, packed: sixty phones load it at once."""
    headers = {"Content-Encoding": "gzip", "Cache-Control": f"max-age={DAY}"}
    return Response(packed(), media_type="text/javascript", headers=headers)


@functools.cache
def packed() -> bytes:
    """The script as Plotly's Python package brings it, packed; the package itself is not imported."""
    found = importlib.util.find_spec("plotly")
    assert found is not None  # `door` asked for it
    assert found.origin is not None
    return gzip.compress((Path(found.origin).parent / "package_data" / "plotly.min.js").read_bytes(), mtime=0)
