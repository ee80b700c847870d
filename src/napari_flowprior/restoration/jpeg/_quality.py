"""libjpeg's quality: the tables that it stands for, and which of them pixels show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.jpeg._dct import block_dct, constant_axes
from napari_flowprior.restoration.jpeg._planes import (
    decoded_planes,
    rounding_noise,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUBSAMPLINGS", "estimate_quality", "quality_tables"]

SUBSAMPLINGS = ((1, 1), (2, 1), (2, 2))
"""Horizontal and vertical factor of chroma: 4:4:4, 4:2:2 and 4:2:0."""

# ITU-T T.81, Tables K.1 and K.2, from low to high frequencies.
_ANNEX_K = torch.tensor(
    [
        [
            [16, 11, 10, 16, 24, 40, 51, 61],
            [12, 12, 14, 19, 26, 58, 60, 55],
            [14, 13, 16, 24, 40, 57, 69, 56],
            [14, 17, 22, 29, 51, 87, 80, 62],
            [18, 22, 37, 56, 68, 109, 103, 77],
            [24, 35, 55, 64, 81, 104, 113, 92],
            [49, 64, 78, 87, 103, 121, 120, 101],
            [72, 92, 95, 98, 112, 100, 103, 99],
        ],
        [
            [17, 18, 24, 47, 99, 99, 99, 99],
            [18, 21, 26, 66, 99, 99, 99, 99],
            [24, 26, 56, 99, 99, 99, 99, 99],
            [47, 66, 99, 99, 99, 99, 99, 99],
            [99, 99, 99, 99, 99, 99, 99, 99],
            [99, 99, 99, 99, 99, 99, 99, 99],
            [99, 99, 99, 99, 99, 99, 99, 99],
            [99, 99, 99, 99, 99, 99, 99, 99],
        ],
    ]
)

# More blocks say nothing new.
_BLOCKS = 2048
# Share of coefficients that a lattice need not explain: unseen clipping, later edits.
_OUTLIERS = 0.02
# Shares by strength of the noise of rounding. In blocks that are almost flat, pixels
# are rounded alike, which adds up: to eight times as much in the mean of a block.
_NOISE = {1.0: 0.6, 3.0: 0.2, 6.0: 0.2}
# Steps, by the noise of rounding, from which no multiple counts but the nearest one:
# others are five of the widest deviations away.
_WIDE = 60.0
# Grey levels; rounding alone can make smaller coefficients of flat blocks.
_SMALL = 4.0
# Nats; the best of a hundred qualities exceeds 5 by chance.
_SURE = 30.0
# Share of the evidence for any steps that libjpeg's must explain. Of photographs they
# explained 0.95 and more, of other tables they were seen to explain a half.
_FIT = 0.75


def quality_tables(quality: int) -> Tensor:
    """Return the quantisation steps that libjpeg uses, as baseline JPEG.

    Parameters
    ----------
    quality : int
        1 to 100.

    Returns
    -------
    Tensor
        Steps in natural order, 1 to 255: luminance and chrominance, (2, 8, 8), int64.
    """
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return ((_ANNEX_K * percent + 50) // 100).clamp(1, 255)


def estimate_quality(y: Tensor) -> int:
    """Find libjpeg's quality in decoded pixels.

    Quantised coefficients are multiples c = k q of a step q, but for the noise of
    rounded pixels. Were the density p of coefficients smooth, a multiple would have the
    probability q p(c); so the log-likelihood of step q over no step is, whatever p is,
    the mean of log(q N(c - k q; noise)). Coefficients near 0 are left out, because
    there p is not smooth. Quality maximises the sum over all planes, blocks and
    frequencies, with the sampling of chroma that is likeliest; where colours are few,
    that one need not be right.

    Parameters
    ----------
    y : Tensor
        An image, (1, 1 or 3, H, W), in grey levels, float64, on the CPU.

    Returns
    -------
    int
        1 to 100; of several with the same tables, the lowest.

    Raises
    ------
    InputError
        When there is no whole block, or no sign of JPEG with libjpeg's tables.

    Examples
    --------
    >>> from io import BytesIO
    >>> import numpy as np
    >>> from PIL import Image
    >>> from skimage import data
    >>> file = BytesIO()
    >>> import torch
    >>> from napari_flowprior.restoration.jpeg import estimate_quality
    >>> Image.fromarray(data.camera()[:128, :128]).save(file, "JPEG", quality=30)
    >>> pixels = np.asarray(Image.open(file), np.float64)
    >>> estimate_quality(torch.from_numpy(pixels)[None, None])
    30
    """
    if min(y.shape[-2:]) < 8:
        raise InputError(
            f"An image of {y.shape[-1]} x {y.shape[-2]} pixels is too small to find its"
            " JPEG quality; name the quality or the file."
        )
    grey = y.shape[1] == 1
    samplings = SUBSAMPLINGS[:1] if grey else SUBSAMPLINGS
    found = [_evidence(y, sampling) for sampling in samplings]
    scores, free = max(found, key=lambda evidence: float(evidence[0].max()))
    _check_evidence(float(scores.max()), free)
    return int(scores.argmax()) + 1


def _check_evidence(score: float, free: float) -> None:
    # Steps chosen one by one always fit better, but not by far if libjpeg's are right.
    if score < max(_SURE, _FIT * free):
        raise InputError(
            "The image shows no sign of JPEG compression with libjpeg's tables and with"
            " blocks from its first row and column on; name the JPEG file, or the"
            " quality if it is known, or choose another restoration."
        )


def _evidence(y: Tensor, subsampling: tuple[int, int]) -> tuple[Tensor, float]:
    """Log-likelihood of each quality, (100,), and of steps chosen one by one."""
    clipped = ((y < 0.5) | (y > 254.5)).any(1).double()
    steps = torch.stack([quality_tables(quality) for quality in range(1, 101)])
    scores, free = torch.zeros(100, dtype=torch.float64), 0.0
    for index, plane in enumerate(decoded_planes(y, subsampling)):
        factors = subsampling if index else (1, 1)
        blocks = _sound_blocks(plane, clipped, factors)
        noise = rounding_noise(index, y.shape[1] == 1, subsampling)
        plane_scores, best = _plane_evidence(blocks, noise, steps[:, min(index, 1)])
        scores, free = scores + plane_scores, free + best
    return scores, free


def _sound_blocks(plane: Tensor, clipped: Tensor, factors: Sequence[int]) -> Tensor:
    """Coefficients of whole blocks without clipped pixels, each once, (N, 64)."""
    rows, columns = (size // 8 for size in plane.shape[1:])
    area = (8 * factors[1], 8 * factors[0])
    coefficients = block_dct(plane[:, : 8 * rows, : 8 * columns])
    bad = max_pool2d(clipped, area, ceil_mode=True)[:, :rows, :columns]
    # Repeated blocks may be drawn, and are one sign, not many. In those that vary along
    # one axis only, rounding is no noise, because it repeats itself.
    blocks = coefficients[(bad == 0) & ~constant_axes(coefficients).any(-1)].flatten(1)
    blocks = blocks.mul(1024).round().unique(dim=0) / 1024
    chosen: Tensor = blocks[:: max(1, len(blocks) // _BLOCKS)]
    return chosen


def _plane_evidence(
    blocks: Tensor, noise: Tensor, steps: Tensor
) -> tuple[Tensor, float]:
    scores, free = torch.zeros(len(steps), dtype=torch.float64), 0.0
    columns = zip(blocks.unbind(1), noise.flatten(), steps.flatten(1).T, strict=True)
    for values, spread, choices in columns:
        # Many qualities share a step.
        distinct, which = choices.unique(return_inverse=True)
        gains = _step_evidence(values[values.abs() > _SMALL], distinct, spread)
        scores, free = scores + gains[which], free + _any_step(gains)
    return scores, free


def _any_step(gains: Tensor) -> float:
    """Log-likelihood of some step, or none, whichever it is."""
    return max(0.0, float(gains.logsumexp(0)) - math.log(len(gains)))


def _step_evidence(values: Tensor, steps: Tensor, spread: Tensor) -> Tensor:
    """Log-likelihood of each step, (steps,), given coefficients of one frequency."""
    # Where steps are as small as the noise, other multiples count as well.
    small = steps < _WIDE * spread
    gains = torch.zeros(len(steps), dtype=torch.float64)
    for chosen, reach in ((small, 2), (~small, 0)):
        gains[chosen] = _lattice_evidence(values, steps[chosen], spread, reach)
    return gains


def _lattice_evidence(
    values: Tensor, steps: Tensor, spread: Tensor, reach: int
) -> Tensor:
    """Do so with so many multiples to either side of the nearest one."""
    rest = values[:, None] - steps * (values[:, None] / steps).round()
    places = torch.arange(-reach, reach + 1)[:, None, None]
    # Single precision is four times as fast, and tells tables apart as well.
    squares = ((rest + places * steps) / spread).square().float()
    density = sum(
        weight * torch.exp(-0.5 / scale**2 * squares).sum(0).double() / scale
        for scale, weight in _NOISE.items()
    )
    lattice = steps * density / (spread * (2 * torch.pi) ** 0.5)
    return torch.log((1 - _OUTLIERS) * lattice + _OUTLIERS).sum(0)
