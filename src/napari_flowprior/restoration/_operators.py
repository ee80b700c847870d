"""Linear forward operators: what an instrument does to an image, and its adjoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["Identity", "Mask", "Operator"]


class Operator(Protocol):
    """A linear map A of image batches (B, C, H, W).

    An operator with a closed-form proximal map offers it, so that splitting
    estimators need no inner iteration.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return ``A x``."""

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``A^T y``."""

    def prox(self, x: Tensor, y: Tensor, sigma: float, rho: float) -> Tensor:
        """Return ``argmin_z ||A z - y||^2 / (2 sigma^2) + ||z - x||^2 / (2 rho^2)``."""

    def start(self, y: Tensor) -> Tensor:
        """Return a first image made of the observation alone."""


@dataclass(frozen=True)
class Identity:
    """``A x = x``: the image is seen as it is, but for noise."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x``."""
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        """Return ``y``."""
        return y

    def prox(self, x: Tensor, y: Tensor, sigma: float, rho: float) -> Tensor:
        """Return the average of `x` and `y` weighted by their precisions.

        Parameters
        ----------
        x, y : Tensor
            Current image and observation, (B, C, H, W).
        sigma, rho : float
            Standard deviations of `y` and of `x`; not both zero.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        return (rho**2 * y + sigma**2 * x) / (rho**2 + sigma**2)

    def start(self, y: Tensor) -> Tensor:
        """Return ``y``."""
        return y


@dataclass(frozen=True)
class Mask:
    """``A x = m x``: pixels under holes are not seen.

    Parameters
    ----------
    known : Tensor
        True where a pixel is seen, boolean, (B, C, H, W).
    """

    known: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with zeros in the holes."""
        return x * self.known

    def adjoint(self, y: Tensor) -> Tensor:
        """Return `y` with zeros in the holes."""
        return y * self.known

    def prox(self, x: Tensor, y: Tensor, sigma: float, rho: float) -> Tensor:
        """Average with `y` where a pixel is seen; keep `x` in the holes.

        Parameters
        ----------
        x, y : Tensor
            Current image and observation, (B, C, H, W).
        sigma, rho : float
            Standard deviations of `y` and of `x`; not both zero.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        return torch.where(self.known, Identity().prox(x, y, sigma, rho), x)

    def start(self, y: Tensor) -> Tensor:
        """Fill the holes from the nearest scale at which something is seen.

        Parameters
        ----------
        y : Tensor
            Observation, (B, C, H, W); holes may hold anything.

        Returns
        -------
        Tensor
            `y` with smooth holes.
        """
        weight = self.known.to(y.dtype)
        return _fill(torch.where(self.known, y, 0.0), weight)


def _fill(values: Tensor, weight: Tensor) -> Tensor:
    """Pull-push interpolation of ``values / weight`` where the weight is zero."""
    known = weight > 0
    mean = torch.where(known, values / weight.clamp_min(1e-12), 0.0)
    if bool(known.all()) or max(values.shape[-2:]) == 1:
        return mean
    coarse = _fill(_halve(values), _halve(weight))
    smooth = torch.nn.functional.interpolate(
        coarse, size=values.shape[-2:], mode="bilinear", align_corners=False
    )
    return torch.where(known, mean, smooth)


def _halve(x: Tensor) -> Tensor:
    return torch.nn.functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
