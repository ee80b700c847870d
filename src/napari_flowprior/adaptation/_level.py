"""The level of white noise in a tile, whatever its texture.

Small patches of images lie near a space of few dimensions, which white noise leaves in
all directions alike.

References
----------
Chen, Zhu and Heng, *An efficient statistical method for image noise level estimation*
(2015), Algorithm 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["tile_level"]

_PATCH = 6


def tile_level(plane: NDArray[np.floating]) -> float:
    """Return the level of white noise in a tile.

    Parameters
    ----------
    plane : ndarray, shape (h, w)
        Intensities.

    Returns
    -------
    float
        In the same units: the root of the mean of the smallest eigenvalues of the
        covariance of patches, of as many as there are with their mean for a median.
    """
    patches = sliding_window_view(plane, (_PATCH, _PATCH)).reshape(-1, _PATCH**2)
    powers = np.linalg.eigvalsh(np.cov(patches, rowvar=False)).clip(min=0)
    numbers = np.arange(1, len(powers) + 1)
    means = np.cumsum(powers) / numbers
    medians = np.array([np.median(powers[:number]) for number in numbers])
    # They rise: as long as noise alone is in them, they lie about their mean evenly.
    even = means <= medians
    return float(np.sqrt(means[np.flatnonzero(even).max(initial=0)]))
