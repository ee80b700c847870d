"""The prior's denoiser on whole planes, tile by tile, on a grid that moves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration._memory import OUT_OF_MEMORY, smaller_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_flowprior.restoration.estimators._runs import Run

__all__ = ["PlaneDenoiser"]

Corner = tuple[int, int]

# No white noise is stronger than so many times its level, but for one pixel in 16 000.
_MOST_DEVIATIONS = 4.0
# How far a grid of several tiles moves at least, pixels.
_MOVES = 32


@dataclass(kw_only=True)
class PlaneDenoiser:
    """Posterior mean of planes under white noise.

    The grid of tiles lies elsewhere in every step, so that over the steps of an
    estimator no border of a tile stands out, and the whole plane has one objective.
    Tiles are cut out with margins that are thrown away; beyond its borders the plane
    is mirrored. No pixel changes by more than 4 standard deviations: what solvers ask
    about is not always an image with white noise, and a network may answer anything.

    Parameters
    ----------
    prior : FlowPrior
        A noise-conditioned prior.
    side : int
        Largest side of a tile, pixels.
    margin : int
        What is thrown away around a tile, pixels.
    batch_size : int
        Tiles at a time; halved if memory runs out.
    seed : int
        Of the places of the grid.
    """

    prior: FlowPrior
    side: int = 256
    margin: int = 16
    batch_size: int = 1
    seed: int = 0

    def run(
        self,
        x: Tensor,
        level: float,
        step: int,
        clipped: tuple[bool, bool] = (False, False),
    ) -> Run:
        """Denoise a plane.

        Parameters
        ----------
        x : Tensor
            Plane, (1, C, H, W), normalised.
        level : float
            Standard deviation of its noise, normalised.
        step : int
            Number of the step, which decides where the grid lies.
        clipped : tuple of bool
            Whether noisy intensities were cut off at 0, and at 1.

        Returns
        -------
        Tensor
            The posterior mean, shape of `x`.

        Yields
        ------
        None
            After each batch of tiles.
        """
        shape = x.shape[-2], x.shape[-1]
        tile = self.tile(shape)
        rng = np.random.default_rng((self.seed, step))
        tops = self._starts(shape[0], tile[0], rng)
        lefts = self._starts(shape[1], tile[1], rng)
        corners = list(product(tops, lefts))
        out = torch.empty_like(x)
        done = 0
        while done < len(corners):
            part = corners[done : done + self.batch_size]
            try:
                tiles = self.prior.denoise(_cut(x, part, tile), level, clipped)
            except OUT_OF_MEMORY as error:
                self.batch_size = smaller_batch(len(part), error, x.device, tile)
                continue
            self._paste(out, tiles, part)
            done += len(part)
            yield
        change = _MOST_DEVIATIONS * level
        return x + (out - x).clamp(-change, change)

    def tile(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Choose the tiles of a plane: no more than needed, and then no larger ones.

        Parameters
        ----------
        shape : tuple of int
            (Y, X) of the plane, pixels.

        Returns
        -------
        tuple of int
            (h, w) of its tiles with their margins, pixels.
        """
        return self._tile(shape[0]), self._tile(shape[1])

    def _tile(self, size: int) -> int:
        stride, margins = self.prior.stride, 2 * self.margin
        # A stride to spare, so that the grid of coarse pixels can move too.
        whole = _round_up(size + margins + stride - 1, stride)
        # Tiles of small images are hardly larger than their margins.
        side = max(self.side, 2 * margins + stride)
        side -= side % stride
        if whole <= side:
            return whole
        core = side - margins
        number = max(_number(size, core), 2)
        return _round_up(-(-(size + _room(core)) // number) + margins, stride)

    def _starts(self, size: int, tile: int, rng: np.random.Generator) -> Sequence[int]:
        core = tile - 2 * self.margin
        spare = _number(size, core) * core - size
        shift = int(rng.integers(min(spare + 1, core))) + self.margin
        return range(-shift, size - self.margin, core)

    def _paste(self, out: Tensor, tiles: Tensor, corners: Sequence[Corner]) -> None:
        height, width = out.shape[-2:]
        for tile, (top, left) in zip(tiles, corners, strict=True):
            ys = _inner(top, tile.shape[-2], self.margin, height)
            xs = _inner(left, tile.shape[-1], self.margin, width)
            out[0, :, ys, xs] = tile[
                :,
                ys.start - top : ys.stop - top,
                xs.start - left : xs.stop - left,
            ]


def _round_up(size: int, stride: int) -> int:
    return -(-size // stride) * stride


def _room(core: int) -> int:
    """Return how far a grid of tiles moves; small tiles are not worth as much."""
    return min(_MOVES, core // 2)


def _number(size: int, core: int) -> int:
    """Count the tiles along an axis; one if it fits."""
    return 1 if size <= core else -(-(size + _room(core)) // core)


def _inner(start: int, length: int, margin: int, size: int) -> slice:
    return slice(max(start + margin, 0), min(start + length - margin, size))


def _cut(x: Tensor, corners: Sequence[Corner], tile: tuple[int, int]) -> Tensor:
    return torch.cat(
        [
            x[:, :, _mirrored(top, tile[0], x.shape[-2])[:, None], columns]
            for top, left in corners
            for columns in (_mirrored(left, tile[1], x.shape[-1]),)
        ]
    )


def _mirrored(start: int, length: int, size: int) -> Tensor:
    """Return the places of an axis, mirrored at its ends, edges repeated."""
    index = torch.arange(start, start + length) % (2 * size)
    return torch.where(index < size, index, 2 * size - 1 - index)
