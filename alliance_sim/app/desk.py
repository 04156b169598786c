"""What one student's page asks for and gets: the latest question wins, an error ends nobody else's work."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from alliance_sim.app.answers import ANSWERS
from alliance_sim.app.pool import Pool
from alliance_sim.app.state import State, parse
from alliance_sim.protocol import ScenarioError

Send = Callable[[str, dict[str, Any]], Awaitable[None]]
BROKEN = "This setting could not be computed: {}. Change it and go on; nobody else's page is affected."

_log = logging.getLogger(__name__)


class Desk:
    """One session. While it computes, newer questions replace the one that waits, so a queue cannot grow."""

    def __init__(self, pool: Pool, send: Send) -> None:
        """Sit down; `send` takes a kind of message and its content."""
        self._pool, self._send = pool, send
        self._wanted: str | None = None
        self._work: asyncio.Task[None] | None = None

    def ask(self, query: str) -> None:
        """Ask for what a link shows; the answer is sent when it is there."""
        self._wanted = query
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._serve())

    def leave(self) -> None:
        """Stop working for a page that is closed."""
        self._wanted = None
        if self._work is not None:
            self._work.cancel()

    async def _serve(self) -> None:
        while self._wanted is not None:
            query, self._wanted = self._wanted, None
            kind, content = await self._answer(query)
            if self._wanted is None or kind != "refused":
                await self._send(kind, {**content, "asked": query})

    async def _answer(self, query: str) -> tuple[str, dict[str, Any]]:
        """Kind and content of the answer to one link."""
        try:
            state = parse(query)
            kind = state.page.value
            project, work = ANSWERS[kind]
            asked: State = project(state)
            return kind, await self._pool.answer((kind, asked), functools.partial(work, asked))
        except ScenarioError as error:
            return "refused", {"text": str(error)}
        except Exception as error:
            _log.exception("a page failed: %s", query)
            return "refused", {"text": BROKEN.format(f"{type(error).__name__}: {error}".rstrip("."))}
