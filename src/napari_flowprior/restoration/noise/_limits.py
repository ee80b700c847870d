"""White noise about black or white, half of which is cut off.

The paper of a drawing is white, and no noise is brighter. What is left of it is half a
normal distribution, whose width tells its level; and whether a pixel was cut off has
nothing to do with its neighbours, while parts of a photograph that are too bright hang
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr

from napari_flowprior.restoration.noise._neighbours import LAGS, neighbours
from napari_flowprior.restoration.noise._sampled_planes import planes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["AtLimits", "find_noise_at_limits", "noise_at_limits"]

# Share of the pixels at the limit, from which on it is asked about.
_SHARE = 0.03
# Levels that are tried, in steps of the values of an image, and depths, in standard
# deviations, to which pixels are counted; what is drawn adds to them, a little. Where
# the scene ends before the limit, there are far more in the depth. Lower levels are
# hardly seen, and so may be single photons.
_LEVELS = np.geomspace(1.5, 100, 200)
_DEPTHS = np.array([0.7, 1.0, 1.4, 2.0, 2.8])
_FEWER, _MORE = 0.12, 0.25
# Few photons are alike, but there is nothing brighter; the range, relative to noise.
_LEAST_RANGE = 6.0
# Pixels within so many deviations are of one area; the most that being cut off may have
# to do with a neighbour that is, and how many pairs tell.
_NEAR, _CORRELATION, _PAIRS = 3.0, 0.2, 200
# Steps of the values: of images of many more, none is a step.
_MOST_VALUES = 4096


class AtLimits(NamedTuple):
    """White noise that is cut off where a scene ends at black or white.

    Attributes
    ----------
    black, white : float
        Standard deviation before it was cut off; 0 if there is no such noise.
    """

    black: float
    white: float

    @property
    def level(self) -> float:
        """Mean level of those that are known, 0 if none is."""
        known = [level for level in self if level]
        return sum(known) / len(known) if known else 0.0


def noise_at_limits(plane: NDArray[np.float64]) -> AtLimits:
    """Measure white noise that is cut off at black or white, where the scene ends.

    Parameters
    ----------
    plane : ndarray, shape (Y, X)
        Intensities.

    Returns
    -------
    AtLimits
        Its levels.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.restoration.noise import noise_at_limits
    >>> paper = 255 + np.random.default_rng(0).normal(0, 10, (128, 128))
    >>> paper[::16] = 0  # what is drawn
    >>> round(noise_at_limits(paper.clip(0, 255).round()).white)
    10
    """
    return AtLimits(
        _noise_at_limit(plane - plane.min()), _noise_at_limit(plane.max() - plane)
    )


def find_noise_at_limits(view: PlaneView) -> AtLimits:
    """Measure white noise that is cut off at black or white, in an image.

    Parameters
    ----------
    view : PlaneView
        The image.

    Returns
    -------
    AtLimits
        The medians of those planes and colours where there is such noise; 0 if there
        is none in most of the planes.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import find_noise_at_limits
    >>> noise = np.random.default_rng(0).normal(0, 10, (128, 128))
    >>> noisy = (255 * (np.indices((128, 128))[0] % 32 > 8) + noise).round()
    >>> found = find_noise_at_limits(PlaneView(noisy.clip(0, 255), "YX"))
    >>> round(found.black), round(found.white)
    (10, 10)
    """
    found = [noise_at_limits(plane) for plane in planes_of(view)]
    few = len(found) / view.channels / 2
    known = [
        [level for level in levels if level] for levels in zip(*found, strict=True)
    ]
    return AtLimits(
        *(float(np.median(each)) if len(each) > few else 0.0 for each in known)
    )


def _noise_at_limit(depth: NDArray[np.float64]) -> float:
    """Return the level of noise, by how far pixels are from a limit."""
    cut = depth == 0
    if cut.mean() < _SHARE:
        return 0.0
    values = np.unique(depth)
    if not 2 < len(values) <= _MOST_VALUES:
        return 0.0
    step = float(np.diff(values).min())
    level = _half_normal(np.rint(depth / step), int(cut.sum())) * step
    if not level or values[-1] < _LEAST_RANGE * level:
        return 0.0
    return level if _independent(cut, depth < _NEAR * level) else 0.0


def _half_normal(depth: NDArray[np.float64], cut: int) -> float:
    """Return the level, in steps, of which depths are half normal; 0 if they are not.

    Rounding takes what is within half a step of the limit for it.
    """
    most = int(_DEPTHS[-1] * _LEVELS[-1]) + 1
    counts = np.bincount(depth[depth <= most].astype(int).ravel(), minlength=most + 1)
    within = np.cumsum(counts) - cut
    deep = np.maximum(np.rint(_DEPTHS * _LEVELS[:, None]), 1)
    at_limit = ndtr(0.5 / _LEVELS)[:, None]
    share = (ndtr((deep + 0.5) / _LEVELS[:, None]) - at_limit) / at_limit
    ratio = within[deep.astype(int)] / (cut * share)
    fits = ((ratio > 1 - _FEWER) & (ratio < 1 + _MORE)).all(1)
    if not fits.any():
        return 0.0
    off = np.where(fits, np.abs(np.log(np.maximum(ratio, 1e-3))).sum(1), np.inf)
    return float(_LEVELS[off.argmin()])


def _independent(cut: NDArray[np.bool_], near: NDArray[np.bool_]) -> bool:
    """Tell whether pixels are cut off whatever their neighbours are."""
    told = False
    for lag in LAGS:
        both = np.logical_and(*neighbours(near, *lag))
        first, second = (side[both] for side in neighbours(cut, *lag))
        if first.size < _PAIRS:
            continue
        told = True
        share = first.mean(), second.mean()
        spread = np.sqrt(share[0] * (1 - share[0]) * share[1] * (1 - share[1]))
        if abs((first & second).mean() - share[0] * share[1]) > _CORRELATION * spread:
            return False
    return told
