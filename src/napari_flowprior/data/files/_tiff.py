"""TIFF files as viewers show them: stacks, colour, and metadata."""

from __future__ import annotations

import json
import logging
import re
import warnings
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from napari_flowprior._errors import InputError
from napari_flowprior.data._axes import AXES
from napari_flowprior.data.files._colours import interpretation
from napari_flowprior.data.files._inks import warn_of_inks
from napari_flowprior.data.files._ome import read_ome
from napari_flowprior.data.files._orientation import orientation_of, upright
from napari_flowprior.data.files._pages import TiffPages
from napari_flowprior.data.files._shown import Interpretation, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_flowprior.data._lazy_array import LazyArray
    from napari_flowprior.data.files._cache import LruCache

__all__ = ["read_tiff"]

_IMAGEJ_KEYS = (
    "spacing",
    "unit",
    "xorigin",
    "yorigin",
    "zorigin",
    "cf",
    "c0",
    "c1",
    "vunit",
    "finterval",
    "fps",
    "tunit",
    "loop",
    "mode",
)
_MOST_BEYOND, _LARGE_TILE = 4, 2**24
_SHAPED_KEYS = ("shape", "axes", "truncate")
_IMAGEJ_EXTRAS = ("min", "max", "Info", "Labels", "Ranges", "LUTs")


def read_tiff(
    path: Path, in_memory: int, decoded: LruCache[Any] | None = None
) -> tuple[LazyArray, str, dict[str, Any]]:
    """Read the largest image series of a TIFF file, as viewers show it.

    Parameters
    ----------
    path : Path
        The file.
    in_memory : int
        Bytes of the largest image that is read whole.
    decoded : LruCache, optional
        Where decoded parts of larger ones are kept.

    Returns
    -------
    array : LazyArray
        The pixels; left on disk if large.
    axes : str
        Their axes, as far as the file names them; unnamed ones become Z, T or C.
    info : dict
        Metadata for `write_tiff`.
    """
    tif = tifffile.TiffFile(path)
    try:
        with _all_pages():
            series = _largest(path, tif)
        _check_compression(series)
        _check_tiles(series.keyframe)
        info = _info(tif, series)
        imagej = tif.imagej_metadata if series.kind == "imagej" else None
        how = interpretation(series.keyframe, imagej)
        if series.keyframe.photometric == tifffile.PHOTOMETRIC.SEPARATED:
            warn_of_inks(path)
        array = _pixels(path, tif, series, in_memory, decoded)
        shown, axes = _as_shown(array, series, how)
        info |= how.info if how else {}
        shown, info = _upright(shown, axes, series, info)
    except BaseException:
        tif.close()
        raise
    if not isinstance(array, TiffPages):
        tif.close()
    return shown, axes, info


class _Lost(logging.Handler):
    """Remembers that tifffile lost the way to further pages, which it only logs."""

    words = re.compile("invalid offset to page|invalid page offset|corrupted tag list")
    found = ""

    def emit(self, record: logging.LogRecord) -> None:
        if self.words.search(record.getMessage()):
            self.found = record.getMessage()


@contextmanager
def _all_pages() -> Iterator[None]:
    """Refuse a file of which only the first pages were found."""
    lost, logger = _Lost(logging.ERROR), logging.getLogger("tifffile")
    logger.addHandler(lost)
    try:
        yield
    finally:
        logger.removeHandler(lost)
    if lost.found:
        raise InputError("its list of pages is cut off; it is damaged, copy it again.")


