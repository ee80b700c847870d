"""Gratings, zone plates, Siemens stars, checkerboards and stripes."""

from __future__ import annotations

import math

import numpy as np

from napari_flowprior.training.drawings._plane import (
    Field,
    Plane,
    along,
    as_plane,
    chance,
    covered,
    grid,
    log_uniform,
    near,
)

__all__ = [
    "draw_checkerboard",
    "draw_chirp",
    "draw_diagonals",
    "draw_grating",
    "draw_star",
    "draw_stripes",
    "draw_zone_plate",
]

_PERIODS = (2.0, 40.0)
"""Of a grating, in pixels."""
_SPOKES = (8, 150)
"""Of a Siemens star."""
_FINE = 0.3
"""Share of the patterns whose step is one pixel."""


def draw_grating(rng: np.random.Generator, size: int) -> Plane:
    """Draw waves of one period, sinusoidal or square."""
    period = log_uniform(rng, *_PERIODS)
    phase = along(rng, size) * (2 * math.pi / period)
    return _wave(rng, phase + rng.uniform(0, 2 * math.pi), period)


def draw_chirp(rng: np.random.Generator, size: int) -> Plane:
    """Draw waves whose period changes steadily along their direction."""
    first, last = (1 / log_uniform(rng, *_PERIODS) for _ in range(2))
    way = along(rng, size)
    way = way - way.min()
    slope = (last - first) / (2 * max(float(way.max()), 1.0))
    phase = 2 * math.pi * (first * way + slope * way**2)
    rate = np.maximum(first + 2 * slope * way, 1 / _PERIODS[1])
    return _wave(rng, phase + rng.uniform(0, 2 * math.pi), 1 / rate)


def draw_zone_plate(rng: np.random.Generator, size: int) -> Plane:
    """Draw rings whose period falls as 1 / radius, to two pixels at some radius."""
    squared = _from(rng, size)[0]
    finest = size * log_uniform(rng, 0.4, 2.5)
    phase = squared * (math.pi / (2 * finest))
    period = 2 * finest / np.maximum(np.sqrt(squared), 1)
    return _wave(rng, phase + rng.uniform(0, 2 * math.pi), period)


def draw_star(rng: np.random.Generator, size: int) -> Plane:
    """Draw a Siemens star: spokes that meet in a point."""
    squared, angle = _from(rng, size)
    spokes = round(log_uniform(rng, *_SPOKES))
    period = (2 * math.pi / spokes) * np.sqrt(squared)
    return _wave(rng, spokes * angle + rng.uniform(0, 2 * math.pi), period)


def draw_checkerboard(rng: np.random.Generator, size: int) -> Plane:
    """Draw fields of 1 to 8 pixels, mostly squares."""
    y, x = grid(size)
    high = _step(rng)
    wide = high if chance(rng, 0.8) else _step(rng)
    rows = (y + rng.integers(high)) // high
    columns = (x + rng.integers(wide)) // wide
    return as_plane((rows + columns) % 2)


def draw_stripes(rng: np.random.Generator, size: int) -> Plane:
    """Draw stripes of 1 to 8 pixels along an axis, with gaps of their own width."""
    wide = _step(rng)
    gap = wide if chance(rng, 0.5) else _step(rng)
    way = grid(size)[rng.integers(2)] + rng.integers(wide + gap)
    return as_plane(way % (wide + gap) < wide)


def draw_diagonals(rng: np.random.Generator, size: int) -> Plane:
    """Draw lines of a whole number of pixels, mostly one, with a slope of 1 to 3."""
    y, x = grid(size)
    if chance(rng, 0.5):
        y, x = x, y
    slope = int(rng.integers(1, 4)) if chance(rng, 0.3) else 1
    period = int(rng.integers(2, 17))
    way = x + (slope if chance(rng, 0.5) else -slope) * y + rng.integers(period)
    wide = 1 if chance(rng, 0.7) else int(rng.integers(1, max(period - 1, 2)))
    return as_plane(way % period < wide)


def _step(rng: np.random.Generator) -> int:
    return 1 if chance(rng, _FINE) else int(rng.integers(1, 9))


def _from(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """Return the squared distance from a random point, and the angle about it."""
    y, x = grid(size)
    row, column = near(rng, size)
    down, right = y - np.float32(row), x - np.float32(column)
    return down**2 + right**2, np.arctan2(down, right)


def _wave(rng: np.random.Generator, phase: Field, period: Field | float) -> Plane:
    """Draw a sine of some phase, or squares whose edges lie at its zeros."""
    sine = np.sin(phase)
    if chance(rng, 0.4):
        return as_plane(0.5 + 0.5 * sine)
    # Beside a zero the sine rises by 2 pi / period for each pixel.
    return covered(rng, sine * (period / (2 * math.pi)))
