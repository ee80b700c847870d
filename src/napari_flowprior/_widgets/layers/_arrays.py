"""From layers to the arrays of a degradation: masks, noise maps, point spreads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels, Shapes

from napari_flowprior._errors import InputError
from napari_flowprior._options import options
from napari_flowprior._widgets.layers._data import image_data, is_image
from napari_flowprior._widgets.layers._placing import (
    Place,
    check_shape,
    draw,
    find_place,
)
from napari_flowprior.data import PlaneView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SUITABLE", "array_fields", "split_layers"]


def _is_mask(layer: Any) -> bool:
    """Tell whether a layer can say which pixels are missing."""
    if is_image(layer):
        return np.dtype(layer.dtype) == np.bool_
    return isinstance(layer, Labels | Shapes)


def _is_grey(layer: Any) -> bool:
    return is_image(layer) and not layer.rgb


SUITABLE: dict[str, Callable[[Any], bool]] = {
    "image": is_image,
    "mask": _is_mask,
    "psf": _is_grey,
}
"""Which layers can be chosen, by the kind of array that is made of them."""


def array_fields(kind: type) -> dict[str, str]:
    """Return the options of a degradation that are layers.

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
    found = ((option.name, option.array) for option in options(kind))
    return {name: array for name, array in found if array is not None}


def split_layers(
    kind: type, values: Mapping[str, Any], image: Any, axes: str
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
    axes : str
        Its axes, one letter each.

    Returns
    -------
    options : dict
        The other fields.
    arrays : dict
        Functions that make the arrays, lazy or not, to be called in another thread.

    Raises
    ------
    InputError
        If nothing says which pixels are missing, or a layer does not fit the image.
    """
    kinds = array_fields(kind)
    layers = {name: values[name] for name in kinds if values[name] is not None}
    arrays = {
        name: _array_maker(kinds[name], layer, image, axes)
        for name, layer in layers.items()
    }
    options = {name: value for name, value in values.items() if name not in kinds}
    if "mask" in kinds:
        _check_holes(image, options, arrays)
    if "mask" in arrays and not options["bad_pixels"]:
        name = layers["mask"].name
        arrays["mask"] = partial(
            _marked, arrays["mask"], name, PlaneView(image_data(image), axes)
        )
    return options, arrays


def _check_holes(
    layer: Any, options: Mapping[str, Any], arrays: Mapping[str, Any]
) -> None:
    some = arrays or options["bad_pixels"]
    if not some and np.dtype(layer.dtype).kind != "f":
        raise InputError(
            "There is no layer that marks the holes; add a Labels or Shapes layer and "
            "paint them, or have bad pixels looked for."
        )


def _marked(make: Callable[[], Any], name: str, image: PlaneView) -> Any:
    """Make a mask, and refuse one that marks nothing in an image without holes."""
    mask = make()
    if not mask.any() and not _has_holes(image):
        raise InputError(
            f"The mask {name!r} marks no pixel of the image; paint the holes first."
        )
    return mask


def _has_holes(image: PlaneView) -> bool:
    if image.dtype.kind != "f":
        return False
    bands = (image.read(sample, rows, slice(None)) for sample, rows in image.bands())
    return any(np.isnan(band).any() for band in bands)


def _array_maker(kind: str, layer: Any, image: Any, axes: str) -> Callable[[], Any]:
    if isinstance(layer, Shapes):
        return partial(_same, draw(layer, image))
    data = image_data(layer)
    if kind == "psf":
        return partial(_weights, data)
    if kind == "mask":
        return partial(_mask, data, _placed("mask", layer, image, axes))
    place = _placed("noise map", layer, image, axes)
    if place is None:
        return partial(_same, data)
    if not place.covers(data.shape[: layer.ndim]):
        raise InputError(
            f"The noise map {layer.name!r} does not cover the whole image where it "
            "lies in the world; choose another, or move it."
        )
    return lambda: place.take(np.asarray(data, np.float64))


def _placed(what: str, layer: Any, image: Any, axes: str) -> Place | None:
    place = find_place(layer, image)
    if place is None:
        check_shape(what, layer, image, axes)
    return place


def _same(array: Any) -> Any:
    return array


def _mask(data: Any, place: Place | None) -> Any:
    marks = np.asarray(data) != 0
    return marks if place is None else place.take(marks.astype(np.uint8)) != 0


def _weights(data: Any) -> Any:
    from napari_flowprior.restoration import as_psf

    return as_psf(data)
