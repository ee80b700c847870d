"""Zarr stores: an array, or the finest one of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data import AXES, guess_axes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["ZarrPixels", "is_zarr", "open_zarr"]

_FILES = ("zarr.json", ".zarray", ".zgroup")


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a zarr store, by its name or what is in it.

    Parameters
    ----------
    path : Path
        Folder or file.

    Returns
    -------
    bool
        Whether it is meant as a store; it may be damaged.
    """
    if not path.is_dir():
        return False
    return path.suffix == ".zarr" or any((path / name).exists() for name in _FILES)


class ZarrPixels:
    """An array of a store, whose failures name the store.

    Parameters
    ----------
    path : Path
        The store.
    array : zarr.Array
        The array.
    """

    def __init__(self, path: Path, array: Any) -> None:
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self._path = path
        self._array = array

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        # Stores fail in as many ways as there are codecs.
        try:
            return np.asarray(self._array[key])
        except Exception as error:
            raise InputError(f"{self._path} is damaged ({error}).") from error


def open_zarr(path: Path) -> tuple[ZarrPixels, str]:
    """Open a store.

    Parameters
    ----------
    path : Path
        Folder of an array or a group. Of OME-Zarr images the finest resolution is
        taken, of other groups the first array.

    Returns
    -------
    tuple
        The pixels, left on disk, and their axes: the store's own, or guessed.

    Raises
    ------
    InputError
        If zarr is not installed, or there is no array that can be read.
    """
    try:
        import zarr
    except ImportError:
        raise InputError(
            f"{path} needs the package zarr; install napari-flowprior[zarr]."
        ) from None
    try:
        array, names = _finest(zarr.open(path, mode="r"))
        pixels = ZarrPixels(path, array)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        raise InputError(
            f"{path} cannot be read ({error}); it may be damaged, or no zarr store."
        ) from error
    axes = "".join(names).upper()
    named = len(names) == len(pixels.shape) == len(axes) and set(axes) <= set(AXES)
    return pixels, axes if named else guess_axes(pixels.shape, pixels.dtype)


def _finest(store: Any) -> tuple[Any, list[str]]:
    """Find the finest array of a store, and the names of its axes if it gives them."""
    if hasattr(store, "shape"):
        names = getattr(store.metadata, "dimension_names", None) or ()
        return store, [str(name) for name in names]
    attributes = dict(store.attrs)
    scales = attributes.get("ome", attributes).get("multiscales")
    if scales:
        axes = scales[0].get("axes", [])
        names = [axis if isinstance(axis, str) else axis["name"] for axis in axes]
        return store[scales[0]["datasets"][0]["path"]], names
    arrays, groups = sorted(store.array_keys()), sorted(store.group_keys())
    if arrays:
        return _finest(store[arrays[0]])
    if groups:
        return _finest(store[groups[0]])
    raise InputError("it holds no array.")
