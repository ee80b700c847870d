"""Pairs of pixels that are neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LAGS", "neighbours"]

LAGS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))
"""How far below and to the right neighbours are that noise estimates look at."""


def neighbours(
    x: NDArray[Any], down: int, right: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return pixels, and those so far below and to the right of them.

    Parameters
    ----------
    x : ndarray, shape (..., Y, X)
        Images.
    down, right : int
        Distance in pixels; `right` is negative for neighbours to the left.

    Returns
    -------
    pixels, others : ndarray
        Views of the images, of the pixels that have such a neighbour.
    """
    if right < 0:
        x, right = x[..., ::-1], -right
    height, width = x.shape[-2:]
    return x[..., : height - down, : width - right], x[..., down:, right:]
