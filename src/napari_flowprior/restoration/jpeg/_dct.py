"""The DCT of blocks of 8 x 8 samples."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["block_dct", "block_idct", "constant_axes"]

# Grey levels; far below what one pixel of 255 does to a coefficient.
_CONSTANT = 1e-3

_STEPS = torch.arange(8, dtype=torch.float64)
# Orthonormal DCT-II: row u is the cosine of frequency u.
_DCT = torch.cos(torch.pi / 8 * _STEPS[:, None] * (_STEPS + 0.5)) / 2
_DCT[0] /= 2**0.5


def block_dct(plane: Tensor) -> Tensor:
    """Transform each block of 8 x 8 samples by the orthonormal DCT-II.

    Parameters
    ----------
    plane : Tensor
        Samples, (B, h, w); h and w are multiples of 8.

    Returns
    -------
    Tensor
        Coefficients, (B, h / 8, w / 8, 8, 8), vertical frequency before horizontal.
    """
    dct = _DCT.to(plane)
    blocks = plane.unflatten(1, (-1, 8)).unflatten(3, (-1, 8)).transpose(2, 3)
    coefficients: Tensor = dct @ blocks @ dct.T
    return coefficients


def block_idct(coefficients: Tensor) -> Tensor:
    """Undo `block_dct`."""
    dct = _DCT.to(coefficients)
    blocks = dct.T @ coefficients @ dct
    return blocks.transpose(2, 3).flatten(3).flatten(1, 2)


def constant_axes(coefficients: Tensor) -> Tensor:
    """Tell which blocks do not vary along their rows, or along their columns.

    Parameters
    ----------
    coefficients : Tensor
        Coefficients, (..., 8, 8).

    Returns
    -------
    Tensor
        Boolean, (..., 2): no vertical variation, no horizontal one.
    """
    size = coefficients.abs()
    largest = [size[..., 1:, :].amax((-2, -1)), size[..., :, 1:].amax((-2, -1))]
    return torch.stack(largest, -1) < _CONSTANT
