"""The middle of large planes, which is enough to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior.data import PlaneView

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import LazyArray

__all__ = ["middle_of"]

_SIDE = 768
# So that blocks of JPEG begin at the first row and column, also those of chroma.
_BLOCK = 16


class _Middle:
    """An array without the borders of its planes; nothing is read before its time."""

    def __init__(self, array: LazyArray, axes: str) -> None:
        self._array = array
        self.dtype = array.dtype
        sides = zip(array.shape, axes, strict=True)
        self.shape = tuple(min(n, _SIDE) if a in "YX" else n for n, a in sides)
        around = zip(array.shape, self.shape, strict=True)
        self._starts = [(n - kept) // 2 // _BLOCK * _BLOCK for n, kept in around]

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        places = zip(key, self._starts, self.shape, strict=True)
        inner: NDArray[Any] = self._array[tuple(_shifted(*place) for place in places)]
        return inner


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
    return PlaneView(_Middle(view.array, view.axes), view.axes, view.joint, view.fixed)


def _shifted(place: int | slice, start: int, size: int) -> int | slice:
    if not isinstance(place, slice):
        return place
    first, last, step = place.indices(size)
    return slice(first + start, last + start, step)
