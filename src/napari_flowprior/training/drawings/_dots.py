"""Stars, spots, rings of a lens, beads."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import j1

from napari_flowprior.training.drawings._plane import (
    Plane,
    as_plane,
    chance,
    grid,
    log_uniform,
)

__all__ = ["draw_airy", "draw_beads", "draw_spots", "draw_stars"]

_DENSITIES = (0.0005, 0.05)
"""Dots for each pixel."""
_FIRST_ZERO = 3.8317
"""Of the Bessel function J1."""


def draw_stars(rng: np.random.Generator, size: int) -> Plane:
    """Draw single pixels at random places."""
    count = _count(rng, size)
    plane = np.zeros((size, size), np.float32)
    plane[*rng.integers(size, size=(2, count))] = _brightness(rng, count)
    return plane


def draw_spots(rng: np.random.Generator, size: int) -> Plane:
    """Draw Gaussian spots of one width, 0.4 to 3 pixels."""
    y, x = grid(size)
    rows, columns = _places(rng, size, _count(rng, size))
    rate = np.float32(0.5 / log_uniform(rng, 0.4, 3) ** 2)
    heights = _brightness(rng, len(rows))[:, None]
    down = np.exp(-rate * (y[:, 0] - rows) ** 2) * heights
    across = np.exp(-rate * (x[0] - columns) ** 2)
    return as_plane(np.minimum(down.T @ across, 1))


def draw_airy(rng: np.random.Generator, size: int) -> Plane:
    """Draw a few points as a lens shows them, some brighter than white.

    The rings of Airy: ``(2 J1(v) / v) ** 2`` (Born and Wolf, "Principles of Optics",
    section 8.5.2).
    """
    count = int(rng.integers(1, 4))
    radius = np.float32(log_uniform(rng, 1.5, 8))
    v = np.maximum(_distances(rng, size, count) * (_FIRST_ZERO / radius), 1e-3)
    heights = _brightness(rng, count)[:, None, None] * log_uniform(rng, 1, 10)
    return as_plane(np.minimum((heights * (2 * j1(v) / v) ** 2).sum(0), 1))


def draw_beads(rng: np.random.Generator, size: int) -> Plane:
    """Draw discs of one radius that lie together."""
    count = int(rng.integers(2, 16))
    radius = log_uniform(rng, 1, max(size / 8, 2))
    away = _distances(rng, size, count, spread=3 * radius)
    heights = _brightness(rng, count)[:, None, None]
    return as_plane((np.clip(radius - away + 0.5, 0, 1) * heights).max(0))


def _count(rng: np.random.Generator, size: int) -> int:
    return max(1, int(rng.poisson(size**2 * log_uniform(rng, *_DENSITIES))))


def _brightness(rng: np.random.Generator, count: int) -> Plane:
    """Return heights in (0, 1], the greatest 1: equal, uniform or by a power law."""
    kind = rng.integers(3)
    if kind == 0:
        return np.ones(count, np.float32)
    heights = rng.uniform(0.1, 1, count) if kind == 1 else rng.pareto(1.5, count) + 0.1
    return as_plane(heights / heights.max())


def _places(rng: np.random.Generator, size: int, count: int) -> tuple[Plane, Plane]:
    """Return the rows and columns of points between pixels, or exactly on them."""
    rows, columns = rng.uniform(0, size - 1, (2, count, 1)).astype(np.float32)
    return (np.rint(rows), np.rint(columns)) if chance(rng, 0.3) else (rows, columns)


def _distances(
    rng: np.random.Generator, size: int, count: int, spread: float = math.inf
) -> Plane:
    """Return how far each pixel lies from each of some points, perhaps in a cluster."""
    y, x = grid(size)
    rows, columns = _places(rng, size, count)
    if spread < size and chance(rng, 0.7):
        share = np.float32(spread / size)
        rows = rows[0] + share * (rows - rows[0])
        columns = columns[0] + share * (columns - columns[0])
    return as_plane(np.hypot(y - rows[..., None], x - columns[..., None]))
