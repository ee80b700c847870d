"""Priors whose estimates are known in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from napari_flowprior import FlowPrior
from napari_flowprior.flow import (
    FlowConfig,
    InvertibleConv1x1,
    LearnedGaussian,
    MultiscaleFlow,
)
from napari_flowprior.priors import PriorInfo
from napari_flowprior.restoration.engine._safeguard import Guarded

if TYPE_CHECKING:
    from collections.abc import Generator

MEAN = 0.4


def identity_flow(channels: int = 1, levels: int = 1) -> MultiscaleFlow:
    """A flow that permutes pixels only: every pixel is N(MEAN, 1)."""
    torch.manual_seed(0)
    config = FlowConfig(
        channels=channels, levels=levels, steps=1, hidden=4, base="unit"
    )
    flow = MultiscaleFlow(config).double()
    with torch.no_grad():
        for module in flow.modules():
            if isinstance(module, InvertibleConv1x1):
                size = len(module.sign)
                module.permutation.copy_(torch.eye(size))
                module.sign.fill_(1)
                for parameter in module.parameters():
                    parameter.zero_()
            if isinstance(module, LearnedGaussian):
                module.mean.fill_(MEAN)
    return flow


def identity_prior(channels: int = 1) -> FlowPrior:
    """The identity flow as a prior, in float64."""
    return FlowPrior(identity_flow(channels), PriorInfo(name="identity"))


class GaussianPrior(FlowPrior):
    """Pixels N(MEAN, spread^2), known at every noise level, in float64."""

    def __init__(self, spread: float = 0.2, channels: int = 1) -> None:
        config = FlowConfig(
            channels=channels, levels=1, steps=1, hidden=4, noise_conditional=True
        )
        super().__init__(
            MultiscaleFlow(config).double(), PriorInfo(name="gauss", sigma_max=0.5)
        )
        self.spread = spread

    def score(self, batch: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        return (MEAN - batch) / (self.spread**2 + sigma**2)


class OutOfMemoryPrior(GaussianPrior):
    """Denoises a few tiles at a time only."""

    def __init__(self, fits: int) -> None:
        super().__init__()
        self.fits = fits

    def denoise(
        self,
        batch: Tensor,
        sigma: float | Tensor,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Tensor:
        if len(batch) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().denoise(batch, sigma, clipped)


def random_prior(levels: int = 2) -> FlowPrior:
    """A small flow with random weights, in float64: nothing about it is symmetric."""
    config = FlowConfig(
        channels=1,
        levels=levels,
        steps=1,
        hidden=8,
        activation="silu",
        noise_conditional=True,
    )
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return FlowPrior(flow, PriorInfo(name="random", sigma_max=0.25))


def without_care(
    estimator: Any, denoiser: Any, likelihood: Any, black: float | None, windows: Any
) -> Generator[int, None, Guarded]:
    """Stand in for `safely`: estimates that are what a formula says."""
    image = yield from estimator.run(denoiser, likelihood)
    return Guarded(image, ())
