"""The plane engine: planes stream through an estimator that sees them whole.

For what reaches across tiles: blur, blocks of JPEG, a grid of tiles that moves. Memory
holds a few copies of one plane, however many planes the image has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration.degradations import (
    NOISE_LEVELS,
    Degradation,
    Observation,
)
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale
from napari_flowprior.restoration.engine._safeguard import safely
from napari_flowprior.restoration.estimators import PlaneDenoiser, PlaneEstimator

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.restoration.likelihoods import Likelihood

__all__ = ["PlaneEngine", "PlaneReader"]


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

    def likelihoods(self) -> Generator[Likelihood]:
        """Return the data terms of the planes.

        Yields
        ------
        Likelihood
            The data term of a plane.
        """
        extra = self.observation.planes
        for sample in range(self.view.samples):
            planes = {n: self._plane(n, view, sample) for n, view in extra.items()}
            y = self._normalised(sample)
            yield self.degradation.likelihood(y, self.sigma, **planes)

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


@dataclass(frozen=True, kw_only=True)
class PlaneEngine(PlaneReader):
    """One restoration of planes, all choices made.

    Parameters
    ----------
    estimator : PlaneEstimator
        Which estimate to compute.
    warnings : list of str
        What the user should know of the planes that are done, is added to it.
    """

    estimator: PlaneEstimator
    warnings: list[str] = field(default_factory=list)

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
        denoiser = self.denoiser()
        for sample, likelihood in enumerate(self.likelihoods()):
            black = self._black(sample)
            guarded = yield from safely(self.estimator, denoiser, likelihood, black)
            self._say(sample, guarded.warnings)
            finished = likelihood.finish(guarded.image)[0].cpu().numpy()
            self._check(sample, finished)
            height, width = finished.shape[-2:]
            block = self.scale.restore(finished)
            whole = slice(0, height), slice(0, width)
            self.view.write(out, sample, *whole, block, self.degradation.enlargement)

    def _check(self, sample: int, finished: NDArray[Any]) -> None:
        """Refuse what becomes too large to compute with, rather than answer NaN."""
        if np.isfinite(finished).all():
            return
        plane = self.view.read(sample, slice(None), slice(None), np.float64)
        largest = float(np.nanmax(np.abs(plane)))
        raise InputError(
            "The computation gave values that are not finite: the largest value of the "
            f"image is {largest:.1e}, {largest / self.scale.gain:.0e} times the range "
            "of most; cut such values off, or mark them as holes with a mask."
        )

    def _black(self, sample: int) -> float | None:
        """Return the intensity of no light, normalised, if the plane shows it."""
        plane = self.view.read(sample, slice(None), slice(None), np.float64)
        if isinstance(self.scale, CurvedScale) or not plane.min() >= 0:
            return None
        return -self.scale.offset / self.scale.gain

    def _say(self, sample: int, warnings: tuple[str, ...]) -> None:
        where = f"Plane {sample + 1}: " if self.view.samples > 1 else ""
        self.warnings.extend(f"{where}{warning}" for warning in warnings)
