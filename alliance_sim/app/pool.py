"""Who computes: a bounded pool for all students, first come first served, each answer computed once and kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 1  # most of an answer holds the interpreter: a second thread made all answers slower
KEPT = 128  # answers of 10 to 150 kB; the least recently asked for is dropped


class Pool:
    """Computes what sessions ask for; equal questions share one answer, also while it is being computed."""

    def __init__(self, threads: int = THREADS, kept: int = KEPT) -> None:
        """Start without threads; they come with the first question."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="classroom")
        self._answers: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()
        self._kept = kept

    async def answer(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """The answer to a question, from memory or computed in a thread.

        Args:
            key: What the answer depends on, all of it.
            work: Computes it; what it raises is raised here and not kept.
        """
        found = self._answers.get(key)
        if found is None:
            found = asyncio.get_running_loop().run_in_executor(self._threads, work)
            self._answers[key] = found
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)
        else:
            self._answers.move_to_end(key)
        try:
            # A session that leaves must not take the answer away from the others that wait for it.
            return await asyncio.shield(found)
        except Exception:
            if self._answers.get(key) is found:
                del self._answers[key]
            raise

    def close(self) -> None:
        """Give the threads back; questions not begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
