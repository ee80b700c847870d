"""TIFF files that are too large to decode whole, read by their tiles and strips."""

from __future__ import annotations

import weakref
from itertools import product
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError
from napari_flowprior.data.files import _paths
from napari_flowprior.data.files._cache import LruCache

if TYPE_CHECKING:
    from pathlib import Path

    import tifffile

__all__ = ["TiffPages"]

_KEPT_BYTES = 2**26


class TiffPages:
    """Compressed planes, of which only what is asked for is decoded.

    Parameters
    ----------
    path : Path
        The file, for messages.
    tif : TiffFile
        The open file; closed when nobody needs the pages any more.
    series : TiffPageSeries
        Planes, one in each page.
    decoded : LruCache, optional
        Where decoded tiles and strips are kept; by default a small one of its own.

    Raises
    ------
    InputError
        If tiles do not fit planes, as in damaged files.
    """

    def __init__(
        self,
        path: Path,
        tif: tifffile.TiffFile,
        series: tifffile.TiffPageSeries,
        decoded: LruCache[npt.NDArray[Any]] | None = None,
    ) -> None:
        self.shape = tuple(series.shape)
        self.dtype = series.dtype
        self._path = path
        self._pages = series.pages
        self._page = series.keyframe
        # Planes of separate colours have tiles without an axis for them.
        lacking = len(self._page.shape) - len(self._page.chunks)
        self._chunks = (1,) * lacking + tuple(self._page.chunks)
        whole = all(isinstance(side, int) and side > 0 for side in self._chunks)
        if not whole or len(self._page.chunked) != len(self._page.shape):
            raise InputError(
                f"its tiles, of shape {self._chunks}, do not fit its planes, of shape "
                f"{self._page.shape}; it is damaged, copy it again."
            )
        self._stack = self.shape[: -len(self._page.shape)]
        self._decoded = LruCache(_KEPT_BYTES) if decoded is None else decoded
        self._lock = Lock()
        weakref.finalize(self, tif.close)

    @staticmethod
    def fits(series: tifffile.TiffPageSeries) -> bool:
        """Tell whether the planes of a series are pages of one shape."""
        plane = series.keyframe.shape
        stack = series.shape[: -len(plane)]
        return series.shape[-len(plane) :] == plane and prod(stack) == len(series.pages)

    def __getitem__(self, key: Any, /) -> npt.NDArray[Any]:
        key = key if isinstance(key, tuple) else (key,)
        key += (slice(None),) * (len(self.shape) - len(key))
        stack, plane = key[: len(self._stack)], key[len(self._stack) :]
        numbers = np.arange(prod(self._stack)).reshape(self._stack)[stack]
        planes = [self._region(int(number), plane) for number in numbers.ravel()]
        if not planes:
            # Zero strides: an array of this shape without its memory.
            whole = np.broadcast_to(np.zeros((), self.dtype), self._page.shape)
            return np.empty((*numbers.shape, *whole[plane].shape), self.dtype)
        return np.stack(planes).reshape((*numbers.shape, *planes[0].shape))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self[()], dtype=dtype)

    def _region(self, number: int, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        parts = [_part(k, side) for k, side in zip(key, self._page.shape, strict=True)]
        spans = [span for span, _ in parts]
        region = np.empty([len(span) for span in spans], self.dtype)
        for place in product(*map(_touched, spans, self._chunks)):
            corner = [p * side for p, side in zip(place, self._chunks, strict=True)]
            _paste(region, spans, self._segment(number, place, corner), corner)
        taken: npt.NDArray[Any] = region[tuple(within for _, within in parts)]
        return taken

    def _segment(
        self, number: int, place: tuple[int, ...], corner: list[int]
    ) -> npt.NDArray[Any]:
        index = int(np.ravel_multi_index(place, self._page.chunked))
        sides = zip(self._page.shape, corner, self._chunks, strict=True)
        shape = [min(whole - start, side) for whole, start, side in sides]

        def load() -> tuple[npt.NDArray[Any], int]:
            with _paths.reading(self._path):
                segment = self._decode(number, index, shape)
            return segment, segment.nbytes

        return self._decoded.get((self._path, number, index), load)

    def _decode(self, number: int, index: int, shape: list[int]) -> npt.NDArray[Any]:
        # Pages are looked up in the file, too.
        with self._lock:
            page = self._pages[number]
            if page is None:
                raise InputError(f"plane {number + 1} is missing.")
            file = page.parent.filehandle
            file.seek(page.dataoffsets[index])
            data = file.read(page.databytecounts[index])
            if len(data) < page.databytecounts[index]:
                raise InputError(f"it ends in the middle of plane {number + 1}.")
        if not data:
            return np.full(shape, self._page.nodata, self.dtype)
        # Only JPEG has these, and only its decoders take them.
        shared = {"jpegtables": page.jpegtables, "jpegheader": self._page.jpegheader}
        tables = {name: part for name, part in shared.items() if part is not None}
        segment = self._page.decode(data, index, **tables)[0]
        if not self._page.is_tiled:
            return np.asarray(segment).reshape(shape)
        # Tiles at the border are filled up.
        tile = np.asarray(segment).reshape(self._chunks)
        return np.ascontiguousarray(tile[tuple(map(slice, shape))])


def _part(key: Any, side: int) -> tuple[range, Any]:
    """Tell which part of an axis to read, and what to take of it then."""
    if isinstance(key, int | np.integer):
        index = range(side)[int(key)]
        return range(index, index + 1), 0
    if isinstance(key, slice) and key.step in (None, 1):
        return range(side)[key], slice(None)
    return range(side), key


def _touched(span: range, side: int) -> range:
    return range(span.start // side, -(-span.stop // side)) if span else range(0)


def _paste(
    region: npt.NDArray[Any],
    spans: list[range],
    segment: npt.NDArray[Any],
    corner: list[int],
) -> None:
    """Copy the part of a segment that lies in a region."""
    into, taken = [], []
    for span, start, side in zip(spans, corner, segment.shape, strict=True):
        low, high = max(span.start, start), min(span.stop, start + side)
        into.append(slice(low - span.start, high - span.start))
        taken.append(slice(low - start, high - start))
    region[tuple(into)] = segment[tuple(taken)]
