"""A part of the planes of an image, seen as an image of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data._lazy_array import LazyArray
    from napari_flowprior.data._view import PlaneView

__all__ = ["window"]


class _Window:
    """An array with some of its rows and columns; nothing is read before its time."""

    def __init__(self, array: LazyArray, axes: str, ys: slice, xs: slice) -> None:
        self._array = array
        self.dtype = array.dtype
        spans = {"Y": ys, "X": xs}
        sides = zip(axes, array.shape, strict=True)
        ranges = [range(size)[spans.get(axis, slice(None))] for axis, size in sides]
        self.shape = tuple(map(len, ranges))
        self._starts = [span.start for span in ranges]

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        places = zip(key, self._starts, self.shape, strict=True)
        inner: NDArray[Any] = self._array[tuple(_shifted(*place) for place in places)]
        return inner


def window(view: PlaneView, ys: slice, xs: slice) -> PlaneView:
    """View some rows and columns of all planes.

    Parameters
    ----------
    view : PlaneView
        An image.
    ys, xs : slice
        Rows and columns, without steps; what lies beyond the borders is left out.

    Returns
    -------
    PlaneView
        The same samples and channels.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView, window
    >>> view = PlaneView(np.zeros((3, 64, 64)), "ZYX")
    >>> window(view, slice(16, 32), slice(60, 80)).shape
    (16, 4)
    """
    part = _Window(view.array, view.axes, ys, xs)
    return view.of(part)


def _shifted(place: int | slice, start: int, size: int) -> int | slice:
    if not isinstance(place, slice):
        return place
    first, last, step = place.indices(size)
    return slice(first + start, last + start, step)
