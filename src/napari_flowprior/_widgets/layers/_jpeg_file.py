"""What the file of a layer says of its JPEG compression."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data import read_image

if TYPE_CHECKING:
    from napari_flowprior.restoration import JPEGTables

__all__ = ["file_tables"]

_SUFFIXES = ".jpg", ".jpeg"


def file_tables(path: str | None, image: Any, axes: str) -> JPEGTables | None:
    """Read the tables of the JPEG file that an image was read from.

    Parameters
    ----------
    path : str or None
        Where the image is from; any file, which may be gone.
    image : array
        The image.
    axes : str
        Its axes, one letter each.

    Returns
    -------
    JPEGTables or None
        The tables; None if the file is no JPEG, cannot be read or restored, or does not
        hold the pixels of the image as they are.
    """
    if path is None or Path(path).suffix.lower() not in _SUFFIXES:
        return None
    with suppress(InputError, OSError):
        return _tables(Path(path), image, axes)
    return None


def _tables(path: Path, image: Any, axes: str) -> JPEGTables | None:
    from napari_flowprior.restoration import JPEGTables

    file = read_image(path)
    if file.axes != axes or file.array.shape != tuple(image.shape):
        return None
    if not np.array_equal(np.asarray(file.array), np.asarray(image)):
        return None
    height, width = image.shape[:2]
    return JPEGTables.from_file(path, shape=(height, width))
