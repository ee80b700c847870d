"""Estimating the noise level of an image."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import binary_erosion, maximum_filter
from scipy.special import ndtri
from skimage.restoration import estimate_sigma

from napari_flowprior._errors import InputError
from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.noise._pairs import noise_of_pairs
from napari_flowprior.restoration.noise._windows import (
    noise_of_windows,
    padded,
    patterned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = [
    "estimate_noise",
    "estimate_with_rounding",
    "noise_share",
    "rounding_level",
]

_SAMPLES = 9
_SIDE = 2048
_SMALLEST_SIDE = 8
# An image whose noise is cut off at black or white has many pixels there.
_CUT_OFF_SHARE = 0.01
_FAR = 7
# Share of the pixels at limits; of noise about a limit, one in 16 is among its like.
_MOSTLY = 0.3
# Share of windows that must be cut, for their statistics to be those of flat parts.
_CUT_OFF_WINDOWS = 0.5
_WINDOW = 8
_MORE = 1.1
_ENOUGH = 500
_MEDIAN_OF_NORMAL = 0.6745
# Of noise about black, half or more of which is cut off, wavelets see at least so much.
_LEAST_LEFT = 0.5
# Wavelets are the more exact, where both measure the same.
_DOUBTFUL = 1.25


def estimate_noise(view: PlaneView) -> float:
    """Estimate the standard deviation of white noise in an image.

    The median over evenly spaced planes of the median absolute deviation of the
    finest wavelet coefficients, on the central part of large planes. Where noise is cut
    off at black or white, it is measured away from there, or, when that is most of the
    image, by what is left of it. It is not above the noise of windows that look like
    nothing else, so that fine patterns do not count as noise.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        Standard deviation in the image's own units; 0 for an image without any
        detail.

    Raises
    ------
    InputError
        If the image is too small to tell.

    References
    ----------
    Donoho and Johnstone, *Ideal spatial adaptation by wavelet shrinkage* (1994).

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> noisy = np.random.default_rng(0).normal(100, 5, (128, 128))
    >>> from napari_flowprior.restoration import estimate_noise
    >>> round(estimate_noise(PlaneView(noisy, "YX")))
    5
    """
    if min(view.shape) < _SMALLEST_SIDE:
        raise InputError(
            f"The noise level of an image of {view.shape[0]}x{view.shape[1]} pixels "
            "cannot be estimated; give sigma."
        )
    return float(
        np.median(
            [
                _plane_level(view, sample)
                for sample in evenly_spaced(view.samples, _SAMPLES)
            ]
        )
    )


def estimate_with_rounding(view: PlaneView) -> float:
    """Estimate the noise, which is at least that of the rounding of integers.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        Standard deviation in the image's own units.

    Raises
    ------
    InputError
        If the image is too small to tell.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import estimate_with_rounding
    >>> flat = np.full((64, 64), 100, np.uint8)
    >>> round(estimate_with_rounding(PlaneView(flat, "YX")), 3)
    0.289
    """
    return max(estimate_noise(view), rounding_level(view))


def rounding_level(view: PlaneView) -> float:
    """Return the noise that an image has at least: that of the rounding of integers.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        Standard deviation in the image's own units, 0 for other types.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import rounding_level
    >>> round(rounding_level(PlaneView(np.zeros((8, 8), np.uint8), "YX")), 3)
    0.289
    """
    return 12**-0.5 if view.dtype.kind in "iu" else 0.0


def noise_share(view: PlaneView) -> float:
    """Return how much of what the finest scale holds is noise, from 0 to 1.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        Ratio of two noise levels: of what is measured where an image holds nothing
        else, and of the finest wavelet scale. 1 but for images all of fine patterns,
        and 0 for drawings in two colours without visible noise.
    """
    return float(np.median([_share(plane) for plane in _planes(view)]))


def _share(plane: NDArray[np.float64]) -> float:
    # On black ground, bright points may be few photons.
    if _drawn(plane) and (plane == plane.max()).mean() > _CUT_OFF_SHARE:
        return 0.0
    level = _level(plane)
    return _checked(level, plane) / level if level and patterned(plane) else 1.0


def _plane_level(view: PlaneView, sample: int) -> float:
    block = _block(view, sample)
    return float(np.mean([_checked(_level(plane), plane) for plane in block]))


def _planes(view: PlaneView) -> Iterator[NDArray[np.float64]]:
    for sample in evenly_spaced(view.samples, _SAMPLES):
        yield from _block(view, sample)


def _block(view: PlaneView, sample: int) -> NDArray[np.float64]:
    ys, xs = (_middle(side) for side in view.shape)
    block: NDArray[np.float64] = view.read(sample, ys, xs, np.float64)
    return block


def _checked(level: float, plane: NDArray[np.float64]) -> float:
    """Take the level of wavelets, where the image itself does not belie it."""
    windows = noise_of_windows(plane)
    if windows is not None and padded(plane):
        # Constant areas of any value are no part of the picture, and have no noise.
        return (
            level if windows < _DOUBTFUL * level < _DOUBTFUL**2 * windows else windows
        )
    seen = [windows, noise_of_pairs(plane)]
    least = min((each for each in seen if each is not None), default=level)
    return level if level < _DOUBTFUL * least else least


def _level(plane: NDArray[np.float64]) -> float:
    if _drawn(plane):
        return 0.0
    with warnings.catch_warnings():
        # Without any detail there is no coefficient to take the median of: NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        level = float(np.nan_to_num(estimate_sigma(plane)))
    details = _details_away_from_limits(plane)
    # What the others measure may be all texture.
    most, away = level / _LEAST_LEFT, None
    if len(details) >= _ENOUGH:
        away = float(np.median(np.abs(details)) / _MEDIAN_OF_NORMAL)
    if (censored := _level_at_limits(plane)) is not None:
        # Away from limits lies what they have not cut, which is a little less.
        return min(censored, most, np.inf if away is None else _MORE * away)
    return level if away is None else min(away, most)


def _limits(plane: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Return where pixels are at the least and the greatest value, if many are."""
    limits = [plane == value for value in (plane.min(), plane.max())]
    return [limit for limit in limits if limit.mean() > _CUT_OFF_SHARE]


