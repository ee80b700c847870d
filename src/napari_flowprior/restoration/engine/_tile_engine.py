"""The tiled engine: tiles stream through an estimator and are blended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_flowprior._generators import relay
from napari_flowprior.restoration.degradations import (
    NOISE_LEVELS,
    Degradation,
    Observation,
)
from napari_flowprior.restoration.engine._tiles import TileRun
from napari_flowprior.restoration.estimators import TileEstimator

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.tiling import Blend, Tile

__all__ = ["Engine"]


@dataclass(frozen=True, kw_only=True)
class Engine(TileRun):
    """One restoration, all choices made.

    Parameters
    ----------
    degradation : Degradation
        What happened to the image.
    observation : Observation
        What a look at the image found of it.
    estimator : TileEstimator
        Which estimate to compute.
    """

    degradation: Degradation
    observation: Observation
    estimator: TileEstimator

    @property
    def total(self) -> int:
        """Steps of the estimator, over all tiles."""
        return len(self.plan) * self.estimator.work

    def _work(self, tiles: list[Tile], blend: Blend) -> Generator[int]:
        likelihood = self._likelihood(tiles)
        run = self.estimator.run(self.prior, likelihood)
        estimate = likelihood.finish((yield from relay(run, len(tiles))))
        restored = self.scale.restore(estimate.cpu().numpy())
        for tile, block in zip(tiles, restored, strict=True):
            blend.add(tile, block)

    def _likelihood(self, tiles: list[Tile]) -> Any:
        extra = {
            name: self._tensor(self._read(view, tiles) / self._unit(name))
            for name, view in self.observation.planes.items()
        }
        y = self._observed(tiles)
        likelihood = self.degradation.likelihood(y, self.sigma, **extra)
        clipped = self.degradation.clips and self.scale.bounded
        return replace(likelihood, clipped=clipped)

    def _unit(self, name: str) -> float:
        return self.scale.gain if name == NOISE_LEVELS else 1.0
