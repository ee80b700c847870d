"""Noise of colours that is wider than that of luminance: a second pass, half as large.

Cameras smooth colours over several pixels. What noise is left there is content to a
denoiser at the finest scale, which leaves much of it. Where the image is half as large,
it is half as wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import avg_pool2d, interpolate, pad

from napari_flowprior.restoration.noise import OPPONENT, ramp

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.priors import FlowPrior

__all__ = ["coarse_share", "refined_below"]

# How wide noise is, see `_width`, is 0.5 for white noise, 0.64 where a Gaussian of 0.8
# pixels blurred it, and 0.9 for colours of photographs, by 0.3 more than for their
# luminance. By how much more the second pass begins and counts in full, and the part of
# the level that is told there. Noise that is alike in all colours, or in grey, is left
# to the first pass: a second one gains nothing.
_BEGIN, _FULL, _PART = 0.08, 0.2, 0.7
_TINY = 1e-12


def coarse_share(change: Tensor) -> float:
    """Choose what part of the level to tell a denoiser at half the resolution.

    Parameters
    ----------
    change : Tensor, shape (B, C, H, W)
        What it took out of some tiles.

    Returns
    -------
    float
        From 0, for noise in grey or of equal width in all colours, to 0.7.
    """
    if change.shape[1] != len(OPPONENT):
        return 0.0
    seen = torch.einsum("ij,bjhw->bihw", change.new_tensor(OPPONENT), change)
    width = _width(seen)
    wider = float(width[1:].mean() - width[0])
    return _PART * ramp(wider, _BEGIN, _FULL)


def _width(noise: Tensor) -> Tensor:
    """Return the ratio of noise at a quarter and at half of the resolution, (C,)."""
    half = avg_pool2d(noise, 2)
    quarter = avg_pool2d(half, 2)
    ratio = quarter.square().mean((0, 2, 3)) / half.square().mean((0, 2, 3)).clamp_min(
        _TINY
    )
    return ratio.sqrt()


def refined_below(prior: FlowPrior, estimate: Tensor, level: float) -> Tensor:
    """Denoise what can be seen at half the resolution.

    Parameters
    ----------
    prior : FlowPrior
        The prior.
    estimate : Tensor, shape (B, C, H, W)
        Images, denoised at their own resolution.
    level : float
        Noise level that is told, normalised.

    Returns
    -------
    Tensor
        The images, less what is found there, enlarged linearly.
    """
    height, width = estimate.shape[-2:]
    step = 2 * prior.stride
    below, right = -height % step, -width % step
    padded = pad(estimate, (0, right, 0, below), mode="replicate")
    half = avg_pool2d(padded, 2)
    change = prior.denoise(half, level) - half
    enlarged = interpolate(change, scale_factor=2, mode="bilinear")
    return estimate + enlarged[..., :height, :width]
