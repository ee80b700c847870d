"""Smooth fields in two or a few levels: dithers, halftones, bands."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image

from napari_flowprior.training.drawings._plane import (
    Plane,
    along,
    as_plane,
    direction,
    grid,
)
from napari_flowprior.training.drawings._textures import draw_cloud, draw_smooth

__all__ = [
    "bayer",
    "draw_bands",
    "draw_diffused",
    "draw_halftone",
    "draw_ordered",
    "draw_random",
]


def draw_ordered(rng: np.random.Generator, size: int) -> Plane:
    """Draw a field by an ordered dither of 2, 4 or 8 pixels."""
    order = int(rng.integers(1, 4))
    repeats = -(-size // 2**order)
    thresholds = np.tile(bayer(order), (repeats, repeats))[:size, :size]
    return as_plane(_field(rng, size) > thresholds)


@lru_cache
def bayer(order: int) -> Plane:
    """Return the thresholds of an ordered dither, ``2**order`` pixels wide.

    From Bayer 1973, "An optimum method for two-level rendition of continuous-tone
    pictures".
    """
    ranks = np.zeros((1, 1))
    for _ in range(order):
        ranks = np.block([[4 * ranks, 4 * ranks + 2], [4 * ranks + 3, 4 * ranks + 1]])
    return as_plane((ranks + 0.5) / ranks.size)


def draw_diffused(rng: np.random.Generator, size: int) -> Plane:
    """Draw a field by error diffusion (Floyd and Steinberg 1976)."""
    levels = np.rint(_field(rng, size) * 255).astype(np.uint8)
    return as_plane(np.asarray(Image.fromarray(levels).convert("1")))


def draw_random(rng: np.random.Generator, size: int) -> Plane:
    """Draw a field by a random threshold for each pixel."""
    return as_plane(_field(rng, size) > rng.random((size, size)))


def draw_halftone(rng: np.random.Generator, size: int) -> Plane:
    """Draw a field by dots of 3 to 8 pixels, on a grid at any angle."""
    y, x = grid(size)
    angle, rate = direction(rng), 2 * math.pi / rng.uniform(3, 8)
    across, down = rate * math.cos(angle), rate * math.sin(angle)
    start = rng.uniform(0, 2 * math.pi, 2)
    screen = np.sin(across * x + down * y + start[0])
    screen = screen * np.sin(across * y - down * x + start[1])
    inside = _field(rng, size) - (0.5 + 0.5 * screen)
    if rng.random() < 0.5:
        return as_plane(inside > 0)
    return as_plane(np.clip(0.5 + 2 * inside, 0, 1))


def draw_bands(rng: np.random.Generator, size: int) -> Plane:
    """Draw a smooth field in 2 to 16 grey levels."""
    steps = int(rng.integers(1, 16))
    return as_plane(np.rint(draw_smooth(rng, size) * steps) / steps)


def _field(rng: np.random.Generator, size: int) -> Plane:
    """Draw a field that spans all levels or some of them."""
    field = draw_smooth(rng, size) if rng.random() < 0.7 else draw_cloud(rng, size)
    if rng.random() < 0.3:
        field = as_plane((field + along(rng, size) / size) % 1)
    low, high = np.sort(rng.random(2))
    if rng.random() < 0.5:
        low, high = 0, 1
    return as_plane(low + (high - low) * field)
