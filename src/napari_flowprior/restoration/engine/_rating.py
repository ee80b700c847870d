"""Tiles are rated: how many bits each costs, by the density of the prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.engine._tiles import TakesTiles, TileRun

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.tiling import Tile

__all__ = ["TileRating"]

# Bits are those of values of 8 bits, whatever the type of the image.
_STEPS = 255


@dataclass(frozen=True, kw_only=True)
class TileRating(TileRun):
    """Bits per dimension of each tile.

    Parameters
    ----------
    rounding : float
        Spacing of the values of the image, normalised; 0 if it is not quantised.
    """

    rounding: float

    def _work(self, tiles: list[Tile], blend: TakesTiles) -> Generator[int]:
        batch = self._observed(tiles)
        if self.rounding:
            batch = batch + self.rounding * self._tensor(self._fill(tiles))
        nats = -self.prior.log_prob(batch, self._level).cpu().double().numpy()
        bits = nats / (batch[0].numel() * math.log(2)) + math.log2(_STEPS)
        shape = self.view.channels, *self.plan.tile
        for tile, value in zip(tiles, bits, strict=True):
            blend.add(tile, np.full(shape, value))
        yield len(tiles)

    @property
    def _level(self) -> float:
        return min(self.sigma, self.prior.density_sigma_max)

    def _fill(self, tiles: list[Tile]) -> NDArray[Any]:
        """Return what was rounded away: a density has no use for quantised values."""
        shape = self.view.channels, *self.plan.tile
        seeds = ((tile.sample, tile.row, tile.col) for tile in tiles)
        fills = [np.random.default_rng(seed).random(shape) for seed in seeds]
        return np.stack(fills) - 0.5
