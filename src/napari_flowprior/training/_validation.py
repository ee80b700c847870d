"""Figures on held-out images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["GREY_LEVELS", "Validation"]

GREY_LEVELS = 255


@dataclass(frozen=True)
class Validation:
    """Held-out images with noise drawn once, so that figures are comparable.

    Parameters
    ----------
    images : ndarray
        uint8 images, (B, C, H, W).
    sigma : float
        Noise level of the denoising test, normalised units.
    """

    images: NDArray[np.uint8]
    sigma: float = 25 / 255

    def _draw(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        generator = torch.Generator().manual_seed(0)
        clean = torch.from_numpy(self.images).float() / GREY_LEVELS
        noise = torch.randn(clean.shape, generator=generator) * self.sigma
        fill = (torch.rand(clean.shape, generator=generator) - 0.5) / GREY_LEVELS
        return clean.to(device), noise.to(device), fill.to(device)

    def measure(self, flow: MultiscaleFlow) -> tuple[float, float | None]:
        """Return bits per dimension and denoising PSNR.

        Parameters
        ----------
        flow : MultiscaleFlow
            The flow to measure, in evaluation mode.

        Returns
        -------
        tuple
            Bits per dimension, and PSNR in dB or None.
        """
        clean, noise, fill = self._draw(next(flow.parameters()).device)
        psnr = self._psnr(flow, clean, noise) if flow.config.noise_conditional else None
        with torch.no_grad():
            parts = zip(clean.split(4), fill.split(4), strict=True)
            nats = torch.cat([flow.log_prob(c + f) for c, f in parts])
        per_dim = -nats.mean().item() / clean[0].numel()
        return per_dim / math.log(2) + math.log2(GREY_LEVELS), psnr

    def _psnr(self, flow: MultiscaleFlow, clean: Tensor, noise: Tensor) -> float:
        errors = []
        for x, n in zip(clean.split(4), noise.split(4), strict=True):
            restored = x + n + self.sigma**2 * flow.score(x + n, self.sigma)
            errors.append((restored - x).square().flatten(1).mean(1))
        return float(-10 * torch.cat(errors).log10().mean())
