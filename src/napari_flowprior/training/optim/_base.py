"""What a training loss is, and the batch that all losses share."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

__all__ = ["Loss", "TrainingBatch"]


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
    quantum : float
        Spacing of the values of the images.
    least : float
        Noise level that the images have themselves, normalised units.
    """

    flow: MultiscaleFlow
    clean: Tensor
    noisy: Tensor
    sigma: Tensor | None
    rngs: tuple[np.random.Generator, ...]
    quantum: float = 1 / 255
    least: float = 0.0

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
    takes_clean: ClassVar[bool] = False
    """Whether it compares with clean images."""
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
