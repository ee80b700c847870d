"""Run a generator to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


def drain(run: Generator[object, None, T]) -> T:
    """Exhaust a generator and return what it returns."""
    while True:
        try:
            next(run)
        except StopIteration as stop:
            return stop.value
