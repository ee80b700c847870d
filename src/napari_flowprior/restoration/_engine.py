"""The tiled engine: tiles stream through an estimator and are blended.

Images of any size are cut into equal tiles, restored in batches and joined. Neither
the batch size nor the order of the tiles changes the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.prior import FlowPrior
from napari_flowprior.restoration._degradation import Degradation
from napari_flowprior.restoration._estimator import TileEstimator
from napari_flowprior.restoration._memory import OUT_OF_MEMORY, smaller_batch
from napari_flowprior.restoration._relay import relay
from napari_flowprior.tiling import Blend, Tile, TilePlan, read_padded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from numpy.typing import NDArray

__all__ = ["Engine"]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One restoration, all choices made.

    Parameters
    ----------
    view : PlaneView
        The image.
    plan : TilePlan
        Where its tiles lie.
    scale : IntensityScale
        Between the image's intensities and the prior's.
    prior : FlowPrior
        The prior, on its device.
    degradation : Degradation
        What happened to the image.
    estimator : TileEstimator
        Which estimate to compute.
    sigma : float
        Noise level, normalised units.
    batch_size : int
        Tiles at a time; halved if memory runs out.
    """

    view: PlaneView
    plan: TilePlan
    scale: IntensityScale
    prior: FlowPrior
    degradation: Degradation
    estimator: TileEstimator
    sigma: float
    batch_size: int

    @cached_property
    def _planes(self) -> dict[str, PlaneView]:
        """Per-pixel data of the degradation, laid over the image once."""
        return self.degradation.planes(self.view)

    @property
    def total(self) -> int:
        """Steps of the estimator, over all tiles."""
        return len(self.plan) * self.estimator.work

    def run(
        self, out: Any, tiles: Iterable[Tile] | None = None
    ) -> Generator[int, None, int]:
        """Restore into an output array.

        Parameters
        ----------
        out : array
            Array of the image's shape; complete rows are written as they are done.
        tiles : iterable of Tile, optional
            The tiles of the plan in another order.

        Yields
        ------
        int
            How many of `total` steps the last piece of work made.

        Returns
        -------
        int
            The batch size in the end.
        """
        everything = slice(0, self.plan.shape[1])

        def write(sample: int, ys: slice, block: NDArray[Any]) -> None:
            self.view.write(out, sample, ys, everything, block)

        blend = Blend(self.plan, self.view.channels, write, np.float64)
        size = self.batch_size
        waiting = iter(self.plan if tiles is None else tiles)
        while batch := list(islice(waiting, size)):
            size = yield from self._batch(batch, size, blend)
        blend.finish()
        return size

    def _batch(
        self, batch: list[Tile], size: int, blend: Blend
    ) -> Generator[int, None, int]:
        """Restore some tiles, in smaller pieces if memory runs out."""
        done = 0
        while done < len(batch):
            piece = batch[done : done + size]
            try:
                yield from self._restore(piece, blend)
                done += len(piece)
            except OUT_OF_MEMORY as error:
                device, tile = self.prior.device, self.plan.tile
                size = smaller_batch(len(piece), error, device, tile)
        return size

    def _restore(self, tiles: list[Tile], blend: Blend) -> Generator[int]:
        likelihood = self._likelihood(tiles)
        run = self.estimator.run(self.prior, likelihood)
        estimate = likelihood.finish((yield from relay(run, len(tiles))))
        restored = self.scale.restore(estimate.cpu().numpy())
        for tile, block in zip(tiles, restored, strict=True):
            blend.add(tile, block)

    def _likelihood(self, tiles: list[Tile]) -> Any:
        observed = self.scale.normalise(
            self._read(self.view, tiles), _numpy_type(self.prior.dtype)
        )
        extra = {
            name: self._tensor(self._read(view, tiles))
            for name, view in self._planes.items()
        }
        y = self._tensor(observed)
        return self.degradation.likelihood(y, self.sigma, **extra)

    def _read(self, view: PlaneView, tiles: list[Tile]) -> NDArray[Any]:
        def read(sample: int, ys: slice, xs: slice) -> NDArray[Any]:
            return view.read(sample, ys, xs, np.float64)

        return np.stack([read_padded(read, self.plan, tile) for tile in tiles])

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        return tensor.to(self.prior.device, self.prior.dtype)


def _numpy_type(dtype: torch.dtype) -> Any:
    return np.float64 if dtype == torch.float64 else np.float32
