"""How far a denoiser is from a truth that nobody knows, on tiles that are held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from napari_flowprior.adaptation._batch import NoisyBatch
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["HeldOut", "Risk"]

# Size of the step that the divergence is probed with, in noise levels, and how many.
_STEP, _PROBES = 0.1, 2
_AT_A_TIME = 8


@dataclass(frozen=True)
class Risk:
    """Estimated squared error of tiles, in units of the variance that is told.

    Stein's unbiased estimate, for noise as measured, and a little weaker and stronger:
    taken for stronger than it is, detail counts as noise; taken for weaker, or for less
    alike from pixel to pixel, noise counts as detail.

    Parameters
    ----------
    fit : Tensor
        Mean square of what is removed from each tile, (B,).
    divergence : Tensor
        Mean derivative of what is left by what is seen, weighted by the variance of the
        noise, (B,).
    noise : Tensor
        Mean variance of the noise, (B,).

    References
    ----------
    Stein, *Estimation of the mean of a multivariate normal distribution* (1981);
    Ramani, Blu and Unser, *Monte-Carlo SURE* (2008).
    """

    fit: Tensor
    divergence: Tensor
    noise: Tensor

    @property
    def error(self) -> float:
        """Of all tiles, for noise as measured."""
        return float(self._errors(1.0).mean())

    def _errors(self, variance: float) -> Tensor:
        return self.fit + variance * (2 * self.divergence - self.noise)

    def above(self, other: Risk, doubt: float) -> float:
        """Return by how much it may be higher, if the noise is other than measured.

        Parameters
        ----------
        other : Risk
            Of the same tiles.
        doubt : float
            How much stronger or weaker the noise may be, as a part of its variance.

        Returns
        -------
        float
            The most, with the standard error over tiles; below 0 if it is surely lower.
        """
        found = []
        for variance in (1 / (1 + doubt), 1.0, 1 + doubt):
            change = self._errors(variance) - other._errors(variance)
            found.append(change.mean() + change.std() / len(change) ** 0.5)
        return float(torch.stack(found).max())


class HeldOut:
    """Tiles that are held out, with probes that are the same every time.

    Parameters
    ----------
    batch : NoisyBatch
        The tiles.
    """

    def __init__(self, batch: NoisyBatch) -> None:
        self._batch = batch
        generator = torch.Generator().manual_seed(0)
        shape = batch.seen.shape
        drawn = (torch.randn(shape, generator=generator) for _ in range(_PROBES))
        self._probes = [batch.noise(white.to(batch.seen)) for white in drawn]

    @torch.no_grad()
    def risk(self, flow: MultiscaleFlow) -> Risk:
        """Estimate the error of a denoiser.

        Parameters
        ----------
        flow : MultiscaleFlow
            With a score network.

        Returns
        -------
        Risk
            Of each tile.
        """
        parts = torch.arange(len(self._batch.seen)).split(_AT_A_TIME)
        found = [self._part(flow, part.to(self._batch.seen.device)) for part in parts]
        return Risk(*(torch.cat(column) for column in zip(*found, strict=True)))

    def _part(
        self, flow: MultiscaleFlow, part: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        batch = self._batch
        seen, told, cut = batch.seen[part], batch.told[part], batch.clipped[part]
        unit, level = told[:, None, None, None], batch.level[part]
        answer = flow.denoise(seen, told, cut)
        fit = ((answer - seen) / unit).square().flatten(1).mean(1)
        divergence = torch.zeros_like(fit)
        for probe in (probe[part] for probe in self._probes):
            moved = flow.denoise(seen + _STEP * probe, told, cut)
            change = probe * (moved - answer) / (_STEP * unit.square())
            divergence += change.flatten(1).mean(1) / _PROBES
        return fit, divergence, (level / unit).square().flatten(1).mean(1)
