"""Conversion of restored values to a type of pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from napari_flowprior._errors import InputError

__all__ = ["to_dtype"]


def to_dtype(block: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Convert values to a type of pixel, without rescaling them.

    Parameters
    ----------
    block : ndarray
        Real values, of any shape.
    dtype : dtype
        Integers are rounded to the nearest and clipped to their range, booleans are
        true from one half up, floating types are clipped to their finite range.

    Returns
    -------
    ndarray
        Of the same shape and of type `dtype`.

    Raises
    ------
    InputError
        When `dtype` is not boolean, integer or floating.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import to_dtype
    >>> to_dtype(np.array([-3.2, 7.6, 300.0]), np.uint8).tolist()
    [0, 8, 255]
    """
    target = np.dtype(dtype)
    if block.dtype == target:
        return block
    if target.kind == "b":
        return np.asarray(block >= 0.5)
    if target.kind in "iu":
        return _to_integer(block, target)
    if target.kind == "f":
        return _to_floating(block, target)
    raise InputError(
        f"Pixels cannot be of type {target}; use a boolean, integer or floating type."
    )


def _to_integer(block: npt.NDArray[Any], target: np.dtype[Any]) -> npt.NDArray[Any]:
    limits = np.iinfo(target)
    values = np.rint(block.astype(np.float64))
    # The largest 64-bit integers are no float64 numbers: the nearest one lies above
    # them and would wrap around.
    top = float(limits.max)
    safe = float(np.nextafter(top, 0)) if int(top) > limits.max else top
    result = np.clip(values, limits.min, safe).astype(target)
    result[values > safe] = limits.max
    return result


def _to_floating(block: npt.NDArray[Any], target: np.dtype[Any]) -> npt.NDArray[Any]:
    if block.dtype.kind == "f" and block.dtype.itemsize > target.itemsize:
        largest = float(np.finfo(target).max)
        block = np.clip(block, -largest, largest)
    return block.astype(target)
