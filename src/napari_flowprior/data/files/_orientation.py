"""Images turned upright, as viewers show them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["is_turned", "upright"]

# Of TIFF 6.0 and EXIF: whether rows and columns are exchanged, and then whether the
# order of rows, and of columns, is reversed.
_TURNS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def is_turned(orientation: object) -> bool:
    """Tell whether a value of the tag asks for a turn; senseless ones do not."""
    return orientation in _TURNS


def upright(array: npt.NDArray[Any], axes: str, orientation: int) -> npt.NDArray[Any]:
    """Turn an image as its orientation asks.

    Parameters
    ----------
    array : ndarray
        The pixels as stored.
    axes : str
        One letter for each axis.
    orientation : int
        Value of the tag Orientation of TIFF and EXIF, 1 to 8; others ask for nothing.

    Returns
    -------
    ndarray
        The pixels as shown, with the same order of axes.
    """
    if not is_turned(orientation):
        return array
    exchanged, *reversed_sides = _TURNS[orientation]
    if exchanged:
        array = array.swapaxes(axes.index("Y"), axes.index("X"))
    backwards = [a for a, turn in zip("YX", reversed_sides, strict=True) if turn]
    return np.flip(array, tuple(axes.index(a) for a in backwards))
