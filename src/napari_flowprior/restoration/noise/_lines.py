"""Lines: rows or columns that are as a whole brighter or darker than others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from napari_flowprior.data import evenly_spaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView

__all__ = ["Lines", "find_lines"]

# A line is as bright in each of so many strips, of at least so many pixels.
_STRIPS, _NARROWEST, _FEWEST_LINES = 4, 24, 32
# What varies over more lines than this (standard deviation) belongs to the scene.
_SMOOTHING = 4.0
# Whether there are lines is asked of the middle of so many planes.
_PLANES, _LOOKED_AT = 5, 768
# Least correlation of any two strips. Lines of a camera are as random as noise: bounds
# of the excess kurtosis, and of the strongest frequency relative to the mean.
_ALIKE, _KURTOSIS, _PEAK = 0.25, (-1.0, 2.0), 12.0
# Each has an offset of its own: least variance of the steps from one to the next, of
# twice that of the offsets. Edges and folds of a scene are wider. Of 11 840 times that
# rows or columns of photographs were asked about, 64 to 192 pixels, 55 passed for
# lines, and 2 of these had more.
_ROUGH = 0.7
# An offset moves all pixels of a line, lower and upper quartile alike: bounds of the
# covariance of the two, relative to the variance of the median.
_QUARTILES, _TOGETHER = (0.25, 0.5, 0.75), (0.8, 1.2)
# Lines are weak, as a share of the range between these percentiles.
_STRONGEST, _PERCENTILES = 0.15, (1, 99)


class Lines(NamedTuple):
    """How much too bright the rows, or the columns, of planes are.

    Attributes
    ----------
    axis : str
        "Y" if every row has an offset of its own, "X" if every column has.
    offsets : ndarray, shape (samples, channels, lines)
        In units of the image.
    """

    axis: str
    offsets: NDArray[np.float64]

    @property
    def level(self) -> float:
        """Standard deviation of the offsets, in units of the image."""
        return float(self.offsets.std())


def find_lines(view: PlaneView, axis: str) -> Lines | None:
    """Find rows or columns that stand out in all of their length.

    The differences of neighbouring lines, medians over their pixels, are summed up, and
    what varies slowly is left to the scene. Lines are found if four strips of the image
    agree about them, if all pixels of a line move alike, as those of a line of text do
    not, and if they are as irregular as noise, as neither what is drawn is nor the
    edges of a scene.

    Parameters
    ----------
    view : PlaneView
        The image.
    axis : str
        "Y" for rows, "X" for columns.

    Returns
    -------
    Lines or None
        The offsets of all lines of all planes; None if there are none.
    """
    count, length = view.shape if axis == "Y" else view.shape[::-1]
    middle = [
        slice(max(0, n - _LOOKED_AT) // 2, (n + _LOOKED_AT) // 2) for n in view.shape
    ]
    if count < _FEWEST_LINES or length < _STRIPS * _NARROWEST:
        return None
    chosen = evenly_spaced(view.samples, _PLANES)
    planes = [plane for n in chosen for plane in _read(view, n, axis, *middle)]
    shares = [_share(plane) for plane in planes]
    if np.median(shares) == 0:
        return None
    weight = float(np.mean([share for share in shares if share]))
    offsets = [
        [weight * _offsets(plane) for plane in _read(view, sample, axis)]
        for sample in range(view.samples)
    ]
    return Lines(axis, np.array(offsets))


def _read(
    view: PlaneView,
    sample: int,
    axis: str,
    ys: slice = slice(None),
    xs: slice = slice(None),
) -> NDArray[np.float64]:
    """Read a plane, (C, lines, length)."""
    plane = view.read(sample, ys, xs, np.float64)
    return plane if axis == "Y" else plane.swapaxes(1, 2)


def _offsets(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.median(np.diff(plane, axis=0), axis=1)
    heights = np.concatenate([[0.0], np.cumsum(steps)])
    offsets: NDArray[np.float64] = heights - gaussian_filter1d(heights, _SMOOTHING)
    return offsets


def _share(plane: NDArray[np.float64]) -> float:
    """Return which share of the offsets is that of lines; 0 if there are none."""
    parts = np.array_split(plane, _STRIPS, 1)
    strips = np.array([_offsets(part) for part in parts])
    if not (strips.std(1) > 0).all():
        return 0.0
    covariance = np.cov(strips)
    common, whole = _others(covariance).mean(), np.diagonal(covariance).mean()
    low, high = np.percentile(plane, _PERCENTILES)
    alike = _others(np.corrcoef(strips)).min() > _ALIKE
    weak = 0 < common < (_STRONGEST * (high - low)) ** 2
    if not (alike and weak and _irregular(strips.mean(0)) and _as_a_whole(parts)):
        return 0.0
    return float(common / (common + (whole - common) / _STRIPS))


def _irregular(offsets: NDArray[np.float64]) -> bool:
    """Tell whether offsets are as random as noise."""
    deviations = offsets - offsets.mean()
    if (np.diff(offsets) ** 2).mean() < 2 * _ROUGH * (deviations**2).mean():
        return False
    power = np.abs(np.fft.rfft(deviations)) ** 2
    # The scene's low frequencies were taken out.
    power = power[len(power) // 8 :]
    least, most = _KURTOSIS
    kurtosis = (deviations**4).mean() / (deviations**2).mean() ** 2 - 3
    random = bool(least < kurtosis < most)
    return random and bool(power.max() < _PEAK * power.mean())


def _as_a_whole(parts: list[NDArray[np.float64]]) -> bool:
    """Tell whether the pixels of a line, dark and bright, are moved by the same."""
    steps = np.array(
        [np.quantile(np.diff(part, axis=0), _QUARTILES, axis=1) for part in parts]
    )
    lower, middle, upper = (steps - steps.mean(-1, keepdims=True)).swapaxes(0, 1)
    least, most = _TOGETHER
    together = _others(lower @ upper.T).mean() / _others(middle @ middle.T).mean()
    return bool(least < together < most)


def _others(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is beside the diagonal: products of strips with others."""
    beside: NDArray[np.float64] = products[~np.eye(len(products), dtype=bool)]
    return beside
