"""The middle of large planes, which is enough to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior.data import window

if TYPE_CHECKING:
    from napari_flowprior.data import PlaneView

__all__ = ["middle_of"]

_SIDE = 768
# So that blocks of JPEG begin at the first row and column, also those of chroma.
_BLOCK = 16


def middle_of(view: PlaneView) -> PlaneView:
    """View the middle of planes that are larger than 768 pixels.

    Parameters
    ----------
    view : PlaneView
        An image.

    Returns
    -------
    PlaneView
        At most 768 rows and columns of the same planes, whose first ones are at
        multiples of 16; the view itself if planes are no larger.
    """
    if max(view.shape) <= _SIDE:
        return view
    return window(view, *map(_middle, view.shape))


def _middle(size: int) -> slice:
    start = max(0, size - _SIDE) // 2 // _BLOCK * _BLOCK
    return slice(start, start + min(size, _SIDE))
