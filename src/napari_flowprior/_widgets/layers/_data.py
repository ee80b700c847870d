"""What a layer holds: its pixels, its place and its looks."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.layers import Image

from napari_flowprior.data import has_empty_colours, has_equal_colours

__all__ = [
    "PREVIEW",
    "has_colours",
    "image_data",
    "is_image",
    "is_restored",
    "layer_settings",
]

PREVIEW = "flowprior_preview"
"""Metadata of layers that show what a restoration would give, until it is run."""

# The names of stacks do not matter here.
_AXES = "TZCYXS"
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
    return isinstance(layer, Image) and PREVIEW not in layer.metadata


def is_restored(layer: Any) -> bool:
    """Tell whether a layer was made by a prior, also one that others were made of."""
    return "flowprior" in layer.metadata


def image_data(layer: Any) -> Any:
    """Return the data of a layer, at full resolution, without copying it."""
    return layer.data[0] if layer.multiscale else layer.data


def has_colours(layer: Any) -> bool:
    """Tell whether a layer is RGB, and no grey image or composite kept as that.

    What would have to be read first counts as colours.
    """
    data = image_data(layer)
    if not layer.rgb or not isinstance(data, np.ndarray) or data.ndim > len(_AXES):
        return bool(layer.rgb)
    axes = _AXES[-data.ndim :]
    return not (has_equal_colours(data, axes) or has_empty_colours(data, axes))


def layer_settings(layer: Any) -> dict[str, Any]:
    """Return where a layer lies and how it looks, as arguments of a new layer."""
    return {name: getattr(layer, name) for name in _LOOKS}
