"""Images to train on: found, opened when needed, and forgotten when memory is short."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data import (
    LazyArray,
    LruCache,
    PlaneView,
    ZarrPixels,
    check_image,
    expand_inputs,
    find_fill_values,
    is_zarr,
    parse_axes,
    read_image,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

    from napari_flowprior.data import FillValues

__all__ = [
    "ImageCache",
    "TrainingImage",
    "find_images",
    "identity",
    "view_of",
]

# Share of an image that is hardly padding.
_MOSTLY = 0.5
# Values of images that are not too many to look for those that stand for no image.
_SEARCHED = 2**28
# Larger images are left on disk where their format allows it.
_READ_WHOLE = 2**24
# Files that are left on disk stay open.
_MOST_OPEN = 128


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """An array to draw patches from.

    Parameters
    ----------
    array : LazyArray
        NumPy, memory-mapped, Dask, Zarr or similar array.
    axes : str
        One letter for each axis; see `napari_flowprior.data.parse_axes`.
    name : str
        What messages call it.
    """

    array: LazyArray
    axes: str
    name: str = "array"

    @cached_property
    def fill(self) -> FillValues | None:
        """What stands where there is no image; patches with it are not drawn.

        In huge images, and in those of 8 bits, nothing is looked for.
        """
        huge = prod(self.array.shape) > _SEARCHED
        if huge or np.dtype(self.array.dtype).itemsize == 1:
            return None
        found = find_fill_values(view_of(self))
        # What is mostly ground, set to 0, is an image all the same.
        return None if found is None or found.share > _MOSTLY else found


def find_images(
    inputs: Sequence[str | os.PathLike[str] | TrainingImage],
) -> list[Path | TrainingImage]:
    """Find what files, folders and patterns stand for.

    Parameters
    ----------
    inputs : sequence
        Files, folders (all images and zarr stores directly in them), patterns, and
        arrays.

    Returns
    -------
    list
        Each file and array once, sorted within a folder or pattern.

    Raises
    ------
    InputError
        If one of them stands for nothing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.training.patches import find_images
    >>> Path("scan.tif").touch()
    >>> [path.name for path in find_images(["*.tif"])]
    ['scan.tif']
    """
    if isinstance(inputs, str | os.PathLike | TrainingImage):
        inputs = (inputs,)
    found: dict[Hashable, Path | TrainingImage] = {}
    for entry in inputs:
        if isinstance(entry, TrainingImage):
            found.setdefault(identity(entry), entry)
            continue
        for path in expand_inputs([entry], is_zarr):
            found.setdefault(identity(path), path)
    return list(found.values())


def identity(entry: Path | TrainingImage) -> Hashable:
    """Return what is the same for two names of the same image.

    Parameters
    ----------
    entry : Path or TrainingImage
        The image.

    Returns
    -------
    hashable
        By the array, or by the file whatever the path to it.
    """
    if isinstance(entry, TrainingImage):
        return id(entry.array)
    status = entry.stat()
    return (status.st_dev, status.st_ino) if status.st_ino else entry.resolve()


def view_of(image: TrainingImage) -> PlaneView:
    """See an image as planes, of three channels where it has colours.

    Parameters
    ----------
    image : TrainingImage
        The image.

    Returns
    -------
    PlaneView
        Its planes.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.training import TrainingImage
    >>> from napari_flowprior.training.patches import view_of
    >>> view_of(TrainingImage(np.zeros((64, 64, 3), np.uint8), "YXS", "black")).channels
    3
    """
    return PlaneView(image.array, image.axes, "S" in image.axes)


class ImageCache:
    """Images that are opened when needed; those not used for long are forgotten.

    Large TIFF, NPY and zarr files are read in parts. Of what must be decoded, a bounded
    part stays in memory.

    Parameters
    ----------
    entries : sequence
        Files and arrays.
    axes : str or None
        Letters of the axes of all files, in place of their own.
    limit : int
        Bytes of decoded files to keep. What was used last is kept even if it is larger.

    Attributes
    ----------
    largest : int
        Bytes of the largest file that was read whole so far.
    """

    def __init__(
        self, entries: Sequence[Path | TrainingImage], axes: str | None, limit: int
    ) -> None:
        self._entries = entries
        self._axes = axes
        self._decoded: LruCache[Any] = LruCache(limit)
        self._open: LruCache[TrainingImage] = LruCache(_MOST_OPEN)
        self._kept_in: dict[int, LruCache[TrainingImage]] = {}
        self._given: dict[int, TrainingImage] = {}
        self.largest = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """Bytes that are kept now."""
        return self._decoded.held

    def name(self, index: int) -> str:
        """Return what messages call an image.

        Parameters
        ----------
        index : int
            Number of the image.

        Returns
        -------
        str
            Name of the array, or path of the file.
        """
        entry = self._entries[index]
        return entry.name if isinstance(entry, TrainingImage) else str(entry)

    def decoded_bytes(self, index: int) -> int:
        """Return how much memory an image takes if all of it is decoded and kept.

        Parameters
        ----------
        index : int
            Number of the image.

        Returns
        -------
        int
            Bytes; none for arrays of the caller's and what is not decoded.
        """
        array = self[index].array
        given = isinstance(self._entries[index], TrainingImage)
        if given or isinstance(array, np.memmap | ZarrPixels):
            return 0
        itemsize: int = np.dtype(array.dtype).itemsize
        return prod(array.shape) * itemsize

    def check_there(self, index: int) -> None:
        """Refuse to go on without a file that was there before.

        Parameters
        ----------
        index : int
            Number of the image.

        Raises
        ------
        InputError
            If it is gone.
        """
        entry = self._entries[index]
        if not isinstance(entry, TrainingImage) and not entry.exists():
            raise InputError(
                f"{entry} is gone, which was there when the training began; put it "
                "back, or find out whether its disk is still connected, and resume."
            )

    def __getitem__(self, index: int) -> TrainingImage:
        entry = self._entries[index]
        if isinstance(entry, TrainingImage):
            if index not in self._given:
                self._given[index] = _checked(entry)
            return self._given[index]
        if index in self._kept_in:
            return self._kept_in[index].get(index, lambda: _sized(self._read(entry)))
        image = self._read(entry)
        in_memory = _in_memory(image.array)
        if in_memory:
            self.largest = max(self.largest, _sized(image)[1])
        self._kept_in[index] = self._decoded if in_memory else self._open
        return self._kept_in[index].get(index, lambda: _sized(image))

    def _read(self, path: Path) -> TrainingImage:
        file = read_image(path, in_memory=_READ_WHOLE, decoded=self._decoded)
        return _checked(TrainingImage(file.array, self._axes or file.axes, str(path)))


def _checked(image: TrainingImage) -> TrainingImage:
    check_image(image.array)
    letters = parse_axes(image.axes, image.array.shape)
    return TrainingImage(image.array, letters, image.name)


def _in_memory(array: LazyArray) -> bool:
    return isinstance(array, np.ndarray) and not isinstance(array, np.memmap)


def _sized(image: TrainingImage) -> tuple[TrainingImage, int]:
    """Tell bytes of an image in memory; images left on disk are counted."""
    in_memory = _in_memory(image.array)
    return image, int(np.asarray(image.array).nbytes) if in_memory else 1
