"""Pixels of an image, repeated for a result that has more of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["coarse", "repeated"]


def coarse(span: slice, factor: int) -> slice:
    """Return the pixels of an image that some of a finer one lie in.

    Parameters
    ----------
    span : slice
        Pixels of the finer image.
    factor : int
        How many of them one of the image is.

    Returns
    -------
    slice
        Pixels of the image.
    """
    if factor == 1:
        return span
    return slice(span.start // factor, -(-span.stop // factor))


def repeated(
    values: npt.NDArray[Any], spans: list[slice], factor: int
) -> npt.NDArray[Any]:
    """Repeat pixels, and leave out those before and behind what is asked for.

    Parameters
    ----------
    values : ndarray
        The `coarse` pixels.
    spans : list of slice
        Pixels of the finer image, along the last axes.
    factor : int
        How many of them one of the image is.

    Returns
    -------
    ndarray
        Of the lengths of the spans along these; `values` where `factor` is 1.
    """
    if factor == 1:
        return values
    for axis, span in enumerate(spans, values.ndim - len(spans)):
        places = np.arange(span.start, span.stop) // factor
        values = values.take(places - span.start // factor, axis)
    return values
