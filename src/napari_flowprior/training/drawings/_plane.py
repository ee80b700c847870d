"""Coordinates of a patch, and what many drawings choose at random."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Drawing",
    "Field",
    "Plane",
    "along",
    "as_plane",
    "chance",
    "covered",
    "direction",
    "grid",
    "log_uniform",
    "near",
    "stretched",
]

Plane = NDArray[np.float32]
"""Values in [0, 1] of a square patch."""
Field = NDArray[np.floating]
"""Any numbers, of each pixel or of some."""
Drawing = Callable[[np.random.Generator, int], Plane]
"""Draws a plane of some size."""

_AXES = 0.35
"""Share of the directions that lie exactly along an axis."""
_DIAGONALS = 0.15


@lru_cache(maxsize=16)
def grid(size: int) -> tuple[Plane, Plane]:
    """Return y and x of the pixels, not to be written to."""
    steps = np.arange(size, dtype=np.float32)
    y, x = np.broadcast_arrays(steps[:, None], steps)
    return y, x


def as_plane(values: ArrayLike) -> Plane:
    """Return numbers or truths as a plane has them."""
    return np.asarray(values, np.float32, "C")


def chance(rng: np.random.Generator, share: float) -> bool:
    """Return True for some share of the calls."""
    return bool(rng.random() < share)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number whose logarithm is uniform."""
    return float(math.exp(rng.uniform(math.log(low), math.log(high))))


def near(rng: np.random.Generator, size: int) -> tuple[float, float]:
    """Return y and x of a point in the patch or a little outside it."""
    y, x = rng.uniform(-0.2, 1.2, 2) * size
    return float(y), float(x)


def direction(rng: np.random.Generator) -> float:
    """Return an angle, often exactly along an axis or a diagonal."""
    kind = rng.random()
    if kind < _AXES:
        return math.pi / 2 * int(rng.integers(4))
    if kind < _AXES + _DIAGONALS:
        return math.pi / 4 * (1 + 2 * int(rng.integers(4)))
    return float(rng.uniform(0, 2 * math.pi))


def along(rng: np.random.Generator, size: int) -> Field:
    """Return how far each pixel lies along a random direction, in pixels."""
    y, x = grid(size)
    angle = direction(rng)
    # Rounded, so that a direction along an axis is exactly that.
    across, down = round(math.cos(angle), 9), round(math.sin(angle), 9)
    return np.float32(across) * x + np.float32(down) * y


def covered(rng: np.random.Generator, inside: Field) -> Plane:
    """Return how much of each pixel lies inside, or whether its centre does.

    ``inside`` is the distance to the edge in pixels, negative outside.
    """
    if chance(rng, 0.5):
        return as_plane(inside > 0)
    return as_plane(np.clip(inside + 0.5, 0, 1))


def stretched(plane: Field) -> Plane:
    """Scale to [0, 1]."""
    low, high = plane.min(), plane.max()
    span = max(float(high - low), 1e-9)
    return as_plane((plane - low) / span)
