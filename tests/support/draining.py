"""Run a generator to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_flowprior._generators import Run

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


def drain(run: Generator[object, None, T]) -> T:
    """Exhaust a generator and return what it returns."""
    return Run(run).result
