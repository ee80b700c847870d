"""Estimating the noise level of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pywt
from scipy.special import ndtri

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.noise._cut_off import (
    CUT_OFF_SHARE,
    ENOUGH,
    details_away_from_limits,
    drawn,
    level_at_limits,
)
from napari_flowprior.restoration.noise._limits import noise_at_limits
from napari_flowprior.restoration.noise._pairs import noise_of_pairs
from napari_flowprior.restoration.noise._sampled_planes import (
    block_of,
    chosen_samples,
    planes_of,
)
from napari_flowprior.restoration.noise._windows import (
    noise_of_windows,
    padded,
    patterned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = [
    "estimate_noise",
    "estimate_with_rounding",
    "finest_scale",
    "noise_share",
    "rounding_level",
]

_SMALLEST_SIDE = 8
_MORE = 1.1
_MEDIAN_OF_NORMAL = float(ndtri(0.75))
# Of noise about black, half or more of which is cut off, wavelets see at least so much.
_LEAST_LEFT = 0.5
# Noise in steps of the values of an image, of which hardly any is seen; and how many
# pixels tell the steps.
_LEAST_STEPS, _VALUES = 0.2, 2**16
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
        np.median([_plane_level(view, sample) for sample in chosen_samples(view)])
    )


def finest_scale(view: PlaneView) -> float:
    """Measure all that there is at the finest scale of an image, noise or detail.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    float
        Standard deviation in the image's own units, of noise that would show there as
        much.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import finest_scale
    >>> chequers = 100.0 * (np.indices((64, 64)).sum(0) % 2)
    >>> noisy = chequers + np.random.default_rng(0).normal(0, 9, (64, 64))
    >>> round(finest_scale(PlaneView(noisy, "YX")))
    146
    """
    return float(np.median([_level(plane) for plane in planes_of(view)]))


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
    return float(np.median([_share(plane) for plane in planes_of(view)]))


def _share(plane: NDArray[np.float64]) -> float:
    # On black ground, bright points may be few photons.
    if drawn(plane) and (plane == plane.max()).mean() > CUT_OFF_SHARE:
        return 0.0
    level = _level(plane)
    return _checked(level, plane) / level if level and patterned(plane) else 1.0


def _plane_level(view: PlaneView, sample: int) -> float:
    block = block_of(view, sample)
    levels = [_complete(_checked(_level(plane), plane), plane) for plane in block]
    seen = [_seen(level, plane) for level, plane in zip(levels, block, strict=True)]
    return float(np.mean(seen))


def _complete(level: float, plane: NDArray[np.float64]) -> float:
    """Add what is cut off of noise about black or white, which wavelets miss.

    That about white is the strongest that there is, and what is more is detail.
    """
    if not level:
        return 0.0
    at_limits = noise_at_limits(plane)
    return at_limits.level if at_limits.white else max(level, at_limits.black)


def _seen(level: float, plane: NDArray[np.float64]) -> float:
    """Return a level, 0 if it is too low to move a pixel to the next of its values."""
    if not level:
        return 0.0
    values = np.unique(plane.ravel()[:: max(1, plane.size // _VALUES)])
    step = float(np.diff(values).min()) if len(values) > 1 else np.inf
    return level if level > _LEAST_STEPS * step else 0.0


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
    if drawn(plane):
        return 0.0
    level = _wavelet_level(plane)
    details = details_away_from_limits(plane)
    # What the others measure may be all texture.
    most, away = level / _LEAST_LEFT, None
    if len(details) >= ENOUGH:
        away = float(np.median(np.abs(details)) / _MEDIAN_OF_NORMAL)
    if (censored := level_at_limits(plane)) is not None:
        # Away from limits lies what they have not cut, which is a little less.
        return min(censored, most, np.inf if away is None else _MORE * away)
    return level if away is None else min(away, most)


def _wavelet_level(plane: NDArray[np.float64]) -> float:
    # As scikit-image does it, whose import takes half a second.
    _, (_, _, diagonal) = pywt.dwt2(plane, "db2")
    details = np.abs(diagonal[diagonal != 0])
    level = np.median(details) / _MEDIAN_OF_NORMAL if len(details) else 0.0
    return float(np.nan_to_num(level))
