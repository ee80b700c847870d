"""From layers to the arrays of a degradation: masks, noise maps, point spreads."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels, Shapes

from napari_flowprior._errors import InputError
from napari_flowprior._widgets._layers import image_data, is_image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SUITABLE", "array_fields", "split_layers"]


def _is_mask(layer: Any) -> bool:
    """Tell whether a layer can say which pixels are missing."""
    if is_image(layer):
        return np.dtype(layer.dtype) == np.bool_
    return isinstance(layer, Labels | Shapes)


def _is_grey(layer: Any) -> bool:
    return isinstance(layer, Image) and not layer.rgb


SUITABLE: dict[str, Callable[[Any], bool]] = {
    "image": is_image,
    "mask": _is_mask,
    "psf": _is_grey,
}
"""Which layers can be chosen, by the kind of array that is made of them."""


def array_fields(kind: type) -> dict[str, str]:
    """Return the fields of a degradation that are layers.

    Parameters
    ----------
    kind : type
        The degradation.

    Returns
    -------
    dict
        What is made of the pixels: "image", themselves; "mask", True where they are not
        zero; "psf", of integers, themselves divided by their sum.
    """
    return {
        field.name: field.metadata["array"]
        for field in fields(kind)
        if "array" in field.metadata
    }


def split_layers(
    kind: type, values: Mapping[str, Any], image: Any
) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Take layers out of the options of a degradation.

    Parameters
    ----------
    kind : type
        The degradation.
    values : mapping
        Its fields; layers, or None, for those that are arrays.
    image : Image
        The layer that is restored.

    Returns
    -------
    options : dict
        The other fields.
    arrays : dict
        Functions that make the arrays, lazy or not, to be called in another thread.

    Raises
    ------
    InputError
        If nothing says which pixels are missing.
    """
    kinds = array_fields(kind)
    layers = {name: values[name] for name in kinds if values[name] is not None}
    arrays = {
        name: _array_maker(kinds[name], layer, image) for name, layer in layers.items()
    }
    options = {name: value for name, value in values.items() if name not in kinds}
    if "mask" in kinds and not arrays:
        _check_holes(image, options)
    return options, arrays


def _check_holes(layer: Any, options: Mapping[str, Any]) -> None:
    if not options["bad_pixels"] and np.dtype(layer.dtype).kind != "f":
        raise InputError(
            "There is no layer that marks the holes; add a Labels or Shapes layer and "
            "paint them, or have bad pixels looked for."
        )


def _array_maker(kind: str, layer: Any, image: Any) -> Callable[[], Any]:
    if isinstance(layer, Shapes):
        return partial(np.not_equal, _draw(layer, image), 0)
    data = image_data(layer)
    if kind == "mask":
        return lambda: np.asarray(data) != 0
    return partial(_weights, data) if kind == "psf" else lambda: data


def _weights(data: Any) -> Any:
    """Divide integers by their sum, as they cannot have the sum 1 by themselves."""
    array = np.asarray(data)
    total = array.sum(dtype=np.float64)
    return array / total if array.dtype.kind in "iu" and total else array


def _draw(shapes: Any, image: Any) -> Any:
    """Draw shapes into the pixels of an image, wherever both lie in the world."""
    drawn = Shapes(
        [
            [_to_pixels(vertex, shapes, image) for vertex in vertices]
            for vertices in shapes.data
        ],
        ndim=shapes.ndim,
        shape_type=shapes.shape_type,
    )
    size = image_data(image).shape[: image.ndim]
    return drawn.to_labels(size[-shapes.ndim :])


def _to_pixels(vertex: Any, shapes: Any, image: Any) -> Any:
    return image.world_to_data(shapes.data_to_world(vertex))[-shapes.ndim :]
