"""Images turned upright, as viewers show them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Turn", "turn_of", "upright"]


class Turn(NamedTuple):
    """What is done to pixels as stored to show them upright.

    Parameters
    ----------
    exchanged : bool
        Whether rows and columns are exchanged first.
    rows, columns : bool
        Whether the order of rows, and of columns, is reversed then.
    """

    exchanged: bool = False
    rows: bool = False
    columns: bool = False


# Of TIFF 6.0 and EXIF.
_TURNS = {
    2: Turn(columns=True),
    3: Turn(rows=True, columns=True),
    4: Turn(rows=True),
    5: Turn(exchanged=True),
    6: Turn(exchanged=True, columns=True),
    7: Turn(exchanged=True, rows=True, columns=True),
    8: Turn(exchanged=True, rows=True),
}


def turn_of(orientation: object) -> Turn:
    """Return what an orientation asks for.

    Parameters
    ----------
    orientation : object
        Value of the tag Orientation of TIFF and EXIF, 1 to 8; others ask for nothing.

    Returns
    -------
    Turn
        How to turn pixels as stored.

    Examples
    --------
    >>> from napari_flowprior.data import turn_of
    >>> turn_of(1) == turn_of(None)
    True
    """
    return _TURNS.get(orientation, Turn()) if isinstance(orientation, int) else Turn()


def upright(array: npt.NDArray[Any], axes: str, turn: Turn) -> npt.NDArray[Any]:
    """Turn an image.

    Parameters
    ----------
    array : ndarray
        The pixels as stored.
    axes : str
        One letter for each axis.
    turn : Turn
        How to turn them.

    Returns
    -------
    ndarray
        The pixels as shown, with the same order of axes.
    """
    if turn.exchanged:
        array = array.swapaxes(axes.index("Y"), axes.index("X"))
    backwards = {"Y": turn.rows, "X": turn.columns}
    return np.flip(array, tuple(axes.index(a) for a in "YX" if backwards[a]))
