"""What an array must offer to be restored."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["LazyArray"]


class LazyArray(Protocol):
    """What an array must offer: NumPy, memory-mapped, Dask and Zarr arrays do."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every axis."""

    @property
    def dtype(self) -> Any:
        """Type of the values."""

    def __getitem__(self, key: Any, /) -> Any:
        """Region for a tuple of integers and slices."""
