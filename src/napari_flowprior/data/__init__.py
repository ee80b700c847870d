"""Images as arrays: axes, intensities, checks, and files; no torch."""

from napari_flowprior.data._axes import AXES, guess_axes, parse_axes
from napari_flowprior.data._bands import spread_bands
from napari_flowprior.data._check import check_image, scan
from napari_flowprior.data._chosen_range import ChosenRange, RangeKind
from napari_flowprior.data._coarser import coarser
from napari_flowprior.data._dithering import dithered
from napari_flowprior.data._dtype import to_dtype
from napari_flowprior.data._fill_values import find_fill_values, without_fill_values
from napari_flowprior.data._grey import has_empty_colours, has_equal_colours
from napari_flowprior.data._intensity import IntensityScale
from napari_flowprior.data._intensity_range import UsedRange, image_range
from napari_flowprior.data._lazy_array import LazyArray
from napari_flowprior.data._margins import without_margins
from napari_flowprior.data._spacing import evenly_spaced
from napari_flowprior.data._unfilled import FillValues, unfilled_of
from napari_flowprior.data._view import PlaneView
from napari_flowprior.data._window import window
from napari_flowprior.data.files import (
    STORE,
    SUFFIXES,
    Format,
    ImageFile,
    LruCache,
    OmeZarr,
    Orientation,
    Progress,
    Space,
    ZarrPixels,
    atomic_path,
    check_output,
    existing_file,
    expand_inputs,
    is_zarr,
    orientation_of,
    read_image,
    remove_unfinished,
    store_like,
    with_finer_pixels,
    write_image,
)

__all__ = [
    "AXES",
    "STORE",
    "SUFFIXES",
    "ChosenRange",
    "FillValues",
    "Format",
    "ImageFile",
    "IntensityScale",
    "LazyArray",
    "LruCache",
    "OmeZarr",
    "Orientation",
    "PlaneView",
    "Progress",
    "RangeKind",
    "Space",
    "UsedRange",
    "ZarrPixels",
    "atomic_path",
    "check_image",
    "check_output",
    "coarser",
    "dithered",
    "evenly_spaced",
    "existing_file",
    "expand_inputs",
    "find_fill_values",
    "guess_axes",
    "has_empty_colours",
    "has_equal_colours",
    "image_range",
    "is_zarr",
    "orientation_of",
    "parse_axes",
    "read_image",
    "remove_unfinished",
    "scan",
    "spread_bands",
    "store_like",
    "to_dtype",
    "unfilled_of",
    "window",
    "with_finer_pixels",
    "without_fill_values",
    "without_margins",
    "write_image",
]
