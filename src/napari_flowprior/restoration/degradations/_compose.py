"""Several degradations, one after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from napari_flowprior.restoration.degradations._base import (
    DefaultEstimator,
    Degradation,
)
from napari_flowprior.restoration.degradations._observation import (
    NOISE_LEVELS,
    Observation,
)
from napari_flowprior.restoration.degradations._order import check_order, estimates
from napari_flowprior.restoration.degradations._summed_noise import (
    CameraShare,
    SummedNoise,
)
from napari_flowprior.restoration.likelihoods import GaussianLikelihood
from napari_flowprior.restoration.noise import (
    Anscombe,
    estimate_noise,
    estimate_with_rounding,
    rounding_level,
)
from napari_flowprior.restoration.operators import Chain, Identity, Mask, Operator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    - The variance of Poisson-Gaussian noise is computed for the light that the image
      shows, smoothed over 2 pixels; there is no curve of intensities.
    - JPEG and quantisation count as noise of the level at which the single
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
        parts = check_order(parts)
        object.__setattr__(self, "parts", parts)
        # What other degradations know as a class depends on the parts.
        for name, value in self._traits().items():
            object.__setattr__(self, name, value)

    def _traits(self) -> dict[str, Any]:
        formats = (part.told_by for part in self.parts if part.told_by)
        traits: dict[str, Any] = {
            "told_by": next(formats, ""),
            "enlarges": any(part.enlarges for part in self.parts),
        }
        if self._alone is not None:
            names = "only_noise", "whole_planes", "clips"
            return traits | {name: getattr(self._alone, name) for name in names}
        reaching = bool(self._linear)
        only_noise = not reaching and self._holes is None
        return traits | {"only_noise": only_noise, "whole_planes": reaching}

    @property
    def steps(self) -> tuple[Degradation, ...]:
        return self.parts

    def geometry(
        self, scale: tuple[float, ...], translate: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        # A pixel of the image is one of the last part; the first ones made it.
        for part in reversed(self.parts):
            scale, translate = part.geometry(scale, translate)
        return scale, translate

    def told_by_file(self, path: Path, shape: tuple[int, int]) -> Compose:
        told = (
            part.told_by_file(path, shape) if part.told_by == self.told_by else part
            for part in self.parts
        )
        return Compose(*told)

    @property
    def uneven(self) -> bool:
        if self._alone is not None:
            return self._alone.uneven
        return self.only_noise and any(
            part.uneven or part.camera for part in self.parts
        )

    @property
    def enlargement(self) -> int:
        return math.prod(part.enlargement for part in self.parts)

    def observe(self, view: PlaneView, missing: PlaneView | None = None) -> Observation:
        missing = self.missing(view) if missing is None else missing
        if self._alone is not None:
            seen = self._alone.observe(view, missing)
            return replace(seen, provenance=self._told([seen]))
        seen_by = [part.observe_among(view, missing) for part in self.parts]
        noise = self._noise(view, missing, seen_by)
        planes = dict(seen_by[-1].planes) if missing is not None else {}
        if noise.varies:
            planes[NOISE_LEVELS] = noise
        # The posterior mean goes down from the highest level, the others to the usual.
        highest = noise.varies and self.only_noise
        rounded = (part.rounds for part in self.parts)
        return Observation(
            level=noise.highest() if highest else noise.usual(),
            transform=next((s.transform for s in compress(seen_by, rounded)), None),
            planes=planes,
            missing=missing,
            provenance=self._told(seen_by),
        )

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
        holes = [self._holes] if self._holes is not None else []
        parts = [*self._linear, *holes, *self.parts]
        return parts[0].default_estimator(prior)

    def summary(self) -> dict[str, Any]:
        return {"name": self.name, "parts": [part.summary() for part in self.parts]}

    @property
    def _alone(self) -> Degradation | None:
        return self.parts[0] if len(self.parts) == 1 else None

    @property
    def _linear(self) -> list[Degradation]:
        return [part for part in self.parts if part.linear]

    @property
    def _holes(self) -> Degradation | None:
        return self.parts[-1] if self.parts[-1].masks else None

    def _noise(
        self,
        view: PlaneView,
        missing: PlaneView | None,
        seen_by: Sequence[Observation],
    ) -> SummedNoise:
        """Add up what the parts say of their noise."""
        variance, cameras, maps = 0.0, [], []
        for number, (part, seen) in enumerate(zip(self.parts, seen_by, strict=True), 1):
            share = _share(self.parts[number:], view)
            if part.camera:
                assert isinstance(seen.transform, Anscombe)
                cameras.append(CameraShare(seen.transform, share))
            elif NOISE_LEVELS in seen.planes:
                maps.append(seen.planes[NOISE_LEVELS])
            else:
                variance += share * seen.level**2
        if self._linear:
            variance = max(variance, rounding_level(view) ** 2)
        if estimates(self.parts):
            estimate = estimate_with_rounding if self._linear else estimate_noise
            variance += estimate(view) ** 2
        return SummedNoise(view, variance, cameras, maps, missing)

    def _told(self, seen_by: Sequence[Observation]) -> dict[str, Any]:
        return {"name": self.name, "parts": [dict(seen.provenance) for seen in seen_by]}


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
        if part.linear:
            found.insert(0, part.operator(size, like))
            size = size[0] * part.enlargement, size[1] * part.enlargement
    return found


def _joined(operators: list[Operator], size: tuple[int, int]) -> Operator:
    if not operators:
        return Identity()
    if len(operators) == 1 and isinstance(operators[0], Mask):
        return operators[0]
    return Chain(tuple(operators), size)
