"""OME-Zarr images that are written part by part, coarser levels included."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data._coarser import coarser
from napari_flowprior.data.files._progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["OmeZarr", "Space", "check_store"]

# In the order that the format asks for: time, colour, space.
_ORDER = "TCSZYX"
_KINDS = {"T": "time", "C": "channel", "S": "channel"}
_CHUNK = 512  # pixels
_SMALLEST = 2
_VERSION = "0.5"


@dataclass(frozen=True)
class Space:
    """Where an image lies.

    Parameters
    ----------
    scale, translate : mapping of str to float
        Size of a pixel, and place of the first one, by the letter of the axis.
    units : mapping of str to str
        Their units, such as "micrometer"; none for an axis of pixels.
    """

    scale: Mapping[str, float] = field(default_factory=dict)
    translate: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


class OmeZarr:
    """An image of OME-Zarr 0.5 under way, which is written as if it were an array.

    It is written under another name, and gets its own when it is finished. Each level
    is half as fine as the one before; its pixels are means of four, and follow what is
    written.

    Parameters
    ----------
    path : Path
        Folder to make.
    shape : tuple of int
        Shape of the image.
    dtype : dtype
        Type of its values.
    axes : str
        One letter for each axis.
    levels : int
        How many levels there are at most; none is less than two pixels high or wide.
    space : Space
        Where the image lies.
    omero : mapping, optional
        How its channels are shown, as the format has it.
    story : JSON-able, optional
        How it is made. An unfinished image of the same story is gone on with; without
        a story it is begun anew.
    overwrite : bool
        Whether an image that is there is replaced in the end.

    Attributes
    ----------
    arrays : list
        The zarr arrays of the levels, the finest one first, with axes in the order of
        the file.
    order : tuple of int
        Which axis of the image each axis of the file is.
    progress : Progress
        Which planes an earlier run has written, to which others are noted.

    Raises
    ------
    InputError
        If zarr is not installed, the folder exists or cannot be made, or the format
        has no such axes.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from napari_flowprior.data import OmeZarr
    >>> image = OmeZarr(Path("image.zarr"), (3, 64, 64), np.dtype("u1"), "ZYX")
    >>> image[0, 0:64, 0:64] = np.full((64, 64), 7, np.uint8)
    >>> image.finish()
    >>> int(image.arrays[0][0, 5, 5])
    7
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        axes: str,
        levels: int = 1,
        space: Space | None = None,
        *,
        omero: Mapping[str, Any] | None = None,
        story: Any = None,
        overwrite: bool = False,
    ) -> None:
        check_store(path, axes, overwrite=overwrite)
        self.path, self.shape, self.dtype, self.axes = path, shape, dtype, axes
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        letters = [letter for letter in _ORDER if letter in axes]
        self.order = tuple(axes.index(letter) for letter in letters)
        self._letters = letters
        self._space, self._omero = space or Space(), omero
        what = None if story is None else [story, shape, dtype.str, axes, levels]
        self.progress = Progress(self._unfinished / "progress.json", what)
        self.arrays = self._make(levels)

    def __setitem__(self, key: tuple[int | slice, ...], block: NDArray[Any]) -> None:
        """Write a region, and what it changes of the coarser levels."""
        kept = [axis for axis, part in enumerate(key) if isinstance(part, slice)]
        order = [kept.index(axis) for axis in self.order if axis in kept]
        here = tuple(key[axis] for axis in self.order)
        self.arrays[0][here] = np.asarray(block).transpose(order)
        rows, columns = (
            slice(*part.indices(size)[:2]) if isinstance(part, slice) else slice(part)
            for part, size in zip(here[-2:], self.arrays[0].shape[-2:], strict=True)
        )
        self._follow(here[:-2], rows, columns)

    def finish(self, story: Mapping[str, Any] | None = None) -> None:
        """Give the folder its name.

        Parameters
        ----------
        story : mapping, optional
            How the image came about, JSON-able, which is written with it.
        """
        import zarr

        group = zarr.open_group(self._unfinished, mode="r+")
        group.attrs["flowprior"] = dict(story or {})
        self.progress.end()
        old = self.path.with_name(f"{self.path.name}.old")
        if self.path.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(self.path, old)
        os.replace(self._unfinished, self.path)
        shutil.rmtree(old, ignore_errors=True)
        group = zarr.open_group(self.path, mode="r")
        self.arrays = [group[str(level)] for level in range(len(self.arrays))]

    def discard(self) -> None:
        """Delete what was written."""
        shutil.rmtree(self._unfinished, ignore_errors=True)

    def _make(self, levels: int) -> list[Any]:
        import zarr

        shapes = self._shapes(levels)
        if self.progress.resumed:
            group = zarr.open_group(self._unfinished, mode="r+")
            return [group[str(level)] for level in range(len(shapes))]
        try:
            group = zarr.create_group(self._unfinished, overwrite=True, zarr_format=3)
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be made ({error.strerror}); choose another place."
            ) from error
        group.attrs["ome"] = self._metadata(len(shapes))
        arrays = [
            group.create_array(
                str(level),
                shape=shape,
                dtype=self.dtype,
                chunks=_chunks(shape),
                dimension_names=self._names(),
                fill_value=0,
            )
            for level, shape in enumerate(shapes)
        ]
        # What was killed before is no image to go on with.
        self.progress.begin()
        return arrays

    def _shapes(self, levels: int) -> list[tuple[int, ...]]:
        shapes = [tuple(self.shape[axis] for axis in self.order)]
        while len(shapes) < levels and min(shapes[-1][-2:]) >= 2 * _SMALLEST:
            *lead, height, width = shapes[-1]
            shapes.append((*lead, height // 2, width // 2))
        return shapes

    def _follow(
        self, lead: tuple[int | slice, ...], rows: slice, columns: slice
    ) -> None:
        for fine, coarse in zip(self.arrays, self.arrays[1:], strict=False):
            rows = _half(rows, coarse.shape[-2])
            columns = _half(columns, coarse.shape[-1])
            if rows.start >= rows.stop or columns.start >= columns.stop:
                return
            values = np.asarray(fine[(*lead, _twice(rows), _twice(columns))])
            coarse[(*lead, rows, columns)] = coarser(values)

    def _names(self) -> list[str]:
        return ["c" if letter == "S" else letter.lower() for letter in self._letters]

    def _metadata(self, levels: int) -> dict[str, Any]:
        axes = []
        for letter, name in zip(self._letters, self._names(), strict=True):
            unit = self._space.units.get(letter)
            axis = {"name": name, "type": _KINDS.get(letter, "space")}
            axes.append(axis | ({"unit": unit} if unit else {}))
        datasets = [
            {"path": str(level), "coordinateTransformations": self._place(level)}
            for level in range(levels)
        ]
        scales = {
            "name": self.path.stem,
            "axes": axes,
            "datasets": datasets,
            "type": "mean",
        }
        shown = {} if self._omero is None else {"omero": dict(self._omero)}
        return {"version": _VERSION, "multiscales": [scales], **shown}

    def _place(self, level: int) -> list[dict[str, Any]]:
        """Tell where a level lies; the first of its pixels is a mean of several."""
        scale, first = [], []
        for letter in self._letters:
            size = float(self._space.scale.get(letter, 1.0))
            factor = 2**level if letter in "YX" else 1
            scale.append(size * factor)
            start = float(self._space.translate.get(letter, 0.0))
            first.append(start + size * (factor - 1) / 2)
        return [
            {"type": "scale", "scale": scale},
            {"type": "translation", "translation": first},
        ]


def _chunks(shape: tuple[int, ...]) -> tuple[int, ...]:
    *lead, height, width = shape
    return (*(1 for _ in lead), min(_CHUNK, height), min(_CHUNK, width))


def _half(part: slice, size: int) -> slice:
    return slice(part.start // 2, min(-(-part.stop // 2), size))


def _twice(part: slice) -> slice:
    return slice(2 * part.start, 2 * part.stop)


def check_store(path: Path, axes: str, *, overwrite: bool) -> None:
    """Refuse to write an image, before it is computed.

    Parameters
    ----------
    path : Path
        Folder of the image.
    axes : str
        One letter for each of its axes.
    overwrite : bool
        Whether an image that is there may be replaced.

    Raises
    ------
    InputError
        If zarr is not installed, something is there that may not be replaced, the
        folder around it is missing, or the format has no such axes.
    """
    if find_spec("zarr") is None:
        raise InputError(
            "Large results are written by the package zarr, which is not installed; "
            "install it with: python -m pip install 'napari-flowprior[zarr]'"
        )
    if "C" in axes and "S" in axes:
        raise InputError(
            f'An image with axes "{axes}" has channels and colours, of which '
            "OME-Zarr knows one only; restore its channels one by one."
        )
    if path.exists() and not overwrite:
        raise InputError(f"{path} exists already; choose another name.")
    if path.exists() and not (path / "zarr.json").is_file():
        raise InputError(f"{path} exists, and is no OME-Zarr; choose another name.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist; create it first.")
