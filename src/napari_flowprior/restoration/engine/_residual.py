"""What is taken out of an image, compared with the noise that it is said to have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from napari_flowprior.restoration._cut_normal import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["MOST_TILES", "Residual", "contradictions"]

MOST_TILES = 64
"""So many tiles of a part, evenly spaced, tell what is left and taken out."""

_WINDOW = 16
_FEWEST = 4
# Least share of its variance that is left of noise which is cut off.
_LEAST_LEFT = 0.25
_MEDIAN_OF_NORMAL = 0.6745
# Share of the stated level that is taken out of nearly all windows at least, and the
# share of it that is left in the flattest ones at most, if no more noise was there.
_WEAK, _CLEAN = 0.75, 0.1
# Share that is taken out where noise is stronger, by more than it is by chance; or what
# is left, where what is taken out looks like the image.
_STRONG, _LEFT, _LIKE_THE_IMAGE = 1.15, 0.3, 0.42
# Correlation of neighbours in what is taken out, which is below 0.15 for white noise.
_ALIKE = 0.35


class _Window(NamedTuple):
    """Figures of windows of 16x16 pixels, relative to the stated level; (N,) each.

    Attributes
    ----------
    taken : ndarray
        Standard deviation of what was taken out, relative to what is left where noise
        is cut off.
    alike : ndarray
        Correlation of its neighbours, the mean of both axes.
    like_image : ndarray
        Its correlation with the result.
    left : ndarray
        Noise level of the finest scale of the result.
    """

    taken: NDArray[np.float64]
    alike: NDArray[np.float64]
    like_image: NDArray[np.float64]
    left: NDArray[np.float64]


@dataclass(frozen=True)
class Residual:
    """Figures of what was taken out of tiles, which are added one by one.

    Parameters
    ----------
    windows : list of tuple
        The figures; those of the same tiles elsewhere may be added.
    """

    windows: list[_Window] = field(default_factory=list)

    def add(
        self,
        y: Tensor,
        estimate: Tensor,
        levels: Tensor | float,
        clipped: tuple[bool, bool] = (False, False),
    ) -> None:
        """Take in some tiles.

        Where noise is cut off, what is taken out is compared with what is left of it;
        windows count in which that is a quarter of its variance at least.

        Parameters
        ----------
        y, estimate : Tensor
            Observation and result, (B, C, H, W).
        levels : Tensor or float
            Stated standard deviation of the noise, in the same units.
        clipped : tuple of bool
            Whether noise was cut off at 0, and at 1.
        """
        if min(y.shape[-2:]) < _WINDOW or not bool(torch.as_tensor(levels).min() > 0):
            return
        taken, kept = _cut((y - estimate) / levels), _cut(estimate / levels)
        variance = taken.var((-2, -1), correction=0)
        there = _variance_left(estimate, levels, clipped)
        known = (variance > 0) & (there > _LEAST_LEFT)
        if not bool(known.any()):
            return
        taken, kept, variance = taken[known], kept[known], variance[known]
        share = (variance / there[known]).sqrt()
        around = taken - taken.mean((-2, -1), keepdim=True)
        image = kept - kept.mean((-2, -1), keepdim=True)
        pairs = [(around[..., 1:] * around[..., :-1]), around[:, 1:] * around[:, :-1]]
        alike = sum(pair.mean((-2, -1)) for pair in pairs) / (2 * variance)
        product = (around * image).mean((-2, -1))
        size = (variance * image.square().mean((-2, -1))).sqrt()
        figures = (share, alike, product / size.clamp_min(1e-9), _left(kept))
        self.windows.append(_Window(*(each.cpu().double().numpy() for each in figures)))

    @property
    def figures(self) -> _Window | None:
        """All figures, if there are enough of them."""
        if sum(len(window.taken) for window in self.windows) < _FEWEST:
            return None
        return _Window(*map(np.concatenate, zip(*self.windows, strict=True)))


def contradictions(
    residual: Residual, level: float | None, white: bool
) -> Iterator[str]:
    """Say in what the residual contradicts the noise that was stated.

    Parameters
    ----------
    residual : Residual
        Of a posterior mean.
    level : float, optional
        The level that was stated, in units of the image, if it is a number.
    white : bool
        Whether the noise was said to be white.

    Yields
    ------
    str
        A sentence.
    """
    if (found := residual.figures) is None:
        return
    taken, left = (float(np.median(x)) for x in (found.taken, found.left))
    most, flattest = np.quantile(found.taken, 0.8), np.quantile(found.left, 0.2)
    if most < _WEAK and flattest < _CLEAN:
        yield (
            f"There is less noise than the stated{_told(level)}: what was taken out is "
            f"{most:.0%} of that. State less, or have it estimated."
        )
    like_image = float(np.median(found.like_image))
    if taken > _STRONG or (like_image > _LIKE_THE_IMAGE and flattest > _LEFT):
        yield (
            f"There is more noise than the stated{_told(level)}: what was taken out is "
            f"{taken:.0%} of that, and what is left at the finest scale {left:.0%}. "
            "State more, or have it estimated."
        )
    alike = float(np.median(found.alike))
    if white and alike > _ALIKE:
        yield (
            f"Neighbouring pixels of what was taken out are alike (correlation "
            f"{alike:.2f}), as those of white noise are not: the noise is correlated, "
            "or a part of the scene was taken out. Try CorrelatedNoise, or have it "
            "estimated."
        )


def _told(level: float | None) -> str:
    return "" if level is None else f" level of {level:.3g}"


def _cut(batch: Tensor) -> Tensor:
    """Cut planes into windows, (N, 16, 16)."""
    windows = batch.unfold(-2, _WINDOW, _WINDOW).unfold(-2, _WINDOW, _WINDOW)
    return windows.reshape(-1, _WINDOW, _WINDOW)


def _variance_left(
    estimate: Tensor, levels: Tensor | float, clipped: tuple[bool, bool]
) -> Tensor:
    """Return the share of its variance that noise has in windows once it is cut off."""
    mean, square = Cut.about(estimate, levels, clipped).moments()
    return _cut(square).mean((-2, -1)) - _cut(mean).mean((-2, -1)).square()


def _left(image: Tensor) -> Tensor:
    """Return the noise level of the finest scale of windows."""
    rows = image[:, 1:] - image[:, :-1]
    finest = (rows[..., 1:] - rows[..., :-1]) / 2
    return finest.abs().flatten(1).median(1).values / _MEDIAN_OF_NORMAL
