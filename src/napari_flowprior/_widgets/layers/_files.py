"""Files that hold what layers show; what is in none is written to one."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QFileDialog

from napari_flowprior._errors import InputError
from napari_flowprior.data import evenly_spaced, read_image, write_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_flowprior.data import ImageFile

__all__ = ["LayerFiles", "ask_for_folder"]

_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
# What fits a TIFF as it is, before the format that holds everything.
_SUFFIXES = ".tif", ".npy"
# Of what is not in memory, only so many planes are compared.
_COMPARED = 16
# Bytes that are written while one waits.
_MOST = 2**30


class LayerFiles:
    """Finds files of arrays, for what reads nothing but files.

    Parameters
    ----------
    folder : path, optional
        Where what is in no file is written.
    ask : callable, optional
        Asked for that folder when something is to be written; it may name none.

    Attributes
    ----------
    written : list of Path
        What was written, or would have been, were it not there from the last time.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        ask: Callable[[], str | None] | None = None,
    ) -> None:
        self._folder = folder
        self._ask = ask
        self.written: list[Path] = []

    def of_pixels(self, layer: Any, data: Any, axes: str) -> Path:
        """Return a file of pixels of a layer.

        Parameters
        ----------
        layer : Layer
            The layer.
        data : array
            Its pixels, lazy or not.
        axes : str
            Their axes.

        Returns
        -------
        Path
            The file that the layer was read from, if it holds just these.

        Raises
        ------
        InputError
            If there is no such file, and none can be written.
        """
        file = _file_of(layer)
        if file is not None and _holds(file, data):
            return file.path
        return self.written_as(layer.name, data, axes)

    def of_mask(self, layer: Any, mask: Any, axes: str) -> Path:
        """Return a file that marks pixels: black, or of one number or of numbered ones.

        Parameters
        ----------
        layer : Layer
            What the mask was made of.
        mask : array of bool
            True where a pixel is marked.
        axes : str
            Its axes.

        Returns
        -------
        Path
            The file that the layer was read from, if it says the same.

        Raises
        ------
        InputError
            If there is no such file, and none can be written.
        """
        file = _file_of(layer)
        if file is not None and _marks_plainly(file) and _holds(file, mask, marks=True):
            return file.path
        return self.written_as(layer.name, np.uint8(255) * np.asarray(mask), axes)

    def written_as(self, name: str, data: Any, axes: str) -> Path:
        """Write an array, under a name that is free or of a file that holds just it.

        Parameters
        ----------
        name : str
            Of the layer.
        data : array
            The pixels.
        axes : str
            Their axes.

        Returns
        -------
        Path
            A TIFF file, or an NPY file of what no TIFF file holds.

        Raises
        ------
        InputError
            If there is nowhere to write to, or too much to be written.
        """
        folder = self._where(name)
        if data.size * np.dtype(data.dtype).itemsize > _MOST:
            raise InputError(
                f"The layer {name!r} is not what a file holds, and too large to be "
                "written at once; save it by File > Save Selected Layers, and open "
                "that file."
            )
        data = np.asarray(data)
        for suffix in _SUFFIXES:
            path = _written(folder / _FORBIDDEN.sub("-", name), suffix, data, axes)
            if path is not None:
                self.written.append(path)
                return path
        raise InputError(f"{name!r} cannot be written; save and open it yourself.")

    def _where(self, name: str) -> Path:
        if not self._folder and self._ask is not None:
            self._folder = self._ask()
        if not self._folder:
            raise InputError(
                f"What {name!r} shows is in no file; name a folder to write it to."
            )
        folder = Path(self._folder).expanduser()
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}; choose one that exists.")
        return folder


def ask_for_folder(parent: Any, layer: Any = None) -> str:
    """Ask where what is in no file is to be written.

    Parameters
    ----------
    parent : QWidget
        What asks.
    layer : Layer, optional
        A layer beside whose file it may lie.

    Returns
    -------
    str
        The folder; empty if none was chosen.
    """
    path = None if layer is None else layer.source.path
    beside = str(Path(path).parent) if path else ""
    return QFileDialog.getExistingDirectory(
        parent, "Choose a folder for what is in no file yet", beside
    )


def _written(stem: Path, suffix: str, data: Any, axes: str) -> Path | None:
    """Write an array; None if such a file does not hold it as it is."""
    for path in _names(stem, suffix):
        if not path.exists():
            break
        if (file := _read(path)) is not None and _holds(file, data):
            return path
    with suppress(InputError):
        write_image(path, data, axes)
        if (file := _read(path)) is not None and _holds(file, data):
            return path
        path.unlink()
    return None


def _names(stem: Path, suffix: str) -> Iterator[Path]:
    yield stem.with_name(f"{stem.name}{suffix}")
    number = 2
    while True:
        yield stem.with_name(f"{stem.name} {number}{suffix}")
        number += 1


def _file_of(layer: Any) -> ImageFile | None:
    path = layer.source.path
    return None if path is None else _read(Path(path))


def _read(path: Path) -> ImageFile | None:
    with suppress(InputError, OSError):
        return read_image(path)
    return None


def _holds(file: ImageFile, data: Any, *, marks: bool = False) -> bool:
    """Tell whether a file holds an array, value by value; of large ones, in places."""
    held = file.array
    if tuple(held.shape) != tuple(data.shape):
        return False
    if not marks and _kind(held) != _kind(data):
        return False
    parts: list[Any] = [...]
    if data.ndim > 2 and not all(isinstance(each, np.ndarray) for each in (held, data)):
        parts = list(evenly_spaced(data.shape[0], _COMPARED))
    return all(_equal(held[part], data[part], marks=marks) for part in parts)


def _equal(held: Any, data: Any, *, marks: bool) -> bool:
    held, data = np.asarray(held), np.asarray(data)
    if marks:
        return np.array_equal(held != 0, data)
    return np.array_equal(held, data, equal_nan=held.dtype.kind == "f")


def _kind(array: Any) -> tuple[str, int]:
    """Return the type of values, in whatever order their bytes are."""
    dtype = np.dtype(array.dtype)
    return dtype.kind, dtype.itemsize


def _marks_plainly(file: ImageFile) -> bool:
    """Tell whether the command line takes all numbers but 0 for marks."""
    kind = np.dtype(file.array.dtype)
    if "S" in file.axes or file.format == "JPEG" or kind.kind not in "bui":
        return False
    numbers = np.unique(np.asarray(file.array))
    found = numbers[numbers != 0]
    if kind.kind == "b" or len(found) <= 1:
        return bool((found > 0).all())
    bits: int = file.info.get("bits", 0) or 8 * kind.itemsize - (kind.kind == "i")
    return len(found) == found.max() < 2**bits - 1
