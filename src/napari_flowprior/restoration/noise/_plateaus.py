"""Constant areas, as of padding and masks, which say nothing of noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["plateau"]

# Share of the pixels that have the same value, and of these, that have a neighbour of
# it along Y or along X: what pads an image or masks it lies in areas, noise does not.
_SHARE, _IN_AREAS = 0.05, 0.9


def plateau(plane: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Find the pixels of the most common value, if there are many, side by side.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    ndarray of bool or None
        Where they are; None if values are spread.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise._plateaus import plateau
    >>> noisy = np.random.default_rng(0).normal(100, 5, (64, 64))
    >>> plateau(noisy) is None
    True
    >>> noisy[:8] = 90
    >>> int(plateau(noisy).sum())
    512
    """
    values, counts = np.unique(plane, return_counts=True)
    number = counts.max()
    if number < _SHARE * plane.size:
        return None
    there: NDArray[np.bool_] = plane == values[counts.argmax()]
    pairs = (there[1:] & there[:-1]).sum(), (there[:, 1:] & there[:, :-1]).sum()
    return there if max(pairs) > _IN_AREAS * number else None
