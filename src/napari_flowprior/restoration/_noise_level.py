"""Estimating the noise level of an image."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from skimage.restoration import estimate_sigma

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["estimate_noise"]

_SAMPLES = 9
_SIDE = 2048
_SMALLEST_SIDE = 8


def estimate_noise(view: PlaneView) -> float:
    """Estimate the standard deviation of white noise in an image.

    The median over evenly spaced planes of the median absolute deviation of the
    finest wavelet coefficients, on the central part of large planes.

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
    """
    if min(view.shape) < _SMALLEST_SIDE:
        raise InputError(
            f"The noise level of an image of {view.shape[0]}x{view.shape[1]} pixels "
            "cannot be estimated; give sigma."
        )
    chosen = np.linspace(0, view.samples - 1, min(view.samples, _SAMPLES))
    levels = [_plane_level(view, round(sample)) for sample in chosen]
    return float(np.median(levels))


def _plane_level(view: PlaneView, sample: int) -> float:
    ys, xs = (_middle(side) for side in view.shape)
    block = view.read(sample, ys, xs, np.float64)
    with warnings.catch_warnings():
        # Without any detail there is no coefficient to take the median of: NaN.
        warnings.simplefilter("ignore", RuntimeWarning)
        level = estimate_sigma(block, average_sigmas=True, channel_axis=0)
    return float(np.nan_to_num(level))


def _middle(side: int) -> slice:
    start = max(0, (side - _SIDE) // 2)
    return slice(start, min(side, start + _SIDE))
