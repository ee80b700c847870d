"""Images damaged in one way each, and what is known of the damage."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _suite import Picture, eight_bits
from PIL import Image, ImageDraw, ImageFont
from skimage.restoration import inpaint_biharmonic

from napari_flowprior.restoration import (
    JPEG,
    Blur,
    Convolution,
    Decimation,
    Degradation,
    Downsample,
    Inpaint,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = 2.0
"""Standard deviation, of 255, of the noise of blurred images."""

BLURS = {
    "Gaussian blur": Blur(gaussian=1.6, sigma=NOISE),
    "motion blur": Blur(motion=15, angle=30, sigma=NOISE),
}
WORDS = "the quick brown fox jumps over the lazy dog "


@dataclass(frozen=True)
class Damaged:
    """A damaged picture of 8 bits, and how it came about."""

    picture: Picture
    degradation: Degradation


Damage = Callable[[Picture], Damaged]


def holes(share: float) -> Damage:
    """Leave out pixels at random, all colours of each."""

    def damage(clean: Picture) -> Damaged:
        missing = np.random.default_rng(0).random(clean.shape[:2]) < share
        return masked(clean, missing)

    return damage


def squares(clean: Picture) -> Damaged:
    """Leave out squares of 24 pixels, one in every 64x64 pixels."""
    rows, columns = (np.arange(side) % 64 // 8 for side in clean.shape[:2])
    inside = [(blocks >= 2) & (blocks < 5) for blocks in (rows, columns)]
    return masked(clean, np.logical_and.outer(*inside))


def text(clean: Picture) -> Damaged:
    """Write over the picture."""
    canvas = Image.new("1", clean.shape[1::-1])
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=15)
    for line, top in enumerate(range(0, clean.shape[0], 20)):
        shift = 7 * line % len(WORDS)
        words = (WORDS[shift:] + WORDS[:shift]) * (1 + clean.shape[1] // 200)
        draw.text((0, top), words, fill=1, font=font)
    return masked(clean, np.array(canvas))


def masked(clean: Picture, missing: NDArray[np.bool_]) -> Damaged:
    shape = missing.shape + (1,) * (clean.ndim - 2)
    picture = np.where(missing.reshape(shape), 0, clean).astype(np.uint8)
    return Damaged(picture, Inpaint(missing))


def blurred(blur: Blur, seed: int = 0) -> Damage:
    """Blur a picture that is mirrored at its edges, and add noise of its level."""

    def damage(clean: Picture) -> Damaged:
        psf = torch.from_numpy(blur.kernel)
        sharp = planes(clean)
        soft = Convolution(psf, tuple(sharp.shape[-2:])).forward(sharp)
        noise = np.random.default_rng(seed).normal(0, blur.sigma, clean.shape)
        return Damaged(eight_bits(pixels(soft, clean.ndim) + noise), blur)

    return damage


def smaller(factor: int) -> Damage:
    """Make a picture smaller by the bicubic filter, as Pillow does."""

    def damage(clean: Picture) -> Damaged:
        sharp = planes(clean)
        size = sharp.shape[-2], sharp.shape[-1]
        coarse = Decimation(factor, size).forward(sharp)
        small = eight_bits(pixels(coarse, clean.ndim))
        return Damaged(small, Downsample(factor))

    return damage


def compressed(quality: int) -> Damage:
    """Compress a picture as a JPEG file and open that."""

    def damage(clean: Picture) -> Damaged:
        stream = io.BytesIO()
        Image.fromarray(clean).save(stream, "JPEG", quality=quality)
        return Damaged(np.asarray(Image.open(stream)), JPEG(quality=quality))

    return damage


def biharmonic(damaged: Damaged) -> NDArray[np.float64]:
    """Fill holes as scikit-image does, in one piece if that works."""
    assert isinstance(damaged.degradation, Inpaint)
    picture, mask = damaged.picture / 255, damaged.degradation.mask
    axis = -1 if picture.ndim == 3 else None
    try:
        filled = inpaint_biharmonic(picture, mask, channel_axis=axis)
    except ValueError:
        # Where a mask is at the border it may read memory that nobody has written.
        filled = inpaint_biharmonic(
            picture, mask, split_into_regions=True, channel_axis=axis
        )
    result: NDArray[np.float64] = 255 * filled
    return result


def bicubic(damaged: Damaged) -> NDArray[np.uint8]:
    """Enlarge a picture as Pillow does."""
    height, width = damaged.picture.shape[:2]
    factor = damaged.degradation.enlargement
    size = width * factor, height * factor
    small = Image.fromarray(damaged.picture)
    return np.asarray(small.resize(size, Image.Resampling.BICUBIC))


def planes(picture: NDArray[Any]) -> torch.Tensor:
    """Return the colours of a picture as a batch of one, (1, C, H, W), float64."""
    channels = np.atleast_3d(picture).transpose(2, 0, 1).astype(np.float64)
    return torch.from_numpy(channels)[None]


def pixels(batch: torch.Tensor, ndim: int) -> NDArray[np.float64]:
    """Return the picture of a batch of one, of two or three axes."""
    picture = batch[0].numpy().transpose(1, 2, 0).astype(np.float64)
    return picture if ndim == 3 else picture[..., 0]
