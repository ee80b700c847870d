"""Windows of an image that look like nothing but noise, and how strong that is.

The finest wavelet scale holds noise, and also chequerboards, dithers and small print,
of which it makes noise of a hundred grey levels. But noise that is white and normal
differs from drawings in every window: its neighbours have nothing to do with each
other, and its values do not crowd at two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from napari_flowprior.restoration.noise._cutting import cut_windows, without_slope
from napari_flowprior.restoration.noise._neighbours import LAGS, neighbours

__all__ = ["noise_of_windows", "padded", "patterned"]

_SIDE = 8
# Of the neighbours in a window of white noise, one in a hundred is correlated by more.
_MOST_OPPOSITE = -0.38
# Kurtosis less squared skewness less 1: 2 for a normal distribution, 0 for two values.
_LEAST_SPREAD = 0.9
_TWO_VALUES = 0.6
# Windows that must look like noise, and the quantile of their levels that is taken:
# others may hold faint texture. In white noise it is lower than the level by so much.
_FEWEST, _FEWEST_SHARE = 12, 0.05
_QUANTILE, _QUANTILE_OF_LEVEL = 0.3, 0.953
# Of the pixels of a window, at the least or greatest value of the image: more hide how
# strong the noise was.
_MOST_CUT = 0.9
# Of the windows that are not constant: if so many look like noise, the others are
# padding or a mask.
_NOISY = 0.25
# Share of constant windows that is padding, and not a coincidence.
_PADDING = 0.05
# Ratio of the median and a low quantile of the levels of noise of one level.
_ONE_LEVEL = 1.5
# Share of the pixels of such a window that are at the least or the greatest value.
_FEW_CUT = 0.2
_PATCH, _PATCHES = 6, 20_000
_AREA = 12


@dataclass(frozen=True, eq=False)
class _Windows:
    """Windows less their slopes, (N, 8, 8), and the share of cut off pixels, (N,)."""

    values: NDArray[np.float64]
    cut: NDArray[np.float64]

    @cached_property
    def level(self) -> NDArray[np.float64]:
        """Standard deviation, were nothing cut off; a slope takes three of freedom."""
        squares = (self.values**2).sum((1, 2)) / (_SIDE**2 - 3)
        level: NDArray[np.float64] = np.sqrt(squares / _left_by_cut(self.cut))
        return level

    @cached_property
    def standard(self) -> NDArray[np.float64]:
        scale = np.sqrt((self.values**2).mean((1, 2), keepdims=True))
        divided = np.zeros_like(self.values)
        np.divide(self.values, scale, out=divided, where=scale > 0)
        return divided

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Kurtosis less squared skewness less 1."""
        third, fourth = ((self.standard**k).mean((1, 2)) for k in (3, 4))
        spread: NDArray[np.float64] = fourth - third**2 - 1
        return spread

    @cached_property
    def opposite(self) -> NDArray[np.float64]:
        """Lowest correlation of neighbours."""
        found = [_correlation(self.standard, *lag) for lag in LAGS]
        lowest: NDArray[np.float64] = np.min(found, axis=0)
        return lowest

    @cached_property
    def constant(self) -> NDArray[np.bool_]:
        return self.level < 1e-9

    @cached_property
    def like_noise(self) -> NDArray[np.bool_]:
        """Windows that look like nothing but noise."""
        like = (self.opposite > _MOST_OPPOSITE) & (self.spread > _LEAST_SPREAD)
        return like & ~self.constant & (self.cut < _MOST_CUT)

    @cached_property
    def padded(self) -> bool:
        """Whether constant windows are no part of the picture."""
        noisy = self.like_noise.sum()
        return bool(noisy > max(_NOISY * (~self.constant).sum(), _FEWEST / 2))

    @cached_property
    def within(self) -> NDArray[np.float64]:
        """Standard deviation about two values, where windows crowd at them."""
        chosen = (self.spread < _TWO_VALUES) & ~self.constant
        two = self.values[chosen].reshape(-1, _SIDE**2)
        upper = two > 0
        number = np.maximum(upper.sum(1), 1), np.maximum((~upper).sum(1), 1)
        high = (two * upper).sum(1) / number[0]
        low = (two * ~upper).sum(1) / number[1]
        rest = two - np.where(upper, high[:, None], low[:, None])
        left = _left_by_cut(self.cut[chosen])
        level: NDArray[np.float64] = np.sqrt((rest**2).mean(1) / left)
        return level


