"""Pass on the pace of a generator, under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["drain", "relay"]

Event = TypeVar("Event")
Result = TypeVar("Result")


def relay(
    run: Generator[object, None, Result], event: Event
) -> Generator[Event, None, Result]:
    """Yield `event` whenever `run` yields, and return what it returns."""
    while True:
        try:
            next(run)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield event


def drain(run: Generator[object, None, Result]) -> Result:
    """Run to the end, and return what it returns."""
    while True:
        try:
            next(run)
        except StopIteration as stop:
            result: Result = stop.value
            return result
