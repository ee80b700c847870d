"""Where the tiles of an image lie and how much each one counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError
from napari_flowprior.tiling._axis import (
    AxisTiles,
    check_overlap,
    check_tile,
    require_at_least,
)

__all__ = ["ReadRegion", "Tile", "TilePlan", "read_padded"]

ReadRegion = Callable[[int, slice, slice], npt.NDArray[Any]]
"""``read(sample, ys, xs)`` returns the pixels ``(C, h, w)`` of a region."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One tile of one sample; its shape is that of its plan.

    ::

                  x
        +---------|---------------+
        |         :   padded plane|
        y - - - - +------+        |
        |         | row, |        |
        |         | col  |        |
        |         +------+        |
        +-------------------------+

    Attributes
    ----------
    y, x : int
        First row and column of the tile, in pixels of the padded plane.
    row, col : int
        Place of the tile in the grid of tiles.
    sample : int
        Which plane the tile belongs to.
    """

    y: int
    x: int
    row: int
    col: int
    sample: int


@dataclass(frozen=True, kw_only=True)
class TilePlan:
    """Equal-shape tiles over `samples` planes, in row-major order, plane by plane.

    ::

        +------+--+------+--+------+
        | 0,0  |  | 0,1  |  | 0,2  |
        +------+--+------+--+------+   rows and columns overlap,
        |      |  |      |  |      |   the last ones perhaps by more
        +------+--+------+--+------+
        | 1,0  |  | 1,1  |  | 1,2  |
        +------+--+------+--+------+

    The weight of a pixel is the product of its weights along both axes, so that the
    weights of all tiles sum to 1 at every pixel and need not be accumulated.

    Attributes
    ----------
    samples : int
        How many planes.
    shape : tuple of int
        (Y, X) of a plane, in pixels.
    tile : tuple of int
        (h, w) of every tile, in pixels.
    overlap : int
        Pixels that neighbours share.
    stride : int
        What `h` and `w` are divisible by.

    See Also
    --------
    TilePlan.fit : the same, with the tile shrunk to small images.
    """

    samples: int
    shape: tuple[int, int]
    tile: tuple[int, int]
    overlap: int
    stride: int = 1

    def __post_init__(self) -> None:
        require_at_least("samples", self.samples, 1)
        _ = self.rows, self.cols

    @classmethod
    def fit(
        cls,
        samples: int,
        shape: tuple[int, int],
        tile: int | tuple[int, int] = 64,
        overlap: int = 8,
        stride: int = 8,
    ) -> TilePlan:
        """Plan tiles for planes of any size.

        Along an axis that is shorter than the tile, the tile shrinks to the smallest
        multiple of `stride` that covers the axis.

        Parameters
        ----------
        samples : int
            How many planes.
        shape : tuple of int
            (Y, X) of a plane, in pixels.
        tile : int or tuple of int
            Side, or (h, w), of a tile, in pixels.
        overlap : int
            Pixels that neighbours share.
        stride : int
            What the sides of a tile must be divisible by.

        Returns
        -------
        TilePlan

        Raises
        ------
        InputError
            When a tile is not divisible by `stride`, the overlap fills the tile, or a
            number is too small.
        """
        sides = _pair(tile)
        require_at_least("overlap", overlap, 0)
        for side in sides:
            check_tile(side, stride)
            check_overlap(overlap, side)
        for size in shape:
            require_at_least("size", size, 1)
        shrunk = (
            min(sides[0], -(-shape[0] // stride) * stride),
            min(sides[1], -(-shape[1] // stride) * stride),
        )
        return cls(
            samples=samples, shape=shape, tile=shrunk, overlap=overlap, stride=stride
        )

    @cached_property
    def rows(self) -> AxisTiles:
        """Tiles along Y."""
        return self._axis(0)

    @cached_property
    def cols(self) -> AxisTiles:
        """Tiles along X."""
        return self._axis(1)

    @property
    def grid(self) -> tuple[int, int]:
        """Number of rows and columns of tiles in a plane."""
        return len(self.rows.starts), len(self.cols.starts)

    def __len__(self) -> int:
        return self.samples * self.grid[0] * self.grid[1]

    def __iter__(self) -> Iterator[Tile]:
        for sample, (row, y), (col, x) in product(
            range(self.samples),
            tuple(enumerate(self.rows.starts)),
            tuple(enumerate(self.cols.starts)),
        ):
            yield Tile(y=y, x=x, row=row, col=col, sample=sample)

    def weight(self, tile: Tile, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Weights (h, w) of a tile; over all tiles they sum to 1 at every pixel."""
        weight = np.outer(self.rows.weights(tile.row), self.cols.weights(tile.col))
        return weight.astype(dtype, copy=False)

    def _axis(self, axis: int) -> AxisTiles:
        return AxisTiles(
            size=self.shape[axis],
            tile=self.tile[axis],
            overlap=self.overlap,
            stride=self.stride,
        )


def read_padded(read: ReadRegion, plan: TilePlan, tile: Tile) -> npt.NDArray[Any]:
    """Read the pixels of a tile, reflected at the far border of a small image.

    Parameters
    ----------
    read : callable
        ``read(sample, ys, xs)`` returns (C, h, w); it is only asked for pixels that
        lie inside the image.
    plan : TilePlan
        The plan that the tile belongs to.
    tile : Tile
        Which tile.

    Returns
    -------
    ndarray, shape (C, h, w)
        Padded as by ``numpy.pad(mode="reflect")``; an axis of one pixel is repeated.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.tiling import TilePlan, read_padded
    >>> image = np.zeros((1, 20, 20))
    >>> plan = TilePlan.fit(1, (20, 20), tile=64)
    >>> def read(sample, ys, xs):
    ...     return image[:, ys, xs]
    >>> read_padded(read, plan, next(iter(plan))).shape
    (1, 24, 24)
    """
    height, width = plan.tile
    ys = slice(tile.y, min(tile.y + height, plan.shape[0]))
    xs = slice(tile.x, min(tile.x + width, plan.shape[1]))
    block = read(tile.sample, ys, xs)
    below, right = height - block.shape[1], width - block.shape[2]
    if not below and not right:
        return block
    return np.pad(block, ((0, 0), (0, below), (0, right)), mode="reflect")


def _pair(tile: int | tuple[int, int]) -> tuple[int, int]:
    if not isinstance(tile, tuple | list):
        return tile, tile
    if len(tile) != 2:
        raise InputError(
            f"A tile has two sides, height and width, not {len(tile)}: {tile!r}."
        )
    return tile[0], tile[1]
