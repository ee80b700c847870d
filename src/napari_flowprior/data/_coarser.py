"""Images of half as many rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.data._dtype import to_dtype

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["coarser"]


def coarser(image: NDArray[Any], axes: tuple[int, int] = (-2, -1)) -> NDArray[Any]:
    """Return means of two by two pixels.

    Parameters
    ----------
    image : ndarray
        Real values; a row or a column that is left over is dropped.
    axes : tuple of int
        Which axes are halved.

    Returns
    -------
    ndarray
        Of the same type, rounded where it is one of integers.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import coarser
    >>> coarser(np.array([[1, 3, 9], [5, 7, 9]], np.uint8))
    array([[4]], dtype=uint8)
    """
    moved = np.moveaxis(image, axes, (-2, -1))
    rows, columns = (size // 2 for size in moved.shape[-2:])
    even = moved[..., : 2 * rows, : 2 * columns]
    blocks = even.reshape(*moved.shape[:-2], rows, 2, columns, 2)
    means = blocks.mean(axis=(-3, -1), dtype=np.float64)
    return to_dtype(np.moveaxis(means, (-2, -1), axes), image.dtype)
