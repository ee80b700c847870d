"""Layers of the viewer: choosing them, their arrays, and where they lie."""

from napari_flowprior._widgets.layers._arrays import (
    SUITABLE,
    array_fields,
    split_layers,
)
from napari_flowprior._widgets.layers._axes import find_axes, layer_axes
from napari_flowprior._widgets.layers._choice import LayerChoice
from napari_flowprior._widgets.layers._data import (
    image_data,
    is_image,
    layer_settings,
)
from napari_flowprior._widgets.layers._jpeg_file import file_tables
from napari_flowprior._widgets.layers._placing import lies_in_place

__all__ = [
    "SUITABLE",
    "LayerChoice",
    "array_fields",
    "file_tables",
    "find_axes",
    "image_data",
    "is_image",
    "layer_axes",
    "layer_settings",
    "lies_in_place",
    "split_layers",
]
