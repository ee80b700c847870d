"""Image files: names, formats, pages, resolution, and what was read from them."""

from napari_flowprior.data.files._cache import LruCache
from napari_flowprior.data.files._inputs import expand_inputs
from napari_flowprior.data.files._io import check_output, read_image, write_image
from napari_flowprior.data.files._ngff import store_like
from napari_flowprior.data.files._ome_zarr import OmeZarr, Space
from napari_flowprior.data.files._orientation import Orientation, orientation_of
from napari_flowprior.data.files._paths import (
    STORE,
    SUFFIXES,
    Format,
    ImageFile,
    atomic_path,
    existing_file,
    remove_unfinished,
)
from napari_flowprior.data.files._progress import Progress
from napari_flowprior.data.files._resolution import with_finer_pixels
from napari_flowprior.data.files._zarr import ZarrPixels, is_zarr

__all__ = [
    "STORE",
    "SUFFIXES",
    "Format",
    "ImageFile",
    "LruCache",
    "OmeZarr",
    "Orientation",
    "Progress",
    "Space",
    "ZarrPixels",
    "atomic_path",
    "check_output",
    "existing_file",
    "expand_inputs",
    "is_zarr",
    "orientation_of",
    "read_image",
    "remove_unfinished",
    "store_like",
    "with_finer_pixels",
    "write_image",
]
