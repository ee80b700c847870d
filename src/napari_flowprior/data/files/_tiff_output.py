"""TIFF files written as they were read: OME, ImageJ or plain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import tifffile

from napari_flowprior._version import version
from napari_flowprior.data.files._colours import stored
from napari_flowprior.data.files._ome import ome_of_planes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["write_tiff"]

_STORED = "TZCYXS"
_CLASSIC_BYTES = 2**32 - 2**25
_OME_TYPES = ("b1", "u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8")
_CALIBRATION = ("cf", "c0", "c1", "vunit")


def write_tiff(
    path: Path,
    array: npt.NDArray[Any],
    axes: str,
    info: Mapping[str, Any],
    provenance: Mapping[str, Any] | None = None,
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
    provenance : mapping, optional
        How the pixels came about, JSON-able; part of the image's description.
    """
    array, axes = _storable(array, axes)
    values, options = stored(array, axes, info)
    kind = _kind(path, values, axes, info)
    tifffile.imwrite(
        path,
        values,
        ome=kind == "ome",
        imagej=kind == "imagej",
        bigtiff=_needs_bigtiff(values.nbytes),
        metadata={**_metadata(kind, array, axes, info, provenance), "axes": axes},
        software=f"napari-flowprior {version()}",
        iccprofile=info.get("icc_profile"),
        **options,
        **_resolution(info),
    )


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


def _metadata(
    kind: str,
    array: npt.NDArray[Any],
    axes: str,
    info: Mapping[str, Any],
    provenance: Mapping[str, Any] | None,
) -> dict[str, Any]:
    was = info.get("kind", "plain")
    was = was if was in ("ome", "imagej") else "plain"
    kept = dict(info.get("metadata", {})) if was == kind else {}
    story = "" if provenance is None else json.dumps({"napari-flowprior": provenance})
    if kind == "ome":
        return _with_line(ome_of_planes(kept, axes, array.shape), "Description", story)
    if kind == "imagej":
        return _with_line(_imagej(kept, array, info), "Info", story)
    return kept | ({} if provenance is None else {"napari-flowprior": provenance})


def _with_line(kept: dict[str, Any], name: str, line: str) -> dict[str, Any]:
    lines = [text for text in (kept.get(name), line) if text]
    return {**kept, name: "\n".join(lines)} if lines else kept


def _imagej(
    kept: dict[str, Any], array: npt.NDArray[Any], info: Mapping[str, Any]
) -> dict[str, Any]:
    for name in ("unit", "vunit"):
        kept |= {name: _escaped(str(kept[name]))} if name in kept else {}
    if info.get("signed") and array.dtype.str[1:] != "i2":
        # The values themselves are calibrated then.
        kept = {key: kept[key] for key in kept if key not in _CALIBRATION}
    return kept


def _escaped(text: str) -> str:
    # ImageJ spells what is not ASCII, such as the micro sign, as Java does.
    return "".join(c if c.isascii() else f"\\u{ord(c):04X}" for c in text)


def _resolution(info: Mapping[str, Any]) -> dict[str, Any]:
    names = "XResolution", "YResolution"
    # A denominator of zero says that there is none.
    if not all(name in info and info[name][1] for name in names):
        return {}
    return {
        "resolution": tuple(info[name] for name in names),
        "resolutionunit": info.get("ResolutionUnit"),
    }
