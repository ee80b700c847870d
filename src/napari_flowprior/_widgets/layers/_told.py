"""What the file of a layer says of what happened to it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.data import read_image

if TYPE_CHECKING:
    from napari_flowprior.data import ImageFile
    from napari_flowprior.restoration import Degradation

__all__ = ["told_by_file"]


def told_by_file(
    degradation: Degradation, path: str | None, image: Any, axes: str
) -> Degradation:
    """Complete a degradation by the file that an image was read from.

    Parameters
    ----------
    degradation : Degradation
        What happened to the image.
    path : str or None
        Where the image is from; any file, which may be gone.
    image : array
        The image.
    axes : str
        Its axes, one letter each.

    Returns
    -------
    Degradation
        With what the file tells, such as the tables of a JPEG; the same as it is if the
        file tells nothing, cannot be read, or does not hold the pixels of the image as
        they are.
    """
    if path is None or not degradation.told_by:
        return degradation
    with suppress(InputError, OSError):
        file = read_image(Path(path))
        if file.format == degradation.told_by and _holds(file, image, axes):
            return degradation.told_by_file(Path(path), image.shape[:2])
    return degradation


def _holds(file: ImageFile, image: Any, axes: str) -> bool:
    """Tell whether a file holds the very pixels of an image."""
    if file.axes != axes or file.array.shape != tuple(image.shape):
        return False
    return np.array_equal(np.asarray(file.array), np.asarray(image))
