"""Random blocks, codes, bars and noise of two or more levels."""

from __future__ import annotations

import numpy as np

from napari_flowprior.training.drawings._plane import (
    Plane,
    as_plane,
    chance,
    grid,
    log_uniform,
)

__all__ = ["draw_barcode", "draw_blocks", "draw_code", "draw_noise"]

_LARGEST = 8
"""Width of a block in pixels."""
_FINDER = np.pad(np.pad(np.pad(np.ones((3, 3)), 1), 1, constant_values=1), 1)
"""Nested squares in the corner of a QR code (ISO/IEC 18004), and the gap around."""


def draw_blocks(rng: np.random.Generator, size: int) -> Plane:
    """Draw blocks of 1 to 8 pixels with two or more levels."""
    high = int(rng.integers(1, _LARGEST + 1))
    wide = high if chance(rng, 0.8) else int(rng.integers(1, _LARGEST + 1))
    cells = _levels(rng, (size // high + 2, size // wide + 2))
    return _enlarged(rng, cells, high, wide, size)


def draw_code(rng: np.random.Generator, size: int) -> Plane:
    """Draw something like a QR code, perhaps with a finder pattern and a margin."""
    width = int(rng.integers(2, min(_LARGEST, size // 4) + 1))
    cells = (rng.random((size // width + 2,) * 2) < 0.5).astype(np.float32)
    margin = int(rng.integers(min(4, len(cells) // 3)))
    if chance(rng, 0.6):
        corner = cells[margin : margin + 9, margin : margin + 9]
        corner[:] = _FINDER[: corner.shape[0], : corner.shape[1]]
    cells[:margin] = 0
    cells[:, :margin] = 0
    turned = np.rot90(cells, int(rng.integers(4)))
    return 1 - _enlarged(rng, turned, width, width, size)


def draw_barcode(rng: np.random.Generator, size: int) -> Plane:
    """Draw bars and gaps of random widths of 1 to 8 pixels, perhaps with an end."""
    module = int(rng.integers(1, 4))
    widths = module * rng.integers(1, _LARGEST // module + 1, size)
    bars = np.repeat(np.arange(size) % 2, widths)[:size].astype(np.float32)
    plane = np.tile(bars, (size, 1))
    if chance(rng, 0.3):
        plane[: int(rng.integers(size // 2))] = 1
    return np.ascontiguousarray(np.rot90(plane, int(rng.integers(4))))


def draw_noise(rng: np.random.Generator, size: int) -> Plane:
    """Draw pixels that are independent of each other."""
    return _levels(rng, (size, size))


def _levels(rng: np.random.Generator, shape: tuple[int, int]) -> Plane:
    """Return random levels: two of any density, a few, or any."""
    kind = rng.random()
    if kind < 0.65:
        share = 0.5 if kind < 0.35 else log_uniform(rng, 0.02, 0.5)
        return (rng.random(shape) < share).astype(np.float32)
    if kind < 0.85:
        count = int(rng.integers(3, 9))
        return (rng.integers(count, size=shape) / (count - 1)).astype(np.float32)
    return rng.random(shape, np.float32)


def _enlarged(
    rng: np.random.Generator, cells: Plane, high: int, wide: int, size: int
) -> Plane:
    """Draw cells as blocks, moved by a part of a block."""
    y, x = grid(size)
    rows = (y[:, 0].astype(int) + rng.integers(high)) // high
    columns = (x[0].astype(int) + rng.integers(wide)) // wide
    return as_plane(cells[rows[:, None], columns])
