"""Noisy tiles, and noise such as they have."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

__all__ = ["NoisyBatch", "coloured"]


@dataclass(frozen=True)
class NoisyBatch:
    """Noisy tiles, normalised.

    Parameters
    ----------
    seen : Tensor
        Tiles, (B, C, h, w).
    level : Tensor
        Standard deviation of their noise, pixel by pixel, (B, C, h, w).
    told : Tensor
        The level that a restoration would tell the network, (B,).
    clipped : Tensor
        1 where intensities were cut off at 0, and where at 1, else 0, (B, 2).
    correlation : Tensor
        That of the noise of neighbours, along Y and along X, (B, 2).
    """

    seen: Tensor
    level: Tensor
    told: Tensor
    clipped: Tensor
    correlation: Tensor

    def noise(self, white: Tensor) -> Tensor:
        """Make noise as there is in the tiles of white noise of level 1."""
        return self.level * coloured(white, self.correlation)


def coloured(white: Tensor, correlation: Tensor) -> Tensor:
    """Make white noise alike from pixel to pixel.

    Parameters
    ----------
    white : Tensor
        White noise, (B, C, h, w).
    correlation : Tensor
        Correlation of neighbours along Y and along X, from -0.45 to 0.45, (B, 2).

    Returns
    -------
    Tensor
        Noise of the same variance: moving averages of two pixels, (B, C, h, w).
    """
    # Of averages e + a e', the correlation is a / (1 + a^2).
    share = 2 * correlation / (1 + (1 - 4 * correlation.square()).sqrt())
    for axis in (0, 1):
        a = share[:, axis, None, None, None]
        white = (white + a * white.roll(1, 2 + axis)) / (1 + a.square()).sqrt()
    return white
