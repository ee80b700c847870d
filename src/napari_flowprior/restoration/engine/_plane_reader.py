"""Planes of an image, or overlapping blocks of them, and where results of them go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.data import IntensityScale, PlaneView, window
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration.degradations import (
    NOISE_LEVELS,
    Degradation,
    Observation,
)
from napari_flowprior.restoration.engine._blocks import place_of, plan_blocks
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._look import windows_of
from napari_flowprior.restoration.estimators import PlaneDenoiser
from napari_flowprior.tiling import Blend, Tile, TilePlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.restoration.likelihoods import Likelihood

__all__ = ["PlaneReader"]


@dataclass(frozen=True, kw_only=True)
class PlaneReader:
    """The data terms of planes, one after the other.

    Parameters
    ----------
    view : PlaneView
        The image.
    side : int
        Largest side of the tiles of the denoiser, pixels.
    overlap : int
        Pixels that neighbouring tiles share.
    scale : IntensityScale or CurvedScale
        Between the image's intensities and the prior's.
    prior : FlowPrior
        The prior, on its device.
    degradation : Degradation
        What happened to the image.
    observation : Observation
        What a look at the image found of it.
    sigma : float
        Noise level, normalised units.
    batch_size : int
        Tiles at a time; halved if memory runs out.
    block : int
        Largest side of the blocks that planes are worked on in, pixels.
    few_levels : bool
        Whether whole numbers in the output shall be dithered.
    """

    view: PlaneView
    side: int
    overlap: int
    scale: IntensityScale | CurvedScale
    prior: FlowPrior
    degradation: Degradation
    observation: Observation
    sigma: float
    batch_size: int
    block: int = 2**16
    few_levels: bool = False

    @property
    def blocks(self) -> TilePlan:
        """The blocks of a plane, in pixels of the result."""
        factor = self.degradation.enlargement
        return plan_blocks(self.view.shape, self.block, factor)

    @property
    def tile(self) -> tuple[int, int]:
        """Height and width of tiles, pixels."""
        height, width = self.view.shape
        factor = self.degradation.enlargement
        return self.denoiser().tile((factor * height, factor * width))

    def denoiser(self) -> PlaneDenoiser:
        """Return the prior on planes."""
        return PlaneDenoiser(
            prior=self.prior,
            side=self.side,
            margin=self.overlap // 2,
            batch_size=self.batch_size,
        )

    def likelihood(self, sample: int) -> Likelihood:
        """Return the data term of a plane.

        Parameters
        ----------
        sample : int
            Which plane.

        Returns
        -------
        Likelihood
            Its data term.
        """
        extra = self.observation.planes
        planes = {n: self._plane(n, view, sample) for n, view in extra.items()}
        y = self._normalised(sample)
        found: Any = self.degradation.likelihood(y, self.sigma, **planes)
        cut = self.degradation.cut_off(self.scale.ends)
        told: Likelihood = replace(found, clipped=cut) if any(cut) else found
        return told

    def windows(self, sample: int) -> Tensor:
        """Return evenly spaced windows of a plane, (N, C, h, w), normalised."""
        places = windows_of(self.view.shape)
        views = (window(self.view, ys, xs) for ys, xs in places)
        parts = [replace(self, view=view)._normalised(sample) for view in views]
        return torch.cat(parts)

    def part(self, tile: Tile) -> Self:
        """Return the same of a block of each plane.

        Parameters
        ----------
        tile : Tile
            One of `blocks`.

        Returns
        -------
        PlaneReader
            Of the same kind; itself if a plane is one block.
        """
        if len(self.blocks) == 1:
            return self
        return self.within(*place_of(tile, self.blocks, self.degradation.enlargement))

    def within(self, ys: slice, xs: slice) -> Self:
        """Return the same of some rows and columns of each plane."""
        planes = self.observation.planes.items()
        windows = {name: window(view, ys, xs) for name, view in planes}
        return replace(
            self,
            view=window(self.view, ys, xs),
            observation=replace(self.observation, planes=windows),
        )

    def blend(self, out: Any, view: PlaneView, sample: int) -> Blend:
        """Return what joins blocks, and writes the rows that are done.

        Parameters
        ----------
        out : array
            Array of the shape of the result.
        view : PlaneView
            The image, or another one with the alpha that is written with it.
        sample : int
            Which plane.

        Returns
        -------
        Blend
            Empty.
        """
        write = partial(self._write, out, view, sample)
        return Blend(self.blocks, self.view.channels, write, np.float64)

    def filled_up(self, block: NDArray[Any]) -> NDArray[Any]:
        """Repeat the last rows and columns of a block that reaches beyond a border.

        Parameters
        ----------
        block : ndarray, shape (C, h, w)
            What is there of it.

        Returns
        -------
        ndarray, shape (C, H, W)
            As large as all blocks.
        """
        height, width = self.blocks.tile
        beyond = (0, height - block.shape[1]), (0, width - block.shape[2])
        return np.pad(block, ((0, 0), *beyond), mode="edge")

    def _write(
        self,
        out: Any,
        view: PlaneView,
        sample: int,
        _: int,
        ys: slice,
        block: NDArray[Any],
    ) -> None:
        factor = self.degradation.enlargement
        height, width = (factor * side for side in self.view.shape)
        ys = slice(ys.start, min(ys.stop, height))
        if ys.start < height:
            kept = block[:, : ys.stop - ys.start, :width]
            place = sample, ys, slice(0, width)
            view.write(out, *place, kept, factor, dither=self.few_levels)

    def _normalised(self, sample: int) -> Tensor:
        kind = np.float64 if self.prior.dtype == torch.float64 else np.float32
        plane = self.view.read(sample, slice(None), slice(None), np.float64)
        return self._tensor(self.scale.normalise(plane, kind))

    def _plane(self, name: str, view: PlaneView, sample: int) -> Tensor:
        plane = view.read(sample, slice(None), slice(None), np.float64)
        return self._tensor(plane / self.scale.gain if name == NOISE_LEVELS else plane)

    def _tensor(self, plane: Any) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(plane))
        return tensor.to(self.prior.device, self.prior.dtype)[None]
