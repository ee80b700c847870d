"""The flow of this package, built from the layers of ``normflows``.

Levels, steps, squeezes and splits are the same, and so are the convolutions: their
number, order, widths and kernels. What differs is small beside them:

- the conditioner (`normflows.nets.ConvNet2d`) has no sums around the residual blocks;
- log-scales are not bounded;
- the moments of the coarsest latent are per pixel, or all fixed, where ours are per
  channel, or a trained mean alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import normflows as nf
from normflows.distributions.base import ConditionalDiagGaussian
from torch import Tensor, nn

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = ["NormflowsFlow"]


class ChannelsLast(nn.Module):
    """Move the channels to the end, where `ConditionalDiagGaussian` splits them."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


def conditioner(channels: int, config: FlowConfig) -> nn.Module:
    """Return the convolutions of a coupling: 3x3, N times 3x3 and 1x1, 3x3."""
    widths = [channels // 2, *[config.hidden] * (2 * config.blocks + 1), channels]
    return nf.nets.ConvNet2d(widths, [3, *[3, 1] * config.blocks, 3])


def level(channels: int, config: FlowConfig) -> nn.ModuleList:
    """Return the layers of a level, from the latent to the image."""
    layers = nn.ModuleList()
    for _ in range(config.steps):
        network = conditioner(channels, config)
        layers.append(nf.flows.AffineCouplingBlock(network, scale_map="exp"))
        layers.append(nf.flows.Invertible1x1Conv(channels, use_lu=True))
        layers.append(nf.flows.ActNorm((channels, 1, 1)))
    layers.append(nf.flows.Squeeze())
    return layers


def context_base(channels: int, size: int, config: FlowConfig) -> nn.Module:
    """Return p(u | h) of a finer level."""
    widths = [channels, *[config.hidden] * (config.context_layers - 1), 2 * channels]
    network = nf.nets.ConvNet2d(widths, [3] * config.context_layers)
    encoder = nn.Sequential(network, ChannelsLast())
    return ConditionalDiagGaussian((size, size, channels), encoder)


class NormflowsFlow(nn.Module):
    """Density of images (B, C, size, size), with levels from fine to coarse."""

    def __init__(self, config: FlowConfig, size: int) -> None:
        super().__init__()
        self.levels, self.contexts = nn.ModuleList(), nn.ModuleList()
        self.split = nf.flows.Merge()
        channels = config.channels
        for _ in range(config.levels - 1):
            self.levels.append(level(4 * channels, config))
            channels, size = 2 * channels, size // 2
            self.contexts.append(context_base(channels, size, config))
        self.levels.append(level(4 * channels, config))
        shape = (4 * channels, size // 2, size // 2)
        learned = config.base == "gaussian"
        self.base = nf.distributions.DiagGaussian(shape, trainable=learned)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density of images in nats, (B,)."""
        total = x.new_zeros(len(x))
        for place, layers in enumerate(self.levels):
            for layer in reversed(layers):
                x, log_det = layer.inverse(x)
                total = total + log_det
            if place < len(self.contexts):
                (x, u), _ = self.split.inverse(x)
                last = u.permute(0, 2, 3, 1)
                total = total + self.contexts[place].log_prob(last, context=x)
        return total + self.base.log_prob(x)