def _drawn(plane: NDArray[np.float64]) -> bool:
    """Tell whether a plane is black and white, and no noise shows at either.

    Hardly anything is away from limits, and of many pixels there all four neighbours
    are at the same one.
    """
    limits = _limits(plane)
    if not limits or len(_details_away_from_limits(plane)) >= _ENOUGH:
        return False
    inner = sum(binary_erosion(limit, border_value=1).sum() for limit in limits)
    return bool(inner > _MOSTLY * sum(limit.sum() for limit in limits))


def _level_at_limits(plane: NDArray[np.float64]) -> float | None:
    """Return the level of noise that is cut off in much of the image.

    A normal variable of mean m exceeds the limit c with probability p = Phi(a), where
    a = (m - c) / sigma, and exceeds it by sigma (a Phi(a) + phi(a)) on average. Share
    and mean excess of each window of pixels thus give a level; the median over windows
    is returned, as most are flat.
    """
    found = [
        _windows_at_limit(plane if plane[limit][0] == plane.min() else -plane)
        for limit in _limits(plane)
    ]
    levels, share = max(found, key=lambda pair: pair[1], default=(np.empty(0), 0.0))
    return float(np.median(levels)) if share > _CUT_OFF_WINDOWS else None


def _windows_at_limit(plane: NDArray[np.float64]) -> tuple[NDArray[Any], float]:
    """Levels of windows that black cuts through, and their share of all windows."""
    rows, columns = (side // _WINDOW for side in plane.shape)
    pixels = plane[: rows * _WINDOW, : columns * _WINDOW]
    windows = pixels.reshape(rows, _WINDOW, columns, _WINDOW).swapaxes(1, 2)
    values = np.unique(plane)
    # Rounding takes what is nearer to black than to the next value for black.
    excess = windows - values[:2].mean()
    excess = excess.clip(min=0).reshape(-1, _WINDOW**2)
    share = (excess > 0).mean(1)
    used = (share > 0.1) & (share < 0.9)
    a = ndtri(share[used])
    density = np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)
    levels = excess[used].mean(1) / (a * share[used] + density)
    return levels, float(used.mean())


def _details_away_from_limits(plane: NDArray[np.float64]) -> NDArray[Any]:
    """Return diagonal Haar coefficients, none of an image that is not cut off."""
    cut = _limits(plane)
    if not cut:
        return np.empty(0)
    free = ~maximum_filter(np.logical_or.reduce(cut), _FAR)[1:, 1:]
    details: NDArray[Any] = np.diff(np.diff(plane, axis=0), axis=1)[free] / 2
    return details


def _middle(side: int) -> slice:
    start = max(0, (side - _SIDE) // 2)
    return slice(start, min(side, start + _SIDE))
