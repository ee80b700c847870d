"""Constant areas, as of padding and masks, which say nothing of noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior.restoration.noise._neighbours import neighbours

if TYPE_CHECKING:
    from collections.abc import Callable

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
    if _most_pairs(np.equal, plane) < _IN_AREAS * _SHARE * plane.size:
        # So few neighbours are equal that values need not be sorted, which takes long.
        return None
    values, counts = np.unique(plane, return_counts=True)
    number = counts.max()
    if number < _SHARE * plane.size:
        return None
    there: NDArray[np.bool_] = plane == values[counts.argmax()]
    beside = _most_pairs(np.logical_and, there)
    return there if beside > _IN_AREAS * number else None


def _most_pairs(alike: Callable[..., NDArray[Any]], plane: NDArray[Any]) -> int:
    """Count neighbours that are alike, along Y or along X, whichever are more."""
    counts = (alike(*neighbours(plane, *lag)).sum() for lag in ((1, 0), (0, 1)))
    return int(max(counts))
