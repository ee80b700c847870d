"""The discrete cosine transform (DCT-II), and the mirrors at the edges of planes."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

__all__ = ["dct", "dct2", "extend", "fold", "idct2"]


def extend(x: Tensor, axis: int, margin: int) -> Tensor:
    """Mirror an axis at both ends, edge samples repeated, any number of times."""
    size = x.shape[axis]
    index = torch.arange(-margin, size + margin, device=x.device) % (2 * size)
    return x.index_select(axis, torch.minimum(index, 2 * size - 1 - index))


def fold(x: Tensor, axis: int, margin: int) -> Tensor:
    """Add mirrored margins to what they mirror: the adjoint of `extend`."""
    size = x.shape[axis] - 2 * margin
    turns = -(-margin // size)
    gap = turns * size - margin
    copies = pad(x.movedim(axis, -1), (gap, gap)).unflatten(-1, (-1, size))
    straight: Tensor = copies[..., turns % 2 :: 2, :].sum(-2)
    mirrored: Tensor = copies[..., (turns + 1) % 2 :: 2, :].sum(-2)
    return (straight + mirrored.flip(-1)).movedim(-1, axis)


def dct(x: Tensor) -> Tensor:
    """Return the DCT-II of the last axis, ``sum_j x_j cos(pi k (j + 1/2) / n)``.

    By one real Fourier transform of the even samples followed by the odd ones
    backwards: Makhoul, *A fast cosine transform in one and two dimensions* (1980).
    """
    size = x.shape[-1]
    shuffled = torch.cat([x[..., ::2], x[..., 1::2].flip(-1)], -1)
    spectrum = torch.fft.rfft(shuffled) * _quarter_turns(size, -1, x)
    return torch.cat(
        [spectrum.real, -spectrum.imag[..., 1 : (size + 1) // 2].flip(-1)], -1
    )


def dct2(x: Tensor) -> Tensor:
    """Return the DCT-II of the last two axes, not normalised."""
    return dct(dct(x).mT.contiguous()).mT


def idct2(x: Tensor) -> Tensor:
    """Undo `dct2`."""
    return _idct(_idct(x).mT.contiguous()).mT


def _idct(x: Tensor) -> Tensor:
    size = x.shape[-1]
    half = size // 2 + 1
    imag = pad(-x[..., size - half + 1 :].flip(-1), (1, 0))
    spectrum = torch.complex(x[..., :half], imag) * _quarter_turns(size, 1, x)
    shuffled = torch.fft.irfft(spectrum, size)
    result = torch.empty_like(shuffled)
    result[..., ::2] = shuffled[..., : (size + 1) // 2]
    result[..., 1::2] = shuffled[..., (size + 1) // 2 :].flip(-1)
    return result


def _quarter_turns(size: int, sign: int, like: Tensor) -> Tensor:
    steps = torch.arange(size // 2 + 1, dtype=torch.float64)
    turns = torch.polar(torch.ones_like(steps), sign * math.pi / (2 * size) * steps)
    return turns.to(like.device, like.dtype.to_complex())
