"""What the axes of a layer are called: by its labels, its metadata, or its shape."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tifffile

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers._data import image_data
from napari_flowprior.data import parse_axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FoundAxes", "find_axes", "layer_axes"]

_LETTERS = {"time": "T", "depth": "Z", "channel": "C", "channels": "C"}
_LETTERS |= {letter.lower(): letter for letter in "TZCYX"}
_COLOURS = {"s", "rgb", "rgba", "sample", "samples"}
_TIFF = ".tif", ".tiff"
# More images side by side are planes of a stack rather than channels.
_MOST_CHANNELS = 4
_STACKS = {0: "", 1: "Z", 2: "TZ", 3: "TCZ"}
_CHANNELS = {
    (True,): "C",
    (False, True): "ZC",
    (True, False): "CZ",
    (False, False, True): "TZC",
}


class FoundAxes(NamedTuple):
    """Names of axes, and where they are from.

    Parameters
    ----------
    letters : str
        One letter for each axis; empty if they cannot be guessed.
    origin : str
        How they were found, as the end of "Axes ...".
    """

    letters: str
    origin: str


def find_axes(layer: Any) -> FoundAxes:
    """Name the axes of a layer's data.

    By the labels of its axes, by its metadata or by its file, if these name known axes
    as many as there are; or else by the shape and the scale, as napari shows the last
    two as rows and columns.

    Parameters
    ----------
    layer : Image
        The layer.

    Returns
    -------
    FoundAxes
        The letters and their origin.
    """
    shape = tuple(image_data(layer).shape)
    for names, origin in _named(layer):
        with suppress(InputError):
            return FoundAxes(parse_axes(_letters(names, layer), shape), origin)
    return FoundAxes(_guess(shape[: layer.ndim], layer), "guessed from the shape")


def layer_axes(layer: Any) -> str:
    """Return the letters that `find_axes` finds.

    Parameters
    ----------
    layer : Image
        The layer.

    Returns
    -------
    str
        One letter for each axis; empty if they cannot be guessed.
    """
    return find_axes(layer).letters


def _named(layer: Any) -> Iterator[tuple[Iterable[Any], str]]:
    yield layer.axis_labels, "named by the labels of the layer"
    metadata = layer.metadata
    earlier = metadata.get("flowprior", {})
    for holder, name in ((metadata, "axes"), (metadata, "dims"), (earlier, "axes")):
        yield _as_names(holder, name), "named by the metadata of the layer"
    # Arrays of xarray name their dimensions.
    dims = {"dims": getattr(image_data(layer), "dims", ())}
    yield _as_names(dims, "dims"), "named by the array"
    if layer.source.path is not None:
        yield _file_axes(str(layer.source.path)), "named by the file"


def _as_names(holder: Any, name: str) -> tuple[Any, ...]:
    """Read names out of metadata, which may hold anything."""
    names = holder.get(name, ()) if isinstance(holder, dict) else ()
    if not isinstance(names, str | list | tuple):
        return ()
    # OME-Zarr describes each axis by a dictionary.
    return tuple(n.get("name", "") if isinstance(n, dict) else n for n in names)


def _letters(names: Iterable[Any], layer: Any) -> str:
    words = [str(name).lower() for name in names]
    if layer.rgb and words and words[-1] in _COLOURS:
        del words[-1]
    letters = "".join(_LETTERS.get(word, "?") for word in words)
    return letters + ("S" if layer.rgb else "")


@lru_cache(maxsize=64)
def _file_axes(path: str) -> str:
    """Read the axes of a TIFF file; nothing if it does not name all of them."""
    if Path(path).suffix.lower() not in _TIFF:
        return ""
    # The layer is there already; a damaged file raises errors of any kind.
    with suppress(Exception), tifffile.TiffFile(path) as file:
        return str(file.series[0].axes)
    return ""


def _guess(shape: tuple[int, ...], layer: Any) -> str:
    """Take a short axis before rows and columns for channels, others for stacks.

    Channels have no distance from each other.
    """
    pairs = zip(shape[:-2], layer.scale[:-2], strict=True)
    short = tuple(side <= _MOST_CHANNELS and step == 1 for side, step in pairs)
    stacks = _STACKS.get(len(shape) - 2)
    if stacks is None:
        return ""
    return f"{_CHANNELS.get(short, stacks)}YX{'S' if layer.rgb else ''}"
