"""Recorruption: denoising learnt of images that nobody has seen clean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.training.optim._base import Loss, TrainingBatch

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = ["Recorruption"]

# Least noise that is added, in units of that which there is: of less, what is left to
# be told from says nothing.
_WEAKEST = 0.1


@dataclass(frozen=True, kw_only=True)
class Recorruption(Loss):
    """Denoising of images that have noise themselves, on the score network.

    Of a patch y with white noise of level s, and white w of the same level, two are
    made whose noises are independent: ``y + tau w``, of level ``s sqrt(1 + tau^2)``,
    and ``y - w / tau``. What predicts the second one from the first one best predicts
    the clean image best. Each patch is taken with w and with its negative: what they
    leave to chance cancels, which would drown weak recorruption, the one at the level
    of the noise itself.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    strong : float
        Part of the patches whose levels go up to `highest`, evenly in their logarithms;
        those of all others have ``tau`` from 0.1 to 1.
    highest : float
        Largest noise level, normalised units.
    detail : float
        Errors are counted as `Denoising` does, relative to what a good denoiser leaves:
        noise level of which it takes out half, in variance; normalised units.

    References
    ----------
    Pang et al., *Recorrupted-to-Recorrupted: unsupervised deep learning for image
    denoising* (2021), Theorem 1.
    """

    strong: float = 0.3
    highest: float = 1.0
    detail: float = 0.0085
    name: ClassVar[str] = "recorruption"
    passes: ClassVar[int] = 6
    graphs: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.strong > 1:
            raise InputError(f"strong is {self.strong}; give a part, from 0 to 1.")
        if self.detail == 0:
            raise InputError("detail is 0; give a noise level above it.")

    def __call__(self, batch: TrainingBatch) -> Tensor:
        shape = batch.clean.shape[1:]
        drawn = [rng.standard_normal(shape, dtype=np.float32) for rng in batch.rngs]
        tau = torch.tensor([self._draw(rng, batch.least) for rng in batch.rngs])
        tau = tau.to(batch.clean)[:, None, None, None]
        white = batch.least * torch.from_numpy(np.stack(drawn)).to(batch.clean)
        level = batch.least * (1 + tau.square()).sqrt()
        errors = [self._error(batch, sign * white, tau, level) for sign in (1, -1)]
        weight = (1 + level / self.detail) / level.square()
        return (weight * (errors[0] + errors[1]) / 2).flatten(1).sum(1).mean()

    def _draw(self, rng: np.random.Generator, least: float) -> float:
        """Draw how strong added noise is, in units of that which there is."""
        where, strong = rng.random(2)
        most = np.sqrt(max((self.highest / least) ** 2 - 1, 1.0))
        if strong < self.strong:
            return float(_WEAKEST * (most / _WEAKEST) ** where)
        return float(_WEAKEST + (1 - _WEAKEST) * where)

    def _error(
        self, batch: TrainingBatch, white: Tensor, tau: Tensor, level: Tensor
    ) -> Tensor:
        first, second = batch.clean + tau * white, batch.clean - white / tau
        scaled = batch.flow.scaled_score(first, level.expand(-1, -1, *first.shape[2:]))
        return (first + level * scaled - second).square()

    def multiply_adds_per_pixel(self, flow: FlowConfig) -> float:
        return self.passes * flow.score_multiply_adds_per_pixel

    def bytes_per_pixel(self, flow: FlowConfig) -> float:
        return self.graphs * flow.score_bytes_per_pixel
