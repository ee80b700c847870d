"""Deep Image Prior: a network of skip connections, fitted to one damaged image.

References
----------
Ulyanov, Vedaldi and Lempitsky, *Deep Image Prior* (2018), and the notebooks that its
authors published with it, for the settings of each of its experiments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Settings", "fit"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the network is made, and fitted by Adam.

    Attributes
    ----------
    steps : int
        Of Adam.
    rate : float
        Of Adam.
    jitter : float
        Standard deviation of what is added to the input in each step.
    average : float
        Of the exponential average of the outputs that is the result; 0 for the output
        of the fitted network itself.
    inputs : int
        Channels of noise at the input.
    widths, skips : tuple of int
        Channels of each scale, and of its skip connection; 0 for none.
    down_side : int
        Side of the kernels of the descent.
    pooled : bool
        Whether averages, not strides, lead to the next scale.
    upsampling : str
        What leads back, "bilinear" or "nearest".
    mixing : bool
        Whether a 1x1 convolution ends each scale.
    """

    steps: int = 3000
    rate: float = 0.01
    jitter: float = 0.03
    average: float = 0.0
    inputs: int = 32
    widths: tuple[int, ...] = (128,) * 5
    skips: tuple[int, ...] = (4,) * 5
    down_side: int = 3
    pooled: bool = False
    upsampling: str = "bilinear"
    mixing: bool = True


def fit(
    y: Tensor,
    forward: Callable[[Tensor], Tensor],
    size: tuple[int, int],
    settings: Settings,
    seed: int = 0,
) -> Tensor:
    """Fit the network to a damaged image.

    Parameters
    ----------
    y : Tensor
        What is known of the image, (1, C, h, w), intensities of 0 to 1.
    forward : callable
        From an image, (1, C, H, W), to what is known of it.
    size : tuple of int
        Height and width of the image, divisible by two for each scale.
    settings : Settings
        Of the network and of the fit.
    seed : int
        Of the weights and of the noise.

    Returns
    -------
    Tensor
        The image, (1, C, H, W).
    """
    torch.manual_seed(seed)
    network = _network(y.shape[1], settings).to(memory_format=torch.channels_last)
    noise = torch.rand(1, settings.inputs, *size) / 10
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.rate)
    mean: Tensor | None = None
    for _ in range(settings.steps):
        optimiser.zero_grad()
        out = network(noise + settings.jitter * torch.randn_like(noise))
        (forward(out) - y).square().mean().backward()
        optimiser.step()
        share = settings.average if mean is not None else 0.0
        mean = out.detach() if mean is None else torch.lerp(out.detach(), mean, share)
    if settings.average and mean is not None:
        return mean
    with torch.no_grad():
        result: Tensor = network(noise)
    return result


class _Scale(nn.Module):
    """One scale: down, all that is coarser, up again, and a skip connection beside."""

    def __init__(self, level: int, inputs: int, settings: Settings) -> None:
        super().__init__()
        width, skip = settings.widths[level], settings.skips[level]
        side, last = settings.down_side, level + 1 == len(settings.widths)
        below = width if last else settings.widths[level + 1]
        self.upsampling = settings.upsampling
        self.skip = _convolution(inputs, skip, 1) if skip else None
        self.down = nn.Sequential(
            *_descent(inputs, width, side, pooled=settings.pooled),
            _convolution(width, width, side),
        )
        self.coarser = nn.Identity() if last else _Scale(level + 1, width, settings)
        self.up = nn.Sequential(
            nn.BatchNorm2d(skip + below),
            _convolution(skip + below, width, 3),
            _convolution(width, width, 1) if settings.mixing else nn.Identity(),
        )

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.coarser(self.down(x))]
        parts = [interpolate(parts[0], size=x.shape[-2:], mode=self.upsampling)]
        if self.skip is not None:
            parts.insert(0, self.skip(x))
        result: Tensor = self.up(torch.cat(parts, dim=1))
        return result


def _descent(inputs: int, outputs: int, side: int, *, pooled: bool) -> list[nn.Module]:
    """Halve the resolution."""
    if not pooled:
        return [_convolution(inputs, outputs, side, stride=2)]
    convolution, *rest = _convolution(inputs, outputs, side)
    return [convolution, nn.AvgPool2d(2), *rest]


def _convolution(
    inputs: int, outputs: int, side: int, stride: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, side // 2, padding_mode="reflect"),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.2),
    )


def _network(channels: int, settings: Settings) -> nn.Module:
    top = _Scale(0, settings.inputs, settings)
    return nn.Sequential(top, nn.Conv2d(settings.widths[0], channels, 1), nn.Sigmoid())
