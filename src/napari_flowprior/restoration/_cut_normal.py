"""Closed forms of normal noise that is cut off where an image is black and white."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Cut"]

# So many standard deviations away nothing is cut off; the least share of noise between
# two ends.
_FAR, _LEAST = 12.0, 1e-6


class Cut(NamedTuple):
    """Where standard normal noise is cut off.

    Attributes
    ----------
    low, high : Tensor
        The ends, in standard deviations of the noise from its mean; of one shape.

    References
    ----------
    Johnson, Kotz and Balakrishnan, *Continuous univariate distributions* 1 (1994),
    section 13.10.
    """

    low: Tensor
    high: Tensor

    @classmethod
    def about(
        cls, mean: Tensor, level: Tensor | float, clipped: tuple[bool, bool]
    ) -> Cut:
        """Return where noise about an image is cut off.

        Parameters
        ----------
        mean : Tensor
            The image, normalised, of any shape.
        level : Tensor or float
            Standard deviation of the noise, normalised, above 0.
        clipped : tuple of bool
            Whether it is cut off at 0, and at 1.

        Returns
        -------
        Cut
            Of the shape of the image.
        """
        low, high = (
            (end - mean) / level if cut else torch.full_like(mean, far)
            for end, far, cut in zip((0, 1), (-_FAR, _FAR), clipped, strict=True)
        )
        return cls(low, high)

    def square_inside(self) -> Tensor:
        """Return the mean square of what lies between the ends (truncated noise)."""
        inside = torch.special.ndtr(self.high) - torch.special.ndtr(self.low)
        low, high = (x * _density(x) for x in self)
        square: Tensor = 1 + (low - high) / inside.clamp_min(_LEAST)
        return square

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return mean and mean square of what is moved to the ends (censored noise)."""
        low, high = self
        below, above = (torch.special.ndtr(x) for x in (low, -high))
        at_low, at_high = (_density(x) for x in self)
        mean = low * below + high * above + at_low - at_high
        square = low.square() * below + high.square() * above + 1 - below - above
        return mean, square + low * at_low - high * at_high


def _density(x: Tensor) -> Tensor:
    return torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)
