"""The eight symmetries of a square, under which images are equally probable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SYMMETRIES", "turn", "turn_back"]

SYMMETRIES = 8


def turn(x: Tensor, number: int) -> Tensor:
    """Turn or mirror images.

    Parameters
    ----------
    x : Tensor
        Images, (B, C, H, W).
    number : int
        Which symmetry, counted round.

    Returns
    -------
    Tensor
        Images, (B, C, H, W) or (B, C, W, H).
    """
    transposed = x.mT if number & 4 else x
    return transposed.flip(_axes(number)).contiguous()


def turn_back(x: Tensor, number: int) -> Tensor:
    """Undo `turn`.

    Parameters
    ----------
    x : Tensor
        Turned images.
    number : int
        The symmetry that turned them.

    Returns
    -------
    Tensor
        The images, (B, C, H, W).
    """
    flipped = x.flip(_axes(number))
    return flipped.mT if number & 4 else flipped


def _axes(number: int) -> list[int]:
    return [axis for axis, bit in ((2, 1), (3, 2)) if number & bit]
