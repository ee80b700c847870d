"""Which part of a layer is previewed: what is in view, or in a rectangle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers import at_level, image_data

if TYPE_CHECKING:
    import napari
    from numpy.typing import NDArray

__all__ = ["LARGEST", "Region", "find_region", "middle_region"]

LARGEST = 512
"""Most rows and columns that are previewed."""

# Pixels around what is shown that are restored too, as a restoration sees neighbours.
_CONTEXT, _ROUGH_CONTEXT = 32, 16
# Least side that is restored, from which a noise level can be told.
_LEAST = 64
# So that blocks of JPEG begin at the first row and column, also those of chroma.
_BLOCK = 16
# From the middle of a window to its corners.
_SIGNS = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])


@dataclass(frozen=True)
class Region:
    """Rows and columns of one plane of an image, in the pixels of its data.

    Parameters
    ----------
    axes : str
        Axes of the image, one letter each.
    shown : tuple of slice
        What is shown, along each axis; of colours, all are.
    read : tuple of slice
        What is restored: rows and columns around it too, from a multiple of 16 on.
    whole : bool
        Whether all of what was asked for is shown, and not only its middle.
    """

    axes: str
    shown: tuple[slice, ...]
    read: tuple[slice, ...]
    whole: bool = True

    def inner(self, enlargement: int = 1) -> tuple[slice, ...]:
        """Return where what is shown lies in what was restored.

        Parameters
        ----------
        enlargement : int
            How many pixels one became, along rows and along columns.

        Returns
        -------
        tuple of slice
            Along each axis.
        """
        triples = zip(self.axes, self.shown, self.read, strict=True)
        return tuple(_within(*triple, enlargement) for triple in triples)

    def middle(self, side: int) -> Region:
        """Return the middle of the same plane, with less around it, for a rough look.

        Parameters
        ----------
        side : int
            Most rows and columns.

        Returns
        -------
        Region
            A smaller one; the same if it is no larger.
        """
        pairs = zip(self.axes, self.shown, self.read, strict=True)
        cut = [_middle(s, r, side) if a in "YX" else (s, r) for a, s, r in pairs]
        shown, read = zip(*cut, strict=True)
        return Region(self.axes, shown, read)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns are shown."""
        sides = dict(zip(self.axes, self.shown, strict=True))
        rows, columns = sides["Y"], sides["X"]
        return rows.stop - rows.start, columns.stop - columns.start


def _within(axis: str, shown: slice, read: slice, factor: int) -> slice:
    factor = factor if axis in "YX" else 1
    first, last = shown.start - read.start, shown.stop - read.start
    return slice(first * factor, last * factor)


def _middle(shown: slice, read: slice, side: int) -> tuple[slice, slice]:
    spare = max(0, shown.stop - shown.start - side) // 2
    inner = slice(shown.start + spare, shown.stop - spare)
    return inner, _around(inner, read.start, read.stop, _ROUGH_CONTEXT)


def find_region(
    viewer: napari.viewer.Viewer,
    layer: Any,
    axes: str,
    shapes: Any = None,
    *,
    level: int = 0,
) -> Region:
    """Find what is to be previewed of a layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Where it is shown.
    layer : Image
        The layer.
    axes : str
        Axes of its data, one letter each.
    shapes : Shapes, optional
        The selected shape of this layer, or else its last, bounds what is previewed; by
        default it is what is in view.
    level : int
        Level of resolution, 0 for the finest.

    Returns
    -------
    Region
        In the plane that is shown, 512x512 pixels of the level at most.

    Raises
    ------
    InputError
        If none of the layer is in view, or there is no shape, or it lies elsewhere.
    """
    bounds = _seen(viewer, layer, level)
    layer = at_level(layer, level)
    if shapes is not None:
        bounds = _drawn(shapes, layer)
    sizes = image_data(layer).shape
    point = layer.world_to_data(viewer.dims.point)[-layer.ndim :]
    ends = zip(*bounds, point, strict=True)
    places = dict(zip(_spatial(axes, layer), ends, strict=True))
    asked, shown, read = [], [], []
    for axis, size in zip(axes, sizes, strict=True):
        # Of colours, all are shown.
        whole = axis not in places
        asked.append(slice(0, size) if whole else _span(axis, size, *places[axis]))
        shown.append(_cut(axis, asked[-1]))
        read.append(_around(shown[-1], 0, size) if axis in "YX" else shown[-1])
    return Region(axes, tuple(shown), tuple(read), asked == shown)


