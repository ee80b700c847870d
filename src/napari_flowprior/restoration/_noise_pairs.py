"""The noise of drawings of few levels, by pixels that are meant to be equal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["noise_of_pairs"]

_LAGS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))
# Share of the pairs that are equal but for noise, at least about twice this.
_QUANTILE = 0.1
_QUANTILE_OF_NORMAL = float(ndtri(0.5 + _QUANTILE / 2))
# In standard deviations of a difference: beyond the first lies no noise, beyond the
# second the other levels of a drawing. Photographs fill the gap, drawings do not.
_NOISE, _GAP = 3.0, 8.0
# Share of the differences that are of one step.
_ONE_STEP = 0.2
_FEWEST = 200
_PAIRS = 400_000


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
    at_limit = (plane == plane.min()) | (plane == plane.max())
    levels = [_along(values, at_limit, *lag) for lag in _LAGS]
    found = [level for level in levels if level is not None]
    if not found:
        return None
    return math.sqrt(max(min(found) ** 2 - step**2 / 12, 0.0))


def _step(plane: NDArray[np.float64]) -> float:
    """Return the step of integers, or of counts of few photons; 0 if there is none."""
    apart = np.abs(np.diff(plane, axis=1)).ravel()
    apart = apart[:: max(1, apart.size // _PAIRS)]
    apart = apart[apart > 0]
    if not apart.size or np.ptp(plane) < 1.5 * apart.min():
        return 0.0
    least = float(apart.min())
    # Of counts whose noise is a step or two, many differ by one.
    if (apart < 1.5 * least).mean() > _ONE_STEP:
        return least
    return 1.0 if (plane == np.rint(plane)).all() else 0.0


def _along(
    values: NDArray[np.float64], at_limit: NDArray[np.bool_], down: int, right: int
) -> float | None:
    if right < 0:
        values, at_limit, right = values[:, ::-1], at_limit[:, ::-1], -right
    height, width = values.shape
    a = slice(None, height - down), slice(None, width - right)
    b = slice(down, None), slice(right, None)
    # Of two pixels that are both cut off the difference is none.
    free = ~(at_limit[a] & at_limit[b])
    size = np.abs(values[a] - values[b])[free]
    if size.size < max(_FEWEST, 0.02 * free.size):
        size = np.abs(values[a] - values[b]).ravel()
    size = size[:: max(1, size.size // _PAIRS)]
    scale = float(np.quantile(size, _QUANTILE)) / _QUANTILE_OF_NORMAL
    beyond = float((size > _GAP * scale).mean())
    between = float((size > _NOISE * scale).mean()) - beyond
    if beyond < between:
        return None
    return scale / math.sqrt(2)
