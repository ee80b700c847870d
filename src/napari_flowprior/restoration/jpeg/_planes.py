"""What JPEG does to pixels besides the DCT and quantising: colours and sampling.

Intensities are in grey levels, 0 to 255. A plane is one component of an image,
(B, h, w), level-shifted so that mid-grey is 0. Edges are handled as libjpeg does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from scipy.linalg import solve_banded
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "LEVEL_SHIFT",
    "decoded_planes",
    "encoder_planes",
    "luma",
    "noise_gains",
    "rounding_noise",
    "sampled_size",
    "to_pixels",
    "whole_blocks",
]

LEVEL_SHIFT = 128.0
"""The grey level that planes hold as 0."""

# JFIF 1.02: full-range YCbCr with the luma of ITU-R BT.601.
_TO_YCC = torch.tensor(
    [
        [0.299, 0.587, 0.114],
        [-0.299 / 1.772, -0.587 / 1.772, 0.5],
        [0.5, -0.587 / 1.402, -0.114 / 1.402],
    ],
    dtype=torch.float64,
)
_TO_RGB = torch.linalg.inv(_TO_YCC)


def luma(x: Tensor) -> Tensor:
    """Return Y of colours, or grey as it is.

    Parameters
    ----------
    x : Tensor
        Images or differences of images, (B, 1 or 3, H, W).

    Returns
    -------
    Tensor
        Y, (B, 1, H, W), not shifted.

    Examples
    --------
    >>> import torch
    >>> from napari_flowprior.restoration.jpeg import luma
    >>> luma(torch.ones(1, 3, 8, 8)).shape
    torch.Size([1, 1, 8, 8])
    """
    if x.shape[1] == 1:
        return x
    return (x * _TO_YCC[0].to(x)[:, None, None]).sum(1, keepdim=True)


def encoder_planes(x: Tensor, subsampling: tuple[int, int]) -> list[Tensor]:
    """Return the planes that libjpeg's encoder transforms, without its rounding.

    Parameters
    ----------
    x : Tensor
        Images, (B, 1 or 3, H, W), in grey levels.
    subsampling : tuple of int
        Horizontal and vertical factor of the chroma planes.

    Returns
    -------
    list of Tensor
        The grey plane, or Y, Cb and Cr; each padded to whole blocks.
    """
    height, width = x.shape[-2:]
    across, down = subsampling
    # libjpeg repeats the last column before it averages chroma, the last row after.
    planes = _components(_repeat_edge(x, -height % down, -width % (8 * across)))
    luma = whole_blocks(planes[0][..., : width + -width % 8])
    chroma = [
        whole_blocks(
            avg_pool2d(plane, (down, across))[..., : _blocks_end(width, across)]
        )
        for plane in planes[1:]
    ]
    return [luma, *chroma]


def decoded_planes(y: Tensor, subsampling: tuple[int, int]) -> list[Tensor]:
    """Return the planes that a decoded image was made of, as far as it shows them.

    libjpeg's decoder enlarges chroma by a triangle filter, which blurs it; averaging
    pixels would leave it blurred, so the filter is inverted.

    Parameters
    ----------
    y : Tensor
        Decoded images, (B, 1 or 3, H, W), in grey levels, float64, on the CPU.
    subsampling : tuple of int
        Horizontal and vertical factor of the chroma planes.

    Returns
    -------
    list of Tensor
        The grey plane, or Y, Cb and Cr; not padded.
    """
    height, width = y.shape[-2:]
    across, down = subsampling
    luma, *chroma = _components(y)
    whole = [_repeat_edge(plane, -height % down, -width % across) for plane in chroma]
    small = [avg_pool2d(plane, (down, across)) for plane in whole]
    if _is_smooth(width, subsampling):
        small = [_sharpen(plane, 2, width) for plane in small] if across == 2 else small
        small = [_sharpen(plane, 1, height) for plane in small] if down == 2 else small
    return [luma, *small]


def to_pixels(
    planes: Sequence[Tensor],
    size: tuple[int, int],
    subsampling: tuple[int, int],
    *,
    smooth: bool,
) -> Tensor:
    """Turn planes into grey or RGB pixels, without the level shift.

    Parameters
    ----------
    planes : sequence of Tensor
        The grey plane, or Y, Cb and Cr, padded or not.
    size : tuple of int
        Height and width of the image.
    subsampling : tuple of int
        Horizontal and vertical factor of the chroma planes.
    smooth : bool
        Whether to enlarge chroma as libjpeg's decoder does, or by repeating samples,
        which averaging undoes exactly.

    Returns
    -------
    Tensor
        Images, (B, 1 or 3, H, W), in grey levels less 128; not rounded or clipped.
    """
    height, width = sampled_size(size, subsampling)
    chroma = [plane[..., :height, :width] for plane in planes[1:]]
    smooth = smooth and _is_smooth(size[1], subsampling)
    for axis, factor in ((1, subsampling[1]), (2, subsampling[0])):
        if factor > 1:
            chroma = [_enlarge(plane, axis, factor, smooth) for plane in chroma]
    x = torch.stack([p[..., : size[0], : size[1]] for p in (planes[0], *chroma)], 1)
    return _mix(_TO_RGB, x) if chroma else x


def sampled_size(
    size: tuple[int, int], subsampling: tuple[int, int]
) -> tuple[int, int]:
    """Return height and width of the chroma planes of an image, not padded."""
    across, down = subsampling
    return -(-size[0] // down), -(-size[1] // across)


def whole_blocks(plane: Tensor) -> Tensor:
    """Repeat the last row and column of a plane until it is a multiple of 8."""
    height, width = plane.shape[1:]
    return _repeat_edge(plane, -height % 8, -width % 8)


def _components(x: Tensor) -> tuple[Tensor, ...]:
    if x.shape[1] == 1:
        return ((x - LEVEL_SHIFT).squeeze(1),)
    # Only luma is shifted: chroma is 0 where colours are grey.
    return _mix(_TO_YCC, x - LEVEL_SHIFT).unbind(1)


def _repeat_edge(x: Tensor, rows: int, columns: int) -> Tensor:
    return pad(x, (0, columns, 0, rows), mode="replicate")


def _mix(matrix: Tensor, x: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", matrix.to(x), x)


def _blocks_end(width: int, factor: int) -> int:
    return -(-width // (8 * factor)) * 8


def _is_smooth(width: int, subsampling: tuple[int, int]) -> bool:
    """Tell whether libjpeg filters: not by 4, nor where images are too narrow."""
    return subsampling == (1, 2) or (subsampling[0] == 2 and -(-width // 2) > 2)


def _enlarge(plane: Tensor, axis: int, factor: int, smooth: bool) -> Tensor:
    """Enlarge an axis; smooth pixels lie a quarter sample from the nearest one."""
    if not smooth:
        return plane.repeat_interleave(factor, axis)
    size = plane.shape[axis]
    index = torch.arange(size, device=plane.device)
    before = plane.index_select(axis, (index - 1).clamp_min(0))
    after = plane.index_select(axis, (index + 1).clamp_max(size - 1))
    pair = [0.75 * plane + 0.25 * before, 0.75 * plane + 0.25 * after]
    return torch.stack(pair, axis + 1).flatten(axis, axis + 1)


def _sharpen(plane: Tensor, axis: int, pixels: int) -> Tensor:
    """Undo `_enlarge` along an axis to so many pixels and averaging their pairs."""
    size = plane.shape[axis]
    if size == 1:
        return plane
    bands = torch.tensor([[0.125], [0.75], [0.125]], dtype=torch.float64)
    bands = bands.repeat(1, size)
    bands[1, 0] = 0.875
    # The last sample of an odd width shows in one pixel, the one on its near side.
    bands[1, -1], bands[2, -2] = (0.75, 0.25) if pixels % 2 else (0.875, 0.125)
    rows = plane.movedim(axis, 0)
    solved = solve_banded((1, 1), bands.numpy(), rows.flatten(1).numpy())
    return torch.from_numpy(solved).view_as(rows).movedim(0, axis)


def rounding_noise(index: int, grey: bool, subsampling: tuple[int, int]) -> Tensor:
    """Return how much rounded pixels disturb the coefficients of `decoded_planes`.

    Rounding disturbs a sample, and so each coefficient, by 12^(-1/2) grey levels.
    Decoders round planes, what they enlarge, and colours; inverting the triangle filter
    raises the high frequencies of all but the first.

    Parameters
    ----------
    index : int
        Which plane: 0 for grey or Y, 1 for Cb, 2 for Cr.
    grey : bool
        Whether the image is grey.
    subsampling : tuple of int
        Horizontal and vertical factor of the chroma planes.

    Returns
    -------
    Tensor
        Standard deviation of each coefficient in grey levels, (8, 8), float64.
    """
    rounding = 12**-0.5
    if grey:
        return torch.full((8, 8), rounding, dtype=torch.float64)
    later = rounding * float(_TO_YCC[index].norm())
    if index == 0:
        return torch.full((8, 8), math.hypot(rounding, later), dtype=torch.float64)
    if subsampling != (1, 1):
        # Measured: pixels of one sample are rounded half alike, and average out less.
        alike = (subsampling[0] * subsampling[1]) ** 0.25
        later = math.hypot(later, rounding) / alike
    across, down = (_gain(factor) for factor in subsampling)
    variance: Tensor = rounding**2 + (later * down[:, None] * across) ** 2
    return variance.sqrt()


def _gain(factor: int) -> Tensor:
    """Return what `_sharpen` multiplies frequencies by."""
    if factor != 2:
        return torch.ones(8, dtype=torch.float64)
    angles = torch.pi / 8 * torch.arange(8, dtype=torch.float64)
    return 1 / (0.75 + 0.25 * torch.cos(angles))


def noise_gains(grey: bool, subsampling: tuple[int, int]) -> list[float]:
    """Return what white noise of pixels is in the planes of `encoder_planes`.

    Parameters
    ----------
    grey : bool
        Whether the image is grey.
    subsampling : tuple of int
        Horizontal and vertical factor of the chroma planes.

    Returns
    -------
    list of float
        Its standard deviation in each plane, relative to that in each colour of pixels.
    """
    if grey:
        return [1.0]
    luma, *chroma = (float(row.norm()) for row in _TO_YCC)
    averaging = math.sqrt(subsampling[0] * subsampling[1])
    return [luma, *(gain / averaging for gain in chroma)]
