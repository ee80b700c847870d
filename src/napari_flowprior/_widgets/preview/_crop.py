"""Arrays of an image cut to a region, whichever of its axes they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior._widgets.preview._region import Region

__all__ = ["crop"]


def crop(array: Any, region: Region, shape: tuple[int, ...]) -> NDArray[Any]:
    """Read a region of an array that belongs to an image.

    Parameters
    ----------
    array : array
        Lazy or not; of the shape of the image, of that without colours, of a plane, or
        of its last axes.
    region : Region
        The region of the image.
    shape : tuple of int
        Shape of the image.

    Returns
    -------
    ndarray
        The region of the array.
    """
    sizes = dict(zip(region.axes, shape, strict=True))
    places = dict(zip(region.axes, region.read, strict=True))
    plain = region.axes.replace("S", "")
    choices = [region.axes, plain, "YX", plain[-array.ndim :]]
    own = next(
        axes
        for axes in choices
        if tuple(sizes[axis] for axis in axes) == tuple(array.shape)
    )
    return np.asarray(array[tuple(places[axis] for axis in own)])
