"""Which engine a study's batches run on as it goes: NumPy at once, the lanes as soon as they are compiled."""

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from alliance_sim.study.engines import EngineName, pick
from alliance_sim.study.point_worlds import Worlds
from alliance_sim.study.progress import Signs

if TYPE_CHECKING:
    from alliance_sim.engine.ahead import Ahead


class Choice:
    """Chooses the engine; compiles in the background where that will pay. Results do not depend on it."""

    def __init__(self, name: EngineName, shown: bool | None = None) -> None:
        """Choose nothing yet.

        Args:
            name: What was asked for.
            shown: Whether to say on standard error that an engine that was asked for by name is being compiled.
        """
        self._name, self._shown, self._stack = name, shown, ExitStack()
        self._ahead: Ahead | None = None

    def __enter__(self) -> "Choice":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def now(self, worlds: Worlds, replicates: int) -> EngineName:
        """The engine for what begins now; lanes that were asked for by name are waited for.

        Args:
            worlds: All points of the study.
            replicates: How many replicates it has.

        Raises:
            AllianceError: Lanes that were asked for by name cannot be compiled.
        """
        picked = pick(self._name, worlds, replicates)
        if picked is not EngineName.lanes:
            return picked
        if self._ahead is None:
            from alliance_sim.engine.ahead import Ahead

            self._ahead = self._stack.enter_context(Ahead())
        if self._name is EngineName.lanes:
            with Signs(self._ahead.said, self._shown):
                self._ahead.wait()
        return EngineName.lanes if self._ahead.ready else EngineName.numpy

    def while_best[T](self, engine: EngineName, work: Iterator[T]) -> Iterator[T]:
        """Yield work for an engine until a faster one is ready; what is left stays in `work`."""
        while not (engine is EngineName.numpy and self._ahead is not None and self._ahead.ready):
            try:
                yield next(work)
            except StopIteration:
                return

    def said(self) -> str:
        """What is being compiled, and what will not be; empty if there is nothing to say."""
        if self._ahead is None:
            return ""
        return "going on with NumPy, as the lanes cannot be compiled" if self._ahead.failed else self._ahead.said()
