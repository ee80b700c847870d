"""The coefficients that a JPEG file held, recovered from decoded pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from napari_flowprior.restoration.jpeg._dct import block_dct, block_idct
from napari_flowprior.restoration.jpeg._planes import (
    LEVEL_SHIFT,
    decoded_planes,
    to_pixels,
    whole_blocks,
)

if TYPE_CHECKING:
    from napari_flowprior.restoration.jpeg._tables import JPEGTables

__all__ = ["Recovered", "recover"]

# Rounds of recovering pixels beyond black and white; two suffice for nearly all.
_ROUNDS = 3
# Grey levels by which decoding again may miss the pixels of grey and of colour images:
# decoders round once, or thrice.
_MISS = {1: 1.5, 3: 3.5}


class Recovered(NamedTuple):
    """What decoded pixels tell: coefficients, their multiples, and where these fail.

    Parameters
    ----------
    found, multiples : list of Tensor
        For each plane, (B, rows, columns, 8, 8): coefficients, and how many steps of
        quantisation each is next to.
    missed : Tensor
        1 where decoding the multiples does not give a pixel again, (B, H, W).
    """

    found: list[Tensor]
    multiples: list[Tensor]
    missed: Tensor


def recover(y: Tensor, tables: JPEGTables) -> Recovered:
    """Alternate between pixels beyond black and white, and multiples.

    Parameters
    ----------
    y : Tensor
        Images as decoded, in grey levels, float64, on the CPU.
    tables : JPEGTables
        How they were compressed.

    Returns
    -------
    Recovered
        What they tell.
    """
    steps = [torch.from_numpy(table) for table in tables.steps]
    z = y
    for _ in range(_ROUNDS):
        planes = decoded_planes(z, tables.subsampling)
        found = [block_dct(whole_blocks(plane)) for plane in planes]
        multiples = [(c / q).round() for c, q in zip(found, steps, strict=True)]
        decoded = _decode(multiples, steps, y, tables.subsampling)
        z = torch.where(y < 0.5, decoded.clamp(max=0), y)
        z = torch.where(y > 254.5, decoded.clamp(min=255), z)
    misses = (decoded.round().clamp(0, 255) - y).abs().amax(1)
    return Recovered(found, multiples, (misses > _MISS[y.shape[1]]).to(y))


def _decode(
    multiples: list[Tensor],
    steps: list[Tensor],
    y: Tensor,
    subsampling: tuple[int, int],
) -> Tensor:
    """Decode as libjpeg does, but for clipping and the rounding of colours."""
    pairs = zip(multiples, steps, strict=True)
    planes = [block_idct(k * q).round() for k, q in pairs]
    size = (y.shape[2], y.shape[3])
    return to_pixels(planes, size, subsampling, smooth=True) + LEVEL_SHIFT
