"""Rounding to whole numbers that keeps what many pixels have together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["dithered"]

# The plastic number and its square, the reciprocals of which fill the unit square most
# evenly.
_STEPS = 0.7548776662466927, 0.5698402909980532


def dithered(block: NDArray[Any], ys: slice, xs: slice) -> NDArray[np.float64]:
    """Add to each pixel what lets rounding keep the means of areas.

    Rounded to the nearest, a mean of 0.4 photons is none at all. Here thresholds differ
    evenly from pixel to pixel, so that of any few neighbours 0.4 are rounded up. They
    depend on where a pixel is and on nothing else; whole numbers stay what they are.

    Parameters
    ----------
    block : ndarray, shape (..., h, w)
        Values, to be rounded to whole numbers.
    ys, xs : slice
        Its rows and columns in the plane.

    Returns
    -------
    ndarray
        Of the same shape, at most half a step away.

    References
    ----------
    Roberts, *The unreasonable effectiveness of quasirandom sequences* (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import dithered
    >>> photons = np.full((16, 16), 0.4)
    >>> float(np.rint(dithered(photons, slice(16), slice(16))).mean().round(1))
    0.4
    """
    rows, columns = (
        step * np.arange(span.start or 0, span.stop)
        for step, span in zip(_STEPS, (ys, xs), strict=True)
    )
    threshold = (rows[:, np.newaxis] + columns) % 1.0 - 0.5
    # What rounds to a half at the most must not reach the next whole number.
    values: NDArray[np.float64] = block + 0.999 * threshold
    return values
