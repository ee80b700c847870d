"""Medians of many small sets of pixels, of which some are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["row_medians"]


def row_medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each row but for NaN.

    Parameters
    ----------
    values : ndarray, shape (N, K)
        A set in each row.

    Returns
    -------
    ndarray, shape (N,)
        The medians; NaN where there is nothing else.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise._medians import row_medians
    >>> row_medians(np.array([[1.0, 5.0, 3.0], [np.nan, 2.0, 4.0]])).tolist()
    [3.0, 3.0]
    """
    ordered = np.sort(values, axis=1)
    count = (~np.isnan(ordered)).sum(1)[:, np.newaxis]
    ends = np.concatenate([(count - 1).clip(min=0) // 2, count // 2], axis=1)
    ends = ends.clip(max=values.shape[1] - 1)
    medians: NDArray[np.float64] = np.take_along_axis(ordered, ends, 1).mean(1)
    return medians
