"""Images that are kept as colours, and are none: grey ones, and composites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.data._bands import spread_bands
from napari_flowprior.data._view import PlaneView

if TYPE_CHECKING:
    from napari_flowprior.data._lazy_array import LazyArray

__all__ = ["has_empty_colours", "has_equal_colours"]


def has_equal_colours(array: LazyArray, axes: str) -> bool:
    """Tell whether red, green and blue are the same, as in grey images kept as colours.

    Parameters
    ----------
    array : LazyArray
        An image; it is read band by band, as far as it is grey.
    axes : str
        One letter each.

    Returns
    -------
    bool
        False for images without colour samples.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import has_equal_colours
    >>> image = np.zeros((64, 64, 3), np.uint8)
    >>> has_equal_colours(image, "YXS")
    True
    >>> image[..., 0] = 1
    >>> has_equal_colours(image, "YXS")
    False
    """
    if "S" not in axes:
        return False
    view = PlaneView(array, axes, joint=True)
    # All of it, as what is grey but for a label is no grey image.
    for sample, rows in view.bands():
        block = view.read(sample, rows, slice(None), view.dtype)
        if not np.array_equal(block[1:], block[:-1], equal_nan=view.dtype.kind == "f"):
            return False
    return True


def has_empty_colours(array: LazyArray, axes: str) -> bool:
    """Tell whether a colour has one value everywhere, as in composites of channels.

    Parameters
    ----------
    array : LazyArray
        An image; bands of rows of some planes are read, until all colours vary.
    axes : str
        One letter each.

    Returns
    -------
    bool
        False for images without colour samples.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import has_empty_colours
    >>> image = np.random.default_rng(0).random((64, 64, 3))
    >>> has_empty_colours(image, "YXS")
    False
    >>> image[..., 0] = 0
    >>> has_empty_colours(image, "YXS")
    True
    """
    if "S" not in axes:
        return False
    view = PlaneView(array, axes, joint=True)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for sample, rows in spread_bands(view):
        block = view.read(sample, rows, slice(None), np.float64)
        low = np.fmin(low, np.nanmin(block, (1, 2), initial=np.inf))
        high = np.fmax(high, np.nanmax(block, (1, 2), initial=-np.inf))
        if (low < high).all():
            return False
    return True
