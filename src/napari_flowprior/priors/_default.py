"""The shipped prior that suits an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior.data import has_equal_colours

if TYPE_CHECKING:
    from napari_flowprior.data import LazyArray

__all__ = ["default_prior"]


def default_prior(array: LazyArray, axes: str) -> str:
    """Choose a shipped prior for an image.

    Parameters
    ----------
    array : LazyArray
        The image.
    axes : str
        One letter each.

    Returns
    -------
    str
        ``"photo-rgb"`` for colours, ``"photo-gray"`` for grey images, also if they are
        kept as colours.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.priors import default_prior
    >>> default_prior(np.zeros((64, 64, 3)), "YXS")
    'photo-gray'
    """
    colour = "S" in axes and not has_equal_colours(array, axes)
    return "photo-rgb" if colour else "photo-gray"
