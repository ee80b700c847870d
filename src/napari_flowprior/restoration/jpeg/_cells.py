"""The images that JPEG would compress to the same file: a box in the DCT's space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from napari_flowprior._errors import InputError
from napari_flowprior.restoration._random import confined, normal
from napari_flowprior.restoration.jpeg._dct import (
    block_dct,
    block_idct,
    constant_axes,
)
from napari_flowprior.restoration.jpeg._multiples import Recovered, recover
from napari_flowprior.restoration.jpeg._planes import (
    encoder_planes,
    noise_gains,
    rounding_noise,
    sampled_size,
    to_pixels,
)
from napari_flowprior.restoration.jpeg._tables import JPEGTables

if TYPE_CHECKING:
    import numpy as np

__all__ = ["JPEGCells"]

# Share of a step: far above the rounding of float32, far below that of an encoder.
_SHRINK = 1e-3
# Deviations of the rounding noise that a coefficient may lie from its multiple.
_DEVIATIONS = 4.0


@dataclass(frozen=True, eq=False)
class JPEGCells:
    """The cells of quantisation in which the coefficients of an image lie.

    An encoder keeps of each DCT coefficient c its multiple k = round(c / q) of a step
    q, so that c was in [(k - 1/2) q, (k + 1/2) q]; these cells hold the original image.
    They are convex, and the projection onto them is exact, as in Zakhor, "Iterative
    procedures for reduction of blocking effects in transform image coding", IEEE TCSVT
    2, 91 (1992).

    The multiples are recovered from decoded pixels, which are rounded and clipped.
    Where pixels leave doubt, a cell is wider: it joins those of all multiples
    within 4 standard deviations of the rounding noise (0.29 grey levels for grey
    images, so that this happens for steps of 1 and 2 only, and in blocks that do not
    vary along an axis); it reaches from c - q to c + q in blocks whose pixels
    cannot be decoded from what was recovered, and in blocks that lie partly outside the
    image.

    Parameters
    ----------
    y : Tensor
        Images as decoded by libjpeg, (B, 1 or 3, H, W), any H and W above 0; the first
        pixel is the first one of a block.
    tables : JPEGTables
        How they were compressed.
    scale : float
        Grey levels in a unit of intensity: 1 for images of 0 to 255, 255 for images of
        0 to 1.
    inside : float
        Grey levels by which to stay away from the borders of cells, a quarter of a step
        at most, so that the result compresses to the same file after rounding, but for
        steps below 5 and blocks that lie partly outside the image; 1.2 is four standard
        deviations of what rounding does.

    Raises
    ------
    InputError
        When images and tables do not have the same number of planes.
    """

    y: Tensor
    tables: JPEGTables
    scale: float = 1.0
    inside: float = 0.0

    def __post_init__(self) -> None:
        """Check the shape of the images."""
        channels = 1 if self.tables.grey else 3
        if self.y.ndim != 4 or self.y.shape[1] != channels or self.y.numel() == 0:
            raise InputError(
                f"JPEG tables of a {'grey' if self.tables.grey else 'colour'} image"
                f" need pixels of shape (B, {channels}, H, W), not"
                f" {tuple(self.y.shape)}; pass the tables of this very image."
            )

    @property
    def coefficients(self) -> list[Tensor]:
        """Recovered multiples k of each plane, (B, rows, columns, 8, 8).

        Planes are grey, or Y, Cb and Cr; rows and columns count blocks, and vertical
        frequency comes before horizontal.
        """
        return [self._place(k) for k in self._recovered.multiples]

    @property
    def agreement(self) -> Tensor:
        """Share of pixels that decoding the recovered multiples gives again, (B,).

        About 1 if the tables are those of the images, and little otherwise.
        """
        return self._place(1 - self._recovered.missed.mean((1, 2)))

    @property
    def rounding(self) -> Tensor:
        """Error that the rounding of coefficients makes, in units of `y`.

        Of those of grey values, or of Y, that did not become 0: root mean square in the
        block of each pixel, (B, 1, H, W).
        """
        k, q = self._recovered.multiples[0], torch.from_numpy(self.tables.steps[0])
        variance = ((k != 0) * q.square() / 12).mean((-2, -1))
        blocks = variance.sqrt().repeat_interleave(8, -2).repeat_interleave(8, -1)
        return (
            self._place(blocks[:, None, : self._size[0], : self._size[1]]) / self.scale
        )

    def project(self, x: Tensor) -> Tensor:
        """Return the nearest image whose coefficients lie in the cells.

        Nearest is meant in grey levels, or in YCbCr at full resolution. Of colour
        images with subsampled chroma, detail that averaging removes is kept. Where H
        and W are multiples of 8 (times the factor of subsampling), the result is in its
        cells and the projection idempotent, both to the rounding of floating point.
        Blocks that lie partly outside the image are projected together with the
        repeated edge, which then is dropped, and may end near their cells only.
        Decoded images with subsampled chroma are not in their cells: enlarging has
        blurred their colours, and the projection sharpens them.

        Parameters
        ----------
        x : Tensor
            Images, shape of `y`, float32 or float64.

        Returns
        -------
        Tensor
            The nearest images; where x is in its cells already, x itself.
        """
        return x - self._as_pixels(self._excess(x))

    def draw(self, x: Tensor, rho: float, rng: np.random.Generator) -> Tensor:
        """Draw images in the cells from white noise about others.

        Each coefficient is drawn from the normal distribution about that of `x`,
        truncated to its cell: exactly for grey images, and for colours as if those of
        Y, Cb and Cr were independent; the noise that no cell says anything of stays
        white.

        Parameters
        ----------
        x : Tensor
            Images, shape of `y`, float32 or float64.
        rho : float
            Standard deviation of the noise, in units of `x`, above 0.
        rng : Generator
            Source of randomness.

        Returns
        -------
        Tensor
            Images, shape of `x`, as near to their cells as `project` leads.
        """
        noisy = x + rho * normal(rng, x)
        places = zip(
            self._coefficients_of(noisy),
            self._coefficients_of(x),
            self._cells,
            noise_gains(self.tables.grey, self._factors),
            strict=True,
        )
        changes = [
            there - confined(there, mean, self.scale * rho * gain, *cell)
            for there, mean, cell, gain in places
        ]
        return noisy - self._as_pixels(changes)

    def energy(self, x: Tensor) -> Tensor:
        """Return the squared distance to the cells, edges repeated to whole blocks.

        Parameters
        ----------
        x : Tensor
            Images, shape of `y`, float32 or float64.

        Returns
        -------
        Tensor
            Squared distance per image in squared units of `x`, (B,): over grey pixels,
            or over YCbCr at full resolution.
        """
        area = self.tables.subsampling[0] * self.tables.subsampling[1]
        sums = [plane.square().flatten(1).sum(1) for plane in self._excess(x)]
        return (sums[0] + area * sum(sums[1:])) / self.scale**2

    def _excess(self, x: Tensor) -> list[Tensor]:
        """How far coefficients lie outside their cells."""
        found = self._coefficients_of(x)
        return [c - c.clamp(*cell) for c, cell in zip(found, self._cells, strict=True)]

    def _coefficients_of(self, x: Tensor) -> list[Tensor]:
        planes = encoder_planes(x * self.scale, self._factors)
        return [block_dct(plane) for plane in planes]

    def _as_pixels(self, coefficients: list[Tensor]) -> Tensor:
        """Turn changes of coefficients into changes of pixels, in units of `y`."""
        planes = [block_idct(plane) for plane in coefficients]
        return to_pixels(planes, self._size, self._factors, smooth=False) / self.scale

    @cached_property
    def _cells(self) -> list[tuple[Tensor, Tensor]]:
        """Least and greatest coefficients of each plane, where `y` is."""
        cells = [self._cell(index) for index in range(self.y.shape[1])]
        return [(self._place(low), self._place(high)) for low, high in cells]

    @cached_property
    def _recovered(self) -> Recovered:
        # On the CPU, as some accelerators lack float64.
        return recover(self.y.detach().cpu().double() * self.scale, self.tables)

    def _cell(self, index: int) -> tuple[Tensor, Tensor]:
        q = torch.from_numpy(self.tables.steps[index])
        c, k = self._recovered.found[index], self._recovered.multiples[index]
        doubt = _doubt(c, rounding_noise(index, self.tables.grey, self._factors))
        half = 0.5 - _SHRINK - (self.inside / q).clamp(max=0.25)
        low = torch.minimum(k, ((c - doubt) / q).ceil()) - half
        high = torch.maximum(k, ((c + doubt) / q).floor()) + half
        lost = self._lost(index)[..., None, None]
        return torch.where(lost, c - q, low * q), torch.where(lost, c + q, high * q)

    def _lost(self, index: int) -> Tensor:
        """Blocks of a plane that pixels do not determine, (B, rows, columns)."""
        across, down = self._factors if index else (1, 1)
        missed = self._recovered.missed
        lost = max_pool2d(missed, (8 * down, 8 * across), ceil_mode=True) > 0
        height, width = sampled_size(self._size, (across, down))
        lost[:, height // 8 :] = True
        lost[:, :, width // 8 :] = True
        return lost

    def _place(self, values: Tensor) -> Tensor:
        return values.to(self.y)

    @property
    def _factors(self) -> tuple[int, int]:
        return self.tables.subsampling

    @property
    def _size(self) -> tuple[int, int]:
        return self.y.shape[2], self.y.shape[3]


def _doubt(c: Tensor, noise: Tensor) -> Tensor:
    """Return how far coefficients may lie from their multiples, shape of `c`.

    Along an axis that a block does not vary along, rounding repeats itself: errors of
    half a grey level add up to 4.
    """
    still = constant_axes(c)
    repeated = torch.zeros_like(c, dtype=torch.bool)
    repeated[..., 0, :] |= still[..., 0, None]
    repeated[..., :, 0] |= still[..., 1, None]
    doubt = _DEVIATIONS * noise
    return torch.where(repeated, 4 * 12**0.5 * noise, doubt)
