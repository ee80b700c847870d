"""Several degradations, one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from napari_flowprior.restoration.degradations._base import (
    NOISE_LEVELS,
    DefaultEstimator,
    Degradation,
    Transform,
)
from napari_flowprior.restoration.degradations._blur import Blur
from napari_flowprior.restoration.degradations._downsample import Downsample
from napari_flowprior.restoration.degradations._inpaint import Inpaint
from napari_flowprior.restoration.degradations._noise import Noise
from napari_flowprior.restoration.degradations._order import check_order, estimates
from napari_flowprior.restoration.degradations._poisson_gaussian import PoissonGaussian
from napari_flowprior.restoration.degradations._quantized import Quantized
from napari_flowprior.restoration.degradations._summed_noise import (
    CameraShare,
    SummedNoise,
)
from napari_flowprior.restoration.likelihoods import GaussianLikelihood
from napari_flowprior.restoration.noise import (
    estimate_noise,
    estimate_with_rounding,
    rounding_level,
)
from napari_flowprior.restoration.operators import Chain, Identity, Mask, Operator

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior

__all__ = ["Compose"]

# Side of the small images on which operators tell how much noise they let through.
_PROBE = 64


@dataclass(frozen=True, init=False, eq=False)
class Compose(Degradation):
    """Several degradations, in the order in which they happened to the image.

    ``y = A_k(... A_2(A_1 x + n_1) + n_2 ...) + n_k``: first `Blur` and `Downsample`,
    any number of them, with `Noise` and `PoissonGaussian` between and after them, then
    `JPEG` or `Quantized`, then `Inpaint`. For instance ``Compose(Blur(gaussian=1.5),
    PoissonGaussian(gain=2, offset=100, read_noise=3), JPEG())``. The operators are
    exact. Of the noises:

    - Their variances add up, as those of one white noise, which differs from pixel to
      pixel if that of a part does. What later operators leave of a noise is less, and
      no longer white; it is taken for white noise of the variance that is left.
    - The variance of camera noise is computed for the light that the image shows,
      smoothed over 2 pixels; there is no curve of intensities.
    - JPEG and few grey levels count as noise of the level at which the single
      degradation restores them: an image before other noise was added lies in no cell
      of theirs.
    - A `Blur` or `Downsample` without a noise level has none of its own if there is any
      other noise; if not, it is estimated.

    A single degradation is restored as it is without `Compose`.

    Parameters
    ----------
    *parts : Degradation
        What happened, the first one first.

    Raises
    ------
    InputError
        If nothing is given, or an order makes no sense.
    """

    parts: tuple[Degradation, ...]
    name: ClassVar[str] = "compose"
    label: ClassVar[str] = "Several"
    combines: ClassVar[bool] = False

    def __init__(self, *parts: Degradation) -> None:
        nested = (p.parts if isinstance(p, Compose) else (p,) for p in parts)
        parts = tuple(part for several in nested for part in several)
        check_order(parts)
        object.__setattr__(self, "parts", parts)
        # What other degradations know as a class depends on the parts.
        alone = self._alone
        only_noise = not self._linear and not self._holes
        reaching = bool(self._linear)
        if alone is not None:
            only_noise, reaching = alone.only_noise, alone.whole_planes
            object.__setattr__(self, "clips", alone.clips)
        object.__setattr__(self, "only_noise", only_noise)
        object.__setattr__(self, "whole_planes", reaching)
        widest = max(part.widening for part in parts)
        object.__setattr__(self, "widening", widest)

    @property
    def uneven(self) -> bool:
        if self._alone is not None:
            return self._alone.uneven
        varying = any(part.uneven for part in self.parts)
        cameras = any(isinstance(part, PoissonGaussian) for part in self.parts)
        return self.only_noise and (varying or cameras)

    @property
    def enlargement(self) -> int:
        return math.prod(part.enlargement for part in self.parts)

    def noise_level(self, view: PlaneView) -> float:
        if self._alone is not None:
            return self._alone.noise_level(view)
        noise = self._noise(view)
        # The posterior mean goes down from the highest level, the others to the usual.
        highest = noise.varies and self.only_noise
        return noise.highest() if highest else noise.usual()

    def transform(self, view: PlaneView) -> Transform | None:
        if self._alone is not None:
            return self._alone.transform(view)
        few = [part for part in self.parts if isinstance(part, Quantized)]
        return few[0].levels(view, self.missing(view)) if few else None

    def scene_range(
        self, view: PlaneView, low: float, high: float
    ) -> tuple[float, float]:
        for part in self.parts if self._holes is None else ():
            low, high = part.scene_range(view, low, high)
        return low, high

    def operator(self, size: tuple[int, int], like: Tensor) -> Operator:
        if self._alone is not None:
            return self._alone.operator(size, like)
        return _joined(_operators(self.parts, size, like), size)

    def planes(self, view: PlaneView) -> dict[str, PlaneView]:
        if self._alone is not None:
            return self._alone.planes(view)
        found = {} if self._holes is None else self._holes.planes(view)
        noise = self._noise(view)
        return found | ({NOISE_LEVELS: noise} if noise.varies else {})

    def missing(self, view: PlaneView) -> PlaneView | None:
        return None if self._holes is None else self._holes.missing(view)

    def likelihood(self, y: Tensor, sigma: float, **planes: Tensor) -> Any:
        if self._alone is not None:
            return self._alone.likelihood(y, sigma, **planes)
        size = y.shape[-2], y.shape[-1]
        operators = _operators(self.parts, size, y)
        if "missing" in planes:
            known = planes["missing"] < 0.5
            y = torch.where(known, y, 0.0)
            operators.append(Mask(known))
        levels = planes.get(NOISE_LEVELS)
        return GaussianLikelihood(y, _joined(operators, size), sigma, levels)

    def default_estimator(self, prior: FlowPrior) -> DefaultEstimator:
        parts = [*self._linear, *([self._holes] if self._holes else []), *self.parts]
        return parts[0].default_estimator(prior)

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "parts": [part.summary() for part in self.parts]}

    @property
    def _alone(self) -> Degradation | None:
        return self.parts[0] if len(self.parts) == 1 else None

    @property
    def _linear(self) -> list[Blur | Downsample]:
        return [part for part in self.parts if isinstance(part, Blur | Downsample)]

    @property
    def _holes(self) -> Inpaint | None:
        return self.parts[-1] if isinstance(self.parts[-1], Inpaint) else None

    def _noise(self, view: PlaneView) -> SummedNoise:
        """Add up what the parts say of their noise."""
        variance, cameras, maps = 0.0, [], []
        for number, part in enumerate(self.parts, 1):
            share = _share(self.parts[number:], view)
            if isinstance(part, PoissonGaussian):
                cameras.append(CameraShare(part.transform(view), share))
            elif isinstance(part, Noise) and part.map is not None:
                part.noise_level(view)
                maps.append(view.like(part.map))
            elif isinstance(part, Quantized):
                variance += part.levels(view, self.missing(view)).noise_level ** 2
            elif isinstance(part, Blur):
                # Not that of rounding, which comes in the end.
                variance += share * float(part.sigma or 0) ** 2
            else:
                variance += share * _stated(part).noise_level(view) ** 2
        if self._linear:
            variance = max(variance, rounding_level(view) ** 2)
        if estimates(self.parts):
            estimate = estimate_with_rounding if self._linear else estimate_noise
            variance += estimate(view) ** 2
        return SummedNoise(view, variance, cameras, maps, self.missing(view))


def _stated(part: Degradation) -> Degradation:
    """Take what is not said of a noise level for none."""
    if isinstance(part, Downsample | Noise) and part.sigma is None:
        return replace(part, sigma=0.0)
    return part


def _share(later: tuple[Degradation, ...], view: PlaneView) -> float:
    """Return how much of the variance of a noise is left by what comes later."""
    size = min(view.shape[0], _PROBE), min(view.shape[1], _PROBE)
    probe = torch.zeros((), dtype=torch.float64)
    operators = _operators(later, size, probe)
    return Chain(tuple(operators), size).noise_share(probe) if operators else 1.0


def _operators(
    parts: tuple[Degradation, ...], size: tuple[int, int], like: Tensor
) -> list[Operator]:
    """Make the operators whose last one makes images of a size."""
    found: list[Operator] = []
    for part in reversed(parts):
        if isinstance(part, Blur | Downsample):
            found.insert(0, part.operator(size, like))
            size = size[0] * part.enlargement, size[1] * part.enlargement
    return found


def _joined(operators: list[Operator], size: tuple[int, int]) -> Operator:
    if not operators:
        return Identity()
    if len(operators) == 1 and isinstance(operators[0], Mask):
        return operators[0]
    return Chain(tuple(operators), size)
