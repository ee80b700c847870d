"""Chunks of a result are put together from the tiles that reach into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.cluster._pieces import Region
from napari_flowprior.restoration.cluster._tasks import plan_of
from napari_flowprior.tiling import Tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.restoration.cluster._frozen import FrozenEngine
    from napari_flowprior.restoration.cluster._work import Done
    from napari_flowprior.tiling import TilePlan

__all__ = ["Join", "JoinedPlane", "join", "reaching"]


@dataclass(frozen=True, eq=False)
class JoinedPlane:
    """A plane that a chunk has a part of.

    Parameters
    ----------
    engine : int
        Which of the engines that are handed over restores it.
    sample : int
        Which of its planes.
    tiles : sequence of tuple
        The tiles that reach into the chunk, in the order of their plan; each with the
        number of what a task made, and its own number there.
    """

    engine: int
    sample: int
    tiles: Sequence[tuple[Tile, int, int]]


@dataclass(frozen=True, eq=False)
class Join:
    """How a chunk is put together.

    Parameters
    ----------
    region : tuple of slice
        Which region of the result it is.
    dtype : dtype
        Type of the result.
    planes : sequence of JoinedPlane
        The planes in it.
    rows, columns : slice
        Its rows and columns of these.
    factor : int
        How many pixels of the result one of the image is, along each axis.
    """

    region: Region
    dtype: np.dtype[Any]
    planes: Sequence[JoinedPlane]
    rows: slice
    columns: slice
    factor: int


class _Chunk:
    """A region of an array, which is assigned to as if it were all of it."""

    def __init__(self, region: Region, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._starts = [span.start for span in region]
        self.values = np.zeros([span.stop - span.start for span in region], dtype)

    def __setitem__(self, key: tuple[int | slice, ...], values: NDArray[Any]) -> None:
        pairs = zip(key, self._starts, strict=True)
        self.values[tuple(_shifted(place, start) for place, start in pairs)] = values


def join(
    engines: Sequence[FrozenEngine],
    done: Sequence[Done],
    pieces: Sequence[Sequence[NDArray[Any]]],
    *,
    how: Join,
    regions: Sequence[Sequence[Region]],
) -> NDArray[Any]:
    """Put a chunk of a result together; this is what workers are asked for.

    Parameters
    ----------
    engines : sequence of FrozenEngine
        Those of its planes.
    done : sequence of Done
        What tasks made of tiles that reach into it.
    pieces : sequence of sequence of ndarray
        For each array of the image, what is sent along, for the alpha.
    how : Join
        What goes where.
    regions : sequence of sequence of tuple of slice
        Which regions the pieces are.

    Returns
    -------
    ndarray
        The chunk.
    """
    chunk = _Chunk(how.region, how.dtype)
    thawed = [frozen.thaw(None, regions, pieces) for frozen in engines]
    for plane in how.planes:
        engine = thawed[plane.engine]
        tiles = [(tile, done[n].blocks[k]) for tile, n, k in plane.tiles]
        block = _blended(plan_of(engine), tiles, how.rows, how.columns)
        place = plane.sample, how.rows, how.columns
        dither = engine.few_levels
        engine.view.write(chunk, *place, block, how.factor, dither=dither)
    return chunk.values


def reaching(plan: TilePlan, rows: slice, columns: slice) -> list[tuple[int, int]]:
    """Return the row and column in their plan of tiles that have some pixels.

    Parameters
    ----------
    plan : TilePlan
        The plan.
    rows, columns : slice
        Which pixels.

    Returns
    -------
    list of tuple of int
        In the order of the plan.
    """
    sides = zip((plan.rows, plan.cols), (rows, columns), strict=True)
    found = [
        [
            number
            for number, start in enumerate(axis.starts)
            if start < span.stop and start + axis.tile > span.start
        ]
        for axis, span in sides
    ]
    return [(row, col) for row in found[0] for col in found[1]]


def _blended(
    plan: TilePlan,
    tiles: Sequence[tuple[Tile, NDArray[Any]]],
    rows: slice,
    columns: slice,
) -> NDArray[np.float64]:
    """Sum weighted tiles up, in the same order and type as `Blend`."""
    channels = tiles[0][1].shape[0]
    shape = channels, rows.stop - rows.start, columns.stop - columns.start
    total = np.zeros(shape)
    for tile, block in tiles:
        ys, to_ys = _shared(tile.y, plan.tile[0], rows)
        xs, to_xs = _shared(tile.x, plan.tile[1], columns)
        weight = plan.weight(tile, np.float64)[ys, xs]
        total[:, to_ys, to_xs] += block[:, ys, xs] * weight
    return total


def _shared(start: int, size: int, span: slice) -> tuple[slice, slice]:
    """Return what a tile and a span share, as counted from the start of each."""
    first, last = max(start, span.start), min(start + size, span.stop)
    inner = slice(first - start, last - start)
    return inner, slice(first - span.start, last - span.start)


def _shifted(place: int | slice, start: int) -> int | slice:
    if not isinstance(place, slice):
        return place - start
    return slice(place.start - start, place.stop - start)
