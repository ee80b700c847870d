"""Run a generator to its end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def drain(run: Generator[object, None, T]) -> T:
    """Exhaust a generator and return what it returns."""
    while True:
        try:
            next(run)
        except StopIteration as stop:
            return stop.value
