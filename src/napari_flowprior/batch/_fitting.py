"""What a file says of the degradation of its image, and whether a mask fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._options import options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import ImageFile
    from napari_flowprior.restoration import Degradation

__all__ = ["for_file"]

# Of the range of an image.
_ONE_COLOUR = 0.05


def for_file(degradation: Degradation, file: ImageFile) -> Degradation:
    """Complete what was not said, and check a mask, by the image itself.

    Parameters
    ----------
    degradation : Degradation
        One or several.
    file : ImageFile
        The image and where it is from.

    Returns
    -------
    Degradation
        The same, with what the file tells, such as the tables of a JPEG.

    Raises
    ------
    InputError
        If the file cannot be read, or the mask leaves nothing of it.
    """
    for step in degradation.steps:
        for option in options(type(step)):
            if option.array == "mask":
                _check_known(getattr(step, option.name), file)
    if not degradation.told_by or degradation.told_by != file.format:
        return degradation
    sides = dict(zip(file.axes, file.array.shape, strict=True))
    return degradation.told_by_file(file.path, (sides["Y"], sides["X"]))


def _check_known(mask: NDArray[np.bool_] | None, file: ImageFile) -> None:
    """Refuse a mask that leaves only pixels of one colour of an image.

    White and black are exchanged where it marks more than half of the pixels, and the
    others are alike.
    """
    image = file.array
    plane = file.axes in ("YX", "YXS") and isinstance(image, np.ndarray)
    if mask is None or not plane or np.shape(mask) != image.shape[:2]:
        return
    known = image[~np.asarray(mask)].astype(np.float64)
    few = 0 < 2 * len(known) < np.asarray(mask).size
    # JPEG leaves no hole of one colour as it was.
    spread = float(np.ptp(np.asarray(image, np.float64)))
    if few and np.ptp(known, axis=0).max() <= _ONE_COLOUR * spread:
        raise InputError(
            f"The mask marks all of {file.path} but pixels of one colour"
            f" ({np.rint(known.mean(axis=0)).tolist()}); if these are the holes, invert"
            " the mask: white is missing."
        )
