"""Networks inside the flow: the conditioner of Figure 2 and the noise embedding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from napari_flowprior.flow._config import FlowConfig

__all__ = ["ConvNet", "NoiseEmbedding", "activation", "zero_init"]


def activation(name: str) -> nn.Module:
    """Return the activation a config names.

    Parameters
    ----------
    name : {"relu", "silu"}
        Name of the activation.

    Returns
    -------
    Module
        The activation.
    """
    return {"relu": nn.ReLU, "silu": nn.SiLU}[name]()


def zero_init(module: nn.Module) -> None:
    """Set all parameters to zero, so that training starts where they do nothing.

    Parameters
    ----------
    module : Module
        A convolution or linear layer.
    """
    for parameter in module.parameters():
        nn.init.zeros_(parameter)


class NoiseEmbedding(nn.Module):
    """Embed a noise level as cosines of its logarithm, mixed by a small network.

    Parameters
    ----------
    size : int
        Size E of the embedding.
    """

    frequencies: Tensor
    # The smallest level that is told apart from zero: half a grey level of 255.
    floor = 0.5 / 255

    def __init__(self, size: int) -> None:
        super().__init__()
        # No file holds them: a flow that waits for its weights needs them, too.
        frequencies = torch.tensor([math.pi * k for k in range(16)], device="cpu")
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.mix = nn.Sequential(nn.Linear(16, size), nn.SiLU(), nn.Linear(size, size))

    def forward(self, sigma: Tensor) -> Tensor:
        """Embed noise levels.

        Parameters
        ----------
        sigma : Tensor
            Standard deviations in units of the normalised intensity, (B,).

        Returns
        -------
        Tensor
            Embedding, (B, E).
        """
        # 0 at sigma = 0, 1 at sigma = 1: the cosines never wrap on that range.
        position = torch.log1p(sigma / self.floor) / math.log1p(1 / self.floor)
        embedding: Tensor = self.mix(torch.cos(position[:, None] * self.frequencies))
        return embedding


class ResidualBlock(nn.Module):
    """Activation, 3x3 convolution, activation, 1x1 convolution, plus the input.

    A noise-conditioned block scales and shifts its inner features by the level.
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        width = config.hidden
        self.act = activation(config.activation)
        self.conv3 = nn.Conv2d(width, width, 3, padding=1)
        self.conv1 = nn.Conv2d(width, width, 1)
        self.modulate: nn.Linear | None = None
        if config.noise_conditional:
            self.modulate = nn.Linear(config.embedding, 2 * width)
            zero_init(self.modulate)

    def forward(self, h: Tensor, level: Tensor | None) -> Tensor:
        """Add the block's residual to `h`, (B, hidden, H, W)."""
        residual = self.conv3(self.act(h))
        if self.modulate is not None and level is not None:
            gain, shift = self.modulate(level)[:, :, None, None].chunk(2, dim=1)
            residual = residual * (1 + gain) + shift
        out: Tensor = h + self.conv1(self.act(residual))
        return out


class ConvNet(nn.Module):
    """3x3 convolution in, N residual blocks, 3x3 convolution out (Figure 2).

    The last convolution starts at zero, so that a fresh coupling is the identity.

    Parameters
    ----------
    inputs, outputs : int
        Number of channels in and out.
    config : FlowConfig
        Gives hidden channels, number of blocks, activation and conditioning.
    """

    def __init__(self, inputs: int, outputs: int, config: FlowConfig) -> None:
        super().__init__()
        self.head = nn.Conv2d(inputs, config.hidden, 3, padding=1)
        blocks = (ResidualBlock(config) for _ in range(config.blocks))
        self.blocks = nn.ModuleList(blocks)
        self.act = activation(config.activation)
        self.tail = nn.Conv2d(config.hidden, outputs, 3, padding=1)
        zero_init(self.tail)
        self.half_networks = False

    def forward(self, x: Tensor, level: Tensor | None) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H, W), in the precision of `x`."""
        # Only the networks may run in bfloat16: the invertible layers around them
        # would lose the image itself.
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.half_networks):
            h = self.head(x.contiguous(memory_format=torch.channels_last))
            for block in self.blocks:
                h = block(h, level)
            out: Tensor = self.tail(self.act(h))
        return out.to(x.dtype)
