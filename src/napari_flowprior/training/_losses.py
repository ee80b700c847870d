"""Training losses, each in nats (or weighted squared errors) per image.

Losses are summed over an image's dimensions and averaged over the batch, with
intensities in [0, 1] [R]. A recipe is a tuple of losses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

__all__ = [
    "LOSSES",
    "Autoencoder",
    "Denoising",
    "ImageNoise",
    "LatentNoise",
    "Likelihood",
    "Loss",
    "ScoreMatching",
    "TrainingBatch",
]


@dataclass(frozen=True)
class TrainingBatch:
    """A batch on its way through the losses, which share the costly parts.

    Parameters
    ----------
    flow : MultiscaleFlow
        The flow that is trained.
    clean : Tensor
        Images as they should be, (B, C, H, W).
    noisy : Tensor
        The same with dequantisation noise and, where the flow is conditioned on it,
        Gaussian noise; leaf that requires a gradient.
    sigma : Tensor or None
        Standard deviation of the Gaussian noise, (B,).
    rngs : tuple of numpy.random.Generator
        Source of randomness of each image, so that what is drawn for it does not depend
        on the others.
    """

    flow: MultiscaleFlow
    clean: Tensor
    noisy: Tensor
    sigma: Tensor | None
    rngs: tuple[np.random.Generator, ...]

    @cached_property
    def log_prob(self) -> Tensor:
        """Log density of the noisy images in nats, (B,)."""
        return self.flow.log_prob(self.noisy, self.sigma)

    @cached_property
    def score(self) -> Tensor:
        """Gradient of `log_prob` by the images, itself differentiable."""
        total = self.log_prob.sum()
        return torch.autograd.grad(total, self.noisy, create_graph=True)[0]

    @cached_property
    def latents(self) -> list[Tensor]:
        """Latents of the noisy images."""
        return self.flow(self.noisy, self.sigma)[0]  # type: ignore[no-any-return]

    def uniform_like(self, x: Tensor, magnitude: float) -> Tensor:
        """Draw U(-magnitude, magnitude) in the shape of `x`, (B, ...)."""
        drawn = [rng.random(x.shape[1:], dtype=np.float32) for rng in self.rngs]
        noise = torch.from_numpy(np.stack(drawn)).to(x)
        return 2 * magnitude * (noise - 0.5)


def _squared_error(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().flatten(1).sum(1).mean()


def _relative_error(denoised: Tensor, batch: TrainingBatch, floor: float) -> Tensor:
    """Squared errors, (B,), over what a good denoiser leaves at that noise level."""
    assert batch.sigma is not None
    errors = (denoised - batch.clean).square().flatten(1).sum(1)
    return errors / (0.1 * batch.sigma.square() + floor**2)


@dataclass(frozen=True)
class Loss:
    """A term of the training objective.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    """

    weight: float = 1.0
    name: ClassVar[str] = "loss"
    passes: ClassVar[int] = 3
    """Cost of the term and its gradient in forward passes, about."""
    graphs: ClassVar[int] = 1
    """Features kept for the gradient, in those of a forward pass, about."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not 0 <= value < math.inf:
                raise InputError(
                    f"{field.name} of the loss {self.name} is {value}; it must be "
                    "finite and at least 0."
                )

    def __call__(self, batch: TrainingBatch) -> Tensor:
        """Return the unweighted term, a scalar."""
        raise NotImplementedError

    def multiply_adds_per_pixel(self, flow: FlowConfig) -> float:
        """Return the cost of the term and its gradient, about.

        Parameters
        ----------
        flow : FlowConfig
            Architecture.

        Returns
        -------
        float
            Multiply-adds per image pixel.
        """
        return self.passes * flow.multiply_adds_per_pixel

    def bytes_per_pixel(self, flow: FlowConfig) -> float:
        """Return the memory of the term until its gradient is taken, about.

        Parameters
        ----------
        flow : FlowConfig
            Architecture.

        Returns
        -------
        float
            Bytes per image pixel.
        """
        return self.graphs * flow.bytes_per_pixel


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
    passes: ClassVar[int] = 6
    graphs: ClassVar[int] = 4

    def __call__(self, batch: TrainingBatch) -> Tensor:
        assert batch.sigma is not None
        sigma = batch.sigma[:, None, None, None]
        denoised = batch.noisy + sigma.square() * batch.score
        used = batch.sigma > self.smallest
        return (_relative_error(denoised, batch, self.floor) * used).mean()


