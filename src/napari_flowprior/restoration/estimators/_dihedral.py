"""The dihedral transforms of a square, under which images are equally probable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DIHEDRAL_TRANSFORMS", "dihedral", "undo_dihedral"]

DIHEDRAL_TRANSFORMS = 8


def dihedral(x: Tensor, number: int) -> Tensor:
    """Rotate or mirror images.

    Parameters
    ----------
    x : Tensor
        Images, (B, C, H, W).
    number : int
        Which transform, counted round.

    Returns
    -------
    Tensor
        Images, (B, C, H, W) or (B, C, W, H).
    """
    transposed = x.mT if number & 4 else x
    return transposed.flip(_axes(number)).contiguous()


def undo_dihedral(x: Tensor, number: int) -> Tensor:
    """Undo `dihedral`.

    Parameters
    ----------
    x : Tensor
        Transformed images.
    number : int
        The transform.

    Returns
    -------
    Tensor
        The images, (B, C, H, W).
    """
    flipped = x.flip(_axes(number))
    return flipped.mT if number & 4 else flipped


def _axes(number: int) -> list[int]:
    return [axis for axis, bit in ((2, 1), (3, 2)) if number & bit]
