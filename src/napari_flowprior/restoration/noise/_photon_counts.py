"""Counts of few photons, which tell by themselves that they are.

Of two pixels that are equally bright, counts are Poisson, and of the photons of both
each one is in either with the same chance, however bright they are. So the square of
their difference is on average their sum, whatever that is. Noise of reading, of another
gain or after any filter is different, and so are drawings and dithers of few levels;
edges add to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.restoration.noise._neighbours import LAGS, neighbours
from napari_flowprior.restoration.noise._sampled_planes import planes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["photon_gain"]

# Sums of two pixels from which on each group begins, and how much more than a sum the
# square of a difference may be there: edges count for more where it is bright.
_SUMS = np.array([2, 3, 4, 6, 10, 20])
_MOST = np.array([1.08, 1.10, 1.15, 1.25, 1.40, 1.60])
_LEAST = 0.95
# How many standard errors of chance are granted besides, how many pairs of a group
# tell, and how many of all groups must.
_ERRORS, _TELLING, _ENOUGH = 3.0, 100, 500
# Images of more values than these, or of larger ones, have too many photons to count.
_MOST_VALUES, _MOST_PHOTONS = 512, 1e6
# So much of the middle of a plane tells, pixels.
_SIDE = 640
# How near to a whole number of photons a value must be, in photons, and in grey levels
# where it was rounded; there are few levels a photon that are not found by chance.
_WHOLE, _ROUNDED, _LEAST_STRETCH = 1e-3, 0.75, 3.0


def photon_gain(view: PlaneView) -> float:
    """Return the grey levels per photon of an image of counts of few photons.

    Parameters
    ----------
    view : PlaneView
        The image; evenly spaced planes are looked at, the middle of large ones.

    Returns
    -------
    float
        The gain of a camera without offset and read noise; 0 if it is none, or if there
        are too many photons to tell, some 20 where it is bright and finely structured.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import photon_gain
    >>> counts = 3 * np.random.default_rng(0).poisson(0.7, (128, 128))
    >>> photon_gain(PlaneView(counts, "YX"))
    3.0
    """
    planes = list(planes_of(view, _SIDE))
    gain = _step(planes)
    if not gain:
        return 0.0
    counts = [np.rint(plane / gain).astype(np.int64) for plane in planes]
    return gain if all(_binomial(counts, *lag) for lag in LAGS) else 0.0


def _step(planes: Sequence[NDArray[np.float64]]) -> float:
    """Return that of which all values are multiples, 0 if there is none.

    The greatest one may be cut off. Whole numbers may be multiples that were rounded,
    as where contrast was stretched.
    """
    values = np.zeros(1)
    for plane in planes:
        found = np.unique(plane)
        finite = np.isfinite(found[[0, -1]]).all()
        if not finite or found[0] < 0 or len(found) > _MOST_VALUES:
            return 0.0
        values = np.union1d(values, found)
    if not 2 < len(values) <= _MOST_VALUES:
        return 0.0
    largest, values = values[-1], values[:-1]
    step = float(np.diff(values).min())
    if largest > _MOST_PHOTONS * step:
        return 0.0
    if _is_multiple(values, step, _WHOLE * step):
        return step
    stretched = _fitted(values, step)
    whole = bool((values == np.rint(values)).all()) and stretched > _LEAST_STRETCH
    return stretched if whole and _is_multiple(values, stretched, _ROUNDED) else 0.0


def _is_multiple(values: NDArray[np.float64], step: float, most: float) -> bool:
    """Tell whether values are multiples of a step, but for so much."""
    return bool(np.abs(values - step * np.rint(values / step)).max() < most)


def _fitted(values: NDArray[np.float64], step: float) -> float:
    """Fit a step to values, from the least on, as it is known better with each."""
    products = squares = 0.0
    for value in values[1:]:
        number = max(np.rint(value / step), 1.0)
        products, squares = products + value * number, squares + number**2
        step = products / squares
    return float(step)


def _binomial(planes: Sequence[NDArray[np.int64]], down: int, right: int) -> bool:
    """Tell whether the photons of two neighbours are spread over both by chance."""
    pairs = np.zeros(len(_SUMS))
    excess = np.zeros(len(_SUMS))
    for plane in planes:
        first, second = (side.ravel() for side in neighbours(plane, down, right))
        total = first + second
        bright = total >= _SUMS[0]
        first, second, total = first[bright], second[bright], total[bright]
        group = np.searchsorted(_SUMS, total, side="right") - 1
        ratio = (first - second) ** 2 / total
        pairs += np.bincount(group, minlength=len(_SUMS))
        excess += np.bincount(group, ratio, minlength=len(_SUMS))
    told = pairs >= _TELLING
    # Where all is bright, noise of any kind may happen to be as strong.
    if pairs[told].sum() < _ENOUGH or not told[:-1].any():
        return False
    mean = excess[told] / pairs[told]
    chance = _ERRORS * np.sqrt(2 / pairs[told])
    fits = (mean > _LEAST - chance) & (mean < _MOST[told] + chance)
    return bool(fits.all())
