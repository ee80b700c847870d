"""Images turned upright, as viewers show them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Orientation", "orientation_of", "upright"]


class Orientation(NamedTuple):
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
_ORIENTATIONS = {
    2: Orientation(columns=True),
    3: Orientation(rows=True, columns=True),
    4: Orientation(rows=True),
    5: Orientation(exchanged=True),
    6: Orientation(exchanged=True, columns=True),
    7: Orientation(exchanged=True, rows=True, columns=True),
    8: Orientation(exchanged=True, rows=True),
}


def orientation_of(tag: object) -> Orientation:
    """Return what the tag of an orientation asks for.

    Parameters
    ----------
    tag : object
        Value of the tag Orientation of TIFF and EXIF, 1 to 8; others ask for nothing.

    Returns
    -------
    Orientation
        What is done to pixels as stored.

    Examples
    --------
    >>> from napari_flowprior.data import orientation_of
    >>> orientation_of(1) == orientation_of(None)
    True
    """
    as_stored = Orientation()
    return _ORIENTATIONS.get(tag, as_stored) if isinstance(tag, int) else as_stored


def upright(
    array: npt.NDArray[Any], axes: str, orientation: Orientation
) -> npt.NDArray[Any]:
    """Show an image upright.

    Parameters
    ----------
    array : ndarray
        The pixels as stored.
    axes : str
        One letter for each axis.
    orientation : Orientation
        What is done to them.

    Returns
    -------
    ndarray
        The pixels as shown, with the same order of axes.
    """
    if orientation.exchanged:
        array = array.swapaxes(axes.index("Y"), axes.index("X"))
    backwards = {"Y": orientation.rows, "X": orientation.columns}
    return np.flip(array, tuple(axes.index(a) for a in "YX" if backwards[a]))
