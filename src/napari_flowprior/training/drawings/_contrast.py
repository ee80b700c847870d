"""Levels and colours of a drawing, and what may have happened to it since."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_flowprior.training.drawings._plane import (
    Plane,
    as_plane,
    chance,
    log_uniform,
)

__all__ = ["coloured", "finished"]

_FULL = 0.55
"""Share of the drawings that reach from black to white."""
_LEAST = 0.02
"""Contrast of the faintest."""
_INVERTED = 0.35


def coloured(rng: np.random.Generator, plane: Plane, channels: int) -> Plane:
    """Give a plane two colours or more, greys if it has but one channel.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    plane : ndarray, shape (size, size)
        Values in [0, 1].
    channels : int
        Number of channels.

    Returns
    -------
    ndarray of float32, shape (channels, size, size)
        Values in [0, 1].
    """
    if channels > 1 and chance(rng, 0.1):
        stops = rng.random((channels, int(rng.integers(3, 6)))).astype(np.float32)
        places = np.linspace(0, 1, stops.shape[1])
        return np.stack([np.interp(plane, places, stop) for stop in stops])
    low, high = _colours(rng, channels)[..., None, None]
    return as_plane(low + (high - low) * plane)


def _colours(rng: np.random.Generator, channels: int) -> Plane:
    """Return a pair of colours."""
    kind = rng.random()
    if channels == 1 or kind < 0.4:
        return np.repeat(_greys(rng)[:, None], channels, axis=1)
    if kind < 0.65:
        return _saturated(rng, channels)
    if kind < 0.85:
        return rng.random((2, channels), np.float32)
    colour = rng.random(channels)
    change = rng.normal(0, log_uniform(rng, 0.02, 0.3), channels)
    return np.clip([colour, colour + change], 0, 1).astype(np.float32)


def _saturated(rng: np.random.Generator, channels: int) -> Plane:
    """Return two different colours of channels that are each 0 or 1."""
    first = int(rng.integers(2**channels))
    second = (first + int(rng.integers(1, 2**channels))) % 2**channels
    bits = np.array([[first], [second]]) >> np.arange(channels) & 1
    return as_plane(bits)


def _greys(rng: np.random.Generator) -> Plane:
    """Return black and white, or two levels of any contrast, mostly dark first."""
    span = 1.0 if chance(rng, _FULL) else _LEAST + (1 - _LEAST) * rng.random() ** 2
    low = rng.uniform(0, 1 - span)
    levels = [low + span, low] if chance(rng, _INVERTED) else [low, low + span]
    return np.array(levels, np.float32)


def finished(rng: np.random.Generator, patch: Plane) -> Plane:
    """Perhaps change the gamma, blur a little or round to 8 bits."""
    if chance(rng, 0.1):
        patch = patch ** np.float32(log_uniform(rng, 0.45, 2.2))
    if chance(rng, 0.12):
        sigma = rng.uniform(0.3, 1)
        patch = gaussian_filter(patch, (0, sigma, sigma), mode="nearest")
    if chance(rng, 0.4):
        patch = as_plane(np.rint(patch * 255) / 255)
    return as_plane(np.clip(patch, 0, 1))
