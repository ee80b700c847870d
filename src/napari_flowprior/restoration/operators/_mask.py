"""Pixels that are seen and holes between them, which are filled smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from napari_flowprior.restoration.operators._base import Identity
from napari_flowprior.restoration.operators._conjugate_gradients import (
    conjugate_gradients,
)

__all__ = ["Mask"]

# More fill photographs no better.
_BENDING_STEPS = 50


# Standard deviation, in pixels, beyond which a change is not carried.
_WIDEST = 10.0


# How fast a change fades where few pixels are seen, in shares of the mean of them.
_FADING = 0.1


@dataclass(frozen=True)
class Mask:
    """``A x = m x``: pixels under holes are not seen.

    Parameters
    ----------
    known : Tensor
        True where a pixel is seen, boolean, (B, C, H, W).
    """

    known: Tensor
    exact: ClassVar[bool] = True

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with zeros in the holes."""
        return x * self.known

    def adjoint(self, y: Tensor) -> Tensor:
        """Return `y` with zeros in the holes."""
        return y * self.known

    def prox(self, x: Tensor, y: Tensor, sigma: float | Tensor, rho: float) -> Tensor:
        """Average with `y` where a pixel is seen; keep `x` in the holes.

        Parameters
        ----------
        x, y : Tensor
            Current image and observation, (B, C, H, W).
        sigma : float or Tensor
            Standard deviation of `y`, per pixel if it is a tensor.
        rho : float
            That of `x`; not both zero.

        Returns
        -------
        Tensor
            The minimiser, shape of `x`.
        """
        return torch.where(self.known, Identity().prox(x, y, sigma, rho), x)

    def spread(self, change: Tensor) -> Tensor:
        """Carry a change of the pixels that are seen on into the holes.

        Holes change as the pixels around them do, weighted by a Gaussian as wide as
        these are apart on average; inside large holes the change fades to nothing.

        Parameters
        ----------
        change : Tensor
            Change of images, (B, C, H, W); what it is in the holes does not matter.

        Returns
        -------
        Tensor
            The same where pixels are seen, and a smooth change in the holes.

        References
        ----------
        Knutsson and Westin, *Normalized and differential convolution* (1993).
        """
        weight = self.known.to(change.dtype).expand_as(change)
        share = weight.mean((-2, -1), keepdim=True).clamp_min(_WIDEST**-2)
        width = float(share.mean()) ** -0.5
        near = _smooth(weight, width) + _FADING * share
        return torch.where(self.known, change, _smooth(change * weight, width) / near)

    def start(self, y: Tensor) -> Tensor:
        """Fill the holes smoothly: coarse to fine, then nearly as a bent plate would.

        The energy of bending, the sum of squares of the Laplacian, is reduced by a
        few conjugate gradients, which smooth the steps that scales leave behind and go
        on with the slopes at the borders of holes; to the end, they would overshoot.

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
        return _bend(_fill(torch.where(self.known, y, 0.0), weight), 1 - weight)


def _smooth(x: Tensor, width: float) -> Tensor:
    """Filter by a Gaussian of a standard deviation in pixels; black at the edges."""
    reach = int(3 * width) + 1
    t = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device) / width
    kernel = torch.exp(-t.square() / 2)
    kernel = (kernel / kernel.sum()).reshape(1, 1, -1, 1)
    conv = torch.nn.functional.conv2d
    down = conv(x.flatten(0, 1)[:, None], kernel, padding=(reach, 0))
    return conv(down, kernel.mT, padding=(0, reach)).reshape(x.shape)


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


def _bend(x: Tensor, holes: Tensor) -> Tensor:
    """Smooth the holes, within the range of intensities."""

    def energy(change: Tensor) -> Tensor:
        return holes * _laplacian(_laplacian(change))

    change = conjugate_gradients(energy, torch.clone, -energy(x), 1e-3, _BENDING_STEPS)
    low, high = x.amin((-2, -1), keepdim=True), x.amax((-2, -1), keepdim=True)
    return torch.minimum(torch.maximum(x + change, low), high)


def _laplacian(x: Tensor) -> Tensor:
    """Return four times a pixel less its neighbours, edges repeated."""
    around = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
    rows, columns = around[..., 1:-1], around[..., 1:-1, :]
    beside = columns[..., :-2] + columns[..., 2:]
    return 4 * x - rows[..., :-2, :] - rows[..., 2:, :] - beside
