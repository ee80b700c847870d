"""Smooth random fields and fields whose spectrum falls as a power of frequency."""

from __future__ import annotations

import numpy as np

from napari_flowprior.training.drawings._plane import (
    Plane,
    along,
    as_plane,
    chance,
    log_uniform,
    stretched,
)

__all__ = ["draw_cloud", "draw_cut_cloud", "draw_ramp", "draw_smooth"]


def draw_cloud(rng: np.random.Generator, size: int) -> Plane:
    """Draw noise whose amplitude falls as a power of the frequency, 0.5 to 2.5.

    Natural images have about 1 (Field 1987, "Relations between the statistics of
    natural images and the response properties of cortical cells").
    """
    return _cloud(rng, size, rng.uniform(0.5, 2.5))


def draw_cut_cloud(rng: np.random.Generator, size: int) -> Plane:
    """Draw where such noise lies above a threshold."""
    cloud = _cloud(rng, size, rng.uniform(0.8, 2.5))
    return as_plane(cloud > np.quantile(cloud, rng.uniform(0.1, 0.9)))


def draw_ramp(rng: np.random.Generator, size: int) -> Plane:
    """Draw a ramp, perhaps a curved one."""
    ramp = stretched(along(rng, size))
    if chance(rng, 0.3):
        ramp = stretched(ramp * stretched(along(rng, size)))
    return ramp ** np.float32(log_uniform(rng, 0.5, 2)) if chance(rng, 0.3) else ramp


def draw_smooth(rng: np.random.Generator, size: int) -> Plane:
    """Draw something smooth: a ramp or slow waves."""
    if chance(rng, 0.4):
        return draw_ramp(rng, size)
    return _cloud(rng, size, rng.uniform(2, 4))


def _cloud(rng: np.random.Generator, size: int, power: float) -> Plane:
    rows, columns = np.fft.fftfreq(size), np.fft.rfftfreq(size)
    squared = rows[:, None] ** 2 + columns**2
    squared[0, 0] = 1
    shape = (*squared.shape, 2)
    waves = rng.standard_normal(shape, np.float32).view(np.complex64)[..., 0]
    waves = waves * squared ** (-power / 2)
    waves[0, 0] = 0
    return stretched(np.fft.irfft2(waves, (size, size)))