def noise_of_windows(plane: NDArray[np.float64]) -> float | None:
    """Measure the noise of a plane where it holds nothing else.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    float or None
        Standard deviation. Where hardly any window looks like noise alone, the least
        that the plane's patterns leave: spread about two values, or smallest principal
        component. None for a plane without windows.

    References
    ----------
    Chen, Zhu and Heng, *An efficient statistical method for image noise level
    estimation* (2015) for principal components.
    """
    windows = _cut(plane)
    if windows is None:
        return None
    if windows.padded:
        return _typical(windows.level[windows.like_noise])
    levels = windows.level[windows.like_noise | windows.constant]
    fewest = max(_FEWEST, _FEWEST_SHARE * len(windows.cut))
    found = [_least(some, fewest) for some in (levels, windows.within) if len(some)]
    return min(*found, _smallest_component(plane), _local_components(plane))


def _least(levels: NDArray[np.float64], fewest: float) -> float:
    """Return the typical level of many windows, the least of few."""
    return _typical(levels) if len(levels) >= fewest else float(levels.min())


def patterned(plane: NDArray[np.float64]) -> bool:
    """Tell whether a plane is all of patterns, with hardly a window of noise alone.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    bool
        Whether less than a quarter of the windows that are not constant look like
        noise.
    """
    windows = _cut(plane)
    return windows is not None and not windows.padded


def padded(plane: NDArray[np.float64]) -> bool:
    """Tell whether a plane has constant areas beside a picture with noise.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    bool
        Whether windows are constant, and many others look like noise of one level: as
        in padding, masks and borders of registration, and not in drawings.
    """
    windows = _cut(plane)
    if windows is None or not windows.padded:
        return False
    noisy = windows.like_noise
    low, middle = np.quantile(windows.level[noisy], (0.1, 0.5))
    # Beside lines of a drawing many pixels are paper.
    free = np.median(windows.cut[noisy]) < _FEW_CUT
    even = middle < _ONE_LEVEL * low
    return bool(windows.constant.mean() > _PADDING and even and free)


def _typical(levels: NDArray[np.float64]) -> float:
    return float(np.quantile(levels, _QUANTILE)) / _QUANTILE_OF_LEVEL


def _cut(plane: NDArray[np.float64]) -> _Windows | None:
    """Cut a plane into windows and take out their slopes."""
    rows, columns = (side // _SIDE for side in plane.shape)
    if not rows * columns:
        return None
    tiles = cut_windows(plane[None, None], _SIDE)[:, 0]
    cut = ((tiles == plane.min()) | (tiles == plane.max())).mean((1, 2))
    return _Windows(without_slope(tiles), cut)


def _left_by_cut(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what cutting off a share of a normal distribution leaves of its variance.

    Of ``max(0, z + a)`` with standard normal z and a such that it is 0 with the chance
    `share`; 1 where nothing is cut.
    """
    part = np.clip(share, 1e-6, _MOST_CUT)
    a = -ndtri(part)
    density = np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)
    mean = a * (1 - part) + density
    left: NDArray[np.float64] = (a**2 + 1) * (1 - part) + a * density - mean**2
    return left


def _correlation(x: NDArray[np.float64], down: int, right: int) -> NDArray[np.float64]:
    """Correlation of pixels of windows with others so far below and to the right."""
    pixels, others = neighbours(x, down, right)
    correlation: NDArray[np.float64] = (pixels * others).mean((1, 2))
    return correlation


def _smallest_component(plane: NDArray[np.float64]) -> float:
    """Return the standard deviation of patches along their least direction."""
    patches = np.lib.stride_tricks.sliding_window_view(plane, (_PATCH, _PATCH))
    step = max(1, round((patches.shape[0] * patches.shape[1] / _PATCHES) ** 0.5))
    chosen = patches[::step, ::step].reshape(-1, _PATCH**2)
    values = np.linalg.eigvalsh(np.cov(chosen.T))
    return float(np.sqrt(max(values[0], 0.0)))


def _local_components(plane: NDArray[np.float64]) -> float:
    """Return the same for small patches within windows, where waves are of one kind."""
    rows, columns = (side // _AREA for side in plane.shape)
    if not rows * columns:
        return np.inf
    inner = plane[: rows * _AREA, : columns * _AREA]
    areas = inner.reshape(rows, _AREA, columns, _AREA).swapaxes(1, 2)
    patches = np.lib.stride_tricks.sliding_window_view(areas, (3, 3), axis=(2, 3))
    patches = patches.reshape(rows * columns, -1, 9)
    centred = patches - patches.mean(1, keepdims=True)
    number = centred.shape[1]
    values = np.linalg.eigvalsh(centred.swapaxes(1, 2) @ centred / number)
    # The least of nine sample variances is too small by so much.
    least = np.sqrt(values[:, 0].clip(0)) / (1 - np.sqrt(9 / number))
    return float(np.median(least))
