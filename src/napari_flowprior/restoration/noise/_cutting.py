"""Cutting images into windows, and taking slopes out of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cut_windows", "without_slope"]


def cut_windows(images: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Cut images into windows; what is left over is left out.

    Parameters
    ----------
    images : ndarray, shape (B, C, Y, X)
        Images.
    side : int
        Of the windows, pixels.

    Returns
    -------
    ndarray, shape (N, C, side, side)
        Those of the first image first, row by row.
    """
    number, channels = images.shape[:2]
    rows, columns = (length // side for length in images.shape[2:])
    inner = images[..., : rows * side, : columns * side]
    grid = inner.reshape(number, channels, rows, side, columns, side)
    windows: NDArray[np.float64] = grid.transpose(0, 2, 4, 1, 3, 5).reshape(
        number * rows * columns, channels, side, side
    )
    return windows


def without_slope(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take mean and slope out of square windows.

    Parameters
    ----------
    windows : ndarray, shape (..., side, side)
        Intensities.

    Returns
    -------
    ndarray, shape of `windows`
        The rest, which has three degrees of freedom less.
    """
    side = windows.shape[-1]
    t = np.arange(side) - (side - 1) / 2
    ones = np.ones_like(t)
    basis = np.stack([np.outer(a, b) for a, b in ((ones, ones), (t, ones), (ones, t))])
    basis /= np.sqrt((basis**2).sum((1, 2), keepdims=True))
    parts = np.einsum("...yx,kyx->...k", windows, basis)
    rest: NDArray[np.float64] = windows - np.einsum("...k,kyx->...yx", parts, basis)
    return rest
