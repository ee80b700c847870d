"""Where layers lie in the pixels of an image: through the world, or pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from napari.layers import Shapes
from numpy.typing import NDArray

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers._data import image_data

__all__ = [
    "Place",
    "check_shape",
    "draw",
    "find_place",
    "lies_in_place",
    "size_of_drawing",
]

# Pixels; what is nearest stays the same.
_ROUNDING = 0.01


@dataclass(frozen=True, eq=False)
class Place:
    """Which pixel of a layer lies in each pixel of an image.

    Parameters
    ----------
    matrix, origin : ndarray
        Pixel ``matrix @ p + origin`` of the layer, rounded, lies in pixel p.
    shape : tuple of int
        How many pixels the image has, along the axes of the layer.
    """

    matrix: NDArray[np.float64]
    origin: NDArray[np.float64]
    shape: tuple[int, ...]

    def covers(self, size: tuple[int, ...]) -> bool:
        """Tell whether a layer of some size reaches all over the image."""
        corners = np.array(list(product(*((0, side - 1) for side in self.shape))))
        places = corners @ self.matrix.T + self.origin
        last = np.array(size) - 0.5 + _ROUNDING
        return bool(((places > -0.5 - _ROUNDING) & (places < last)).all())

    def take(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the nearest pixels of a layer, 0 where it has none.

        Parameters
        ----------
        array : ndarray
            Data of the layer, possibly with an axis of colours at the end.

        Returns
        -------
        ndarray
            Of the type of the array; pixels in the places of those of the image.
        """
        if array.ndim > len(self.shape):
            colours = np.moveaxis(array, -1, 0)
            return np.stack([self.take(colour) for colour in colours], axis=-1)
        from scipy.ndimage import affine_transform

        taken: NDArray[Any] = affine_transform(
            array,
            self.matrix,
            self.origin,
            output_shape=self.shape,
            order=0,
            mode="grid-constant",
        )
        return taken


def find_place(layer: Any, image: Any) -> Place | None:
    """Find where the pixels of a layer lie in an image.

    A layer that was placed in the world, by a scale or anything else, lies where it is
    shown. One with the default place was not: scripts make masks and maps of an image's
    shape as arrays, without its scale, and mean them pixel by pixel.

    Parameters
    ----------
    layer : Image or Labels
        The layer, of no more axes than the image; it lies in all planes if of fewer.
    image : Image
        The image.

    Returns
    -------
    Place or None
        The place; None if the layer is to be taken pixel by pixel.
    """
    count = layer.ndim
    if count > image.ndim or not _is_placed(layer):
        return None
    shape = tuple(image_data(image).shape[: image.ndim])[-count:]

    def to_layer(point: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(layer.world_to_data(image.data_to_world(point)), float)

    origin = to_layer(np.zeros(count))
    axes = [to_layer(axis) - origin for axis in np.eye(count)]
    place = Place(np.column_stack(axes), origin, shape)
    same = _is_still(place.matrix, place.origin, shape)
    return None if same and image_data(layer).shape[:count] == shape else place


def lies_in_place(layer: Any, image: Any) -> bool:
    """Tell whether the pixels of a layer are those of an image, one by one.

    Parameters
    ----------
    layer : Image, Labels or Shapes
        The layer; shapes are looked at as they are drawn.
    image : Image
        The image.

    Returns
    -------
    bool
        False if its pixels have to be looked up through the world.
    """
    if isinstance(layer, Shapes):
        size = size_of_drawing(layer, image)
        same = layer.ndim == len(size)
        return same and np.array_equal(draw(layer, image), layer.to_labels(size) != 0)
    return find_place(layer, image) is None


def _is_placed(layer: Any) -> bool:
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    axes = [layer.data_to_world(axis) - origin for axis in np.eye(layer.ndim)]
    size = image_data(layer).shape[: layer.ndim]
    return not _is_still(np.column_stack(axes), origin, size)


def _is_still(
    matrix: NDArray[np.float64], origin: NDArray[np.float64], size: tuple[int, ...]
) -> bool:
    """Tell whether no pixel is moved, but for rounding."""
    moved = np.abs(matrix - np.eye(len(size))) @ np.array(size) + np.abs(origin)
    return bool((moved < _ROUNDING).all())


def check_shape(what: str, layer: Any, image: Any, axes: str) -> None:
    """Refuse a layer that cannot be taken pixel by pixel.

    Parameters
    ----------
    what : str
        What it is for, such as "mask".
    layer, image : Layer
        The layer, and the image that it is for.
    axes : str
        Axes of the image, one letter each.

    Raises
    ------
    InputError
        If its shape is neither that of the image, nor that without colours, nor that of
        a plane.
    """
    shape, whole = tuple(image_data(layer).shape), tuple(image_data(image).shape)
    sizes = dict(zip(axes, whole, strict=True))
    plane = sizes["Y"], sizes["X"]
    fits = [whole, tuple(sizes[a] for a in axes if a != "S"), plane]
    if shape not in fits:
        wanted = " or ".join(_pixels(each) for each in dict.fromkeys(fits))
        raise InputError(
            f"The {what} {layer.name!r} of {_pixels(shape)} pixels does not fit the "
            f"image {image.name!r}: choose one of {wanted} pixels, or give it a scale "
            "and a place in the world."
        )


def _pixels(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def draw(shapes: Any, image: Any) -> NDArray[np.bool_]:
    """Draw shapes into the pixels of an image, wherever both lie in the world.

    Parameters
    ----------
    shapes : Shapes
        The shapes. If they have more axes than the image, which then lies in all their
        planes, so do they in its own; if fewer, they lie in all planes of the image.
    image : Image
        The image.

    Returns
    -------
    ndarray of bool
        True in the shapes; of the shape of the image along their axes.
    """
    size = size_of_drawing(shapes, image)
    drawn = Shapes(
        [
            [_to_pixels(vertex, shapes, image, len(size)) for vertex in vertices]
            for vertices in shapes.data
        ],
        ndim=len(size),
        shape_type=shapes.shape_type,
    )
    return np.asarray(drawn.to_labels(size) != 0)


def size_of_drawing(shapes: Any, image: Any) -> tuple[int, ...]:
    """Return how many pixels of an image shapes are drawn into.

    Parameters
    ----------
    shapes : Shapes
        The shapes.
    image : Image
        The image.

    Returns
    -------
    tuple of int
        Along the axes that both have.
    """
    size = tuple(image_data(image).shape[: image.ndim])
    return size[-min(shapes.ndim, image.ndim) :]


def _to_pixels(vertex: Any, shapes: Any, image: Any, count: int) -> Any:
    return image.world_to_data(shapes.data_to_world(vertex))[-count:]
