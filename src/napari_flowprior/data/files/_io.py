"""Read and write images by the suffix of their file's name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError
from napari_flowprior.data._axes import guess_axes, parse_axes
from napari_flowprior.data._check import check_image
from napari_flowprior.data.files import _paths
from napari_flowprior.data.files._ngff import store_like
from napari_flowprior.data.files._ome_zarr import check_store
from napari_flowprior.data.files._paths import Format, ImageFile
from napari_flowprior.data.files._photo import read_photo, write_jpeg
from napari_flowprior.data.files._png import write_png
from napari_flowprior.data.files._tiff import read_tiff
from napari_flowprior.data.files._tiff_output import write_tiff
from napari_flowprior.data.files._zarr import is_zarr, open_zarr

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from napari_flowprior.data._lazy_array import LazyArray
    from napari_flowprior.data.files._cache import LruCache

__all__ = ["check_output", "read_image", "write_image"]

_PHOTO_TYPES: dict[Format, tuple[str, ...]] = {
    "PNG": ("bool", "uint8", "uint16"),
    "JPEG": ("uint8",),
}

_JPEG_SIDE = 65500
# The exponent that PNG states for values like those of sRGB.
_USUAL_GAMMA = 1 / 2.2


def read_image(
    path: str | os.PathLike[str],
    *,
    in_memory: int | None = None,
    decoded: LruCache[Any] | None = None,
) -> ImageFile:
    """Read an image file.

    Parameters
    ----------
    path : path
        PNG, JPEG, TIFF (also stacks, OME and ImageJ), NPY or zarr, of which OME-Zarr is
        read at its finest resolution. Large TIFF and NPY files and zarr stores are left
        on disk and read when needed.
    in_memory : int, optional
        Bytes of the largest TIFF or NPY image that is read whole, 2**28 by default.
    decoded : LruCache, optional
        Where decoded parts of larger compressed images are kept, shared by several;
        by default each keeps a few of its own.

    Returns
    -------
    ImageFile
        The pixels, their axes and what the file says besides.

    Raises
    ------
    InputError
        When the file does not exist, is of an unsupported type, is damaged, or holds
        no image.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import read_image, write_image
    >>> write_image("stack.tif", np.zeros((5, 32, 32), np.uint16), "ZYX")
    >>> file = read_image("stack.tif")
    >>> file.axes, file.array.shape
    ('ZYX', (5, 32, 32))
    """
    source = Path(path)
    if is_zarr(source):
        pixels, names, said = open_zarr(source)
        check_image(pixels)
        return ImageFile(source, pixels, parse_axes(names, pixels.shape), "ZARR", said)
    kind = _paths.format_of(source)
    _paths.existing_file(source)
    with _paths.reading(source):
        limit = _paths.LAZY_BYTES if in_memory is None else in_memory
        array, axes, info = _read(source, kind, limit, decoded)
        check_image(array)
        return ImageFile(source, array, parse_axes(axes, array.shape), kind, info)


def check_output(
    path: str | os.PathLike[str],
    *,
    shape: Sequence[int],
    dtype: npt.DTypeLike,
    axes: str,
    overwrite: bool = False,
) -> None:
    """Check that an image can be written, before it is computed.

    Parameters
    ----------
    path : path
        The file to write.
    shape : sequence of int
        Shape of the image.
    dtype : dtype
        Type of its values.
    axes : str
        One letter for each of its axes.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    InputError
        When `write_image` would refuse.

    Examples
    --------
    >>> from napari_flowprior.data import check_output
    >>> check_output("out.png", shape=(64, 64), dtype="uint8", axes="YX")
    """
    target = Path(path)
    kind = _paths.format_of(target)
    letters = parse_axes(axes, shape)
    if kind in _PHOTO_TYPES:
        _check_photo_type(target, kind, np.dtype(dtype))
        _check_photo_axes(target, kind, letters, tuple(shape))
    if kind == "ZARR":
        check_store(target, letters, overwrite=overwrite)
    else:
        _paths.refuse_existing(target, overwrite)


def write_image(
    path: str | os.PathLike[str],
    array: LazyArray,
    axes: str,
    like: ImageFile | None = None,
    overwrite: bool = False,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write an image file, whole or not at all.

    Parameters
    ----------
    path : path
        PNG (bool, uint8, uint16), JPEG (uint8), TIFF, NPY or OME-Zarr.
    array : LazyArray
        The pixels, as they are: nothing is rescaled.
    axes : str
        One letter for each axis. PNG and JPEG hold one plane, grey or in colour.
    like : ImageFile, optional
        A file whose resolution, colour profile and similar metadata are kept, where
        the format is the same; the profile in any case.
    overwrite : bool
        Whether an existing file may be replaced.
    provenance : mapping, optional
        How the pixels came about, JSON-able; kept in the description of TIFF files and
        the attributes of OME-Zarr.

    Raises
    ------
    InputError
        When the format cannot hold the image, the file exists, or cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import write_image
    >>> write_image("black.png", np.zeros((32, 32), np.uint8), "YX")
    """
    check_image(array)
    check_output(
        path, shape=array.shape, dtype=array.dtype, axes=axes, overwrite=overwrite
    )
    kind, axes = _paths.format_of(Path(path)), axes.strip().upper()
    if kind == "ZARR":
        shape, dtype = tuple(array.shape), np.dtype(array.dtype)
        store = store_like(like, Path(path), shape, dtype, axes, overwrite=overwrite)
        store[(slice(None),) * len(axes)] = np.asarray(array)
        store.finish(provenance)
        return
    info = {} if like is None else _carried(like, kind, axes)
    if like is not None:
        _warn_of_losses(path, kind, like)
    with _paths.atomic_path(path, overwrite) as temporary:
        _write(temporary, kind, np.asarray(array), axes, info, provenance)


