"""The tiled engine: tiles stream through an estimator and are blended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from napari_flowprior._generators import relay
from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.degradations import (
    NOISE_LEVELS,
    Degradation,
    Observation,
)
from napari_flowprior.restoration.engine._coarse import coarse_share, refined_below
from napari_flowprior.restoration.engine._residual import (
    MOST_TILES,
    Residual,
    contradictions,
)
from napari_flowprior.restoration.engine._tiles import TakesTiles, TileRun
from napari_flowprior.restoration.engine._trust import Trust
from napari_flowprior.restoration.estimators import TileEstimator
from napari_flowprior.restoration.noise import OPPONENT

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from napari_flowprior.tiling import Tile

__all__ = ["Engine"]

# How many tiles tell how wide noise is, and the side of what is seen of them, pixels.
_ASKED, _SEEN = 4, 128
# Of fewer rows or columns, noise may have one value by chance.
_LEAST_SIDE = 8


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
    residual : Residual
        Figures of what is taken out, if noise was stated that they may contradict.
    """

    degradation: Degradation
    observation: Observation
    estimator: TileEstimator
    residual: Residual = field(default_factory=Residual)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the noise that was stated, after the run."""
        if not self._checked:
            return ()
        level = None if self.degradation.bent else self.sigma * self.scale.gain
        return tuple(contradictions(self.residual, level, self.degradation.white))

    def look(self) -> None:
        """Find now what is found of the whole image when it is first asked for.

        An engine that sees a part of the image only must have been told before.
        """
        _ = self._checked, self._coarse
        if self._doubted:
            self._trust.look()

    @cached_property
    def _checked(self) -> frozenset[Tile]:
        """Tiles that tell whether the noise that was stated is that of the image."""
        kind = self.degradation
        stated = kind.only_noise and not kind.open and not kind.rounds
        known = self.estimator.mean and self.prior.has_score_network
        if not (stated and known and len(kind.steps) == 1):
            return frozenset()
        step = -(-len(self.plan) // MOST_TILES)
        return frozenset(islice(self.plan, 0, None, step))

    @property
    def _doubted(self) -> bool:
        """Whether the image shows if the estimator takes out more than noise."""
        even = not (self.degradation.bent or self.observation.planes)
        return self.estimator.mean and self.degradation.only_noise and even

    @property
    def _flat_is_kept(self) -> bool:
        """Whether tiles of one value show that there is no noise in them."""
        seen = min(self.view.shape) >= _LEAST_SIDE
        return seen and self.estimator.mean and self.degradation.only_noise

    @cached_property
    def _coarse(self) -> float:
        """Part of the level that is told at half the resolution, 0 for no such pass."""
        kind = self.degradation
        alike = kind.only_noise and not (kind.white or kind.bent or kind.rounds)
        known = self.estimator.mean and self.prior.has_score_network
        # In grey the answer is known before the prior is asked.
        if not (alike and known and self.prior.channels == len(OPPONENT)):
            return 0.0
        tiles = list(self.plan)
        chosen = [tiles[k] for k in evenly_spaced(len(tiles), _ASKED)]
        y = self._observed(chosen)[..., :_SEEN, :_SEEN]
        return coarse_share(y - self.prior.denoise(y, self.sigma))

    @cached_property
    def _trust(self) -> Trust:
        return Trust(self.view, self.sigma * self.scale.gain)

    @property
    def total(self) -> int:
        """Steps of the estimator, over all tiles."""
        return len(self.plan) * self.estimator.work

    def _work(self, tiles: list[Tile], blend: TakesTiles) -> Generator[int]:
        estimate = yield from self._estimated(tiles)
        restored = self.scale.restore(estimate.cpu().numpy())
        for tile, block in zip(tiles, restored, strict=True):
            blend.add(tile, block)

    def _looked_at_again(self, samples: list[int]) -> Generator[int]:
        # What is told of the noise must not depend on where a run was interrupted.
        for tile in self._checked:
            if tile.sample in samples:
                yield from relay(self._estimated([tile]), 0)

    def _estimated(self, tiles: list[Tile]) -> Generator[int, None, Tensor]:
        likelihood = self._likelihood(tiles)
        run = self.estimator.run(self.prior, likelihood)
        estimate = yield from relay(run, len(tiles))
        if self._doubted:
            estimate = self._trust.limit(self.prior, likelihood, estimate)
        if self._coarse:
            level = self._coarse * self.sigma
            estimate = refined_below(self.prior, estimate, level)
        estimate = likelihood.finish(estimate)
        if self._flat_is_kept:
            estimate = _flat_kept(likelihood.y, estimate)
        self._compare(tiles, likelihood, estimate)
        found: Tensor = estimate
        return found

    def _compare(self, tiles: list[Tile], likelihood: Any, estimate: Tensor) -> None:
        chosen = [n for n, tile in enumerate(tiles) if tile in self._checked]
        if chosen:
            levels = (
                likelihood.sigma if likelihood.levels is None else likelihood.levels
            )
            if not isinstance(levels, float):
                levels = levels[chosen]
            y, cut = likelihood.y[chosen], likelihood.clipped
            self.residual.add(y, estimate[chosen], levels, cut)

    def _likelihood(self, tiles: list[Tile]) -> Any:
        extra = {
            name: self._tensor(self._read(view, tiles) / self._unit(name))
            for name, view in self.observation.planes.items()
        }
        y = self._observed(tiles)
        likelihood = self.degradation.likelihood(y, self.sigma, **extra)
        return replace(likelihood, clipped=self.degradation.cut_off(self.scale.ends))

    def _unit(self, name: str) -> float:
        return self.scale.gain if name == NOISE_LEVELS else 1.0


def _flat_kept(y: Tensor, estimate: Tensor) -> Tensor:
    """Keep channels of tiles that have one value: there is no noise in them."""
    flat = y.amax((2, 3), keepdim=True) == y.amin((2, 3), keepdim=True)
    return y.where(flat, estimate)
