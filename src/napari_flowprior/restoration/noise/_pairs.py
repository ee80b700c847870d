"""The noise of drawings of few levels, by pixels that are meant to be equal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from napari_flowprior.restoration.noise._neighbours import LAGS, neighbours
from napari_flowprior.restoration.noise._plateaus import plateau

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["noise_of_pairs"]

# Of all differences, which is among those of pairs that are equal but for noise.
_QUANTILE, _ROUNDS = 0.1, 3
# In standard deviations of a difference: beyond the first lies no noise, beyond the
# second the other levels of a drawing. Photographs fill the gap, drawings do not.
_NOISE, _GAP = 3.0, 6.0
# Share of the differences that are of one step.
_ONE_STEP = 0.2
_FEWEST = 200
_PAIRS = 400_000
# Values of an image that may lie on steps, and how far off a step they may be.
_MOST_VALUES, _OFF_STEP = 4096, 0.02


def noise_of_pairs(plane: NDArray[np.float64]) -> float | None:
    """Measure the noise of a drawing of few levels.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    float or None
        Standard deviation, by the smallest differences of pixels in that direction in
        which they are smallest; None where differences are not either of noise or of
        distant levels, as in photographs.
    """
    step = _step(plane)
    # Between steps small differences have no size.
    fill = np.random.default_rng(0).uniform(-step / 2, step / 2, plane.shape)
    values = plane + fill
    mute = (plane == plane.min()) | (plane == plane.max())
    if (same := plateau(plane)) is not None:
        mute |= same
    levels = [_along(values, mute, *lag) for lag in LAGS]
    found = [level for level in levels if level is not None]
    if not found:
        return None
    return math.sqrt(max(min(found) ** 2 - step**2 / 12, 0.0))


def _step(plane: NDArray[np.float64]) -> float:
    """Return the step of integers, or of counts of few photons; 0 if there is none."""
    values = np.unique(plane)
    if len(values) < 3 or len(values) > _MOST_VALUES:
        return 0.0
    least = float(np.diff(values).min())
    steps = (values - values[0]) / least
    if np.abs(steps - np.rint(steps)).max() < _OFF_STEP:
        apart = np.abs(np.diff(plane[::2], axis=0)) / least
        # Of counts whose noise is a step or two, many differ by one.
        one = (np.rint(apart) == 1).sum()
        if one > _ONE_STEP * (apart > _OFF_STEP).sum():
            return least
    return 1.0 if (values == np.rint(values)).all() else 0.0


def _along(
    values: NDArray[np.float64], mute: NDArray[np.bool_], down: int, right: int
) -> float | None:
    pixels, others = neighbours(values, down, right)
    differences = np.abs(pixels - others)
    # Of two pixels that are both cut off, or padding, the difference is none.
    free = ~np.logical_and(*neighbours(mute, down, right))
    size = differences[free]
    if size.size < max(_FEWEST, 0.02 * free.size):
        size = differences.ravel()
    return _level(size[:: max(1, size.size // _PAIRS)])


def _level(size: NDArray[np.float64]) -> float | None:
    """Measure the noise by the smallest differences, if others are much larger."""
    smallest, beyond = float(np.quantile(size, _QUANTILE)), 0.0
    for _ in range(_ROUNDS):
        # Of the pairs that are equal but for noise, the quantile is a larger one.
        among = min(_QUANTILE / max(1 - beyond, _QUANTILE), 0.9)
        scale = smallest / float(ndtri(0.5 + among / 2))
        beyond = float((size > _GAP * scale).mean())
    between = float((size > _NOISE * scale).mean()) - beyond
    return None if beyond < between or not beyond else scale / math.sqrt(2)