def _read(
    path: Path, kind: Format, in_memory: int, decoded: LruCache[Any] | None
) -> tuple[LazyArray, str, dict[str, Any]]:
    if kind == "TIFF":
        return read_tiff(path, in_memory, decoded)
    if kind == "NPY":
        array = _read_npy(path, in_memory)
        return array, guess_axes(array.shape, array.dtype), {}
    pixels, info = read_photo(path)
    return pixels, "YXS"[: pixels.ndim], info


def _read_npy(path: Path, in_memory: int) -> npt.NDArray[Any]:
    with path.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise InputError("it is no NPY file; save an array with numpy.save.")
    large = path.stat().st_size > in_memory
    array: npt.NDArray[Any] = np.load(
        path, mmap_mode="r" if large else None, allow_pickle=False
    )
    return array


def _write(
    path: Path,
    kind: Format,
    array: npt.NDArray[Any],
    axes: str,
    info: Mapping[str, Any],
    provenance: Mapping[str, Any] | None,
) -> None:
    if kind == "NPY":
        np.save(path, array, allow_pickle=False)
    elif kind == "TIFF":
        write_tiff(path, array, axes, info, provenance)
    else:
        plane = array.transpose([axes.index(a) for a in "YXS" if a in axes])
        write = write_png if kind == "PNG" else write_jpeg
        write(path, np.ascontiguousarray(plane), info)


def _carried(like: ImageFile, kind: Format, axes: str) -> dict[str, Any]:
    """Find what is written again; a profile says what colours are in any format."""
    related = like.format == kind or {like.format, kind} <= set(_PHOTO_TYPES)
    info = dict(like.info) if related else {}
    profile = like.info.get("icc_profile")
    # Bytes 16 to 20 of a profile name the kind of colours that it describes.
    unfit = {b"RGB ": "S" not in axes, b"GRAY": "S" in axes}
    fits = profile and not unfit.get(profile[16:20], False)
    return {**info, "icc_profile": profile if fits else None}


def _warn_of_losses(
    path: str | os.PathLike[str], kind: Format, like: ImageFile
) -> None:
    """Say so if a file of another format will look different."""
    gamma = like.info.get("gamma")
    if kind != "PNG" and gamma and abs(gamma - _USUAL_GAMMA) > 0.01:
        warnings.warn(
            f"{path}: {kind} cannot say that the image has a gamma of {gamma:g}, so"
            f" that it looks different from {like.path}; write PNG to keep it.",
            stacklevel=3,
        )
    if kind in _PHOTO_TYPES and "bits" in like.info:
        warnings.warn(
            f"{path}: {kind} has no pixels of {like.info['bits']} bits, so that the"
            f" image looks darker than {like.path}; write TIFF to keep them.",
            stacklevel=3,
        )


def _check_photo_type(path: Path, kind: Format, dtype: np.dtype[Any]) -> None:
    if dtype.name in _PHOTO_TYPES[kind]:
        return
    other = "PNG, TIFF or NPY" if dtype.name in _PHOTO_TYPES["PNG"] else "TIFF or NPY"
    raise InputError(
        f"{path}: {kind} holds {' and '.join(_PHOTO_TYPES[kind])} pixels, not {dtype};"
        f" write {other}, or convert the image."
    )


def _check_photo_axes(
    path: Path, kind: Format, axes: str, shape: tuple[int, ...]
) -> None:
    if not set(axes) <= set("YXS"):
        raise InputError(
            f'{path}: {kind} holds one plane, not an image with axes "{axes}" and shape'
            f" {shape}; write TIFF or NPY."
        )
    if kind == "JPEG" and "S" in axes and shape[axes.index("S")] == 4:
        raise InputError(
            f"{path}: JPEG holds no transparency (alpha); write PNG or TIFF."
        )
    if kind == "JPEG" and max(shape) > _JPEG_SIDE:
        raise InputError(
            f"{path}: JPEG holds at most {_JPEG_SIDE} pixels along a side, not"
            f" {max(shape)}; write PNG or TIFF."
        )
