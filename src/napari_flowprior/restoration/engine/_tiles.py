"""Tiles stream through some piece of work, and what comes of them is blended.

Images of any size are cut into equal tiles, worked on in batches and joined. Neither
the batch size nor the order of the tiles changes the result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration._memory import OUT_OF_MEMORY, smaller_batch
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._output import Output, SampleOutput
from napari_flowprior.tiling import Blend, Tile, TilePlan, read_padded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["TakesTiles", "TileRun"]


class TakesTiles(Protocol):
    """What takes tiles that are done, such as `Blend`."""

    def add(self, tile: Tile, block: NDArray[Any], /) -> None:
        """Take the pixels of a tile, (C, h, w)."""


@dataclass(frozen=True, kw_only=True)
class TileRun(ABC):
    """One run over the tiles of an image, all choices made.

    Parameters
    ----------
    view : PlaneView
        The image.
    plan : TilePlan
        Where its tiles lie.
    scale : IntensityScale or CurvedScale
        Between the image's intensities and the prior's.
    prior : FlowPrior
        The prior, on its device.
    sigma : float
        Noise level, normalised units.
    batch_size : int
        Tiles at a time; halved if memory runs out.
    few_levels : bool
        Whether whole numbers in the output shall be dithered.
    """

    view: PlaneView
    plan: TilePlan
    scale: IntensityScale | CurvedScale
    prior: FlowPrior
    sigma: float
    batch_size: int
    few_levels: bool = False

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of tiles, pixels."""
        return self.plan.tile

    @property
    def overlap(self) -> int:
        """Pixels that neighbouring tiles share."""
        return self.plan.overlap

    @property
    def total(self) -> int:
        """Steps of the work, over all tiles."""
        return len(self.plan)

    def run(
        self,
        out: Any,
        tiles: Iterable[Tile] | None = None,
        planes: SampleOutput | None = None,
    ) -> Generator[int, None, int]:
        """Work into an output array.

        Parameters
        ----------
        out : array
            Array of the image's shape; complete rows are written as they are done.
        tiles : iterable of Tile, optional
            The tiles of the plan in another order.
        planes : SampleOutput, optional
            Which planes are written already, and what is told of others.

        Returns
        -------
        int
            The batch size in the end.

        Yields
        ------
        int
            How many of `total` steps the last piece of work made.
        """
        everything = slice(0, self.plan.shape[1])
        left = dict.fromkeys(range(self.plan.samples), self.plan.shape[0])
        planes = planes or Output(array=out).of(0)

        def write(sample: int, ys: slice, block: NDArray[Any]) -> None:
            place = sample, ys, everything
            self.view.write(out, *place, block, dither=self.few_levels)
            left[sample] -= ys.stop - ys.start
            if not left[sample]:
                planes.note(sample)

        blend = Blend(self.plan, self.view.channels, write, np.float64)
        done = [sample for sample in left if sample in planes]
        for sample in done:
            blend.skip(sample)
        if done:
            yield len(done) * self.total // self.plan.samples
            yield from self._looked_at_again(done)
        ordered = self.plan if tiles is None else tiles
        waiting = (tile for tile in ordered if tile.sample not in done)
        size = yield from self._stream(waiting, blend)
        blend.finish()
        return size

    def work(
        self, batch: list[Tile], size: int, blend: TakesTiles
    ) -> Generator[int, None, int]:
        """Work on some tiles, in smaller pieces if memory runs out.

        Parameters
        ----------
        batch : list of Tile
            Tiles of the plan.
        size : int
            How many at a time.
        blend : Blend
            What comes of them is added to it.

        Returns
        -------
        int
            How many at a time in the end.

        Yields
        ------
        int
            How many steps the last piece of work made.
        """
        done = 0
        while done < len(batch):
            piece = batch[done : done + size]
            try:
                yield from self._work(piece, blend)
                done += len(piece)
            except OUT_OF_MEMORY as error:
                device, tile = self.prior.device, self.plan.tile
                size = smaller_batch(len(piece), error, device, tile)
        return size

    def _stream(
        self, waiting: Iterator[Tile], blend: Blend
    ) -> Generator[int, None, int]:
        """Work on tiles as they come, and return the size of batches in the end."""
        size = self.batch_size
        while batch := list(islice(waiting, size)):
            size = yield from self.work(batch, size, blend)
        return size

    @abstractmethod
    def _work(self, tiles: list[Tile], blend: TakesTiles) -> Generator[int]:
        """Work on some tiles at once, and hand what comes of them to be blended."""

    def _looked_at_again(self, samples: list[int]) -> Generator[int]:
        """Work on what else than the result is made of planes that are written."""
        yield from ()

    def _observed(self, tiles: list[Tile]) -> Tensor:
        """Return the image in some tiles, (B, C, h, w), normalised."""
        kind = np.float64 if self.prior.dtype == torch.float64 else np.float32
        return self._tensor(self.scale.normalise(self._read(self.view, tiles), kind))

    def _read(self, view: PlaneView, tiles: list[Tile]) -> NDArray[Any]:
        def read(sample: int, ys: slice, xs: slice) -> NDArray[Any]:
            return view.read(sample, ys, xs, np.float64)

        return np.stack([read_padded(read, self.plan, tile) for tile in tiles])

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        return tensor.to(self.prior.device, self.prior.dtype)
