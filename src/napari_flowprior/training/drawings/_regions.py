"""Areas of one level each: edges, steps, rectangles, cells."""

from __future__ import annotations

import numpy as np

from napari_flowprior.training.drawings._plane import (
    Plane,
    along,
    as_plane,
    covered,
    grid,
    stretched,
)

__all__ = ["draw_cells", "draw_edge", "draw_rectangles", "draw_steps"]


def draw_edge(rng: np.random.Generator, size: int) -> Plane:
    """Draw two halves, or a bar between two edges of one direction."""
    way = along(rng, size)
    low, high = way.min(), way.max()
    inside = way - rng.uniform(low + 0.1 * (high - low), high - 0.1 * (high - low))
    if rng.random() < 0.3:
        inside = rng.uniform(1, size / 3) - np.abs(inside)
    return covered(rng, inside)


def draw_steps(rng: np.random.Generator, size: int) -> Plane:
    """Draw a staircase with steps of random widths, rising or at random levels."""
    way = stretched(along(rng, size))
    edges = np.sort(rng.random(int(rng.integers(2, 17))))
    count = len(edges) + 1
    levels = np.linspace(0, 1, count) if rng.random() < 0.5 else rng.random(count)
    return as_plane(levels[np.searchsorted(edges, way)])


def draw_rectangles(rng: np.random.Generator, size: int) -> Plane:
    """Draw rectangles of random levels over each other."""
    plane = np.full((size, size), rng.random(), np.float32)
    for _ in range(int(rng.integers(3, 20))):
        top, left = rng.integers(-size // 4, size, 2)
        high, wide = rng.integers(2, size, 2)
        plane[max(top, 0) : max(top + high, 0), max(left, 0) : max(left + wide, 0)] = (
            rng.random()
        )
    return stretched(plane)


def draw_cells(rng: np.random.Generator, size: int) -> Plane:
    """Draw the Voronoi cells of random points."""
    y, x = grid(size)
    count = int(rng.integers(3, 25))
    rows, columns = rng.uniform(0, size, (2, count, 1)).astype(np.float32)
    down, right = (y[:, 0] - rows) ** 2, (x[0] - columns) ** 2
    nearest = np.argmin(down[:, :, None] + right[:, None, :], axis=0)
    return as_plane(rng.random(count)[nearest])
