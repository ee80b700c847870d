"""Zarr stores: an array, or the finest one of a group, decoded chunk by chunk."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data._axes import AXES, guess_axes
from napari_flowprior.data.files._cache import LruCache

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["ZarrPixels", "is_zarr", "open_zarr"]

_FILES = ("zarr.json", ".zarray", ".zgroup")
# At least so much is kept of what was decoded, and as much as a plane has.
_KEPT_BYTES = 2**26
_MOST_KEPT = 2**31


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

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.data import is_zarr
    >>> Path("scan.zarr").mkdir()
    >>> is_zarr(Path("scan.zarr"))
    True
    """
    if not path.is_dir():
        return False
    return path.suffix == ".zarr" or any((path / name).exists() for name in _FILES)


class ZarrPixels:
    """An array of a store, whose failures name the store.

    Chunks are decoded once, as long as those that lie across a plane fit into 2 GiB.

    Parameters
    ----------
    path : Path
        The store.
    array : zarr.Array
        The array.
    axes : str
        One letter for each axis.
    """

    def __init__(self, path: Path, array: Any, axes: str) -> None:
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.chunks: tuple[int, ...] = tuple(array.chunks)
        self._path = path
        self._array = array
        sides = zip(axes, self.shape, self.chunks, strict=True)
        plane = prod(size if axis in "YXS" else chunk for axis, size, chunk in sides)
        kept = max(_KEPT_BYTES, min(plane * self.dtype.itemsize, _MOST_KEPT))
        self._decoded: LruCache[NDArray[Any]] = LruCache(kept)

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        key = key if isinstance(key, tuple) else (key,)
        if Ellipsis in key:
            before = key.index(Ellipsis)
            missing = len(self.shape) - len(key) + 1
            key = (*key[:before], *(slice(None),) * missing, *key[before + 1 :])
        key += (slice(None),) * (len(self.shape) - len(key))
        spans = [_span(k, side) for k, side in zip(key, self.shape, strict=True)]
        region = np.empty([len(span) for span in spans], self.dtype)
        for place in product(*map(_touched, spans, self.chunks)):
            self._paste(region, spans, place)
        taken: NDArray[Any] = region[tuple(_within(k) for k in key)]
        return taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[()], dtype=dtype)

    def _paste(
        self, region: NDArray[Any], spans: list[range], place: tuple[int, ...]
    ) -> None:
        into, out_of = [], []
        for span, side, number in zip(spans, self.chunks, place, strict=True):
            start = number * side
            first, last = max(span.start, start), min(span.stop, start + side)
            into.append(slice(first - span.start, last - span.start))
            out_of.append(slice(first - start, last - start))
        region[tuple(into)] = self._chunk(place)[tuple(out_of)]

    def _chunk(self, place: tuple[int, ...]) -> NDArray[Any]:
        starts = [n * side for n, side in zip(place, self.chunks, strict=True)]
        sides = zip(starts, self.chunks, strict=True)
        key = tuple(slice(start, start + side) for start, side in sides)

        def load() -> tuple[NDArray[Any], int]:
            # Stores fail in as many ways as there are codecs.
            try:
                chunk = np.asarray(self._array[key])
            except Exception as error:
                raise InputError(f"{self._path} is damaged ({error}).") from error
            return chunk, chunk.nbytes

        return self._decoded.get(place, load)


def _span(key: Any, side: int) -> range:
    """Return the places that are read, for a key of some of them."""
    if isinstance(key, slice):
        places = range(side)[key]
        if places.step < 0:
            raise InputError("Stores are read forwards; turn the result about.")
        return range(places.start, max(places.start, places.stop))
    index = range(side)[int(key)]
    return range(index, index + 1)


def _within(key: Any) -> Any:
    return slice(None, None, key.step) if isinstance(key, slice) else 0


def _touched(span: range, side: int) -> range:
    return range(span.start // side, -(-span.stop // side)) if span else range(0)


def open_zarr(path: Path) -> tuple[ZarrPixels, str, dict[str, Any]]:
    """Open a store.

    Parameters
    ----------
    path : Path
        Folder of an array or a group. Of OME-Zarr images the finest resolution is
        taken, of other groups the first array.

    Returns
    -------
    pixels : ZarrPixels
        The pixels, left on disk.
    axes : str
        Their axes: the store's own, or guessed.
    info : dict
        What OME-Zarr says besides, as "multiscale" and "omero".

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
        array, names, info = _finest(zarr.open(path, mode="r"))
        shape, dtype = tuple(array.shape), np.dtype(array.dtype)
        axes = "".join(names).upper()
        named = len(names) == len(shape) == len(axes) and set(axes) <= set(AXES)
        axes = axes if named else guess_axes(shape, dtype)
        return ZarrPixels(path, array, axes), axes, info
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:
        raise InputError(
            f"{path} cannot be read ({error}); it may be damaged, or no zarr store."
        ) from error


def _finest(store: Any) -> tuple[Any, list[str], dict[str, Any]]:
    """Find the finest array of a store, names of its axes, and what is said of it."""
    if hasattr(store, "shape"):
        names = getattr(store.metadata, "dimension_names", None) or ()
        return store, [str(name) for name in names], {}
    attributes = dict(store.attrs)
    ome = attributes.get("ome", attributes)
    if scales := ome.get("multiscales"):
        axes = scales[0].get("axes", [])
        names = [axis if isinstance(axis, str) else axis["name"] for axis in axes]
        said = {"multiscale": scales[0], "omero": ome.get("omero")}
        return store[scales[0]["datasets"][0]["path"]], names, said
    arrays, groups = sorted(store.array_keys()), sorted(store.group_keys())
    if arrays:
        return _finest(store[arrays[0]])
    if groups:
        return _finest(store[groups[0]])
    raise InputError("it holds no array.")
