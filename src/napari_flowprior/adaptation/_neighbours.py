"""Noise whose neighbours are a little alike, as that of scanning microscopes is.

A correlation of a twentieth is enough for a network to learn noise from the noise
beside it: where good denoisers leave a hundredth of the variance, it leaves as much
again. So the noise that is added in training is alike as that of the images is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior.restoration.noise import neighbour_correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from napari_flowprior.adaptation._batch import NoisyBatch
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["measure_correlation"]

# What moving averages of two pixels reach, which `coloured` makes.
_MOST = 0.45
_AT_A_TIME = 8
_FAINTEST = 1e-6


@torch.no_grad()
def measure_correlation(flow: MultiscaleFlow, batch: NoisyBatch) -> tuple[float, float]:
    """Measure how alike the noise of neighbours is.

    A denoiser leaves some noise, and what it removes is less alike for that. By how
    much, shows the same with white noise on what it has denoised.

    Parameters
    ----------
    flow : MultiscaleFlow
        With a score network.
    batch : NoisyBatch
        Tiles that are not turned.

    Returns
    -------
    down, right : float
        Correlation along Y and along X, from 0 on: below, it is an error of the
        measurement, as where there are few photons.
    """
    removed, scene = _removed(flow, batch, batch.seen)
    generator = torch.Generator().manual_seed(0)
    white = torch.randn(scene.shape, generator=generator).to(scene)
    again, _ = _removed(flow, batch, scene + batch.level * white)
    expected = _mean_correlation(again / batch.level.clamp_min(_FAINTEST), scene)
    seen = _mean_correlation(removed / batch.level.clamp_min(_FAINTEST), scene)
    down, right = (float(np.clip(k, 0.0, _MOST)) for k in seen - expected)
    return down, right


def _removed(
    flow: MultiscaleFlow, batch: NoisyBatch, seen: Tensor
) -> tuple[Tensor, Tensor]:
    parts = zip(
        *(t.split(_AT_A_TIME) for t in (seen, batch.told, batch.clipped)), strict=True
    )
    scene = torch.cat([flow.denoise(*part) for part in parts])
    return seen - scene, scene


def _mean_correlation(noise: Tensor, scene: Tensor) -> NDArray[np.float64]:
    pairs = zip(noise.cpu().numpy(), scene.cpu().numpy(), strict=True)
    found = [neighbour_correlation(n.astype(np.float64), s) for n, s in pairs]
    kept = [pair for pair in found if pair is not None] or [(0.0, 0.0)]
    mean: NDArray[np.float64] = np.array(kept).mean(0)
    return mean
