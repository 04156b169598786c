"""The web application: one page, one session a student, everything served from this machine."""

import functools
import gzip
import importlib.util
from collections.abc import Callable
from pathlib import Path

from shiny import App, Inputs, Outputs, Session, reactive, ui
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alliance_sim.app.page import html
from alliance_sim.app.page_requests import PageRequests
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
        @session.on_ended
        def leave() -> None:
            open_pages.discard(session.id)

        full = len(open_pages) >= MOST_SESSIONS
        open_pages.add(session.id)
        # Asked over the session's own route: a message to Shiny makes it write to every open page.
        path = "" if full else session.dynamic_route("ask", answering(PageRequests(pool)))

        @reactive.effect
        async def welcome() -> None:
            await session.send_custom_message("address", {"path": path, "refused": FULL.format(MOST_SESSIONS)})
            if full:
                await session.close()

    app = App(ui.page_html(html()), server, static_assets={"/static": STATIC})
    app.sanitize_errors = True
    app.on_shutdown(pool.close)
    app.starlette_app.routes.insert(0, Route("/plotly.min.js", plotly))
    return guarded(app)


def answering(page: PageRequests) -> Callable[[Request], ASGIApp]:
    """The route on which one session asks: the link's query in `link`, the answer as JSON, nothing if it is late."""

    def ask(request: Request) -> ASGIApp:
        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            content = await page.answer(request.query_params.get("link", ""))
            late = content is None
            headers = {"Cache-Control": "no-store"}
            made = Response(content, 204 if late else 200, headers, None if late else "application/json")
            await made(scope, receive, send)

        return respond

    return ask


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
    assert found is not None  # `missing` looked for it
    assert found.origin is not None
    return gzip.compress((Path(found.origin).parent / "package_data" / "plotly.min.js").read_bytes(), mtime=0)
