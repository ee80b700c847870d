"""Files that stand for options: masks, maps of noise levels, point spread functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.data import read_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.data import ImageFile

__all__ = ["read_array"]


def read_array(path: Path, kind: str) -> Any:
    """Read the array that a file stands for.

    Parameters
    ----------
    path : Path
        Image file.
    kind : {"image", "mask", "psf"}
        What is made of its pixels: themselves; True where they are not black; or, of
        integers, themselves divided by their sum.

    Returns
    -------
    array
        Boolean for a mask, real otherwise.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    file = read_image(path)
    if kind == "mask":
        return _mask(file)
    return _weights(np.asarray(file.array)) if kind == "psf" else file.array


def _mask(file: ImageFile) -> NDArray[np.bool_]:
    array = np.asarray(file.array)
    if "S" in file.axes:
        # Alpha says nothing about holes.
        colours = np.moveaxis(array, file.axes.index("S"), -1)[..., :3]
        array = np.asarray(colours.any(axis=-1))
    return np.asarray(array != 0)


def _weights(array: NDArray[Any]) -> NDArray[Any]:
    """Divide integers by their sum, as they cannot have the sum 1 by themselves."""
    total = array.sum(dtype=np.float64)
    return array / total if array.dtype.kind in "iu" and total else array
