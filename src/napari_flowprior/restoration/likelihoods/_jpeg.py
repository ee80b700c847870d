"""The data term of images that JPEG compressed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from torch import Tensor

from napari_flowprior.restoration.jpeg import JPEGCells, JPEGTables

if TYPE_CHECKING:
    import numpy as np


__all__ = ["GREY_LEVELS", "CellLikelihood"]

GREY_LEVELS = 255.0
# The result is rounded to 8 bits, and should still compress to the same file.
_INSIDE = 1.2
# What lies beyond black and white is cut off when it is rounded, and would then lie in
# other cells; so it is taken back in turns, until no more than so many grey levels are
# left.
_VISIBLE = 0.25
_ROUNDS = 20


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

    def finish(self, x: Tensor) -> Tensor:
        """Return an image near `x`, in the cells and between black and white."""
        x = self.cells.project(x)
        for _ in range(_ROUNDS):
            inside = x.clamp(0, 1)
            if float((inside - x).abs().max()) * GREY_LEVELS < _VISIBLE:
                break
            x = self.cells.project(inside)
        return x
