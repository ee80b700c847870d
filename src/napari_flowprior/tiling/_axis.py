"""Tiles along one axis, and what their numbers must satisfy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import index

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

__all__ = [
    "AxisTiles",
    "balanced_tile",
    "check_overlap",
    "check_tile",
    "require_at_least",
]


@dataclass(frozen=True, kw_only=True)
class AxisTiles:
    r"""Equal tiles along one axis.

    Neighbours overlap, the last tile is shifted inward, and an axis shorter than a tile
    is padded up to one tile::

        0                                               size
        +---------- tile -----------+                     |
        |                   +---------- tile -----------+ |
        |                   | +---------- tile -----------+   shifted inward
        +------ step -------+overlap+                     |
          1 1 1 1 1 1 1 1 1  \     /  1 1 1 1 1 1 1
                                X      ramps, summing to 1

    Parameters
    ----------
    size : int
        Length of the axis, in pixels.
    tile : int
        Length of a tile, in pixels; a multiple of `stride`.
    overlap : int
        Pixels that two neighbours share; fewer than a tile has.
    stride : int
        What the length of a tile must be divisible by.

    Raises
    ------
    InputError
        When a value is out of range.
    """

    size: int
    tile: int
    overlap: int
    stride: int = 1

    def __post_init__(self) -> None:
        require_at_least("size", self.size, 1)
        check_tile(self.tile, self.stride)
        require_at_least("overlap", self.overlap, 0)
        # A lone tile has no neighbour, so that its overlap is never used.
        if self.size > self.tile:
            check_overlap(self.overlap, self.tile)

    @property
    def padded(self) -> int:
        """Length of the axis after padding, in pixels."""
        return max(self.size, self.tile)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """First pixel of each tile, increasing."""
        last = self.padded - self.tile
        if not last:
            return (0,)
        return (*range(0, last, self.tile - self.overlap), last)

    def weights(self, number: int) -> npt.NDArray[np.float64]:
        """Weights of a tile; over all tiles they sum to 1 at every pixel.

        Parameters
        ----------
        number : int
            Which tile, from 0.

        Returns
        -------
        ndarray, float64, shape (tile,)
            Raised-cosine ramps on inner sides and 1 on the border of the image.
        """
        return self._profiles[number]

    @cached_property
    def _profiles(self) -> tuple[npt.NDArray[np.float64], ...]:
        raw = [self._raw_weights(i) for i in range(len(self.starts))]
        total = np.zeros(self.padded)
        for start, profile in zip(self.starts, raw, strict=True):
            total[start : start + self.tile] += profile
        return tuple(
            _read_only(profile / total[start : start + self.tile])
            for start, profile in zip(self.starts, raw, strict=True)
        )

    def _raw_weights(self, number: int) -> npt.NDArray[np.float64]:
        weights = np.ones(self.tile)
        overlap = self.overlap
        if overlap:
            ramp = np.sin(np.pi / 2 * (np.arange(overlap) + 0.5) / overlap) ** 2
            if number > 0:
                weights[:overlap] *= ramp
            if number < len(self.starts) - 1:
                weights[-overlap:] *= ramp[::-1]
        return weights


def balanced_tile(size: int, largest: int, overlap: int, stride: int) -> int:
    """Choose the tile that covers an axis with as few and as small tiles as possible.

    A fixed tile makes the last one overlap its neighbour by much more than it needs
    to; this one spreads the tiles evenly.

    Parameters
    ----------
    size : int
        Length of the axis, in pixels.
    largest : int
        Longest tile allowed, in pixels.
    overlap : int
        Pixels that two neighbours share.
    stride : int
        What the tile must be divisible by.

    Returns
    -------
    int
        Length of a tile: a multiple of `stride`.

    Raises
    ------
    InputError
        When the overlap fills the largest tile.

    Examples
    --------
    >>> from napari_flowprior.tiling import balanced_tile
    >>> balanced_tile(300, largest=256, overlap=32, stride=8)
    168
    """
    largest = max(stride, largest // stride * stride)
    if size > largest:
        check_overlap(overlap, largest)
    number = 1 if size <= largest else -(-(size - overlap) // (largest - overlap))
    even = -(-(size + (number - 1) * overlap) // number)
    return min(largest, -(-even // stride) * stride)


def require_at_least(name: str, value: int, least: int) -> None:
    """Refuse what is no whole number, or a number below `least`."""
    try:
        whole = index(value)
    except TypeError:
        raise InputError(f"The {name} must be a whole number, not {value!r}.") from None
    if whole < least:
        raise InputError(f"The {name} must be at least {least}, not {value}.")


def check_tile(tile: int, stride: int) -> None:
    """Refuse a tile that is not divisible by the stride."""
    require_at_least("stride", stride, 1)
    require_at_least("tile", tile, 1)
    if tile % stride:
        below = tile - tile % stride
        nearest = " or ".join(str(n) for n in (below, below + stride) if n)
        raise InputError(
            f"A tile of {tile} pixels is not divisible by the stride {stride} of the"
            f" prior; use {nearest}."
        )


def check_overlap(overlap: int, tile: int) -> None:
    """Refuse an overlap that leaves nothing of a tile."""
    if overlap >= tile:
        raise InputError(
            f"An overlap of {overlap} pixels fills a tile of {tile} pixels; use at most"
            f" {tile - 1}, or a larger tile."
        )


def _read_only(array: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    array.flags.writeable = False
    return array
