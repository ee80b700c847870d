"""Overlapping blocks of planes that are too large to be worked on whole.

A block is to an estimator what a plane is: it is denoised on a grid that moves. What
its borders make of it is blended away with what its neighbours have there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior.tiling import TilePlan, balanced_tile

if TYPE_CHECKING:
    from napari_flowprior.tiling import Tile

__all__ = ["LEAST_BLOCK", "largest_block", "place_of", "plan_blocks"]

# More than networks and blurs reach, on either side of the middle of a seam.
_OVERLAP = 128
# Blocks of JPEG begin at the first row and column of a block, also those of chroma.
_GRID = 16
LEAST_BLOCK = 384
"""Smallest side of a block, pixels."""


def largest_block(pixels: float) -> int:
    """Choose the largest side of a block.

    Parameters
    ----------
    pixels : float
        How many pixels of the image there is room for.

    Returns
    -------
    int
        A power of two times 384: what is free a little more or less than last time
        shall not change a result.
    """
    side = LEAST_BLOCK
    while (2 * side) ** 2 <= pixels:
        side *= 2
    return side


def plan_blocks(shape: tuple[int, int], largest: int, factor: int) -> TilePlan:
    """Plan the blocks of a plane.

    Parameters
    ----------
    shape : tuple of int
        (Y, X) of the plane, pixels.
    largest : int
        Largest side of a block, pixels of the plane.
    factor : int
        How many pixels of the result one of the plane is, along each axis.

    Returns
    -------
    TilePlan
        In pixels of the result; of a single tile if the plane is small enough. Blocks
        begin at multiples of 16 pixels of the plane, and the last ones may reach up to
        15 beyond its borders.
    """
    if shape[0] * shape[1] <= largest**2:
        height, width = factor * shape[0], factor * shape[1]
        size = height, width
        return TilePlan(samples=1, shape=size, tile=size, overlap=0)
    rows, columns = (-(-side // _GRID) * _GRID for side in shape)
    height, width = (
        balanced_tile(side, max(largest, LEAST_BLOCK), _OVERLAP, _GRID)
        for side in (rows, columns)
    )
    return TilePlan(
        samples=1,
        shape=(factor * rows, factor * columns),
        tile=(factor * height, factor * width),
        overlap=factor * _OVERLAP,
    )


def place_of(tile: Tile, plan: TilePlan, factor: int) -> tuple[slice, slice]:
    """Return which rows and columns of the plane a block has, or would have.

    Parameters
    ----------
    tile : Tile
        The block, in pixels of the result.
    plan : TilePlan
        The plan that it belongs to.
    factor : int
        How many pixels of the result one of the plane is, along each axis.

    Returns
    -------
    tuple of slice
        Rows and columns.
    """
    starts = tile.y // factor, tile.x // factor
    sides = plan.tile[0] // factor, plan.tile[1] // factor
    ys, xs = (slice(a, a + side) for a, side in zip(starts, sides, strict=True))
    return ys, xs