@dataclass(frozen=True)
class Denoising(Loss):
    """Denoising score matching on the score network.

    The formula of `ScoreMatching`, over all images, with the network's estimate in
    place of the flow's gradient: both are to approach the same score. It does not
    touch the flow.

    Files often hold noisy intensities cut off at black and white. Of noise that was cut
    off the posterior mean is another one, which the network learns to give where it
    sees intensities that end at 0 and 1.

    Where the noise is weaker than the network is told, as in most steps of splitting
    estimators, denoising leaves open what it answers, and it may answer anything. It
    then learns to answer, for an image x with noise of level t sigma, t uniform in
    [0, 1], what it answers itself once the rest of the noise is added; by errors e
    above 1 in the measure ``2 sqrt(1 + e)``, as answers may be far off at first.

    Parameters
    ----------
    weight : float
        Factor of the term in the objective.
    floor : float
        Error of a good denoiser at small sigma, normalised units.
    clipped : float
        Part of the images whose noisy intensities are cut off at 0 and 1.
    overstated : float
        Part of the images whose noise is weaker than the network is told.
    """

    floor: float = 0.02
    clipped: float = 0.0
    overstated: float = 0.0
    name: ClassVar[str] = "denoising"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("clipped", "overstated"):
            if getattr(self, name) > 1:
                raise InputError(
                    f"{name} is {getattr(self, name)}; give a part, from 0 to 1."
                )

    def __call__(self, batch: TrainingBatch) -> Tensor:
        assert batch.sigma is not None
        noisy = self._observed(batch)
        weak = _chosen(batch, self.overstated)
        if not weak.any():
            denoised = batch.flow.denoise(noisy, batch.sigma)
            return _relative_error(denoised, batch, self.floor).mean()
        seen, answer = _overstated(batch, noisy, weak)
        denoised = batch.flow.denoise(seen, batch.sigma)
        aimed_at = replace(batch, clean=answer)
        error = _relative_error(denoised, aimed_at, self.floor)
        return torch.where(weak, 2 * (1 + error).sqrt() - 2, error).mean()

    def _observed(self, batch: TrainingBatch) -> Tensor:
        noisy = batch.noisy.detach()
        cut = _chosen(batch, self.clipped)[:, None, None, None]
        return torch.where(cut, noisy.clamp(0, 1), noisy)

    def multiply_adds_per_pixel(self, flow: FlowConfig) -> float:
        return self.passes * flow.score_multiply_adds_per_pixel

    def bytes_per_pixel(self, flow: FlowConfig) -> float:
        return self.graphs * flow.score_bytes_per_pixel


def _chosen(batch: TrainingBatch, part: float) -> Tensor:
    """Draw some of the images of a batch, (B,)."""
    drawn = [part > 0 and rng.random() < part for rng in batch.rngs]
    return torch.tensor(drawn, device=batch.noisy.device)


def _overstated(
    batch: TrainingBatch, noisy: Tensor, weak: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what the network sees, and what it is to answer, (B, C, H, W) both."""
    assert batch.sigma is not None
    seen, full, answer = noisy.clone(), noisy.clone(), batch.clean.clone()
    for index in weak.nonzero().flatten().tolist():
        rng, clean = batch.rngs[index], batch.clean[index]
        part = float(rng.random())
        fresh = rng.standard_normal(tuple(clean.shape), dtype=np.float32)
        rest = batch.sigma[index] * (1 - part**2) ** 0.5
        seen[index] = clean + part * (batch.noisy[index].detach() - clean)
        full[index] = seen[index] + rest * torch.from_numpy(fresh).to(clean)
    with torch.no_grad():
        answer[weak] = batch.flow.denoise(full[weak], batch.sigma[weak])
    return seen, answer


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
            LatentNoise,
            Autoencoder,
            ImageNoise,
        )
    }
)
"""The losses by the names that recipes use."""
