"""Training losses, each in nats (or weighted squared errors) per image.

Losses are summed over an image's dimensions and averaged over the batch, with
intensities in [0, 1] [R]. A recipe is a tuple of losses.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from napari_flowprior.training.optim._base import Loss, TrainingBatch
from napari_flowprior.training.optim._denoising import Denoising
from napari_flowprior.training.optim._recorruption import Recorruption

__all__ = [
    "LOSSES",
    "Autoencoder",
    "ImageNoise",
    "LatentNoise",
    "Likelihood",
    "ScoreMatching",
]


def _squared_error(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().flatten(1).sum(1).mean()


def _relative_error(denoised: Tensor, batch: TrainingBatch, floor: float) -> Tensor:
    """Squared errors, (B,), over what a good denoiser leaves at that noise level."""
    assert batch.sigma is not None
    errors = (denoised - batch.clean).square().flatten(1).sum(1)
    return errors / (0.1 * batch.sigma.square() + floor**2)


@dataclass(frozen=True)
class Likelihood(Loss):
    """Negative log-likelihood, ``-log p(x + n | sigma)``, in nats per image.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    """

    name: ClassVar[str] = "likelihood"

    def __call__(self, batch: TrainingBatch) -> Tensor:
        return -batch.log_prob.mean()


@dataclass(frozen=True)
class ScoreMatching(Loss):
    """Denoising score matching on the flow's own score.

    ``|| x_noisy + sigma^2 score(x_noisy, sigma) - x ||^2 / (0.1 sigma^2 + floor^2)``,
    over the images whose sigma exceeds `smallest`. By Tweedie's formula its optimum
    is the score of the noisy density, the same as the optimum of the likelihood.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    floor : float
        Error of a good denoiser at small sigma, normalised units.
    smallest : float
        Noise levels below this are left to the likelihood, normalised units.

    References
    ----------
    Vincent, *A connection between score matching and denoising autoencoders* (2011).
    """

    weight: float = 3.0
    floor: float = 0.02
    smallest: float = 2.5 / 255
    name: ClassVar[str] = "score"
    takes_clean: ClassVar[bool] = True
    passes: ClassVar[int] = 6
    graphs: ClassVar[int] = 4

    def __call__(self, batch: TrainingBatch) -> Tensor:
        assert batch.sigma is not None
        sigma = batch.sigma[:, None, None, None]
        denoised = batch.noisy + sigma.square() * batch.score
        used = batch.sigma > self.smallest
        return (_relative_error(denoised, batch, self.floor) * used).mean()


@dataclass(frozen=True)
class LatentNoise(Loss):
    """Bound on the inverse: ``|| g(f(x) + U(-m, m)) - x ||^2`` [R].

    Parameters
    ----------
    weight : float
        Factor of the term (beta_ln = 100 in Tables 2 and 3).
    magnitude : float
        m (0.5 in Tables 2 and 3).
    """

    weight: float = 100.0
    magnitude: float = 0.5
    name: ClassVar[str] = "latent_noise"
    passes: ClassVar[int] = 6

    def __call__(self, batch: TrainingBatch) -> Tensor:
        shaken = [u + batch.uniform_like(u, self.magnitude) for u in batch.latents]
        image, _ = batch.flow.inverse(shaken, batch.sigma)
        return _squared_error(image, batch.noisy)


@dataclass(frozen=True)
class Autoencoder(Loss):
    """Coarse latents carry the content: ``|| g(u_0, mu(h_1), ...) - x ||^2`` [R].

    The fine latents are set to their conditional means, that is, whitened to zero.

    Parameters
    ----------
    weight : float
        Factor of the term (beta_ae = 1 in Tables 2 and 3).
    """

    name: ClassVar[str] = "autoencoder"
    passes: ClassVar[int] = 6

    def __call__(self, batch: TrainingBatch) -> Tensor:
        eps, _ = batch.flow(batch.noisy, batch.sigma, whiten=True)
        coarse = [eps[0], *(torch.zeros_like(fine) for fine in eps[1:])]
        image, _ = batch.flow.inverse(coarse, batch.sigma, whitened=True)
        return _squared_error(image, batch.noisy)


@dataclass(frozen=True)
class ImageNoise(Loss):
    """Bound on the forward map: ``|| f(x + U(-m, m)) - f(x) ||^2`` [R].

    Parameters
    ----------
    weight : float
        Factor of the term (beta_in = 100 in Table 3).
    magnitude : float
        m in normalised units (10 of 255 in Table 3).
    """

    weight: float = 100.0
    magnitude: float = 10 / 255
    name: ClassVar[str] = "image_noise"

    def __call__(self, batch: TrainingBatch) -> Tensor:
        shift = batch.uniform_like(batch.noisy, self.magnitude)
        shaken, _ = batch.flow(batch.noisy + shift, batch.sigma)
        pairs = zip(shaken, batch.latents, strict=True)
        return torch.stack([_squared_error(a, b) for a, b in pairs]).sum()


LOSSES = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Likelihood,
            ScoreMatching,
            Denoising,
            Recorruption,
            LatentNoise,
            Autoencoder,
            ImageNoise,
        )
    }
)
"""The losses by the names that recipes use."""
