"""Noise that is cut off at black or white."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import binary_erosion, maximum_filter
from scipy.special import ndtri

from napari_flowprior.restoration.noise._plateaus import plateau

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CUT_OFF_SHARE",
    "ENOUGH",
    "details_away_from_limits",
    "drawn",
    "level_at_limits",
]

CUT_OFF_SHARE = 0.01
"""An image whose noise is cut off at black or white has more of its pixels there."""

ENOUGH = 500
"""So many pixels away from limits tell a level."""

_FAR = 7
# Share of the pixels at limits; of noise about a limit, one in 16 is among its like.
_MOSTLY = 0.3
# Share of windows that must be cut, for their statistics to be those of flat parts.
_CUT_OFF_WINDOWS = 0.5
_WINDOW = 8


def _limits(plane: NDArray[np.float64]) -> list[NDArray[np.bool_]]:
    """Return where pixels are at the least and the greatest value, if many are."""
    limits = [plane == value for value in (plane.min(), plane.max())]
    return [limit for limit in limits if limit.mean() > CUT_OFF_SHARE]


def drawn(plane: NDArray[np.float64]) -> bool:
    """Tell whether a plane is black and white, and no noise shows at either.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    bool
        Whether hardly anything is away from limits, and of many pixels there all four
        neighbours are at the same one.
    """
    limits = _limits(plane)
    if not limits or len(details_away_from_limits(plane)) >= ENOUGH:
        return False
    inner = sum(binary_erosion(limit, border_value=1).sum() for limit in limits)
    return bool(inner > _MOSTLY * sum(limit.sum() for limit in limits))


def level_at_limits(plane: NDArray[np.float64]) -> float | None:
    """Return the level of noise that is cut off in much of the image.

    A normal variable of mean m exceeds the limit c with probability p = Phi(a), where
    a = (m - c) / sigma, and exceeds it by sigma (a Phi(a) + phi(a)) on average. Share
    and mean excess of each window of pixels thus give a level; the median over windows
    is returned, as most are flat.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    float or None
        Standard deviation of the noise; None if not much of the image is cut off.
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


def details_away_from_limits(plane: NDArray[np.float64]) -> NDArray[Any]:
    """Return diagonal Haar coefficients, none where all pixels say something of noise.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    ndarray, shape (N,)
        Those of pixels that are not near any at the least or the greatest value, nor of
        a constant area.
    """
    cut = _limits(plane)
    if (same := plateau(plane)) is not None:
        cut.append(same)
    if not cut:
        return np.empty(0)
    free = ~maximum_filter(np.logical_or.reduce(cut), _FAR)[1:, 1:]
    details: NDArray[Any] = np.diff(np.diff(plane, axis=0), axis=1)[free] / 2
    return details
