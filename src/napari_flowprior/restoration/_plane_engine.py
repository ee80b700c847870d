"""The plane engine: planes stream through an estimator that sees them whole.

For what reaches across tiles: blur, blocks of JPEG, a grid of tiles that moves. Memory
holds a few copies of one plane, however many planes the image has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.prior import FlowPrior
from napari_flowprior.restoration._degradation import Degradation
from napari_flowprior.restoration._estimator import PlaneEstimator
from napari_flowprior.restoration._plane_denoiser import PlaneDenoiser
from napari_flowprior.tiling import TilePlan

if TYPE_CHECKING:
    from collections.abc import Generator


__all__ = ["PlaneEngine"]


@dataclass(frozen=True, kw_only=True)
class PlaneEngine:
    """One restoration of planes, all choices made.

    Parameters
    ----------
    view : PlaneView
        The image.
    plan : TilePlan
        Size and margin of the tiles of the denoiser.
    scale : IntensityScale
        Between the image's intensities and the prior's.
    prior : FlowPrior
        The prior, on its device.
    degradation : Degradation
        What happened to the image.
    estimator : PlaneEstimator
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
    estimator: PlaneEstimator
    sigma: float
    batch_size: int

    @property
    def total(self) -> int:
        """Steps of the estimator, over all planes."""
        return self.view.samples * self.estimator.work

    def run(self, out: Any) -> Generator[int, None, None]:
        """Restore into an output array.

        Parameters
        ----------
        out : array
            Array of the shape of the result; planes are written as they are done.

        Yields
        ------
        int
            How many of `total` steps the last piece of work made.
        """
        denoiser = PlaneDenoiser(
            prior=self.prior,
            side=max(self.plan.tile),
            margin=self.plan.margin,
            batch_size=self.batch_size,
        )
        extra = self.degradation.planes(self.view)
        for sample in range(self.view.samples):
            planes = {n: self._plane(view, sample) for n, view in extra.items()}
            y = self._normalised(sample)
            likelihood = self.degradation.likelihood(y, self.sigma, **planes)
            estimate = yield from self.estimator.run(denoiser, likelihood)
            finished = likelihood.finish(estimate)[0].cpu().numpy()
            height, width = finished.shape[-2:]
            block = self.scale.restore(finished)
            self.view.write(out, sample, slice(0, height), slice(0, width), block)

    def _normalised(self, sample: int) -> Tensor:
        kind = np.float64 if self.prior.dtype == torch.float64 else np.float32
        plane = self.view.read(sample, slice(None), slice(None), np.float64)
        return self._tensor(self.scale.normalise(plane, kind))

    def _plane(self, view: PlaneView, sample: int) -> Tensor:
        return self._tensor(view.read(sample, slice(None), slice(None), np.float32))

    def _tensor(self, plane: Any) -> Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(plane))
        return tensor.to(self.prior.device, self.prior.dtype)[None]