def middle_region(shape: tuple[int, ...], axes: str, side: int) -> Region:
    """Return the middle of the middle plane of an image.

    Parameters
    ----------
    shape : tuple of int
        Shape of the image.
    axes : str
        Its axes, one letter each.
    side : int
        Rows and columns that are shown, at most.

    Returns
    -------
    Region
        Of colours, all.
    """
    pairs = list(zip(axes, shape, strict=True))
    planes = {a: slice(n // 2, n // 2 + 1) for a, n in pairs if a not in "YXS"}
    whole = tuple(planes.get(axis, slice(0, size)) for axis, size in pairs)
    return Region(axes, whole, whole).middle(side)


def _spatial(axes: str, layer: Any) -> str:
    """Return the axes that napari shows as such: colours of an RGB layer are none."""
    return axes if len(axes) == layer.ndim else axes.replace("S", "")


def _seen(
    viewer: napari.viewer.Viewer, layer: Any, level: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the corners of what is in view; where they are equal, all is."""
    corners = np.array(layer.corner_pixels, dtype=float)
    if layer.multiscale:
        factors = np.asarray(layer.downsample_factors)
        corners *= factors[layer.data_level] / factors[level]
    corners[1] += corners[1] > corners[0]
    if layer.multiscale and viewer.dims.ndisplay == 2:
        # What napari calls so is what it has read, which may be much more.
        corners = _common(corners, _in_window(viewer, layer) / factors[level])
    return corners[0], corners[1]


def _in_window(viewer: napari.viewer.Viewer, layer: Any) -> NDArray[np.float64]:
    """Return the corners of the window, in pixels of the finest level of a layer."""
    shown = list(viewer.dims.displayed)
    camera = viewer.scene.camera
    half = np.divide(viewer.canvas.size, 2 * camera.zoom)
    places = np.tile(np.asarray(viewer.dims.point, dtype=float), (4, 1))
    # Layers may be turned.
    places[:, shown] = camera.center[-2:] + half * _SIGNS
    pixels = np.array([layer.world_to_data(p)[-layer.ndim :] for p in places])
    bounds = np.array([np.full(layer.ndim, -np.inf), np.full(layer.ndim, np.inf)])
    own = np.subtract(shown, viewer.dims.ndim - layer.ndim)
    own = own[own >= 0]
    bounds[:, own] = np.floor(pixels.min(axis=0))[own], np.ceil(pixels.max(axis=0))[own]
    return bounds


def _common(corners: NDArray[Any], bounds: NDArray[Any]) -> NDArray[Any]:
    """Return the corners of what two have in common, along axes that have bounds."""
    some = corners[1] > corners[0]
    low = np.where(some, np.maximum(corners[0], np.floor(bounds[0])), corners[0])
    high = np.where(some, np.minimum(corners[1], np.ceil(bounds[1]) + 1), corners[1])
    # Equal ones would stand for all.
    return np.array([low, np.where(some & (high <= low), low - 1, high)])


def _drawn(shapes: Any, layer: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the corners of a shape, in the pixels of the layer."""
    if not len(shapes.data):
        raise InputError(
            f"The layer {shapes.name!r} has no shape; draw a rectangle over what is to "
            "be previewed."
        )
    chosen = max(shapes.selected_data, default=len(shapes.data) - 1)
    vertices = [shapes.data_to_world(vertex) for vertex in shapes.data[chosen]]
    count = min(shapes.ndim, layer.ndim)
    places = np.zeros((len(vertices), layer.ndim))
    for place, vertex in zip(places, vertices, strict=True):
        place[-count:] = layer.world_to_data(_filled(vertex, layer.ndim))[-count:]
    low, high = places.min(axis=0), places.max(axis=0)
    # A pixel lies around the place that it is named by.
    return np.ceil(low), np.where(high > low, np.floor(high) + 1, low)


def _filled(vertex: Any, ndim: int) -> NDArray[Any]:
    """Give a place as many coordinates as a layer has, at least."""
    return np.concatenate([np.zeros(max(0, ndim - len(vertex))), vertex])


def _span(axis: str, size: int, low: float, high: float, point: float) -> slice:
    """Return what is shown of an axis: of planes, the one at the point."""
    if axis not in "YX":
        place = int(np.clip(np.round(point), 0, size - 1))
        return slice(place, place + 1)
    if low == high:
        return slice(0, size)
    start, stop = (int(np.clip(np.round(end), 0, size)) for end in (low, high))
    if start >= stop:
        raise InputError("None of the layer is there; move the view, or the rectangle.")
    return slice(start, stop)


def _cut(axis: str, span: slice) -> slice:
    """Leave out what is too much, on both sides."""
    spare = span.stop - span.start - LARGEST
    if axis not in "YX" or spare <= 0:
        return span
    return slice(span.start + spare // 2, span.start + spare // 2 + LARGEST)


def _around(span: slice, first: int, last: int, context: int = _CONTEXT) -> slice:
    """Add what is around, as far as there is anything."""
    more = max(context, (_LEAST - (span.stop - span.start) + 1) // 2)
    start = max(first, (span.start - more) // _BLOCK * _BLOCK)
    return slice(start, min(last, span.stop + more))
