"""What one student's page asks for and gets: the latest question wins, an error ends nobody else's work."""

import asyncio
import functools
import json
import logging
from typing import Any

from alliance_sim.app.answers import ANSWERS
from alliance_sim.app.pool import Pool
from alliance_sim.app.state import State, parse
from alliance_sim.errors import ScenarioError

BROKEN = "This setting could not be computed ({}); change it and go on, nobody else's page is affected."

_log = logging.getLogger(__name__)


class PageRequests:
    """What one open page asks for: computed one at a time; of those that wait only the latest is answered."""

    def __init__(self, pool: Pool) -> None:
        """Ask a pool that all open pages share."""
        self._pool = pool
        self._turn = asyncio.Lock()
        self._asked = 0

    async def answer(self, query: str) -> bytes | None:
        """The answer to what a link's query shows, as JSON; None if a newer question has come.

        Its `kind` is the page's name, or `refused` with a sentence in `text`.
        """
        self._asked += 1
        number = self._asked
        async with self._turn:
            if number < self._asked:
                return None
            return await self._computed(query)

    async def _computed(self, query: str) -> bytes:
        try:
            state = parse(query)
            project, work = ANSWERS[state.page.value]
            asked = project(state)
            key = (state.page, asked)
            found: bytes = await self._pool.answer(key, functools.partial(_written, state.page.value, work, asked))
            return found
        except ScenarioError as error:
            return refusal(str(error))
        except Exception as error:
            _log.exception("a page failed: %s", query)
            return refusal(BROKEN.format(f"{type(error).__name__}: {error}"))


def _written(kind: str, work: Any, asked: State) -> bytes:
    """Compute an answer and write it, both in the pool's thread."""
    return json.dumps({"kind": kind, **work(asked)}, allow_nan=False).encode()


def refusal(text: str) -> bytes:
    """An answer that says in one sentence what was wrong."""
    return json.dumps({"kind": "refused", "text": text}).encode()
