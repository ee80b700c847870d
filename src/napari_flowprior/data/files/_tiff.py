"""TIFF files: stacks, colour, and the metadata of OME and ImageJ."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import tifffile

from napari_flowprior._errors import InputError
from napari_flowprior.data._axes import AXES
from napari_flowprior.data.files._pages import TiffPages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from napari_flowprior.data._view import LazyArray
    from napari_flowprior.data.files._cache import LruCache

__all__ = ["read_tiff", "write_tiff"]

_STORED = "TZCYXS"
_CLASSIC_BYTES = 2**32 - 2**25
_OME_TYPES = ("b1", "u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8")
_OME_PIXELS = tuple(
    f"{name}{unit}"
    for name in ("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "TimeIncrement")
    for unit in ("", "Unit")
)
_IMAGEJ_KEYS = ("spacing", "unit", "finterval", "fps", "tunit", "loop", "mode")
_IMAGEJ_EXTRAS = ("min", "max", "Info", "Labels", "Ranges", "LUTs")


def read_tiff(
    path: Path, in_memory: int, decoded: LruCache[Any] | None = None
) -> tuple[LazyArray, str, dict[str, Any]]:
    """Read the first image series of a TIFF file.

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
        series = tif.series[0]
        if len(tif.series) > 1:
            warnings.warn(
                f"{path} holds {len(tif.series)} images; only the first one is read.",
                stacklevel=2,
            )
        _check_compression(series)
        axes, info = _axes(series.axes, series.shape), _info(tif, series)
        array = _pixels(path, tif, series, in_memory, decoded)
    except BaseException:
        tif.close()
        raise
    if not isinstance(array, TiffPages):
        tif.close()
    return array, axes, info


def write_tiff(
    path: Path, array: npt.NDArray[Any], axes: str, info: Mapping[str, Any]
) -> None:
    """Write a TIFF file: OME or ImageJ as it was read, with axes in any case.

    Parameters
    ----------
    path : Path
        The file.
    array : ndarray
        The pixels. Planes whose rows and columns do not come last are stored in the
        order T, Z, C, Y, X, S.
    axes : str
        One letter for each axis.
    info : mapping
        Metadata from `read_tiff`, or empty.
    """
    array, axes = _storable(array, axes)
    kind = _kind(path, array, axes, info)
    tifffile.imwrite(
        path,
        array,
        ome=kind == "ome",
        imagej=kind == "imagej",
        bigtiff=_needs_bigtiff(array.nbytes),
        metadata={**_metadata(kind, axes, info), "axes": axes},
        **_samples(array, axes),
        **_resolution(info),
    )


def _pixels(
    path: Path,
    tif: tifffile.TiffFile,
    series: tifffile.TiffPageSeries,
    in_memory: int,
    decoded: LruCache[Any] | None,
) -> LazyArray:
    if series.nbytes > in_memory:
        if series.dataoffset is not None:
            return tifffile.memmap(path, mode="r")
        if TiffPages.fits(series):
            return TiffPages(path, tif, series, decoded)
    return series.asarray()


def _check_compression(series: tifffile.TiffPageSeries) -> None:
    compression = series.keyframe.compression
    try:
        _ = tifffile.TIFF.DECOMPRESSORS[compression]
    except KeyError:
        raise InputError(
            f"its compression ({tifffile.COMPRESSION(compression).name}) needs the"
            " package imagecodecs; install it, or save the file uncompressed."
        ) from None


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
    tags = tif.pages.first.tags
    info: dict[str, Any] = {
        name: tags[name].value
        for name in ("XResolution", "YResolution", "ResolutionUnit")
        if name in tags
    }
    info["kind"] = series.kind
    if series.kind == "ome" and tif.ome_metadata:
        info["metadata"] = _ome_metadata(tif.ome_metadata)
    elif series.kind == "imagej" and tif.imagej_metadata:
        kept = (*_IMAGEJ_KEYS, *_IMAGEJ_EXTRAS)
        found = tif.imagej_metadata
        info["metadata"] = {key: found[key] for key in kept if key in found}
    return info


def _ome_metadata(xml: str) -> dict[str, Any]:
    images = tifffile.xml2dict(xml)["OME"]["Image"]
    image = images[0] if isinstance(images, list) else images
    pixels = image["Pixels"]
    kept = {key: pixels[key] for key in _OME_PIXELS if key in pixels}
    if "Name" in image:
        kept["Name"] = str(image["Name"])
    channels = pixels.get("Channel", [])
    channels = channels if isinstance(channels, list) else [channels]
    names = [str(channel["Name"]) for channel in channels if "Name" in channel]
    if names and len(names) == len(channels):
        kept["Channel"] = {"Name": names}
    return kept


def _storable(array: npt.NDArray[Any], axes: str) -> tuple[npt.NDArray[Any], str]:
    """Planes last, as they are on disk; colours may lie before or behind them."""
    planes = ("YXS", "SYX") if "S" in axes else ("YX",)
    if axes.endswith(planes):
        return array, axes
    stored = "".join(letter for letter in _STORED if letter in axes)
    return array.transpose([axes.index(letter) for letter in stored]), stored


def _kind(
    path: Path, array: npt.NDArray[Any], axes: str, info: Mapping[str, Any]
) -> str:
    named_ome = path.name.lower().endswith((".ome.tif", ".ome.tiff"))
    if named_ome or info.get("kind") == "ome":
        return "ome" if array.dtype.str[1:] in _OME_TYPES else "plain"
    if info.get("kind") == "imagej" and _fits_imagej(array, axes):
        return "imagej"
    return "plain"


def _fits_imagej(array: npt.NDArray[Any], axes: str) -> bool:
    ordered = axes == "".join(letter for letter in _STORED if letter in axes)
    types = ("u1",) if "S" in axes else ("u1", "u2", "f4")
    return (
        ordered
        and array.dtype.str[1:] in types
        and not _needs_bigtiff(array.nbytes)
        and ("S" not in axes or array.shape[-1] == 3)
    )


def _needs_bigtiff(nbytes: int) -> bool:
    return nbytes > _CLASSIC_BYTES


def _metadata(kind: str, axes: str, info: Mapping[str, Any]) -> dict[str, Any]:
    if info.get("kind") != kind:
        return {}
    kept = dict(info.get("metadata", {}))
    if "C" not in axes:
        kept.pop("Channel", None)
    if kind == "imagej" and "unit" in kept:
        kept["unit"] = _escaped(str(kept["unit"]))
    return kept


def _escaped(text: str) -> str:
    # ImageJ spells what is not ASCII, such as the micro sign, as Java does.
    return "".join(c if c.isascii() else f"\\u{ord(c):04X}" for c in text)


def _samples(array: npt.NDArray[Any], axes: str) -> dict[str, Any]:
    if "S" not in axes:
        return {"photometric": "minisblack"}
    has_alpha = array.shape[axes.index("S")] == 4
    return {
        "photometric": "rgb",
        "planarconfig": "contig" if axes.endswith("S") else "separate",
        "extrasamples": ["unassalpha"] if has_alpha else None,
    }


def _resolution(info: Mapping[str, Any]) -> dict[str, Any]:
    names = "XResolution", "YResolution"
    # A denominator of zero says that there is none.
    if not all(name in info and info[name][1] for name in names):
        return {}
    return {
        "resolution": tuple(info[name] for name in names),
        "resolutionunit": info.get("ResolutionUnit"),
    }
