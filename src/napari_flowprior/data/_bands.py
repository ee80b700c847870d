"""Bands of rows that stand for a whole image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.data._spacing import evenly_spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_flowprior.data._view import PlaneView

__all__ = ["spread_bands"]

_PIXELS, _PLANES, _BANDS = 2**20, 9, 16


def spread_bands(view: PlaneView) -> Iterator[tuple[int, slice]]:
    """Spread bands of rows over evenly spaced planes, about a million pixels in all.

    Parameters
    ----------
    view : PlaneView
        The image.

    Yields
    ------
    tuple of int and slice
        Which sample, and which rows: all, or 16 bands with the first and the last row.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, spread_bands
    >>> list(spread_bands(PlaneView(np.zeros((2, 64, 64)), "ZYX")))
    [(0, slice(0, 64, None)), (1, slice(0, 64, None))]
    """
    samples = evenly_spaced(view.samples, _PLANES)
    height, width = view.shape
    size = max(1, _PIXELS // (len(samples) * view.channels * width * _BANDS))
    few = size * _BANDS < height
    starts = np.linspace(0, height - size, _BANDS).astype(int) if few else [0]
    for sample in samples:
        for start in starts:
            yield sample, slice(int(start), int(start) + size if few else height)
