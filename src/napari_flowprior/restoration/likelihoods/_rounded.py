"""The data term of images that were rounded to few levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_flowprior.restoration._random import truncated_normal
from napari_flowprior.restoration.likelihoods._gaussian import GaussianLikelihood

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor


__all__ = ["LEVEL_PER_CELL", "RoundedLikelihood"]

# Noise level that rounding looks like, of how far apart the ends of a cell are. White
# noise of the variance of rounding would be 0.29; measured on photographs of 3, 4 and 5
# bits, where 0.3 to 0.4 differ by less than 0.2 dB.
LEVEL_PER_CELL = 0.36
"""Noise level that rounding looks like, per width of a quantisation cell."""


@dataclass(frozen=True)
class RoundedLikelihood(GaussianLikelihood):
    """All images that are rounded to the same one are equally likely.

    To the prior, rounding is noise of the level sigma, to which the size of the cells
    is proportional.

    Parameters
    ----------
    y : Tensor
        The middles of the cells of the image, (B, C, H, W), normalised.
    operator : Operator
        The identity.
    sigma : float
        `LEVEL_PER_CELL` times the distance of the ends of a cell, normalised.
    levels : Tensor, optional
        Not used.
    clipped : tuple of bool
        Not used.
    floor : float, optional
        Not used.
    """

    @property
    def white(self) -> bool:
        """False: noise is what it looks like only."""
        return False

    def prox(self, x: Tensor, rho: float) -> Tensor:
        """Return the nearest image in the cells, however near that is."""
        return x.clamp(*self._cells)

    def draw(self, x: Tensor, rho: float, rng: np.random.Generator) -> Tensor:
        """Draw from the normal distribution about x in the cells."""
        return truncated_normal(rng, x, rho, *self._cells)

    @property
    def _cells(self) -> tuple[Tensor, Tensor]:
        half = self.sigma / (2 * LEVEL_PER_CELL)
        return self.y - half, self.y + half

    def finish(self, x: Tensor) -> Tensor:
        """Return the nearest image in the cells."""
        return self.prox(x, 1.0)
