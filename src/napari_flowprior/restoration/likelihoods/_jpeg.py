"""The data term of images that JPEG compressed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from torch import Tensor

from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables, luma
from napari_flowprior.restoration.operators import around

if TYPE_CHECKING:
    import numpy as np


__all__ = ["GREY_LEVELS", "CellLikelihood"]

GREY_LEVELS = 255.0
"""From black to white in a decoded JPEG file."""
# The result is rounded to 8 bits, and should still compress to the same file.
_INSIDE = 1.2
# What lies beyond black and white is cut off when it is rounded, and would then lie in
# other cells; so it is taken back in turns, until no more than so many grey levels are
# left.
_VISIBLE = 0.25
_ROUNDS = 20
# What estimates change, relative to the rounding of coefficients, is less in
# photographs; it is the more the worse the prior knows what it sees.
_MOST_CHANGE = 1.5
# So much more must the prior find wrong with the image than with what became of it, for
# the estimate to count at all, and in full. It is asked at this multiple of the level.
_BETTER, _CLEARLY_BETTER = 1.04, 1.09
_ASKED = 0.7


@dataclass(frozen=True, eq=False)
class CellLikelihood:
    """All images that JPEG compresses to the same file are equally likely.

    Parameters
    ----------
    y : Tensor
        The decoded image, (B, C, H, W), normalised so that white is 1.
    tables : JPEGTables
        How it was compressed.
    sigma : float
        Noise level, normalised, that the artefacts look like.
    """

    y: Tensor
    tables: JPEGTables
    sigma: float

    @cached_property
    def cells(self) -> JPEGCells:
        """The cells of quantisation."""
        return JPEGCells(self.y, self.tables, scale=GREY_LEVELS, inside=_INSIDE)

    @property
    def first_level(self) -> float:
        """Noise level at which annealing begins, normalised."""
        return self.sigma

    @property
    def white(self) -> bool:
        """False: noise is what the artefacts look like only."""
        return False

    def start(self) -> Tensor:
        """Return the image as it was decoded."""
        return self.y

    def prox(self, x: Tensor, rho: float) -> Tensor:
        """Return the nearest image in the cells, however near that is."""
        return self.cells.project(x)

    def spread(self, change: Tensor) -> Tensor:
        """Return the change: all pixels are seen."""
        return change

    def draw(self, x: Tensor, rho: float, rng: np.random.Generator) -> Tensor:
        """Draw an image in the cells, of those about rho from x."""
        return self.cells.draw(x, rho, rng)

    def weight(
        self, image: Tensor, wrong_before: Tensor, wrong_after: Tensor
    ) -> Tensor:
        """Return how far an estimate is to be followed.

        The decoded image explains the data as well as any other in the cells. It may be
        exact, such as stripes that blocks are multiples of, so the prior must like the
        estimate better.

        Parameters
        ----------
        image : Tensor
            The estimate, (B, C, H, W).
        wrong_before, wrong_after : Tensor
            What the prior changes of the decoded image and of the estimate at the level
            `asked_level`, mean squares in the surroundings of each pixel, (B, 1, H, W).

        Returns
        -------
        Tensor
            From 0 to 1, (B, 1, H, W).
        """
        ratio = (wrong_before / wrong_after.clamp_min(1e-12)).sqrt()
        better = (ratio - _BETTER) / (_CLEARLY_BETTER - _BETTER)
        change = around(luma(image - self.y).square())
        allowed = _MOST_CHANGE**2 * around(self.cells.rounding.square())
        possible = allowed / change.clamp_min(1e-12)
        weight: Tensor = better.clamp(0, 1) * possible.clamp(max=1)
        return weight

    @property
    def asked_level(self) -> float:
        """Noise level at which the prior compares images, normalised."""
        return _ASKED * self.sigma

    def finish(self, x: Tensor) -> Tensor:
        """Return an image near `x`, in the cells and between black and white."""
        x = self.cells.project(x)
        for _ in range(_ROUNDS):
            inside = x.clamp(0, 1)
            if float((inside - x).abs().max()) * GREY_LEVELS < _VISIBLE:
                break
            x = self.cells.project(inside)
        return x
