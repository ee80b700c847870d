"""How long a piece of work takes, again and again."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["times"]


def times(
    work: Callable[[], object],
    repeats: int,
    clock: Callable[[], float] = perf_counter,
) -> list[float]:
    """Time work that was done once before, in seconds by a clock."""
    work()
    taken = []
    for _ in range(repeats):
        start = clock()
        work()
        taken.append(clock() - start)
    return taken
