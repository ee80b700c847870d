"""How far a denoiser is from a truth that nobody knows, on tiles that are held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from napari_flowprior.adaptation._tiles import NoisyBatch
    from napari_flowprior.flow import MultiscaleFlow

__all__ = ["HeldOut", "Risk"]

# Size of the step that the divergence is probed with, in noise levels, and how many.
_STEP, _PROBES = 0.1, 2
_AT_A_TIME = 8
# How much weaker than measured the noise is taken to be: were it taken for stronger
# than it is, detail would count as noise.
_CAUTION = 0.95


@dataclass(frozen=True)
class Risk:
    """Estimated squared error of tiles, in units of the variance that is told.

    Stein's unbiased estimate, for noise that is a little weaker than measured.

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
    def errors(self) -> Tensor:
        """Of each tile, (B,)."""
        return self.fit + _CAUTION**2 * (2 * self.divergence - self.noise)

    @property
    def error(self) -> float:
        """Of all tiles."""
        return float(self.errors.mean())

    def surely_below(self, other: Risk) -> bool:
        """Tell whether it is lower by more than its standard error.

        Parameters
        ----------
        other : Risk
            Of the same tiles.

        Returns
        -------
        bool
            Whether the tiles agree enough.
        """
        change = self.errors - other.errors
        doubt = change.std() / len(change) ** 0.5
        return bool(change.mean() + doubt < 0)


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
        self._probes = [
            torch.randn(batch.seen.shape, generator=generator).to(batch.seen)
            for _ in range(_PROBES)
        ]

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
            moved = flow.denoise(seen + _STEP * level * probe, told, cut)
            change = level * probe * (moved - answer) / (_STEP * unit.square())
            divergence += change.flatten(1).mean(1) / _PROBES
        return fit, divergence, (level / unit).square().flatten(1).mean(1)
