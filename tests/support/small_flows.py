"""Small flows, and images and batches for them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import TrainingBatch

TINY = FlowConfig(
    channels=1, levels=2, steps=1, hidden=6, activation="silu", noise_conditional=True
)
CONDITIONED = FlowConfig(
    channels=1,
    levels=2,
    steps=2,
    hidden=6,
    context_layers=2,
    activation="silu",
    noise_conditional=True,
    embedding=8,
)


def generators(number: int = 3) -> tuple[np.random.Generator, ...]:
    return tuple(np.random.default_rng(seed) for seed in range(number))


def batch(flow: MultiscaleFlow, sigma: float | None = None) -> TrainingBatch:
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 1, 8, 8, generator=generator, dtype=torch.float64)
    noise = torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    noisy = (clean + 0.1 * noise).requires_grad_()
    level = None if sigma is None else torch.full((3,), sigma, dtype=torch.float64)
    return TrainingBatch(flow, clean, noisy, level, generators())


def shaken(config: FlowConfig) -> MultiscaleFlow:
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return flow


def images(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(shape, generator=generator, dtype=torch.float64)
