"""Layers of the viewer: choosing them, their arrays, and where they lie."""

from napari_flowprior._widgets.layers._arrays import (
    SUITABLE,
    array_fields,
    split_layers,
)
from napari_flowprior._widgets.layers._axes import find_axes, layer_axes
from napari_flowprior._widgets.layers._canvas import CanvasContext
from napari_flowprior._widgets.layers._choice import ChosenLayer, LayerChoice
from napari_flowprior._widgets.layers._data import (
    PREVIEW,
    has_colours,
    image_data,
    is_image,
    is_restored,
    layer_settings,
)
from napari_flowprior._widgets.layers._files import LayerFiles, ask_for_folder
from napari_flowprior._widgets.layers._levels import (
    LevelChoice,
    at_level,
    level_data,
)
from napari_flowprior._widgets.layers._placing import lies_in_place, size_of_drawing
from napari_flowprior._widgets.layers._stored import stored_data
from napari_flowprior._widgets.layers._told import told_by_file

__all__ = [
    "PREVIEW",
    "SUITABLE",
    "CanvasContext",
    "ChosenLayer",
    "LayerChoice",
    "LayerFiles",
    "LevelChoice",
    "array_fields",
    "ask_for_folder",
    "at_level",
    "find_axes",
    "has_colours",
    "image_data",
    "is_image",
    "is_restored",
    "layer_axes",
    "layer_settings",
    "level_data",
    "lies_in_place",
    "size_of_drawing",
    "split_layers",
    "stored_data",
    "told_by_file",
]