def _largest(path: Path, tif: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    found = list(tif.series)
    if not found:
        raise InputError("it holds no image.")
    chosen = max(found, key=lambda series: prod(series.shape))
    if len(found) > 1:
        number, shape = found.index(chosen) + 1, tuple(chosen.shape)
        warnings.warn(
            f"{path} holds {len(found)} images; only number {number} is read, the"
            f" largest, of shape {shape}. Save the others as files of their own.",
            stacklevel=3,
        )
    if len(chosen.levels) > 1:
        page = chosen.keyframe
        warnings.warn(
            f"{path} is a pyramid of {len(chosen.levels)} resolutions; the finest is"
            f" read, of {page.imagewidth} x {page.imagelength} pixels.",
            stacklevel=3,
        )
    return chosen


def _pixels(
    path: Path,
    tif: tifffile.TiffFile,
    series: tifffile.TiffPageSeries,
    in_memory: int,
    decoded: LruCache[Any] | None,
) -> LazyArray:
    if series.nbytes > in_memory:
        if series.dataoffset is not None:
            number = list(tif.series).index(series)
            return tifffile.memmap(path, mode="r", series=number)
        if TiffPages.fits(series):
            return TiffPages(path, tif, series, decoded)
    _refuse_cut(series)
    return series.asarray()


def _refuse_cut(series: tifffile.TiffPageSeries) -> None:
    """Refuse what ends early, of which tifffile fills the rest with black."""
    for number, page in enumerate(series.pages):
        if page is None:
            continue
        size = page.parent.filehandle.size
        parts = zip(page.dataoffsets, page.databytecounts, strict=False)
        if any(start + count > size for start, count in parts):
            raise InputError(
                f"it ends in the middle of page {number + 1} of {len(series.pages)};"
                " the file is damaged, copy it again."
            )


def _check_compression(series: tifffile.TiffPageSeries) -> None:
    compression = series.keyframe.compression
    try:
        _ = tifffile.TIFF.DECOMPRESSORS[compression]
    except (ImportError, KeyError):
        raise InputError(
            f"its compression ({tifffile.COMPRESSION(compression).name}) needs the"
            " package imagecodecs; install it, or save the file uncompressed."
        ) from None


def _check_tiles(page: tifffile.TiffPage) -> None:
    """Refuse tiles that damage has made larger than what is to be decoded of them."""
    pixels = prod(page.chunks)
    if pixels > _MOST_BEYOND * prod(page.shape) and pixels > _LARGE_TILE:
        raise InputError(
            f"its tiles, of shape {tuple(page.chunks)}, are far larger than its planes,"
            f" of shape {tuple(page.shape)}; it is damaged, copy it again."
        )


def _as_shown(
    array: LazyArray, series: tifffile.TiffPageSeries, how: Interpretation | None
) -> tuple[LazyArray, str]:
    names, shape = series.axes, tuple(series.shape)
    if how is not None and how.samples is not None:
        coloured = series.keyframe.samplesperpixel > 1
        if coloured and not names.endswith("S"):
            raise InputError(
                f'its colours do not come last in its axes "{names}"; convert it to'
                " RGB first."
            )
        names = names if coloured else f"{names}S"
        shape = (*(shape[:-1] if coloured else shape), how.samples)
    axes = _axes(names, shape)
    if how is not None and how.changes:
        shown = Shown(array, shape, how)
        return (shown[()] if type(array) is np.ndarray else shown), axes
    return array, axes


def _upright(
    array: LazyArray,
    axes: str,
    series: tifffile.TiffPageSeries,
    info: dict[str, Any],
) -> tuple[LazyArray, dict[str, Any]]:
    orientation = orientation_of(series.keyframe.tags.valueof(274))
    if not any(orientation):
        return array, info
    if orientation.exchanged:
        across, down = (info.pop(f"{axis}Resolution", None) for axis in "XY")
        swapped = {"XResolution": down, "YResolution": across}
        info |= {name: value for name, value in swapped.items() if value is not None}
    turned = upright(np.asarray(array), axes, orientation)
    return np.ascontiguousarray(turned), info


def _axes(names: str, shape: tuple[int, ...]) -> str:
    if "S" in names and shape[names.index("S")] not in (3, 4):
        names = names.replace("S", "?" if "C" in names else "C")
    letters = [name if name in AXES else "" for name in names]
    unnamed = letters.count("")
    free = [a for a in "ZTC" if a not in letters][:unnamed]
    if len(free) < unnamed:
        raise InputError(
            f'its axes "{names}" (shape {shape}) cannot be told apart; save it with at'
            " most T, C and Z besides Y and X."
        )
    spare = iter(sorted(free, key="TCZ".index))
    return "".join(letter or next(spare) for letter in letters)


def _info(tif: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> dict[str, Any]:
    info = {**_resolution(series.keyframe.tags), "kind": series.kind}
    if series.keyframe.iccprofile:
        info["icc_profile"] = series.keyframe.iccprofile
    return info | {"metadata": _metadata(tif, series)}


def _resolution(tags: tifffile.TiffTags) -> dict[str, Any]:
    """Return the resolution as far as it makes sense, which damage need not."""
    names = "XResolution", "YResolution", "ResolutionUnit"
    found = {name: tags[name].value for name in names if name in tags}
    unit = found.pop("ResolutionUnit", None)
    pairs = {n: v for n, v in found.items() if isinstance(v, tuple) and len(v) == 2}
    known = unit in tuple(tifffile.RESUNIT)
    return pairs | ({"ResolutionUnit": unit} if known else {})


def _metadata(
    tif: tifffile.TiffFile, series: tifffile.TiffPageSeries
) -> dict[str, Any]:
    if series.kind == "ome" and tif.ome_metadata:
        return read_ome(tif.ome_metadata, list(tif.series).index(series))
    if series.kind == "imagej" and tif.imagej_metadata:
        kept, found = (*_IMAGEJ_KEYS, *_IMAGEJ_EXTRAS), tif.imagej_metadata
        return {key: found[key] for key in kept if key in found}
    description = series.keyframe.description
    if series.kind == "shaped" and description.startswith("{"):
        said = json.loads(description)
        return {key: said[key] for key in said if key not in _SHAPED_KEYS}
    return {"description": description} if description else {}
