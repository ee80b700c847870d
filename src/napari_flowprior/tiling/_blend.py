"""Join overlapping tiles into planes without holding a whole plane."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError, RestoreError

if TYPE_CHECKING:
    from napari_flowprior.tiling._plan import Tile, TilePlan

__all__ = ["Blend", "WriteBand"]

WriteBand = Callable[[int, slice, npt.NDArray[Any]], None]
"""``write(sample, ys, block)`` receives finished rows ``(C, rows, X)``."""


class Blend:
    """Weighted sum of tiles that hands over every band of rows once it is complete.

    Bands are cut where a row of tiles starts or ends, so that each band is covered
    by the same rows of tiles throughout::

        row 0  +------+                   band 0   row 0
               |      |                   ------
        row 1  |  +---|--+                band 1   rows 0 and 1
               +--|---+  |                ------
                  |      |                band 2   row 1
                  +------+

    With tiles in the order of the plan, no more than two rows of tiles of one sample
    are held. The sum is kept in float64, so that the order of the tiles does not
    show.

    Parameters
    ----------
    plan : TilePlan
        Where the tiles lie.
    channels : int
        C, the channels of a tile.
    write : callable
        ``write(sample, ys, block)`` receives each band once, cropped to the image:
        rows `ys` of the plane `sample`, as (C, rows, X).
    dtype : dtype
        Floating type of the blocks that are handed over.
    """

    def __init__(
        self,
        plan: TilePlan,
        channels: int,
        write: WriteBand,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self.plan = plan
        self.channels = channels
        self._write = write
        self._dtype = np.dtype(dtype)
        self._seen = np.zeros((plan.samples, *plan.grid), dtype=bool)
        self._bands = _bands(plan)
        self._sums: dict[tuple[int, int], npt.NDArray[np.float64]] = {}

    @property
    def rows_held(self) -> int:
        """How many rows of pixels are held now, over all samples."""
        return sum(block.shape[1] for block in self._sums.values())

    def add(self, tile: Tile, block: npt.NDArray[Any]) -> None:
        """Add the pixels of a tile; tiles may come in any order.

        Parameters
        ----------
        tile : Tile
            A tile of the plan that has not been added yet.
        block : ndarray, shape (C, h, w)
            Its pixels.

        Raises
        ------
        InputError
            When the block has another shape, or the tile was added before.
        """
        self._check(tile, block)
        weighted = block * self.plan.weight(tile, np.float64)
        for number in self._covered(tile.row):
            self._accumulate(tile, number, weighted)
        self._seen[tile.sample, tile.row, tile.col] = True
        if self._seen[tile.sample, tile.row].all():
            self._release(tile.sample, tile.row)

    def skip(self, sample: int) -> None:
        """Leave out a plane, of which no tile will be added.

        Parameters
        ----------
        sample : int
            Which one.
        """
        self._seen[sample] = True

    def finish(self) -> None:
        """Check that every tile was added.

        Raises
        ------
        RestoreError
            When tiles are missing.
        """
        missing = int(self._seen.size - self._seen.sum())
        if missing:
            self._sums.clear()
            raise RestoreError(
                f"{missing} of {len(self.plan)} tiles were never added, so that the"
                " image has holes; add every tile of the plan before finishing."
            )

    def _check(self, tile: Tile, block: npt.NDArray[Any]) -> None:
        expected = (self.channels, *self.plan.tile)
        if block.shape != expected:
            raise InputError(
                f"A tile of shape {block.shape} does not fit the plan; pass {expected}."
            )
        if self._seen[tile.sample, tile.row, tile.col]:
            raise InputError(f"{tile} was added before; add each tile once.")

    def _covered(self, row: int) -> list[int]:
        start = self.plan.rows.starts[row]
        stop = start + self.plan.tile[0]
        return [
            number
            for number, (first, last) in enumerate(self._bands)
            if start <= first and last <= stop
        ]

    def _accumulate(
        self, tile: Tile, number: int, weighted: npt.NDArray[np.float64]
    ) -> None:
        first, last = self._bands[number]
        key = tile.sample, number
        if key not in self._sums:
            shape = self.channels, last - first, self.plan.cols.padded
            self._sums[key] = np.zeros(shape)
        xs = slice(tile.x, tile.x + self.plan.tile[1])
        self._sums[key][:, :, xs] += weighted[:, first - tile.y : last - tile.y]

    def _release(self, sample: int, row: int) -> None:
        for number in self._covered(row):
            if self._complete(sample, number):
                self._hand_over(sample, number)

    def _complete(self, sample: int, number: int) -> bool:
        first, last = self._bands[number]
        starts = np.asarray(self.plan.rows.starts)
        covering = (starts <= first) & (starts + self.plan.tile[0] >= last)
        return bool(self._seen[sample, covering].all())

    def _hand_over(self, sample: int, number: int) -> None:
        block = self._sums.pop((sample, number))
        height, width = self.plan.shape
        first, last = self._bands[number]
        if first < height:
            ys = slice(first, min(last, height))
            cropped = block[:, : ys.stop - first, :width]
            self._write(sample, ys, cropped.astype(self._dtype))


def _bands(plan: TilePlan) -> list[tuple[int, int]]:
    starts, height = plan.rows.starts, plan.tile[0]
    cuts = sorted({*starts, *(start + height for start in starts)})
    return list(pairwise(cuts))
