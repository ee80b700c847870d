"""The shipped prior that suits an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior.data import has_empty_colours, has_equal_colours

if TYPE_CHECKING:
    from napari_flowprior.data import LazyArray

__all__ = ["default_prior"]


def default_prior(
    array: LazyArray, axes: str, *, together: bool = False, equal: bool | None = None
) -> str:
    """Choose a shipped prior for an image.

    Parameters
    ----------
    array : LazyArray
        The image.
    axes : str
        One letter each.
    together : bool
        Whether different colours must be restored together, as after JPEG.
    equal : bool, optional
        Whether all colours are known to be the same, or not to be.

    Returns
    -------
    str
        ``"photo-rgb"`` for colours; ``"photo-gray"`` for grey images, also if they are
        kept as colours, and for composites of one or two channels, one by one.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.priors import default_prior
    >>> default_prior(np.zeros((64, 64, 3)), "YXS")
    'photo-gray'
    """
    equal = has_equal_colours(array, axes) if equal is None else equal
    colour = "S" in axes and not equal
    if colour and not together:
        colour = not has_empty_colours(array, axes)
    return "photo-rgb" if colour else "photo-gray"
