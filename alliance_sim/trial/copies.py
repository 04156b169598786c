"""What a copied or pickled trial takes along: the events to come, each with what it calls."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FunctionType, MethodType
from typing import Any

from mesa.time import Event, EventGenerator

from alliance_sim.errors import ScenarioError


def keep(trial: Any) -> None:
    """Drop the events that call nothing any more, and see that a copy would keep every other one.

    Mesa's events hold weak references: what a copy does not hold itself would be lost without a word, and an inner
    function would go on acting on the trial it was made for.

    Raises:
        ScenarioError: An event calls something that a copy cannot keep.
    """
    events = trial._event_list
    events._events = sorted(event for event in events._events if not event.CANCELED and event.fn() is not None)
    owners = (trial, *trial.agents)
    held = {id(one) for owner in owners for one in (owner, *_parts(vars(owner).values()))}
    for event in events._events:
        called = event.fn()
        generator = getattr(called, "__self__", None)
        if isinstance(generator, EventGenerator):
            called = generator.function()
        if called is not None and not _kept(called, held):
            raise ScenarioError(
                f"the event on day {event.time:g} calls {getattr(called, '__qualname__', called)}, which a copy of the "
                "trial cannot keep; schedule a method of the trial or of one of its agents instead."
            )


def _parts(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        yield value
        if isinstance(value, list | tuple | set):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()


def _kept(called: Any, held: set[int]) -> bool:
    if isinstance(called, MethodType):
        return id(called.__self__) in held or isinstance(called.__self__, type)
    if isinstance(called, FunctionType):
        return getattr(sys.modules.get(called.__module__), called.__qualname__, None) is called
    return id(called) in held


def renumber(trial: Any) -> None:
    """Give the events of a copy fresh numbers in their order: Mesa counts them anew in each process."""
    events = trial._event_list._events
    for event in sorted(events):
        event.unique_id = next(Event._ids)
    events.sort()
