"""Figures and pictures of held-out patches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray

from napari_flowprior.training._events import HeldOutFigures, Pictures

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["Validation"]

_AT_A_TIME = 2**14
_SAMPLES = 6
_TEMPERATURE = 0.7
# Of the noise whose neighbours are alike, pixels.
_BLUR = 0.8
# Of Stein's estimate: the step that the divergence is probed with, in noise levels, and
# what errors are taken for where chance makes their estimate negative.
_STEP, _LEAST_ERROR = 0.1, 1e-8


@dataclass(frozen=True, eq=False)
class Validation:
    """Held-out patches with noise drawn once, so that figures are comparable.

    Parameters
    ----------
    patches : ndarray, shape (B, C, h, w)
        Normalised intensities.
    quantum : float
        Spacing of the values of the data, normalised units.
    sigma : float
        Noise level of the denoising test, normalised units.
    clipped : float
        Part of the patches whose noisy intensities are cut off at 0 and 1 there.
    correlated : float
        Part of the patches whose noise is blurred by a Gaussian of 0.8 pixels.
    least : float
        Noise level that the patches have themselves, normalised units. Bits are told at
        that level then, and so is the PSNR, by Stein's estimate of the error.
    """

    patches: NDArray[Any]
    quantum: float = 1 / 255
    sigma: float = 25 / 255
    clipped: float = 0.0
    correlated: float = 0.0
    least: float = 0.0

    def measure(
        self, flow: MultiscaleFlow, step: int
    ) -> Generator[tuple[int, int], None, HeldOutFigures]:
        """Measure bits per dimension and denoising PSNR.

        Parameters
        ----------
        flow : MultiscaleFlow
            The flow to measure, in evaluation mode.
        step : int
            Steps it was trained for.

        Returns
        -------
        HeldOutFigures
            The figures.

        Yields
        ------
        tuple of int
            Patches done, and in all.
        """
        clean, noisy, fill = self._draw(next(flow.parameters()).device)
        at_a_time = max(1, _AT_A_TIME // clean[0, 0].numel())
        nats, decibels = 0.0, 0.0
        for start in range(0, len(clean), at_a_time):
            part = slice(start, start + at_a_time)
            with torch.no_grad():
                nats += self._log_prob(flow, clean[part] + fill[part]).sum().item()
            if flow.config.noise_conditional:
                decibels += self._psnr(flow, clean, noisy, part).sum().item()
            yield min(start + at_a_time, len(clean)), len(clean)
        per_dim = -nats / clean.numel()
        return HeldOutFigures(
            step=step,
            bits_per_dim=per_dim / math.log(2) - math.log2(self.quantum),
            denoising_psnr=decibels / len(clean)
            if flow.config.noise_conditional
            else None,
        )

    def _draw(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        generator = torch.Generator().manual_seed(0)
        clean = torch.from_numpy(self.patches).float()
        noise = torch.randn(clean.shape, generator=generator)
        blurred = self._chosen(self.correlated).flip(0)[:, None, None, None]
        noise = self.sigma * torch.where(blurred, _blurred(noise), noise)
        fill = (torch.rand(clean.shape, generator=generator) - 0.5) * self.quantum
        cut = self._chosen(self.clipped)[:, None, None, None]
        noisy = torch.where(cut, (clean + noise).clamp(0, 1), clean + noise)
        noisy = clean if self.least else noisy
        return clean.to(device), noisy.to(device), fill.to(device)

    def _log_prob(self, flow: MultiscaleFlow, patches: Tensor) -> Tensor:
        if not self.least:
            return flow.log_prob(patches)
        level = torch.full((len(patches),), self.least, device=patches.device)
        return flow.log_prob(patches, level)

    def _chosen(self, part: float) -> Tensor:
        """Choose a part of the patches, evenly spread, (B,)."""
        counts = torch.arange(len(self.patches) + 1, dtype=torch.float64) * part
        return counts.floor().diff() > 0

    def _denoise(self, flow: MultiscaleFlow, noisy: Tensor, part: slice) -> Tensor:
        cut = self._chosen(self.clipped)[part, None].expand(-1, 2)
        with torch.no_grad():
            return flow.denoise(noisy[part], self.least or self.sigma, cut.to(noisy))

    def _psnr(
        self, flow: MultiscaleFlow, clean: Tensor, noisy: Tensor, part: slice
    ) -> Tensor:
        error = self._denoise(flow, noisy, part) - clean[part]
        squares = error.square().flatten(1).mean(1)
        if self.least:
            squares = squares + self._optimism(flow, noisy, error, part)
        return -10 * squares.clamp_min(_LEAST_ERROR).log10()

    def _optimism(
        self, flow: MultiscaleFlow, noisy: Tensor, error: Tensor, part: slice
    ) -> Tensor:
        """Return by how much errors from noisy patches are off, by Stein, (B,)."""
        generator = torch.Generator().manual_seed(0)
        probe = torch.randn(noisy.shape, generator=generator)[part].to(noisy)
        step = _STEP * self.least
        moved = noisy.clone()
        moved[part] += step * probe
        answer = self._denoise(flow, moved, part)
        change = (answer - (error + noisy[part])) / step
        divergence = (probe * change).flatten(1).mean(1)
        return self.least**2 * (2 * divergence - 1)

    def pictures(self, flow: MultiscaleFlow) -> Pictures:
        """Show what the flow does with a patch, and what it dreams of.

        Parameters
        ----------
        flow : MultiscaleFlow
            The flow, in evaluation mode.

        Returns
        -------
        Pictures
            The same patch, noise and latents every time.
        """
        device = next(flow.parameters()).device
        clean, shaken, _ = self._draw(device)
        # The liveliest patch says most.
        chosen = int(clean.flatten(1).std(1).argmax())
        patch, noisy, restored = clean[chosen : chosen + 1], None, None
        if flow.config.noise_conditional:
            this = slice(chosen, chosen + 1)
            noisy, restored = shaken[this], self._denoise(flow, shaken, this)
        size = patch.shape[-2], patch.shape[-1]
        generator = torch.Generator(device).manual_seed(0)
        samples = flow.sample(
            _SAMPLES, size, temperature=_TEMPERATURE, generator=generator
        )
        return Pictures(
            clean=_array(patch)[0],
            noisy=None if noisy is None else _array(noisy)[0],
            restored=None if restored is None else _array(restored)[0],
            samples=_array(samples),
        )


def _array(images: Tensor) -> NDArray[Any]:
    array: NDArray[Any] = images.detach().cpu().numpy()
    return array


def _blurred(noise: Tensor) -> Tensor:
    """Blur white noise by a Gaussian of 0.8 pixels, and bring it back to its level."""
    t = torch.arange(-4.0, 5.0) / _BLUR
    kernel = torch.exp(-t.square() / 2)
    kernel = kernel / kernel.square().sum().sqrt()
    for axis in (2, 3):
        rolled = [w * noise.roll(k - 4, axis) for k, w in enumerate(kernel.tolist())]
        noise = torch.stack(rolled).sum(0)
    return noise
