"""Rows and columns at the borders of an image that hold nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.data._bands import spread_bands
from napari_flowprior.data._window import window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data._view import PlaneView

__all__ = ["without_margins"]

# Blocks of JPEG, of chroma at half the resolution too, lie where they were.
_BLOCK = 16
# Of fewer rows or columns little can be told.
_LEAST = 64


def without_margins(view: PlaneView) -> PlaneView:
    """View what lies within rows and columns of a single value, as of padding.

    What is outside says nothing of the noise of an image, and to a prior that is asked
    of it, its edge is all there is to see.

    Parameters
    ----------
    view : PlaneView
        The image; bands of rows of some planes are read.

    Returns
    -------
    PlaneView
        From a multiple of 16 pixels on; the view itself if it has no such margins, or
        if less than 64 rows or columns would be left.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, without_margins
    >>> image = np.random.default_rng(0).random((96, 128))
    >>> image[:20] = 0
    >>> without_margins(PlaneView(image, "YX")).shape
    (64, 128)
    """
    height, width = view.shape
    rows, columns = np.zeros(height, bool), np.zeros(width, bool)
    first: dict[int, NDArray[np.float64]] = {}
    for sample, ys in spread_bands(view):
        block = view.read(sample, ys, slice(None), np.float64)
        rows[ys] |= np.ptp(block, axis=2).max(0) > 0
        columns |= (block != first.setdefault(sample, block[:, :1])).any((0, 1))
    ys, xs = _within(rows), _within(columns)
    if min(ys.stop - ys.start, xs.stop - xs.start) < _LEAST:
        return view
    whole = (ys.stop - ys.start, xs.stop - xs.start) == (height, width)
    return view if whole else window(view, ys, xs)


def _within(varied: NDArray[np.bool_]) -> slice:
    """Return from where on, and up to where, rows or columns have several values."""
    places = np.flatnonzero(varied)
    if not places.size:
        return slice(0, 0)
    return slice(-(-int(places[0]) // _BLOCK) * _BLOCK, int(places[-1]) + 1)
