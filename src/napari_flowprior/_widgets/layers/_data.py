"""What a layer holds: its pixels, its axes, its place and its looks."""

from __future__ import annotations

from typing import Any

from napari.layers import Image

from napari_flowprior._errors import InputError
from napari_flowprior.data import guess_axes, parse_axes

__all__ = ["image_data", "is_image", "layer_axes", "layer_settings"]

_LETTERS = {"time": "T", "depth": "Z", "channel": "C", "channels": "C"}
_LETTERS |= {letter.lower(): letter for letter in "TZCYX"}
_LOOKS = (
    "scale",
    "translate",
    "rotate",
    "shear",
    "affine",
    "units",
    "axis_labels",
    "colormap",
    "contrast_limits",
    "gamma",
    "opacity",
    "blending",
    "interpolation2d",
    "interpolation3d",
    "rendering",
    "depiction",
    "iso_threshold",
    "attenuation",
    "rgb",
)


def is_image(layer: Any) -> bool:
    """Tell whether a layer can be restored."""
    return isinstance(layer, Image)


def image_data(layer: Any) -> Any:
    """Return the data of a layer, at full resolution, without copying it."""
    return layer.data[0] if layer.multiscale else layer.data


def layer_axes(layer: Any) -> str:
    """Name the axes of a layer's data.

    By the labels of its axes, if they are known letters or words, or else by their
    number, as napari shows the last two as rows and columns.

    Parameters
    ----------
    layer : Image
        The layer.

    Returns
    -------
    str
        One letter for each axis; empty if they cannot be guessed.
    """
    shape = tuple(image_data(layer).shape)
    colour = "S" if layer.rgb else ""
    labels = [_LETTERS.get(str(label).lower(), "?") for label in layer.axis_labels]
    try:
        return parse_axes("".join(labels) + colour, shape)
    except InputError:
        pass
    try:
        # As boolean, for whether there is colour is up to the layer.
        return guess_axes(shape[: layer.ndim], bool) + colour
    except InputError:
        return ""


def layer_settings(layer: Any) -> dict[str, Any]:
    """Return where a layer lies and how it looks, as arguments of a new layer."""
    return {name: getattr(layer, name) for name in _LOOKS}
