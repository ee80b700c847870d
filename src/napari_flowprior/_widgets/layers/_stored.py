"""Images of OME-Zarr as layers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari_flowprior.data import OmeZarr

__all__ = ["stored_data"]


def stored_data(image: OmeZarr) -> Any:
    """Return the data of a layer, which are read when they are shown.

    Parameters
    ----------
    image : OmeZarr
        The image, finished or not.

    Returns
    -------
    dask array, or list of them
        With the axes of the image; a list if there are several levels.
    """
    # napari needs it, and imports it when it does.
    import dask.array as da

    back = tuple(int(axis) for axis in np.argsort(image.order))
    levels = [
        da.from_array(level, chunks=level.chunks, name=False).transpose(back)
        for level in image.arrays
    ]
    return levels if len(levels) > 1 else levels[0]
