"""Noise levels of training patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.training.observations._conditions import Conditions

__all__ = ["draw_level", "draw_level_map"]

# What most images have, and the least that is told from none, normalised units.
_USUAL = 60 / 255
_FAINTEST = 0.25 / 255
# How much less noise there may be elsewhere in an uneven patch.
_LEAST_SHARE = 0.2


def draw_level(rng: np.random.Generator, conditions: Conditions) -> float:
    """Draw the noise level of a patch.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    conditions : Conditions
        How many are faint, how many strong, and the highest.

    Returns
    -------
    float
        Standard deviation, normalised units.
    """
    usual = min(_USUAL, conditions.highest)
    kind, place = rng.random(2)
    if kind < conditions.strong:
        return float(usual + place * (conditions.highest - usual))
    if kind < conditions.strong + conditions.faint:
        return float(_FAINTEST * (usual / _FAINTEST) ** place)
    return float(usual * place)


def draw_level_map(
    rng: np.random.Generator, size: int, level: float
) -> NDArray[np.float32]:
    """Draw levels that differ from pixel to pixel: a slope, or two halves.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    size : int
        Side of the patch.
    level : float
        The highest one.

    Returns
    -------
    ndarray, shape (1, size, size)
        Standard deviations.
    """
    turn, shift = 2 * np.pi * rng.random(), rng.uniform(-0.5, 0.5)
    t = np.linspace(-1, 1, size)
    slope = (np.sin(turn) * t[:, None] + np.cos(turn) * t + shift) / 2
    width = rng.choice([1.0, 20.0])
    part = 1 / (1 + np.exp(-4 * width * slope))
    least = rng.uniform(_LEAST_SHARE, 1)
    levels = level * (least + (1 - least) * part)
    return np.asarray(levels[None], dtype=np.float32)
